//! Mean absolute percentage error, as a fraction.

use super::{Metric, Reading, VALUE_COST, entry};

pub static THIS: Metric = Metric {
    entry: entry("mape", "mean absolute error relative to the target, as a fraction", DOCS, VALUE_COST),
    of: compute,
};

fn compute(scores: &Reading<'_>) -> f64 {
    scores.uniform_average(|k| scores.mean(k, |t, o| (t - o).abs() / t.abs().max(f64::EPSILON)))
}

const DOCS: &str = "### Formula
`mape = 1/N Σ |t - o| / max(|t|, 2⁻⁵²)`, mean over outputs; a fraction: 0.1 is 10 %

### When to use
Positive targets far from 0. A target of 0 makes it astronomically large.

### Source
scikit-learn 1.9.1, `mean_absolute_percentage_error`.
";
