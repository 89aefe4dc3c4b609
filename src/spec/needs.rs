//! What each mistake on purpose needs of a network and its loss.
//!
//! Told from facts of entries: no name of a member is listed here. Who is told, and how, is decided elsewhere.

use super::{Cell, Fault, FaultyLoss, HiddenDerivative, Model, OutputDelta, Pairing};
use crate::catalog::{Choice, Facts, TargetRow};

/// A key of `[fault]` and what its word needs.
pub type Needs = (&'static str, &'static str);

impl Fault {
    /// Every mistake that cannot be made in this network with this loss, and what it needs.
    pub fn needs(&self, model: &Model, pairing: &Pairing) -> Vec<Needs> {
        let needs = [hidden(self, model), output(self, pairing), time(self, model), loss(self, pairing)];
        needs.into_iter().flatten().collect()
    }
}

fn is_distribution(activation: &Choice) -> bool {
    matches!(activation.entry.facts, Facts::Activation { distribution: true, .. })
}

fn hidden(fault: &Fault, model: &Model) -> Option<Needs> {
    let wrong = fault.hidden_derivative?;
    let is_elman = model.recurrent.is_some_and(|recurrent| recurrent.cell == Cell::Elman);
    let needs = match wrong {
        _ if model.hidden.is_empty() => "a hidden layer",
        HiddenDerivative::DerivativeAtState if !is_elman => "a recurrent network of Elman cells",
        HiddenDerivative::SoftmaxElementwise
            if !model.hidden.iter().any(|layer| is_distribution(&layer.activation)) =>
        {
            "a hidden layer whose activation is a distribution, such as `softmax`"
        }
        _ => return None,
    };
    Some(("hidden_derivative", needs))
}

fn output(fault: &Fault, pairing: &Pairing) -> Option<Needs> {
    use OutputDelta::{
        MissingDerivative, SoftmaxElementwise, SoftmaxIndexShadowed, SoftmaxOfSoftmax, SoftmaxRowSum,
    };
    let wrong = fault.output_delta?;
    let is_fused = matches!(
        pairing.loss.entry.facts,
        Facts::Loss { fused_with, .. } if fused_with.contains(&pairing.activation.name())
    );
    let is_softmax =
        matches!(wrong, SoftmaxElementwise | SoftmaxRowSum | SoftmaxIndexShadowed | SoftmaxOfSoftmax);
    let needs = match wrong {
        _ if is_softmax && !is_distribution(&pairing.activation) => {
            "outputs that are a distribution, such as those of `softmax`"
        }
        _ if (is_softmax || wrong == MissingDerivative) && is_fused => {
            "a loss that is not computed together with its activation, such as `mse`"
        }
        _ => return None,
    };
    Some(("output_delta", needs))
}

fn time(fault: &Fault, model: &Model) -> Option<Needs> {
    fault.time_index?;
    let is_many_to_one = model.recurrent.is_some_and(|recurrent| !recurrent.return_sequences);
    (!is_many_to_one).then_some(("time_index", "a recurrent network that answers at the last step only"))
}

fn loss(fault: &Fault, pairing: &Pairing) -> Option<Needs> {
    let Facts::Loss { row, distribution, .. } = pairing.loss.entry.facts else { return None };
    let needs = match fault.loss? {
        FaultyLoss::RangeDrop if row != TargetRow::Signal => "a loss of ranges, `range_wise_mae`",
        FaultyLoss::TargetClassOnly if row != TargetRow::Class || distribution => {
            "a loss of margins, `hinge` or `squared_hinge`"
        }
        _ => return None,
    };
    Some(("loss", needs))
}
