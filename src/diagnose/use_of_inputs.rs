//! Do the answers depend on the inputs?
//!
//! After the few samples were learned, as far as they were, every sample is given another's inputs: the loss must rise. And before
//! training the outputs of two samples should differ at all.
//!
//! Thresholds: the loss must change by a twentieth of what was learned, or of itself; outputs should differ by a thousandth of what targets
//! do, or of 1 where those differ by more. Both are starting values.

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::catalog::Choice;
use crate::spec::Configuration;
use crate::train::{Preflight, UseOfInputs};

pub(super) static THIS: Rule = Rule {
    code: "use-of-inputs",
    summary: "the answers do not depend on the inputs",
    docs: "After the 16 samples were learned, as far as they were, every sample is given the inputs of another: the loss must rise by a twentieth of what was learned, or of itself where that is less (a loss that begins far off comes down a long way before rows are told apart). If it falls by as much the answers depend on the inputs too, and nothing is said; nor where the steps before did not lower the loss. Before training, outputs of different samples should differ by a thousandth of what targets do (of 1, where targets differ by more: a network starts with outputs of that size).",
    stage: Stage::Preflight,
    judge,
};

/// Rules above it that say why, where they say something.
const WHY: [&str; 5] = ["dead", "init", "vanishing", "saturated", "one-batch"];

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let found = reading::symptom_before_training(evidence, look)?;
    // Nobody is sent to what is not told.
    let codes = before.iter().map(|finding| finding.rule.code).filter(|code| WHY.contains(code));
    let told: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
    let help = if told.is_empty() { Vec::new() } else { vec![format!("see {}", told.join(", "))] };
    Some(Finding { help, ..found })
}

const RISES: f64 = 0.05;
const SPREAD: f64 = 1e-3;
/// Of a loss, what is rounding.
const ROUNDING: f64 = 1e-9;

/// What the rule says of a network, also where all is as it should be.
pub(super) fn look(preflight: &Preflight) -> Finding {
    let UseOfInputs { spread, target_spread, loss, exchanged } = preflight.use_of_inputs;
    let batch = &preflight.one_batch;
    let says = format!(
        "after these steps the loss is {}, and {} with the inputs of other samples",
        number(loss),
        number(exchanged)
    );
    let mut found = Finding::new(&THIS, says).severity(Severity::Fine);
    let learned = batch.first - loss;
    let has_failed = !loss.is_finite() || !exchanged.is_finite() || learned < -RISES * batch.first;
    let (change, rounding) = ((exchanged - loss).abs(), ROUNDING * loss.abs());
    let changes = change > RISES * learned.max(0.0).min(loss.abs()) + rounding;
    if has_failed {
        found
            .because
            .push("these steps did not lower the loss, so that this says nothing of the inputs".into());
    } else if target_spread > 0.0 && !changes {
        let hardly = if change > rounding { "hardly depends" } else { "does not depend" };
        found.severity = Severity::Warning;
        found.because.push(format!("what it answers {hardly} on what it is asked"));
        let is_learned = batch.attempts.iter().any(|attempt| batch.learned(attempt));
        found.help.push(if is_learned {
            "look for columns that say nothing about the target".into()
        } else {
            "`one-batch` tells what keeps it from learning these samples".into()
        });
    }
    if spread < SPREAD * target_spread.min(1.0) {
        found.severity = found.severity.max(Severity::Note);
        found.because.push(format!(
            "before training, outputs of different samples differ by at most {}: {}",
            number(spread),
            alike(&preflight.configuration)
        ));
        // Small weights are one reason, and saturated or dead units, biases, and depth are others: rules of their own look at them.
        found.help.push("`runner doctor` looks at the start, layer by layer".into());
    }
    found
}

/// Why outputs may be alike: also of large inputs, where all rows drive a unit to the same end.
fn alike(configuration: &Configuration) -> &'static str {
    let has_ends =
        |activation: &Choice| reading::is_squashing(activation) || reading::is_distribution(activation);
    let hidden = configuration.model.hidden.iter().any(|layer| has_ends(&layer.activation));
    if hidden || has_ends(&configuration.pairing.activation) {
        "the inputs hardly reach the outputs, or drive units to an end of their activation, where all rows are alike"
    } else {
        "the inputs hardly reach the outputs"
    }
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
        let why = |loss: f64, exchanged: f64| of(1.0, loss, exchanged).because.remove(0);
        assert_eq!(why(0.5, 0.5), "what it answers does not depend on what it is asked");
        assert_eq!(why(0.5, 0.52), "what it answers hardly depends on what it is asked");
    }

    /// By hand: of a way from 5.357e11 a twentieth is more than any loss here; of 10820000 it is 541000.
    #[test]
    fn a_long_way_down_does_not_hide_what_changes() {
        let severity = |exchanged: f64| of(5.357e11, 10_820_000.0, exchanged).severity;
        assert_eq!(severity(38_850_000.0), Severity::Fine);
        assert_eq!([11_360_000.0, 11_370_000.0].map(severity), [Severity::Warning, Severity::Fine]);
    }

    #[test]
    fn only_what_was_found_is_pointed_at() {
        use crate::diagnose::trial::Trial;
        use crate::diagnose::{dead, gradient, one_batch as few};
        let trial = Trial::new("").sick();
        let mut preflight = preflight("");
        preflight.one_batch = one_batch(&[1.0, 1.0], None);
        preflight.use_of_inputs =
            UseOfInputs { spread: 0.0, loss: 1.0, exchanged: 1.0, ..preflight.use_of_inputs };
        let evidence = Evidence { preflight: Some(&preflight), ..trial.evidence() };
        let help = |rules: &[&'static Rule]| {
            let before: Vec<Finding> = rules.iter().map(|&rule| Finding::new(rule, "something")).collect();
            judge(&evidence, &before).unwrap().help
        };
        assert_eq!(help(&[&gradient::THIS, &dead::THIS, &few::THIS]), ["see `dead`, `one-batch`"]);
        assert!(help(&[&gradient::THIS]).is_empty());
        assert!(look(&preflight).help[0].starts_with("`one-batch` tells"));
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
        assert!(!found.help.concat().contains("glorot"), "{found:?}");
        assert_eq!(of(5e-4, 0.1).severity, Severity::Fine);
    }

    /// Outputs are alike also where the inputs reach them too well.
    #[test]
    fn units_with_ends_may_stand_there() {
        let why = |text: &str| {
            let mut preflight = preflight(text);
            preflight.use_of_inputs.spread = 0.0;
            look(&preflight).because[0].clone()
        };
        let identity = "pairing = \"identity+mse\"\n[model]\nhidden = [8]\nactivation = ";
        let end = "or drive units to an end of their activation, where all rows are alike";
        assert!(
            why(&format!("{identity}\"relu\""))
                .ends_with("differ by at most 0: the inputs hardly reach the outputs")
        );
        assert!(why(&format!("{identity}\"tanh\"")).ends_with(end));
        assert!(why("").ends_with(end), "a softmax");
    }
}
