//! Samples as the kernel reads them: rows of `f32`, each with everything that belongs to one sample.
//!
//! It knows neither data sets nor which rows a member sees.

/// How wide samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Of one time step.
    pub features: usize,
    pub outputs: usize,
    /// Time steps of a sample; 1 where samples are no sequences.
    pub steps: usize,
    /// Targets of a sample: 1, or one for every time step.
    pub answers: usize,
}

/// Samples one after another, row-major, as they are prepared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows<'a> {
    /// `[rows × steps × features]`.
    pub x: &'a [f64],
    /// `[rows × answers × outputs]`.
    pub y: &'a [f64],
    /// `[rows × answers]`, or empty when all are 1.
    pub weight: &'a [f64],
    /// Time steps that each row has, its last ones, `[rows]`; empty where every row has all of them.
    pub lengths: &'a [u32],
    /// `[rows × answers × outputs]`, or empty where all outputs are on.
    pub mask: &'a [f64],
}

/// Samples in rows of `f32`: features, targets, weights if any, masks if any, and of a sequence its length, each padded to a multiple
/// of four numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(super) rows: usize,
    pub(super) widths: Widths,
    pub(super) has_weight: bool,
    pub(super) has_mask: bool,
    pub(super) values: Vec<f32>,
}

const PAD: usize = 4;

impl Table {
    /// Samples that are no sequences: `x` is `[rows][features]`, `y` `[rows][outputs]`, `weight` `[rows]` or empty.
    pub fn new(features: usize, outputs: usize, x: &[f64], y: &[f64], weight: &[f64]) -> Table {
        Table::of(
            Widths { features, outputs, steps: 1, answers: 1 },
            Rows { x, y, weight, ..Rows::default() },
        )
    }

    /// Samples of any kind.
    ///
    /// # Panics
    /// Where lengths do not fit together.
    pub fn of(widths: Widths, samples: Rows<'_>) -> Table {
        let Rows { x, y, weight, lengths, mask } = samples;
        let Widths { features, outputs, steps, answers } = widths;
        let rows = y.len() / (outputs * answers).max(1);
        assert_eq!(x.len(), rows * steps * features, "as many features as targets");
        assert_eq!(y.len(), rows * answers * outputs, "whole rows of targets");
        assert!(weight.is_empty() || weight.len() == rows * answers, "a weight for each target");
        assert!(mask.is_empty() || mask.len() == y.len(), "every output is on or off");
        assert!(lengths.is_empty() || lengths.len() == rows, "a length for each row");
        let (has_weight, has_mask) = (!weight.is_empty(), !mask.is_empty());
        let mut table = Table { rows, widths, has_weight, has_mask, values: Vec::new() };
        table.values.reserve_exact(rows * table.stride());
        for row in 0..rows {
            table.push(&x[row * steps * features..][..steps * features]);
            table.push(&y[row * answers * outputs..][..answers * outputs]);
            if has_weight {
                table.push(&weight[row * answers..][..answers]);
            }
            if has_mask {
                table.push(&mask[row * answers * outputs..][..answers * outputs]);
            }
            if steps > 1 {
                let length = lengths.get(row).map_or(steps, |length| *length as usize);
                table.push(&[length as f64]);
            }
        }
        table
    }

    fn push(&mut self, numbers: &[f64]) {
        self.values.extend(numbers.iter().map(|v| *v as f32));
        self.values.resize(self.values.len().next_multiple_of(PAD), 0.0);
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn has_weight(&self) -> bool {
        self.has_weight
    }

    pub fn has_mask(&self) -> bool {
        self.has_mask
    }

    /// Features of a row, `[steps][features]`.
    pub fn x(&self, row: usize) -> &[f32] {
        &self.row(row)[..self.widths.steps * self.widths.features]
    }

    /// Targets of a row, `[answers][outputs]`.
    pub fn y(&self, row: usize) -> &[f32] {
        &self.row(row)[self.target_at()..][..self.targets()]
    }

    /// The weights of a row's targets; empty where there are none.
    pub fn weight(&self, row: usize) -> &[f32] {
        self.weight_at().map_or(&[], |at| &self.row(row)[at..][..self.widths.answers])
    }

    /// 1 where an output is on, `[answers][outputs]`; empty where there is no mask.
    pub fn mask(&self, row: usize) -> &[f32] {
        self.mask_at().map_or(&[], |at| &self.row(row)[at..][..self.targets()])
    }

    /// Time steps that a row has, where samples are sequences.
    pub fn length(&self, row: usize) -> Option<u32> {
        self.length_at().map(|at| self.row(row)[at] as u32)
    }

    fn targets(&self) -> usize {
        self.widths.answers * self.widths.outputs
    }

    pub(super) fn target_at(&self) -> usize {
        (self.widths.steps * self.widths.features).next_multiple_of(PAD)
    }

    pub(super) fn weight_at(&self) -> Option<usize> {
        self.has_weight.then(|| self.after_targets())
    }

    pub(super) fn mask_at(&self) -> Option<usize> {
        self.has_mask.then(|| self.after_weights())
    }

    pub(super) fn length_at(&self) -> Option<usize> {
        (self.widths.steps > 1).then(|| self.after_masks())
    }

    fn after_targets(&self) -> usize {
        self.target_at() + self.targets().next_multiple_of(PAD)
    }

    fn after_weights(&self) -> usize {
        self.after_targets() + if self.has_weight { self.widths.answers.next_multiple_of(PAD) } else { 0 }
    }

    fn after_masks(&self) -> usize {
        self.after_weights() + if self.has_mask { self.targets().next_multiple_of(PAD) } else { 0 }
    }

    /// Numbers from one row to the next. A read of four numbers that begins with one that is a sample's own stays within the row:
    /// what follows a part that is not read in fours is at least as long.
    pub(super) fn stride(&self) -> usize {
        self.after_masks() + if self.widths.steps > 1 { PAD } else { 0 }
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride()..][..self.stride()]
    }
}
