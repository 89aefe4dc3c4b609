//! Do the answers depend on the inputs?
//!
//! After the few samples were learned, as far as they were, every sample is given another's inputs: the loss must rise. And before
//! training the outputs of two samples should differ at all.
//!
//! Thresholds: the loss must rise by a twentieth of what was learned; outputs should differ by a thousandth of what targets do. Both are
//! starting values.

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::train::{Preflight, UseOfInputs};

pub(super) static THIS: Rule = Rule {
    code: "use-of-inputs",
    summary: "the answers do not depend on the inputs",
    docs: "After the 16 samples were learned, as far as they were, every sample is given the inputs of another: the loss must rise by a twentieth of what was learned. Before training, outputs of different samples should differ by a thousandth of what targets do.",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    reading::symptom_before_training(evidence, look)
}

const RISES: f64 = 0.05;
const SPREAD: f64 = 1e-3;
const SATURATED: f64 = 1.5;

/// What the rule says of a network, also where all is as it should be.
pub(super) fn look(preflight: &Preflight) -> Finding {
    let UseOfInputs { spread, target_spread, loss, exchanged } = preflight.use_of_inputs;
    let says = format!(
        "after these steps the loss is {}, and {} with the inputs of other samples",
        number(loss),
        number(exchanged)
    );
    let mut found = Finding::new(&THIS, says).severity(Severity::Fine);
    let learned = preflight.one_batch.first - loss;
    if target_spread > 0.0 && (!exchanged.is_finite() || exchanged - loss <= RISES * learned.max(0.0)) {
        found.severity = Severity::Warning;
        found.because.push("what it answers does not depend on what it is asked".into());
        found.help.push(
            "see `one batch`; if it learns there, look for columns that say nothing about the target".into(),
        );
    }
    if spread < SPREAD * target_spread {
        found.severity = found.severity.max(Severity::Note);
        let first = preflight.first_loss;
        // Saturated outputs are far from a neutral answer; those of small weights are it.
        let why = if first.measured > SATURATED * first.neutral {
            "all have the same saturated answer: initial weights or inputs are large"
        } else {
            "initial weights are so small that the inputs hardly reach the outputs"
        };
        let by = number(spread);
        found
            .because
            .push(format!("before training, outputs of different samples differ by at most {by}: {why}"));
        found.help.push("an initializer that knows the width of a layer, such as `glorot_uniform`".into());
    }
    found
}
