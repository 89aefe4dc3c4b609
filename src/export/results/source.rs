//! The published tables of a results folder, read row by row with the types of their columns.
//!
//! Every export is made from these files alone, so that it says what they say, in as many digits, and needs no records: a folder
//! that was committed and cloned can be exported. It decides nothing about what is written.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::Fault;
use crate::disk;
use crate::record;
use crate::report::{self, Kind, Published};
use crate::spec::VARIANT;
use crate::text;

/// A results folder that a run or a report has finished.
pub struct Folder {
    path: PathBuf,
    pub(super) published: Published,
    /// SHA-256 of the manifest: of which results an export is.
    pub manifest: String,
}

/// A field, by the kind of its column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    Empty,
    Count(i64),
    Number(f64),
    Flag(bool),
    Text(String),
}

/// The name and the kind of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it is an axis of the experiment, which names itself.
    pub(super) is_axis: bool,
}

/// A table while it is read.
pub(super) struct Rows {
    pub(super) columns: Vec<Column>,
    reader: csv::Reader<Box<dyn Read>>,
    row: csv::StringRecord,
    path: PathBuf,
}

impl Folder {
    /// Reads the manifest. Every table must be as it was written: one that was changed is an error, not exported.
    pub fn open(path: &Path) -> Result<Folder, Fault> {
        let manifest = path.join(record::MANIFEST);
        if !disk::is_file(&manifest) {
            return Err(Fault::NoResults { folder: path.into() });
        }
        let bytes = disk::read(&manifest)?;
        let damaged = |why| Fault::Damaged { path: manifest.clone(), why };
        let published = Published::read(&bytes).map_err(damaged)?;
        let folder = Folder { path: path.into(), published, manifest: disk::sha256(&bytes) };
        for name in folder.tables() {
            let (file, listed) = (path.join(name), folder.published.files.iter().find(|f| f.name == name));
            if !disk::is_file(&file)
                || listed.is_none_or(|f| !disk::digest(&file).is_ok_and(|d| d == f.sha256))
            {
                return Err(Fault::Changed { path: file });
            }
        }
        Ok(folder)
    }

    /// Whether these are results of a suite, whose trials are in the folders of its experiments.
    pub fn is_suite(&self) -> bool {
        self.published.suite.is_some()
    }

    /// Names of the tables that runner knows, as the manifest lists them.
    pub(super) fn tables(&self) -> Vec<&str> {
        let is_known = |name: &&str| report::TABLES.iter().any(|table| table.name == *name);
        self.published.files.iter().map(|f| f.name.as_str()).filter(is_known).collect()
    }

    /// The axis whose values are compared, if any are.
    pub(super) fn compared_by(&self) -> Result<Option<String>, Fault> {
        Ok(report::compared_by(&disk::read(&self.path.join("experiment.toml"))?))
    }

    /// A table from its first row on.
    pub(super) fn rows(&self, name: &str) -> Result<Rows, Fault> {
        let mut rows = self.untyped(name)?;
        if rows.columns.iter().any(|column| column.is_axis) {
            let axes = self.axes()?;
            for column in rows.columns.iter_mut().filter(|column| column.is_axis) {
                let known = axes.iter().find(|axis| axis.name == column.name);
                column.kind = known.map_or(Kind::Text, |axis| axis.kind);
            }
        }
        Ok(rows)
    }

    /// The axes of the experiment. One whose every label is a whole number, written as numbers are, holds counts, one of numbers holds
    /// numbers; all others hold texts, variants always: `01` and `1` are two.
    pub(super) fn axes(&self) -> Result<Vec<Column>, Fault> {
        let mut rows = self.untyped("summary.csv")?;
        // Of each column, whether all labels so far are counts, or numbers.
        let mut seen = vec![(true, true, false); rows.columns.len()];
        while let Some(row) = rows.texts()? {
            for (label, (counts, numbers, any)) in row.iter().zip(&mut seen).filter(|(l, _)| !l.is_empty()) {
                *any = true;
                *counts &= label.parse::<i64>().is_ok_and(|n| n.to_string() == label);
                *numbers &= label.parse::<f64>().is_ok_and(|x| x.is_finite() && text::exact(x) == label);
            }
        }
        let typed = rows.columns.into_iter().zip(seen).filter(|(column, _)| column.is_axis);
        let kind = |seen| match seen {
            (true, _, true) => Kind::Count,
            (_, true, true) => Kind::Number,
            _ => Kind::Text,
        };
        let of = |column: &Column, seen| if column.name == VARIANT { Kind::Text } else { kind(seen) };
        Ok(typed.map(|(column, seen)| Column { kind: of(&column, seen), ..column }).collect())
    }

    /// With axes as texts.
    fn untyped(&self, name: &str) -> Result<Rows, Fault> {
        let path = self.path.join(name);
        let mut reader = csv::Reader::from_reader(disk::reader(&path)?);
        let wrong = |error: csv::Error| Fault::Damaged { path: path.clone(), why: error.to_string() };
        let header: Vec<String> = reader.headers().map_err(wrong)?.iter().map(String::from).collect();
        let kinds = report::kinds(name, &header).unwrap_or_default();
        let is_axis = |column: &str| report::is_axis(name, column);
        let column = |(name, kind): (String, Kind)| Column { is_axis: is_axis(&name), name, kind };
        let columns = header.into_iter().zip(kinds).map(column).collect();
        Ok(Rows { columns, reader, row: csv::StringRecord::new(), path })
    }
}

impl Rows {
    /// The next row as it is written.
    fn texts(&mut self) -> Result<Option<&csv::StringRecord>, Fault> {
        let read = self.reader.read_record(&mut self.row);
        let wrong = |error: csv::Error| Fault::Damaged { path: self.path.clone(), why: error.to_string() };
        Ok(read.map_err(wrong)?.then_some(&self.row))
    }

    /// The next row: one field for each column.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Field>>, Fault> {
        if self.texts()?.is_none() {
            return Ok(None);
        }
        let fields = self.columns.iter().zip(&self.row).map(|(column, text)| self.field(column, text));
        fields.collect::<Result<Vec<Field>, Fault>>().map(Some)
    }

    fn field(&self, column: &Column, text: &str) -> Result<Field, Fault> {
        let field = match column.kind {
            _ if text.is_empty() => Some(Field::Empty),
            Kind::Count => text.parse().ok().map(Field::Count),
            Kind::Number => text.parse().ok().map(Field::Number),
            Kind::Flag => ["no", "yes"].iter().position(|word| *word == text).map(|at| Field::Flag(at == 1)),
            Kind::Word | Kind::Text => Some(Field::Text(text.into())),
        };
        field.ok_or_else(|| {
            let (name, kind) = (&column.name, column.kind.name());
            Fault::Damaged {
                path: self.path.clone(),
                why: format!("`{text}` in column `{name}` is no {kind}"),
            }
        })
    }

    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
