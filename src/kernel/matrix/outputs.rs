//! What the outputs of one member keep of a chunk of samples: everything with samples in the lanes.

use super::super::forms::ActivationForm;
use super::super::memory::Buffer;
use super::super::product;
use super::super::sets::Set;
use super::super::task::{Masking, Network};
use super::super::tiles;
use super::{CHUNK, Lie, Matrix, Samples, is_by_value};

/// What the loss takes and gives, `[output][samples]`.
pub(super) struct OutputMemory {
    pub(super) values: Matrix,
    pub(super) deltas: Matrix,
    pub(super) slopes: Option<Buffer>,
    pub(super) targets: Buffer,
    /// Targets that no loss writes over, where a mistake asks for them.
    pub(super) kept_targets: Buffer,
    pub(super) weights: Buffer,
    /// Which outputs are on, where samples say so.
    pub(super) on: Buffer,
    /// Values as a mix gave them, where masks move them.
    pub(super) unmoved: Option<Buffer>,
    /// The loss of each sample.
    pub(super) sums: Buffer,
    pub(super) total: Buffer,
}

impl OutputMemory {
    pub(super) fn new(network: &Network, width: usize) -> OutputMemory {
        let outputs = network.outputs();
        let form = network.layers[network.layers.len() - 1].activation.form;
        let is_mix = matches!(form, ActivationForm::Mix { .. });
        let has_slopes = !network.ends_in_loss() && !is_by_value(form);
        OutputMemory {
            values: Matrix::zeros(outputs, CHUNK),
            deltas: Matrix::zeros(outputs, CHUNK),
            slopes: has_slopes.then(|| Buffer::zeros(outputs * CHUNK)),
            targets: Buffer::zeros(outputs * CHUNK),
            kept_targets: Buffer::zeros(if network.delta.is_some() { outputs * CHUNK } else { 0 }),
            weights: Buffer::zeros(CHUNK),
            on: Buffer::zeros(if network.masking.is_some() { outputs * CHUNK } else { 0 }),
            unmoved: (is_mix && network.moves_outputs()).then(|| Buffer::zeros(outputs * CHUNK)),
            sums: Buffer::zeros(CHUNK),
            total: Buffer::zeros(width),
        }
    }

    /// Lays out the samples' targets, weights, and masks.
    pub(super) fn gather(&mut self, set: Set, samples: Samples<'_>, outputs: usize) {
        let table = samples.table;
        let to = self.targets.at_mut(0, outputs * CHUNK);
        // SAFETY: the order names rows of the table, which are padded to a multiple of four; the buffer holds a chunk.
        unsafe {
            let mut rows = samples.rows();
            rows.first = rows.first.add(table.target_at());
            product::turn().of(set)(rows, samples.len(), true, outputs, to, CHUNK);
        }
        if let Some(at) = table.mask_at() {
            let to = self.on.at_mut(0, outputs * CHUNK);
            // SAFETY: as above.
            unsafe {
                let mut rows = samples.rows();
                rows.first = rows.first.add(at);
                product::turn().of(set)(rows, samples.len(), true, outputs, to, CHUNK);
            }
        }
        if let Some(at) = table.weight_at() {
            let weights = self.weights.numbers_mut().iter_mut();
            weights.zip(samples.order).for_each(|(to, row)| *to = table.row(*row as usize)[at]);
        }
    }

    /// Keeps the values that a mix gave, where masks are about to move them.
    pub(super) fn keep(&mut self) {
        if let Some(unmoved) = &mut self.unmoved {
            unmoved.numbers_mut().copy_from_slice(self.values.numbers.numbers());
        }
    }

    /// Replaces values, or else derivatives, of outputs that are off.
    pub(super) fn switch(&mut self, set: Set, real: usize, is_value: bool, to: f32) {
        let outputs = self.values.rows;
        let grid = Lie::Samples.grid(set, outputs, real);
        let numbers = if is_value { self.values.all() } else { self.deltas.all() };
        // SAFETY: all hold a chunk of the outputs.
        unsafe { tiles::switch().of(set)(grid, numbers, self.on.at(0, outputs * CHUNK), to) }
    }

    /// See [`Masking::Logits`].
    pub(super) fn switch_logits(&mut self, set: Set, real: usize, masking: Option<Masking>) {
        if let Some(Masking::Logits(off)) = masking {
            self.switch(set, real, true, off);
        }
    }
}
