//! The plan: an experiment expanded into configurations and trials with stable ids, grouped into packs.
//!
//! Ids depend on meaning only: not on key order, comments, number spelling, or a default written out.
//! It knows neither data nor networks; shapes come from the caller.

use crate::catalog::{Entry, Value};
use crate::spec::Configuration;

mod arms;
mod identity;
mod pack;
mod planner;
mod queue;

pub use arms::{Arm, arms, best, companions};
pub use identity::{CONTENT, NUMERICS, NUMERICS_VERSION, meaning, short_hash, source_name};
pub use pack::{Cost, LANES, MEMBERS_MAX, Pack, Places, pack};
pub use planner::{Planner, Round, Scores};
pub use queue::Queue;
pub use sampler::Score;

pub mod sampler;

/// Everything that is to be trained, in a fixed order: round by round, in each configurations as the axes or searches give them, then
/// folds, then seeds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Keys of the axes, in the order of the file.
    pub axes: Vec<String>,
    pub configurations: Vec<Planned>,
    pub trials: Vec<Trial>,
    /// Points that repeat an earlier configuration and are trained once.
    pub duplicates: usize,
    /// Points left out by `exclude`.
    pub excluded: usize,
}

/// A configuration of the plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// First 12 hex digits of the SHA-256 of its meaning.
    pub id: String,
    /// The label of its value on each axis, in the order of [`Plan::axes`]; `-` where the axis does not apply.
    pub labels: Vec<String>,
    /// Its value on each axis; `None` where the axis does not apply.
    pub values: Vec<Option<Value>>,
    pub configuration: Configuration,
}

/// One training: a configuration, a seed, a fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Position in [`Plan::trials`].
    pub index: usize,
    /// First 12 hex digits of the SHA-256 of configuration, seed, fold, numerics version, and where a sampler stops it.
    pub id: String,
    /// The same without where a sampler stops it: trials of one lineage are one training that is looked at more than once.
    /// Equal to `id` where no sampler stops it.
    pub lineage: String,
    /// Index into [`Plan::configurations`].
    pub configuration: usize,
    pub seed: u64,
    /// Position of the seed in the list of seeds: pairs trials of different configurations.
    pub replicate: usize,
    /// `None` unless the split is k-fold.
    pub fold: Option<Fold>,
    /// Its seed took no part in the choice of its configuration.
    pub confirms: bool,
    /// Epochs after which its sampler stops it to look at it; `None`: it trains for its whole budget.
    pub until: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fold {
    /// Which repeat of the k-fold split, from 0.
    pub repeat: usize,
    /// Which fold is the test part, from 0.
    pub index: usize,
}

/// The sampler entries.
pub fn entries() -> Vec<&'static Entry> {
    sampler::entries()
}
