//! Loss `binary_focal`: binary cross-entropy in which outputs that are right already count little.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{log_one_plus_exp, logistic};
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, Lanes, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "binary_focal",
        family: Family::Loss,
        summary: "binary cross-entropy in which outputs that are right already count little",
        docs: DOCS,
        params: &[
            Param {
                key: "gamma",
                kind: Kind::Real(Range::closed(0.0, 100.0)),
                role: Role::Numeric,
                default: Default::Real(2.0),
                docs: "How much less an output counts the nearer it is to its label; 0 leaves only the weights of `alpha`.",
            },
            Param {
                key: "alpha",
                kind: Kind::Real(Range::closed(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.25),
                docs: "Weight of labels that are 1; those that are 0 have `1 - alpha`.",
            },
        ],
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

/// `alpha · y` and `(1 - alpha) · (1 - y)`.
fn weights(y: &Tensor<3>, loss: &Columns) -> (Tensor<3>, Tensor<3>) {
    let (yes, no) = (loss.column("alpha"), loss.derived("alpha", |alpha| 1.0 - alpha));
    (y.clone() * yes, y.clone().neg().add_scalar(1.0) * no)
}

/// With `up = softplus(s) = -ln(1 - p)` and `down = softplus(-s) = -ln p`, both powers are exponentials of them.
fn fused(z: &Tensor<3>, y: &Tensor<3>, _: On<'_>, sigmoid: &Columns, loss: &Columns) -> Terms {
    let (slope, gamma) = (sigmoid.column("slope"), loss.column("gamma"));
    let s = z.clone() * slope.clone();
    let minus = s.clone().neg();
    let (up, down) = (log_one_plus_exp(&s), log_one_plus_exp(&minus));
    let (p, q) = (logistic(&s), logistic(&minus));
    let (yes, no) = weights(y, loss);
    let yes = yes * (up.clone().neg() * gamma.clone()).exp();
    let no = no * (down.clone().neg() * gamma.clone()).exp();
    let value = yes.clone() * down.clone() + no.clone() * up.clone();
    let rise = no * (gamma.clone() * q.clone() * up + p.clone());
    let fall = yes * (gamma * p * down + q);
    Terms { value, gradient: (rise - fall) * slope }
}

fn plain(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, loss: &Columns) -> Terms {
    let gamma = loss.column("gamma");
    let p = a.clone().clamp(NEAREST, 1.0 - NEAREST);
    let q = p.clone().neg().add_scalar(1.0);
    let (ln_p, ln_q) = (p.clone().log(), q.clone().log());
    let (yes, no) = weights(y, loss);
    let yes = yes * (ln_q.clone() * gamma.clone()).exp();
    let no = no * (ln_p.clone() * gamma.clone()).exp();
    let value = (yes.clone() * ln_p.clone() + no.clone() * ln_q.clone()).neg();
    let fall = yes * (p.clone().recip() - gamma.clone() * ln_p / q.clone());
    let rise = no * (q.recip() - gamma * ln_q / p.clone());
    // Where a probability was moved the derivative is 0, as that of the moved value.
    let moved = p.not_equal(a.clone());
    Terms { value, gradient: (rise - fall).mask_fill(moved, 0.0) }
}

/// `alpha · y` and `(1 - alpha) · (1 - y)`, of the number alpha.
#[inline(always)]
fn weights_of<L: Lanes>(l: L, y: L::F, alpha: L::F) -> (L::F, L::F) {
    let one = l.splat(1.0);
    (l.mul(alpha, y), l.mul(l.sub(one, alpha), l.sub(one, y)))
}

struct FromPreActivation;

impl kernel::Terms for FromPreActivation {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let (slope, gamma, (yes, no)) = (n[0], n[1], weights_of(l, y, n[2]));
        let s = l.mul(a, slope);
        let minus = l.neg(s);
        let (up, down) = (math::ln_one_plus_exp(l, s), math::ln_one_plus_exp(l, minus));
        let (p, q) = (math::logistic(l, s), math::logistic(l, minus));
        let yes = l.mul(yes, math::exp(l, l.neg(l.mul(gamma, up))));
        let no = l.mul(no, math::exp(l, l.neg(l.mul(gamma, down))));
        let value = l.fma(yes, down, l.mul(no, up));
        let rise = l.mul(no, l.fma(l.mul(gamma, q), up, p));
        let fall = l.mul(yes, l.fma(l.mul(gamma, p), down, q));
        (value, l.mul(l.sub(rise, fall), slope))
    }
}

struct FromProbability;

impl kernel::Terms for FromProbability {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let (gamma, (yes, no)) = (n[0], weights_of(l, y, n[1]));
        let (one, nearest) = (l.splat(1.0), NEAREST as f32);
        let p = l.max(l.splat(nearest), l.min(l.splat(1.0 - nearest), a));
        let q = l.sub(one, p);
        let (ln_p, ln_q) = (math::ln(l, p), math::ln(l, q));
        let yes = l.mul(yes, math::exp(l, l.mul(gamma, ln_q)));
        let no = l.mul(no, math::exp(l, l.mul(gamma, ln_p)));
        let value = l.neg(l.fma(yes, ln_p, l.mul(no, ln_q)));
        let fall = l.mul(yes, l.sub(l.div(one, p), l.div(l.mul(gamma, ln_p), q)));
        let rise = l.mul(no, l.sub(l.div(one, q), l.div(l.mul(gamma, ln_q), p)));
        // Where a probability was moved the derivative is 0, as that of the moved value.
        (value, l.select(l.eq(p, a), l.sub(rise, fall), l.splat(0.0)))
    }
}

const DOCS: &str = r#"### Formula

`-alpha · y (1 - p)^gamma ln p - (1 - alpha) · (1 - y) p^gamma ln(1 - p)` for each sample and output, natural logarithm. With `sigmoid` it is computed from the pre-activation: with `s = slope · z`, `-ln p = softplus(-s)`, `-ln(1 - p) = softplus(s)`, and the powers are exponentials of these. With any other activation `p` is kept within [1e-7, 1 - 1e-7], as in `binary_cross_entropy`. `reduction = "mean"` divides by samples × outputs.

A label between 0 and 1 weighs both terms, as an expectation; with 0 and 1 this is the formula of the source.

### When to use

Yes-or-no outputs of which few are yes, so that the many easy noes would drown them. `alpha` above 0.5 favours labels that are 1; the default of 0.25 is the source's choice for gamma 2, where these are left with the larger errors.

### Source

Lin, Goyal, Girshick, He, and Dollár, 2017, "Focal loss for dense object detection" (arXiv 1708.02002), equation 5. As Keras' `BinaryFocalCrossentropy` with `apply_class_balancing` and torchvision's `sigmoid_focal_loss`."#;

#[cfg(test)]
mod tests {
    use crate::catalog::{Choice, Value};
    use crate::nn::{Columns, activation, device};
    use crate::spec::Precision;

    const Y: [f64; 6] = [0.0, 1.0, 1.0, 1.0, 0.0, 0.0];

    /// Sum over two samples of three outputs and its gradient: torchvision's formula on PyTorch 2.15.0's
    /// `binary_cross_entropy_with_logits`, in float64.
    #[test]
    fn from_pre_activations_agrees_with_pytorch() {
        let gradient = [
            0.3946138664059373,
            -0.1920586807998294,
            -0.0012177350488481945,
            -0.06496372128700656,
            0.2876000000612579,
            0.1443063294864617,
        ];
        super::super::tests::check(&super::THIS, &[], true, Y, 0.7515912738343138, gradient);
        let given = [("gamma", Value::Real(1.5)), ("alpha", Value::Real(0.4))];
        let gradient = [
            0.34595455643325596,
            -0.31524609023920813,
            -0.004723026341326085,
            -0.1286604840514052,
            0.26634059336975474,
            0.15044740446958396,
        ];
        super::super::tests::check(&super::THIS, &given, true, Y, 0.9894299024478594, gradient);
    }

    /// By hand: outputs that are right beyond rounding cost nothing, wrong ones by 100 cost 100 times their weight.
    #[test]
    fn certain_outputs_give_numbers() {
        let (z, y) = ([100.0, -100.0, -100.0, 100.0, 1e4, -1e4], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        let gradient = [0.0, 0.0, -0.25, 0.75, 0.0, 0.0];
        super::super::tests::check_at(z, &super::THIS, &[], true, y, 100.0, gradient);
    }

    /// Both forms are one function: from probabilities `σ(z)` the derivative by z is that of the fused form.
    #[test]
    fn forms_agree() {
        let sigmoid = &activation::sigmoid::THIS;
        let p = Columns::new(&[&Choice::defaults(&sigmoid.entry)], Precision::F64);
        let own = Columns::new(&[&Choice::defaults(&super::THIS.entry)], Precision::F64);
        let z = device::tensor(&[-3.0, -0.5, 0.0, 4.0], [1, 1, 4], Precision::F64);
        let y = device::tensor(&[0.0, 1.0, 0.25, 1.0], [1, 1, 4], Precision::F64);
        let a = sigmoid.forward(z.clone(), &p);
        let (from_z, from_a) = (super::fused(&z, &y, None, &p, &own), super::plain(&a, &y, None, &own));
        let by_z = from_a.gradient * a.clone() * a.neg().add_scalar(1.0);
        let pairs = [(from_z.value, from_a.value), (from_z.gradient, by_z)];
        for (one, other) in pairs {
            for (one, other) in device::values(one).iter().zip(device::values(other)) {
                assert!((one - other).abs() < 1e-14, "{one} is not {other}");
            }
        }
    }
}
