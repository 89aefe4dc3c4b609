//! Loss `huber`: squared error near the target, absolute error far from it.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, Lanes};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "huber",
        family: Family::Loss,
        summary: "squared error near the target, absolute error far from it",
        docs: DOCS,
        params: &[Param {
            key: "delta",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Error at which the loss turns from squared to absolute.",
        }],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::REAL,
            row: TargetRow::Separate,
            distribution: false,
            fused_with: &[],
            has_kinks: false,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(|_| kernel::Loss::terms::<Form>()),
    lanes_fused: None,
    sides: None,
};

fn terms(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, p: &Columns) -> Terms {
    let error = a.clone() - y.clone();
    let delta = p.column("delta");
    // With c = |e| cut off at delta: c² / 2 within, delta · (|e| - delta / 2) beyond, in one formula.
    let size = error.clone().abs();
    let limit = delta.expand(size.dims());
    let cut = limit.clone().mask_where(size.clone().lower(limit), size.clone());
    let value = cut.clone() * (size - cut.clone().mul_scalar(0.5));
    Terms { value, gradient: error.sign() * cut }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let error = l.sub(a, y);
        let size = l.abs(error);
        // The second number where the first is not smaller, so NaN passes.
        let cut = l.min(n[0], size);
        let value = l.mul(cut, l.fnma(cut, l.splat(0.5), size));
        (value, l.mul(l.sign(error), cut))
    }
}

const DOCS: &str = r#"### Formula

With `e = a - y`: `e²/2` for `|e| ≤ delta`, else `delta · (|e| - delta/2)`. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression with outliers, with a gradient that is smooth at the target.

### Source

Huber, 1964. Scale as PyTorch's `HuberLoss` and Keras' `Huber` (PyTorch's `SmoothL1Loss` is this divided by delta)."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64 with delta = 0.8.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let gradient = [0.5, 0.5, 0.8, 0.0, -0.8, -0.09999999999999998];
        let delta = [("delta", Value::Real(0.8))];
        super::super::tests::check(&super::THIS, &delta, false, y, 3.255, gradient);
    }
}
