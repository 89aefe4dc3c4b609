//! Top-k accuracy: the share of rows whose class is among the k largest outputs.

use super::{CLASS_SCORE, Metric, Reading, entry};

pub static TOP_2: Metric = Metric {
    entry: entry(
        "top_2_accuracy",
        "share of rows whose class is among the 2 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| share(scores, 2),
};
pub static TOP_3: Metric = Metric {
    entry: entry(
        "top_3_accuracy",
        "share of rows whose class is among the 3 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| share(scores, 3),
};
pub static TOP_5: Metric = Metric {
    entry: entry(
        "top_5_accuracy",
        "share of rows whose class is among the 5 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| share(scores, 5),
};

fn share(scores: &Reading<'_>, k: usize) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let hits = scores.ranks().iter().filter(|rank| rank.is_some_and(|ahead| ahead < k)).count();
    hits as f64 / scores.rows as f64
}

const DOCS: &str = "### Formula
`top_k_accuracy = (rows whose true class is among the k largest outputs) / N`, for k = 2, 3, 5

Of equal outputs the later class comes first, as in scikit-learn (`accuracy` takes the first). It is 1 with k or fewer classes.
A row whose output holds a NaN is wrong. Multi-label: not defined, NaN.

### When to use
Many classes, where a short list of candidates is good enough.

### Source
scikit-learn 1.9.1, `top_k_accuracy_score`.
";
