//! Do outputs start at the ends of their activation?

use super::{Change, Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::spec::{Bias, Model};

pub(super) static THIS: Rule = Rule {
    code: "saturated",
    summary: "outputs start at the ends of their activation",
    docs: "At the ends of a sigmoid, a tanh, or a softmax there is hardly any slope. With a squared error the gradient is multiplied by it: with z = -5 and a target of 1, sigmoid + mse has dL/dz = -0.0132 where cross-entropy has -0.993, with z = -10 it is -9e-5. Outputs that start there take very long to come back.

Measured before the first step, on 32 rows of the training part: the share of output values within 0.25 % of the range of an activation from one of its ends, where the slope of a sigmoid or a tanh is a hundredth of the largest (that of softsign is far less); of a softmax, of shares p with p (1 - p) below 0.0025. Threshold: 0.95. Some may start so by chance (at most 0.63 in the healthy cases of the corpus of `benches/diagnosis`); with a fault it is all of them. After training it says nothing: a solved classification *is* saturated. With a loss that cancels the slope (sigmoid + binary_cross_entropy, softmax + cross_entropy) the gradient stays, so that it is a note; and it is one where a run learns all the same (skill 0.85). Of a softmax over so many classes that even shares are small (400 or more) nothing is said.

Silent where a rule above explains it: unscaled inputs, initial weights of the wrong size, states that explode.

What to do: output biases that start at 0, and initial output weights of usual size.",
    stage: Stage::Preflight,
    judge,
};

const SHARE: f64 = 0.95;
/// Shares of a softmax over this many classes count as flat when they are all equal: 1/400 (1 - 1/400) is 0.0025.
const CLASSES: usize = 400;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let configuration = evidence.configuration;
    let (model, pairing) = (&*configuration.model, &*configuration.pairing);
    let start = evidence.start().filter(|start| start.layers.len() == model.hidden.len() + 1)?;
    let share = reading::decimal(start.layers.last()?.saturated?);
    let is_wide = reading::is_distribution(&pairing.activation)
        && evidence.traits.is_some_and(|traits| traits.classes.len() >= CLASSES);
    let explained = ["scale", "exploding", "init"];
    if share <= SHARE || is_wide || reading::found(before, &explained) {
        return None;
    }
    let name = pairing.activation.name();
    let says = format!(
        "{} % of the outputs start at an end of `{name}`, where it has hardly any slope",
        number(100.0 * share)
    );
    let found =
        Finding::new(&THIS, says).layer(reading::layer(model.hidden.len())).at(0, 0).measured(share, SHARE);
    let found = if reading::is_fused(pairing) {
        found.severity(Severity::Note).because(
            "the first loss is large; its gradient is not multiplied by that slope, so that it comes back",
        )
    } else {
        found.severity(reading::unless_well(evidence)).because(format!(
            "the gradient of `{}` is multiplied by that slope: outputs that are wrong stay where they are",
            pairing.loss.name()
        ))
    };
    Some(mended(found.help("output biases that start at 0, and output weights of usual size"), model))
}

fn mended(found: Finding, model: &Model) -> Finding {
    let has_biases = matches!(model.output_bias, Bias::Unit | Bias::Tied);
    if has_biases && model.output_bias_init.name() != "zeros" {
        return found.change(Change::set("model.output.bias_init", "\"zeros\""));
    }
    if model.output_init.name() == "glorot_uniform" {
        return found;
    }
    found.change(Change::set("model.output.init", "\"glorot_uniform\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;
    use crate::spec::Task;

    fn of(pairing: &str, share: f32) -> Example {
        let text = format!(
            "pairing = \"{pairing}\"\n[data]\nsource = \"blobs\"\n[model]\nhidden = [8]\noutput.bias_init = {{ name = \"constant\", value = -12 }}"
        );
        let look = |saturated| LayerLook { spread: Some(1.0), saturated, ..LayerLook::default() };
        Example::new(Task::Classification, &text).start(&[look(None), look(Some(share))])
    }

    /// By hand; 0.63 is the largest share of the corpus' healthy cases.
    #[test]
    fn outputs_without_slope_are_told() {
        assert_eq!(of("sigmoid+mse", 0.63).says("saturated"), None);
        assert_eq!(of("sigmoid+mse", 0.95).says("saturated"), None);
        let all = of("sigmoid+mse", 1.0);
        let found = all.says("saturated").unwrap();
        assert_eq!(
            (found.layer.as_deref(), found.severity, found.value),
            (Some("layer_1"), Severity::Warning, Some(1.0))
        );
        assert_eq!(all.changes("saturated"), ["model.output.bias_init = \"zeros\""]);
    }

    #[test]
    fn a_loss_that_cancels_the_slope_makes_it_a_note() {
        assert_eq!(
            of("sigmoid+binary_cross_entropy", 1.0).says("saturated").unwrap().severity,
            Severity::Note
        );
        let mut many = of("softmax+mse", 1.0);
        assert_eq!(many.says("saturated").unwrap().severity, Severity::Warning);
        many.traits.classes = vec![10; 400];
        assert_eq!(many.says("saturated"), None);
    }
}
