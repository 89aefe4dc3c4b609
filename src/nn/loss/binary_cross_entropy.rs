//! Loss `binary_cross_entropy`: negative log-likelihood of independent yes-or-no outputs.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{log_one_plus_exp, logistic};
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, Lanes, math};

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
            row: TargetRow::Separate,
            distribution: false,
            fused_with: &["sigmoid"],
            has_kinks: false,
        },
    },
    plain: Some(plain),
    fused: Some(fused),
    lanes: Some(|_| kernel::Loss::terms::<FromProbability>()),
    lanes_fused: Some(|_| kernel::Loss::terms::<FromPreActivation>()),
    sides: None,
};

/// How near to 0 and 1 a probability may come when it is not computed by a sigmoid.
const NEAREST: f64 = 1e-7;

fn fused(z: &Tensor<3>, y: &Tensor<3>, _: On<'_>, sigmoid: &Columns, _: &Columns) -> Terms {
    let slope = sigmoid.column("slope");
    let s = z.clone() * slope.clone();
    let value = log_one_plus_exp(&s) - y.clone() * s.clone();
    Terms { value, gradient: (logistic(&s) - y.clone()) * slope }
}

fn plain(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, _: &Columns) -> Terms {
    let p = a.clone().clamp(NEAREST, 1.0 - NEAREST);
    let q = p.clone().neg().add_scalar(1.0);
    let no = y.clone().neg().add_scalar(1.0);
    let value = (y.clone() * p.clone().log() + no * q.clone().log()).neg();
    // Where a probability was moved the derivative is 0, as that of the moved value.
    let moved = p.clone().not_equal(a.clone());
    let gradient = ((p.clone() - y.clone()) / (p * q)).mask_fill(moved, 0.0);
    Terms { value, gradient }
}

struct FromProbability;

impl kernel::Terms for FromProbability {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, _: &[L::F]) -> (L::F, L::F) {
        let (one, nearest) = (l.splat(1.0), NEAREST as f32);
        let p = l.max(l.splat(nearest), l.min(l.splat(1.0 - nearest), a));
        let q = l.sub(one, p);
        let no = l.mul(l.sub(one, y), math::ln(l, q));
        let value = l.neg(l.fma(y, math::ln(l, p), no));
        // Where a probability was moved the derivative is 0, as that of the moved value.
        let slope = l.div(l.sub(p, y), l.mul(p, q));
        (value, l.select(l.eq(p, a), slope, l.splat(0.0)))
    }
}

struct FromPreActivation;

impl kernel::Terms for FromPreActivation {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let s = l.mul(a, n[0]);
        let value = l.fnma(y, s, math::ln_one_plus_exp(l, s));
        (value, l.mul(l.sub(math::logistic(l, s), y), n[0]))
    }
}

const DOCS: &str = r#"### Formula

`-(y ln p + (1 - y) ln(1 - p))` for each sample and output, natural logarithm. With `sigmoid` it is computed from the pre-activation, `softplus(s) - y·s` with `s = slope · z`, and its gradient is `slope · (p - y)`. With any other activation `p` is kept within [1e-7, 1 - 1e-7], where Keras keeps it too, and the gradient is that of the kept value. `reduction = "mean"` divides by samples × outputs.

### When to use

Several labels per sample, or two classes with one output.

### Source

As PyTorch's `BCEWithLogitsLoss` and Keras' `BinaryCrossentropy`."#;

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64, from pre-activations.
    #[test]
    fn from_pre_activations_agrees_with_pytorch() {
        let y = [0.0, 1.0, 1.0, 1.0, 0.0, 0.5];
        let gradient = [
            0.6224593312018546,
            -0.7310585786300049,
            -0.11920292202211769,
            -0.47502081252106,
            0.549833997312478,
            -0.07444251681165898,
        ];
        super::super::tests::check(&super::THIS, &[], true, y, 4.561157456664992, gradient);
    }

    /// Both forms are one function: from probabilities `σ(z)` the derivative by z is that of the fused form.
    #[test]
    fn forms_agree() {
        use crate::catalog::Choice;
        use crate::nn::{activation, device};
        use crate::spec::Precision;
        let sigmoid = &activation::sigmoid::THIS;
        let p = Columns::new(&[&Choice::defaults(&sigmoid.entry)], Precision::F64);
        let z = device::tensor(&[-3.0, -0.5, 0.0, 4.0], [1, 1, 4], Precision::F64);
        let y = device::tensor(&[0.0, 1.0, 0.25, 1.0], [1, 1, 4], Precision::F64);
        let a = sigmoid.forward(z.clone(), &p);
        let (from_z, from_a) = (super::fused(&z, &y, None, &p, &p), super::plain(&a, &y, None, &p));
        let by_z = from_a.gradient * a.clone() * a.neg().add_scalar(1.0);
        let pairs = [(from_z.value, from_a.value), (from_z.gradient, by_z)];
        for (one, other) in pairs {
            for (one, other) in device::values(one).iter().zip(device::values(other)) {
                assert!((one - other).abs() < 1e-14, "{one} is not {other}");
            }
        }
    }
}
