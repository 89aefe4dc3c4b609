//! Rows that are time steps: which sequence each belongs to and in which order, and tables padded to sequences of equal length.
//!
//! It knows neither cells nor tasks. Sequences are in the order in which the file first names them; padding stands in front, so that
//! the last step of every sequence is its last.

use std::collections::BTreeMap;

/// The sequences met so far, by name.
#[derive(Debug)]
pub(crate) struct Known {
    index: BTreeMap<String, u32>,
    /// No more sequences than this are taken.
    limit: usize,
}

impl Known {
    pub(crate) fn new(limit: usize) -> Known {
        Known { index: BTreeMap::new(), limit }
    }

    /// Whether rows of this sequence are taken.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.index.len() < self.limit || self.index.contains_key(name)
    }

    /// Its number, by first appearance.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let next = self.index.len() as u32;
        match self.index.get(name) {
            Some(number) => *number,
            None => *self.index.entry(name.to_string()).or_insert(next),
        }
    }
}

/// Where each row of a table goes among padded sequences.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) sequences: usize,
    /// Steps of the longest sequence.
    pub(crate) steps: usize,
    /// Steps that each sequence has, its last ones; empty where all have as many.
    pub(crate) lengths: Vec<u32>,
    /// By row: `sequence · steps + step`.
    places: Vec<u32>,
}

impl Layout {
    /// Of rows with these sequences, numbered without gaps, and times. Rows of one time keep their order.
    pub(crate) fn new(rows: &[(u32, f64)]) -> Layout {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| rows[a].0.cmp(&rows[b].0).then(rows[a].1.total_cmp(&rows[b].1)));
        let mut lengths = vec![0_u32; rows.iter().map(|r| r.0 as usize + 1).max().unwrap_or(0)];
        rows.iter().for_each(|r| lengths[r.0 as usize] += 1);
        let steps = lengths.iter().copied().max().unwrap_or(0) as usize;
        let mut next: Vec<usize> =
            lengths.iter().enumerate().map(|(sequence, n)| (sequence + 1) * steps - *n as usize).collect();
        let mut places = vec![0; rows.len()];
        for row in order {
            let place = &mut next[rows[row].0 as usize];
            places[row] = *place as u32;
            *place += 1;
        }
        let sequences = lengths.len();
        if lengths.iter().all(|n| *n as usize == steps) {
            lengths.clear();
        }
        Layout { sequences, steps, lengths, places }
    }

    /// `sequence · steps + step` of a row.
    pub(crate) fn place(&self, row: usize) -> u32 {
        self.places[row]
    }

    /// Steps of all sequences, padding included.
    pub(crate) fn places(&self) -> usize {
        self.sequences * self.steps
    }

    /// Of sequences of equal length that follow one another.
    pub(crate) fn even(sequences: usize, steps: usize) -> Layout {
        let places = (0..sequences * steps).map(|place| place as u32).collect();
        Layout { sequences, steps, lengths: Vec::new(), places }
    }

    /// `[rows × width]` to `[sequences × steps × width]`, with `blank` in padding.
    pub(crate) fn fold<T: Copy>(&self, rows: &[T], width: usize, blank: T) -> Vec<T> {
        let mut out = vec![blank; self.places() * width];
        for (row, place) in rows.chunks_exact(width.max(1)).zip(&self.places) {
            out[*place as usize * width..][..width].copy_from_slice(row);
        }
        out
    }

    /// What every sequence has at its last step.
    pub(crate) fn last<T: Copy>(&self, rows: &[T]) -> Vec<T> {
        let mut last: Vec<(u32, T)> =
            self.places.iter().zip(rows).map(|(place, value)| (*place, *value)).collect();
        last.retain(|(place, _)| (*place as usize + 1).is_multiple_of(self.steps));
        last.sort_by_key(|(place, _)| *place);
        last.into_iter().map(|(_, value)| value).collect()
    }

    /// `[sequences × steps × width]` to `[rows × width]`, in the order of the rows.
    pub(crate) fn unfold<T: Copy>(&self, steps: &[T], width: usize) -> Vec<T> {
        let row = |place: &u32| &steps[*place as usize * width..][..width];
        self.places.iter().flat_map(row).copied().collect()
    }

    /// The same rows in sequences of so many steps, at least [`Layout::steps`]: more padding in front.
    pub(crate) fn widened(mut self, steps: usize) -> Layout {
        let more = steps - self.steps;
        if more > 0 {
            if self.lengths.is_empty() {
                self.lengths = vec![self.steps as u32; self.sequences];
            }
            let before = self.steps as u32;
            self.places.iter_mut().for_each(|place| *place += (*place / before + 1) * more as u32);
            self.steps = steps;
        }
        self
    }
}

/// Pairs of rows, by index, of one sequence and one time: the later and the earlier, in the order of the later.
pub(crate) fn repeated(rows: &[(u32, f64)]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // Adding 0 makes both zeros one.
    order.sort_by(|&a, &b| rows[a].0.cmp(&rows[b].0).then((rows[a].1 + 0.0).total_cmp(&(rows[b].1 + 0.0))));
    let mut found: Vec<(usize, usize)> = order
        .windows(2)
        .filter(|pair| rows[pair[0]] == rows[pair[1]])
        .map(|pair| (pair[1], pair[0]))
        .collect();
    found.sort_unstable();
    found
}

/// Whether a place of padded sequences holds a step; `lengths` is empty where all do.
pub(crate) fn is_real(lengths: &[u32], steps: usize, place: usize) -> bool {
    lengths.is_empty() || steps - place % steps <= lengths[place / steps] as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_to_the_end_of_their_sequence_in_the_order_of_time() {
        // By hand: sequence 0 has times 2, 1, 3, sequence 1 the time 5.
        let rows = [(0, 2.0), (1, 5.0), (0, 1.0), (0, 3.0)];
        let layout = Layout::new(&rows);
        assert_eq!((layout.sequences, layout.steps, &layout.lengths[..]), (2, 3, &[3, 1][..]));
        assert_eq!(
            layout.fold(&[20, 21, 50, 51, 10, 11, 30, 31], 2, 0),
            [10, 11, 20, 21, 30, 31, 0, 0, 0, 0, 50, 51]
        );
        assert_eq!(layout.last(&["b", "d", "a", "c"]), ["c", "d"]);
        let real: Vec<bool> = (0..6).map(|place| is_real(&layout.lengths, 3, place)).collect();
        assert_eq!(real, [true, true, true, false, false, true]);
        assert_eq!(layout.unfold(&[1, 2, 3, 0, 0, 5], 1), [2, 5, 1, 3]);
        let wide = layout.widened(4);
        assert_eq!((wide.steps, &wide.lengths[..]), (4, &[3, 1][..]));
        assert_eq!(wide.fold(&[20, 50, 10, 30], 1, 0), [0, 10, 20, 30, 0, 0, 0, 50]);
    }

    #[test]
    fn sequences_of_equal_length_have_no_padding() {
        let layout = Layout::new(&[(0, 0.0), (1, 0.0), (0, 0.0), (1, 0.0)]);
        assert!(layout.lengths.is_empty());
        assert_eq!(layout.fold(&[1, 2, 3, 4], 1, 0), [1, 3, 2, 4], "without times, the order of the file");
        let even = Layout::even(2, 2);
        assert_eq!(even.fold(&[1, 2, 3, 4], 1, 0), [1, 2, 3, 4]);
        assert_eq!(even.widened(3).fold(&[1, 2, 3, 4], 1, 0), [0, 1, 2, 0, 3, 4]);
    }

    #[test]
    fn a_repeated_time_is_found_within_its_sequence() {
        let rows = [(0, 1.0), (1, 1.0), (0, 0.0), (0, 1.0), (0, -0.0)];
        assert_eq!(repeated(&rows), [(3, 0), (4, 2)]);
    }
}
