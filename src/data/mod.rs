//! Data: sources read into a [`Dataset`], split by seed, prepared for training.
//!
//! Scaling and imputation are fitted on the training part only. It knows neither networks nor results.
//!
//! Reading order: [`load`](load::load), then [`split`](split::split), then [`prepare`](prepare::prepare). The rules a reader of data must know:
//! - **Task**, when `task` is not given. One target column: text, or whole numbers with at most 20 different values and at least two
//!   rows per value on average, is a classification; other numbers are a regression. Several columns: all zeros and ones are labels
//!   (`multi_label`), other numbers a regression.
//! - **Categories.** A feature column holds categories if it is declared in `categorical` or if none of its cells is a number.
//! - **Missing** is an empty cell, `NA`, `NaN`, `null`, or `?`, in any case.
//! - **Order.** Features are in the order of the file, targets in the order of the experiment, classes by name (by value if all are
//!   numbers), rows in the order of the file.
//! - **Sequences.** Where `sequence` names a column, a row of the file is a time step, and a row of the data set is a sequence, in the
//!   order in which the file first names them. Splits, folds, and `limit` count sequences; a class is stratified by the last step. What
//!   is fitted (scaling, gaps, categories, weights) is fitted on the steps that are there, never on padding.

use crate::spec::Task;

mod cell;
mod fault;
mod finish;
mod label_noise;
mod load;
mod matrix;
mod preparation;
mod rows;
mod sequence;
mod targets;
mod typed;
pub mod describe;
pub mod enlarge;
pub mod polynomial;
pub mod prepare;
pub mod scale;
pub mod source;
pub mod split;

pub use describe::{Description, describe, describe_dataset};
pub use fault::{FAULTS_MAX, Faulty};
pub use finish::check;
pub use label_noise::labels;
pub use load::load;
pub use polynomial::monomials;
pub use preparation::{Column, NUMBERS, Preparation, Times};
pub use prepare::{Fitted, prepare};
pub use rows::{Rows, Sequences, read_rows};
pub use split::{Assignment, split};

/// A table in memory, before splitting and scaling. Categorical features are already encoded; missing values are NaN until prepared.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// As written in the experiment (`../datasets/iris.csv`) or the generator's name.
    pub name: String,
    pub task: Task,
    pub feature_names: Vec<String>,
    /// Time steps of a row; 1 where rows are no sequences.
    pub steps: usize,
    /// Time steps that each row has, its last ones: the steps before are padding. Empty where every row has all of them.
    pub lengths: Vec<u32>,
    /// `[rows × steps × features]`, row-major; 0 in padding.
    pub x: Vec<f64>,
    /// Feature ranges that code one categorical column each: several one-hot features, or one ordinal feature.
    pub categorical: Vec<std::ops::Range<usize>>,
    /// The columns that the features are made of, in their order.
    pub columns: Vec<Column>,
    /// The columns that the targets are made of.
    pub target_columns: Vec<String>,
    pub targets: Targets,
    /// Time steps without a target, as `row · steps + step`, ascending; what `targets` has there means nothing. Never the last of a row.
    pub unanswered: Vec<u32>,
    /// `[rows × steps × outputs]` of 0 and 1: which outputs are on; empty where all are.
    pub mask: Vec<f64>,
    /// The part of each row where the source says so (`split = { column = ... }`).
    pub parts: Option<Vec<crate::spec::Part>>,
    /// SHA-256 (hex) of the table's content after reading: names, values, targets. Independent of file format, delimiter, and line ends.
    pub digest: String,
    /// SHA-256 (hex) of each file read, by the name written; empty for generators.
    pub files: Vec<(String, String)>,
    /// Rows left out by `missing = "drop_row"`.
    pub dropped: usize,
    /// What the reader of the experiment should know; warnings only.
    pub remarks: Vec<crate::diagnostic::Diagnostic>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Class index per row and time step (0 in padding); class names in sorted order (numeric order when all are numbers).
    Classes { index: Vec<u32>, names: Vec<String> },
    /// `[rows × steps × outputs]`, row-major.
    Values { values: Vec<f64>, names: Vec<String> },
}

impl Dataset {
    /// Rows, or sequences.
    pub fn rows(&self) -> usize {
        let targets = match &self.targets {
            Targets::Classes { index, .. } => index.len(),
            Targets::Values { values, names } => values.len() / names.len().max(1),
        };
        targets / self.steps
    }

    pub fn features(&self) -> usize {
        self.feature_names.len()
    }

    /// Class names, label names, or target names.
    pub fn output_names(&self) -> &Vec<String> {
        match &self.targets {
            Targets::Classes { names, .. } | Targets::Values { names, .. } => names,
        }
    }

    /// Output units a network needs: classes, labels, or target columns.
    pub fn outputs(&self) -> usize {
        match &self.targets {
            Targets::Classes { names, .. } | Targets::Values { names, .. } => names.len(),
        }
    }
}

/// A data set split and scaled for one seed and fold; shared by all trials that need the same.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub train: Table,
    pub validation: Option<Table>,
    pub test: Option<Table>,
    /// Of one time step.
    pub features: usize,
    pub outputs: usize,
    /// Time steps of a row; 1 where rows are no sequences.
    pub steps: usize,
    /// Targets of a row: 1, or one for every time step.
    pub answers: usize,
    pub task: Task,
    /// `original = scaled · scale + shift` per output; empty when targets are not scaled.
    pub target_shift_scale: Vec<(f64, f64)>,
    /// What all this was fitted to.
    pub fitted: Fitted,
}

/// Rows ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub rows: usize,
    /// `[rows × steps × features]`, scaled; 0 in padding.
    pub x: Vec<f64>,
    /// Time steps that each row has, its last ones; empty where every row has all of them.
    pub lengths: Vec<u32>,
    /// `[rows × answers × outputs]`: one-hot, 0/1 labels, or scaled values. An answer in padding has the target of the first step of its
    /// sequence that is there, so that every loss is defined on it.
    pub y: Vec<f64>,
    /// Class per row and answer; empty unless classification.
    pub class: Vec<u32>,
    /// Weight per row and answer in the loss; empty when all are 1. An answer in padding has weight 0.
    pub weight: Vec<f64>,
    /// `[rows × answers × outputs]` of 0 and 1: which outputs are on; empty where all are. In padding as `y`.
    pub mask: Vec<f64>,
    /// Index of each row in the data set.
    pub source_row: Vec<u32>,
}

/// The entries of the families `source`, `scale`, and `split`.
pub fn entries() -> Vec<&'static crate::catalog::Entry> {
    let sources = source::ALL.iter().map(|g| &g.entry);
    let scales = scale::ALL.iter().map(|s| &s.entry);
    sources.chain(scales).chain(split::ALL.iter().copied()).collect()
}
