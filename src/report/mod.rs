//! The report: what was trained, told. Results in, files out; tables, figures, and text are data before they are bytes.
//!
//! Everything canonical (`trials.csv`, `summary.csv`, `comparison.csv`, `curves.csv`, `metrics.csv`, `README.md`, `figures/*.svg`)
//! is a pure function of [`Results`], with the same bytes every time. It never trains, loads data, or prints.

use crate::catalog::Entry;
use crate::event::TrialRecord;
use crate::plan::Plan;
use crate::spec::{Experiment, Task};

/// What a report is made of.
#[derive(Clone, Debug)]
pub struct Results<'a> {
    pub experiment: &'a Experiment,
    pub plan: &'a Plan,
    /// Sorted by trial index. Shorter than the plan when the run was interrupted.
    pub records: &'a [TrialRecord],
    /// The entries of the family `metric`: which direction is better.
    pub metrics: Vec<&'static Entry>,
    /// Every data set the plan uses.
    pub data: Vec<DataFacts>,
    /// Column names of [`crate::event::CurvePoint::values`], e.g. `train_loss`, `validation_accuracy`.
    pub curve_columns: Vec<String>,
    /// Recorded every n-th epoch, as `train` chose or the file said.
    pub recorded_every: usize,
}

/// What a reader must know of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct DataFacts {
    /// As written in the experiment.
    pub name: String,
    pub task: Task,
    pub rows: usize,
    pub features: usize,
    /// Class names, label names, or target names.
    pub outputs: Vec<String>,
    /// Rows of the train, validation, and test part of the first seed.
    pub parts: [usize; 3],
    /// Content digest.
    pub digest: String,
    /// SHA-256 of each file, by name written.
    pub files: Vec<(String, String)>,
}

/// A file of the results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Relative, with `/`: `figures/loss.svg`.
    pub name: String,
    pub bytes: Vec<u8>,
}
