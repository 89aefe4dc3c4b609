//! The report: what was trained, told. Results in, files out; tables, figures, and text are data before they are bytes.
//!
//! Everything canonical (`trials.csv`, `summary.csv`, `comparison.csv`, `curves.csv`, `metrics.csv`, `findings.csv`, `README.md`, `figures/*.svg`, and
//! where they apply `budget.csv`, `datasets.csv`, `over_datasets.csv`) is a pure function of [`Results`], with the same bytes every time. It never trains, loads data, or prints.

use std::io;

use crate::catalog::Entry;
use crate::diagnose::{Evidence, Finding, Rule};
use crate::event::{Traits, TrialRecord};
use crate::plan::Plan;
use crate::spec::{Experiment, Task};

mod against;
mod budget;
mod caveats;
mod cliff;
mod comparison;
mod confusion;
mod curves;
mod datasets;
mod distribution;
mod endings;
mod expect;
mod figures;
mod findings;
mod gain;
mod glance;
mod html;
mod index;
mod json;
mod manifest;
mod method;
mod page;
mod published;
mod schema;
mod search;
mod selection;
mod sentences;
mod suite;
mod svg;
mod tables;
mod terminal;
mod troubles;
mod view;
mod write;

pub use against::{Against, Side, against};
pub use datasets::{ArmOnSet, Judgement, OverSets, judgement, measured};
pub use expect::ExpectationResult;
pub use gain::{Gain, Judge, Shown, Twice, gain};
pub use glance::{ArmGlance, FailedTrial, Glance, MeanCurve, glance, mean_curves, palette};
pub use index::{Indexed, MARK as INDEX_MARK, index};
pub use manifest::{Digested, FORMAT_VERSION, Facts, manifest};
pub use published::{Published, PublishedData, PublishedExperiment, PublishedFile, Told, compared_by};
pub use schema::{Kind, TABLES, TableSchema, is_axis, kinds, mean_of, part_and_metric};
pub use search::{Progress, Searches, progress};
pub use suite::{MemberResult, SuiteReport};
pub use view::label;

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
    /// Which of them each configuration of the plan reads.
    pub data_of: Vec<usize>,
    /// Column names of [`crate::event::CurvePoint::values`], e.g. `train_loss`, `validation_accuracy`.
    pub curve_columns: Vec<String>,
    /// What rules say of a trial: [`crate::diagnose::findings`].
    pub judge: fn(&Evidence<'_>) -> Vec<Finding>,
}

/// Rules about what no single trial shows.
pub static RULES: &[&Rule] = &[&cliff::THIS];

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
    /// What was measured of it; of data that no trial of the plan reads, nothing.
    pub traits: Traits,
}

/// A file of the results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Relative, with `/`: `figures/loss.svg`.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Writes the bytes of a file, a large table row by row.
pub struct Writing<'a>(Content<'a>);

enum Content<'a> {
    Bytes(Vec<u8>),
    Rows(tables::Table<'a>),
}

impl Writing<'_> {
    pub fn to(self, mut out: &mut dyn io::Write) -> io::Result<()> {
        match self.0 {
            Content::Bytes(bytes) => out.write_all(&bytes),
            Content::Rows(table) => write::csv::write_to(table, &mut out),
        }
    }
}

/// The canonical files but the manifest, in memory.
pub fn build(results: &Results<'_>) -> Vec<File> {
    let mut files = Vec::new();
    let put = |name: &str, writing: Writing<'_>| -> io::Result<()> {
        let mut bytes = Vec::new();
        writing.to(&mut bytes)?;
        files.push(file(name, bytes));
        Ok(())
    };
    each_file(results, put).expect("a vector takes every byte");
    files
}

/// The page for a browser. It says what `README.md` and the tables say, is large, and is made again in a moment: so it is in no
/// manifest and not committed.
pub const HTML: &str = "report.html";

/// Gives the canonical files but the manifest to `put`: a pure function of the results, whatever the order of the records.
/// What grows with the trials is made while it is written.
pub fn each_file<E>(
    results: &Results<'_>,
    mut put: impl FnMut(&str, Writing<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let view = view::View::new(results);
    let selection = selection::select(&view);
    let pairs = comparison::compare(&view, &selection);
    let over = datasets::of(&view, &selection);
    let budgets = budget::budgets(&view, &selection);
    let findings = findings::Findings::of(&view, &selection);
    let distribution = distribution::of(&view, &selection);
    let mut figures = Vec::new();
    if results.experiment.report.figures {
        figures = figures::figures(&view, &selection);
        figures.extend(budget::figure(&view, &selection, &budgets));
    }
    let page = page::Page {
        view: &view,
        selection: &selection,
        pairs: &pairs,
        over: over.as_ref(),
        budgets: &budgets,
        findings: &findings,
        figures: &figures,
        distribution: distribution.as_ref(),
        expectations: &expect::expectations(&view, &selection),
    };
    let mut bytes = |name: &str, bytes: Vec<u8>| put(name, Writing(Content::Bytes(bytes)));
    bytes("README.md", page::write(&page).into_bytes())?;
    let html = html::write(&page);
    bytes(&html.name, html.bytes)?;
    bytes("experiment.toml", results.experiment.resolved.clone().into_bytes())?;
    let mut table = |name: &str, table: tables::Table<'_>| put(name, Writing(Content::Rows(table)));
    table("trials.csv", tables::trials(&view, &selection))?;
    table("summary.csv", tables::summary(&view, &selection))?;
    table("curves.csv", tables::curves(&view, &selection))?;
    table("metrics.csv", tables::metrics(&view, &selection))?;
    table("findings.csv", findings::table(&view, &findings))?;
    if results.experiment.compare.is_some() {
        table("comparison.csv", tables::comparison(&view, &selection, &pairs))?;
    }
    if !budgets.is_empty() {
        table("budget.csv", budget::table(&view, &selection, &budgets))?;
    }
    let mut small: Vec<File> =
        over.iter().flat_map(|over| over.files(results.experiment.report.figures)).collect();
    small.extend(distribution.and_then(|distribution| distribution.file()));
    small.extend(figures.iter().map(|f| file(&format!("figures/{}.svg", f.name), svg::draw(f))));
    small.into_iter().try_for_each(|f| put(&f.name, Writing(Content::Bytes(f.bytes))))
}

/// What a run prints at its end, at most `width` columns wide where words allow it (never below 40).
pub fn terminal(results: &Results<'_>, width: usize) -> String {
    let view = view::View::new(results);
    let selection = selection::select(&view);
    let pairs = comparison::compare(&view, &selection);
    let over = datasets::of(&view, &selection);
    let expectations = expect::expectations(&view, &selection);
    terminal::write(&view, &selection, &pairs, over.as_ref(), &expectations, width)
}

/// What the results say in sentences, the verdict first: those in bold on the page.
pub fn statements(results: &Results<'_>) -> Vec<String> {
    let view = view::View::new(results);
    let selection = selection::select(&view);
    let pairs = comparison::compare(&view, &selection);
    page::statements(&view, &selection, &pairs, datasets::of(&view, &selection).as_ref())
}

/// Every bound of `[expect]`, in the order of the file. On the selected configuration of each arm.
pub fn expectations(results: &Results<'_>) -> Vec<ExpectationResult> {
    let view = view::View::new(results);
    expect::expectations(&view, &selection::select(&view))
}

/// The trial that stands for an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The arm as tables name it.
    pub arm: String,
    /// Index in the plan: of the selected configuration the trial whose score on the part that chooses is the median. `None` where
    /// all of them failed.
    pub trial: Option<usize>,
}

/// One for each arm, in the order of the tables.
pub fn chosen(results: &Results<'_>) -> Vec<Chosen> {
    let view = view::View::new(results);
    let arms = selection::select(&view).arms;
    let chosen =
        |arm: selection::Arm| Chosen { arm: arm.name(), trial: selection::typical(&view, arm.selected) };
    arms.into_iter().map(chosen).collect()
}

/// The part and the metric that choose.
pub fn chosen_by(results: &Results<'_>) -> (String, String) {
    let view = view::View::new(results);
    (view.chooses.name().to_string(), view.metric)
}

/// For `--format json`.
pub fn json(results: &Results<'_>) -> serde_json::Value {
    let view = view::View::new(results);
    let selection = selection::select(&view);
    let pairs = comparison::compare(&view, &selection);
    let over = datasets::of(&view, &selection);
    json::write(&view, &selection, &pairs, over.as_ref(), &expect::expectations(&view, &selection))
}

/// `timings.csv`: the only file with wall-clock values, and not part of the manifest.
pub fn timings(results: &Results<'_>, mut out: &mut dyn io::Write) -> io::Result<()> {
    write::csv::write_to(tables::timings(&view::View::new(results)), &mut out)
}

fn file(name: &str, bytes: Vec<u8>) -> File {
    File { name: name.into(), bytes }
}
