//! Balanced accuracy: the mean recall over the classes that occur.

use super::counts::{Count, counts};
use super::{CLASS_SCORE, Metric, Scores, entry};

pub(super) static THIS: Metric = Metric {
    entry: entry("balanced_accuracy", "mean recall over the classes that occur", DOCS, CLASS_SCORE),
    compute,
};

fn compute(scores: &Scores<'_>) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let present: Vec<Count> = counts(scores).into_iter().filter(|c| c.support > 0).collect();
    present.iter().map(|c| c.recall()).sum::<f64>() / present.len() as f64
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
