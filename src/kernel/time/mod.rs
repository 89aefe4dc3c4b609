//! Recurrent layers for a block of members, one member in each lane, and backpropagation through time.
//!
//! All time steps of a chunk of samples pass forward, then the outputs answer step by step (`block` treats each answer as a chunk
//! of its own), then the derivatives that they leave pass back in time. It knows neither losses nor optimizers.

mod gates;
mod layer;

use self::layer::{Memory, Step};
use super::block::{Lanes, Pass};
use super::memory::Buffer;
use super::sets::Set;
use super::task::{Network, Reach, Time};
use super::tiles::{self, CHUNK};
use crate::rng::Streams;

/// The hidden layers of a recurrent network.
pub(super) struct Cells {
    set: Set,
    pub(super) time: Time,
    layers: Vec<Memory>,
    /// Time steps that each sample has, `[CHUNK]`.
    lengths: Buffer,
    /// 1 where a sample has a step and 0 where that is padding, `[steps][CHUNK]`.
    present: Buffer,
    is_padded: bool,
    /// See [`pieces`].
    pieces: Vec<(usize, usize)>,
    /// Derivatives by what the outputs saw of the last layer, `[answers][units][CHUNK]`.
    by_answer: Buffer,
}

impl Cells {
    pub(super) fn new(set: Set, network: &Network, time: Time) -> Cells {
        let row = CHUNK * set.width();
        let mut layers: Vec<Memory> = Vec::new();
        let mut start = 0;
        let hidden = network.layers.len() - 1;
        for (inputs, layer) in network.pairs().take(hidden) {
            let memory = Memory::new(set, time.cell, time.steps, inputs, layer, start);
            start += memory.len();
            layers.push(memory);
        }
        let units = layers.last().map_or(0, |layer| layer.units);
        Cells {
            set,
            time,
            layers,
            lengths: Buffer::zeros(row),
            present: Buffer::zeros(time.steps * row),
            is_padded: false,
            pieces: pieces(time),
            by_answer: Buffer::zeros(network.widths().answers * units * row),
        }
    }

    /// Parameters of all layers, in vectors.
    pub(super) fn len(&self) -> usize {
        self.layers.iter().map(Memory::len).sum()
    }

    /// Makes room for the members in the lanes.
    pub(super) fn enter(&mut self, lanes: &Lanes, network: &Network) {
        for (memory, layer) in self.layers.iter_mut().zip(&network.layers) {
            lanes.fill(&mut memory.numbers, &layer.numbers);
            if let (Some(dropout), Some(p)) = (&mut memory.dropout, &layer.dropout) {
                dropout.enter(&lanes.members, p);
            }
        }
    }

    /// See [`super::dropout::Dropout::begin`].
    pub(super) fn begin_noise(&mut self, members: &[usize], streams: &[Streams], before: &[u64], step: u64) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Some(dropout) = &mut layer.dropout {
                dropout.begin(members, index, streams, before, step);
            }
        }
    }

    /// Where the features of a step go, `[features][CHUNK]`.
    pub(super) fn inputs(&mut self, step: usize) -> *mut f32 {
        let first = &mut self.layers[0];
        let (at, size) = (first.seen_at(self.set, step, 0), first.inputs * CHUNK * self.set.width());
        first.seen.at_mut(at, size)
    }

    /// Where the lengths of the samples go, `[CHUNK]`.
    pub(super) fn lengths(&mut self) -> *mut f32 {
        self.lengths.at_mut(0, CHUNK * self.set.width())
    }

    /// Passes a chunk of samples, whose features and lengths are there, through all steps.
    pub(super) fn forward(&mut self, parameters: &Buffer, real: usize, pass: Pass) {
        let (set, row, steps) = (self.set, CHUNK * self.set.width(), self.time.steps);
        self.find_padding(real);
        for layer in &mut self.layers {
            if let (Some(dropout), Pass::Train) = (&mut layer.dropout, pass) {
                dropout.draw(real, set.width());
            }
        }
        for step in 0..steps {
            let task = self.step(step, real);
            for index in 0..self.layers.len() {
                self.layers[index].forward(task, parameters);
                if index + 1 < self.layers.len() {
                    let (below, above) = self.layers.split_at_mut(index + 1);
                    let (at, size) = (above[0].seen_at(set, step, 0), above[0].inputs * row);
                    hand_on(&mut below[index], task, above[0].seen.at_mut(at, size));
                }
            }
        }
    }

    /// Which samples have which steps. Padding comes first.
    fn find_padding(&mut self, real: usize) {
        let (steps, width) = (self.time.steps, self.set.width());
        let lengths = &self.lengths.numbers()[..real * width];
        self.is_padded = steps > 1 && lengths.iter().any(|length| *length < steps as f32);
        if !self.is_padded {
            return;
        }
        let row = CHUNK * width;
        for step in 0..steps {
            let (len, least) = (real.next_multiple_of(4), (steps - 1 - step) as f32);
            let (from, to) = (self.lengths.at(0, row), self.present.at_mut(step * row, row));
            // SAFETY: a vector for each sample of a chunk.
            unsafe { gates::longer().of(self.set)(len, from, least, to) }
        }
    }

    fn step(&self, at: usize, real: usize) -> Step {
        let row = CHUNK * self.set.width();
        let present = if self.is_padded { self.present.at(at * row, row) } else { std::ptr::null() };
        Step { set: self.set, real, len: real.next_multiple_of(4), at, present }
    }

    /// The step whose state an answer is made from.
    fn step_of(&self, answer: usize) -> usize {
        if self.time.answers_each { answer } else { self.time.steps - 1 }
    }

    /// Writes what the outputs see for an answer, `[units][CHUNK]`.
    pub(super) fn top(&mut self, answer: usize, real: usize, to: *mut f32) {
        let task = self.step(self.step_of(answer), real);
        hand_on(self.layers.last_mut().expect("a recurrent network has hidden layers"), task, to);
    }

    /// Where the derivatives by what the outputs saw for an answer go.
    pub(super) fn by_answer(&mut self, answer: usize) -> *mut f32 {
        let units = self.layers.last().map_or(0, |layer| layer.units);
        let size = units * CHUNK * self.set.width();
        self.by_answer.at_mut(answer * size, size)
    }

    /// Passes the derivatives that all answers left back in time; the gradient joins what earlier chunks left.
    pub(super) fn backward(&mut self, parameters: &Buffer, gradient: &mut Buffer, real: usize, first: bool) {
        let mut is_first = first;
        for piece in 0..self.pieces.len() {
            let (begin, end) = self.pieces[piece];
            self.layers.iter_mut().for_each(Memory::begin_back);
            for step in (begin..=end).rev() {
                let task = self.step(step, real);
                if self.starts_at(step, end) {
                    let answer = if self.time.answers_each { step } else { 0 };
                    let from = self.by_answer(answer);
                    take_up(
                        self.layers.last_mut().expect("a recurrent network has hidden layers"),
                        task,
                        from,
                    );
                }
                for index in (0..self.layers.len()).rev() {
                    let ways = [step > begin, index > 0];
                    self.layers[index].back(task, parameters, gradient, is_first, ways);
                    if index > 0 {
                        let (below, above) = self.layers.split_at_mut(index);
                        let size = above[0].inputs * CHUNK * self.set.width();
                        take_up(&mut below[index - 1], task, above[0].by_seen.at(0, size));
                    }
                }
                is_first = false;
            }
        }
    }

    /// Whether the derivative of a step's answer joins in a piece that ends there.
    fn starts_at(&self, step: usize, end: usize) -> bool {
        let is_answered = self.time.answers_each || step + 1 == self.time.steps;
        is_answered && (step == end || !matches!(self.time.reach, Reach::Window(_)))
    }
}

/// Runs of steps, each with its last, that a gradient passes without leaving.
fn pieces(time: Time) -> Vec<(usize, usize)> {
    let (last, each) = (time.steps - 1, time.answers_each);
    let answered = if each { 0..=last } else { last..=last };
    match time.reach {
        Reach::All => vec![(0, last)],
        Reach::Window(window) => answered.map(|step| (step.saturating_sub(window), step)).collect(),
        Reach::Chunk(chunk) => {
            let piece = |begin: usize| (begin, (begin + chunk - 1).min(last));
            let pieces = (0..=last).step_by(chunk).map(piece);
            pieces.filter(|(_, end)| answered.contains(end)).collect()
        }
    }
}

/// Writes the state of a layer after a step as the layer above sees it, with dropout.
fn hand_on(layer: &mut Memory, step: Step, to: *mut f32) {
    let set = step.set;
    let size = layer.units * CHUNK * set.width();
    let state = layer.state_after(set, step.at);
    let from = layer.seen.at(state, size);
    let grid = super::forms::Grid { units: layer.units, len: step.len, stride: CHUNK };
    let factors = layer.dropout.as_ref().filter(|d| d.is_on()).map(|d| d.factors.at(0, size));
    // SAFETY: both are grids of the layer's units, and so are the factors.
    unsafe {
        std::ptr::copy_nonoverlapping(from, to, size);
        if let Some(factors) = factors {
            tiles::multiply().of(set)(grid, to, factors);
        }
    }
}

/// Adds derivatives by what the layer above saw to those by the layer's state.
fn take_up(layer: &mut Memory, step: Step, from: *const f32) {
    let set = step.set;
    let size = layer.units * CHUNK * set.width();
    let grid = super::forms::Grid { units: layer.units, len: step.len, stride: CHUNK };
    let to = layer.by_state.at_mut(0, size);
    let factors = layer.dropout.as_ref().filter(|d| d.is_on()).map(|d| d.factors.at(0, size));
    // SAFETY: both are grids of the layer's units, and so are the factors.
    unsafe {
        match factors {
            Some(factors) => gates::add_times().of(set)(grid, [to, from, factors], [to]),
            None => gates::add().of(set)(grid, [to, from], [to]),
        }
    }
}
