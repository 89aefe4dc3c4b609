//! Which class was predicted, and how often: shared by all metrics that look at decisions only.
//!
//! It does not judge; precision, recall, and their kin are ratios of these counts.

use super::Reading;

/// The position of the largest output, the first of equals (as NumPy's `argmax`); `None` if the row holds a NaN,
/// which makes the row wrong whatever its class.
pub fn predicted_class(row: &[f64]) -> Option<usize> {
    let (mut best, mut largest) = (0, *row.first()?);
    let mut has_nan = largest.is_nan();
    for (k, value) in row.iter().enumerate().skip(1) {
        has_nan |= value.is_nan();
        if *value > largest {
            (best, largest) = (k, *value);
        }
    }
    (!has_nan).then_some(best)
}

/// The labels of a multi-label row: 1 where the output is above 0.5 (a NaN is not).
pub(super) fn predicted_label(output: f64) -> bool {
    output > 0.5
}

/// Counts `[true class][predicted class]`, `K × K`. Rows whose output holds a NaN have no predicted class and are not
/// counted, so the sum may be less than the number of rows. Empty unless there is one class per row.
pub fn confusion(reading: &Reading<'_>) -> Vec<Vec<u64>> {
    if !reading.has_classes() {
        return Vec::new();
    }
    let mut counts = vec![vec![0; reading.outputs]; reading.outputs];
    for (class, predicted) in reading.class.iter().zip(reading.predicted()) {
        if let Some(predicted) = predicted {
            counts[*class as usize][*predicted] += 1;
        }
    }
    counts
}

/// How one class (or label) fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Rows of the class that were predicted as it.
    pub hits: u64,
    /// Rows predicted as the class.
    pub predicted: u64,
    /// Rows of the class.
    pub support: u64,
}

impl Count {
    pub(super) fn precision(self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    pub(super) fn recall(self) -> f64 {
        ratio(self.hits, self.support)
    }

    pub(super) fn f1(self) -> f64 {
        ratio(2 * self.hits, self.predicted + self.support)
    }
}

/// scikit-learn's `zero_division=0`.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// One count per class or label.
pub(super) fn counts(reading: &Reading<'_>) -> Vec<Count> {
    let mut counts = vec![Count::default(); reading.outputs];
    if reading.has_classes() {
        for (class, predicted) in reading.class.iter().zip(reading.predicted()) {
            let class = *class as usize;
            counts[class].support += 1;
            if let Some(predicted) = *predicted {
                counts[predicted].predicted += 1;
                counts[class].hits += u64::from(predicted == class);
            }
        }
        return counts;
    }
    for row in 0..reading.rows {
        let labels = reading.output_row(row).iter().zip(reading.target_row(row));
        for (count, (value, target)) in counts.iter_mut().zip(labels) {
            let (predicted, right) = (predicted_label(*value), predicted_label(*target));
            count.predicted += u64::from(predicted);
            count.support += u64::from(right);
            count.hits += u64::from(predicted && right);
        }
    }
    counts
}

/// The mean over classes that occur among targets or predictions (scikit-learn's default `labels`); over all labels for multi-label.
pub(super) fn macro_average(reading: &Reading<'_>, value: fn(Count) -> f64) -> f64 {
    let occurs = |c: &&Count| !reading.has_classes() || c.predicted + c.support > 0;
    let kept = reading.counts().iter().filter(occurs);
    if reading.rows == 0 {
        f64::NAN
    } else {
        kept.clone().map(|c| value(*c)).sum::<f64>() / kept.count() as f64
    }
}

/// The value of all classes' counts added up.
pub(super) fn micro_average(reading: &Reading<'_>, value: fn(Count) -> f64) -> f64 {
    let add = |a: Count, b: &Count| Count {
        hits: a.hits + b.hits,
        predicted: a.predicted + b.predicted,
        support: a.support + b.support,
    };
    let total = reading.counts().iter().fold(Count::default(), add);
    if reading.rows == 0 { f64::NAN } else { value(total) }
}

/// The mean over classes weighted by support; 0 if no label occurs at all (multi-label only).
pub(super) fn weighted_average(reading: &Reading<'_>, value: fn(Count) -> f64) -> f64 {
    let counts = reading.counts();
    let support: u64 = counts.iter().map(|c| c.support).sum();
    let sum: f64 = counts.iter().map(|c| c.support as f64 * value(*c)).sum();
    match (reading.rows, support) {
        (0, _) => f64::NAN,
        (_, 0) => 0.0,
        _ => sum / support as f64,
    }
}

/// Precision, recall, and F1 of one class or label, each 0 where its denominator is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScores {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// Rows of the class.
    pub support: u64,
}

/// One value per output, in the order of the outputs (scikit-learn's `precision_recall_fscore_support(average=None)`).
pub fn per_class(reading: &Reading<'_>) -> Vec<ClassScores> {
    let told = |c: Count| ClassScores {
        precision: c.precision(),
        recall: c.recall(),
        f1: c.f1(),
        support: c.support,
    };
    reading.counts().iter().map(|c| told(*c)).collect()
}
