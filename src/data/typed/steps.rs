//! Rows of a text that are time steps: their sequence, time, and part.
//!
//! It finds what is wrong with them; where they go is `sequence`'s business.

use super::{Reader, Use, part_of};
use crate::data::cell::{self, Cell};
use crate::data::fault::{self, Faults, Faulty};
use crate::data::sequence::{self, Layout};
use crate::data::source::csv::Row;
use crate::diagnostic::{Diagnostic, NOT_A_NUMBER, PARTS_DIFFER, REPEATED_TIME, Sources};
use crate::spec::Part;

/// The columns that make rows time steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumns {
    pub(super) sequence: usize,
    /// `None`: the order of the file.
    pub(super) time: Option<usize>,
}

/// A row that is kept.
#[derive(Debug)]
pub(super) struct Step {
    sequence: u32,
    /// 0 where there is no column of times.
    time: f64,
    part: Option<Part>,
    /// Where the row begins, and its number.
    start: usize,
    number: usize,
}

impl Reader<'_> {
    pub(super) fn step(&self, row: &Row<'_>, sequence: u32) -> Step {
        let time = match self.time.and_then(|columns| columns.time).map(|c| cell::read(row.cell(c))) {
            Some(Cell::Number(time)) => time,
            _ => 0.0,
        };
        let part = self.uses.iter().position(|u| *u == Use::Part).and_then(|c| part_of(row.cell(c)));
        Step { sequence, time, part, start: row.start, number: row.number }
    }

    /// A time must be a number.
    pub(super) fn time(
        &self,
        cell: Cell<'_>,
        row: &Row<'_>,
        column: usize,
        faults: &mut Faults,
        sources: &mut Sources,
    ) {
        let Cell::Text(text) = cell else { return };
        faults.push(|| {
            let (name, value) = (&self.names[column], fault::cut(text));
            let title = format!("row {}, column `{name}`: the time `{value}` is not a number", row.number);
            let fault = Diagnostic::error(&NOT_A_NUMBER, title);
            self.at_cell(fault, row.start, column, "a number", sources)
                .help("count the time steps, or leave `time` out for the order of the file")
        });
    }

    /// Where the rows go; `None` where they are no time steps.
    pub(super) fn layout(&self, steps: &[Step], sources: &mut Sources) -> Faulty<Option<Layout>> {
        let Some(columns) = self.time else { return Ok(None) };
        let keys: Vec<(u32, f64)> = steps.iter().map(|s| (s.sequence, s.time)).collect();
        let mut faults = Faults::default();
        if let Some(column) = columns.time {
            for (later, earlier) in sequence::repeated(&keys) {
                faults.push(|| {
                    self.repeated(&steps[later], &steps[earlier], columns.sequence, column, sources)
                });
            }
        }
        let mut first: Vec<&Step> = Vec::new();
        for step in steps {
            match first.get(step.sequence as usize) {
                None => first.push(step),
                Some(first) if first.part != step.part => {
                    faults.push(|| self.other_part(step, first, columns.sequence, sources));
                }
                Some(_) => {}
            }
        }
        faults.finish().map(|()| Some(Layout::new(&keys)))
    }

    fn repeated(
        &self,
        later: &Step,
        earlier: &Step,
        sequence: usize,
        column: usize,
        sources: &mut Sources,
    ) -> Diagnostic {
        let cell = |column| fault::cut(&self.table.cell_at(later.start, column));
        let title = format!(
            "row {}, column `{}`: sequence `{}` has the time {} in row {} as well",
            later.number,
            self.names[column],
            cell(sequence),
            cell(column),
            earlier.number
        );
        self.at_cell(Diagnostic::error(&REPEATED_TIME, title), later.start, column, "again here", sources)
            .help(
                "which of the two comes first cannot be told: correct one, or name another `sequence` column",
            )
    }

    fn other_part(&self, step: &Step, first: &Step, sequence: usize, sources: &mut Sources) -> Diagnostic {
        let column = self.uses.iter().position(|u| *u == Use::Part).unwrap_or_default();
        let name = |part: Option<Part>| part.map_or("", Part::name);
        let title = format!(
            "row {}, column `{}`: sequence `{}` is `{}` here and `{}` in row {}",
            step.number,
            self.names[column],
            fault::cut(&self.table.cell_at(step.start, sequence)),
            name(step.part),
            name(first.part),
            first.number
        );
        self.at_cell(Diagnostic::error(&PARTS_DIFFER, title), step.start, column, "another part", sources)
            .help("a sequence belongs to one part as a whole")
    }
}
