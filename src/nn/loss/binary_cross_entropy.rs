//! Loss `binary_cross_entropy`: negative log-likelihood of independent yes-or-no outputs.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{log_one_plus_exp, logistic};
use super::{Loss, Terms};
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "binary_cross_entropy",
        family: Family::Loss,
        summary: "negative log-likelihood of independent yes-or-no outputs",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss {
            accepts: Range::UNIT,
            targets: Range::UNIT,
            distribution: false,
            fused_with: &["sigmoid"],
        },
    },
    plain: Some(plain),
    fused: Some(fused),
    kink_at_target: false,
};

/// How near to 0 and 1 a probability may come when it is not computed by a sigmoid.
const NEAREST: f64 = 1e-7;

fn fused(z: &Tensor<3>, y: &Tensor<3>, sigmoid: &Columns) -> Terms {
    let slope = sigmoid.column("slope");
    let s = z.clone() * slope.clone();
    let value = log_one_plus_exp(&s) - y.clone() * s.clone();
    Terms { value, gradient: (logistic(&s) - y.clone()) * slope }
}

fn plain(a: &Tensor<3>, y: &Tensor<3>, _: &Columns) -> Terms {
    let p = a.clone().clamp(NEAREST, 1.0 - NEAREST);
    let q = p.clone().neg().add_scalar(1.0);
    let no = y.clone().neg().add_scalar(1.0);
    let value = (y.clone() * p.clone().log() + no * q.clone().log()).neg();
    // Where a probability was moved the derivative is 0, as that of the moved value.
    let moved = p.clone().not_equal(a.clone());
    let gradient = ((p.clone() - y.clone()) / (p * q)).mask_fill(moved, 0.0);
    Terms { value, gradient }
}

const DOCS: &str = r#"### Formula

`-(y ln p + (1 - y) ln(1 - p))` for each sample and output, natural logarithm. With `sigmoid` it is computed from the pre-activation, `softplus(s) - y·s` with `s = slope · z`, and its gradient is `slope · (p - y)`. With any other activation `p` is kept within [1e-7, 1 - 1e-7], where Keras keeps it too, and the gradient is that of the kept value. `reduction = "mean"` divides by samples × outputs.

### When to use

Several labels per sample, or two classes with one output.

### Source

As PyTorch's `BCEWithLogitsLoss` and Keras' `BinaryCrossentropy`."#;
