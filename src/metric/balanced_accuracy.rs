//! Balanced accuracy: the mean recall over the classes that occur.

use super::{CLASS_SCORE, Metric, Reading, entry};

pub static THIS: Metric = Metric {
    entry: entry("balanced_accuracy", "mean recall over the classes that occur", DOCS, CLASS_SCORE),
    of: compute,
};

fn compute(scores: &Reading<'_>) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let present = scores.counts().iter().filter(|c| c.support > 0);
    present.clone().map(|c| c.recall()).sum::<f64>() / present.count() as f64
}

const DOCS: &str = "### Formula
`balanced_accuracy = mean over classes k with support of (rows of k predicted as k) / (rows of k)`

A class without a row in the part is left out (`recall_macro` counts it as 0 if it was predicted). Not adjusted for chance.
Multi-label: not defined, NaN.

### When to use
Classes of very different size that matter equally: always predicting the majority gives 1 / K, not the majority's share.

### Source
scikit-learn 1.9.1, `balanced_accuracy_score(adjusted=False)`.
";
