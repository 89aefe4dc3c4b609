//! The fused path: whole epochs in one operation, added to Burn as a backend extension.
//!
//! It turns a population into what [`kernel`] takes, with every member's own numbers, and keeps what the kernel's optimizer
//! remembers. The parameters stay the population's tensor, before and after. It decides nothing about steps or data.

use std::borrow::Cow;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::extension::{self, TrainEpoch};
use super::network::Stage;
use super::optimizer::{Given, Keep, Method};
use super::passes::OFF;
use super::population::Population;
use super::{Columns, Evaluation, Feed, Parameter, Shape, device, fault};
use crate::catalog::Facts;
use crate::kernel::{self, Decay, Layer, Numbers, Pace, Reach, Set};
use crate::spec::{
    Bias, Cell, Configuration, Fault, Masking, Precision, Recurrent, Reduction, Truncate, Update,
};

/// What the fused path keeps from call to call.
#[derive(Debug)]
pub(super) struct Fused {
    rule: kernel::Optimizer,
    /// `[P, 1, S · D]`; one unused number per member where the optimizer keeps nothing.
    states: Tensor<3>,
    /// Each member's; see `optimizer::Optimizer::numbers`.
    memory: Vec<f64>,
}

impl Fused {
    pub(super) fn new(population: &Population) -> Fused {
        let method = population.method.steps();
        let rule = (method.member.lanes)(&method.columns);
        let sums_up = population.fault.update == Some(Update::Accumulate);
        let rule = if sums_up { rule.summed() } else { rule };
        let (members, size) = (population.members(), population.layout.size);
        let mut states = vec![0.0; members * (rule.states() * size).max(1)];
        if let Some(key) = method.member.start {
            let starts = method.columns.values(key);
            states
                .chunks_mut(rule.states() * size)
                .zip(starts)
                .for_each(|(row, start)| row[..size].fill(*start));
        }
        let shape = [members, 1, (rule.states() * size).max(1)];
        let states = device::tensor(&states, shape, Precision::F32);
        Fused { rule, states, memory: vec![1.0; members] }
    }

    /// Makes steps; see [`super::Trainer::advance`].
    pub(super) fn advance(
        &mut self,
        population: &mut Population,
        feed: &Feed,
        steps: usize,
        factors: Option<&[f64]>,
    ) -> Vec<f64> {
        let network = network(population, &everyone(population), feed);
        let method = population.method.steps();
        let method = self.method(method, &population.fault, &population.steps, steps, factors);
        let has_dropout = population.dropout.iter().flatten().any(|p| *p > 0.0);
        let noise = kernel::Noise { seeds: population.noise_seed.clone(), steps: population.steps.clone() };
        let training = kernel::Training {
            network: &network,
            feed: &feed.lanes(),
            method: &method,
            noise: has_dropout.then_some(&noise),
            steps,
        };
        // Placeholders, so that the operation owns the tensors and needs no copy.
        let empty = || Tensor::zeros([1, 1, 1], &device::device());
        let parameters = std::mem::replace(&mut population.parameters, empty()).into_dispatch();
        let states = std::mem::replace(&mut self.states, empty()).into_dispatch();
        let (parameters, states, losses) =
            <Dispatch as TrainEpoch>::train_epoch(parameters, states, &training);
        population.parameters = Tensor::from_dispatch(parameters);
        self.states = Tensor::from_dispatch(states);
        population.steps.iter_mut().for_each(|step| *step += steps as u64);
        device::values(Tensor::<2>::from_dispatch(losses).unsqueeze())
    }

    /// What the kernel's optimizer remembers of each member, and each one's number.
    pub(super) fn remembered(&self) -> Vec<(Vec<f64>, Vec<f64>)> {
        let members = self.memory.len();
        let values = device::values(self.states.clone());
        // Where nothing is remembered there is one number that nobody uses.
        let size = if self.rule.states() > 0 { values.len() / members } else { 0 };
        let of = |member: usize| (values[member * size..][..size].to_vec(), vec![self.memory[member]]);
        (0..members).map(of).collect()
    }

    /// The lengths of both for a member of `size` parameters.
    pub(super) fn remembered_len(&self, size: usize) -> (usize, usize) {
        (self.rule.states() * size, 1)
    }

    /// Replaces what is remembered of the members that have something, as [`Fused::remembered`] gives it.
    pub(super) fn remind(&mut self, all: &[Option<(&[f64], &[f64])>]) {
        let shape = self.states.dims();
        let mut values = device::values(self.states.clone());
        let rows = values.chunks_mut(shape[2]).zip(&mut self.memory);
        for ((row, memory), from) in rows.zip(all) {
            if let Some((rows, numbers)) = from {
                row[..rows.len()].copy_from_slice(rows);
                *memory = numbers[0];
            }
        }
        self.states = device::tensor(&values, shape, Precision::F32);
    }

    pub(super) fn retain(&mut self, keep: &Keep<'_>) {
        self.states = keep.rows(self.states.clone());
        self.memory = keep.members.iter().map(|m| self.memory[*m]).collect();
    }

    /// What the members' optimizers do in the next steps, `before` of each having been made.
    fn method(
        &mut self,
        method: &Method,
        fault: &Fault,
        before: &[u64],
        steps: usize,
        factors: Option<&[f64]>,
    ) -> kernel::Method {
        let single = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let decays = method.weight_decay.iter().any(|d| *d != 0.0);
        let decay = match (decays, method.decoupled) {
            (false, _) => Decay::None,
            (true, false) => Decay::Joined,
            (true, true) => Decay::Apart,
        };
        let around =
            |numbers: &Option<super::optimizer::Numbers>| numbers.as_ref().map(|n| single(&n.values));
        kernel::Method {
            rule: self.rule,
            numbers: self.numbers(method, before, steps),
            rate: rates(method, decay, steps, factors),
            decay,
            multiplies: fault.update == Some(Update::Multiplicative),
            l1: around(&method.l1),
            twice_l2: around(&method.l2),
            clip_value: around(&method.clip_value),
            clip_norm: around(&method.clip_norm),
        }
    }

    /// The rule's numbers: once for all members where they are equal, once for all steps where they do not change.
    fn numbers(&mut self, method: &Method, before: &[u64], steps: usize) -> Pace {
        let (columns, members) = (&method.columns, self.memory.len());
        let changes = (method.member.changes)(columns);
        let are_equal = columns.are_equal() && (!changes || before.iter().all(|step| *step == before[0]));
        let distinct = if are_equal { 1 } else { members };
        let times = if changes { steps } else { 1 };
        let mut values = Vec::new();
        let mut count = 0;
        for time in 0..times {
            for (member, made) in before.iter().enumerate().take(distinct) {
                let given = Given { columns, member };
                let t = made + time as u64 + 1;
                let numbers = (method.member.numbers)(&given, t, &mut self.memory[member]);
                count = numbers.len();
                values.extend(numbers.iter().map(|v| *v as f32));
            }
        }
        if distinct == 1 {
            let memory = self.memory[0];
            self.memory.fill(memory);
        }
        Pace {
            step: if times > 1 { distinct * count } else { 0 },
            member: if distinct > 1 { count } else { 0 },
            values,
            count,
        }
    }
}

/// Learning rates and what weight decay does with them, as [`Decay`] says.
fn rates(method: &Method, decay: Decay, steps: usize, factors: Option<&[f64]>) -> Pace {
    let members = method.learning_rate.len();
    let times = if factors.is_some() { steps } else { 1 };
    let mut values = Vec::with_capacity(times * members * 2);
    for time in 0..times {
        for (member, rate) in method.learning_rate.iter().enumerate() {
            let rate = rate * factors.map_or(1.0, |f| f[time * members + member]);
            let decayed = match decay {
                Decay::Apart => 1.0 - rate * method.weight_decay[member],
                _ => method.weight_decay[member],
            };
            values.extend([rate as f32, decayed as f32]);
        }
    }
    Pace { values, count: 2, step: if factors.is_some() { 2 * members } else { 0 }, member: 2 }
}

/// Estimated bytes of one member: its parameters as tensor, snapshot, copy on the host, and in the lanes with gradient and the
/// optimizer's state; of a dense network the values, slopes, deltas, and factors of a chunk of samples of every layer (128 where a
/// member trains alone); the outputs of an evaluation of `rows`.
pub(super) fn memory(configuration: &Configuration, shape: Shape, rows: usize) -> u64 {
    let columns = Columns::new(&[&configuration.optimizer.method], Precision::F32);
    let states = (super::optimizer::of(configuration.optimizer.method.entry).lanes)(&columns).states();
    let parameters = super::parameter_count(configuration, shape) * (5 + 2 * states);
    let (model, shape) = (&configuration.model, shape.seen_by(&configuration.model));
    let units: usize = model.hidden.iter().map(|l| l.units).sum();
    let chunk =
        if model.recurrent.is_some() { 0 } else { 128 * (shape.features + 5 * units + 6 * shape.outputs) };
    (4 * (parameters + chunk) + rows * shape.answers * shape.outputs * size_of::<f32>()) as u64
}

/// Estimated bytes of the block that the members of a recurrent network take turns in: for a chunk of samples in every lane, at every
/// time step, what is seen (by a GRU twice), gates, memory, slopes, and what comes back from each answer; and the parameters with
/// their gradient and the optimizer's state.
pub(super) fn pack_memory(configuration: &Configuration, shape: Shape) -> u64 {
    let model = &configuration.model;
    let Some(recurrent) = model.recurrent else { return 0 };
    let units: usize = model.hidden.iter().map(|l| l.units).sum();
    let each = 2 * (shape.features + 2 * units) + (4 + recurrent.cell.gates()) * units;
    let chunk = 16 * (shape.steps * each + 8 * units + 6 * shape.outputs);
    let parameters = 4 * super::parameter_count(configuration, shape);
    (Set::best().width() * (chunk + parameters) * size_of::<f32>()) as u64
}

fn everyone(population: &Population) -> Vec<usize> {
    (0..population.members()).collect()
}

/// The networks of some members of a population with their numbers, for the kernel.
fn network(population: &Population, members: &[usize], feed: &Feed) -> kernel::Network {
    let numbers = |columns: &Columns| numbers(columns, members);
    let layer = |(index, stage): (usize, &Stage)| {
        let is_hidden = index < population.hidden.len();
        let gates = population.wiring.recurrent.filter(|_| is_hidden).map_or(1, |r| r.cell.gates());
        let columns =
            population.layout.slots.iter().find(|slot| slot.layer == index).map_or(0, |slot| slot.units);
        let dropout = population.dropout.get(index).filter(|p| p.iter().any(|p| *p > 0.0));
        let form = (stage.activation.lanes)(stage.parameters.choice());
        let wrong = is_hidden.then(|| population.wiring.wrong_derivative(stage)).flatten();
        let form = match wrong {
            Some(wrong) => form.and_then(|form| form.bent(fault::lanes::slope(wrong))),
            None => form,
        };
        Layer {
            units: columns / gates,
            bias: match population.wiring.bias[index] {
                Bias::None => kernel::Bias::None,
                Bias::ConstantInput => kernel::Bias::ConstantInput,
                Bias::Unit | Bias::Tied => kernel::Bias::Unit,
            },
            activation: form.expect("a structure that was checked"),
            numbers: numbers(&stage.parameters),
            dropout: dropout.map(|p| members.iter().map(|m| p[*m]).collect()),
        }
    };
    let is_fused = population.is_fused();
    let loss = if is_fused { population.loss.lanes_fused } else { population.loss.lanes };
    let times = if population.loss.is_per_sample() { 1.0 } else { population.shape().outputs as f64 };
    let reduction = |reduction: &Reduction| match reduction {
        Reduction::Sum => kernel::Reduction::Sum,
        Reduction::Mean => kernel::Reduction::Mean(times),
        Reduction::SumOverOutputs => kernel::Reduction::Mean(1.0),
    };
    // Those of the activation come first where the loss takes its place.
    let mut loss_numbers = if is_fused { numbers(&population.output.parameters) } else { Vec::new() };
    loss_numbers.extend(numbers(&population.loss_parameters));
    kernel::Network {
        features: population.shape().features,
        layers: population.hidden.iter().chain([&population.output]).enumerate().map(layer).collect(),
        time: population.wiring.recurrent.map(|recurrent| time(recurrent, population.shape())),
        masking: feed.samples[0].table().has_mask().then(|| masking(population)),
        loss: loss.expect("a structure that was checked")(&population.loss_parameters),
        loss_is_fused: is_fused,
        loss_numbers,
        delta: fault::lanes::delta(&population.fault),
        reduction: members.iter().map(|m| reduction(&population.reduction[*m])).collect(),
    }
}

fn time(recurrent: Recurrent, shape: Shape) -> kernel::Time {
    let cell = match recurrent.cell {
        Cell::Elman => kernel::Cell::Elman,
        Cell::Gru => kernel::Cell::Gru,
        Cell::Lstm => kernel::Cell::Lstm,
    };
    let reach = match recurrent.truncate {
        Truncate::Never => Reach::All,
        Truncate::Window(steps) => Reach::Window(steps),
        Truncate::Chunk(steps) => Reach::Chunk(steps),
    };
    kernel::Time { cell, steps: shape.steps, answers_each: recurrent.return_sequences, reach }
}

/// As the reference path moves what is off.
fn masking(population: &Population) -> kernel::Masking {
    match population.masking {
        Masking::Logits => kernel::Masking::Logits(OFF as f32),
        Masking::Outputs if gives_logarithms(population) => kernel::Masking::Outputs(OFF as f32),
        Masking::Outputs => kernel::Masking::Outputs(0.0),
    }
}

/// Whether outputs are logarithms of a distribution.
fn gives_logarithms(population: &Population) -> bool {
    matches!(population.output.activation.entry.facts, Facts::Activation { log_distribution: true, .. })
}

/// Every numeric parameter of these members, in the order of the entry.
fn numbers(columns: &Columns, members: &[usize]) -> Numbers {
    columns.all().map(|values| members.iter().map(|m| values[*m] as f32).collect()).collect()
}

/// The rows of some members, of `size` numbers each; all of them without a copy.
fn rows_of<'a>(w: &'a [f32], members: &[usize], size: usize) -> Cow<'a, [f32]> {
    if members.len() * size == w.len() {
        return w.into();
    }
    members.iter().flat_map(|m| &w[m * size..][..size]).copied().collect::<Vec<f32>>().into()
}

/// Losses and, if asked for, outputs of some members of a population; see [`super::Trainer::evaluate_some`].
pub(super) fn evaluate(
    population: &Population,
    members: &[usize],
    feed: &Feed,
    wants_outputs: bool,
) -> Evaluation {
    let (network, feed) = (network(population, members, feed), feed.lanes());
    let size = population.layout.size;
    let evaluate =
        |w: &[f32]| kernel::evaluate(Set::best(), &network, &feed, &rows_of(w, members, size), wants_outputs);
    let found = extension::read(&population.parameters, evaluate);
    let is_logarithm = gives_logarithms(population);
    let value = |v: f32| if is_logarithm { libm::exp(f64::from(v)) } else { f64::from(v) };
    Evaluation { loss: found.loss, outputs: found.outputs.into_iter().map(value).collect() }
}

/// The gradient of the data loss of some members on their first batch; see [`super::Trainer::gradients`].
pub(super) fn gradients(population: &Population, members: &[usize], feed: &Feed) -> Vec<Vec<Parameter>> {
    let (network, feed) = (network(population, members, feed), feed.lanes());
    let size = population.layout.size;
    let gradients = |w: &[f32]| kernel::gradients(Set::best(), &network, &feed, &rows_of(w, members, size));
    let rows = extension::read(&population.parameters, gradients);
    let wide: Vec<f64> = rows.into_iter().map(f64::from).collect();
    wide.chunks(population.layout.size).map(|row| population.unpack(row)).collect()
}

/// Whether all parameters of a member are finite, for each member.
pub(super) fn finite(population: &Population) -> Vec<bool> {
    let is_finite = |row: &[f32]| row.iter().all(|w| w.is_finite());
    extension::read(&population.parameters, |w| w.chunks(population.layout.size).map(is_finite).collect())
}
