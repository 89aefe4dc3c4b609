//! Outputs read as probabilities of classes: shared by the metrics that look at more than the decision.
//!
//! Outputs need not be a distribution (sigmoid with mse is not): a row is divided by its sum first. scikit-learn 1.9.1 only
//! warns about such rows; dividing makes pairings comparable and changes nothing where the sum is 1 already.

use super::{Reading, Scores};

/// `[N, K]`, every row divided by its sum. `None` where a row gives no distribution: a negative, infinite, or NaN output, or a sum of 0.
pub(super) fn distributions(scores: &Scores<'_>) -> Option<Vec<f64>> {
    let mut all = Vec::with_capacity(scores.output.len());
    for row in (0..scores.rows).map(|row| scores.output_row(row)) {
        let sum: f64 = row.iter().sum();
        let is_sound = sum > 0.0 && sum.is_finite() && row.iter().all(|v| *v >= 0.0);
        if !is_sound {
            return None;
        }
        all.extend(row.iter().map(|v| v / sum));
    }
    Some(all)
}

/// The mean over rows of `value(distribution, true class)`. NaN without rows, for multi-label targets,
/// or if one row is no distribution.
pub(super) fn mean_over_rows(reading: &Reading<'_>, value: fn(&[f64], usize) -> f64) -> f64 {
    if !reading.has_classes() {
        return f64::NAN;
    }
    let Some(rows) = reading.distributions() else {
        return f64::NAN;
    };
    let mut sum = 0.0;
    for (p, class) in rows.chunks(reading.outputs).zip(reading.class) {
        sum += value(p, *class as usize);
    }
    sum / reading.rows as f64
}
