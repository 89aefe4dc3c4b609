//! Splitting: which rows train, which choose, which judge. The family `split`.
//!
//! A split depends on the data set's targets, the seed, and the fold only; part sizes do not depend on the seed.
//! It moves no values: `prepare` copies the rows.

use crate::catalog::{Default, Entry, Kind, Param, Range, Role};

pub mod holdout;
pub mod k_fold;
pub mod none;
pub mod predefined;

/// All entries, in the order of the reference.
pub static ALL: &[&Entry] = &[&holdout::THIS, &none::THIS, &k_fold::THIS, &predefined::THIS];

const fn share(key: &'static str, default: f64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Real(Range::half_open(0.0, 1.0)),
        role: Role::Structural,
        default: Default::Real(default),
        docs,
    }
}

const STRATIFIED: Param = Param {
    key: "stratified",
    kind: Kind::Flag,
    role: Role::Structural,
    default: Default::Flag(true),
    docs: "Every part gets its share of each class, as evenly as whole rows allow. Without effect unless the task is classification.",
};
