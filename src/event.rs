//! Events: the border between training and everything after it.
//!
//! `train` speaks only through an [`Observer`]. An event says what happened; it does not say what to do about it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::spec::Part;

mod look;
mod portrait;
mod traits;

pub use look::{Break, LayerLook, Look};
pub use portrait::{Activations, Bin, Calibration, Inside, PLACES, Portrait, Regions, SURE, Weights};
pub use traits::{Combinations, Traits};

/// How a trial ended. A trial that failed is a result, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its whole budget.
    Finished,
    /// `early_stop` fired.
    EarlyStopped,
    /// `stop_when` was met.
    TargetReached,
    /// Its sampler stopped it to look at it, and did not take it further.
    Halted,
    /// A rule found that it would not learn (`[sweep] stop_hopeless`).
    Hopeless,
    /// Its optimizer found a point at which the gradient is as small as it was asked for.
    Converged,
    /// Its optimizer found no step that leads further down.
    Stalled,
    /// Loss far above its start (see `train`), still finite.
    Diverged,
    /// NaN or infinity in loss or parameters.
    NonFinite,
}

impl End {
    pub const ALL: [End; 9] = [
        End::Finished,
        End::EarlyStopped,
        End::TargetReached,
        End::Halted,
        End::Hopeless,
        End::Converged,
        End::Stalled,
        End::Diverged,
        End::NonFinite,
    ];

    /// The word in `trials.csv`.
    pub fn name(self) -> &'static str {
        match self {
            End::Finished => "finished",
            End::EarlyStopped => "early_stopped",
            End::TargetReached => "target_reached",
            End::Halted => "halted",
            End::Hopeless => "hopeless",
            End::Converged => "converged",
            End::Stalled => "stalled",
            End::Diverged => "diverged",
            End::NonFinite => "non_finite",
        }
    }

    pub fn failed(self) -> bool {
        matches!(self, End::Diverged | End::NonFinite)
    }
}

/// Everything known of one trained trial. Equal for equal trials, whatever pack, thread, or run they were trained in,
/// except `seconds`, and whether there is a look inside its network: of which trials there is one depends on the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRecord {
    /// Index in the plan.
    pub trial: usize,
    /// Hash of meaning; see `plan`.
    pub id: String,
    pub end: End,
    /// Epochs and optimizer steps trained.
    pub epochs: usize,
    pub steps: usize,
    /// The epoch whose parameters were kept (differs from `epochs` only with `restore_best`).
    pub best_epoch: usize,
    /// What an optimizer counts that searches along lines; others count nothing.
    pub search: Option<SearchCounts>,
    /// Share of the way from the baseline to perfect covered on the validation part (train where there is none):
    /// (metric - baseline) / (perfect - baseline) of accuracy, or R². NaN for a failed trial.
    pub skill: f64,
    /// Final metrics, in the order of the metric catalogue, part by part.
    pub metrics: FinalMetrics,
    /// Counts `[true class][predicted class]` for each part; empty for regression.
    pub confusion: Vec<(Part, Vec<Vec<u64>>)>,
    /// Recorded epochs, ascending, the first is 0 (before any step).
    pub curve: Vec<CurvePoint>,
    /// Looks inside its network while it trained, ascending; none of trials too short to afford them.
    pub looks: Vec<Look>,
    /// Where its numbers stopped being finite, if they did and it was soon enough to be found again.
    pub broke: Option<Break>,
    /// `None` for a trial whose numbers were not finite, and where there is nothing to look at.
    pub portrait: Option<Box<Portrait>>,
    /// Share of the pack's wall-clock time; goes to `timings.csv` only.
    pub seconds: f64,
}

/// What an optimizer that searches along lines did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchCounts {
    /// Accepted steps. The last epoch has none where it only found that there is no way on.
    pub iterations: u64,
    /// Evaluations of the objective over the whole training part, and of its gradient.
    pub function_calls: u64,
    pub gradient_calls: u64,
}

/// Final metrics of a trial. Trials of one task have the same names and can share them: a large sweep keeps little more than values.
#[derive(Clone, Debug, PartialEq)]
pub struct FinalMetrics {
    names: MetricNames,
    values: Box<[f64]>,
}

/// Part and name of each metric.
pub type MetricNames = Arc<[(Part, Cow<'static, str>)]>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FinalMetric<'a> {
    pub part: Part,
    pub name: &'a str,
    pub value: f64,
}

impl FinalMetrics {
    /// One value for each name.
    pub fn new(names: MetricNames, values: Vec<f64>) -> FinalMetrics {
        assert_eq!(names.len(), values.len(), "one value for each name");
        FinalMetrics { names, values: values.into() }
    }

    pub fn names(&self) -> &MetricNames {
        &self.names
    }

    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub fn iter(&self) -> impl Iterator<Item = FinalMetric<'_>> {
        let both = self.names.iter().zip(&self.values);
        both.map(|((part, name), value)| FinalMetric { part: *part, name, value: *value })
    }

    /// Holds one of the `known` lists instead of its own where they are equal; else its own becomes known.
    pub fn share_names(&mut self, known: &mut Vec<MetricNames>) {
        match known.iter().find(|names| **names == self.names) {
            Some(names) => self.names = names.clone(),
            None => known.push(self.names.clone()),
        }
    }
}

impl FromIterator<(Part, Cow<'static, str>, f64)> for FinalMetrics {
    fn from_iter<T: IntoIterator<Item = (Part, Cow<'static, str>, f64)>>(metrics: T) -> FinalMetrics {
        let (names, values): (Vec<_>, Vec<f64>) =
            metrics.into_iter().map(|(part, name, value)| ((part, name), value)).unzip();
        FinalMetrics::new(names.into(), values)
    }
}

/// Metrics after `epoch` epochs, in evaluation mode (no dropout) over the whole part.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    pub epoch: usize,
    pub step: usize,
    /// One per column, in the order of `train::columns`.
    pub values: Vec<f64>,
}

/// Numbers with a name and a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// Row-major.
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
    /// Single precision holds the values exactly.
    pub is_single: bool,
}

/// A trained network that is to be kept: enough to use it without the experiment's data.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The id of its trial.
    pub trial: String,
    /// Parameters in the order of the network (`layer_0.weight` `[in, out]`, `layer_0.bias` `[out]`, ...), then what preparation was
    /// fitted to.
    pub tensors: Vec<Tensor>,
    /// What else there is to know of it, by name.
    pub notes: Vec<(String, String)>,
}

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    PackStarted {
        pack: usize,
        trials: usize,
        /// What its members share, for people: `sigmoid+mse, sgd, 4-5-6-3`.
        label: &'a str,
        /// Trials among them that go on where they were suspended.
        resumed: usize,
    },
    /// Members of a pack passed epochs: `alive` of them go on, `member_epochs` were trained since the last such event (or before, by
    /// trials that go on).
    Progress {
        pack: usize,
        alive: usize,
        member_epochs: u64,
    },
    /// A trial that goes on although it will hardly learn: what is known of it so far, as if it had ended there. Told once in a process.
    Underway(&'a TrialRecord),
    /// Where networks are kept, of every trial that has one: just before it is done.
    Trained(&'a Model),
    TrialDone(&'a TrialRecord),
    PackDone {
        pack: usize,
        seconds: f64,
    },
}

/// A trial between two epochs: with it training goes on to the same bits as if it had never stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialState {
    /// The training that it is of: that of a trial in the plan.
    pub lineage: String,
    /// Epochs passed.
    pub epochs: usize,
    /// Known to `train` alone, which trusts none that does not fit.
    pub bytes: Vec<u8>,
}

/// Where suspended trials are kept. One that is lost costs time, and changes nothing else.
pub trait States: Sync {
    /// Whether a trial that is told to stop can be kept.
    fn keeps(&self) -> bool {
        true
    }
    /// The latest state of a lineage after at most `most` epochs.
    fn load(&self, lineage: &str, most: usize) -> Option<TrialState>;
    /// Takes the place of what is kept of that lineage.
    fn save(&self, state: TrialState);
    /// As [`States::save`], for the next process: this one is about to end.
    fn keep(&self, state: TrialState);
    /// Nothing goes on from that lineage any more.
    fn forget(&self, lineage: &str);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Stateless;

impl States for Stateless {
    fn keeps(&self) -> bool {
        false
    }

    fn load(&self, _: &str, _: usize) -> Option<TrialState> {
        None
    }

    fn save(&self, _: TrialState) {}

    fn keep(&self, _: TrialState) {}

    fn forget(&self, _: &str) {}
}

/// Receives events, one at a time and in order within a pack; packs may interleave.
pub trait Observer {
    fn on(&mut self, event: &Event<'_>);
}
