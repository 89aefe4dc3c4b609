//! Mean absolute error.

use super::{Metric, Reading, VALUE_COST, entry};

pub static THIS: Metric =
    Metric { entry: entry("mae", "mean absolute error", DOCS, VALUE_COST), of: compute };

fn compute(scores: &Reading<'_>) -> f64 {
    scores.uniform_average(|k| scores.mean(k, |t, o| (t - o).abs()))
}

const DOCS: &str = "### Formula
`mae = 1/N Σ |t - o|`, mean over outputs; in units of the target

### When to use
An error of 2 is twice as bad as an error of 1; single wild rows should not rule.

### Source
scikit-learn 1.9.1, `mean_absolute_error`.
";
