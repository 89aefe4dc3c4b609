//! Activations: functions from the pre-activation of a layer to its output.
//!
//! Tensors are `[P, N, F]`: members, samples, units. An activation knows neither layer nor loss.

use burn::tensor::Tensor;

use super::Columns;
use crate::catalog::{Choice, Entry};
use crate::kernel;

members! { Activation:
    elu, gelu, hard_sigmoid, identity, leaky_relu, log_softmax, mish, relu, selu, sigmoid, silu, softmax, softplus,
    softsign, tanh,
}

/// A member of the family.
#[derive(Debug)]
pub struct Activation {
    pub entry: Entry,
    pub rule: Rule,
    /// The same for the fused engine; `None` where it has no form of this.
    pub lanes: fn(&Choice) -> Option<kernel::Activation>,
    /// Pre-activations at which the derivative jumps; a gradient check leaves their surroundings out.
    pub kinks: &'static [f64],
}

/// How value and derivative are found.
#[derive(Debug)]
pub enum Rule {
    /// By operations of Burn whose own derivatives are exact and finite everywhere.
    Burn(fn(Tensor<3>) -> Tensor<3>),
    /// Unit by unit, with the derivative written out: exact and finite where the derivative of a composition would be
    /// `0 · inf` (burn#1139), approximate (Burn's gelu), or rounded to f32 (Burn's sigmoid).
    Elementwise {
        /// `f(z)`.
        value: fn(z: &Tensor<3>, parameters: &Columns) -> Tensor<3>,
        /// `f'(z)`, given `a = f(z)` too.
        derivative: fn(z: &Tensor<3>, a: &Tensor<3>, parameters: &Columns) -> Tensor<3>,
    },
}

impl Activation {
    /// `f(z)`, recorded for autodiff when `z` is.
    pub fn forward(&self, z: Tensor<3>, parameters: &Columns) -> Tensor<3> {
        match self.rule {
            Rule::Burn(f) => f(z),
            Rule::Elementwise { value, .. } if !z.is_autodiff() => value(&z, parameters),
            Rule::Elementwise { value, derivative } => {
                let plain = z.clone().inner();
                let a = value(&plain, parameters);
                let slope = derivative(&plain, &a, parameters);
                // The value is a + slope * 0 = a; the derivative is slope.
                (z - plain) * slope + a
            }
        }
    }
}

/// The member that an entry belongs to.
pub(crate) fn of(entry: &Entry) -> &'static Activation {
    let found = ALL.iter().find(|m| m.entry.name == entry.name);
    found.unwrap_or_else(|| panic!("`{}` is not an activation", entry.name))
}

/// `1 / (1 + e^-s)`: 0 or 1 in the limits, never NaN.
pub(crate) fn logistic(s: &Tensor<3>) -> Tensor<3> {
    s.clone().neg().exp().add_scalar(1.0).recip()
}

/// `ln(1 + e^s)` without overflow.
pub(crate) fn log_one_plus_exp(s: &Tensor<3>) -> Tensor<3> {
    s.clone().clamp_min(0.0) + s.clone().abs().neg().exp().log1p()
}

/// `e^z - 1` for `z ≤ 0`, without the cancellation that takes half the digits of an f32 near 0.
///
/// `2t / (1 - t)` with `t = tanh(z / 2)`: the divisor lies in [1, 2], so every digit of `t` stays.
pub(crate) fn exp_minus_one(z: &Tensor<3>) -> Tensor<3> {
    let t = z.clone().mul_scalar(0.5).tanh();
    t.clone().mul_scalar(2.0) / t.neg().add_scalar(1.0)
}

/// `positive` where `z > 0`, else `negative`.
pub(crate) fn where_positive(z: &Tensor<3>, positive: Tensor<3>, negative: Tensor<3>) -> Tensor<3> {
    negative.mask_where(z.clone().greater_scalar(0.0), positive)
}

/// `z` minus the largest value of its row, a constant for autodiff.
pub(crate) fn below_row_max(z: Tensor<3>) -> Tensor<3> {
    let largest = row_max(z.clone().inner());
    z - largest
}

/// `e^z`, 0 where it is below 1e-30; recorded for autodiff when `z` is.
pub(crate) fn flushed_exp(z: Tensor<3>) -> Tensor<3> {
    let e = z.exp();
    let small = e.clone().lower_scalar(kernel::FLUSHED);
    e.mask_fill(small, 0.0)
}

/// Widest row for which unit-by-unit products are cheaper than the general operations.
const NARROW: usize = 32;

/// The largest value of each row, `[P, N, 1]`.
fn row_max(z: Tensor<3>) -> Tensor<3> {
    let units = z.dims()[2];
    if units > NARROW {
        return z.max_dim(2);
    }
    // Burn's max_dim on ndarray searches and gathers; comparing whole units is several times faster.
    let z = z.swap_dims(1, 2);
    let unit = |k: usize| z.clone().narrow(1, k, 1);
    (1..units).fold(unit(0), |largest, k| largest.max_pair(unit(k))).swap_dims(1, 2)
}

/// The sum of each row in every place of the row, `[P, N, K]`.
///
/// By products with ones: on ndarray the order in which `sum_dim` adds depends on strides, which may differ for a single
/// member; that of a product does not.
pub(crate) fn row_sum(x: Tensor<3>) -> Tensor<3> {
    let units = x.dims()[2];
    let options = (&x.device().inner(), x.dtype());
    if units <= NARROW {
        return x.matmul(Tensor::ones([1, units, units], options));
    }
    x.matmul(Tensor::ones([1, units, 1], options)).matmul(Tensor::ones([1, 1, units], options))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Choice, Facts, Value};
    use crate::nn::device;
    use crate::spec::Precision;

    fn parameters(member: &'static Activation, given: &[(&str, Value)], precision: Precision) -> Columns {
        let mut choice = Choice::defaults(&member.entry);
        for (key, value) in given {
            let index = member.entry.params.iter().position(|p| p.key == *key).unwrap();
            choice.values[index] = Some(value.clone());
        }
        Columns::new(&[&choice], precision)
    }

    /// Value and gradient of `Σ c · f(z)` for one row.
    fn run(member: &Activation, p: &Columns, z: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let shape = [1, 1, z.len()];
        let z = device::tensor(z, shape, p.precision()).autodiff().require_grad();
        let a = member.forward(z.clone(), p);
        let value = device::values(a.clone().inner());
        let gradients = (a * device::tensor(c, shape, p.precision())).backward();
        (value, device::values(z.grad(&gradients).unwrap()))
    }

    /// Absolute, for reference values of order 1 printed to full precision; the worst composition loses a digit or two.
    const EXACT: f64 = 1e-13;

    /// `cases` holds (z, f(z), f'(z)).
    #[track_caller]
    pub(super) fn check(member: &'static Activation, given: &[(&str, Value)], cases: &[(f64, f64, f64)]) {
        let p = parameters(member, given, Precision::F64);
        let z: Vec<f64> = cases.iter().map(|c| c.0).collect();
        let (value, slope) = run(member, &p, &z, &vec![1.0; z.len()]);
        for ((case, value), slope) in cases.iter().zip(value).zip(slope) {
            assert!((value - case.1).abs() <= EXACT, "f({}) = {value}, not {}", case.0, case.1);
            assert!((slope - case.2).abs() <= EXACT, "f'({}) = {slope}, not {}", case.0, case.2);
        }
    }

    /// As [`check`], but in f32 and relative to each reference value: four roundings of 2⁻²⁴ at most on the way.
    #[track_caller]
    pub(super) fn check_single(member: &'static Activation, cases: &[(f64, f64, f64)]) {
        let p = parameters(member, &[], Precision::F32);
        let z: Vec<f64> = cases.iter().map(|c| c.0).collect();
        let (value, slope) = run(member, &p, &z, &vec![1.0; z.len()]);
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= 3e-7 * theirs.abs();
        for ((case, value), slope) in cases.iter().zip(value).zip(slope) {
            assert!(close(value, case.1), "f({}) = {value}, not {}", case.0, case.1);
            assert!(close(slope, case.2), "f'({}) = {slope}, not {}", case.0, case.2);
        }
    }

    /// At [0.5, -1, 2], with the gradient of 0.3 f₀ - 0.7 f₁ + 1.1 f₂.
    #[track_caller]
    pub(super) fn check_row(member: &'static Activation, value: [f64; 3], gradient: [f64; 3]) {
        let p = parameters(member, &[], Precision::F64);
        let (values, gradients) = run(member, &p, &[0.5, -1.0, 2.0], &[0.3, -0.7, 1.1]);
        for (ours, theirs) in values.iter().chain(&gradients).zip(value.iter().chain(&gradient)) {
            assert!((ours - theirs).abs() <= EXACT, "{ours} is not {theirs}");
        }
    }

    /// Values and gradients stay finite where exponentials overflow (burn#1139 was a NaN at -90), and values stay within
    /// what the entry says, but for one rounding of f32.
    #[test]
    fn extremes_stay_finite_and_within_what_the_entry_gives() {
        let z = [-1e4, -100.0, -90.0, -1.0, -0.5, -1e-30, 0.0, 1e-30, 0.5, 1.0, 90.0, 100.0, 1e4];
        for member in ALL {
            for precision in [Precision::F32, Precision::F64] {
                let p = parameters(member, &[], precision);
                let (value, gradient) = run(member, &p, &z, &[1.0; 13]);
                let finite = value.iter().chain(&gradient).all(|v| v.is_finite());
                assert!(finite, "{}: {value:?}, gradient {gradient:?}", member.entry.name);
                let Facts::Activation { gives, .. } = member.entry.facts else { unreachable!() };
                let (low, high) = (gives.low - 2e-7, gives.high + 2e-7);
                assert!(value.iter().all(|v| (low..=high).contains(v)), "{}: {value:?}", member.entry.name);
            }
        }
    }
}
