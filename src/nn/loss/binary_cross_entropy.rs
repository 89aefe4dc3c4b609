//! Loss `binary_cross_entropy`: negative log-likelihood of independent yes-or-no outputs.

use super::Loss;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "binary_cross_entropy",
        family: Family::Loss,
        summary: "negative log-likelihood of independent yes-or-no outputs",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss { accepts: Range::UNIT, targets: Range::UNIT, distribution: false, fused_with: &["sigmoid"] },
    },
};

const DOCS: &str = r#"### Formula

`-(y ln p + (1 - y) ln(1 - p))` for each sample and output, natural logarithm. With `sigmoid` it is computed from the pre-activation, `softplus(s) - y·s` with `s = slope · z`, and its gradient is `slope · (p - y)`. With any other activation `p` is kept within [1e-7, 1 - 1e-7], where Keras keeps it too, and the gradient is that of the kept value. `reduction = "mean"` divides by samples × outputs.

### When to use

Several labels per sample, or two classes with one output.

### Source

As PyTorch's `BCEWithLogitsLoss` and Keras' `BinaryCrossentropy`."#;
