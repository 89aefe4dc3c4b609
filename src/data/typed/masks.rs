//! Columns of zeros and ones that switch outputs off.
//!
//! A row must leave an output on, and among them its own class: of nothing there is no distribution, and a class that cannot be
//! answered has an infinite loss.

use super::{Kind, Reader, ordered};
use crate::data::cell::Cell;
use crate::data::fault::{self, Faults, Faulty};
use crate::data::source::csv::Row;
use crate::diagnostic::{Diagnostic, MASK_COUNT, MASK_VALUE, MASKED_TARGET, Sources, Span, WRONG_TASK};
use crate::spec::Task;
use crate::text;

impl Reader<'_> {
    /// A mask holds exactly 0 or 1.
    pub(super) fn bit(
        &self,
        cell: Cell<'_>,
        row: &Row<'_>,
        column: usize,
        faults: &mut Faults,
        sources: &mut Sources,
    ) {
        if matches!(cell, Cell::Number(bit) if bit == 0.0 || bit == 1.0) {
            return;
        }
        faults.push_cell(&MASK_VALUE, column, row.number, || {
            let (name, value) = (&self.names[column], fault::cut(row.cell(column)));
            let title = format!("row {}, column `{name}`: a mask is 0 or 1, not `{value}`", row.number);
            self.at_cell(Diagnostic::error(&MASK_VALUE, title), row.start, column, "0 or 1", sources)
        });
    }

    /// There is one mask for each output, and the outputs are classes: a class that is off is neither predicted nor right, so that
    /// metrics need not know of masks. What a metric of values or labels is without some of them is not defined here.
    pub(super) fn one_mask_each(&self, kinds: &[Kind], task: Task, at: &Span) -> Faulty<()> {
        if !self.masks.is_empty() && task != Task::Classification {
            let title = "`mask` needs a classification, and this data is none";
            let fault = Diagnostic::error(&WRONG_TASK, title).at(at, "its targets are numbers or labels");
            return Err(vec![
                fault
                    .help("leave `mask` out, or name one target column with the classes")
                    .note("metrics of numbers and labels would count what is switched off"),
            ]);
        }
        let outputs = match (task, self.targets.as_slice()) {
            (Task::Classification, [one]) => match &kinds[*one] {
                Kind::Category(names) => ordered(names),
                Kind::Number => return Ok(()),
            },
            _ => self.targets.iter().map(|&c| self.names[c].clone()).collect(),
        };
        if self.masks.is_empty() || self.masks.len() == outputs.len() {
            return Ok(());
        }
        let title = format!(
            "`mask` names {}, but there are {}",
            text::count(self.masks.len(), "column"),
            text::count(outputs.len(), "output")
        );
        let fault = Diagnostic::error(&MASK_COUNT, title).at(at, "one mask for each output of this data");
        Err(vec![fault.note(format!("the outputs in their order are {}", fault::list(&outputs)))])
    }

    /// Adds the masks of a row to `mask`.
    pub(super) fn mask(
        &self,
        row: &Row<'_>,
        class: Option<usize>,
        mask: &mut Vec<f64>,
        faults: &mut Faults,
        sources: &mut Sources,
    ) {
        let from = mask.len();
        mask.extend(self.masks.iter().map(|&c| if row.cell(c).parse() == Ok(1.0) { 1.0 } else { 0.0 }));
        let bits = &mask[from..];
        let Some(&first) = self.masks.first() else { return };
        let (title, column) = match class {
            _ if bits.iter().all(|bit| *bit == 0.0) => {
                (format!("row {}: the mask switches every output off", row.number), first)
            }
            Some(class) if bits.get(class) == Some(&0.0) => {
                let target = fault::cut(row.cell(self.targets[0]));
                let title = format!("row {}: the mask switches its own class `{target}` off", row.number);
                (title, self.masks[class])
            }
            _ => return,
        };
        faults.push_cell(&MASKED_TARGET, column, row.number, || {
            let fault = Diagnostic::error(&MASKED_TARGET, title);
            self.at_cell(fault, row.start, column, "0: off", sources)
                .help("correct the mask, or leave the row out")
        });
    }
}
