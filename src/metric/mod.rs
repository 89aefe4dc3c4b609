//! Metrics with the definitions of scikit-learn 1.9.1, as pure functions on slices.
//!
//! One file per member or closely bound group; what members share stands in `counts` and `probability`.
//! Every sum runs in the order of the rows, so that equal input gives equal bits. What several members need of the same outputs
//! ([`Reading`]) is made once.
//! The training loss is no metric: it belongs to the pairing and comes from `nn`. Nothing here knows networks or parts.

use crate::catalog::{Entry, Facts, Family, TaskKind};
use crate::spec::Task;

pub mod accuracy;
pub mod auroc;
pub mod balanced_accuracy;
pub mod brier;
mod counts;
pub mod expected_calibration_error;
pub mod explained_variance;
pub mod f1;
pub mod log_loss;
pub mod mae;
pub mod mape;
pub mod mse;
pub mod precision;
mod probability;
pub mod r2;
mod reading;
pub mod recall;
pub mod rmse;
pub mod top;

pub use counts::{ClassScores, confusion, per_class, predicted_class};
pub use reading::Reading;

/// What a network said about some rows, and what was right.
///
/// Which form the targets have follows from the fields: `class` filled is classification; `class` empty is regression for
/// regression metrics and multi-label for classification metrics (a label is predicted where its output is above 0.5).
#[derive(Clone, Copy, Debug)]
pub struct Scores<'a> {
    /// Number of rows, `N`.
    pub rows: usize,
    /// Values per row, `K`: classes, labels, or targets.
    pub outputs: usize,
    /// `[N, K]`, row-major, after the output activation; in the units of the data for regression.
    pub output: &'a [f64],
    /// `[N, K]`, row-major: one-hot, 0/1 labels, or values in the units of the data.
    pub target: &'a [f64],
    /// `[N]`, index of the true class, below `K`; empty unless classification.
    pub class: &'a [u32],
}

impl Scores<'_> {
    /// Whether there is one true class per row.
    fn has_classes(&self) -> bool {
        !self.class.is_empty()
    }

    fn output_row(&self, row: usize) -> &[f64] {
        &self.output[row * self.outputs..][..self.outputs]
    }

    fn target_row(&self, row: usize) -> &[f64] {
        &self.target[row * self.outputs..][..self.outputs]
    }

    /// Pairs (target, output) of one output, in the order of the rows.
    fn column(&self, output: usize) -> impl ExactSizeIterator<Item = (f64, f64)> + Clone {
        let at = move |row: usize| row * self.outputs + output;
        (0..self.rows).map(move |row| (self.target[at(row)], self.output[at(row)]))
    }

    /// The mean over rows of `value(target, output)` for one output.
    fn mean(&self, output: usize, value: fn(f64, f64) -> f64) -> f64 {
        self.column(output).map(|(t, o)| value(t, o)).sum::<f64>() / self.rows as f64
    }

    /// The mean over outputs of a value per output (scikit-learn's `multioutput="uniform_average"`). NaN without rows.
    fn uniform_average(&self, value: impl Fn(usize) -> f64) -> f64 {
        if self.rows == 0 {
            return f64::NAN;
        }
        (0..self.outputs).map(value).sum::<f64>() / self.outputs as f64
    }
}

/// A member of the family.
#[derive(Debug)]
pub struct Metric {
    pub entry: Entry,
    of: fn(&Reading<'_>) -> f64,
}

/// Members are equal if they are the same member.
impl PartialEq for Metric {
    fn eq(&self, other: &Metric) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Metric {
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    pub fn higher_is_better(&self) -> bool {
        matches!(self.entry.facts, Facts::Metric { higher_is_better: true, .. })
    }

    /// The value over all rows. NaN where it is undefined: no rows, or as the entry's documentation says.
    /// Never panics on NaN or infinite outputs. Where several members are asked of the same scores, share a [`Reading`].
    pub fn compute(&self, scores: &Scores<'_>) -> f64 {
        self.read(&Reading::new(*scores))
    }

    pub fn read(&self, reading: &Reading<'_>) -> f64 {
        (self.of)(reading)
    }

    /// Whether it is defined for a task.
    pub fn fits(&self, task: Task) -> bool {
        let kind = match task {
            Task::Classification | Task::MultiLabel => TaskKind::Classification,
            Task::Regression => TaskKind::Regression,
        };
        matches!(self.entry.facts, Facts::Metric { task, .. } if task == kind)
            && !(task == Task::MultiLabel && ONE_CLASS_PER_ROW.contains(&self.name()))
    }
}

/// All members, in the order in which results list them.
pub static ALL: &[&Metric] = &[
    &accuracy::THIS,
    &balanced_accuracy::THIS,
    &top::TOP_2,
    &top::TOP_3,
    &top::TOP_5,
    &precision::MACRO,
    &precision::MICRO,
    &precision::WEIGHTED,
    &recall::MACRO,
    &recall::MICRO,
    &recall::WEIGHTED,
    &f1::MACRO,
    &f1::MICRO,
    &f1::WEIGHTED,
    &log_loss::THIS,
    &brier::THIS,
    &expected_calibration_error::THIS,
    &auroc::THIS,
    &mse::THIS,
    &rmse::THIS,
    &mae::THIS,
    &r2::THIS,
    &explained_variance::THIS,
    &mape::THIS,
];

/// Members that are not defined for several labels per row.
static ONE_CLASS_PER_ROW: &[&str] = &[
    "balanced_accuracy",
    "top_2_accuracy",
    "top_3_accuracy",
    "top_5_accuracy",
    "log_loss",
    "brier",
    "expected_calibration_error",
];

pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().copied().find(|m| m.name() == name)
}

/// The members defined for a task, in the order of [`ALL`].
pub fn for_task(task: Task) -> Vec<&'static Metric> {
    ALL.iter().copied().filter(|m| m.fits(task)).collect()
}

/// What a task is judged by when the experiment does not say: `accuracy`, or `r2` for regression.
pub fn main_metric(task: Task) -> &'static Metric {
    match task {
        Task::Classification | Task::MultiLabel => &accuracy::THIS,
        Task::Regression => &r2::THIS,
    }
}

/// The entries of the family `metric`.
pub fn entries() -> Vec<&'static Entry> {
    ALL.iter().map(|m| &m.entry).collect()
}

/// `Σ (v - mean)²`. Exactly 0 when all values are equal, which the rounded mean alone would not guarantee.
fn squares_about_mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let Some(first) = values.clone().next() else {
        return f64::NAN;
    };
    if first.is_finite() && values.clone().all(|v| v == first) {
        return 0.0;
    }
    let count = values.clone().count();
    let mean = values.clone().sum::<f64>() / count as f64;
    values.map(|v| (v - mean) * (v - mean)).sum()
}

/// `1 - left / total`; where nothing varies, 1 if nothing is left, else 0 (scikit-learn's `force_finite`).
fn explained(left: f64, total: f64) -> f64 {
    match (left, total) {
        (left, total) if left.is_nan() || total != 0.0 => 1.0 - left / total,
        (0.0, _) => 1.0,
        _ => 0.0,
    }
}

// Facts of the four kinds of metric.
const CLASS_SCORE: Facts =
    Facts::Metric { task: TaskKind::Classification, higher_is_better: true, perfect: 1.0 };
const CLASS_COST: Facts =
    Facts::Metric { task: TaskKind::Classification, higher_is_better: false, perfect: 0.0 };
const VALUE_SCORE: Facts = Facts::Metric { task: TaskKind::Regression, higher_is_better: true, perfect: 1.0 };
const VALUE_COST: Facts = Facts::Metric { task: TaskKind::Regression, higher_is_better: false, perfect: 0.0 };

/// An entry of this family; metrics have no parameters.
const fn entry(name: &'static str, summary: &'static str, docs: &'static str, facts: Facts) -> Entry {
    Entry { name, family: Family::Metric, summary, docs, params: &[], facts }
}
