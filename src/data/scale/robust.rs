//! The scaling `robust`.
//!
//! It treats each column alone and does not remove outliers.

use super::{Affine, Scaler};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "robust",
        family: Family::Scale,
        summary: "each column by its median and interquartile range",
        docs: "\
    scaled = (x - median) / (q75 - q25)

with the quartiles of each column over the training part, linearly interpolated between order statistics
(type 7 of R. J. Hyndman, Y. Fan 1996; NumPy's default). A column whose quartiles coincide is only shifted by its median.

For columns with outliers, which do not move the median. Equals scikit-learn's `RobustScaler`.",
        params: &[],
        facts: Facts::Plain,
    },
    fit: |_, columns| {
        columns.each(|c| {
            let mut sorted: Vec<f64> = columns.column(c).collect();
            sorted.sort_by(f64::total_cmp);
            let spread = quantile(&sorted, 0.75) - quantile(&sorted, 0.25);
            Affine::new(quantile(&sorted, 0.5), spread)
        })
    },
};

/// The `share` quantile of sorted values, type 7.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let low = at.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    #[test]
    fn equals_scikit_learn() {
        // scikit-learn 1.9.1: RobustScaler().fit_transform(TABLE)
        super::super::check(
            &super::THIS,
            &[],
            [
                [-0.5, -0.3333333333333333, 0.0, 0.6666666666666666, 0.9166666666666666],
                [0.7368421052631579, -0.7368421052631579, -0.2631578947368421, 0.0, 10.210526315789474],
                [0.0; 5],
            ],
        );
    }
}
