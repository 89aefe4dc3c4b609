//! AUROC: the chance that a row of the class is scored above a row that is not.

use super::probability::distribution;
use super::{CLASS_SCORE, Metric, Scores, entry};

pub(super) static THIS: Metric = Metric {
    entry: entry("auroc", "chance that a row of a class is scored above a row of another", DOCS, CLASS_SCORE),
    compute,
};

fn compute(scores: &Scores<'_>) -> f64 {
    if scores.rows == 0 {
        return f64::NAN;
    }
    if !scores.has_classes() {
        return scores.uniform_average(|k| area(scores.column(k).map(|(t, o)| (o, t > 0.5)).collect()));
    }
    let rows: Option<Vec<Vec<f64>>> =
        (0..scores.rows).map(|row| distribution(scores.output_row(row))).collect();
    let Some(rows) = rows else {
        return f64::NAN;
    };
    let against_rest = |k: usize| {
        let pairs = rows.iter().zip(scores.class).map(|(p, class)| (p[k], *class as usize == k));
        area(pairs.collect())
    };
    if scores.outputs == 2 { against_rest(1) } else { scores.uniform_average(against_rest) }
}

/// Area under the curve of (score, is positive): (pairs in the right order + half the ties) / pairs.
/// NaN without a positive, without a negative, or with a NaN score.
fn area(mut scored: Vec<(f64, bool)>) -> f64 {
    if scored.iter().any(|(score, _)| score.is_nan()) {
        return f64::NAN;
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives, mut positives, mut twice) = (0u64, 0u64, 0u128);
    // `==` rather than total order within a group: -0 and 0 tie.
    for group in scored.chunk_by(|a, b| a.0 == b.0) {
        let positive = group.iter().filter(|(_, positive)| *positive).count() as u64;
        let negative = group.len() as u64 - positive;
        twice += u128::from(positive) * u128::from(2 * negatives + negative);
        negatives += negative;
        positives += positive;
    }
    if negatives == 0 || positives == 0 {
        return f64::NAN;
    }
    twice as f64 / (2.0 * negatives as f64 * positives as f64)
}

const DOCS: &str = "### Formula
`AUROC = (pairs of a positive and a negative row with the positive scored higher + half the ties) / pairs`

Two classes: the second is the positive one. More: each class against the rest, plain mean over classes. Multi-label: plain mean over labels.
With classes a row is divided by its sum first (see `log_loss`). NaN where a class has no row, or all rows, or an output is negative or NaN.

### When to use
How well rows are ranked, whatever the threshold. 0.5 is chance.

### Source
scikit-learn 1.9.1, `roc_auc_score(multi_class=\"ovr\", average=\"macro\")`; Hanley, McNeil 1982, Radiology 143.
";
