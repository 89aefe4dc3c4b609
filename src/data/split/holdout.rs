//! The split `holdout`.
//!
//! It draws each part once per seed; `k_fold` lets every row be tested.

use super::{Assignment, Groups, STRATIFIED, check_parts, class_too_small, rounded, share};
use crate::catalog::{Entry, Facts, Family};
use crate::data::Dataset;
use crate::data::fault::Faulty;
use crate::rng::{self, Purpose};

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

/// `shares` are those of the test and the validation part.
pub(super) fn assign(dataset: &Dataset, shares: [f64; 2], stratified: bool, seed: u64) -> Faulty<Assignment> {
    let rows = dataset.rows();
    let test = rounded(shares[0], rows);
    let validation = rounded(shares[1], rows);
    let train = rows.saturating_sub(test + validation);
    let asked = |share: f64, size: usize| (share > 0.0).then_some(size);
    check_parts(
        rows,
        &[
            ("train", Some(train)),
            ("validation", asked(shares[1], validation)),
            ("test", asked(shares[0], test)),
        ],
    )?;
    let mut groups = Groups::of(dataset, stratified);
    groups.shuffle(&mut rng::stream(seed, Purpose::Split, 0));
    let test = groups.take(test);
    let validation = groups.take(validation);
    if let Some(class) = groups.exhausted() {
        return Err(vec![class_too_small(class, "would have no row in the training part".into())]);
    }
    Ok(Assignment { train: groups.rest(), validation, test, labels: None })
}
