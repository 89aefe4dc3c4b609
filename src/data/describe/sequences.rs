//! Which rows of a table belong together in time: a column whose name says so and whose values repeat.
//!
//! It keeps a digest of every row, so that equal sequences are found as equal rows are.

use std::collections::BTreeMap;

use super::SequenceFacts;
use crate::data::cell::{self, Cell};

/// Names that tell what a sequence is called, and when its rows were.
const NAMES: [&str; 8] =
    ["sequence", "sequence_id", "seq", "series", "series_id", "trajectory", "episode", "session"];
const TIMES: [&str; 5] = ["time", "t", "step", "time_step", "timestep"];

/// Content of a row: 128 bits of SHA-256.
pub(super) type Key = [u8; 16];

#[derive(Debug, Default)]
pub(super) struct Sequences {
    /// The columns that tell them; `None` where the rows come as sequences.
    name: Option<usize>,
    time: Option<usize>,
    /// Every time so far was a number.
    timed: bool,
    index: BTreeMap<String, usize>,
    /// By sequence, in order of first appearance: time and content of each row.
    rows: Vec<Vec<(f64, Key)>>,
}

impl Sequences {
    /// Of a table with these columns, if one of them may name sequences.
    pub(super) fn of(columns: &[String]) -> Option<Sequences> {
        let find =
            |words: &[&str]| columns.iter().position(|c| words.iter().any(|w| c.eq_ignore_ascii_case(w)));
        let name = find(&NAMES)?;
        let time = find(&TIMES);
        Some(Sequences { name: Some(name), time, timed: time.is_some(), ..Sequences::default() })
    }

    /// The column that is left out of a row's content: sequences may be equal but for their names.
    pub(super) fn name(&self) -> Option<usize> {
        self.name
    }

    pub(super) fn add(&mut self, cells: &[Cell<'_>], key: Key) {
        let name = match self.name.map(|column| cells[column]) {
            Some(Cell::Number(value)) => crate::text::exact(value),
            Some(Cell::Text(text)) => cell::category(text).into_owned(),
            _ => String::new(),
        };
        let time = match self.time.map(|column| cells[column]) {
            Some(Cell::Number(time)) => time,
            _ => {
                self.timed = false;
                0.0
            }
        };
        let next = self.rows.len();
        let at = *self.index.entry(name).or_insert(next);
        if at == next {
            self.rows.push(Vec::new());
        }
        self.rows[at].push((time, key));
    }

    /// A sequence that is known as a whole, all of its rows in order.
    pub(super) fn add_whole(&mut self, keys: Vec<Key>) {
        self.rows.push(keys.into_iter().map(|key| (0.0, key)).collect());
    }

    /// The facts, and the contents of all sequences in order; `None` where no name repeats.
    pub(super) fn finish(mut self, columns: &[String]) -> Option<(SequenceFacts, Vec<Vec<Key>>)> {
        let lengths = || self.rows.iter().map(Vec::len);
        let (shortest, longest) = (lengths().min()?, lengths().max()?);
        if longest < 2 {
            return None;
        }
        let repeats = |rows: &Vec<(f64, Key)>| {
            let mut times: Vec<f64> = rows.iter().map(|(time, _)| *time).collect();
            times.sort_by(f64::total_cmp);
            times.windows(2).any(|pair| pair[0] == pair[1])
        };
        let timed = self.timed && !self.rows.iter().any(repeats);
        if timed {
            self.rows.iter_mut().for_each(|rows| rows.sort_by(|a, b| a.0.total_cmp(&b.0)));
        }
        let named = |column: Option<usize>| column.map(|c| columns[c].clone());
        let facts = SequenceFacts {
            column: named(self.name),
            time: named(self.time).filter(|_| timed),
            count: self.rows.len(),
            shortest,
            longest,
        };
        let keys = self.rows.into_iter().map(|rows| rows.into_iter().map(|(_, key)| key).collect());
        Some((facts, keys.collect()))
    }
}
