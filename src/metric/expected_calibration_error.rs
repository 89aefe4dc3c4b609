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
