//! The family of samplers: how points are chosen from the axes.
//!
//! A sampler is asked for points and told what became of them, a round at a time. What it asks depends on the axes, its seed, and
//! what it was told, never on threads or time: a search that is begun anew and told the same asks the same. It knows neither
//! networks nor files.

use std::cmp::Ordering;
use std::fmt::Debug;

use crate::catalog::{Choice, Entry, Facts};
use crate::spec::Point;

pub mod grid;
pub mod halving;
pub mod hyperband;
pub mod latin_hypercube;
mod parzen;
pub mod random;
mod rungs;
pub mod sobol;
mod space;
pub mod tpe;

pub use space::Space;

/// A member of the family.
#[derive(Debug)]
pub struct Sampler {
    pub entry: Entry,
    /// Begins a search; `None` for the grid, whose points are the combinations of the axes' values.
    pub search: Option<fn(Setup) -> Box<dyn Search>>,
}

/// What a search begins with.
#[derive(Debug)]
pub struct Setup {
    pub space: Space,
    /// Configurations to try; 0 where the sampler has a number of its own.
    pub configurations: usize,
    pub seed: u64,
    /// The whole budget of a trial, in epochs; 1 where it is not counted in epochs.
    pub epochs: usize,
    pub choice: Choice,
}

/// The search of one arm.
pub trait Search: Debug + Send {
    /// Points that may be trained now, whatever becomes of the others. Empty: the search is over.
    fn ask(&mut self) -> Vec<Ask>;

    /// What became of the points asked for last, in their order.
    fn tell(&mut self, scores: &[Score]);

    /// Most points that it will ask for, each time one is asked for anew counted.
    fn most(&self) -> usize;

    /// Rounds that may follow the one asked for last.
    fn rounds_left(&self) -> usize;
}

/// A point to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub point: Point,
    /// Epochs after which it is looked at; `None`: its whole budget.
    pub until: Option<usize>,
}

/// How good a configuration looks: what selects it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Trials that failed or are missing.
    pub failed: usize,
    /// Mean of the metric over the others, higher is better; minus infinity where there are none.
    pub mean: f64,
}

impl Score {
    /// Of one value for each trial, higher is better; what is not finite failed.
    pub fn of(values: &[f64]) -> Score {
        let sound = || values.iter().filter(|v| v.is_finite());
        let count = sound().count();
        let mean = if count > 0 { sound().sum::<f64>() / count as f64 } else { f64::NEG_INFINITY };
        // Negative zero is zero: scores are ordered by their bits.
        Score { failed: values.len() - count, mean: mean + 0.0 }
    }

    /// Nothing is known, or everything failed.
    pub const WORST: Score = Score { failed: usize::MAX, mean: f64::NEG_INFINITY };

    /// The better is the greater: first the fewest failures, then the mean.
    pub fn order(&self, other: &Score) -> Ordering {
        other.failed.cmp(&self.failed).then(self.mean.total_cmp(&other.mean))
    }
}

/// Indices from the best score to the worst; of equals the earlier first.
fn ranking(scores: &[Score]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].order(&scores[*a]));
    order
}

/// Every sampler, the grid first, then those that learn nothing, then those that do.
pub static ALL: &[&Sampler] = &[
    &grid::THIS,
    &random::THIS,
    &sobol::THIS,
    &latin_hypercube::THIS,
    &halving::THIS,
    &hyperband::THIS,
    &tpe::THIS,
];

/// The member that a choice names.
pub(super) fn of(choice: &Choice) -> &'static Sampler {
    let found = ALL.iter().find(|s| std::ptr::eq(&raw const s.entry, choice.entry));
    found.expect("a choice of the family is a member of the list")
}

/// Whether what it asks for depends on what it was told.
pub(super) fn learns(choice: &Choice) -> bool {
    matches!(choice.entry.facts, Facts::Sampler { learns: true, .. })
}

/// The sampler entries.
pub fn entries() -> Vec<&'static Entry> {
    ALL.iter().map(|s| &s.entry).collect()
}

/// Points without a round after the first: all are asked for at once.
#[derive(Debug)]
struct AtOnce {
    points: Vec<Point>,
    total: usize,
}

impl AtOnce {
    fn search(points: Vec<Point>) -> Box<dyn Search> {
        Box::new(AtOnce { total: points.len(), points })
    }
}

impl Search for AtOnce {
    fn ask(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.points).into_iter().map(|point| Ask { point, until: None }).collect()
    }

    fn tell(&mut self, _scores: &[Score]) {}

    fn most(&self) -> usize {
        self.total
    }

    fn rounds_left(&self) -> usize {
        0
    }
}
