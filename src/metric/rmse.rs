//! Root mean squared error.

use super::{Metric, Reading, VALUE_COST, entry};

pub static THIS: Metric =
    Metric { entry: entry("rmse", "root of the mean squared error", DOCS, VALUE_COST), of: compute };

fn compute(scores: &Reading<'_>) -> f64 {
    scores.uniform_average(|k| scores.mean(k, |t, o| (t - o) * (t - o)).sqrt())
}

const DOCS: &str = "### Formula
`rmse = √(1/N Σ (t - o)²)`, in units of the target. Several outputs: the mean of the roots, not the root of the mean.

### When to use
As `mse`, in units a reader knows.

### Source
scikit-learn 1.9.1, `root_mean_squared_error`.
";
