//! What a pass through the networks of a population needs of the members that take part in it.
//!
//! All of them as they are, or some of them, also at other parameters than their own. It computes nothing.

use burn::tensor::Tensor;

use super::network::Stage;
use super::{Columns, Population};
use crate::spec::Reduction;

/// What a pass through the network needs of the members that take part in it.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    /// `[P, 1, D]`.
    pub(super) parameters: &'a Tensor<3>,
    pub(super) hidden: &'a [Stage],
    pub(super) output: &'a Stage,
    pub(super) loss_parameters: &'a Columns,
    pub(super) reduction: &'a [Reduction],
}

impl Population {
    /// All members, as they are.
    pub(super) fn everyone(&self) -> Pass<'_> {
        Pass {
            parameters: &self.parameters,
            hidden: &self.hidden,
            output: &self.output,
            loss_parameters: &self.loss_parameters,
            reduction: &self.reduction,
        }
    }

    /// Calls `f` with these members at these parameters, `[members, 1, D]`.
    pub(super) fn some<T>(
        &self,
        members: &[usize],
        parameters: &Tensor<3>,
        f: impl FnOnce(&Pass<'_>) -> T,
    ) -> T {
        let hidden: Vec<Stage> = self.hidden.iter().map(|stage| stage.of(members)).collect();
        let reduction: Vec<Reduction> = members.iter().map(|m| self.reduction[*m]).collect();
        f(&Pass {
            parameters,
            hidden: &hidden,
            output: &self.output.of(members),
            loss_parameters: &self.loss_parameters.of(members),
            reduction: &reduction,
        })
    }
}
