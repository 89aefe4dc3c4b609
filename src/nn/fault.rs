//! Mistakes on purpose: backward passes that are wrong in the ways in which people's own were.
//!
//! No backward pass is written by hand for them: `a = detach(f(z)) + detach(d) · (z - detach(z))` has the value `f(z)` and the
//! derivative `d`, whatever `d` is; and `Σ detach(delta) · z` has the derivative `delta` by `z`. Values are never wrong, so losses and
//! outputs are the true ones. What each word means is in [`spec::fault`](crate::spec).

pub(super) mod lanes;

use burn::tensor::Tensor;

use super::activation::{Rule, row_sum};
use super::device;
use super::network::Stage;
use crate::spec::{Fault, HiddenDerivative, OutputDelta, Precision};

/// The value of a hidden activation with a wrong derivative. `z` is recorded for autodiff.
pub(super) fn activate(stage: &Stage, z: Tensor<3>, wrong: HiddenDerivative) -> Tensor<3> {
    let plain = z.clone().inner();
    let a = stage.activation.forward(plain.clone(), &stage.parameters);
    let slope = match wrong {
        HiddenDerivative::ReluValue => a.clone(),
        HiddenDerivative::FormulaOnZ => formula(stage, &plain),
        HiddenDerivative::DerivativeAtOutput | HiddenDerivative::DerivativeAtState => slope(stage, &a),
        HiddenDerivative::SoftmaxElementwise => share(&a),
        HiddenDerivative::Missing => a.clone().mul_scalar(0.0).add_scalar(1.0),
    };
    (z - plain) * slope + a
}

/// `p (1 - p)`.
fn share(p: &Tensor<3>) -> Tensor<3> {
    p.clone() * p.clone().neg().add_scalar(1.0)
}

/// `f'(z)`, unit by unit.
fn slope(stage: &Stage, z: &Tensor<3>) -> Tensor<3> {
    match stage.activation.rule {
        Rule::Elementwise { value, derivative } => {
            derivative(z, &value(z, &stage.parameters), &stage.parameters)
        }
        Rule::Burn(f) => {
            let z = z.clone().autodiff().require_grad();
            let mut gradients = f(z.clone()).sum().backward();
            z.grad_remove(&mut gradients).unwrap_or_else(|| z.inner().mul_scalar(0.0))
        }
    }
}

/// What the formula of the derivative gives for `z` in the place of the value.
fn formula(stage: &Stage, z: &Tensor<3>) -> Tensor<3> {
    match stage.activation.rule {
        Rule::Elementwise { derivative, .. } => derivative(z, z, &stage.parameters),
        Rule::Burn(_) => slope(stage, z),
    }
}

/// What is known at the outputs of one step, all `[P, N, K]` and none recorded for autodiff.
#[derive(Debug)]
pub(super) struct AtOutput<'a> {
    pub(super) output: &'a Stage,
    /// Pre-activations.
    pub(super) z: &'a Tensor<3>,
    /// Outputs.
    pub(super) p: &'a Tensor<3>,
    pub(super) y: &'a Tensor<3>,
    /// `dL/dz`.
    pub(super) by_z: Tensor<3>,
    /// `dL/dp`, where the loss is not fused with the activation.
    pub(super) by_p: Option<Tensor<3>>,
    /// The factor of each sample in the loss, `[P, N, 1]`.
    pub(super) weighting: Tensor<3>,
}

impl AtOutput<'_> {
    /// What is sent back instead of `dL/dz`.
    pub(super) fn delta(self, wrong: OutputDelta) -> Tensor<3> {
        let by_p = || self.by_p.clone().expect("validation lets only losses of the output pass");
        let error = || self.y.clone() - self.p.clone();
        match wrong {
            OutputDelta::WrongSign => self.by_z.neg(),
            OutputDelta::ExtraElementwise => self.by_z * share(self.p),
            OutputDelta::WrongSignAndExtraElementwise => self.by_z.neg() * share(self.p),
            OutputDelta::MissingDerivative => by_p(),
            OutputDelta::SoftmaxElementwise => by_p() * share(self.p),
            OutputDelta::SoftmaxRowSum => {
                let others = row_sum(self.p.clone()) - self.p.clone();
                by_p() * (share(self.p) - self.p.clone() * others)
            }
            OutputDelta::SoftmaxIndexShadowed => {
                let indexed = self.p.clone() * indices(self.p);
                let others = row_sum(indexed.clone()) - indexed;
                by_p() * (share(self.p) - others)
            }
            OutputDelta::SoftmaxOfSoftmax => {
                let softmax = &super::activation::softmax::THIS;
                let s = softmax.forward(self.p.clone(), &self.output.parameters);
                by_p() * share(&s)
            }
            OutputDelta::SquaredError => error().square() * self.weighting,
            OutputDelta::SquaredErrorSquared => {
                let slope = slope(self.output, self.z);
                error().square().square().mul_scalar(2.0) * slope * self.weighting
            }
            OutputDelta::DerivativeOfError => {
                let e = error();
                e.clone().neg() * share(&e) * self.weighting
            }
        }
    }
}

/// The index of each output, `[1, 1, K]`.
fn indices(p: &Tensor<3>) -> Tensor<3> {
    let outputs = p.dims()[2];
    let index: Vec<f64> = (0..outputs).map(|k| k as f64).collect();
    let precision = if p.dtype() == burn::tensor::DType::F64 { Precision::F64 } else { Precision::F32 };
    device::tensor(&index, [1, 1, outputs], precision)
}

/// The part of the data loss's gradient that training sees, `[P, N, K]` by outputs or pre-activations.
pub(super) fn seen(fault: &Fault, gradient: Tensor<3>, y: &Tensor<3>) -> Tensor<3> {
    use crate::spec::FaultyLoss::{ParametersIgnored, RangeDrop, TargetClassOnly};
    match fault.loss {
        None => gradient,
        // A hinge at the right class is its margin, and the loss at other parameters is a number: neither has a slope.
        Some(TargetClassOnly | ParametersIgnored) => gradient.mul_scalar(0.0),
        Some(RangeDrop) => {
            let [members, rows, outputs] = y.dims();
            if outputs < 2 {
                return gradient.mul_scalar(0.0);
            }
            let at = |k: usize| y.clone().narrow(2, k, 1);
            let ends_in_one = at(outputs - 1).not_equal(at(outputs - 2));
            let kept = Tensor::ones([members, rows, outputs - 1], (&y.device(), y.dtype()));
            let last: Tensor<3> = Tensor::ones([members, rows, 1], (&y.device(), y.dtype()));
            gradient * Tensor::cat(vec![kept, last.mask_fill(ends_in_one, 0.0)], 2)
        }
    }
}
