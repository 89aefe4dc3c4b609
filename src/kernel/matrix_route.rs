//! Large networks: one member after another, its units in the lanes, as ordinary products of matrices.
//!
//! Every sum has the order that it has in `lanes_route`, so both give the same bits. Nothing is allocated, locked, or
//! recorded between a member's first step and its last.

use super::lanes::WIDEST;
use super::matrix::{Member, Pass, Samples};
use super::memory::Buffer;
use super::product::CHUNK;
use super::sets::Set;
use super::task::{Feed, Network};
use super::tiles;
use super::update::{Entries, Run, Stepper};
use super::{Evaluation, Training, noise};
use crate::rng::Streams;

/// See [`super::train`].
pub(super) fn train(
    set: Set,
    training: &Training<'_>,
    parameters: &mut [f32],
    states: &mut [f32],
    losses: &mut [f64],
) {
    let (network, feed) = (training.network, training.feed);
    let (members, count) = (network.members(), network.parameters());
    let kept = training.method.rule.states * count;
    let streams: Vec<Streams> = training.noise_seeds().iter().map(|seed| noise::streams(*seed)).collect();
    let mut memory = Member::new(set, network);
    let (runs, spans) = (memory.runs(), memory.spans());
    let size = memory.parameters.numbers().len();
    let mut remembered = Buffer::zeros(training.method.rule.states * size);
    for member in 0..members {
        memory.enter(member);
        load(&runs, &parameters[member * count..][..count], memory.parameters.numbers_mut());
        let own = &mut states[member * kept..][..kept];
        for (state, to) in own.chunks_exact(count).zip(remembered.numbers_mut().chunks_exact_mut(size)) {
            load(&runs, state, to);
        }
        let mut batch = Batch::new(set, feed, member);
        let mut stepper = Stepper::new(set, training.method, |values, to| to.fill(values[member]));
        for step in 0..training.steps {
            stepper.begin(step, &[member; WIDEST]);
            if let Some(noise) = training.noise {
                memory.begin_noise(&streams[member], noise.steps[member] + step as u64);
            }
            batch.select(network, feed, step);
            batch.differentiate(&mut memory, feed);
            losses[step * members + member] = batch.loss(network);
            let (w, g) = (&mut memory.parameters, &mut memory.gradient);
            stepper.step(&spans, Entries::Runs(&runs), w, g, &mut remembered, size / set.width());
        }
        store(&runs, memory.parameters.numbers(), &mut parameters[member * count..][..count]);
        for (state, from) in own.chunks_exact_mut(count).zip(remembered.numbers().chunks_exact(size)) {
            store(&runs, from, state);
        }
    }
}

/// See [`super::gradients`].
pub(super) fn gradients(set: Set, network: &Network, feed: &Feed<'_>, parameters: &[f32], to: &mut [f32]) {
    let count = network.parameters();
    let mut memory = Member::new(set, network);
    let runs = memory.runs();
    for member in 0..network.members() {
        memory.enter(member);
        load(&runs, &parameters[member * count..][..count], memory.parameters.numbers_mut());
        let mut batch = Batch::new(set, feed, member);
        batch.select(network, feed, 0);
        batch.differentiate(&mut memory, feed);
        store(&runs, memory.gradient.numbers(), &mut to[member * count..][..count]);
    }
}

/// See [`super::evaluate`].
pub(super) fn evaluate(
    set: Set,
    network: &Network,
    feed: &Feed<'_>,
    parameters: &[f32],
    wants_outputs: bool,
) -> Evaluation {
    let (members, count, outputs) = (network.members(), network.parameters(), network.outputs());
    let each = feed.rows * outputs;
    let mut found = Evaluation { loss: vec![0.0; members], outputs: Vec::new() };
    if wants_outputs {
        found.outputs = vec![0.0; members * each];
    }
    let mut memory = Member::new(set, network);
    let runs = memory.runs();
    for member in 0..members {
        memory.enter(member);
        load(&runs, &parameters[member * count..][..count], memory.parameters.numbers_mut());
        let mut batch = Batch::new(set, feed, member);
        batch.select(network, feed, 0);
        for from in (0..feed.rows).step_by(CHUNK) {
            let samples = batch.pass(&mut memory, feed, from, Pass::Evaluate);
            if wants_outputs {
                if network.loss_is_fused {
                    memory.finish_outputs(samples.len(), Pass::Evaluate);
                }
                let own = &mut found.outputs[member * each + from * outputs..];
                memory.outputs(samples.len(), |sample, values| {
                    own[sample * outputs..][..outputs]
                        .iter_mut()
                        .zip(values)
                        .for_each(|(to, value)| *to = value);
                });
            }
        }
        found.loss[member] = batch.loss(network);
    }
    found
}

/// A member's parameters to where they lie.
fn load(runs: &[Run], from: &[f32], to: &mut [f32]) {
    for run in runs {
        to[run.place..][..run.len].copy_from_slice(&from[run.index..][..run.len]);
    }
}

fn store(runs: &[Run], from: &[f32], to: &mut [f32]) {
    for run in runs {
        to[run.index..][..run.len].copy_from_slice(&from[run.place..][..run.len]);
    }
}

/// The batch of a step, for one member.
struct Batch<'a> {
    member: usize,
    order: &'a [u32],
    is_weighted: bool,
    /// Samples, or the sum of their weights.
    size: f64,
    /// One over what the loss is divided by.
    factor: Buffer,
    /// Sum over samples so far.
    total: f64,
}

impl<'a> Batch<'a> {
    fn new(set: Set, feed: &'a Feed<'a>, member: usize) -> Batch<'a> {
        let (is_weighted, factor) = (feed.tables[0].has_weight, Buffer::zeros(set.width()));
        Batch { member, order: &[], is_weighted, size: 0.0, factor, total: 0.0 }
    }

    /// The rows of a step, counted from the first of the orders.
    fn select(&mut self, network: &Network, feed: &'a Feed<'a>, step: usize) {
        let (epoch, index) = feed.place(step);
        self.order = feed.batch(self.member, epoch, index);
        self.total = 0.0;
        let size = feed.len(index) as f64;
        self.size = if self.is_weighted { feed.weight(self.member, self.order) } else { size };
        let factor = 1.0 / network.reduction[self.member].divisor(self.size);
        self.factor.numbers_mut().fill(factor as f32);
    }

    /// Passes a chunk forward and adds its loss, in the groups of samples that `lanes_route` passes.
    fn pass(&mut self, memory: &mut Member<'_>, feed: &Feed<'a>, from: usize, pass: Pass) -> Samples<'a> {
        let samples = Samples::new(feed.tables[feed.table_of[self.member]], self.order, from);
        memory.forward(samples, pass);
        memory.finish_before_loss(samples.len(), pass);
        for group in memory.loss(samples, &self.factor, pass).chunks(tiles::CHUNK) {
            self.total += f64::from(group.iter().fold(0.0, |sum, value| sum + value));
        }
        samples
    }

    /// The gradient of the batch, and its loss.
    fn differentiate(&mut self, memory: &mut Member<'_>, feed: &Feed<'a>) {
        memory.begin_back();
        for from in (0..self.order.len()).step_by(CHUNK) {
            let samples = self.pass(memory, feed, from, Pass::Train);
            memory.backward(samples, from == 0);
        }
    }

    fn loss(&self, network: &Network) -> f64 {
        self.total / network.reduction[self.member].divisor(self.size)
    }
}
