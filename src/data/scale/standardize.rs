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

The usual choice for measurements in different units. Equals scikit-learn's `StandardScaler`.",
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
