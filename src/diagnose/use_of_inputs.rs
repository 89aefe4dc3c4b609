//! Do the answers depend on the inputs?
//!
//! After the few samples were learned, as far as they were, every sample is given another's inputs: the loss must rise. And before
//! training the outputs of two samples should differ at all.
//!
//! Thresholds: the loss must change by a twentieth of what was learned; outputs should differ by a thousandth of what targets do, or of 1
//! where those differ by more. Both are starting values.

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::train::{Preflight, UseOfInputs};

pub(super) static THIS: Rule = Rule {
    code: "use-of-inputs",
    summary: "the answers do not depend on the inputs",
    docs: "After the 16 samples were learned, as far as they were, every sample is given the inputs of another: the loss must rise by a twentieth of what was learned. If it falls by as much the answers depend on the inputs too, and nothing is said; nor where the steps before did not lower the loss. Before training, outputs of different samples should differ by a thousandth of what targets do (of 1, where targets differ by more: a network starts with outputs of that size).",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    reading::symptom_before_training(evidence, look)
}

const RISES: f64 = 0.05;
const SPREAD: f64 = 1e-3;
/// Of a loss, what is rounding.
const ROUNDING: f64 = 1e-9;

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
    let has_failed =
        !loss.is_finite() || !exchanged.is_finite() || learned < -RISES * preflight.one_batch.first;
    let changes = (exchanged - loss).abs() > RISES * learned.max(0.0) + ROUNDING * loss.abs();
    if has_failed {
        found
            .because
            .push("these steps did not lower the loss, so that this says nothing of the inputs".into());
    } else if target_spread > 0.0 && !changes {
        found.severity = Severity::Warning;
        found.because.push("what it answers does not depend on what it is asked".into());
        found.help.push(
            "see `one batch`; if it learns there, look for columns that say nothing about the target".into(),
        );
    }
    if spread < SPREAD * target_spread.min(1.0) {
        found.severity = found.severity.max(Severity::Note);
        found.because.push(format!(
            "before training, outputs of different samples differ by at most {}: the inputs hardly reach the outputs",
            number(spread)
        ));
        // Small weights are one reason, and saturated or dead units, biases, and depth are others: rules of their own look at them.
        found.help.push("see what is said of the start: `init`, `dead`, `saturated`, `vanishing`".into());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::trial::{one_batch, preflight};

    /// The loss before and after the steps, and with the inputs of others.
    fn of(first: f64, loss: f64, exchanged: f64) -> Finding {
        let mut preflight = preflight("");
        preflight.one_batch = one_batch(&[first, loss], None);
        preflight.use_of_inputs = UseOfInputs { loss, exchanged, ..preflight.use_of_inputs };
        look(&preflight)
    }

    /// By hand: a twentieth of the way from 1 to 0.5 is 0.025.
    #[test]
    fn answers_that_stay_the_same_are_told() {
        assert_eq!(of(1.0, 0.5, 0.52).severity, Severity::Warning);
        assert_eq!(of(1.0, 0.5, 0.53).severity, Severity::Fine);
        assert_eq!(of(1.0, 1.0, 1.0).severity, Severity::Warning);
    }

    /// A loss that moves with the inputs shows that they matter, up or down; one that rose or is none shows nothing.
    #[test]
    fn what_moves_or_shows_nothing_is_left_alone() {
        assert_eq!(of(16.12, 16.12, 9.253).severity, Severity::Fine);
        for (loss, exchanged) in [(f64::NAN, f64::NAN), (0.5, f64::INFINITY), (14.24, 14.24)] {
            let found = of(1.0, loss, exchanged);
            assert_eq!(found.severity, Severity::Fine, "{found:?}");
            assert!(found.because[0].starts_with("these steps did not lower the loss"), "{found:?}");
        }
    }

    /// Targets of 1e5 make outputs of 1 small, but not the weights; and nothing is proposed that the file may have.
    #[test]
    fn outputs_are_compared_with_what_a_network_starts_with() {
        let of = |spread: f64, target_spread: f64| {
            let mut preflight = preflight("[model]\ninit = \"glorot_uniform\"");
            preflight.use_of_inputs = UseOfInputs { spread, target_spread, ..preflight.use_of_inputs };
            look(&preflight)
        };
        assert_eq!(of(0.5, 1e5).severity, Severity::Fine);
        let found = of(5e-4, 1e5);
        assert_eq!(found.severity, Severity::Note);
        assert!(found.because[0].ends_with("the inputs hardly reach the outputs"), "{found:?}");
        assert!(!found.help.concat().contains("glorot"), "{found:?}");
        assert_eq!(of(5e-4, 0.1).severity, Severity::Fine);
    }
}
