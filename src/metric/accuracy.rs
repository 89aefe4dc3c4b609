//! Accuracy: the share of rows whose prediction is right.

use super::counts::{predicted_class, predicted_label};
use super::{CLASS_SCORE, Metric, Reading, entry};

pub static THIS: Metric =
    Metric { entry: entry("accuracy", "share of rows predicted right", DOCS, CLASS_SCORE), of: compute };

fn compute(scores: &Reading<'_>) -> f64 {
    let labels_right = |row: usize| {
        let output = scores.output_row(row);
        let same = |(o, t): (&f64, &f64)| !o.is_nan() && predicted_label(*o) == predicted_label(*t);
        output.iter().zip(scores.target_row(row)).all(same)
    };
    let class_right =
        |row: usize| predicted_class(scores.output_row(row)) == Some(scores.class[row] as usize);
    let right = (0..scores.rows)
        .filter(|row| if scores.has_classes() { class_right(*row) } else { labels_right(*row) })
        .count();
    right as f64 / scores.rows as f64
}

const DOCS: &str = "### Formula
`accuracy = (rows predicted right) / N`

The predicted class is the largest output, the first of equals. A row whose output holds a NaN is wrong.
Multi-label: a label is predicted where its output is above 0.5, and a row is right if all its labels are (subset accuracy).

### When to use
Classes of similar size and errors of equal cost. With rare classes look at `balanced_accuracy` or `f1_macro` as well.

### Source
scikit-learn 1.9.1, `accuracy_score`.
";
