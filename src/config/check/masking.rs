//! Outputs that are switched off by their pre-activation, where the activation has no answer to that.
//!
//! What a mask must hold is known only with the data.

use super::{Place, Sound};
use crate::catalog::Facts;
use crate::catalog::explain::describe_range;
use crate::diagnostic::{self, Diagnostic};
use crate::spec::Masking;

/// Only a distribution shares among the outputs that are on. Elsewhere an output far below zero is a number of its own: 0 for `sigmoid`,
/// which `outputs` gives too, but -1 for `tanh` and minus infinity for `identity`.
pub(super) fn fault(c: &Sound, place: Place<'_>) -> Option<Diagnostic> {
    let (data, pairing) = (c.data.as_ref()?, c.pairing.as_ref()?);
    if data.mask.is_empty() || pairing.masking != Masking::Logits {
        return None;
    }
    let Facts::Activation { gives, distribution: false, log_distribution: false } =
        pairing.activation.entry.facts
    else {
        return None;
    };
    let name = pairing.activation.name();
    let title = format!(
        "`masking = \"logits\"` needs outputs that are a distribution, but `{name}` gives {}",
        describe_range(&gives)
    );
    let fault = Diagnostic::error(&diagnostic::PAIRING_MISMATCH, title)
        .at(&place(&["pairing", "masking"]), "shares everything among the outputs that are on")
        .also(&place(&["pairing", "activation"]), "the output activation is chosen here")
        .help("write `masking = \"outputs\"`: what is off is 0, and its target does not count")
        .help("or use `softmax` as the output activation");
    Some(fault)
}
