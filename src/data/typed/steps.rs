//! Rows of a text that are time steps: their sequence, time, and part.
//!
//! It finds what is wrong with them; where they go is `sequence`'s business.

use super::{Kind, Reader, Use, part_of};
use crate::data::cell::{self, Cell};
use crate::data::fault::{self, Faults, Faulty};
use crate::data::finish::Raw;
use crate::data::sequence::{self, Layout};
use crate::data::source::csv::Row;
use crate::diagnostic::{
    Diagnostic, MISSING_VALUE, NOT_A_NUMBER, ORDER_OF_FILE, PARTS_DIFFER, REPEATED_TIME, Sources, Span,
};
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
    /// The first target column without a value.
    gap: Option<usize>,
    /// Where the row begins, and its number.
    start: usize,
    number: usize,
}

impl Step {
    pub(super) fn sequence(&self) -> u32 {
        self.sequence
    }
}

impl Reader<'_> {
    pub(super) fn step(&self, row: &Row<'_>, sequence: u32) -> Step {
        let time = match self.time.and_then(|columns| columns.time).map(|c| cell::read(row.cell(c))) {
            Some(Cell::Number(time)) => time,
            _ => 0.0,
        };
        let part = self.uses.iter().position(|u| *u == Use::Part).and_then(|c| part_of(row.cell(c)));
        let gap = self.targets.iter().copied().find(|&c| cell::read(row.cell(c)) == Cell::Missing);
        Step { sequence, time, part, gap, start: row.start, number: row.number }
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
        faults.push_cell(&NOT_A_NUMBER, column, row.number, || {
            let (name, value) = (&self.names[column], fault::cut(text));
            let title = format!("row {}, column `{name}`: the time `{value}` is not a number", row.number);
            let fault = Diagnostic::error(&NOT_A_NUMBER, title);
            self.at_cell(fault, row.start, column, "a number", sources)
                .help("count the time steps, or leave `time` out for the order of the file")
        });
    }

    /// Where the rows go, `None` where they are no time steps, and the places without a target. The last step of a sequence must have
    /// one, whatever the network: others are asked for by some networks only.
    pub(super) fn layout(&self, steps: &[Step], sources: &mut Sources) -> Faulty<(Option<Layout>, Vec<u32>)> {
        let Some(columns) = self.time else { return Ok((None, Vec::new())) };
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
        let layout = Layout::new(&keys);
        let rows: Vec<usize> = (0..steps.len()).collect();
        for step in layout.last(&rows).into_iter().map(|row| &steps[row]) {
            if let Some(column) = step.gap {
                faults.push_cell(&MISSING_VALUE, column, step.number, || {
                    self.unanswered(step, column, columns.sequence, sources)
                });
            }
        }
        let mut unanswered: Vec<u32> =
            rows.into_iter().filter(|row| steps[*row].gap.is_some()).map(|row| layout.place(row)).collect();
        unanswered.sort_unstable();
        faults.finish().map(|()| (Some(layout), unanswered))
    }

    fn unanswered(&self, step: &Step, column: usize, sequence: usize, sources: &mut Sources) -> Diagnostic {
        let title = format!(
            "row {}, column `{}`: the last step of sequence `{}` has no target",
            step.number,
            self.names[column],
            fault::cut(&self.table.cell_at(step.start, sequence))
        );
        self.at_cell(
            Diagnostic::error(&MISSING_VALUE, title),
            step.start,
            column,
            "a value is needed",
            sources,
        )
        .help("fill it; steps before the last may be empty where the network answers at the last one")
        .help("leave out the steps that follow the last target")
    }

    /// What makes it doubtful that the order of the file is that of time. `sequences`: of each row that is kept.
    pub(super) fn remarks(&self, sequences: &[u32], kinds: &[Kind], raw: &Raw, at: &Span) -> Vec<Diagnostic> {
        let (Some(TimeColumns { sequence, time: None }), name) = (self.time, self.table.name) else {
            return Vec::new();
        };
        let warning = |title: String| {
            let place = self.spec.places.of("sequence", &self.names[sequence]).unwrap_or(at);
            Diagnostic::warning(&ORDER_OF_FILE, title).at(place, "and no `time` is named")
        };
        let mut found = Vec::new();
        if let Some(row) = interrupted(sequences) {
            let title = format!(
                "rows of one sequence do not follow one another in `{name}`: time steps are taken in the order of the file"
            );
            let note = format!("the first that comes back is row {} of those read", row + 1);
            found.push(warning(title).help("name the column that orders them: `time = \"...\"`").note(note));
        }
        // A column that is listed is meant.
        let columns = self.features().filter(|_| self.spec.features.is_empty());
        let mut first = 0;
        for column in columns {
            let width = self.width(&kinds[column]);
            let values = || raw.x.iter().skip(first).step_by(raw.feature_names.len()).copied();
            if matches!(kinds[column], Kind::Number) && counts(sequences, values()) {
                let title = format!(
                    "`{}` counts the time steps of each sequence of `{name}`, and is taken for a feature",
                    self.names[column]
                );
                let help = format!("if it orders them: `time = \"{}\"`", self.names[column]);
                let other =
                    "if it is a feature, and the order of the file is right: list the columns in `features`";
                found.push(warning(title).help(help).help(other));
            }
            first += width;
        }
        found
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

/// The first row of a sequence that another has interrupted.
fn interrupted(sequences: &[u32]) -> Option<usize> {
    let mut seen = 0;
    for (row, pair) in sequences.windows(2).enumerate() {
        seen = seen.max(pair[0]);
        // They are numbered as they come.
        if pair[1] != pair[0] && pair[1] <= seen {
            return Some(row + 1);
        }
    }
    None
}

/// Whether the values of each sequence are neighbouring whole numbers, each once, in any order; and some sequence has several.
fn counts(sequences: &[u32], values: impl Iterator<Item = f64>) -> bool {
    let mut rows: Vec<(u32, f64)> = sequences.iter().copied().zip(values).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let of_one = |pair: &&[(u32, f64)]| pair[0].0 == pair[1].0;
    rows.iter().all(|row| row.1.fract() == 0.0)
        && rows.windows(2).any(|pair| of_one(&pair))
        && rows.windows(2).filter(of_one).all(|pair| pair[1].1 - pair[0].1 == 1.0)
}
