//! Mistakes made on purpose that cannot be made in this network, with this loss.
//!
//! What each needs is told from facts of entries; no name of a member is listed here.

use super::{Place, Sound};
use crate::catalog::{Choice, Facts, TargetRow};
use crate::diagnostic::{self, Diagnostic};
use crate::spec::{Cell, Fault, FaultyLoss, HiddenDerivative, Model, OutputDelta, Pairing};

/// A key of `[fault]` and what its word needs.
type Needs = (&'static str, &'static str);

pub(super) fn faults(c: &Sound, place: Place<'_>) -> Vec<Diagnostic> {
    let (Some(fault), Some(model), Some(pairing)) = (&c.fault, &c.model, &c.pairing) else {
        return Vec::new();
    };
    let needs = [hidden(fault, model), output(fault, pairing), time(fault, model), loss(fault, pairing)];
    let diagnostic = |(key, needs): Needs| {
        let word = fault.all().into_iter().find(|(k, _)| *k == key).map_or("", |(_, word)| word);
        Diagnostic::error(
            &diagnostic::MISPLACED_FAULT,
            format!("the mistake `{word}` cannot be made here: it needs {needs}"),
        )
        .at(&place(&["fault", key]), format!("needs {needs}"))
        .help("remove the key, or change the network or the loss")
    };
    needs.into_iter().flatten().map(diagnostic).collect()
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
