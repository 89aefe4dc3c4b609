//! A population and the engine that trains it.
//!
//! Two paths with one meaning: the reference path (Burn operations and autodiff) and the fused one (whole epochs in one
//! operation). Which is taken depends on the structure of the network alone, never on how many members there are, how many
//! threads, or which machine: so a result does not depend on how it was packed.

use super::fused::{self, Fused};
use super::optimizer::{self, Keep};
use super::population::{self, Population};
use super::{
    Activations, Evaluation, Feed, LayerValues, Member, Parameter, Searched, Shape, activation, fault, loss,
};
use crate::spec::{Bias, Configuration, Engine, Precision};

/// The engine of a configuration, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub is_fused: bool,
    /// For people: `precision is f64`.
    pub reason: String,
}

impl Chosen {
    /// The word in `[train] engine`.
    pub fn name(&self) -> &'static str {
        if self.is_fused { "fused" } else { "burn" }
    }
}

/// The engine that trains a configuration. One that asks for the fused engine and cannot have it gets the reference path:
/// [`why_not_fused`] tells before.
pub fn chosen(configuration: &Configuration) -> Chosen {
    match (configuration.train.engine, why_not_fused(configuration)) {
        (Engine::Burn, _) => Chosen { is_fused: false, reason: "`train.engine` asks for it".to_string() },
        (_, Some(reason)) => Chosen { is_fused: false, reason },
        (Engine::Fused, None) => Chosen { is_fused: true, reason: "`train.engine` asks for it".to_string() },
        (Engine::Auto, None) => {
            Chosen { is_fused: true, reason: "every part of the network has a form for it".to_string() }
        }
    }
}

/// What keeps the fused engine from training this structure, if anything does.
pub fn why_not_fused(configuration: &Configuration) -> Option<String> {
    let (model, pairing) = (&configuration.model, &configuration.pairing);
    if model.precision == Precision::F64 {
        return Some("`precision` is f64, and the fused engine computes in f32".to_string());
    }
    let biases = model.hidden.iter().map(|l| l.bias).chain([model.output_bias]);
    if let Some(bias) = biases.into_iter().find(|bias| *bias == Bias::Tied) {
        return Some(format!("the bias `{}` has no fused form", bias.name()));
    }
    if optimizer::is_search(&configuration.optimizer.method) {
        let name = configuration.optimizer.method.name();
        return Some(format!("`{name}` evaluates the whole loss several times in a step"));
    }
    let choices = model.hidden.iter().map(|l| &l.activation).chain([&pairing.activation]);
    for choice in choices {
        if (activation::of(choice.entry).lanes)(choice).is_none() {
            return Some(format!("the activation `{}` has no fused form", choice.name()));
        }
    }
    let loss = loss::of(pairing.loss.entry);
    let form =
        if loss.is_fused_with(pairing.activation.entry.name) { &loss.lanes_fused } else { &loss.lanes };
    if form.is_none() {
        return Some(format!("the loss `{}` has no fused form", pairing.loss.name()));
    }
    fault::lanes::why_not(configuration)
}

/// Estimated bytes that one member needs while it trains in batches of `batch` samples and is evaluated on `rows`, its samples
/// not counted.
pub fn memory(configuration: &Configuration, shape: Shape, batch: usize, rows: usize) -> u64 {
    if chosen(configuration).is_fused {
        fused::memory(configuration, shape, rows)
    } else {
        population::memory(configuration, shape, batch.max(rows))
    }
}

/// Estimated bytes that a population of such members needs, however many it has.
pub fn pack_memory(configuration: &Configuration, shape: Shape) -> u64 {
    if chosen(configuration).is_fused { fused::pack_memory(configuration, shape) } else { 0 }
}

/// What training changes of one member: with it a network goes on as if it had never stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Steps made.
    pub steps: u64,
    /// As they lie in a row of the population.
    pub parameters: Vec<f64>,
    /// Those of the last snapshot, if there was one.
    pub kept: Option<Vec<f64>>,
    /// What the optimizer remembers: rows of as many numbers as there are parameters, one after another.
    pub rows: Vec<f64>,
    /// And single numbers, in double precision whatever the network's.
    pub numbers: Vec<f64>,
}

/// Networks of equal structure in training.
#[derive(Debug)]
pub struct Trainer {
    population: Population,
    fused: Option<Fused>,
}

impl Trainer {
    /// Networks with their initial parameters, of one structure and one engine.
    pub fn new(members: &[Member<'_>], shape: Shape) -> Trainer {
        let population = Population::new(members, shape);
        let is_fused = |m: &Member<'_>| chosen(m.configuration).is_fused;
        assert!(members.iter().all(|m| is_fused(m) == is_fused(&members[0])), "members share one engine");
        let fused = is_fused(&members[0]).then(|| Fused::new(&population));
        Trainer { population, fused }
    }

    /// Steps `0 .. steps` of the feed's orders. `factors` is each member's schedule factor on its learning rate in each step,
    /// `[steps][P]`, or `None` where all are 1. Gives each member's data loss before each step, without penalties and with
    /// dropout, `[steps][P]`.
    pub fn advance(&mut self, feed: &Feed, steps: usize, factors: Option<&[f64]>) -> Vec<f64> {
        if let Some(fused) = &mut self.fused {
            return fused.advance(&mut self.population, feed, steps, factors);
        }
        let members = self.population.members();
        let ones = vec![1.0; members];
        let step = |step: usize| {
            let factors = factors.map_or(&ones[..], |f| &f[step * members..][..members]);
            self.population.step(&feed.batch(step), factors)
        };
        (0..steps).flat_map(step).collect()
    }

    /// Losses and outputs on the first batch of the feed, without dropout. The fused engine leaves the outputs out unless they
    /// are wanted.
    pub fn evaluate(&self, feed: &Feed, wants_outputs: bool) -> Evaluation {
        self.evaluate_some(&(0..self.members()).collect::<Vec<_>>(), feed, wants_outputs)
    }

    /// The same for some members alone, whose samples the feed holds.
    pub fn evaluate_some(&self, members: &[usize], feed: &Feed, wants_outputs: bool) -> Evaluation {
        let population = &self.population;
        match &self.fused {
            Some(_) => fused::evaluate(population, members, feed, wants_outputs),
            None if members.len() == population.members() => population.evaluate(&feed.batch(0)),
            None => population.evaluate_some(&feed.batch(0), members),
        }
    }

    /// What the layers of some members give on the first batch of the feed, which holds their samples; see
    /// [`Population::activations`]. Computed by the reference path, whatever trains: it sees layers one by one.
    pub fn activations(&self, members: &[usize], feed: &Feed) -> Vec<Activations> {
        self.population.activations(&feed.batch(0), members)
    }

    /// What became of each member so far, where the optimizer searches along lines.
    pub fn searched(&self) -> Option<Vec<Searched>> {
        self.population.searched()
    }

    /// The gradient of each member's data loss on the first batch of the feed, without penalties and without dropout.
    pub fn gradients(&self, feed: &Feed) -> Vec<Vec<Parameter>> {
        match &self.fused {
            Some(_) => fused::gradients(&self.population, &(0..self.members()).collect::<Vec<_>>(), feed),
            None => self.population.gradients(&feed.batch(0)),
        }
    }

    /// The same of some members alone, whose samples the feed holds.
    pub fn gradients_of(&self, members: &[usize], feed: &Feed) -> Vec<Vec<Parameter>> {
        match &self.fused {
            Some(_) => fused::gradients(&self.population, members, feed),
            None => self.population.gradients_of(&feed.batch(0), members),
        }
    }

    /// What every layer of some members computes on the first batch of the feed, which holds their samples; see
    /// [`LayerValues`]. By the reference path, whatever trains: it sees layers one by one.
    pub fn layers(&self, members: &[usize], feed: &Feed) -> Vec<LayerValues> {
        self.population.layers(&feed.batch(0), members)
    }

    /// The parameters of some members, by name.
    pub fn parameters_of(&self, members: &[usize]) -> Vec<Vec<Parameter>> {
        let (size, (rows, _)) = (self.parameter_count(), self.population.rows());
        members.iter().map(|m| self.population.unpack(&rows[m * size..][..size])).collect()
    }

    /// Keeps these members, in this order; what they compute from here on does not change by it.
    pub fn retain(&mut self, keep: &[usize]) {
        let index = population::index(keep);
        let rows = Keep { members: keep, index: &index };
        if let Some(fused) = &mut self.fused {
            fused.retain(&rows);
        }
        self.population.retain_rows(&rows);
    }

    /// What training changed of each member so far.
    pub fn states(&mut self) -> Vec<State> {
        let size = self.parameter_count();
        let remembered = match &self.fused {
            Some(fused) => fused.remembered(),
            None => self.population.method.remembered(size),
        };
        let (parameters, kept) = self.population.rows();
        let row = |values: &[f64], member: usize| values[member * size..][..size].to_vec();
        let of = |(member, (rows, numbers)): (usize, (Vec<f64>, Vec<f64>))| State {
            steps: self.population.steps[member],
            parameters: row(&parameters, member),
            kept: kept.as_ref().map(|kept| row(kept, member)),
            rows,
            numbers,
        };
        remembered.into_iter().enumerate().map(of).collect()
    }

    /// Whether a state is of networks as these are; only such a state may be given to [`Trainer::resume`].
    pub fn fits(&mut self, state: &State) -> bool {
        let size = self.parameter_count();
        let (rows, numbers) = match &self.fused {
            Some(fused) => fused.remembered_len(size),
            None => self.population.method.remembered_len(size),
        };
        let is_row = |row: &Vec<f64>| row.len() == size;
        is_row(&state.parameters)
            && state.kept.as_ref().is_none_or(is_row)
            && (state.rows.len(), state.numbers.len()) == (rows, numbers)
    }

    /// Members that have a state go on from it, to the same bits as if they had never stopped; the others stay as they are.
    pub fn resume(&mut self, states: &[Option<State>]) {
        if states.iter().all(Option::is_none) {
            return;
        }
        self.population.resume(states);
        let states = states.iter().map(Option::as_ref);
        let all: Vec<_> = states.map(|s| s.map(|s| (s.rows.as_slice(), s.numbers.as_slice()))).collect();
        match &mut self.fused {
            Some(fused) => fused.remind(&all),
            None => self.population.method.remind(self.population.layout.size, &all),
        }
    }

    /// Numbers that one member has to learn.
    pub fn parameter_count(&self) -> usize {
        self.population.layout.size
    }

    pub fn members(&self) -> usize {
        self.population.members()
    }

    /// Time steps of a sample, as the networks see it.
    pub fn time_steps(&self) -> usize {
        self.population.shape().steps
    }

    /// See [`Population::snapshot`].
    pub fn snapshot(&mut self, which: &[bool]) {
        self.population.snapshot(which);
    }

    /// See [`Population::restore`].
    pub fn restore(&mut self, which: &[bool]) {
        self.population.restore(which);
    }

    /// See [`Population::finite`].
    pub fn finite(&self) -> Vec<bool> {
        match &self.fused {
            Some(_) => fused::finite(&self.population),
            None => self.population.finite(),
        }
    }

    /// See [`Population::parameters`].
    pub fn parameters(&self, member: usize) -> Vec<Parameter> {
        self.population.parameters(member)
    }

    /// See [`Population::set_parameters`].
    pub fn set_parameters(&mut self, member: usize, parameters: &[Parameter]) {
        self.population.set_parameters(member, parameters);
    }
}
