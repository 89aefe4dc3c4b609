//! The scaling `none`.
//!
//! It leaves every value as it is.

use super::{Affine, Scaler};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "none",
        family: Family::Scale,
        summary: "values as they are",
        docs: "Leaves every value as it is. Right for values that are already of order 1: bits, spirals, scaled images.",
        params: &[],
        facts: Facts::Plain,
    },
    fit: |_, columns| vec![Affine::IDENTITY; columns.width],
};
