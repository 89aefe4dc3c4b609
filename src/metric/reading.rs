//! Scores with what several metrics need of them, each made when the first of them asks for it.
//!
//! It judges nothing.

use std::cell::OnceCell;
use std::ops::Deref;

use super::Scores;
use super::counts::{Count, counts, predicted_class};
use super::probability::distributions;

/// See the module.
#[derive(Debug)]
pub struct Reading<'a> {
    scores: Scores<'a>,
    predicted: OnceCell<Vec<Option<usize>>>,
    counts: OnceCell<Vec<Count>>,
    distributions: OnceCell<Option<Vec<f64>>>,
    ranks: OnceCell<Vec<Option<usize>>>,
}

impl<'a> Reading<'a> {
    pub fn new(scores: Scores<'a>) -> Reading<'a> {
        Reading {
            scores,
            predicted: OnceCell::new(),
            counts: OnceCell::new(),
            distributions: OnceCell::new(),
            ranks: OnceCell::new(),
        }
    }

    /// Row by row, see [`predicted_class`].
    pub(super) fn predicted(&self) -> &[Option<usize>] {
        self.predicted
            .get_or_init(|| (0..self.rows).map(|row| predicted_class(self.output_row(row))).collect())
    }

    /// One per class or label.
    pub(super) fn counts(&self) -> &[Count] {
        self.counts.get_or_init(|| counts(self))
    }

    /// `[N, K]`, every row divided by its sum; `None` if one of them is no distribution.
    pub(super) fn distributions(&self) -> Option<&[f64]> {
        self.distributions.get_or_init(|| distributions(&self.scores)).as_deref()
    }

    /// How many outputs of each row stand before that of its true class, of equal ones the later first; `None` for a row with a NaN.
    pub(super) fn ranks(&self) -> &[Option<usize>] {
        let rank = |(row, class): (usize, &u32)| {
            let (output, class) = (self.output_row(row), *class as usize);
            let own = output[class];
            let ahead = |(k, v): &(usize, &f64)| **v > own || (**v == own && *k > class);
            (!output.iter().any(|v| v.is_nan())).then(|| output.iter().enumerate().filter(ahead).count())
        };
        self.ranks.get_or_init(|| self.class.iter().enumerate().map(rank).collect())
    }
}

impl<'a> Deref for Reading<'a> {
    type Target = Scores<'a>;

    fn deref(&self) -> &Scores<'a> {
        &self.scores
    }
}
