//! Rows of a table that a trained network is asked about: read as its data set was, without being one.
//!
//! Columns are found by name, in any order; others are ignored. Targets may be there, and then tell how good the answers are.
//! Where the network saw sequences or masks, rows are made to sequences and have masks here as they had there (`timed`).

use std::collections::BTreeMap;

use super::cell::{self, Cell};
use super::fault::{self, Faults, Faulty};
use super::finish::VALUES_MAX;
use super::preparation::{self, Column, Preparation};
use super::source::csv::{self, Row, Table};
use super::source::file::Named;
use crate::diagnostic::{
    Diagnostic, INFINITE_VALUE, MISSING_COLUMN, MISSING_VALUE, NOT_A_NUMBER, Sources, Span, TOO_LARGE,
    UNKNOWN_CATEGORY,
};
use crate::spec::Task;
use crate::text;

mod timed;

pub use timed::Sequences;
use timed::Steps;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub rows: usize,
    /// Encoded features, `[rows × features]`; NaN where a gap is to be filled.
    pub x: Vec<f64>,
    /// `[rows × target columns]`: class numbers, labels, or values, NaN where there is none; `None` where a column is not there.
    pub targets: Option<Vec<f64>>,
    /// `[rows × outputs]` of 0 and 1: which outputs are on; empty where the network has no mask.
    pub mask: Vec<f64>,
    /// Where rows are time steps.
    pub sequences: Option<Sequences>,
}

/// How a column is read.
struct Reading<'a> {
    /// Its place in the table.
    at: usize,
    column: &'a Column,
    /// Category numbers by name.
    numbers: BTreeMap<&'a str, usize>,
    is_target: bool,
}

/// Reads the rows of a delimited text. `at` is where the file is named; `delimiter` is that of the experiment, where it gives one.
pub fn read_rows(
    written: &str,
    path: &std::path::Path,
    (delimiter, header): (Option<u8>, bool),
    preparation: &Preparation,
    at: &Span,
    sources: &mut Sources,
) -> Faulty<Rows> {
    let (bytes, _) = Named { written, path, sha256: None, at, folder: "the current folder" }.read()?;
    let text = csv::decode(written, &bytes, at, sources)?;
    let table = Table { name: written, text, delimiter: csv::delimiter(delimiter, written), header };
    let names = table.columns(sources)?;
    let classes = (preparation.task == Task::Classification).then(|| preparation.outputs.clone());
    let as_target = |name: &String| Column { name: name.clone(), categories: classes.clone() };
    let targets: Vec<Column> = preparation.targets.iter().map(as_target).collect();
    let features = found(&preparation.columns, false, &names);
    let times =
        preparation.times.iter().flat_map(|times| [Some(&times.sequence), times.time.as_ref()]).flatten();
    let needed = preparation.columns.iter().map(|c| &c.name).chain(times).chain(&preparation.mask);
    let missing: Vec<&String> = needed.filter(|name| !names.contains(name)).collect();
    if let (Some(first), 1, true) = (missing.first(), names.len(), table.other_delimiter().is_some()) {
        return Err(vec![missing_column(first, preparation, &names, &table, at, sources)]);
    }
    if !missing.is_empty() {
        let fault = |name: &String| missing_column(name, preparation, &names, &table, at, sources);
        return Err(missing.into_iter().map(fault).collect());
    }
    let targets = found(&targets, true, &names);
    let targets = if targets.len() == preparation.targets.len() { targets } else { Vec::new() };
    let place = |name: &String| names.iter().position(|n| n == name).unwrap_or_default();
    let masks = preparation.mask.iter().map(place).collect();
    let times = preparation.times.as_ref().map(|t| (place(&t.sequence), t.time.as_ref().map(place)));
    let reader = Reader { table: &table, preparation, names: &names, features, targets, masks, times };
    reader.read(at, sources)
}

/// Those of the columns that are there.
fn found<'a>(columns: &'a [Column], is_target: bool, names: &[String]) -> Vec<Reading<'a>> {
    let reading = |column: &'a Column| {
        let at = names.iter().position(|name| *name == column.name)?;
        let categories = column.categories.iter().flatten().map(String::as_str);
        Some(Reading { at, column, numbers: categories.zip(0..).collect(), is_target })
    };
    columns.iter().filter_map(reading).collect()
}

fn missing_column(
    column: &str,
    preparation: &Preparation,
    names: &[String],
    table: &Table<'_>,
    at: &Span,
    sources: &mut Sources,
) -> Diagnostic {
    let what = match &preparation.times {
        Some(times) if times.sequence == column => "which names the sequence of a row",
        Some(times) if times.time.as_deref() == Some(column) => "which orders the rows of a sequence",
        _ if preparation.mask.iter().any(|name| name == column) => "which says where an output is on",
        _ => "which the network was trained on",
    };
    let title = format!("there is no column `{column}`, {what}");
    let fault = Diagnostic::error(&MISSING_COLUMN, title);
    let fault = match table.header_line(sources) {
        Some(place) => fault.at(&place, "the columns are named here"),
        None => fault.at(at, "read without a header, as the experiment's data"),
    };
    let fault = match text::did_you_mean(column, names.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean `{near}`? Rename it in the header")),
        None => fault,
    };
    match table.other_delimiter() {
        Some(other) if names.len() == 1 => {
            fault.help(format!("its delimiter seems to be {other}, and that of the experiment's data is another: write it as those"))
        }
        _ => fault.note(format!("the columns are {}", fault::list(names))),
    }
}

struct Reader<'a> {
    table: &'a Table<'a>,
    preparation: &'a Preparation,
    names: &'a [String],
    features: Vec<Reading<'a>>,
    targets: Vec<Reading<'a>>,
    /// Columns of the masks, in the order of the outputs.
    masks: Vec<usize>,
    /// Columns of the sequences, and of times where there are any.
    times: Option<(usize, Option<usize>)>,
}

impl Reader<'_> {
    fn read(&self, at: &Span, sources: &mut Sources) -> Faulty<Rows> {
        let (mut x, mut y, mut mask, mut rows) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut faults = Faults::default();
        let mut steps = Steps::default();
        let most = (VALUES_MAX / self.preparation.inputs().max(1) as u128).max(1);
        let mut is_too_large = false;
        self.table.rows(self.names.len(), &mut faults, sources, |row, faults, sources| {
            rows += 1;
            self.step(row, &mut steps, faults, sources);
            is_too_large = rows as u128 > most;
            for reading in &self.features {
                let value = self.value(row, reading, faults, sources);
                let categories = reading.column.categories.as_ref().map(Vec::len);
                preparation::encode(&mut x, value, categories, self.preparation.encoding);
            }
            let from = y.len();
            y.extend(self.targets.iter().map(|t| self.value(row, t, faults, sources)));
            self.mask(row, &y[from..], &mut mask, faults, sources);
            !is_too_large
        });
        if is_too_large {
            let most = text::grouped(u64::try_from(most).unwrap_or(u64::MAX));
            let title = format!("`{}` has more than {most} rows", self.table.name);
            return fault::one(&TOO_LARGE, title, at, "more than are held in memory at once: ask in parts");
        }
        faults.finish()?;
        let sequences = self.times.map(|times| self.sequences(steps, times, at, sources)).transpose()?;
        Ok(Rows { rows, x, targets: (!self.targets.is_empty()).then_some(y), mask, sequences })
    }

    /// A cell as a number, or NaN for a gap; one that is neither is a fault.
    fn value(&self, row: &Row<'_>, reading: &Reading<'_>, faults: &mut Faults, sources: &mut Sources) -> f64 {
        let cell = row.cell(reading.at);
        let is_category = reading.column.categories.is_some();
        match cell::read(cell) {
            Cell::Missing => {
                let is_filled = reading.is_target || !self.preparation.fitted.fills.is_empty();
                if !is_filled {
                    faults.push_cell(&MISSING_VALUE, reading.at, row.number, || {
                        self.missing(row, reading.at, sources).help(
                            "fill it, leave the row out, or train with `[data] missing = \"mean\"` or `\"median\"`, which fills gaps here too",
                        )
                    });
                }
                f64::NAN
            }
            Cell::Number(value) if !is_category => value,
            Cell::Infinite | Cell::Text(_) if !is_category => {
                let code = if cell::read(cell) == Cell::Infinite { &INFINITE_VALUE } else { &NOT_A_NUMBER };
                faults.push_cell(code, reading.at, row.number, || self.no_number(row, reading.at, sources));
                f64::NAN
            }
            _ => match reading.numbers.get(cell::category(cell).as_ref()) {
                Some(number) => *number as f64,
                None => {
                    faults.push(|| self.unknown(row, reading, cell, sources));
                    f64::NAN
                }
            },
        }
    }

    fn at(
        &self,
        fault: Diagnostic,
        row: &Row<'_>,
        at: usize,
        label: &str,
        sources: &mut Sources,
    ) -> Diagnostic {
        match self.table.place(row.start, at, sources) {
            Some(place) => fault.at(&place, label),
            None => fault.note(format!("in line {} of `{}`", self.table.line(row.start), self.table.name)),
        }
    }

    fn missing(&self, row: &Row<'_>, at: usize, sources: &mut Sources) -> Diagnostic {
        let title = format!("row {}, column `{}`: the value is missing", row.number, self.names[at]);
        let fault = Diagnostic::error(&MISSING_VALUE, title);
        self.at(fault, row, at, "a value is needed", sources)
    }

    fn no_number(&self, row: &Row<'_>, at: usize, sources: &mut Sources) -> Diagnostic {
        let (name, cell) = (&self.names[at], row.cell(at));
        let shown = fault::cut(cell);
        let is_infinite = cell::read(cell) == Cell::Infinite;
        let (code, what) = match is_infinite {
            true => (&INFINITE_VALUE, "is not finite"),
            false => (&NOT_A_NUMBER, "is not a number"),
        };
        let title = format!("row {}, column `{name}`: `{shown}` {what}", row.number);
        let fault = self.at(Diagnostic::error(code, title), row, at, "a finite number", sources);
        match cell::hint(cell) {
            Some(hint) => fault.help(hint),
            None => fault,
        }
    }

    fn unknown(&self, row: &Row<'_>, reading: &Reading<'_>, cell: &str, sources: &mut Sources) -> Diagnostic {
        let (name, shown) = (&reading.column.name, fault::cut(cell));
        let what = if reading.is_target { "class" } else { "category" };
        let title =
            format!("row {}, column `{name}`: `{shown}` is no {what} that the network knows", row.number);
        let fault = Diagnostic::error(&UNKNOWN_CATEGORY, title);
        let fault = self.at(fault, row, reading.at, "not in the data it was trained on", sources);
        let known: Vec<String> = reading.column.categories.iter().flatten().cloned().collect();
        let fault = match text::did_you_mean(cell, known.iter().map(String::as_str)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        };
        let fault = match reading.is_target {
            true => fault.help("leave the target's column out, or its cell empty: then it is not compared"),
            false => fault.help("leave the row out, or train again with rows of it"),
        };
        fault.note(format!("known are {}", fault::list(&known)))
    }
}
