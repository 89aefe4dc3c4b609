//! Losses: how far outputs are from targets.
//!
//! Tensors are `[P, N, K]`: members, samples, outputs. A loss gives one value per member, sample, and output, so that
//! members can never mix; [`weighting`] says how these become one number per member.

use burn::tensor::Tensor;

use super::Columns;
use crate::catalog::{Choice, Entry, Facts, TargetRow};
use crate::kernel;
use crate::spec::Reduction;

mod parts;

members! { Loss:
    binary_cross_entropy, binary_focal, cross_entropy, focal, hinge, huber, kl_divergence, log_cosh, mae, mse, pinball,
    probability_cross_entropy, range_wise_mae, squared_hinge, sum_of_squares,
}

/// A member of the family.
#[derive(Debug)]
pub struct Loss {
    pub entry: Entry,
    /// From the output activation `a`. `None` where only a fused form is sound.
    pub plain: Option<Plain>,
    /// From the pre-activation `z`, for the output activations that the entry names in `fused_with`.
    pub fused: Option<Fused>,
    /// [`Loss::plain`] for the fused engine, and [`Loss::fused`] for it, given the loss's parameters; `None` where there is no
    /// such form. The numbers of a fused form are the activation's, then the loss's.
    pub lanes: Option<fn(loss: &Columns) -> kernel::Loss>,
    pub lanes_fused: Option<fn(loss: &Columns) -> kernel::Loss>,
    /// On which side of each place where the derivative jumps the outputs `a` of one sample lie; `None` where it never
    /// jumps. A gradient check leaves out what crosses such a place.
    pub sides: Option<Sides>,
}

/// See [`Loss::sides`].
pub type Sides = fn(a: &[f64], y: &[f64], loss: &Choice) -> Vec<bool>;

/// See [`Loss::plain`].
pub type Plain = fn(a: &Tensor<3>, y: &Tensor<3>, on: On<'_>, loss: &Columns) -> Terms;

/// See [`Loss::fused`].
pub type Fused = fn(z: &Tensor<3>, y: &Tensor<3>, on: On<'_>, activation: &Columns, loss: &Columns) -> Terms;

/// 1 where an output is on and 0 where it is off, `[P, N, K]`; `None` where all are on. A loss that looks at outputs together must leave
/// out what is off. Of one that looks at each alone nobody asks for what is off: it need not look here.
pub type On<'a> = Option<&'a Tensor<3>>;

/// A loss before reduction.
#[derive(Debug)]
pub struct Terms {
    /// Value per member, sample, and output, `[P, N, K]`. A loss of one value per sample means the sum over K.
    pub value: Tensor<3>,
    /// Derivative of the sum of all values by `a` (plain) or `z` (fused), `[P, N, K]`.
    pub gradient: Tensor<3>,
}

impl Loss {
    /// Whether it takes the pre-activation of this output activation.
    pub fn is_fused_with(&self, activation: &str) -> bool {
        let Facts::Loss { fused_with, .. } = self.entry.facts else { return false };
        self.fused.is_some() && fused_with.contains(&activation)
    }

    /// Whether it has one value per sample instead of one per output.
    pub fn is_per_sample(&self) -> bool {
        !matches!(self.entry.facts, Facts::Loss { row: TargetRow::Separate, .. })
    }
}

/// The member that an entry belongs to.
pub(crate) fn of(entry: &Entry) -> &'static Loss {
    let found = ALL.iter().find(|m| m.entry.name == entry.name);
    found.unwrap_or_else(|| panic!("`{}` is not a loss", entry.name))
}

/// The factor of each sample's values in the loss of one member.
///
/// | reduction | per output (K values per sample) | per sample |
/// |---|---|---|
/// | mean | `w / (K · Σw)` | `w / Σw` |
/// | sum | `w` | `w` |
/// | sum_over_outputs | `w / Σw` | `w / Σw` |
///
/// `w` is the sample's weight, 1 where there are none. The weighted mean divides by the sum of the weights, as
/// scikit-learn's metrics with `sample_weight` and PyTorch's `CrossEntropyLoss` with `weight` do. Samples that all weigh 0 have the
/// loss 0, where those give NaN. Outputs that are off count among the K, although they add nothing.
pub(crate) fn weighting(
    reduction: Reduction,
    is_per_sample: bool,
    samples: usize,
    outputs: usize,
    weight: Option<&[f64]>,
) -> Vec<f64> {
    let total = weight.map_or(samples as f64, |w| w.iter().sum());
    let divisor = match reduction {
        Reduction::Sum => 1.0,
        Reduction::Mean if !is_per_sample => total * outputs as f64,
        Reduction::Mean | Reduction::SumOverOutputs => total,
    };
    // Of samples without weight there is nothing to divide.
    let divisor = if divisor == 0.0 { 1.0 } else { divisor };
    match weight {
        Some(weight) => weight.iter().map(|w| w / divisor).collect(),
        None => vec![1.0 / divisor; samples],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Value;
    use crate::nn::{activation, device};
    use crate::spec::Precision;

    /// Sum of all values and the gradient at z = [[0.5, -1, 2], [0.1, 0.2, -0.3]]; fused losses take z as it is, others
    /// as the output. Absolute tolerance for reference values of order 1 printed to full precision.
    #[track_caller]
    pub(super) fn check(
        member: &'static Loss,
        given: &[(&str, Value)],
        fused: bool,
        y: [f64; 6],
        total: f64,
        gradient: [f64; 6],
    ) {
        check_at([0.5, -1.0, 2.0, 0.1, 0.2, -0.3], member, given, fused, y, total, gradient);
    }

    /// The same at another z.
    #[track_caller]
    pub(super) fn check_at(
        z: [f64; 6],
        member: &'static Loss,
        given: &[(&str, Value)],
        fused: bool,
        y: [f64; 6],
        total: f64,
        gradient: [f64; 6],
    ) {
        let mut choice = Choice::defaults(&member.entry);
        for (key, value) in given {
            let index = member.entry.params.iter().position(|p| p.key == *key).unwrap();
            choice.values[index] = Some(value.clone());
        }
        let parameters = Columns::new(&[&choice], Precision::F64);
        let tensor = |values: &[f64]| device::tensor(values, [1, 2, 3], Precision::F64);
        let z = tensor(&z);
        let terms = if fused {
            let sigmoid = Choice::defaults(&activation::sigmoid::THIS.entry);
            let sigmoid = Columns::new(&[&sigmoid], Precision::F64);
            (member.fused.unwrap())(&z, &tensor(&y), None, &sigmoid, &parameters)
        } else {
            (member.plain.unwrap())(&z, &tensor(&y), None, &parameters)
        };
        let sum: f64 = device::values(terms.value).iter().sum();
        assert!((sum - total).abs() <= 1e-13, "{sum} is not {total}");
        for (ours, theirs) in device::values(terms.gradient).iter().zip(gradient) {
            assert!((ours - theirs).abs() <= 1e-13, "{ours} is not {theirs}");
        }
    }

    /// By hand, from the table above: N = 2, K = 3.
    #[test]
    fn reductions_divide_as_stated() {
        let check = |reduction, per_sample, weight: Option<&[f64]>, expected: [f64; 2]| {
            assert_eq!(weighting(reduction, per_sample, 2, 3, weight), expected);
        };
        check(Reduction::Mean, false, None, [1.0 / 6.0; 2]);
        check(Reduction::Mean, true, None, [0.5; 2]);
        check(Reduction::Sum, false, None, [1.0; 2]);
        check(Reduction::SumOverOutputs, false, None, [0.5; 2]);
        check(Reduction::Mean, true, Some(&[1.0, 3.0]), [0.25, 0.75]);
        check(Reduction::Mean, false, Some(&[1.0, 3.0]), [1.0 / 12.0, 0.25]);
        check(Reduction::Sum, true, Some(&[1.0, 3.0]), [1.0, 3.0]);
        // Nothing of nothing, however it is divided.
        for reduction in [Reduction::Mean, Reduction::Sum, Reduction::SumOverOutputs] {
            check(reduction, true, Some(&[0.0, 0.0]), [0.0, 0.0]);
        }
    }
}
