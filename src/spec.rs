//! The validated experiment as plain data. Also the glossary: every noun of the language is a type here.
//!
//! Nothing past `config` can hold a bad value, so no later code checks again.
//! Deliberately not serializable: what is written to disk is decided by `record` and `report`.

mod fault;
mod model;
mod needs;
mod points;
mod suite;
mod train;

pub use fault::{
    Fault, FaultWords, FaultyLoss, HiddenDerivative, Labels, OutputDelta, TimeIndex, Update, fault_words,
};
pub use model::{Bias, Cell, Layer, Model, Precision, Recurrent, Truncate};
pub use needs::Needs;
pub use points::{Coordinate, Point};
pub use suite::Suite;
pub use train::{Batch, Budget, EarlyStop, Engine, MetricOf, Part, Sampling, StopWhen, Train};

use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::{Choice, Value};
use crate::diagnostic::{Diagnostic, Span};

/// One file: one question.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The file's stem; names the results folder.
    pub name: String,
    /// The file, relative to the project folder, with `/`: the same wherever and however it was called.
    pub file: String,
    pub title: String,
    pub question: String,
    pub notes: String,
    /// The configuration without any axis applied.
    pub base: Configuration,
    pub seeds: Vec<u64>,
    pub sweep: Sweep,
    pub compare: Option<Compare>,
    pub expect: Vec<Expectation>,
    pub record: Record,
    pub report: Report,
    pub diagnose: Diagnose,
    /// The resolved file as TOML: `extends` merged, `--set` applied, keys in the order of the reference. Canonical bytes.
    pub resolved: String,
    /// What `--set` changed, as `key=value`, in order.
    pub overrides: Vec<String>,
}

/// One point of the sweep: everything a trial needs but its seed. Sections are shared between configurations.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    pub data: Arc<Data>,
    pub model: Arc<Model>,
    pub pairing: Arc<Pairing>,
    pub optimizer: Arc<Optimizer>,
    pub train: Arc<Train>,
    pub fault: Arc<Fault>,
}

// ---- [data] ----------------------------------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub source: Source,
    /// Target column names (files) or empty (generators, IDX pairs). Several: multi-output regression or multi-label.
    pub target: Vec<String>,
    /// Feature columns; empty means every column that is not target, split, or ignored.
    pub features: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Column that names the sequence of a row; rows are then time steps.
    pub sequence: Option<String>,
    /// Column that orders the rows of a sequence.
    pub time: Option<String>,
    /// Columns of 0 and 1 that switch outputs off, one for each output.
    pub mask: Vec<String>,
    /// Columns to read as categories although their values are numbers.
    pub categorical: Vec<String>,
    pub encoding: Encoding,
    /// `None`: inferred (text or few distinct whole-number targets: classification).
    pub task: Option<Task>,
    /// Family `scale`: none, min_max, standardize, robust, global_standardize, divide.
    pub scale: Choice,
    pub target_scale: Choice,
    /// Features are pixels, and become those of a larger image.
    pub enlarge: Option<Enlarge>,
    /// Degree of polynomial feature expansion, 1 = none. All monomials up to this degree, without the constant.
    pub polynomial: u32,
    pub missing: Missing,
    /// Use the first `limit` rows only.
    pub limit: Option<usize>,
    pub split: Split,
    /// Class weights in the loss.
    pub weights: Weights,
    /// Probability that a label of the training or the validation part is replaced by that of another class.
    pub label_noise: f64,
    pub places: Places,
}

/// Where the experiment names columns: the key, the column, the place. No part of what data is: all are equal.
#[derive(Clone, Debug, Default)]
pub struct Places(pub Vec<(&'static str, String, Span)>);

impl PartialEq for Places {
    fn eq(&self, _: &Places) -> bool {
        true
    }
}

impl Places {
    pub fn of(&self, key: &str, column: &str) -> Option<&Span> {
        self.0.iter().find(|(k, c, _)| *k == key && c == column).map(|(.., span)| span)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Path as written (for messages and results) and resolved against the experiment file.
    File {
        written: String,
        path: PathBuf,
        format: Format,
        span: Span,
    },
    Generator {
        choice: Choice,
        span: Span,
    },
}

impl Source {
    /// Where the experiment names it.
    pub fn span(&self) -> &Span {
        match self {
            Source::File { span, .. } | Source::Generator { span, .. } => span,
        }
    }
}

/// How to read a file. `Auto` fields are settled from name and content.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Delimiter `None`: tab for `.tsv`, else comma. Header: the first row holds names.
    Csv { delimiter: Option<u8>, header: bool, sha256: Option<String> },
    /// Images or features in `source`, labels in `labels`; gzip is recognised by content.
    Idx { labels_written: String, labels: PathBuf, sha256: Option<String>, labels_sha256: Option<String> },
    /// `.npy` with `labels` in a second file, or `.npz` with both as arrays.
    Npy {
        labels_written: Option<String>,
        labels: Option<PathBuf>,
        x: Option<String>,
        y: Option<String>,
        sha256: Option<String>,
        labels_sha256: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    OneHot,
    Ordinal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One class per row; targets one-hot.
    Classification,
    /// Several 0/1 targets per row.
    MultiLabel,
    Regression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A missing value is a fault.
    Error,
    DropRow,
    /// The mean (numbers) or the most frequent category of the training part.
    Mean,
    Median,
}

/// Which rows train, which choose, which judge.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// Every row trains; there is no validation and no test part.
    None,
    /// Shares of all rows, drawn anew for each seed.
    Holdout { test: f64, validation: f64, stratified: bool },
    /// Each fold is the test part once; `validation` is a share of the remaining rows.
    KFold { folds: usize, repeats: usize, validation: f64, stratified: bool },
    /// A column holding `train`, `validation`, or `test`.
    Predefined { column: String },
    /// A share of all rows, drawn with replacement, tests; rows that were never drawn train.
    HoldoutWithReplacement { test: f64 },
}

/// Images of `from` pixels (height, width), row by row, as images of `to` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enlarge {
    pub from: [usize; 2],
    pub to: [usize; 2],
    pub method: Interpolation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    Bilinear,
    Nearest,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    Equal,
    /// Rows / (classes × rows of the class), as scikit-learn's `class_weight="balanced"`, from the training part.
    Balanced,
    /// By class name.
    Given(Vec<(String, f64)>),
}

// ---- pairing ---------------------------------------------------------------------------------------------------------

/// Output activation and loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    pub activation: Choice,
    pub loss: Choice,
    pub reduction: Reduction,
    /// What `data.mask` does.
    pub masking: Masking,
}

/// How outputs are switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// Their pre-activations are minus infinity: a softmax shares everything among the others.
    Logits,
    /// They are set to 0 after the activation; nothing is shared anew.
    Outputs,
}

impl Masking {
    pub const ALL: [Masking; 2] = [Masking::Logits, Masking::Outputs];

    pub fn name(self) -> &'static str {
        match self {
            Masking::Logits => "logits",
            Masking::Outputs => "outputs",
        }
    }
}

impl Pairing {
    /// `softmax+cross_entropy`.
    pub fn label(&self) -> String {
        format!("{}+{}", self.activation.name(), self.loss.name())
    }
}

/// How the losses of single outputs become one number. N samples of the batch, K outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Mean over samples and outputs; for a loss of one value per sample, mean over samples.
    Mean,
    /// Sum over samples and outputs.
    Sum,
    /// Sum over outputs, mean over samples.
    SumOverOutputs,
}

impl Reduction {
    pub const ALL: [Reduction; 3] = [Reduction::Mean, Reduction::Sum, Reduction::SumOverOutputs];

    pub fn name(self) -> &'static str {
        match self {
            Reduction::Mean => "mean",
            Reduction::Sum => "sum",
            Reduction::SumOverOutputs => "sum_over_outputs",
        }
    }
}

// ---- [optimizer] -----------------------------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    /// Family `optimizer`; `learning_rate` is a parameter of every member that does not search along lines.
    pub method: Choice,
    /// Family `schedule`: a factor on the learning rate.
    pub schedule: Choice,
    /// L2 term `weight_decay · w` added to the gradient (decoupled for `adamw` and `lion`). 0 = off. Applied to weights and biases,
    /// as PyTorch does; `l1` and `l2` are for weights only.
    pub weight_decay: f64,
    /// Penalty `l1 · Σ|w|` and `l2 · Σw²` on the loss's gradient, weights only. 0 = off.
    pub l1: f64,
    pub l2: f64,
    /// Largest norm of the whole gradient of a member.
    pub clip_norm: Option<f64>,
    /// Largest absolute value of a gradient entry.
    pub clip_value: Option<f64>,
}

// ---- [sweep], [variants] ---------------------------------------------------------------------------------------------

/// The axes and how they combine. Without axes there is one configuration.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Family `sampler`.
    pub method: Choice,
    pub axes: Vec<Axis>,
    /// Groups of axes (indices) that advance together; all others are crossed.
    pub zip: Vec<Vec<usize>>,
    /// Points to leave out: all of these axes have these values.
    pub exclude: Vec<Vec<(usize, Value)>>,
    /// Axes on which the sampler chooses values, with all that advance with them; every combination of the others is an arm that is
    /// searched apart. Empty for a grid.
    pub drawn: Vec<usize>,
    /// Configurations that the sampler tries in each arm, where that does not follow from other numbers.
    pub configurations: Option<usize>,
    /// Names the sampler's random stream.
    pub seed: u64,
    /// More trials than this are refused.
    pub limit: usize,
}

/// The key of the axis that `[variants]` makes; its labels are names, and its values may set any section.
pub const VARIANT: &str = "variant";

/// One swept key. The variants of `[variants]` form an axis with key `variant`.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Dotted: `optimizer.learning_rate`, `pairing`, `variant`.
    pub key: String,
    /// Empty where the axis has a domain.
    pub values: Vec<AxisValue>,
    /// Numbers that a sampler may draw, instead of values.
    pub domain: Option<Domain>,
    /// Whether the values are ordered numbers (an edge of the axis has a meaning).
    pub numeric: bool,
    /// The axis applies where all of these hold; elsewhere the base value stays. No circles.
    pub when: Vec<Condition>,
    pub span: Span,
}

/// Numbers that a sampler may draw, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    Uniform {
        low: f64,
        high: f64,
    },
    /// Uniform in the logarithm; both ends above 0.
    LogUniform {
        low: f64,
        high: f64,
    },
    /// Whole numbers.
    Int {
        low: i64,
        high: i64,
    },
}

/// An axis applies where another one has one of these values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Index of the other axis.
    pub axis: usize,
    /// Indices of its values.
    pub values: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AxisValue {
    /// As it stands in tables and CSV: `0.1`, `softmax+cross_entropy`, `[5, 6]`, a variant's name.
    pub label: String,
    pub value: Value,
    pub span: Span,
}

/// Makes the configuration of a point; implemented by `config`, used by `plan`, so that neither knows the other.
pub trait Resolve {
    /// `point[a]` is where the point lies on axis `a`; `None` leaves the base value.
    fn configuration(&self, point: &[Option<Coordinate>]) -> Result<Configuration, Vec<Diagnostic>>;
}

// ---- [compare], [expect], [record], [report], [diagnose] ------------------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// Axis whose values are the arms.
    pub by: String,
    /// The metric that decides; loss or an entry of family `metric`.
    pub metric: String,
    pub higher_is_better: bool,
    /// Axes whose value is chosen per arm on validation.
    pub tune: Vec<String>,
    /// Fresh seeds on which what was chosen is trained again and compared; 0: it is compared on the seeds it was chosen on.
    pub confirm: usize,
    /// Region of practical equivalence, half-width, in units of the metric (`rope_relative`: as a share of the control's mean).
    pub rope: f64,
    pub rope_relative: bool,
    /// The arm all others are compared with; `None`: every pair.
    pub control: Option<String>,
    /// Share of the way from the baseline (majority class, mean predictor) to perfect that counts as learned.
    pub success_margin: f64,
    /// Confidence of all intervals.
    pub confidence: f64,
}

/// One line of `[expect]`: `"softmax+cross_entropy.test.accuracy" = { mean_min = 0.93 }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// As written.
    pub key: String,
    /// Arm label; `None` where the experiment has a single configuration.
    pub arm: Option<String>,
    pub part: Part,
    pub metric: String,
    pub bounds: Vec<Bound>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    pub statistic: Statistic,
    pub limit: f64,
    /// The statistic must be at least (`_min`) or at most (`_max`) the limit.
    pub at_least: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Mean,
    Median,
    /// Of all seeds, the smallest / largest value.
    Lowest,
    Highest,
    SuccessRate,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Record every n-th epoch; `None`: chosen so that result files stay small.
    pub every: Option<usize>,
    /// Further metrics to record in `metrics.csv` beside loss and the task's main metric.
    pub metrics: Vec<String>,
    /// Of which trials the trained network is kept.
    pub models: Models,
}

/// Which trained networks are kept and published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Models {
    None,
    /// That of one trial of every arm: see `report::chosen`.
    Chosen,
    /// Those, and that of every trial.
    All,
}

impl Models {
    pub const ALL: [Models; 3] = [Models::None, Models::Chosen, Models::All];

    pub fn name(self) -> &'static str {
        match self {
            Models::None => "none",
            Models::Chosen => "chosen",
            Models::All => "all",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub figures: bool,
    /// Markdown added to the report.
    pub notes: String,
}

/// What rules are told beforehand; it changes no trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnose {
    /// In the order of the file, each code once.
    pub allow: Vec<Allowed>,
}

/// Findings of this rule are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub code: String,
    /// Never empty.
    pub reason: String,
}

impl Diagnose {
    /// Why findings of this rule are expected, where they are.
    pub fn reason(&self, code: &str) -> Option<&str> {
        self.allow.iter().find(|allowed| allowed.code == code).map(|allowed| allowed.reason.as_str())
    }
}
