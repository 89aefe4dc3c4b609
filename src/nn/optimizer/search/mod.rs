//! Optimizers that search along lines: every step they look for is judged by the value and the gradient of the whole objective.
//!
//! They are a family of their own kind: no chain, no learning rate, no batches, no lanes. One epoch is one iteration, from one
//! accepted step to the next. A member of the family says which way to go ([`Guide`]); how far is the business of `line`, one
//! member's numbers are those of `walk`, and [`Searches`] takes all members of a population through an iteration side by side. It
//! evaluates nothing itself and uses no tensors: what a member computes cannot depend on its neighbours here.

use super::Keep;
use crate::catalog::{Choice, Default as Start, Entry, Kind, Param, Range, Role};
use crate::spec::{self, Precision};

mod line;
mod walk;

pub use walk::{Halt, Moved, Searched};
use walk::{Iteration, Objective, Walk};

members! { Search: conjugate_gradient, lbfgs }

const TOLERANCE: Param = Param {
    key: "tolerance",
    kind: Kind::Real(Range::NON_NEGATIVE),
    role: Role::Numeric,
    default: Start::Real(1e-5),
    docs: "Training ends as `converged` when no entry of the gradient of the objective is larger than this.",
};

/// A member of the family.
#[derive(Debug)]
pub struct Search {
    pub entry: Entry,
    /// `c2` of the strong Wolfe conditions.
    pub curvature: f64,
    /// Its directions are as long as the step to expect, so that a step of 1 is tried first.
    pub is_scaled: bool,
    pub guide: fn(parameters: &Choice) -> Box<dyn Guide>,
    /// Rows of the size of the parameters that it remembers.
    pub rows: fn(parameters: &Choice) -> usize,
}

/// What chooses the direction of one member, and may remember.
pub trait Guide: Send + std::fmt::Debug {
    /// Whether it could go on from the end of this step.
    fn suits(&self, moved: &Moved<'_>) -> bool;
    /// The direction from the end of an accepted step.
    fn turn(&mut self, moved: &Moved<'_>) -> Vec<f64>;
    /// The next direction is the negative gradient, as at the start.
    fn forget(&mut self);
    /// Everything it remembers, of a member with `size` parameters: always as many numbers.
    fn remembered(&self, size: usize) -> Vec<f64>;
    fn remembered_len(&self, size: usize) -> usize;
    /// Goes on from what [`Guide::remembered`] gave.
    fn remind(&mut self, size: usize, numbers: &[f64]);
}

/// The member of the family that an entry is of; `None`: it is an optimizer of another kind.
pub(crate) fn find(entry: &Entry) -> Option<&'static Search> {
    ALL.iter().copied().find(|m| m.entry.name == entry.name)
}

/// Data loss and its gradient at a point, as a network gives them.
#[derive(Clone, Debug)]
pub(crate) struct Evaluated {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
}

/// The searches of a population.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    walks: Vec<Walk>,
    penalties: Vec<Penalties>,
    /// Which parameters are weights; the others are biases.
    is_weight: Vec<bool>,
}

/// The factors of one member.
#[derive(Clone, Copy, Debug)]
struct Penalties {
    l2: f64,
    weight_decay: f64,
    /// The mistake `parameters_ignored`: the data term is a constant.
    ignores_data: bool,
}

impl Penalties {
    /// What is minimised at `x`: `loss + l2 · Σ w² + weight_decay / 2 · Σ x²`, the first sum over weights, the second over weights
    /// and biases. Everything that a search knows of a network passes here.
    fn objective(self, data: Evaluated, x: &[f64], is_weight: &[bool]) -> Objective {
        let Evaluated { loss, mut gradient } = data;
        let mut value = if self.ignores_data { 0.0 } else { loss };
        for ((g, x), is_weight) in gradient.iter_mut().zip(x).zip(is_weight) {
            let factor = self.weight_decay / 2.0 + if *is_weight { self.l2 } else { 0.0 };
            // Without a penalty nothing is added, not even the sign of a zero.
            if factor != 0.0 {
                value += factor * x * x;
                *g += 2.0 * factor * x;
            }
        }
        Objective { loss, value, gradient }
    }
}

impl Searches {
    /// `optimizers` holds one per member, of one structure and of this family; `is_weight` is 1 for weights and 0 for biases.
    /// `ignores_data`: a mistake made on purpose, whose gradients of the data term come as zeros.
    pub(crate) fn new(
        optimizers: &[&spec::Optimizer],
        is_weight: &[f64],
        precision: Precision,
        ignores_data: bool,
    ) -> Searches {
        let walk = |o: &&spec::Optimizer| {
            let member = find(o.method.entry).expect("an optimizer that searches along lines");
            let guide = (member.guide)(&o.method);
            Walk::new(guide, member.curvature, member.is_scaled, o.method.number("tolerance"), precision)
        };
        let penalties =
            |o: &&spec::Optimizer| Penalties { l2: o.l2, weight_decay: o.weight_decay, ignores_data };
        Searches {
            walks: optimizers.iter().map(walk).collect(),
            penalties: optimizers.iter().map(penalties).collect(),
            is_weight: is_weight.iter().map(|w| *w != 0.0).collect(),
        }
    }

    /// One iteration of every member that can go on, from the points where their last ones ended to those where these end. Gives the
    /// data loss of each at the point it began at.
    ///
    /// `evaluate` gives data loss and gradient of these members at these points: all of those that wait for one are asked for at
    /// once. A member whose iteration is done is not asked for again.
    pub(crate) fn iterate(
        &mut self,
        points: Vec<Vec<f64>>,
        mut evaluate: impl FnMut(&[usize], &[&[f64]]) -> Vec<Evaluated>,
    ) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut losses: Vec<f64> = self.walks.iter().map(Walk::loss).collect();
        let mut iterations: Vec<Iteration> =
            self.walks.iter_mut().zip(points).map(|(walk, from)| walk.begin(from)).collect();
        loop {
            let waits = iterations.iter().enumerate().filter_map(|(m, i)| Some((m, i.asked()?)));
            let (members, at): (Vec<usize>, Vec<&[f64]>) = waits.unzip();
            if members.is_empty() {
                break;
            }
            let told = evaluate(&members, &at).into_iter().zip(&members).zip(&at);
            let told: Vec<Objective> = told
                .map(|((told, member), at)| self.penalties[*member].objective(told, at, &self.is_weight))
                .collect();
            for (member, told) in members.into_iter().zip(told) {
                if self.walks[member].is_new() {
                    losses[member] = told.loss;
                }
                self.walks[member].tell(&mut iterations[member], told);
            }
        }
        (iterations.into_iter().map(Iteration::into_point).collect(), losses)
    }

    pub(crate) fn searched(&self) -> Vec<Searched> {
        self.walks.iter().map(Walk::searched).collect()
    }

    /// A member was moved by somebody else.
    pub(crate) fn forget(&mut self, member: usize) {
        self.walks[member].forget();
    }

    /// Keeps these members, in this order.
    pub(crate) fn retain(&mut self, keep: &Keep<'_>) {
        let mut walks: Vec<Option<Walk>> = std::mem::take(&mut self.walks).into_iter().map(Some).collect();
        let take = |m: &usize| walks[*m].take().expect("each member is kept once");
        self.walks = keep.members.iter().map(take).collect();
        self.penalties = keep.members.iter().map(|m| self.penalties[*m]).collect();
    }

    /// What the search of each member remembers: numbers in double precision, whatever the network's.
    pub(crate) fn remembered(&self, size: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        self.walks.iter().map(|walk| (Vec::new(), walk.remembered(size))).collect()
    }

    /// The lengths of both for a member.
    pub(crate) fn remembered_len(&self, size: usize) -> (usize, usize) {
        (0, self.walks.first().map_or(0, |walk| walk.remembered_len(size)))
    }

    /// Replaces what the searches of members remember that have something, as [`Searches::remembered`] gives it.
    pub(crate) fn remind(&mut self, size: usize, all: &[Option<(&[f64], &[f64])>]) {
        for (walk, from) in self.walks.iter_mut().zip(all) {
            if let Some((_, numbers)) = from {
                walk.remind(size, numbers);
            }
        }
    }
}

#[cfg(test)]
mod tests;
