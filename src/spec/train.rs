//! How long and with what a network trains: `[train]`. It says nothing of the optimizer.

#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    pub budget: Budget,
    pub batch: Batch,
    pub sampling: Sampling,
    pub engine: Engine,
    /// Which random streams differ between seeds: of `split`, `init`, `order`, `noise`. The others are those of the first seed.
    pub vary: Vec<crate::rng::Purpose>,
    pub early_stop: Option<EarlyStop>,
    pub stop_when: Option<StopWhen>,
    /// A trial is saved after every so many epochs, so that an interrupted one goes on from there. It changes no result.
    pub checkpoint: Option<usize>,
    /// `[sweep] stop_hopeless`: it ends early where a rule finds, at fixed places of its budget, that it will not learn.
    pub stop_hopeless: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    Epochs(usize),
    /// Optimizer steps. An epoch is `ceil(rows / batch)` steps; the last may be cut short.
    Steps(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    Full,
    Size(usize),
}

/// What trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The fused engine wherever the structure allows it.
    Auto,
    /// Whole epochs in one operation, members in the lanes of vector registers.
    Fused,
    /// The reference path: Burn operations and autodiff.
    Burn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// A new permutation each epoch; the last batch may be smaller.
    Shuffle,
    /// Each batch drawn with replacement.
    WithReplacement,
    /// The order of the file.
    Sequential,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EarlyStop {
    pub metric: MetricOf,
    /// Epochs without an improvement of more than `min_delta` before training stops.
    pub patience: usize,
    pub min_delta: f64,
    /// End with the parameters of the best epoch.
    pub restore_best: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StopWhen {
    pub metric: MetricOf,
    /// Exactly one is given.
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

/// A metric of a part: `validation.loss`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricOf {
    pub part: Part,
    /// A metric's name or `loss`.
    pub metric: String,
    pub higher_is_better: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    pub const ALL: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Validation => "validation",
            Part::Test => "test",
        }
    }
}
