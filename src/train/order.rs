//! Which rows a step sees: one member's batches for one epoch, from its own random stream.

use std::sync::Arc;

use crate::rng::{Purpose, stream};
use crate::spec::{Batch, Sampling};

/// Rows per batch and batches per epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Batches {
    pub(super) rows: usize,
    pub(super) size: usize,
    pub(super) count: usize,
}

impl Batches {
    pub(super) fn new(rows: usize, batch: Batch) -> Batches {
        let size = match batch {
            Batch::Full => rows,
            Batch::Size(n) => n.min(rows),
        }
        .max(1);
        Batches { rows, size, count: rows.div_ceil(size) }
    }

    /// Every epoch is the whole part in file order.
    pub(super) fn repeats(&self, sampling: Sampling) -> bool {
        sampling == Sampling::Sequential || (self.count == 1 && sampling == Sampling::Shuffle)
    }
}

/// The rows of some epochs one after another, the first of them being `epoch` (counted from 1).
pub(super) fn epochs(
    batches: Batches,
    sampling: Sampling,
    order_seed: u64,
    epoch: usize,
    count: usize,
) -> Arc<[u32]> {
    (epoch..epoch + count).flat_map(|epoch| rows(batches, sampling, order_seed, epoch)).collect()
}

/// The row indices of one epoch (counted from 1), batch after batch.
///
/// `order_seed` and `epoch` alone decide, so a trial can be resumed or packed differently and see the same rows.
pub(super) fn rows(batches: Batches, sampling: Sampling, order_seed: u64, epoch: usize) -> Vec<u32> {
    let n = batches.rows as u32;
    let mut draws = stream(order_seed, Purpose::Order, epoch as u64);
    match sampling {
        Sampling::Sequential => (0..n).collect(),
        Sampling::Shuffle => {
            let mut rows: Vec<u32> = (0..n).collect();
            // A full batch is a sum over all rows: its order is no part of the experiment.
            if batches.count > 1 {
                draws.shuffle(&mut rows);
            }
            rows
        }
        Sampling::WithReplacement => (0..n).map(|_| draws.below(u64::from(n)) as u32).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_row_once_unless_drawn_with_replacement() {
        let batches = Batches::new(10, Batch::Size(4));
        assert_eq!(batches.count, 3);
        let mut shuffled = rows(batches, Sampling::Shuffle, 1, 1);
        assert_ne!(shuffled, rows(batches, Sampling::Shuffle, 1, 2));
        assert_ne!(shuffled, rows(batches, Sampling::Shuffle, 2, 1));
        shuffled.sort_unstable();
        assert_eq!(shuffled, rows(batches, Sampling::Sequential, 1, 1));
        let drawn = rows(batches, Sampling::WithReplacement, 1, 1);
        assert!(drawn.len() == 10 && drawn.iter().all(|r| *r < 10));
    }

    #[test]
    fn epochs_repeat_where_nothing_is_drawn() {
        let (full, half) = (Batches::new(10, Batch::Full), Batches::new(10, Batch::Size(5)));
        assert!(full.repeats(Sampling::Shuffle) && !full.repeats(Sampling::WithReplacement));
        assert!(half.repeats(Sampling::Sequential) && !half.repeats(Sampling::Shuffle));
        let two = epochs(half, Sampling::Shuffle, 1, 3, 2);
        assert_eq!(two[..10], rows(half, Sampling::Shuffle, 1, 3));
        assert_eq!(two[10..], rows(half, Sampling::Shuffle, 1, 4));
    }
}
