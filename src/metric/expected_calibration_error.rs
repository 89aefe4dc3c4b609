//! Expected calibration error: the gap between confidence and accuracy, over bins of confidence.

use super::counts::predicted_class;
use super::{CLASS_COST, Metric, Reading, entry};

pub static THIS: Metric = Metric {
    entry: entry(
        "expected_calibration_error",
        "gap between confidence and accuracy, mean over 15 bins of confidence",
        DOCS,
        CLASS_COST,
    ),
    of: compute,
};

/// Bins of equal width from 0 to 1.
pub const BINS: usize = 15;

/// Bin m (from 0) is `(m/15, (m+1)/15]`: the upper ends.
const ENDS: [f64; BINS] = {
    let mut ends = [0.0; BINS];
    let mut m = 0;
    while m < BINS {
        ends[m] = (m + 1) as f64 / BINS as f64;
        m += 1;
    }
    ends
};

fn compute(scores: &Reading<'_>) -> f64 {
    if !scores.has_classes() {
        return f64::NAN;
    }
    let Some(rows) = scores.distributions() else {
        return f64::NAN;
    };
    // Per bin: sum of (right - confidence), whose absolute value over N is the bin's share of the error.
    let mut gaps = [0.0; BINS];
    for (p, class) in rows.chunks(scores.outputs).zip(scores.class) {
        let Some(top) = predicted_class(p) else {
            return f64::NAN;
        };
        gaps[bin(p[top])] += f64::from(top == *class as usize) - p[top];
    }
    gaps.iter().map(|gap| gap.abs()).sum::<f64>() / scores.rows as f64
}

/// The rows of one bin of confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    pub rows: usize,
    /// Rows whose class was predicted.
    pub right: usize,
    /// The sum of the confidences.
    pub confidence: f64,
}

/// What the error is a mean of: every bin, ascending. `None` where the error is NaN.
pub fn bins(scores: &Reading<'_>) -> Option<[Bin; BINS]> {
    if !scores.has_classes() {
        return None;
    }
    let mut bins = [Bin::default(); BINS];
    for (p, class) in scores.distributions()?.chunks(scores.outputs).zip(scores.class) {
        let top = predicted_class(p)?;
        let bin = &mut bins[bin(p[top])];
        bin.rows += 1;
        bin.right += usize::from(top == *class as usize);
        bin.confidence += p[top];
    }
    Some(bins)
}

fn bin(confidence: f64) -> usize {
    ENDS.iter().position(|end| confidence <= *end).unwrap_or(BINS - 1)
}

const DOCS: &str = "### Formula
`ECE = Σ_m |B_m| / N · |accuracy(B_m) - confidence(B_m)|` over 15 bins of equal width, bin m = `((m-1)/15, m/15]`

The confidence of a row is its largest probability; `accuracy(B)` and `confidence(B)` are means over the rows of the bin.
A row is divided by its sum first (see `log_loss`). NaN if an output is negative or NaN, or if all outputs of a row are 0.
Multi-label: not defined, NaN.

### When to use
Whether \"90 % sure\" is right nine times in ten. It depends on the bins and is biased upwards on small parts: compare, do not prove.

### Source
Guo, Pleiss, Sun, Weinberger 2017, On Calibration of Modern Neural Networks, arXiv 1706.04599, equation 3.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Scores;

    /// scikit-learn 1.9.1: `calibration_curve(right, confidence, n_bins=15, strategy="uniform")`, which gives the share of right
    /// predictions and the mean confidence of every bin with rows, and whose bins are closed above as ours.
    #[test]
    fn bins_are_those_of_scikit_learn_and_give_the_error() {
        let confidence =
            [0.39, 0.41, 0.45, 0.55, 0.58, 0.62, 0.70, 0.72, 0.85, 0.90, 0.95, 0.97, 0.99, 0.999];
        let is_right = [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1];
        let right = [1.0, 0.0, 0.5, 1.0, 0.5, 1.0, 1.0, 0.75];
        let mean = [0.39, 0.43, 0.565, 0.62, 0.71, 0.85, 0.9, 0.977_25];
        // The first of three classes is predicted; the others share the rest.
        let output: Vec<f64> =
            confidence.iter().flat_map(|c| [*c, (1.0 - c) / 2.0, (1.0 - c) / 2.0]).collect();
        let class: Vec<u32> = is_right.iter().map(|right| 1 - right).collect();
        let target = vec![0.0; output.len()];
        let scores = Scores { rows: 14, outputs: 3, output: &output, target: &target, class: &class };
        let reading = Reading::new(scores);
        let bins = bins(&reading).unwrap();
        let filled: Vec<&Bin> = bins.iter().filter(|b| b.rows > 0).collect();
        assert_eq!(filled.len(), 8);
        for (bin, (right, mean)) in filled.iter().zip(right.into_iter().zip(mean)) {
            assert_eq!(bin.right as f64 / bin.rows as f64, right);
            // Sums of up to four numbers below 1.
            assert!((bin.confidence / bin.rows as f64 - mean).abs() < 1e-15, "{bin:?} {mean}");
        }
        let gaps: f64 = bins.iter().map(|b| (b.right as f64 - b.confidence).abs()).sum();
        // The same sums in another order.
        assert!((gaps / 14.0 - compute(&reading)).abs() < 1e-15);
        let scores_of_others =
            Scores { output: &[0.2, -0.1, 0.3], target: &[0.0; 3], class: &[0], rows: 1, outputs: 3 };
        assert_eq!(super::bins(&Reading::new(scores_of_others)), None);
    }
}
