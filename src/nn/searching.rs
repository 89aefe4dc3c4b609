//! Optimizers that search along lines, on the reference path.
//!
//! It gives [`Searches`](super::optimizer::search) the loss and the gradient at the points they ask for, of all members that still
//! ask in one pass; where to look is theirs.

use super::batch::owned;
use super::optimizer::Way;
use super::optimizer::search::Evaluated;
use super::pass::Pass;
use super::{Batch, Population, Searched, device};

impl Population {
    /// One iteration of every member; gives each one's data loss before it.
    pub(super) fn search(&mut self, batch: &Batch) -> Vec<f64> {
        let Way::Search(searches) = &mut self.method else {
            panic!("an optimizer that searches along lines");
        };
        let mut searches = std::mem::take(searches);
        let size = self.layout.size;
        let rows = device::values(self.parameters.clone());
        let points = rows.chunks_exact(size).map(<[f64]>::to_vec).collect();
        let (points, losses) = searches.iterate(points, |members, at| self.evaluate_at(batch, members, at));
        let shape = [points.len(), 1, size];
        self.parameters = owned(device::tensor(&points.concat(), shape, self.precision));
        self.method = Way::Search(searches);
        losses
    }

    /// Data loss and gradient of these members at other points than their own.
    fn evaluate_at(&self, batch: &Batch, members: &[usize], at: &[&[f64]]) -> Vec<Evaluated> {
        let shape = [members.len(), 1, self.layout.size];
        let parameters = owned(device::tensor(&at.concat(), shape, self.precision));
        let (loss, gradient) = if members.len() == self.members() {
            self.differentiate(&Pass { parameters: &parameters, ..self.everyone() }, batch, &[])
        } else {
            // Who is done is left out: most lines take one evaluation, and some take five.
            let batch = batch.select(members);
            self.some(members, &parameters, |pass| self.differentiate(pass, &batch, &[]))
        };
        let gradient = device::values(gradient);
        let rows = gradient.chunks_exact(self.layout.size).map(<[f64]>::to_vec);
        loss.into_iter().zip(rows).map(|(loss, gradient)| Evaluated { loss, gradient }).collect()
    }

    /// What became of each member so far, where the optimizer searches along lines.
    pub(super) fn searched(&self) -> Option<Vec<Searched>> {
        match &self.method {
            Way::Search(searches) => Some(searches.searched()),
            Way::Steps(_) => None,
        }
    }
}
