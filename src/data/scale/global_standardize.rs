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

#[cfg(test)]
mod tests {
    #[test]
    fn equals_numpy() {
        // NumPy 2.4.6: (TABLE - TABLE.mean()) / TABLE.std()
        super::super::check(
            &super::THIS,
            &[],
            [
                [
                    -0.42774229908159694,
                    -0.38607908813209074,
                    -0.30275266623307834,
                    -0.13609982243505359,
                    -0.07360500601079431,
                ],
                [
                    -0.05277340053604121,
                    -0.6360583538291279,
                    -0.44857390455635004,
                    -0.34441587718258454,
                    3.696915584919516,
                ],
                [-0.1777630333845598; 5],
            ],
        );
    }
}
