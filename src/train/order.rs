//! Which rows a step sees: one member's batches for one epoch, from its own random stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::rng::{Purpose, Streams};
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

/// The row indices of some epochs one after another, batch after batch, the first of them being `epoch` (counted from 1).
///
/// `order_seed` and `epoch` alone decide, so a trial can be resumed or packed differently and see the same rows.
pub(super) fn epochs(
    batches: Batches,
    sampling: Sampling,
    order_seed: u64,
    epoch: usize,
    count: usize,
) -> Arc<[u32]> {
    let n = batches.rows as u32;
    let streams = Streams::new(order_seed, Purpose::Order);
    let mut rows = Vec::with_capacity(count * batches.rows);
    for epoch in epoch..epoch + count {
        let start = rows.len();
        match sampling {
            Sampling::WithReplacement => {
                let mut draws = streams.stream(epoch as u64);
                rows.extend((0..n).map(|_| draws.below(u64::from(n)) as u32));
            }
            Sampling::Sequential => rows.extend(0..n),
            Sampling::Shuffle => {
                rows.extend(0..n);
                // A full batch is a sum over all rows: its order is no part of the experiment.
                if batches.count > 1 {
                    streams.stream(epoch as u64).shuffle(&mut rows[start..]);
                }
            }
        }
    }
    rows.into()
}

/// Orders that were drawn, for other packs: trials that differ in what is compared see the same rows.
#[derive(Debug, Default)]
pub(super) struct Orders {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    orders: BTreeMap<Key, Arc<[u32]>>,
    /// Row numbers in all of them.
    rows: usize,
}

/// Rows, batches are more than one, sampling, seed, first epoch, epochs: everything that [`epochs`] looks at.
type Key = (usize, bool, u8, u64, usize, usize);

/// Row numbers that are kept at most; then all are forgotten.
const KEPT_MAX: usize = 1 << 22;

impl Orders {
    /// See [`epochs`].
    pub(super) fn epochs(
        &self,
        batches: Batches,
        sampling: Sampling,
        order_seed: u64,
        epoch: usize,
        count: usize,
    ) -> Arc<[u32]> {
        let key = (batches.rows, batches.count > 1, sampling as u8, order_seed, epoch, count);
        if let Some(known) = self.known().orders.get(&key) {
            return known.clone();
        }
        let rows = epochs(batches, sampling, order_seed, epoch, count);
        if rows.len() > KEPT_MAX {
            return rows;
        }
        let mut known = self.known();
        if known.rows + rows.len() > KEPT_MAX {
            *known = Known::default();
        }
        if known.orders.insert(key, rows.clone()).is_none() {
            known.rows += rows.len();
        }
        rows
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(batches: Batches, sampling: Sampling, order_seed: u64, epoch: usize) -> Vec<u32> {
        epochs(batches, sampling, order_seed, epoch, 1).to_vec()
    }

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
    fn what_is_kept_is_what_was_asked_for() {
        let (batches, orders) = (Batches::new(10, Batch::Size(4)), Orders::default());
        let samplings = [Sampling::Sequential, Sampling::Shuffle, Sampling::WithReplacement];
        for sampling in samplings {
            let drawn = epochs(batches, sampling, 0, 1, 1);
            assert_eq!(orders.epochs(batches, sampling, 0, 1, 1), drawn);
            assert_eq!(orders.epochs(batches, sampling, 0, 1, 1), drawn);
        }
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
