//! The fused path: whole epochs in one operation, added to Burn as a backend extension.
//!
//! It turns a population into what [`kernel`] takes, with every member's own numbers, and keeps what the kernel's optimizer
//! remembers. The parameters stay the population's tensor, before and after. It decides nothing about steps or data.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::extension::{self, TrainEpoch};
use super::network::Stage;
use super::optimizer::{Given, Keep, Method};
use super::population::Population;
use super::{Columns, Evaluation, Feed, Parameter, Shape, device};
use crate::catalog::Facts;
use crate::kernel::{self, Decay, Layer, Numbers, Pace, Set};
use crate::spec::{Configuration, Precision, Reduction};

/// What the fused path keeps from call to call.
#[derive(Debug)]
pub(super) struct Fused {
    rule: kernel::Optimizer,
    /// `[P, 1, S · D]`; one unused number per member where the optimizer keeps nothing.
    states: Tensor<3>,
    /// Each member's; see `optimizer::Optimizer::numbers`.
    memory: Vec<f64>,
    step: u64,
}

impl Fused {
    pub(super) fn new(population: &Population) -> Fused {
        let method = &population.method;
        let rule = (method.member.lanes)(&method.columns);
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
        Fused { rule, states, memory: vec![1.0; members], step: 0 }
    }

    /// Makes steps; see [`super::Trainer::advance`].
    pub(super) fn advance(
        &mut self,
        population: &mut Population,
        feed: &Feed,
        steps: usize,
        factors: Option<&[f64]>,
    ) -> Vec<f64> {
        let network = network(population);
        let method = self.method(&population.method, steps, factors);
        let has_dropout = population.dropout.iter().flatten().any(|p| *p > 0.0);
        let noise = kernel::Noise { seeds: population.noise_seed.clone(), step: self.step };
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
        self.step += steps as u64;
        device::values(Tensor::<2>::from_dispatch(losses).unsqueeze())
    }

    pub(super) fn retain(&mut self, keep: &Keep<'_>) {
        self.states = keep.rows(self.states.clone());
        self.memory = keep.members.iter().map(|m| self.memory[*m]).collect();
    }

    fn method(&mut self, method: &Method, steps: usize, factors: Option<&[f64]>) -> kernel::Method {
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
            numbers: self.numbers(method, steps),
            rate: rates(method, decay, steps, factors),
            decay,
            l1: around(&method.l1),
            twice_l2: around(&method.l2),
            clip_value: around(&method.clip_value),
            clip_norm: around(&method.clip_norm),
        }
    }

    /// The rule's numbers: once for all members where they are equal, once for all steps where they do not change.
    fn numbers(&mut self, method: &Method, steps: usize) -> Pace {
        let (columns, members) = (&method.columns, self.memory.len());
        let distinct = if columns.are_equal() { 1 } else { members };
        let times = if (method.member.changes)(columns) { steps } else { 1 };
        let mut values = Vec::new();
        let mut count = 0;
        for time in 0..times {
            for member in 0..distinct {
                let given = Given { columns, member };
                let numbers =
                    (method.member.numbers)(&given, self.step + time as u64 + 1, &mut self.memory[member]);
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
/// optimizer's state; the values, slopes, deltas, and factors of a chunk of samples of every layer (128 where a member trains
/// alone); the outputs of an evaluation of `rows`.
pub(super) fn memory(configuration: &Configuration, shape: Shape, rows: usize) -> u64 {
    let columns = Columns::new(&[&configuration.optimizer.method], Precision::F32);
    let states = (super::optimizer::of(configuration.optimizer.method.entry).lanes)(&columns).states();
    let parameters = super::parameter_count(configuration, shape) * (5 + 2 * states);
    let units: usize = configuration.model.hidden.iter().map(|l| l.units).sum();
    let chunk = 128 * (shape.features + 5 * units + 6 * shape.outputs);
    (4 * (parameters + chunk) + rows * shape.outputs * size_of::<f32>()) as u64
}

/// The networks of a population with their numbers, for the kernel.
fn network(population: &Population) -> kernel::Network {
    let layer = |(index, stage): (usize, &Stage)| {
        let slots = population.layout.slots.iter().filter(|slot| slot.layer == index);
        let dropout = population.dropout.get(index).filter(|p| p.iter().any(|p| *p > 0.0));
        Layer {
            units: slots.clone().next().map_or(0, |slot| slot.units),
            has_bias: slots.count() > 1,
            activation: (stage.activation.lanes)(stage.parameters.choice())
                .expect("a structure that was checked"),
            numbers: numbers(&stage.parameters),
            dropout: dropout.cloned(),
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
    let loss_numbers = if is_fused { &population.output.parameters } else { &population.loss_parameters };
    kernel::Network {
        features: population.shape().features,
        layers: population.hidden.iter().chain([&population.output]).enumerate().map(layer).collect(),
        loss: loss.expect("a structure that was checked"),
        loss_is_fused: is_fused,
        loss_numbers: numbers(loss_numbers),
        reduction: population.reduction.iter().map(reduction).collect(),
    }
}

/// Every numeric parameter, in the order of the entry.
fn numbers(columns: &Columns) -> Numbers {
    columns.all().map(|values| values.iter().map(|v| *v as f32).collect()).collect()
}

/// Losses and, if asked for, outputs of a population; see [`super::Trainer::evaluate`].
pub(super) fn evaluate(population: &Population, feed: &Feed, wants_outputs: bool) -> Evaluation {
    let (network, feed) = (network(population), feed.lanes());
    let evaluate = |w: &[f32]| kernel::evaluate(Set::best(), &network, &feed, w, wants_outputs);
    let found = extension::read(&population.parameters, evaluate);
    let is_logarithm =
        matches!(population.output.activation.entry.facts, Facts::Activation { log_distribution: true, .. });
    let value = |v: f32| if is_logarithm { libm::exp(f64::from(v)) } else { f64::from(v) };
    Evaluation { loss: found.loss, outputs: found.outputs.into_iter().map(value).collect() }
}

/// The gradient of each member's data loss on its first batch; see [`super::Trainer::gradients`].
pub(super) fn gradients(population: &Population, feed: &Feed) -> Vec<Vec<Parameter>> {
    let (network, feed) = (network(population), feed.lanes());
    let gradients = |w: &[f32]| kernel::gradients(Set::best(), &network, &feed, w);
    let rows = extension::read(&population.parameters, gradients);
    let wide: Vec<f64> = rows.into_iter().map(f64::from).collect();
    wide.chunks(population.layout.size).map(|row| population.unpack(row)).collect()
}

/// Whether all parameters of a member are finite, for each member.
pub(super) fn finite(population: &Population) -> Vec<bool> {
    let is_finite = |row: &[f32]| row.iter().all(|w| w.is_finite());
    extension::read(&population.parameters, |w| w.chunks(population.layout.size).map(is_finite).collect())
}
