//! Mean squared error.

use super::{Metric, Reading, VALUE_COST, entry};

pub static THIS: Metric = Metric { entry: entry("mse", "mean squared error", DOCS, VALUE_COST), of: compute };

fn compute(scores: &Reading<'_>) -> f64 {
    scores.uniform_average(|k| scores.mean(k, |t, o| (t - o) * (t - o)))
}

const DOCS: &str = "### Formula
`mse = 1/N Σ (t - o)²`, mean over outputs; in squared units of the target, after target scaling is undone

### When to use
Large errors cost more than proportionally. The `mse` loss is the same number only where targets are not scaled.

### Source
scikit-learn 1.9.1, `mean_squared_error`.
";
