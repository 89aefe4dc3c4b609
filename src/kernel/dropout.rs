//! Dropout in the lanes: factors for a chunk of samples, and the stream of each lane.
//!
//! What is drawn is `noise`'s; what the factors multiply is the caller's.

use super::lanes::WIDEST;
use super::memory::Buffer;
use super::noise;
use super::tiles::CHUNK;
use crate::rng::{Stream, Streams};

/// A layer's factors.
pub(super) struct Dropout {
    /// `[units][CHUNK]`.
    pub(super) factors: Buffer,
    of: [noise::Dropout; WIDEST],
    /// Empty outside training; then nothing is left out.
    streams: Vec<Stream>,
}

impl Dropout {
    pub(super) fn new(units: usize, width: usize) -> Dropout {
        Dropout {
            factors: Buffer::zeros(units * CHUNK * width),
            of: [noise::Dropout::new(0.0); WIDEST],
            streams: Vec::with_capacity(width),
        }
    }

    /// Takes the probabilities of the members in the lanes.
    pub(super) fn enter(&mut self, members: &[usize; WIDEST], p: &[f64]) {
        self.of = members.map(|member| noise::Dropout::new(p[member]));
    }

    /// The streams of layer `index` for a step; `before` counts the steps that each member made before the first.
    pub(super) fn begin(
        &mut self,
        members: &[usize],
        index: usize,
        streams: &[Streams],
        before: &[u64],
        step: u64,
    ) {
        self.streams.clear();
        let of = |member: &usize| noise::stream(&streams[*member], before[*member] + step, index);
        self.streams.extend(members.iter().map(of));
    }

    /// Whether units are left out now.
    pub(super) fn is_on(&self) -> bool {
        !self.streams.is_empty()
    }

    /// Draws the factors of the next `real` samples, unit by unit of one after another.
    pub(super) fn draw(&mut self, real: usize, width: usize) {
        let factors = self.factors.numbers_mut();
        let units = factors.len() / (CHUNK * width);
        for (lane, stream) in self.streams.iter_mut().enumerate() {
            let dropout = self.of[lane];
            for sample in 0..real {
                for unit in 0..units {
                    factors[(unit * CHUNK + sample) * width + lane] = dropout.factor(stream);
                }
            }
        }
    }
}
