//! The sections of an experiment file and their keys: the one definition that reading, reference page, and schema share.
//!
//! Parameters of members (`momentum` of `sgd`) stand with their entries, not here.

use super::Default::{Absent, Count as N, Flag as B, Real as R, Required, Word};
use super::Kind::{self, Choice, Count, Flag, Joined, List, Map, Member, OneOf, Real, Table, Text};
use super::Role::Structural;
pub use super::network::{FAULT, LAYER, MODEL, OUTPUT, TRUNCATE};
pub use super::planned::{FOREIGN, PLANNED, Planned, foreign_at, planned_at};
use super::{Default, Family, Param, Range, Role};

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    pub name: &'static str,
    pub summary: &'static str,
    pub keys: &'static [Param],
    /// The section itself names a member of this family with `name`; the member's parameters stand beside it.
    pub member: Option<Family>,
    /// What keys not in `keys` mean, where the user chooses them.
    pub open: Option<&'static str>,
    /// Must be written.
    pub required: bool,
    /// Its keys can be swept.
    pub swept: bool,
}

pub(super) const fn key(key: &'static str, kind: Kind, default: Default, docs: &'static str) -> Param {
    Param { key, kind, role: Structural, default, docs }
}

pub(super) const fn numeric(key: &'static str, kind: Kind, default: Default, docs: &'static str) -> Param {
    Param { key, kind, role: Role::Numeric, default, docs }
}

const POSITIVE_COUNT: Kind = Count { min: 1, max: 1_000_000_000 };
const TEXTS: Kind = OneOf(&[Text, List(&Text)]);
pub(super) const INIT: Kind = Member(Family::Initializer);
pub(super) const ACTIVATION: Kind = Member(Family::Activation);
pub(super) const SHARE: Range = Range::half_open(0.0, 1.0);

/// Keys above the first section.
pub static TOP: &[Param] = &[
    key("title", Text, Word(""), "The report's heading; empty means the name of the file."),
    key("question", Text, Word(""), "The question that the experiment answers, in a sentence."),
    key("notes", Text, Word(""), "Markdown for the reader of the file; shown in the report."),
    key(
        "extends",
        Text,
        Absent,
        "Path of an experiment that this one builds on: tables merge key by key, lists are replaced.",
    ),
    key(
        "pairing",
        OneOf(&[Joined(&[Family::Activation, Family::Loss]), Table(PAIRING)]),
        Required,
        "Output activation and the loss that goes with it: `\"activation+loss\"`, or a table.",
    ),
];

pub static PAIRING: &[Param] = &[
    key("activation", ACTIVATION, Required, "Activation of the output layer."),
    key("loss", Member(Family::Loss), Required, "What training makes small."),
    key(
        "reduction",
        Choice(&["mean", "sum", "sum_over_outputs"]),
        Word("mean"),
        "How the losses of single outputs become one number: mean over samples and outputs, sum over both, or sum over outputs and mean over samples. A loss of the whole sample (cross-entropy, hinge) has one value per sample, over which there is no sum.",
    ),
    key(
        "masking",
        Choice(&["logits", "outputs"]),
        Absent,
        "What `data.mask` does: `logits` sets pre-activations to minus infinity, so that a softmax shares everything among the outputs that are on; `outputs` sets outputs to 0 after the activation. Without it, `logits` for a distribution, which alone can have it, and `outputs` otherwise.",
    ),
];

pub static DATA: &[Param] = &[
    key(
        "source",
        OneOf(&[Member(Family::Source), Text]),
        Required,
        "Path of a data file (CSV, TSV, IDX, NPY, NPZ), relative to this file, or a generator: its name or a table with its parameters.",
    ),
    key(
        "target",
        TEXTS,
        Absent,
        "Column to predict, or several; required for CSV and TSV. Of a sequence only the last time step must have a value where the network answers at the last one only.",
    ),
    key("features", TEXTS, Absent, "Columns to learn from; without it, every column that has no other use."),
    key("ignore", TEXTS, Absent, "Columns to leave out."),
    key(
        "sequence",
        Text,
        Absent,
        "Column that names the sequence a row belongs to, in a table with one row per time step; without it, rows stand alone.",
    ),
    key(
        "time",
        Text,
        Absent,
        "Column that orders the rows of a sequence; without it, they are in the order of the file, and a column of times is a feature like any other.",
    ),
    key(
        "mask",
        TEXTS,
        Absent,
        "Columns of zeros and ones, one for each class in its order: 0 switches its output off in that row. For classifications. The target of what is off does not count; a mean over outputs divides by all of them, on or off. Without it, all are on.",
    ),
    key("categorical", TEXTS, Absent, "Columns to read as categories although they hold numbers."),
    key(
        "encoding",
        Choice(&["one_hot", "ordinal"]),
        Word("one_hot"),
        "How a categorical feature becomes numbers.",
    ),
    key(
        "delimiter",
        Text,
        Absent,
        "One ASCII character between the columns of a CSV file; without it, a tab for `.tsv` and a comma otherwise.",
    ),
    key(
        "header",
        Flag,
        B(true),
        "Whether the first row of a CSV file holds the names; without names, columns are `column_1`, `column_2`, ...",
    ),
    key("labels", Text, Absent, "Path of the labels that belong to an IDX or NPY file."),
    key("x", Text, Absent, "Name of the array of features in an NPZ file; without it, `x` or `X`."),
    key("y", Text, Absent, "Name of the array of targets in an NPZ file; without it, `y` or `Y`."),
    key(
        "sha256",
        Text,
        Absent,
        "Digest that the source file must have, 64 hexadecimal digits as `sha256sum` prints them.",
    ),
    key("labels_sha256", Text, Absent, "Digest that the labels file must have."),
    key(
        "task",
        Choice(&["classification", "multi_label", "regression"]),
        Absent,
        "What the targets are; without it, inferred: text or few distinct whole numbers mean classification.",
    ),
    key(
        "scale",
        Member(Family::Scale),
        Word("none"),
        "How features are scaled; fitted on the training part only.",
    ),
    key(
        "target_scale",
        Member(Family::Scale),
        Word("none"),
        "How regression targets are scaled; metrics are given in the original units.",
    ),
    key(
        "enlarge",
        Table(ENLARGE),
        Absent,
        "Features are the pixels of an image, row by row, and become those of a larger one by interpolation, before all else; without it, \
         they stay as they are.",
    ),
    key(
        "polynomial",
        Count { min: 1, max: 10 },
        N(1),
        "Degree of the polynomial expansion of the features; 1 means none.",
    ),
    key(
        "missing",
        Choice(&["error", "drop_row", "mean", "median"]),
        Word("error"),
        "What to do with a missing value: refuse, drop its row (of a sequence: the time step), or fill it from the training part.",
    ),
    key(
        "limit",
        POSITIVE_COUNT,
        Absent,
        "Use the first rows only (of sequences: the first of these, whole); without it, all.",
    ),
    key(
        "split",
        Member(Family::Split),
        Word("none"),
        "Which rows train, which choose, which judge; a table without `name` is `k_fold` where it has `folds`, `predefined` where it has `column`, otherwise `holdout`.",
    ),
    key(
        "weights",
        OneOf(&[Choice(&["equal", "balanced"]), Map(&Real(Range::NON_NEGATIVE))]),
        Word("equal"),
        "Weight of each class in the loss: equal, balanced (rows / (classes * rows of the class)), or a table by class name.",
    ),
    key(
        "label_noise",
        Real(Range::UNIT),
        R(0.0),
        "Probability that the label of a row of the training or the validation part is replaced by that of another class, each as likely; the test part keeps its labels. For classifications without `mask`.",
    ),
];

/// Height and width of an image.
const PIXELS: Kind = List(&Count { min: 1, max: 1000 });

pub static ENLARGE: &[Param] = &[
    key(
        "from",
        PIXELS,
        Required,
        "Height and width of the images as they are; their product is the number of features.",
    ),
    key("to", PIXELS, Required, "Height and width to be given to them, neither less than before."),
    key(
        "method",
        Choice(&["bilinear", "nearest"]),
        Word("bilinear"),
        "Between the middles of pixels: linear in both directions, or the value of the nearest; beyond the outermost middles values go on.",
    ),
];

pub static OPTIMIZER: &[Param] = &[
    key("name", Text, Word("sgd"), "The optimizer; its own parameters stand beside it."),
    key(
        "schedule",
        Member(Family::Schedule),
        Word("constant"),
        "A factor on the learning rate over the steps.",
    ),
    numeric(
        "weight_decay",
        Real(Range::NON_NEGATIVE),
        R(0.0),
        "Factor times weights and biases, added to the gradient (decoupled for `adamw` and `lion`), as PyTorch does.",
    ),
    numeric(
        "l1",
        Real(Range::NON_NEGATIVE),
        R(0.0),
        "Factor of the penalty on the sum of absolute weights; biases are left alone, except those of a `constant_input`, which are weights.",
    ),
    numeric(
        "l2",
        Real(Range::NON_NEGATIVE),
        R(0.0),
        "Factor of the penalty on the sum of squared weights; biases are left alone, except those of a `constant_input`, which are weights.",
    ),
    numeric(
        "clip_norm",
        Real(Range::POSITIVE),
        Absent,
        "Largest norm of the whole gradient; without it, no limit.",
    ),
    numeric(
        "clip_value",
        Real(Range::POSITIVE),
        Absent,
        "Largest absolute value of a gradient entry; without it, no limit.",
    ),
];

/// Epochs where neither `epochs` nor `steps` is written.
pub const EPOCHS_DEFAULT: u64 = 100;

pub static TRAIN: &[Param] = &[
    key(
        "epochs",
        Count { min: 1, max: 10_000_000 },
        Absent,
        "Passes over the training part; 100 where neither `epochs` nor `steps` is written.",
    ),
    key("steps", POSITIVE_COUNT, Absent, "Optimizer steps, instead of `epochs`."),
    key(
        "batch",
        OneOf(&[POSITIVE_COUNT, Choice(&["full"])]),
        N(32),
        "Rows per step, or `\"full\"` for all; 1 is online learning.",
    ),
    key(
        "sampling",
        Choice(&["shuffle", "with_replacement", "sequential"]),
        Word("shuffle"),
        "How rows come into batches: a new permutation each epoch, drawn with replacement, or in the order of the file.",
    ),
    key(
        "engine",
        Choice(&["auto", "fused", "burn"]),
        Word("auto"),
        "What trains: the fused engine (much faster, but for a few recurrent networks of 64 units and more), the reference path (Burn with autodiff), or, with `\"auto\"`, the fused \
         engine wherever it can train this network; `runner plan` says which and why. Losses \
         agree to about 1e-5 over a hundred steps; after that rounding may lead a single trial elsewhere, as another \
         machine or library would.",
    ),
    key(
        "seeds",
        OneOf(&[Count { min: 1, max: 100_000 }, List(&Count { min: 0, max: i64::MAX as u64 })]),
        N(10),
        "How often each configuration is trained: a count (seeds 0, 1, ...) or a list of seeds.",
    ),
    key(
        "vary",
        List(&Choice(&["split", "init", "order", "noise"])),
        Absent,
        "Which random streams differ between seeds, at least one; without it, all. The others are those of the first seed.",
    ),
    key(
        "early_stop",
        Table(EARLY_STOP),
        Absent,
        "Stop a trial when a metric no longer improves; without it, never.",
    ),
    key(
        "stop_when",
        Table(STOP_WHEN),
        Absent,
        "Stop a trial when a metric reaches a value; without it, never.",
    ),
    key(
        "checkpoint",
        POSITIVE_COUNT,
        Absent,
        "Save every trial after each so many epochs, so that one that is killed goes on from there; without it, trials are saved \
         when the run is told to stop, at the end of an epoch that takes no more than seconds. It changes no result.",
    ),
];

pub static EARLY_STOP: &[Param] = &[
    key("metric", Text, Word("validation.loss"), "`PART.METRIC`, the part `train` or `validation`."),
    key("patience", POSITIVE_COUNT, N(20), "Epochs without an improvement before training stops."),
    key("min_delta", Real(Range::NON_NEGATIVE), R(0.0), "An improvement must be larger than this."),
    key("restore_best", Flag, B(true), "End with the parameters of the best epoch."),
];

pub static STOP_WHEN: &[Param] = &[
    key("metric", Text, Required, "`PART.METRIC`, the part `train` or `validation`."),
    key(
        "at_least",
        Real(Range::REAL),
        Absent,
        "Stop at this value or above; exactly one of `at_least` and `at_most`.",
    ),
    key("at_most", Real(Range::REAL), Absent, "Stop at this value or below."),
];

/// Trials that a sweep may have where `limit` is not written.
pub const TRIALS_LIMIT: u64 = 10_000;

pub static SWEEP: &[Param] = &[
    key("method", Member(Family::Sampler), Word("grid"), "How points are chosen from the axes."),
    key("zip", List(&List(&Text)), Absent, "Groups of axes that advance together; all others are crossed."),
    key(
        "exclude",
        List(&Map(&Kind::Any)),
        Absent,
        "Points to leave out: tables of axis and value, all of which must hold.",
    ),
    key(
        "when",
        Map(&Map(&Kind::Any)),
        Absent,
        "Conditions: an axis, and a table of other axes and the value (or list of values) at which it applies; elsewhere its key keeps the value of the file.",
    ),
    key(
        "configurations",
        Count { min: 1, max: 1_000_000 },
        Absent,
        "How many configurations a sampler tries, in each arm where there are several; each is trained once for every seed and fold.",
    ),
    key(
        "seed",
        Count { min: 0, max: i64::MAX as u64 },
        N(0),
        "Names the sampler's random draws; it has nothing to do with `train.seeds`.",
    ),
    key(
        "limit",
        Count { min: 1, max: 1_000_000 },
        N(TRIALS_LIMIT),
        "More trials (points * folds * seeds) than this are refused.",
    ),
    key(
        "stop_hopeless",
        Flag,
        B(false),
        "End a trial early that will not learn: asked after 10, 20, 30, 40, 50, and 60 % of its budget, it was each time no better than the baseline (within 5 % of the way to perfect) on the training and the validation part, and at the fifth or the sixth time its training loss is not below all earlier ones. Of 366 trials that this ended in experiments it had not been made for, none learned with its whole budget (at least 99 %, with 95 % confidence). Such a trial ends as `hopeless`, with the metrics of that moment, and counts as not learned.",
    ),
];

/// Forms of an axis that is not a plain list.
pub static AXIS_LINEAR: &[Param] = &[
    key("from", Real(Range::REAL), Required, "First value."),
    key("to", Real(Range::REAL), Required, "Last value."),
    key("points", Count { min: 2, max: 100_000 }, Required, "Number of values, evenly spaced."),
];
pub static AXIS_LOG: &[Param] = &[
    key("log", List(&Real(Range::POSITIVE)), Required, "First and last value, both above 0."),
    key(
        "points",
        Count { min: 2, max: 100_000 },
        Required,
        "Number of values, evenly spaced in the logarithm, rounded to 6 significant digits.",
    ),
];

/// Domains that a sampler draws from.
pub static AXIS_UNIFORM: &[Param] = &[key(
    "uniform",
    List(&Real(Range::REAL)),
    Required,
    "Least and largest number, drawn evenly; rounded to 6 significant digits.",
)];
pub static AXIS_LOG_UNIFORM: &[Param] = &[key(
    "log_uniform",
    List(&Real(Range::POSITIVE)),
    Required,
    "Least and largest number, both above 0, drawn evenly in the logarithm; rounded to 6 significant digits.",
)];
pub static AXIS_INT: &[Param] = &[key(
    "int",
    List(&Real(Range::closed(-1e15, 1e15))),
    Required,
    "Least and largest whole number, both included, drawn evenly.",
)];

/// Of `[compare]`, and of what is judged without it.
pub const SUCCESS_MARGIN: f64 = 0.1;
pub const CONFIDENCE: f64 = 0.95;

pub static COMPARE: &[Param] = &[
    key("by", Text, Absent, "Axis whose values are the arms; without it, `variant` or the only axis."),
    key(
        "metric",
        Text,
        Absent,
        "Metric that decides: a metric's name or `loss`; without it, `accuracy` for classification and `r2` for regression where the file tells which.",
    ),
    key(
        "tune",
        TEXTS,
        Absent,
        "Axes whose value is chosen per arm on the validation part; the test part is opened once.",
    ),
    key(
        "rope",
        OneOf(&[Real(Range::NON_NEGATIVE), Table(ROPE)]),
        Absent,
        "Half-width of the region of practical equivalence in units of the metric; without it, 0.01 for metrics whose best value is 1, otherwise 5 % of the control's mean.",
    ),
    key(
        "confirm",
        Count { min: 0, max: 100_000 },
        N(0),
        "Fresh seeds, which took no part in the choice, on which the chosen configuration of each arm is trained and compared; 0: on the seeds it was chosen on.",
    ),
    key("control", Text, Absent, "Arm that the others are compared with; without it, every pair."),
    key(
        "success_margin",
        Real(SHARE),
        R(SUCCESS_MARGIN),
        "Share of the way from the baseline (majority class, mean predictor) to perfect that counts as learned.",
    ),
    key("confidence", Real(Range::open(0.5, 1.0)), R(CONFIDENCE), "Confidence of all intervals."),
];

pub static ROPE: &[Param] =
    &[key("relative", Real(Range::NON_NEGATIVE), Required, "Half-width as a share of the control's mean.")];

macro_rules! bounds {
    ($($name:literal, $docs:literal;)*) => {
        &[$(key($name, Real(Range::REAL), Absent, $docs)),*]
    };
}

/// What one line of `[expect]` may demand.
pub static EXPECT: &[Param] = bounds! {
    "mean_min", "The mean over seeds is at least this.";
    "mean_max", "The mean over seeds is at most this.";
    "median_min", "The median over seeds is at least this.";
    "median_max", "The median over seeds is at most this.";
    "lowest_min", "The smallest value of all seeds is at least this.";
    "lowest_max", "The smallest value of all seeds is at most this.";
    "highest_min", "The largest value of all seeds is at least this.";
    "highest_max", "The largest value of all seeds is at most this.";
    "success_rate_min", "The share of seeds that learned is at least this.";
    "success_rate_max", "The share of seeds that learned is at most this.";
};

pub static SUITE: &[Param] = &[
    key(
        "experiments",
        List(&Text),
        Required,
        "Paths of the experiments, relative to this file. Arms of one name are compared over their data sets; samplers over their budget.",
    ),
    key(
        "searches",
        Count { min: 1, max: 1_000 },
        N(1),
        "How often each experiment whose sweep draws is searched, each time with the next `sweep.seed`.",
    ),
];

pub static RECORD: &[Param] = &[
    key(
        "every",
        POSITIVE_COUNT,
        Absent,
        "Record every n-th epoch; without it, chosen so that result files stay small.",
    ),
    key("metrics", TEXTS, Absent, "Metrics to record beside the loss and the task's main metric."),
    key(
        "models",
        Choice(&["none", "chosen", "all"]),
        Absent,
        "Trained networks to keep, in `models/*.safetensors` of the results, for `runner predict` and `runner export`: of the chosen trial of every arm (`chosen`: of the seeds of its selected configuration the median on the part that chooses, of two middle ones the worse, of equals the first), also of every trial (`all`), or, as without it, `none`. Trials that were trained before it was asked for are trained again.",
    ),
];

pub static REPORT: &[Param] = &[
    key("figures", Flag, B(true), "Draw figures."),
    key("notes", Text, Word(""), "Markdown added to the report."),
];

pub static DIAGNOSE: &[Param] = &[key(
    "allow",
    Map(&Text),
    Absent,
    "Codes of rules whose findings are expected, each with the reason: `{ \"rate-scale\" = \"the question is what it does\" }`. They are left out of the page and of the terminal, and stand in `findings.csv` as `allowed`, with the reason. Without it, no finding is expected.",
)];

const fn section(name: &'static str, summary: &'static str, keys: &'static [Param]) -> Section {
    Section { name, summary, keys, member: None, open: None, required: false, swept: false }
}

/// Every section, in the order of the reference.
pub static SECTIONS: &[Section] = &[
    Section { required: true, swept: true, ..section("data", "what is learned from", DATA) },
    Section { required: true, swept: true, ..section("model", "the network", MODEL) },
    Section {
        member: Some(Family::Optimizer),
        swept: true,
        ..section("optimizer", "how the parameters are changed", OPTIMIZER)
    },
    Section { swept: true, ..section("train", "how long, in which order, how often", TRAIN) },
    Section {
        swept: true,
        ..section(
            "fault",
            "mistakes made on purpose, to see what they do; the reported loss stays the true one",
            FAULT,
        )
    },
    Section {
        open: Some(
            "An axis: a dotted key (`\"optimizer.learning_rate\"`) with a list of values, `{ from, to, points }`, `{ log = [a, b], points }`, or, for a sampler, `{ uniform = [a, b] }`, `{ log_uniform = [a, b] }`, `{ int = [a, b] }`.",
        ),
        ..section("sweep", "which keys take several values", SWEEP)
    },
    Section {
        open: Some(
            "A variant's name, with a table of the keys that it overrides. The variants together are the axis `variant`. A variant adds and replaces keys; it cannot remove one. What some variants are to be without (a mistake of `[fault]`, a mask, `early_stop`) is therefore written in the others only, not above. Variants that come to the same are trained once, and named in plan and report.",
        ),
        ..section("variants", "named changes to the file", &[])
    },
    section(
        "compare",
        "which arms are compared, by which metric; without this section the configurations are listed and nothing is compared",
        COMPARE,
    ),
    Section {
        open: Some(
            "`\"ARM.PART.METRIC\"`, or `\"PART.METRIC\"` where there is one configuration, with a table of bounds.",
        ),
        ..section("expect", "what must come out; a run that misses one exits with code 1", &[])
    },
    section("record", "what is written while training", RECORD),
    section("report", "what is told at the end", REPORT),
    section("diagnose", "what rules that judge runs are told beforehand", DIAGNOSE),
    section("suite", "several experiments asked one question, in a file of its own", SUITE),
];

pub fn section_named(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|s| s.name == name)
}
