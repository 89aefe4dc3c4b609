//! Rows of a table that is asked about as time steps, and their masks: read as in the data set that the network was trained on.
//!
//! It pads sequences and takes them apart again; what a network makes of them is not known here.

use super::Reader;
use crate::data::cell::{self, Cell};
use crate::data::fault::{self, Faults, Faulty};
use crate::data::finish::VALUES_MAX;
use crate::data::sequence::{self, Known, Layout};
use crate::data::source::csv::Row;
use crate::diagnostic::{Diagnostic, MASK_VALUE, MASKED_TARGET, REPEATED_TIME, Sources, Span, TOO_LARGE};
use crate::spec::Task;

/// The sequences of a table, in the order in which it first names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequences {
    /// As first written.
    pub names: Vec<String>,
    layout: Layout,
}

impl Sequences {
    /// Steps of the longest sequence.
    pub fn steps(&self) -> usize {
        self.layout.steps
    }

    /// Steps that each sequence has, its last ones; empty where all have as many.
    pub fn lengths(&self) -> &[u32] {
        &self.layout.lengths
    }

    /// The same rows in sequences of so many steps, at least [`Sequences::steps`].
    pub fn widened(self, steps: usize) -> Sequences {
        Sequences { layout: self.layout.widened(steps), ..self }
    }

    /// `[rows × width]` to `[sequences × steps × width]`, 0 in padding, which stands in front.
    pub fn padded(&self, rows: &[f64], width: usize) -> Vec<f64> {
        self.layout.fold(rows, width, 0.0)
    }

    /// The same, where padding repeats the first step of its sequence that is there.
    pub fn padded_with_first(&self, rows: &[f64], width: usize) -> Vec<f64> {
        let mut all = self.padded(rows, width);
        let steps = self.layout.steps;
        for (sequence, length) in all.chunks_exact_mut((steps * width).max(1)).zip(&self.layout.lengths) {
            let (padding, there) = sequence.split_at_mut((steps - *length as usize) * width);
            padding.chunks_exact_mut(width.max(1)).for_each(|step| step.copy_from_slice(&there[..width]));
        }
        all
    }

    /// The weight of each step of padded sequences: 0 in padding; empty where there is none.
    pub fn weights(&self) -> Vec<f64> {
        let Layout { lengths, steps, .. } = &self.layout;
        let places = 0..lengths.len() * steps;
        places.map(|place| f64::from(u8::from(sequence::is_real(lengths, *steps, place)))).collect()
    }

    /// `[rows × width]` to `[sequences × width]`: what each has at its last step.
    pub fn last(&self, rows: &[f64], width: usize) -> Vec<f64> {
        let padded = self.padded(rows, width);
        padded
            .chunks_exact((self.layout.steps * width).max(1))
            .flat_map(|s| &s[s.len() - width..])
            .copied()
            .collect()
    }

    /// `[sequences × steps × width]` to `[rows × width]`.
    pub fn unpadded(&self, steps: &[f64], width: usize) -> Vec<f64> {
        self.layout.unfold(steps, width)
    }
}

/// Rows that are read so far.
#[derive(Debug)]
pub(super) struct Steps {
    known: Known,
    names: Vec<String>,
    /// Sequence and time; 0 where there are no times.
    keys: Vec<(u32, f64)>,
    /// Where each row begins, and its number.
    rows: Vec<(usize, usize)>,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps { known: Known::new(usize::MAX), names: Vec::new(), keys: Vec::new(), rows: Vec::new() }
    }
}

impl Reader<'_> {
    /// Notes which step of which sequence a row is, where rows are time steps.
    pub(super) fn step(&self, row: &Row<'_>, steps: &mut Steps, faults: &mut Faults, sources: &mut Sources) {
        let Some((sequence, time)) = self.times else { return };
        let name = row.cell(sequence);
        if cell::read(name) == Cell::Missing {
            faults
                .push(|| self.missing(row, sequence, sources).help("say which sequence the row belongs to"));
        }
        let number = steps.known.number(&cell::category(name));
        if number as usize == steps.names.len() {
            steps.names.push(name.to_string());
        }
        let at = match time.map(|time| (time, cell::read(row.cell(time)))) {
            None => 0.0,
            Some((_, Cell::Number(at))) => at,
            Some((time, Cell::Missing)) => {
                faults.push(|| self.missing(row, time, sources).help("say when it was"));
                0.0
            }
            Some((time, _)) => {
                faults.push(|| self.no_number(row, time, sources));
                0.0
            }
        };
        steps.keys.push((number, at));
        steps.rows.push((row.start, row.number));
    }

    /// The sequences of all rows. `columns` are those of their names and times.
    pub(super) fn sequences(
        &self,
        steps: Steps,
        columns: (usize, Option<usize>),
        at: &Span,
        sources: &mut Sources,
    ) -> Faulty<Sequences> {
        let mut faults = Faults::default();
        if let (sequence, Some(time)) = columns {
            for (later, earlier) in sequence::repeated(&steps.keys) {
                faults.push(|| {
                    self.repeated(steps.rows[later], steps.rows[earlier].1, (sequence, time), sources)
                });
            }
        }
        faults.finish()?;
        let layout = Layout::new(&steps.keys);
        let inputs = self.preparation.inputs().max(1) as u128;
        if layout.places() as u128 * inputs > VALUES_MAX {
            let title = format!("`{}` has a sequence of {} steps", self.table.name, layout.steps);
            let label = "padded to it, all sequences are more than is held in memory at once: ask in parts";
            return fault::one(&TOO_LARGE, title, at, label);
        }
        Ok(Sequences { names: steps.names, layout })
    }

    fn repeated(
        &self,
        later: (usize, usize),
        earlier: usize,
        (sequence, time): (usize, usize),
        sources: &mut Sources,
    ) -> Diagnostic {
        let cell = |column| fault::cut(&self.table.cell_at(later.0, column));
        let title = format!(
            "row {}, column `{}`: sequence `{}` has the time {} in row {earlier} as well",
            later.1,
            self.names[time],
            cell(sequence),
            cell(time),
        );
        let fault = Diagnostic::error(&REPEATED_TIME, title);
        let fault = match self.table.place(later.0, time, sources) {
            Some(place) => fault.at(&place, "again here"),
            None => fault.note(format!("in line {} of `{}`", self.table.line(later.0), self.table.name)),
        };
        fault.help("which of the two comes first cannot be told: correct one")
    }

    /// Adds the masks of a row. One that switches off everything, or the class that is told, leaves nothing to answer.
    pub(super) fn mask(
        &self,
        row: &Row<'_>,
        targets: &[f64],
        mask: &mut Vec<f64>,
        faults: &mut Faults,
        sources: &mut Sources,
    ) {
        let Some(&first) = self.masks.first() else { return };
        let from = mask.len();
        for &column in &self.masks {
            let bit = match cell::read(row.cell(column)) {
                Cell::Number(bit) if bit == 0.0 || bit == 1.0 => bit,
                _ => {
                    faults.push(|| self.no_bit(row, column, sources));
                    1.0
                }
            };
            mask.push(bit);
        }
        let bits = &mask[from..];
        let class = targets.first().filter(|v| self.preparation.task == Task::Classification && !v.is_nan());
        let class = class.map(|v| *v as usize);
        let (title, column) = match class {
            _ if bits.iter().all(|bit| *bit == 0.0) => {
                (format!("row {}: the mask switches every output off", row.number), first)
            }
            Some(class) if bits.get(class) == Some(&0.0) => {
                let class_name = &self.preparation.outputs[class];
                let title = format!("row {}: the mask switches its own class `{class_name}` off", row.number);
                (title, self.masks[class])
            }
            _ => return,
        };
        faults.push(|| {
            self.at(Diagnostic::error(&MASKED_TARGET, title), row, column, "0: off", sources)
                .help("correct the mask, or leave the row out")
        });
    }

    fn no_bit(&self, row: &Row<'_>, column: usize, sources: &mut Sources) -> Diagnostic {
        let (name, value) = (&self.names[column], fault::cut(row.cell(column)));
        let title = format!("row {}, column `{name}`: a mask is 0 or 1, not `{value}`", row.number);
        self.at(Diagnostic::error(&MASK_VALUE, title), row, column, "0 or 1", sources)
    }
}
