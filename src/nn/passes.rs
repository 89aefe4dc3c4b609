//! Forward and backward passes of a population: from samples to losses, outputs, and gradients.
//!
//! The loss is not recorded for autodiff: its derivative is known, and `Σ v · constant` has exactly that derivative by `v`. Mistakes
//! made on purpose change that constant, never the loss.

use burn::tensor::Tensor;

use super::fault::{self, AtOutput};
use super::loss::{self, Terms};
use super::network::{Network, Stage};
use super::optimizer::Keep;
use super::pass::Pass;
use super::population::index;
use super::{Activations, Batch, Columns, Evaluation, LayerValues, Parameter, Population, Shape, device};
use crate::catalog::Facts;
use crate::spec::{Masking, Reduction};

/// The pre-activation of an output that is off. Its exponential is 0, and it stays finite when others are subtracted.
pub(super) const OFF: f64 = -1e30;

impl Population {
    /// Losses and outputs, without dropout and without recording anything for autodiff.
    pub fn evaluate(&self, batch: &Batch) -> Evaluation {
        self.look(batch, &self.everyone())
    }

    /// The same for some members alone, whose samples the batch holds.
    pub fn evaluate_some(&self, batch: &Batch, members: &[usize]) -> Evaluation {
        let index = index(members);
        let parameters = Keep { members, index: &index }.rows(self.parameters.clone());
        self.some(members, &parameters, |pass| self.look(batch, pass))
    }

    fn look(&self, batch: &Batch, pass: &Pass<'_>) -> Evaluation {
        let Pass { parameters, hidden, output, loss_parameters, reduction } = *pass;
        let network = Network::new(parameters, &self.layout, &self.wiring, false);
        let z = self.switched(network.forward(&batch.x, hidden, &self.wiring, &[], |_, _| ()), batch);
        let a = self.output_of(z.clone(), output, batch);
        let terms = self.terms(&z, &a, batch, &output.parameters, loss_parameters);
        let outputs = device::values(self.told(a, batch));
        let loss = reduce(terms.value, &self.weighting(batch, reduction));
        Evaluation { loss, outputs: by_sample(outputs, batch.rows(), self.shape) }
    }

    /// Outputs as metrics read them: of logarithms the probabilities.
    fn told(&self, a: Tensor<3>, batch: &Batch) -> Tensor<3> {
        match &batch.mask {
            // The logarithm of an output that is off is no 0.
            Some(mask) if is_logarithm(&self.output) => a.exp() * mask.clone(),
            _ if is_logarithm(&self.output) => a.exp(),
            _ => a,
        }
    }

    /// What the layers of these members give for a batch that holds their samples, without dropout, that of the outputs last. Left
    /// out are hidden layers that see time, and outputs at every step.
    pub(super) fn activations(&self, batch: &Batch, members: &[usize]) -> Vec<Activations> {
        let index = index(members);
        let parameters = Keep { members, index: &index }.rows(self.parameters.clone());
        self.some(members, &parameters, |pass| {
            let network = Network::new(pass.parameters, &self.layout, &self.wiring, false);
            let mut all: Vec<Activations> = Vec::new();
            let mut add = |layer: usize, a: Tensor<3>| {
                let units = a.dims()[2];
                all.push(Activations { layer, units, values: device::values(a) });
            };
            let see = |layer: usize, z: &Tensor<3>| {
                let stage: &Stage = &pass.hidden[layer];
                if self.wiring.recurrent.is_none() {
                    add(layer, stage.activation.forward(z.clone(), &stage.parameters));
                }
            };
            let z = network.forward(&batch.x, pass.hidden, &self.wiring, &[], see);
            if self.shape.answers == 1 {
                let a = self.output_of(self.switched(z, batch), pass.output, batch);
                add(pass.hidden.len(), self.told(a, batch));
            }
            all
        })
    }

    /// What every layer computes of these members for a batch that holds their samples, that of the outputs last.
    pub(super) fn layers(&self, batch: &Batch, members: &[usize]) -> Vec<LayerValues> {
        let index = index(members);
        let parameters = Keep { members, index: &index }.rows(self.parameters.clone());
        let has_gates = self.wiring.recurrent.is_some_and(|recurrent| recurrent.cell.gates() > 1);
        let values = |layer: usize, z: Tensor<3>, a: Option<Tensor<3>>| LayerValues {
            layer,
            units: z.dims()[2],
            z: device::values(z),
            a: a.map(device::values).unwrap_or_default(),
        };
        self.some(members, &parameters, |pass| {
            let network = Network::new(pass.parameters, &self.layout, &self.wiring, false);
            let mut all: Vec<LayerValues> = Vec::new();
            let see = |layer: usize, z: &Tensor<3>| {
                let stage: &Stage = &pass.hidden[layer];
                let a = (!has_gates).then(|| stage.activation.forward(z.clone(), &stage.parameters));
                all.push(values(layer, z.clone(), a));
            };
            let z = network.forward(&batch.x, pass.hidden, &self.wiring, &[], see);
            let a = self.output_of(self.switched(z.clone(), batch), pass.output, batch);
            all.push(values(pass.hidden.len(), z, Some(self.told(a, batch))));
            all
        })
    }

    /// The gradient of each member's data loss, without penalties and without dropout.
    pub fn gradients(&self, batch: &Batch) -> Vec<Vec<Parameter>> {
        let (_, gradient) = self.differentiate(&self.everyone(), batch, &[]);
        device::values(gradient).chunks(self.layout.size).map(|row| self.unpack(row)).collect()
    }

    /// The same of some members alone, whose samples the batch holds.
    pub(super) fn gradients_of(&self, batch: &Batch, members: &[usize]) -> Vec<Vec<Parameter>> {
        let index = index(members);
        let parameters = Keep { members, index: &index }.rows(self.parameters.clone());
        let (_, gradient) = self.some(members, &parameters, |pass| self.differentiate(pass, batch, &[]));
        device::values(gradient).chunks(self.layout.size).map(|row| self.unpack(row)).collect()
    }

    /// Every pre-activation of every layer for a batch with the layer's number, outputs last; `[P, N, units]` each, row-major.
    pub(crate) fn pre_activations(&self, batch: &Batch) -> Vec<(usize, Vec<f64>)> {
        let network = Network::new(&self.parameters, &self.layout, &self.wiring, false);
        let mut all = Vec::new();
        let see = |layer: usize, z: &Tensor<3>| all.push((layer, device::values(z.clone())));
        let z = network.forward(&batch.x, &self.hidden, &self.wiring, &[], see);
        all.push((self.hidden.len(), device::values(z)));
        all
    }

    /// Loss per member and the gradient of all parameters, `[P, 1, D]`.
    pub(super) fn differentiate(
        &self,
        pass: &Pass<'_>,
        batch: &Batch,
        masks: &[Option<Tensor<3>>],
    ) -> (Vec<f64>, Tensor<3>) {
        let Pass { parameters, hidden, output, loss_parameters, reduction } = *pass;
        let network = Network::new(parameters, &self.layout, &self.wiring, true);
        let z = network.forward(&batch.x, hidden, &self.wiring, masks, |_, _| ());
        let z = self.switched(z, batch);
        let weighting = self.weighting(batch, reduction);
        let a = (!self.is_fused()).then(|| self.output_of(z.clone(), output, batch));
        let plain = a.clone().unwrap_or_else(|| z.clone()).inner();
        let terms = self.terms(&z.clone().inner(), &plain, batch, &output.parameters, loss_parameters);
        let gradient = self.weighted(terms.gradient, &weighting);
        let gradient = fault::seen(&self.fault, gradient, &batch.y);
        let gradients = if self.fault.output_delta.is_some() || self.fault.time_index.is_some() {
            let delta = self.faulty_delta(pass, batch, &z.clone().inner(), gradient, &weighting);
            let is_first = self.fault.time_index.is_some();
            let v = if is_first { self.first_step(&network, hidden, batch, masks) } else { z };
            (v * delta).backward()
        } else {
            (a.unwrap_or(z) * gradient).backward()
        };
        (reduce(terms.value, &weighting), network.gradients(gradients))
    }

    /// What is sent back from pre-activations `z`, given the derivative of the loss by outputs, or by `z` where the two are fused.
    fn faulty_delta(
        &self,
        pass: &Pass<'_>,
        batch: &Batch,
        z: &Tensor<3>,
        gradient: Tensor<3>,
        weighting: &[Vec<f64>],
    ) -> Tensor<3> {
        let by_z = if self.is_fused() {
            gradient.clone()
        } else {
            let z = z.clone().autodiff().require_grad();
            let a = self.output_of(z.clone(), pass.output, batch);
            let mut gradients = (a * gradient.clone()).backward();
            z.grad_remove(&mut gradients).expect("outputs depend on their pre-activations")
        };
        let Some(wrong) = self.fault.output_delta else { return by_z };
        let shape = [weighting.len(), weighting[0].len(), 1];
        let factors: Vec<f64> = weighting.iter().flatten().copied().collect();
        // The error of an output that is off is 0.
        let on = |values: Tensor<3>| match &batch.mask {
            Some(mask) => values.mask_fill(mask.clone().equal_scalar(0.0), 0.0),
            None => values,
        };
        let at = AtOutput {
            output: pass.output,
            z,
            p: &on(self.output_of(z.clone(), pass.output, batch)),
            y: &on(batch.y.clone()),
            by_z,
            by_p: (!self.is_fused()).then_some(gradient),
            weighting: device::tensor(&factors, shape, self.precision),
        };
        at.delta(wrong)
    }

    /// Pre-activations of the outputs after the first time step alone, of each sequence the first that is no padding.
    fn first_step(
        &self,
        network: &Network,
        hidden: &[Stage],
        batch: &Batch,
        masks: &[Option<Tensor<3>>],
    ) -> Tensor<3> {
        let x = first_steps(&batch.x, batch.rows());
        let wiring = super::network::Wiring { steps: 1, ..self.wiring.clone() };
        network.forward(&x, hidden, &wiring, masks, |_, _| ())
    }

    /// Whether the loss takes pre-activations of the outputs.
    pub(super) fn is_fused(&self) -> bool {
        self.loss.is_fused_with(self.output.activation.entry.name)
    }

    /// Pre-activations with those far below zero whose outputs are off, where that is the rule.
    fn switched(&self, z: Tensor<3>, batch: &Batch) -> Tensor<3> {
        match &batch.mask {
            Some(mask) if self.masking == Masking::Logits => z.mask_fill(mask.clone().equal_scalar(0.0), OFF),
            _ => z,
        }
    }

    /// Outputs; 0 where they are off, if that is the rule, and of logarithms far below 0.
    fn output_of(&self, z: Tensor<3>, output: &Stage, batch: &Batch) -> Tensor<3> {
        let a = output.activation.forward(z, &output.parameters);
        match &batch.mask {
            Some(mask) if self.masking == Masking::Outputs => {
                let off = if is_logarithm(output) { OFF } else { 0.0 };
                a.mask_fill(mask.clone().equal_scalar(0.0), off)
            }
            _ => a,
        }
    }

    /// The loss before reduction: from pre-activations `z` where it is fused with the activation, else from outputs `a`.
    fn terms(
        &self,
        z: &Tensor<3>,
        a: &Tensor<3>,
        batch: &Batch,
        output: &Columns,
        parameters: &Columns,
    ) -> Terms {
        let on = batch.mask.as_ref();
        let terms = if self.is_fused() {
            let fused = self.loss.fused.expect("`is_fused_with` says that there is a fused form");
            fused(z, &batch.y, on, output, parameters)
        } else {
            let plain = self.loss.plain.expect("validation lets only sound pairings pass");
            plain(a, &batch.y, on, parameters)
        };
        match on {
            // What is off adds nothing, whatever its target says; a loss of whole samples leaves it out by itself.
            Some(mask) if !self.loss.is_per_sample() => {
                let off = mask.clone().equal_scalar(0.0);
                Terms {
                    value: terms.value.mask_fill(off.clone(), 0.0),
                    gradient: terms.gradient.mask_fill(off, 0.0),
                }
            }
            _ => terms,
        }
    }

    /// The factor of each target in each member's loss.
    fn weighting(&self, batch: &Batch, reduction: &[Reduction]) -> Vec<Vec<f64>> {
        let (rows, per_sample) = (batch.y.dims()[1], self.loss.is_per_sample());
        let of = |(m, reduction): (usize, &Reduction)| {
            let weight = batch.weight.get(m).map(Vec::as_slice);
            loss::weighting(*reduction, per_sample, rows, self.shape.outputs, weight)
        };
        reduction.iter().enumerate().map(of).collect()
    }

    /// `gradient · weighting`, `[P, N, K]`.
    fn weighted(&self, gradient: Tensor<3>, weighting: &[Vec<f64>]) -> Tensor<3> {
        let first = weighting[0][0];
        let factors: Vec<f64> = weighting.iter().flatten().copied().collect();
        if factors.iter().all(|f| *f == first) {
            // The same product, without the cost of broadcasting.
            return gradient.mul_scalar(first);
        }
        let shape = [weighting.len(), weighting[0].len(), 1];
        gradient * device::tensor(&factors, shape, self.precision)
    }
}

/// Whether outputs are logarithms of a distribution.
fn is_logarithm(output: &Stage) -> bool {
    matches!(output.activation.entry.facts, Facts::Activation { log_distribution: true, .. })
}

/// Of sequences `[P, T · N, F + 1]` the first step of each that is no padding, `[P, N, F + 1]`.
///
/// Padding comes first and has 0 in the last column, so that this rises to 1 at that step and nowhere else.
fn first_steps(x: &Tensor<3>, rows: usize) -> Tensor<3> {
    let [members, all, columns] = x.dims();
    let present = x.clone().narrow(2, columns - 1, 1);
    let none = Tensor::zeros([members, rows, 1], (&x.device(), x.dtype()));
    let before = Tensor::cat(vec![none, present.clone()], 1).narrow(1, 0, all);
    let firsts = x.clone() * (present - before);
    let step = |step: usize| firsts.clone().narrow(1, step * rows, rows);
    (1..all / rows).fold(step(0), |sum, at| sum + step(at))
}

/// From `[P, A · N, K]`, one time step after another, to `[P, N, A, K]`.
fn by_sample(outputs: Vec<f64>, rows: usize, shape: Shape) -> Vec<f64> {
    let Shape { outputs: width, answers, .. } = shape;
    if answers == 1 {
        return outputs;
    }
    let mut ordered = Vec::with_capacity(outputs.len());
    for member in outputs.chunks(answers * rows * width) {
        for row in 0..rows {
            let at = |answer: usize| &member[(answer * rows + row) * width..][..width];
            (0..answers).for_each(|answer| ordered.extend_from_slice(at(answer)));
        }
    }
    ordered
}

/// Sums `value · weighting` of each member over samples and outputs, in f64 and in the order of the samples.
fn reduce(value: Tensor<3>, weighting: &[Vec<f64>]) -> Vec<f64> {
    let [_, rows, outputs] = value.dims();
    let values = device::values(value);
    let sample = |(values, factor): (&[f64], &f64)| values.iter().sum::<f64>() * factor;
    let member =
        |(values, factors): (&[f64], &Vec<f64>)| values.chunks(outputs).zip(factors).map(sample).sum();
    values.chunks(rows * outputs).zip(weighting).map(member).collect()
}
