//! Recall: the share of the rows of a class that are predicted as it.

use super::counts::{Count, macro_average, micro_average, weighted_average};
use super::{CLASS_SCORE, Metric, entry};

pub static MACRO: Metric = Metric {
    entry: entry(
        "recall_macro",
        "share of the rows of a class that are found, mean over classes",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| macro_average(scores, Count::recall),
};
pub static MICRO: Metric = Metric {
    entry: entry(
        "recall_micro",
        "share of the rows of a class that are found, over the counts of all classes together",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| micro_average(scores, Count::recall),
};
pub static WEIGHTED: Metric = Metric {
    entry: entry(
        "recall_weighted",
        "share of the rows of a class that are found, mean over classes weighted by their rows",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| weighted_average(scores, Count::recall),
};

const DOCS: &str = "### Formula
`recall_k = (rows of k predicted as k) / (rows of k)`, 0 where the denominator is 0.

- `recall_macro`: the plain mean over the classes that occur among targets or predictions (multi-label: over all labels).
- `recall_micro`: of the counts of all classes added up; with one class per row it equals `accuracy`.
- `recall_weighted`: the mean weighted by the number of rows of each class.

A row whose output holds a NaN counts as predicted to be no class. Multi-label: a label is predicted where its output is above 0.5.

### When to use
A miss is costly. Look at `precision_*` beside it, or at both in `f1_*`.

### Source
scikit-learn 1.9.1, `recall_score(zero_division=0)`.
";
