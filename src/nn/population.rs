//! A population: networks of equal structure that train side by side, each with its own numbers.
//!
//! The reference path: Burn operations forward, Burn autodiff backward, on any device. What a member computes does not
//! depend on which or how many others it shares the population with, to the last bit. A population knows neither data
//! sets nor epochs nor when to stop; it uses no threads.

use burn::tensor::{Bool, Int, Tensor, TensorData};

use super::activation;
use super::batch::owned;
use super::initializer::{self, Place};
use super::layout::{Kind, Layout, Slot};
use super::loss::{self, Loss};
use super::network::{Stage, Wiring};
use super::optimizer::{self, Keep, Way};
use super::{Batch, Columns, State, device};
use crate::catalog::Choice;
use crate::kernel::noise;
use crate::rng::{self, Purpose};
use crate::spec::{Configuration, Fault, Masking, Model, Precision, Recurrent, Reduction, Truncate};

/// One network of a population.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub configuration: &'a Configuration,
    /// Seed of the initial parameters.
    pub init_seed: u64,
    /// Seed of the dropout masks.
    pub noise_seed: u64,
}

/// What the data ask of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of one time step.
    pub features: usize,
    pub outputs: usize,
    /// Time steps of a sample; 1 where samples are no sequences.
    pub steps: usize,
    /// Targets of a sample: 1, or one for every time step.
    pub answers: usize,
}

impl Shape {
    /// Of samples that are no sequences.
    pub const fn rows(features: usize, outputs: usize) -> Shape {
        Shape { features, outputs, steps: 1, answers: 1 }
    }

    /// What a network is given: a dense one sees all time steps of a sample side by side.
    pub fn seen_by(self, model: &Model) -> Shape {
        if model.recurrent.is_some() {
            return self;
        }
        Shape { features: self.features * self.steps, steps: 1, ..self }
    }
}

/// Members as a tensor that picks them.
pub(super) fn index(members: &[usize]) -> Tensor<1, Int> {
    let index: Vec<i64> = members.iter().map(|m| *m as i64).collect();
    Tensor::from_data(TensorData::new(index, [members.len()]), &device::device())
}

/// What a forward pass without dropout gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Data loss of each member, without penalties.
    pub loss: Vec<f64>,
    /// `[P, N, K]`, row-major: the outputs after the output activation. For `log_softmax` the probabilities, so that
    /// metrics read the same for both ways to write that model.
    pub outputs: Vec<f64>,
}

/// What a layer gives for some samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    /// From 0; that of the outputs is the number of hidden layers.
    pub layer: usize,
    pub units: usize,
    /// `[P, N, units]`, row-major: after the activation; of outputs as in [`Evaluation`].
    pub values: Vec<f64>,
}

/// What a layer computes for some samples, without dropout.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerValues {
    /// From 0; that of the outputs is the number of hidden layers.
    pub layer: usize,
    pub units: usize,
    /// Pre-activations, `[P, N, units]`, row-major. Of a layer that sees time there is an entry for each step (and gate, or all gates side
    /// by side); of outputs at every step one, with a row for each.
    pub z: Vec<f64>,
    /// After the activation, as `z`; empty for a layer with gates, whose pre-activations are not those of its activation.
    pub a: Vec<f64>,
}

/// A parameter, or its gradient, of one member.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `layer_0.weight`, `layer_0.bias`, ...; the last layer is that of the outputs.
    pub name: String,
    /// `[in, out]` or `[out]`.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f64>,
}

/// Networks of equal structure.
#[derive(Debug)]
pub struct Population {
    pub(super) shape: Shape,
    pub(super) precision: Precision,
    pub(super) layout: Layout,
    pub(super) hidden: Vec<Stage>,
    pub(super) output: Stage,
    pub(super) loss: &'static Loss,
    pub(super) loss_parameters: Columns,
    pub(super) reduction: Vec<Reduction>,
    /// Per hidden layer, the probability of each member.
    pub(super) dropout: Vec<Vec<f64>>,
    pub(super) noise_seed: Vec<u64>,
    /// Steps that each member made so far.
    pub(super) steps: Vec<u64>,
    /// `[P, 1, D]`.
    pub(super) parameters: Tensor<3>,
    /// Parameters kept by [`Population::snapshot`].
    kept: Option<Tensor<3>>,
    pub(super) method: Way,
    pub(super) wiring: Wiring,
    pub(super) masking: Masking,
    pub(super) fault: Fault,
}

impl Population {
    /// Networks with their initial parameters. All members must have the same [`Population::structure`].
    pub fn new(members: &[Member<'_>], shape: Shape) -> Population {
        let first = members.first().expect("a population has members").configuration;
        let structure = Self::structure(first);
        assert!(
            members.iter().all(|m| Self::structure(m.configuration) == structure),
            "members of a population share one structure"
        );
        let precision = first.model.precision;
        let shape = shape.seen_by(&first.model);
        let layout = Layout::new(&first.model, shape);
        let stage = |choice: &dyn Fn(&Configuration) -> &Choice| {
            let choices: Vec<&Choice> = members.iter().map(|m| choice(m.configuration)).collect();
            Stage {
                activation: activation::of(choices[0].entry),
                parameters: Columns::new(&choices, precision),
            }
        };
        let hidden =
            (0..first.model.hidden.len()).map(|l| stage(&|c| &c.model.hidden[l].activation)).collect();
        let losses: Vec<&Choice> = members.iter().map(|m| &m.configuration.pairing.loss).collect();
        let optimizers: Vec<&crate::spec::Optimizer> =
            members.iter().map(|m| m.configuration.optimizer.as_ref()).collect();
        let is_weight: Vec<f64> =
            layout.slots.iter().flat_map(|s| vec![f64::from(u8::from(s.is_weight())); s.len()]).collect();
        let initial: Vec<f64> = members.iter().flat_map(|m| initial_values(m, &layout)).collect();
        let dropout = |l: usize| members.iter().map(|m| m.configuration.model.hidden[l].dropout).collect();
        Population {
            shape,
            precision,
            hidden,
            output: stage(&|c| &c.pairing.activation),
            loss: loss::of(losses[0].entry),
            loss_parameters: Columns::new(&losses, precision),
            reduction: members.iter().map(|m| m.configuration.pairing.reduction).collect(),
            dropout: (0..first.model.hidden.len()).map(dropout).collect(),
            noise_seed: members.iter().map(|m| m.noise_seed).collect(),
            steps: vec![0; members.len()],
            parameters: owned(device::tensor(&initial, [members.len(), 1, layout.size], precision)),
            kept: None,
            method: Way::new(&optimizers, &is_weight, precision, &first.fault),
            layout,
            wiring: wiring(first, shape),
            masking: first.pairing.masking,
            fault: first.fault.as_ref().clone(),
        }
    }

    /// What must be equal for two configurations to share a population: everything that is not a number of its own.
    ///
    /// Initializers, reduction, schedule, and every numeric parameter may differ. A number that switches a part off when
    /// it is 0 (dropout, momentum, penalties) may differ as long as it is 0 for all or for none.
    pub fn structure(configuration: &Configuration) -> String {
        let (model, pairing) = (&configuration.model, &configuration.pairing);
        let mut text = format!("{:?}", model.precision);
        for layer in &model.hidden {
            let (bias, dropout) = (layer.bias, layer.dropout > 0.0);
            text.push_str(&format!(
                "; {} {} bias={bias:?} dropout={dropout}",
                layer.units,
                layer.activation.structure()
            ));
        }
        if let Some(recurrent) = model.recurrent {
            text.push_str(&format!("; {recurrent:?}"));
        }
        let output = pairing.activation.structure();
        let optimizer = optimizer::structure(&configuration.optimizer);
        text.push_str(&format!(
            "; {output} bias={:?}; {}; {optimizer}",
            model.output_bias,
            pairing.loss.structure()
        ));
        if !configuration.data.mask.is_empty() {
            text.push_str(&format!("; mask {:?}", pairing.masking));
        }
        for (key, word) in configuration.fault.all() {
            text.push_str(&format!("; fault {key} {word}"));
        }
        text
    }

    pub fn members(&self) -> usize {
        self.parameters.dims()[0]
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// One step of the optimizer; gives each member's data loss before it, without penalties and with dropout.
    /// `factor` is each member's schedule factor on its learning rate. Of an optimizer that searches along lines a step is one
    /// iteration, without dropout, and the loss is that of the point it begins at.
    pub fn step(&mut self, batch: &Batch, factor: &[f64]) -> Vec<f64> {
        let masks = self.masks(batch.rows());
        self.steps.iter_mut().for_each(|step| *step += 1);
        if let Way::Search(_) = &self.method {
            return self.search(batch);
        }
        let (loss, gradient) = self.differentiate(&self.everyone(), batch, &masks);
        if let Way::Steps(method) = &mut self.method {
            self.parameters = method.update(self.parameters.clone(), gradient, factor, &self.steps);
        }
        loss
    }

    /// Dropout factors `[P, N, units]` of each hidden layer for the step to come: 0 with the layer's probability p, else
    /// `1 / (1 - p)`, drawn as [`noise`] says.
    fn masks(&self, rows: usize) -> Vec<Option<Tensor<3>>> {
        let is_on: Vec<bool> = self.dropout.iter().map(|p| p.iter().any(|p| *p > 0.0)).collect();
        if !is_on.contains(&true) {
            return Vec::new();
        }
        let gates = self.wiring.recurrent.map_or(1, |recurrent| recurrent.cell.gates());
        let weights = self.layout.slots.iter().filter(|s| s.kind == Kind::Weight);
        let units: Vec<usize> = weights.map(|s| s.units / gates).collect();
        let mut factors: Vec<Vec<f64>> = vec![Vec::new(); is_on.len()];
        for (m, (seed, step)) in self.noise_seed.iter().zip(&self.steps).enumerate() {
            let streams = noise::streams(*seed);
            for layer in (0..is_on.len()).filter(|l| is_on[*l]) {
                let mut stream = noise::stream(&streams, *step, layer);
                let dropout = noise::Dropout::new(self.dropout[layer][m]);
                let draw = |_| f64::from(dropout.factor(&mut stream));
                factors[layer].extend((0..rows * units[layer]).map(draw));
            }
        }
        let tensor = |(layer, factors): (usize, Vec<f64>)| {
            let shape = [self.members(), rows, units[layer]];
            is_on[layer].then(|| device::tensor(&factors, shape, self.precision))
        };
        factors.into_iter().enumerate().map(tensor).collect()
    }

    /// Keeps these members, in this order; what they compute from here on does not change by it.
    pub fn retain(&mut self, keep: &[usize]) {
        let index = index(keep);
        self.retain_rows(&Keep { members: keep, index: &index });
    }

    pub(super) fn retain_rows(&mut self, rows: &Keep<'_>) {
        let keep = rows.members;
        assert!(!keep.is_empty(), "a population has members");
        self.parameters = rows.rows(self.parameters.clone());
        self.kept = self.kept.take().map(|kept| rows.rows(kept));
        for stage in self.hidden.iter_mut().chain([&mut self.output]) {
            stage.parameters.retain(keep);
        }
        self.loss_parameters.retain(keep);
        self.reduction = keep.iter().map(|m| self.reduction[*m]).collect();
        self.noise_seed = keep.iter().map(|m| self.noise_seed[*m]).collect();
        self.steps = keep.iter().map(|m| self.steps[*m]).collect();
        for p in &mut self.dropout {
            *p = keep.iter().map(|m| p[*m]).collect();
        }
        self.method.retain(rows);
    }

    /// Remembers the parameters of the members for which `which` is true (early stopping's best so far).
    pub fn snapshot(&mut self, which: &[bool]) {
        let kept = self.kept.take().unwrap_or_else(|| self.parameters.clone());
        self.kept = Some(choose(kept, &self.parameters, which));
    }

    /// Brings the remembered parameters back for the members for which `which` is true. The optimizer's state stays.
    pub fn restore(&mut self, which: &[bool]) {
        if let Some(kept) = &self.kept {
            self.parameters = choose(self.parameters.clone(), kept, which);
        }
    }

    /// All parameters, and those remembered: `[P, D]`.
    pub(super) fn rows(&self) -> (Vec<f64>, Option<Vec<f64>>) {
        (device::values(self.parameters.clone()), self.kept.clone().map(device::values))
    }

    /// Members that have a state go on from it, as far as it is not the optimizer's; the others stay as they are.
    pub(super) fn resume(&mut self, states: &[Option<State>]) {
        let size = self.layout.size;
        let has_kept = self.kept.is_some() || states.iter().flatten().any(|state| state.kept.is_some());
        let (mut parameters, kept) = self.rows();
        let mut kept = kept.unwrap_or_else(|| parameters.clone());
        let steps = self.steps.iter_mut().zip(states);
        for ((step, state), at) in steps.zip((0..).step_by(size)) {
            if let Some(state) = state {
                *step = state.steps;
                parameters[at..at + size].copy_from_slice(&state.parameters);
                let row = state.kept.as_ref().unwrap_or(&state.parameters);
                kept[at..at + size].copy_from_slice(row);
            }
        }
        let tensor = |rows: &[f64]| owned(device::tensor(rows, [states.len(), 1, size], self.precision));
        self.kept = has_kept.then(|| tensor(&kept));
        self.parameters = tensor(&parameters);
    }

    /// The parameters of one member, layer by layer, weights before bias.
    pub fn parameters(&self, member: usize) -> Vec<Parameter> {
        self.unpack(&device::values(self.parameters.clone().narrow(0, member, 1)))
    }

    /// Replaces parameters of one member by name; shapes must be those of [`Population::parameters`].
    pub fn set_parameters(&mut self, member: usize, parameters: &[Parameter]) {
        let mut row = device::values(self.parameters.clone().narrow(0, member, 1));
        for slot in &self.layout.slots {
            if let Some(given) = parameters.iter().find(|p| p.name == slot.name()) {
                assert_eq!(given.shape, slot.shape(), "shape of {}", given.name);
                row[slot.start..slot.start + slot.len()].copy_from_slice(&given.values);
            }
        }
        let row = device::tensor(&row, [1, 1, self.layout.size], self.precision);
        let row = row.expand(self.parameters.dims());
        let which: Vec<bool> = (0..self.members()).map(|m| m == member).collect();
        self.parameters = choose(self.parameters.clone(), &row, &which);
        if let Way::Search(searches) = &mut self.method {
            searches.forget(member);
        }
    }

    /// Replaces the parameters of all members: rows of `[P, D]`, in the order of [`Population::parameters`].
    pub(super) fn replace(&mut self, rows: &[f64]) {
        self.parameters = owned(device::tensor(rows, self.parameters.dims(), self.precision));
    }

    /// Whether all parameters of a member are finite, for each member.
    pub fn finite(&self) -> Vec<bool> {
        // 0 · x is 0 for finite x and NaN otherwise.
        let zeros = self.parameters.clone().mul_scalar(0.0);
        let ones = Tensor::ones([1, self.layout.size, 1], (&zeros.device(), zeros.dtype()));
        device::values(zeros.matmul(ones)).into_iter().map(|sum| sum == 0.0).collect()
    }

    pub(super) fn unpack(&self, row: &[f64]) -> Vec<Parameter> {
        unpack(&self.layout, row)
    }
}

fn unpack(layout: &Layout, row: &[f64]) -> Vec<Parameter> {
    let parameter = |slot: &Slot| Parameter {
        name: slot.name(),
        shape: slot.shape(),
        values: row[slot.start..slot.start + slot.len()].to_vec(),
    };
    layout.slots.iter().map(parameter).collect()
}

/// The parameters that a member has before its first step.
pub fn initial_parameters(member: &Member<'_>, shape: Shape) -> Vec<Parameter> {
    let model = &member.configuration.model;
    let layout = Layout::new(model, shape.seen_by(model));
    let mut values = initial_values(member, &layout);
    if model.precision == Precision::F32 {
        values.iter_mut().for_each(|v| *v = f64::from(*v as f32));
    }
    unpack(&layout, &values)
}

/// `b`'s rows where `which` is true, else `a`'s; all `[P, 1, D]`.
fn choose(a: Tensor<3>, b: &Tensor<3>, which: &[bool]) -> Tensor<3> {
    let dims = a.dims();
    let mask = TensorData::new(which.to_vec(), [which.len(), 1, 1]);
    let mask: Tensor<3, Bool> = Tensor::from_data(mask, &a.device());
    a.mask_where(mask.expand(dims), b.clone())
}

/// The streams of weights from a layer to itself lie far from all others.
const RECURRENT: u64 = 1 << 32;

/// One stream per parameter of a layer: `2 · layer` for weights, `2 · layer + 1` for a bias, and for the weights to itself one far
/// away. Every gate of a recurrent cell is drawn as a layer of its own.
fn initial_values(member: &Member<'_>, layout: &Layout) -> Vec<f64> {
    let model = &member.configuration.model;
    let gates = model.recurrent.map_or(1, |recurrent| recurrent.cell.gates());
    let values = |slot: &Slot| {
        let (choice, index) = match (model.hidden.get(slot.layer), slot.kind) {
            (Some(layer), Kind::Weight) => (&layer.init, 0),
            (Some(layer), Kind::Recurrent) => (&layer.recurrent_init, RECURRENT),
            (Some(layer), Kind::Bias) => (&layer.bias_init, 1),
            (None, Kind::Bias) => (&model.output_bias_init, 1),
            (None, _) => (&model.output_init, 0),
        };
        let mut stream = rng::stream(member.init_seed, Purpose::Init, 2 * slot.layer as u64 + index);
        let is_hidden = slot.layer < model.hidden.len();
        let pieces = if is_hidden && slot.units > 1 { gates } else { 1 };
        let place = Place { inputs: slot.inputs, units: slot.units / pieces, rows: slot.rows };
        let drawn: Vec<Vec<f64>> =
            (0..pieces).map(|_| initializer::values(choice, place, &mut stream)).collect();
        side_by_side(&drawn, place)
    };
    layout.slots.iter().flat_map(values).collect()
}

/// Matrices `[rows, units]` joined to one of `[rows, pieces · units]`.
fn side_by_side(pieces: &[Vec<f64>], place: Place) -> Vec<f64> {
    let row = |row: usize| pieces.iter().flat_map(move |piece| &piece[row * place.units..][..place.units]);
    (0..place.rows).flat_map(row).copied().collect()
}

/// How the layers of these networks are put together.
fn wiring(configuration: &Configuration, shape: Shape) -> Wiring {
    let model = &configuration.model;
    Wiring {
        bias: model.hidden.iter().map(|l| l.bias).chain([model.output_bias]).collect(),
        recurrent: model.recurrent,
        steps: shape.steps,
        hidden_derivative: configuration.fault.hidden_derivative,
    }
}

/// Numbers that one network has to learn.
pub fn parameter_count(configuration: &Configuration, shape: Shape) -> usize {
    Layout::new(&configuration.model, shape.seen_by(&configuration.model)).size
}

/// Estimated bytes that one member needs on the reference path while it trains on batches (or is evaluated on parts) of `rows`
/// samples.
///
/// Parameters, their snapshot, gradient, and copies in the network, the optimizer's state, and for each layer the
/// tensors that live until the backward pass is done.
pub(super) fn memory(configuration: &Configuration, shape: Shape, rows: usize) -> u64 {
    let width = match configuration.model.precision {
        Precision::F32 => 4,
        Precision::F64 => 8,
    };
    let state = optimizer::state_count(&configuration.optimizer.method);
    let parameters = parameter_count(configuration, shape) * (6 + state);
    let shape = shape.seen_by(&configuration.model);
    let kept = kept_per_unit(configuration.model.recurrent, shape.steps);
    let units: usize = configuration.model.hidden.iter().map(|l| l.units * kept).sum();
    let values = rows * (6 * shape.features * shape.steps + units + 10 * shape.outputs * shape.answers);
    ((parameters + values) * width) as u64
}

/// Numbers that live until the backward pass is done, for each sample and unit of a hidden layer.
///
/// Of a recurrent layer four for each gate of each step; with a window also of the states before, and of every step once more for each
/// answer that reaches it. The test below holds this to measured peaks.
fn kept_per_unit(recurrent: Option<Recurrent>, steps: usize) -> usize {
    let Some(Recurrent { cell, return_sequences, truncate }) = recurrent else {
        return 6;
    };
    let passed = match truncate {
        Truncate::Window(window) if return_sequences => {
            // The answer of step t reaches min(t, window) steps back.
            let reached = (0..steps).map(|step| step.min(window) + 1);
            steps + reached.sum::<usize>()
        }
        _ => steps,
    };
    4 * cell.gates() * passed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Cell;

    /// Peaks of resident memory (Linux, `getrusage`) of networks with 12 units on 60 sequences of 30 steps in f32, the difference of 20
    /// and 4 members in one pack, in kB; of that 6 · 60 · 30 inputs and 10 · 60 · 30 outputs of 4 bytes are no units.
    #[test]
    fn what_recurrent_layers_keep_is_what_was_measured() {
        let window = Truncate::Window;
        for (cell, truncate, measured) in [
            (Cell::Elman, Truncate::Never, 6068),
            (Cell::Elman, Truncate::Chunk(5), 5256),
            (Cell::Elman, window(0), 8072),
            (Cell::Elman, window(2), 14232),
            (Cell::Elman, window(8), 26664),
            (Cell::Elman, window(20), 44800),
            (Cell::Lstm, Truncate::Never, 18968),
            (Cell::Lstm, Truncate::Chunk(5), 18248),
            (Cell::Lstm, window(0), 31444),
            (Cell::Lstm, window(2), 63220),
            (Cell::Lstm, window(8), 142_312),
            (Cell::Lstm, window(20), 241_328),
        ] {
            let kept = kept_per_unit(Some(Recurrent { cell, return_sequences: true, truncate }), 30);
            let estimated = 16 * 60 * (12 * kept + 16 * 30) * 4 / 1024;
            let ratio = estimated as f64 / f64::from(measured);
            assert!((0.9..2.0).contains(&ratio), "{cell:?} {truncate:?}: {estimated} kB for {measured} kB");
        }
    }
}
