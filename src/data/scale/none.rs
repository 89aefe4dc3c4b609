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

#[cfg(test)]
mod tests {
    #[test]
    fn values_stay() {
        // By definition.
        super::super::check(
            &super::THIS,
            &[],
            [[1.0, 2.0, 4.0, 8.0, 9.5], [10.0, -4.0, 0.5, 3.0, 100.0], [7.0; 5]],
        );
    }
}
