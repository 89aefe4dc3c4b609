//! What a data file holds, told before anyone trains on it: types, ranges, gaps, classes, repetitions, and a `[data]` section to start from.
//!
//! It reads every supported format, recognised by content, and asks for no target. It judges nothing: what is unusual is only named.

use std::path::Path;

use serde::Serialize;

use crate::data::cell::{self, Cell};
use crate::data::fault::{Faults, Faulty};
use crate::data::source::csv::{self, Table};
use crate::data::source::file::{Array, Named};
use crate::data::source::{idx, npy};
use crate::data::{Dataset, Targets};
use crate::diagnostic::{Sources, Span};
use crate::disk;

mod collect;
mod sequences;
mod text;

use collect::Collector;

/// Facts of a data file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// As named.
    pub name: String,
    /// `csv`, `idx`, `npy`, `npz`, `generator`, or `loaded`.
    pub format: &'static str,
    pub sha256: String,
    pub rows: usize,
    pub columns: Vec<ColumnFacts>,
    /// The column that looks like the target: one with a telling name, else the last.
    pub target: Option<String>,
    /// Rows of each class, if the target looks like classes.
    pub classes: Vec<ClassFacts>,
    /// Where rows look like time steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<SequenceFacts>,
    pub duplicates: Duplicates,
    /// Columns with a single value.
    pub constant: Vec<String>,
    /// Widest range of a feature divided by the narrowest; `None` with fewer than two that vary.
    pub spread: Option<f64>,
    /// A `[data]` section to start from.
    pub suggestion: String,
}

/// Facts of a column. Numbers are over the cells that are finite numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnFacts {
    pub name: String,
    pub kind: ColumnKind,
    pub missing: usize,
    pub infinite: usize,
    /// Different values; `None` when there are more than [`DISTINCT_MAX`].
    pub distinct: Option<usize>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub mean: Option<f64>,
    /// Standard deviation, divided by n.
    pub sd: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Number,
    WholeNumber,
    Text,
    /// Numbers and text: a fault when loaded, unless declared categorical.
    Mixed,
    Empty,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFacts {
    pub name: String,
    pub rows: usize,
}

/// Sequences that the rows make up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SequenceFacts {
    /// The column whose telling name and repeated values say so; `None` for a data set in memory.
    pub column: Option<String>,
    /// A column of numbers with a telling name that orders the rows of every sequence.
    pub time: Option<String>,
    pub count: usize,
    /// Steps of the shortest and of the longest.
    pub shortest: usize,
    pub longest: usize,
}

/// Rows that are equal to an earlier one in every column; of sequences, those that are equal in every step but for their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Duplicates {
    pub count: usize,
    /// The first few, as `(row, earlier row)`, from 1.
    pub examples: Vec<(usize, usize)>,
}

/// Most different values that are told apart in a column.
pub const DISTINCT_MAX: usize = 1000;
/// Range ratio above which features should be scaled.
pub const SPREAD_MAX: f64 = 100.0;

/// Describes the file at `path`; `at` is where it was named. Labels of an IDX file are found beside it by MNIST's naming.
pub fn describe(written: &str, path: &Path, at: &Span, sources: &mut Sources) -> Faulty<Description> {
    let file = Named { written, path, sha256: None, at, folder: "the current folder" };
    let (bytes, sha256) = file.read()?;
    let gzip = bytes.starts_with(&[0x1f, 0x8b]);
    if bytes.starts_with(b"\x93NUMPY") {
        let array = npy::read(&file, usize::MAX)?;
        return Ok(numeric(written, "npy", sha256, array, None));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let mut both = npy::read_npz(&file, &[&["x", "X"], &["y", "Y"]], usize::MAX)?.into_iter().flatten();
        return match both.next() {
            Some(x) => Ok(numeric(written, "npz", sha256, x, both.next())),
            None => file.damaged("holds no array", "an array `x`"),
        };
    }
    if gzip || bytes.starts_with(&[0, 0]) {
        let x = idx::read(&file, usize::MAX)?;
        return Ok(numeric(written, "idx", sha256, x, labels(&file)));
    }
    let text = csv::decode(written, &bytes, at, sources)?;
    delimited(written, text, sha256, sources)
}

/// Describes a data set in memory, such as a generator's: its features as encoded, and its targets behind them.
///
/// `format` is `generator`, or `loaded` for a data set that came from files; `sha256` is the digest of the content.
pub fn describe_dataset(dataset: &Dataset) -> Description {
    let targets: Vec<String> = match &dataset.targets {
        Targets::Classes { .. } => vec!["class".into()],
        Targets::Values { names, .. } => names.clone(),
    };
    let (width, outputs) = (dataset.features(), targets.len());
    let mut collector = Collector::new(dataset.feature_names.iter().cloned().chain(targets).collect());
    let place = |place: usize| -> Vec<Cell<'_>> {
        let features = dataset.x[place * width..(place + 1) * width].iter().copied().map(number);
        match &dataset.targets {
            Targets::Classes { index, names } => {
                features.chain([cell::read(&names[index[place] as usize])]).collect()
            }
            Targets::Values { values, .. } => {
                let values = values[place * outputs..(place + 1) * outputs].iter().copied();
                features.chain(values.map(number)).collect()
            }
        }
    };
    for row in 0..dataset.rows() {
        let length = dataset.lengths.get(row).map_or(dataset.steps, |n| *n as usize);
        let end = (row + 1) * dataset.steps;
        match dataset.steps {
            1 => collector.row(&place(row)),
            _ => collector.sequence((end - length..end).map(place)),
        }
    }
    let format = if dataset.files.is_empty() { "generator" } else { "loaded" };
    collector.finish(&dataset.name, format, dataset.digest.clone(), None)
}

fn number<'a>(value: f64) -> Cell<'a> {
    match value {
        v if v.is_nan() => Cell::Missing,
        v if v.is_infinite() => Cell::Infinite,
        v => Cell::Number(v),
    }
}

/// `train-images-idx3-ubyte` goes with `train-labels-idx1-ubyte`.
fn labels(images: &Named<'_>) -> Option<Array> {
    let name = images.path.file_name()?.to_string_lossy().into_owned();
    let path = images.path.with_file_name(name.replace("images-idx3", "labels-idx1"));
    if path == images.path || !disk::is_file(&path) {
        return None;
    }
    idx::read(&Named { path: &path, ..*images }, usize::MAX).ok()
}

fn delimited(written: &str, text: &str, sha256: String, sources: &mut Sources) -> Faulty<Description> {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let usual = csv::delimiter(None, written);
    let count = |d: &u8| first.bytes().filter(|b| b == d).count();
    // The usual delimiter comes last, so that it wins a tie.
    let delimiter = [b'|', b'\t', b';', b',', usual].into_iter().max_by_key(count).unwrap_or(usual);
    let numeric = |cell: &str| matches!(cell::read(cell.trim().trim_matches('"')), Cell::Number(_));
    let header = !first.split(char::from(delimiter)).any(numeric);
    let table = Table { name: written, text, delimiter, header };
    let columns = table.columns(sources)?;
    let mut collector = Collector::of_table(columns.clone());
    let mut faults = Faults::default();
    table.rows(columns.len(), &mut faults, sources, |row, _, _| {
        collector.row(&row.cells().map(cell::read).collect::<Vec<_>>());
        true
    });
    faults.finish()?;
    let options = text::CsvOptions { delimiter: (delimiter != usual).then_some(delimiter), header };
    Ok(collector.finish(written, "csv", sha256, Some(options)))
}

fn numeric(written: &str, format: &'static str, sha256: String, x: Array, y: Option<Array>) -> Description {
    let width: usize = x.shape[1..].iter().product();
    let image = x.shape.len() > 2;
    let name = |c: usize| if image { format!("pixel_{c}") } else { format!("column_{}", c + 1) };
    let rows = x.shape[0];
    let y = y.filter(|y| y.values.len() == rows);
    let names = (0..width).map(name).chain(y.iter().map(|_| "target".to_string()));
    let mut collector = Collector::new(names.collect());
    if width > 0 {
        for (row, values) in x.values.chunks_exact(width).enumerate() {
            let target = y.as_ref().map(|y| y.values[row]);
            collector.row(&values.iter().copied().chain(target).map(number).collect::<Vec<_>>());
        }
    }
    collector.finish(written, format, sha256, None)
}
