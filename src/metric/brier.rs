//! Brier score: the mean squared distance between probabilities and the one-hot truth.

use super::probability::mean_over_rows;
use super::{CLASS_COST, Metric, entry};

pub static THIS: Metric = Metric {
    entry: entry("brier", "mean squared distance of the probabilities from the truth", DOCS, CLASS_COST),
    of: |scores| mean_over_rows(scores, distance),
};

fn distance(p: &[f64], class: usize) -> f64 {
    let square = |(k, p): (usize, &f64)| (p - f64::from(k == class)).powi(2);
    let sum: f64 = p.iter().enumerate().map(square).sum();
    if p.len() < 3 { sum / 2.0 } else { sum }
}

const DOCS: &str = "### Formula
`brier = 1/N Σ_rows Σ_classes (p_k - y_k)²`, y one-hot; from 0 to 2. With two classes it is halved, from 0 to 1: the squared error of
the second class's probability.

A row is divided by its sum first (see `log_loss`). NaN if an output is negative or NaN, or if all outputs of a row are 0.
Multi-label: not defined, NaN.

### When to use
Whether the probabilities can be believed, with a bounded penalty.

### Source
Brier 1950, Monthly Weather Review 78; scikit-learn 1.9.1, `brier_score_loss(scale_by_half=\"auto\")`.
";
