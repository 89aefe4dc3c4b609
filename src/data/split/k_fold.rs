//! The split `k_fold`.
//!
//! It makes one training per fold; `holdout` makes one per seed.

use super::{STRATIFIED, share};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Role};

const fn number(key: &'static str, min: u64, max: u64, default: u64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Count { min, max },
        role: Role::Structural,
        default: Default::Count(default),
        docs,
    }
}

pub static THIS: Entry = Entry {
    name: "k_fold",
    family: Family::Split,
    summary: "every row is tested once: folds take turns as the test part",
    docs: "\
Rows are shuffled by seed and repeat and dealt to `folds` folds; each fold is the test part once, so every row is tested once per repeat.
`validation` is a share of the rows that are not tested, drawn as in `holdout`.

**Sizes.** Folds differ by at most one row, and never depend on the seed.
**Stratified.** Rows are dealt class by class, going on round the folds where the last class ended: each class's rows in two folds differ
by at most one. A class with fewer rows than folds is a fault.

Folds share training rows, so their results are not independent; see the report's note on intervals.",
    params: &[
        number("folds", 2, 1000, 5, "Number of folds."),
        number("repeats", 1, 1000, 1, "How often the whole division is drawn anew."),
        share("validation", 0.0, "Share of the remaining rows that chooses; 0 for no validation part."),
        STRATIFIED,
    ],
    facts: Facts::Plain,
};
