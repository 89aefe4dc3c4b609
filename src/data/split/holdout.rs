//! The split `holdout`.
//!
//! It draws each part once per seed; `k_fold` lets every row be tested.

use super::{STRATIFIED, share};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Entry = Entry {
    name: "holdout",
    family: Family::Split,
    summary: "shares of all rows for test and validation, drawn anew for each seed",
    docs: "\
Rows are shuffled by the seed; a share is kept for the test part, a share for the validation part, the rest trains.
`split = { test = 0.2, validation = 0.2 }` is short for `{ name = \"holdout\", test = 0.2, validation = 0.2 }`.

**Sizes.** Test: `round(test · rows)`, validation: `round(validation · rows)`, halves away from zero; train: what is left. They never depend on the seed.
**Stratified.** The test part is divided among the classes in proportion to their rows: each class first gets the whole part of its
quota, the rows left over go to the largest remainders (ties to the class that comes first). The validation part is then divided in
the same way over the rows that are left.

A share of 0 leaves that part out. A part that would be empty although its share is positive is a fault.",
    params: &[
        share("test", 0.2, "Share of all rows that judges; 0 for no test part."),
        share("validation", 0.2, "Share of all rows that chooses (early stopping, tuning); 0 for no validation part."),
        STRATIFIED,
    ],
    facts: Facts::Plain,
};
