//! F1: the harmonic mean of precision and recall.

use super::counts::{Count, macro_average, micro_average, weighted_average};
use super::{CLASS_SCORE, Metric, entry};

pub static MACRO: Metric = Metric {
    entry: entry("f1_macro", "harmonic mean of precision and recall, mean over classes", DOCS, CLASS_SCORE),
    of: |scores| macro_average(scores, Count::f1),
};
pub static MICRO: Metric = Metric {
    entry: entry(
        "f1_micro",
        "harmonic mean of precision and recall, over the counts of all classes together",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| micro_average(scores, Count::f1),
};
pub static WEIGHTED: Metric = Metric {
    entry: entry(
        "f1_weighted",
        "harmonic mean of precision and recall, mean over classes weighted by their rows",
        DOCS,
        CLASS_SCORE,
    ),
    of: |scores| weighted_average(scores, Count::f1),
};

const DOCS: &str = "### Formula
`f1_k = 2 · (rows of k predicted as k) / (rows predicted as k + rows of k)`, 0 where the denominator is 0.

- `f1_macro`: the plain mean over the classes that occur among targets or predictions (multi-label: over all labels).
- `f1_micro`: of the counts of all classes added up; with one class per row it equals `accuracy`.
- `f1_weighted`: the mean weighted by the number of rows of each class.

A row whose output holds a NaN counts as predicted to be no class. Multi-label: a label is predicted where its output is above 0.5.

### When to use
Misses and false alarms both matter and classes differ in size: `f1_macro` gives every class the same say.

### Source
scikit-learn 1.9.1, `f1_score(zero_division=0)`.
";
