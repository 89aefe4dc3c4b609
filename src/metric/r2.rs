//! R², the coefficient of determination.

use super::{Metric, Reading, VALUE_SCORE, entry};

pub static THIS: Metric = Metric {
    entry: entry("r2", "share of the target's variance that is predicted", DOCS, VALUE_SCORE),
    of: compute,
};

fn compute(scores: &Reading<'_>) -> f64 {
    if scores.rows < 2 {
        return f64::NAN;
    }
    scores.uniform_average(|k| {
        let left: f64 = scores.column(k).map(|(t, o)| (t - o) * (t - o)).sum();
        let total = super::squares_about_mean(scores.column(k).map(|(t, _)| t));
        super::explained(left, total)
    })
}

const DOCS: &str = "### Formula
`r2 = 1 - Σ (t - o)² / Σ (t - mean t)²`, mean over outputs

1 is perfect, 0 is as good as always predicting the mean of this part, negative is worse.
A constant target gives 1 if predicted exactly, else 0. NaN with fewer than two rows.

### When to use
The first number to look at for regression: it needs no units.

### Source
scikit-learn 1.9.1, `r2_score(force_finite=True)`.
";
