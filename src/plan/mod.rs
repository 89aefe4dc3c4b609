//! The plan: an experiment expanded into configurations and trials with stable ids, grouped into packs.
//!
//! Ids depend on meaning only: not on key order, comments, number spelling, or a default written out.
//! It knows neither data nor networks; shapes come from the caller.

use std::collections::BTreeMap;

use crate::catalog::Entry;
use crate::spec::{Configuration, Data};

mod expand;
mod identity;
mod pack;
mod queue;

use identity::TrialIds;

pub use expand::expand;
pub use identity::{NUMERICS_VERSION, short_hash};
pub use pack::{Cost, LANES, MEMBERS_MAX, Pack, Places, pack};
pub use queue::Queue;

pub mod sampler;

/// Everything that is to be trained, in a fixed order: configurations as the axes give them, then folds, then seeds.
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
    /// Index of its value on each axis.
    pub point: Vec<Option<usize>>,
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

impl Plan {
    /// Puts the content of the data into every id, in place of the name of its source: a changed file is another trial, and two
    /// names of one content are one configuration, trained once.
    pub fn bind(&mut self, first_seed: u64, digest: impl Fn(&Data) -> String) {
        let meanings: Vec<String> = (self.configurations.iter())
            .map(|p| identity::meaning(&p.configuration, &digest(&p.configuration.data)))
            .collect();
        let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
        let mut place: Vec<Option<usize>> = Vec::new();
        for meaning in &meanings {
            let next = kept.len();
            let new = *kept.entry(meaning).or_insert(next) == next;
            place.push(new.then_some(next));
        }
        self.duplicates += place.iter().filter(|p| p.is_none()).count();
        let mut index = 0..;
        self.configurations.retain(|_| index.next().is_some_and(|i: usize| place[i].is_some()));
        self.trials.retain(|trial| place[trial.configuration].is_some());
        let mut ids: Option<(usize, TrialIds)> = None;
        for (index, trial) in self.trials.iter_mut().enumerate() {
            let meaning = &meanings[trial.configuration];
            trial.index = index;
            trial.configuration = place[trial.configuration].unwrap_or_default();
            let planned = &mut self.configurations[trial.configuration];
            // Trials of a configuration follow one another.
            if ids.as_ref().is_none_or(|(of, _)| *of != trial.configuration) {
                planned.id = short_hash(meaning);
                let new = TrialIds::new(meaning, &planned.configuration, first_seed);
                ids = Some((trial.configuration, new));
            }
            if let Some((_, ids)) = &ids {
                trial.lineage = ids.of(trial.seed, trial.fold);
                trial.id = identity::until(&trial.lineage, trial.until);
            }
        }
    }
}

/// The sampler entries.
pub fn entries() -> Vec<&'static Entry> {
    sampler::entries()
}
