//! The two kinds of optimizers under one name: those that step, and those that search along lines.
//!
//! It passes on what both have in common; how parameters change is theirs.

use super::search::Searches;
use super::{Keep, Method, is_search};
use crate::spec;

/// How a population changes its parameters.
#[derive(Debug)]
pub(in crate::nn) enum Way {
    /// A step from the gradient of each batch.
    Steps(Box<Method>),
    /// An iteration that evaluates the objective as often as it needs.
    Search(Searches),
}

impl Way {
    /// With mistakes made on purpose.
    pub(in crate::nn) fn new(
        optimizers: &[&spec::Optimizer],
        is_weight: &[f64],
        precision: spec::Precision,
        fault: &spec::Fault,
    ) -> Way {
        if is_search(&optimizers[0].method) {
            let ignores = fault.loss == Some(spec::FaultyLoss::ParametersIgnored);
            Way::Search(Searches::new(optimizers, is_weight, precision, ignores))
        } else {
            let method = Method::new(optimizers, is_weight, precision).with_fault(fault.update);
            Way::Steps(Box::new(method))
        }
    }

    /// Of a population that makes steps.
    pub(in crate::nn) fn steps(&self) -> &Method {
        match self {
            Way::Steps(method) => method,
            Way::Search(_) => panic!("a line search takes the reference path"),
        }
    }

    /// Keeps these members, in this order.
    pub(in crate::nn) fn retain(&mut self, keep: &Keep<'_>) {
        match self {
            Way::Steps(method) => method.retain(keep),
            Way::Search(searches) => searches.retain(keep),
        }
    }

    /// What it remembers of each member with `size` parameters: rows of that size one after another, and single numbers.
    pub(in crate::nn) fn remembered(&mut self, size: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        match self {
            Way::Steps(method) => method.remembered(size),
            Way::Search(searches) => searches.remembered(size),
        }
    }

    /// The lengths of both for a member.
    pub(in crate::nn) fn remembered_len(&mut self, size: usize) -> (usize, usize) {
        match self {
            Way::Steps(method) => method.remembered_len(size),
            Way::Search(searches) => searches.remembered_len(size),
        }
    }

    /// Replaces what it remembers of the members that have something, as [`Way::remembered`] gives it.
    pub(in crate::nn) fn remind(&mut self, size: usize, all: &[Option<(&[f64], &[f64])>]) {
        match self {
            Way::Steps(method) => method.remind(size, all),
            Way::Search(searches) => searches.remind(size, all),
        }
    }
}
