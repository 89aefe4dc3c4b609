//! AUROC: the chance that a row of the class is scored above a row that is not.

use super::{CLASS_SCORE, Metric, Reading, entry};

pub static THIS: Metric = Metric {
    entry: entry("auroc", "chance that a row of a class is scored above a row of another", DOCS, CLASS_SCORE),
    of: compute,
};

fn compute(scores: &Reading<'_>) -> f64 {
    if scores.rows == 0 {
        return f64::NAN;
    }
    if !scores.has_classes() {
        return scores.uniform_average(|k| area(scores.column(k).map(|(t, o)| (o, t > 0.5))));
    }
    let Some(rows) = scores.distributions() else {
        return f64::NAN;
    };
    let rows = rows.chunks(scores.outputs).zip(scores.class);
    let against_rest = |k: usize| area(rows.clone().map(|(p, class)| (p[k], *class as usize == k)));
    if scores.outputs == 2 { against_rest(1) } else { scores.uniform_average(against_rest) }
}

/// Area under the curve of (score, is positive): (pairs in the right order + half the ties) / pairs.
/// NaN without a positive, without a negative, or with a NaN score.
fn area(scored: impl ExactSizeIterator<Item = (f64, bool)>) -> f64 {
    let rows = scored.len();
    let (mut negatives, mut positives) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for (score, positive) in scored {
        if score.is_nan() {
            return f64::NAN;
        }
        if positive { &mut positives } else { &mut negatives }.push(place(score));
    }
    if negatives.is_empty() || positives.is_empty() {
        return f64::NAN;
    }
    negatives.sort_unstable();
    positives.sort_unstable();
    let (mut below, mut not_above, mut twice) = (0, 0, 0u128);
    for positive in &positives {
        below += negatives[below..].iter().take_while(|n| *n < positive).count();
        not_above += negatives[not_above..].iter().take_while(|n| *n <= positive).count();
        twice += (below + not_above) as u128;
    }
    twice as f64 / (2.0 * negatives.len() as f64 * positives.len() as f64)
}

/// A whole number for each score but NaN that orders as the scores do; whole numbers are quicker to sort. -0 and 0 are one score.
fn place(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
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
