//! Explained variance: R² that forgives a constant offset.

use super::{Metric, Reading, VALUE_SCORE, entry};

pub static THIS: Metric = Metric {
    entry: entry(
        "explained_variance",
        "share of the target's variance that is predicted, an offset forgiven",
        DOCS,
        VALUE_SCORE,
    ),
    of: compute,
};

fn compute(scores: &Reading<'_>) -> f64 {
    scores.uniform_average(|k| {
        let left = super::squares_about_mean(scores.column(k).map(|(t, o)| t - o));
        let total = super::squares_about_mean(scores.column(k).map(|(t, _)| t));
        super::explained(left, total)
    })
}

const DOCS: &str = "### Formula
`explained_variance = 1 - variance(t - o) / variance(t)`, mean over outputs

A constant target gives 1 if the error is constant, else 0.

### When to use
Beside `r2`: where it is clearly higher, predictions are off by a constant.

### Source
scikit-learn 1.9.1, `explained_variance_score(force_finite=True)`.
";
