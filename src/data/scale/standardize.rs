//! The scaling `standardize`.
//!
//! It treats each column alone; `global_standardize` takes the whole matrix.

use super::{Affine, Scaler, moments};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "standardize",
        family: Family::Scale,
        summary: "each column to mean 0 and standard deviation 1",
        docs: "\
    scaled = (x - mean) / sd

with mean and standard deviation (divided by n, not n - 1) of each column over the training part. A constant column is only centred.

The usual choice for measurements in different units. Equals scikit-learn's `StandardScaler`; `sample_standardize` divides by n - 1.",
        params: &[],
        facts: Facts::Plain,
    },
    fit: |_, columns| {
        columns.each(|c| {
            let (mean, sd) = moments(columns.column(c));
            Affine::new(mean, sd)
        })
    },
};

#[cfg(test)]
mod tests {
    #[test]
    fn equals_scikit_learn() {
        // scikit-learn 1.9.1: StandardScaler().fit_transform(TABLE)
        super::super::check(
            &super::THIS,
            &[],
            [
                [
                    -1.1737620675862497,
                    -0.8727974348718267,
                    -0.2708681694429808,
                    0.9329903614147111,
                    1.3844373104863457,
                ],
                [
                    -0.30270590084786386,
                    -0.6588304900806449,
                    -0.5443618721129653,
                    -0.48076819546425437,
                    1.9866664585057283,
                ],
                [0.0; 5],
            ],
        );
    }
}
