//! A description as text for people, and the `[data]` section it suggests.
//!
//! It prints nothing.

use std::fmt::Write as _;

use super::{ColumnFacts, ColumnKind, Description, SPREAD_MAX};
use crate::data::fault::{cut, list};
use crate::text;

/// Columns and classes that are shown one by one.
const SHOWN: usize = 40;

/// What was found out about the form of a text file.
#[derive(Clone, Copy, Debug)]
pub(super) struct CsvOptions {
    /// Where it is not the usual one.
    pub(super) delimiter: Option<u8>,
    pub(super) header: bool,
}

impl Description {
    /// Plain text of at most about 110 columns, ending with a newline.
    pub fn to_text(&self) -> String {
        let mut out = format!(
            "{} ({}): {}, {}\n",
            self.name,
            self.format,
            text::count(self.rows, "row"),
            text::count(self.columns.len(), "column")
        );
        let _ = writeln!(out, "sha256 {}\n", self.sha256);
        out.push_str(&self.table());
        out.push('\n');
        for line in self.remarks() {
            let _ = writeln!(out, "{line}");
        }
        let _ = write!(
            out,
            "\nA section to start from; in an experiment, `source` is relative to the folder of the experiment:\n\n{}",
            self.suggestion
        );
        out
    }

    fn table(&self) -> String {
        let header = ["column", "type", "min", "max", "mean", "sd", "missing", "distinct"].map(String::from);
        let mut rows = vec![header];
        rows.extend(self.columns.iter().take(SHOWN).map(row));
        let widths: Vec<usize> =
            (0..8).map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0)).collect();
        let mut out = String::new();
        for row in &rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width - cell.chars().count());
                // Names and types to the left, numbers to the right.
                let _ =
                    if column < 2 { write!(line, "{cell}{pad}  ") } else { write!(line, "{pad}{cell}  ") };
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        if self.columns.len() > SHOWN {
            let _ =
                writeln!(out, "... and {} more columns", text::grouped((self.columns.len() - SHOWN) as u64));
        }
        out
    }

    fn remarks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(sequences) = &self.sequences {
            let steps = match (sequences.shortest, sequences.longest) {
                (a, b) if a == b => text::count(a, "step"),
                (a, b) => format!("{} to {} steps", text::grouped(a as u64), text::grouped(b as u64)),
            };
            let by = sequences.column.as_ref().map_or(String::new(), |c| format!(" by `{}`", cut(c)));
            let time =
                sequences.time.as_ref().map_or(String::new(), |t| format!(", in the order of `{}`", cut(t)));
            lines.push(format!("{}{by} of {steps}{time}", text::count(sequences.count, "sequence")));
        }
        if !self.classes.is_empty() {
            let share = |n: usize| text::significant(100.0 * n as f64 / self.rows.max(1) as f64, 3);
            let shown: Vec<String> = (self.classes.iter().take(SHOWN))
                .map(|c| format!("{} {} ({} %)", cut(&c.name), text::grouped(c.rows as u64), share(c.rows)))
                .collect();
            let target = self.target.as_deref().unwrap_or_default();
            let classes = text::count(self.classes.len(), "class");
            lines.push(format!("target `{target}`: {classes}: {}", shown.join(", ")));
        }
        let mixed: Vec<String> =
            self.columns.iter().filter(|c| c.kind == ColumnKind::Mixed).map(|c| c.name.clone()).collect();
        if !mixed.is_empty() {
            lines.push(format!("text among numbers, a fault unless declared categorical: {}", list(&mixed)));
        }
        let missing: usize = self.columns.iter().map(|c| c.missing).sum();
        if missing > 0 {
            lines.push(format!("{}: choose a policy with `missing`", text::count(missing, "missing value")));
        }
        let unit = if self.sequences.is_some() { "sequence" } else { "row" };
        match (self.duplicates.count, self.duplicates.examples.first()) {
            (0, _) | (_, None) => lines.push(format!("no {unit} occurs twice")),
            (n, Some((row, first))) => lines.push(format!(
                "{} an earlier {unit} in every column (the first: {unit} {row} equals {unit} {first}); \
                 copies may fall into both the training and the test part",
                if n == 1 {
                    format!("1 {unit} equals")
                } else {
                    format!("{} {unit}s equal", text::grouped(n as u64))
                }
            )),
        }
        if !self.constant.is_empty() {
            lines.push(format!("constant, so without information: {}", list(&self.constant)));
        }
        if let Some(spread) = self.spread.filter(|s| *s > SPREAD_MAX) {
            lines.push(format!(
                "the widest feature spans {} times the narrowest: scale them",
                text::significant(spread, 3)
            ));
        }
        lines
    }
}

fn row(column: &ColumnFacts) -> [String; 8] {
    let number = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| text::significant(v, 6));
    let kind = match column.kind {
        ColumnKind::Number => "number",
        ColumnKind::WholeNumber => "whole number",
        ColumnKind::Text => "text",
        ColumnKind::Mixed => "mixed",
        ColumnKind::Empty => "empty",
    };
    let distinct = column.distinct.map_or_else(
        || format!("over {}", text::grouped(super::DISTINCT_MAX as u64)),
        |n| text::grouped(n as u64),
    );
    [
        cut(&column.name),
        kind.to_string(),
        number(column.min),
        number(column.max),
        number(column.mean),
        number(column.sd),
        text::grouped(column.missing as u64),
        distinct,
    ]
}

/// A `[data]` section that loads the file, as TOML.
pub(super) fn suggestion(of: &Description, csv: Option<CsvOptions>) -> String {
    let mut out = String::from("[data]\n");
    let _ = writeln!(out, "source = {}", quoted(&of.name));
    if of.format == "idx" {
        let labels = of.name.replace("images-idx3", "labels-idx1");
        let _ = if labels == of.name {
            writeln!(out, "# labels = the file with the labels")
        } else {
            writeln!(out, "labels = {}", quoted(&labels))
        };
    }
    if of.format == "npy" {
        let _ = writeln!(out, "# labels = the file with the labels, or target = one of the columns");
    }
    if let (Some(target), Some(options)) = (&of.target, csv) {
        if let Some(delimiter) = options.delimiter {
            let _ = writeln!(out, "delimiter = {}", quoted(&char::from(delimiter).to_string()));
        }
        if !options.header {
            let _ = writeln!(out, "header = false");
        }
        let _ = writeln!(out, "target = {}", quoted(target));
        if let Some(sequences) = &of.sequences {
            for (key, column) in [("sequence", &sequences.column), ("time", &sequences.time)] {
                if let Some(column) = column {
                    let _ = writeln!(out, "{key} = {}", quoted(column));
                }
            }
        }
        let useless: Vec<String> = (of.columns.iter())
            .filter(|c| c.name != *target && (c.kind == ColumnKind::Empty || of.constant.contains(&c.name)))
            .map(|c| quoted(&c.name))
            .collect();
        if !useless.is_empty() {
            let _ = writeln!(out, "ignore = [{}]", useless.join(", "));
        }
    }
    if of.columns.iter().any(|c| c.missing > 0 && c.kind != ColumnKind::Empty) {
        let _ = writeln!(out, "missing = \"mean\"");
    }
    let _ = writeln!(out, "scale = {}", scale(of));
    let _ = writeln!(out, "split = {{ test = 0.2, validation = 0.2 }}");
    out
}

/// Bytes are divided by their top, values of order 1 left alone, all else standardised.
fn scale(of: &Description) -> &'static str {
    let ordering = |c: &ColumnFacts| {
        let told = |s: &super::SequenceFacts| [&s.column, &s.time].contains(&&Some(c.name.clone()));
        of.sequences.as_ref().is_some_and(told)
    };
    let features = || of.columns.iter().filter(|c| Some(&c.name) != of.target.as_ref() && !ordering(c));
    let top = features().filter_map(|c| c.max).fold(f64::NEG_INFINITY, f64::max);
    let bottom = features().filter_map(|c| c.min).fold(f64::INFINITY, f64::min);
    match (bottom, top) {
        (0.0, 255.0) => "{ name = \"divide\", by = 255 }",
        (low, high) if low >= -1.0 && high <= 1.0 && of.spread.is_none_or(|s| s <= SPREAD_MAX) => "\"none\"",
        _ => "\"standardize\"",
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
