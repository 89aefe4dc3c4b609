//! Does training begin where a network that knows nothing should?
//!
//! With output pre-activations of 0 for every sample the loss is known in closed form (ln K for K classes with cross-entropy, ln 2 with
//! binary cross-entropy, 0.25 for sigmoid with mean squared error, about 1 for standardised targets). A first loss that is half as much
//! again, or half of it, is not such a start. Threshold: 0.5, from the practice of looking at the first loss (Karpathy, "A Recipe for
//! Training Neural Networks", 2019).

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::catalog::Facts;
use crate::spec::{Pairing, Reduction};
use crate::train::Preflight;

pub(super) static THIS: Rule = Rule {
    code: "first-loss",
    summary: "the first loss is not that of a network that knows nothing",
    docs: "With output pre-activations of 0 for every sample the loss is known in closed form: ln K for K classes with cross-entropy, ln 2 with binary cross-entropy, 0.25 for sigmoid with mean squared error, (K - 1)/K² for softmax with mean squared error, about 1 for standardised targets. A first loss more than half above it starts with large wrong answers (large initial weights or inputs); one at half of it knows something before training, so that inputs may tell the answer away. Threshold: 0.5, from the practice of looking at the first loss (Karpathy, A Recipe for Training Neural Networks, 2019). He initialisation with standardised inputs starts at up to twice ln K, so this is evidence for other causes, not a cause.",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    reading::symptom_before_training(evidence, look)
}

const OFF: f64 = 0.5;

/// A mean over standardised targets is about 1; ten standard deviations make 100.
const LARGE: f64 = 100.0;

/// What the rule says of a network, also where all is as it should be.
pub(super) fn look(preflight: &Preflight) -> Finding {
    let (measured, neutral) = (preflight.first_loss.measured, preflight.first_loss.neutral);
    let pairing = &preflight.configuration.pairing;
    let says = format!(
        "the loss is {} on the training part; that of {} is {} where all output pre-activations are 0",
        number(measured),
        pairing.label(),
        number(neutral)
    );
    let mut found = Finding::new(&THIS, says).severity(Severity::Fine);
    if neutral > LARGE && is_unbounded(pairing) {
        found.severity = Severity::Warning;
        found.because.push(
            "targets are large: the gradient is as large, and a learning rate that suits it suits no other part of the network".into(),
        );
        found
            .help
            .push("`data.target_scale = \"standardize\"`; metrics stay in the units of the file".into());
    } else if !measured.is_finite() || measured > (1.0 + OFF) * neutral {
        // What the file has is not proposed.
        let is_scaled = preflight.configuration.data.scale.name() != "none";
        let what = if is_scaled {
            "initial weights are large for these inputs"
        } else {
            "initial weights or inputs are large"
        };
        found.severity = Severity::Warning;
        found.because.push(format!(
            "it starts with large wrong answers, which the first steps are spent on taking back: {what}"
        ));
        let scaled = if is_scaled { "" } else { "scaled inputs (`data.scale`), or " };
        found
            .help
            .push(format!("{scaled}smaller initial weights (`model.init`, and `init` in `model.output`)"));
    } else if measured < (1.0 - OFF) * neutral {
        found.severity = Severity::Note;
        found.because.push(
            "before any training it does better than one that knows nothing: do inputs tell the answer away?"
                .into(),
        );
    }
    found
}

/// Whether outputs may be as large as targets are, and the loss is a mean.
fn is_unbounded(pairing: &Pairing) -> bool {
    let Facts::Activation { gives, .. } = pairing.activation.entry.facts else { return false };
    gives.high.is_infinite() && pairing.reduction != Reduction::Sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::trial::preflight;
    use crate::train::FirstLoss;

    fn of(text: &str, measured: f64, neutral: f64) -> Finding {
        look(&Preflight { first_loss: FirstLoss { measured, neutral }, ..preflight(text) })
    }

    /// By hand: half above 2 is 3, half of it is 1.
    #[test]
    fn a_start_half_above_or_half_below_is_told() {
        let severity = |measured: f64| of("", measured, 2.0).severity;
        assert_eq!(
            [3.0, 3.1, f64::INFINITY].map(severity),
            [Severity::Fine, Severity::Warning, Severity::Warning]
        );
        assert_eq!([1.0, 0.9].map(severity), [Severity::Fine, Severity::Note]);
    }

    /// What the file has is not proposed.
    #[test]
    fn scaled_inputs_are_not_to_be_scaled() {
        let plain = of("", 10.0, 1.0);
        assert!(plain.because[0].ends_with("initial weights or inputs are large"), "{plain:?}");
        assert!(
            plain.help[0].starts_with("scaled inputs (`data.scale`), or smaller initial weights"),
            "{plain:?}"
        );
        let scaled = of("[data]\nsource = \"blobs\"\nscale = \"standardize\"", 10.0, 1.0);
        assert!(scaled.because[0].ends_with("initial weights are large for these inputs"), "{scaled:?}");
        assert!(scaled.help[0].starts_with("smaller initial weights"), "{scaled:?}");
    }
}
