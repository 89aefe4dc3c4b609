//! Outputs read as probabilities of classes: shared by the metrics that look at more than the decision.
//!
//! Outputs need not be a distribution (sigmoid with mse is not): a row is divided by its sum first. scikit-learn 1.9.1 only
//! warns about such rows; dividing makes pairings comparable and changes nothing where the sum is 1 already.

use super::Scores;

/// The row divided by its sum. `None` where that gives no distribution: a negative, infinite, or NaN output, or a sum of 0.
pub(super) fn distribution(row: &[f64]) -> Option<Vec<f64>> {
    let sum: f64 = row.iter().sum();
    let sound = sum > 0.0 && sum.is_finite() && row.iter().all(|v| *v >= 0.0);
    sound.then(|| row.iter().map(|v| v / sum).collect())
}

/// The mean over rows of `value(distribution, true class)`. NaN without rows, for multi-label targets,
/// or if one row is no distribution.
pub(super) fn mean_over_rows(scores: &Scores<'_>, value: fn(&[f64], usize) -> f64) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let mut sum = 0.0;
    for (row, class) in scores.class.iter().enumerate() {
        match distribution(scores.output_row(row)) {
            Some(p) => sum += value(&p, *class as usize),
            None => return f64::NAN,
        }
    }
    sum / scores.rows as f64
}
