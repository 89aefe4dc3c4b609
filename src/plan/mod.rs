//! The plan: an experiment expanded into configurations and trials with stable ids, grouped into packs.
//!
//! Ids depend on meaning only: not on key order, comments, number spelling, or a default written out.
//! It knows neither data nor networks; shapes come from the caller.

use std::collections::BTreeMap;

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
    /// Those of them that a grid gave, in its order.
    pub repeated: Vec<Repeated>,
    /// Points left out by `exclude`.
    pub excluded: usize,
}

/// A point that comes to a configuration that was there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// The label of its value on each axis.
    pub labels: Vec<String>,
    /// Index into [`Plan::configurations`].
    pub of: usize,
}

impl Plan {
    /// Which values come to the same as which others, in sentences without a full stop: "corrected is the same as as_posted".
    /// With several axes a value may do so at some points only. At most `most` of them, and how many there are. `quote` marks a value.
    pub fn repetitions(&self, most: usize, quote: &dyn Fn(&str) -> String) -> (Vec<String>, usize) {
        // By axis: the value, and the one that came first.
        type Pair<'a> = Vec<(usize, &'a str, &'a str)>;
        let mut found: Vec<(Pair<'_>, usize)> = Vec::new();
        let mut index: BTreeMap<Pair<'_>, usize> = BTreeMap::new();
        for repeated in &self.repeated {
            let both = repeated.labels.iter().zip(&self.configurations[repeated.of].labels).enumerate();
            let differ = both.filter(|(_, (own, first))| own != first);
            let pair: Pair<'_> = differ.map(|(a, (own, first))| (a, &**own, &**first)).collect();
            if !pair.is_empty() {
                let at = *index.entry(pair.clone()).or_insert(found.len());
                if at == found.len() {
                    found.push((pair, 0));
                }
                found[at].1 += 1;
            }
        }
        let points = || {
            let repeated = self.repeated.iter().map(|r| &r.labels);
            self.configurations.iter().map(|c| &c.labels).chain(repeated)
        };
        let sentence = |(pair, count): &(Pair<'_>, usize)| {
            let (own, first): (Vec<String>, Vec<String>) =
                pair.iter().map(|(_, own, first)| (quote(own), quote(first))).unzip();
            let all = points().filter(|labels| pair.iter().all(|(a, own, _)| labels[*a] == *own)).count();
            let some = if *count < all { format!(" at {count} of {all} points") } else { String::new() };
            format!("{} is the same as {}{some}", own.join(", "), first.join(", "))
        };
        (found.iter().take(most).map(sentence).collect(), found.len())
    }
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
