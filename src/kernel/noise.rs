//! Dropout: which units of which samples a step leaves out.
//!
//! Decided by the member's seed, the step, and the layer alone; samples draw in their order, units within a sample in theirs.

use crate::rng::{Purpose, Stream, Streams};

/// The random numbers of a layer in a step.
pub fn stream(streams: &Streams, step: u64, layer: usize) -> Stream {
    streams.stream(step << 16 | layer as u64)
}

/// The seeds' streams.
pub fn streams(seed: u64) -> Streams {
    Streams::new(seed, Purpose::Noise)
}

/// A layer's dropout in one member.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    threshold: u32,
    /// What a unit that stays is multiplied by.
    kept: f32,
}

impl Dropout {
    /// A unit is left out with probability `p`, to the next multiple of 2⁻³².
    pub fn new(p: f64) -> Dropout {
        Dropout { threshold: (p * 4_294_967_296.0) as u32, kept: (1.0 / (1.0 - p)) as f32 }
    }

    /// The factor of the next unit: 0, or `1 / (1 - p)`.
    pub fn factor(self, stream: &mut Stream) -> f32 {
        if stream.word() < self.threshold { 0.0 } else { self.kept }
    }
}
