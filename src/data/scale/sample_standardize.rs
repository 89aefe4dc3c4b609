//! The scaling `sample_standardize`.
//!
//! It divides by the sample standard deviation; `standardize` by that of the rows as they are.

use super::{Affine, Scaler, moments};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "sample_standardize",
        family: Family::Scale,
        summary: "each column to mean 0 and sample standard deviation 1 (ddof = 1)",
        docs: "\
    scaled = (x - mean) / sd

as `standardize`, but with the sum of squared deviations divided by n - 1 (`ddof = 1` in NumPy). PyTorch's `Tensor.std`, pandas, and R do
so by default; the values are `sqrt((n - 1) / n)` times those of `standardize`. A constant column, or a single row, is only centred.",
        params: &[],
        facts: Facts::Plain,
    },
    fit: |_, columns| {
        let n = columns.rows() as f64;
        columns.each(|c| {
            let (mean, sd) = moments(columns.column(c));
            // Of a single row the standard deviation is 0 already.
            Affine::new(mean, sd * (n / (n - 1.0).max(1.0)).sqrt())
        })
    },
};

#[cfg(test)]
mod tests {
    #[test]
    fn equals_numpy() {
        // NumPy 2.4.6: (TABLE - TABLE.mean(0)) / TABLE.std(0, ddof=1), the constant column only centred.
        super::super::check(
            &super::THIS,
            &[],
            [
                [
                    -1.0498447090134229,
                    -0.7806537579843401,
                    -0.24227185592617456,
                    0.8344919481901565,
                    1.2382783747337807,
                ],
                [
                    -0.2707483885944539,
                    -0.5892759045879291,
                    -0.486892060161455,
                    -0.4300121465911915,
                    1.7769284999350294,
                ],
                [0.0, 0.0, 0.0, 0.0, 0.0],
            ],
        );
    }
}
