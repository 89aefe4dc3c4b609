//! The family of samplers: how points are chosen from the axes.

use crate::catalog::Entry;

pub mod grid;

/// A member of the family.
#[derive(Debug)]
pub struct Sampler {
    pub entry: Entry,
}

/// Every sampler, in alphabetical order.
pub static ALL: &[&Sampler] = &[&grid::THIS];

/// The sampler entries.
pub fn entries() -> Vec<&'static Entry> {
    ALL.iter().map(|s| &s.entry).collect()
}
