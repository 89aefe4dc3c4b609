//! Precision: the share of the rows predicted as a class that are of it.

use super::counts::{Count, macro_average, micro_average, weighted_average};
use super::{CLASS_SCORE, Metric, entry};

pub static MACRO: Metric = Metric {
    entry: entry(
        "precision_macro",
        "share of predictions of a class that are right, mean over classes",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| macro_average(scores, Count::precision),
};
pub static MICRO: Metric = Metric {
    entry: entry(
        "precision_micro",
        "share of predictions of a class that are right, over the counts of all classes together",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| micro_average(scores, Count::precision),
};
pub static WEIGHTED: Metric = Metric {
    entry: entry(
        "precision_weighted",
        "share of predictions of a class that are right, mean over classes weighted by their rows",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| weighted_average(scores, Count::precision),
};

const DOCS: &str = "### Formula
`precision_k = (rows of k predicted as k) / (rows predicted as k)`, 0 where the denominator is 0.

- `precision_macro`: the plain mean over the classes that occur among targets or predictions (multi-label: over all labels).
- `precision_micro`: of the counts of all classes added up; with one class per row it equals `accuracy`.
- `precision_weighted`: the mean weighted by the number of rows of each class.

A row whose output holds a NaN counts as predicted to be no class. Multi-label: a label is predicted where its output is above 0.5.

### When to use
A false alarm is costly. Look at `recall_*` beside it, or at both in `f1_*`.

### Source
scikit-learn 1.9.1, `precision_score(zero_division=0)`.
";
