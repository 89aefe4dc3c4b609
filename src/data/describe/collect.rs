//! Facts gathered row by row.
//!
//! It does not know formats.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::sequences::{Key, Sequences};
use super::text::{self, CsvOptions};
use super::{ClassFacts, ColumnFacts, ColumnKind, DISTINCT_MAX, Description, Duplicates};
use crate::data::cell::{self, Cell};
use crate::data::targets;

/// Pairs of equal rows that are shown.
const EXAMPLES: usize = 5;

/// Names that tell a target.
const TARGETS: [&str; 8] = ["target", "class", "label", "species", "diagnosis", "outcome", "y", "output"];

#[derive(Debug, Default)]
struct Column {
    numbers: usize,
    texts: usize,
    missing: usize,
    infinite: usize,
    min: f64,
    max: f64,
    /// Mean and sum of squared deviations by Welford's recurrence (1962).
    mean: f64,
    squares: f64,
    fraction: bool,
    numeric: BTreeMap<u64, usize>,
    textual: BTreeMap<String, usize>,
    many: bool,
}

impl Column {
    fn add(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Missing => self.missing += 1,
            Cell::Infinite => self.infinite += 1,
            Cell::Number(value) => self.number(value),
            Cell::Text(text) => {
                self.texts += 1;
                if self.textual.len() <= DISTINCT_MAX {
                    *self.textual.entry(text.to_string()).or_default() += 1;
                }
            }
        }
        self.many |= self.numeric.len() + self.textual.len() > DISTINCT_MAX;
    }

    fn number(&mut self, value: f64) {
        let value = value + 0.0;
        if self.numbers == 0 {
            (self.min, self.max) = (value, value);
        }
        self.numbers += 1;
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        let step = value - self.mean;
        self.mean += step / self.numbers as f64;
        self.squares += step * (value - self.mean);
        self.fraction |= value.fract() != 0.0;
        if !self.many {
            *self.numeric.entry(value.to_bits()).or_default() += 1;
        }
    }

    fn distinct(&self) -> Option<usize> {
        (!self.many).then_some(self.numeric.len() + self.textual.len())
    }

    fn facts(&self, name: &str) -> ColumnFacts {
        let kind = match (self.numbers, self.texts) {
            (0, 0) => ColumnKind::Empty,
            (0, _) => ColumnKind::Text,
            (_, 0) if self.fraction => ColumnKind::Number,
            (_, 0) => ColumnKind::WholeNumber,
            _ => ColumnKind::Mixed,
        };
        let number = |value: f64| (self.numbers > 0).then_some(value);
        ColumnFacts {
            name: name.to_string(),
            kind,
            missing: self.missing,
            infinite: self.infinite,
            distinct: self.distinct(),
            min: number(self.min),
            max: number(self.max),
            mean: number(self.mean),
            sd: number((self.squares / self.numbers.max(1) as f64).sqrt()),
        }
    }

    /// Rows by value in the order of class names, if the values look like classes.
    fn classes(&self, rows: usize) -> Vec<ClassFacts> {
        let text = self.numbers == 0 && self.texts > 0;
        let few = self.texts == 0 && targets::few(self.numeric.len(), !self.fraction, rows);
        if self.many || !(text || few) {
            return Vec::new();
        }
        let numeric = self.numeric.iter().map(|(bits, n)| (crate::text::exact(f64::from_bits(*bits)), *n));
        let counts: BTreeMap<String, usize> =
            numeric.chain(self.textual.iter().map(|(t, n)| (t.clone(), *n))).collect();
        let mut names: Vec<String> = counts.keys().cloned().collect();
        cell::sort_categories(&mut names);
        names.into_iter().map(|name| ClassFacts { rows: counts[&name], name }).collect()
    }
}

pub(super) struct Collector {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
    /// First row with each content; 128 bits of SHA-256, so that equal digests mean equal rows.
    seen: HashMap<Key, usize>,
    duplicates: Duplicates,
    sequences: Option<Sequences>,
}

impl Collector {
    pub(super) fn new(names: Vec<String>) -> Collector {
        let columns = names.iter().map(|_| Column::default()).collect();
        let (seen, duplicates) = (HashMap::new(), Duplicates::default());
        Collector { names, columns, rows: 0, seen, duplicates, sequences: None }
    }

    /// A table of which one column may name sequences.
    pub(super) fn of_table(names: Vec<String>) -> Collector {
        Collector { sequences: Sequences::of(&names), ..Collector::new(names) }
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) {
        let key = self.step(cells);
        match &mut self.sequences {
            Some(sequences) => sequences.add(cells, key),
            None => self.content(key, self.rows),
        }
    }

    /// All time steps of a sequence, in order.
    pub(super) fn sequence<'a>(&mut self, steps: impl Iterator<Item = Vec<Cell<'a>>>) {
        let keys = steps.map(|cells| self.step(&cells)).collect();
        self.sequences.get_or_insert_default().add_whole(keys);
    }

    /// Notes the content of a row or sequence, counted from 1.
    fn content(&mut self, key: Key, number: usize) {
        match self.seen.get(&key) {
            None => {
                self.seen.insert(key, number);
            }
            Some(&first) => {
                self.duplicates.count += 1;
                if self.duplicates.examples.len() < EXAMPLES {
                    self.duplicates.examples.push((number, first));
                }
            }
        }
    }

    /// Counts a row and gives its content.
    fn step(&mut self, cells: &[Cell<'_>]) -> Key {
        self.rows += 1;
        let mut content = Vec::with_capacity(9 * self.columns.len());
        let name = self.sequences.as_ref().and_then(Sequences::name);
        for (index, (column, &cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            column.add(cell);
            if name == Some(index) {
                continue;
            }
            match cell {
                Cell::Missing => content.push(0),
                Cell::Infinite => content.push(1),
                Cell::Number(value) => {
                    content.push(2);
                    content.extend((value + 0.0).to_bits().to_le_bytes());
                }
                Cell::Text(text) => {
                    content.push(3);
                    content.extend((text.len() as u64).to_le_bytes());
                    content.extend(text.as_bytes());
                }
            }
        }
        digest(&content)
    }

    pub(super) fn finish(
        mut self,
        name: &str,
        format: &'static str,
        sha256: String,
        csv: Option<CsvOptions>,
    ) -> Description {
        let found = self.sequences.take().and_then(|sequences| sequences.finish(&self.names));
        let sequences = found.map(|(facts, sequences)| {
            for (number, keys) in sequences.into_iter().enumerate() {
                self.content(digest(keys.as_flattened()), number + 1);
            }
            facts
        });
        let ordering: Vec<&String> = sequences.iter().flat_map(|s| [&s.column, &s.time]).flatten().collect();
        let telling = |name: &String| TARGETS.iter().any(|t| name.eq_ignore_ascii_case(t));
        let last = self.names.iter().rposition(|name| !ordering.contains(&name));
        let target = self.names.iter().position(telling).or(last);
        // An array without labels has no column that could be told apart.
        let target = if csv.is_none() { self.names.iter().position(telling) } else { target };
        let columns: Vec<ColumnFacts> =
            self.columns.iter().zip(&self.names).map(|(column, name)| column.facts(name)).collect();
        let constant = columns.iter().filter(|c| c.distinct == Some(1) && c.missing == 0);
        let mut description = Description {
            name: name.to_string(),
            format,
            sha256,
            rows: self.rows,
            constant: constant.map(|c| c.name.clone()).collect(),
            spread: spread(
                columns
                    .iter()
                    .enumerate()
                    .filter(|(index, column)| Some(*index) != target && !ordering.contains(&&column.name)),
            ),
            target: target.map(|t| self.names[t].clone()),
            classes: target.map(|t| self.columns[t].classes(self.rows)).unwrap_or_default(),
            sequences: None,
            duplicates: self.duplicates,
            columns,
            suggestion: String::new(),
        };
        description.sequences = sequences;
        description.suggestion = text::suggestion(&description, csv);
        description
    }
}

fn digest(content: &[u8]) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&Sha256::digest(content)[..16]);
    key
}

/// Widest range of a varying feature divided by the narrowest.
fn spread<'a>(features: impl Iterator<Item = (usize, &'a ColumnFacts)>) -> Option<f64> {
    let ranges = features.filter_map(|(_, c)| Some(c.max? - c.min?)).filter(|r| *r > 0.0 && r.is_finite());
    let ranges: Vec<f64> = ranges.collect();
    let widest = ranges.iter().copied().fold(0.0, f64::max);
    let narrowest = ranges.iter().copied().fold(f64::INFINITY, f64::min);
    (ranges.len() > 1).then_some(widest / narrowest)
}
