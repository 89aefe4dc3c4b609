//! Top-k accuracy: the share of rows whose class is among the k largest outputs.

use super::{CLASS_SCORE, Metric, Scores, entry};

pub(super) static TOP_2: Metric = Metric {
    entry: entry(
        "top_2_accuracy",
        "share of rows whose class is among the 2 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    compute: |scores| share(scores, 2),
};
pub(super) static TOP_3: Metric = Metric {
    entry: entry(
        "top_3_accuracy",
        "share of rows whose class is among the 3 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    compute: |scores| share(scores, 3),
};
pub(super) static TOP_5: Metric = Metric {
    entry: entry(
        "top_5_accuracy",
        "share of rows whose class is among the 5 largest outputs",
        DOCS,
        CLASS_SCORE,
    ),
    compute: |scores| share(scores, 5),
};

fn share(scores: &Scores<'_>, k: usize) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let hit = |row: usize, class: usize| {
        let output = scores.output_row(row);
        let own = output[class];
        let ahead = |(j, v): (usize, &f64)| *v > own || (*v == own && j > class);
        !output.iter().any(|v| v.is_nan())
            && output.iter().enumerate().filter(|(j, v)| ahead((*j, v))).count() < k
    };
    let classes = scores.class.iter().enumerate();
    let hits = classes.filter(|(row, class)| hit(*row, **class as usize)).count();
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
