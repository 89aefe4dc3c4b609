//! Log loss: minus the mean logarithm of the probability given to the true class.

use super::probability::mean_over_rows;
use super::{CLASS_COST, Metric, entry};

pub static THIS: Metric = Metric {
    entry: entry("log_loss", "minus the mean logarithm of the true class's probability", DOCS, CLASS_COST),
    of: |scores| mean_over_rows(scores, |p, class| -libm::log(clip(p[class]))),
};

/// Keeps the logarithm finite: `[eps, 1 - eps]`, eps = 2^-52.
fn clip(p: f64) -> f64 {
    p.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}

const DOCS: &str = "### Formula
`log_loss = -1/N Σ ln p[true class]`, p clipped to `[2⁻⁵², 1 - 2⁻⁵²]`

A row is divided by its sum first, so that outputs that are no distribution (sigmoid) can be judged; scikit-learn 1.9.1 only warns
about such rows. NaN if an output is negative or NaN, or if all outputs of a row are 0. Multi-label: not defined, NaN.

### When to use
Whether the probabilities can be believed, with the hardest penalty for a confident mistake (at most 36.04 for one row).
It equals the `cross_entropy` loss of a softmax up to the clipping.

### Source
scikit-learn 1.9.1, `log_loss` (natural logarithm, `normalize=True`).
";
