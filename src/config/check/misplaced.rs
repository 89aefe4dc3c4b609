//! Mistakes made on purpose that cannot be made in this network, with this loss.

use super::{Place, Sound};
use crate::diagnostic::{self, Diagnostic};

pub(super) fn faults(c: &Sound, place: Place<'_>) -> Vec<Diagnostic> {
    let (Some(fault), Some(model), Some(pairing)) = (&c.fault, &c.model, &c.pairing) else {
        return Vec::new();
    };
    let diagnostic = |(key, needs)| {
        let word = fault.all().into_iter().find(|(k, _)| *k == key).map_or("", |(_, word)| word);
        Diagnostic::error(
            &diagnostic::MISPLACED_FAULT,
            format!("the mistake `{word}` cannot be made here: it needs {needs}"),
        )
        .at(&place(&["fault", key]), format!("needs {needs}"))
        .help("remove the key, or change the network or the loss")
    };
    fault.needs(model, pairing).into_iter().map(diagnostic).collect()
}
