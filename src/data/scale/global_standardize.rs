//! The scaling `global_standardize`.
//!
//! It keeps the proportions between columns; `standardize` treats each column alone.

use super::{Affine, Scaler, moments};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "global_standardize",
        family: Family::Scale,
        summary: "all columns by one mean and one standard deviation",
        docs: "\
    scaled = (x - mean) / sd

with one mean and one standard deviation (divided by n) over all values of all columns of the training part.
For columns that share a unit, such as the pixels of an image: unlike `standardize` it keeps dim pixels dim.",
        params: &[],
        facts: Facts::Plain,
    },
    fit: |_, columns| {
        let (mean, sd) = moments(columns.values.iter().copied());
        vec![Affine::new(mean, sd); columns.width]
    },
};
