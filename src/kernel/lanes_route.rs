//! Small networks: one member in each lane, whole steps without leaving the block.
//!
//! Nothing is allocated, locked, or recorded between the first step and the last.

use super::block::{Block, Pass};
use super::lanes::WIDEST;
use super::memory::Buffer;
use super::sets::Set;
use super::task::{Feed, Network, Reduction};
use super::tiles::CHUNK;
use super::update::{Entries, Stepper};
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
    let spans = network.spans();
    let mut block = Block::new(set, network);
    let mut memory = Buffer::zeros(kept * set.width());
    for first in (0..members).step_by(set.width()) {
        block.enter(first, feed);
        let lanes = block.lanes;
        lanes.load(parameters, count, block.parameters.numbers_mut());
        lanes.load(states, kept, memory.numbers_mut());
        let mut batch = Batch::new(set, feed);
        let mut stepper = Stepper::new(set, training.method, |values, to| lanes.spread(values, to));
        for step in 0..training.steps {
            stepper.begin(step, &lanes.members);
            if let Some(noise) = training.noise {
                block.begin_noise(&streams, &noise.steps, step as u64);
            }
            batch.select(&block, network, feed, step);
            batch.differentiate(&mut block, feed);
            batch.tell(&block, network, &mut losses[step * members..][..members]);
            let (w, g) = (&mut block.parameters, &mut block.gradient);
            stepper.step(&spans, Entries::InLanes, w, g, &mut memory, count);
        }
        lanes.store(block.parameters.numbers(), parameters, count);
        lanes.store(memory.numbers(), states, kept);
    }
}

/// See [`super::gradients`].
pub(super) fn gradients(set: Set, network: &Network, feed: &Feed<'_>, parameters: &[f32], to: &mut [f32]) {
    let count = network.parameters();
    let mut block = Block::new(set, network);
    for first in (0..network.members()).step_by(set.width()) {
        block.enter(first, feed);
        let lanes = block.lanes;
        lanes.load(parameters, count, block.parameters.numbers_mut());
        let mut batch = Batch::new(set, feed);
        batch.select(&block, network, feed, 0);
        batch.differentiate(&mut block, feed);
        lanes.store(block.gradient.numbers(), to, count);
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
    let answers = network.widths().answers;
    let each = feed.rows * answers * outputs;
    let mut found = Evaluation { loss: vec![0.0; members], outputs: Vec::new() };
    if wants_outputs {
        found.outputs = vec![0.0; members * each];
    }
    let mut block = Block::new(set, network);
    for first in (0..members).step_by(set.width()) {
        block.enter(first, feed);
        block.lanes.load(parameters, count, block.parameters.numbers_mut());
        let mut batch = Batch::new(set, feed);
        batch.select(&block, network, feed, 0);
        for from in (0..feed.rows).step_by(CHUNK) {
            batch.pass(&mut block, feed, from, Pass::Evaluate, |block, real, answer| {
                if !wants_outputs {
                    return;
                }
                if network.loss_is_fused {
                    block.finish_outputs(real, Pass::Evaluate);
                }
                block.outputs(real, |member, sample, values| {
                    let place = member * each + ((from + sample) * answers + answer) * outputs;
                    let to = &mut found.outputs[place..][..outputs];
                    to.iter_mut().zip(values).for_each(|(to, value)| *to = value);
                });
            });
        }
        batch.tell(&block, network, &mut found.loss);
    }
    found
}

/// The batch of a step, for the lanes of a block.
struct Batch<'a> {
    /// Each lane's rows.
    orders: [&'a [u32]; WIDEST],
    is_weighted: bool,
    /// Targets of a sample.
    answers: usize,
    /// Targets, or the sum of their weights.
    size: [f64; WIDEST],
    /// One over what each lane's loss is divided by.
    factor: Buffer,
    /// Sums over samples so far.
    totals: [f64; WIDEST],
}

impl<'a> Batch<'a> {
    fn new(set: Set, feed: &'a Feed<'a>) -> Batch<'a> {
        Batch {
            orders: [&[]; WIDEST],
            is_weighted: feed.tables[0].has_weight,
            answers: feed.tables[0].widths.answers,
            size: [0.0; WIDEST],
            factor: Buffer::zeros(set.width()),
            totals: [0.0; WIDEST],
        }
    }

    /// The rows of a step, counted from the first of the orders.
    fn select(&mut self, block: &Block<'_>, network: &Network, feed: &'a Feed<'a>, step: usize) {
        let lanes = &block.lanes;
        let (epoch, index) = feed.place(step);
        self.orders = lanes.members.map(|member| feed.batch(member, epoch, index));
        self.totals = [0.0; WIDEST];
        let size = (feed.len(index) * self.answers) as f64;
        if !self.is_weighted && self.size[0] == size {
            return;
        }
        let factor = self.factor.numbers_mut();
        for (lane, &member) in lanes.members.iter().enumerate().take(lanes.width) {
            self.size[lane] = if self.is_weighted { feed.weight(member, self.orders[lane]) } else { size };
            factor[lane] = (1.0 / network.reduction[member].divisor(self.size[lane])) as f32;
        }
    }

    /// Passes a chunk forward, answer by answer, and adds its loss: `then(block, samples, answer)` after each. Gives the number of its
    /// samples.
    fn pass(
        &mut self,
        block: &mut Block<'_>,
        feed: &Feed<'_>,
        from: usize,
        pass: Pass,
        mut then: impl FnMut(&mut Block<'_>, usize, usize),
    ) -> usize {
        let samples = block.samples(feed, &self.orders, from);
        let real = samples.len;
        block.begin_chunk(&samples, feed, pass);
        for answer in 0..self.answers {
            block.begin_answer(&samples, feed, answer);
            block.forward(real, pass);
            block.finish_before_loss(real, pass);
            let sums = block.loss(real, self.is_weighted, &self.factor, pass);
            self.totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(*sum));
            then(block, real, answer);
        }
        real
    }

    /// The gradient of the batch, and its loss.
    fn differentiate(&mut self, block: &mut Block<'_>, feed: &Feed<'_>) {
        for from in (0..self.orders[0].len()).step_by(CHUNK) {
            let real = self.pass(block, feed, from, Pass::Train, |block, real, answer| {
                block.backward(real, from == 0 && answer == 0, answer);
            });
            block.end_chunk(real, from == 0);
        }
    }

    /// The loss of each member with a lane, in its place of `to`.
    fn tell(&self, block: &Block<'_>, network: &Network, to: &mut [f64]) {
        for (lane, member) in block.lanes.members.iter().enumerate().take(block.lanes.used) {
            to[*member] = self.totals[lane] / network.reduction[*member].divisor(self.size[lane]);
        }
    }
}

impl Reduction {
    pub(super) fn divisor(self, size: f64) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            // Samples without weight: nothing is summed, and their loss is 0.
            Reduction::Mean(_) if size == 0.0 => 1.0,
            Reduction::Mean(times) => times * size,
        }
    }
}
