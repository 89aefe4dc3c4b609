//! Is a softmax, or a sigmoid, applied twice?

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::catalog::Choice;
use crate::spec::Configuration;

pub(super) static THIS: Rule = Rule {
    code: "double-activation",
    summary: "an activation of outputs stands in a hidden layer",
    docs: "A softmax belongs behind the last layer. In a hidden layer of H units its values share a sum of 1, 1/H each on average: what one unit gains the others lose, differences between samples become as small as 1/H, and the slope p (1 - p) makes the gradient of all layers before it smaller by the same factor. With several such layers nothing passes.

The same happens at the outputs where a softmax (or a sigmoid) is put on values that already went through one, as with a framework's loss that applies its own. Its inputs then lie in [0, 1], and the loss has a floor that no training passes, in closed form:

| applied twice | floor |
|---|---|
| softmax before cross-entropy, K classes | -ln(e / (e + K - 1)): 0.313 for 2, 0.551 for 3, 0.905 for 5, 1.461 for 10, 3.622 for 100 |
| sigmoid before binary cross-entropy, balanced | 0.503: an answer stays in (0.5, 0.731) |

With weights between both, which this language always has, the floor holds as long as these weights stay near 1; they must first grow to undo it.

Found: any hidden softmax or log_softmax, a warning, or a note where a run learns all the same (skill 0.85); and, as a note of a run that came to little, a sigmoid layer of exactly as many units as there are outputs, three or more, right before a softmax or a sigmoid, which is how applying it twice looks here. Wider sigmoid layers before an output are an ordinary network. There is no threshold to choose.

What to do: an activation for hidden layers, such as `relu` or `tanh`.",
    stage: Stage::Lint,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let configuration = evidence.configuration;
    let hidden = &configuration.model.hidden;
    let is_output_kind = |a: &Choice| reading::is_distribution(a) || reading::is_log_distribution(a);
    let Some(at) = hidden.iter().position(|layer| is_output_kind(&layer.activation)) else {
        return twice(evidence).filter(|_| evidence.is_sick());
    };
    let (name, units) = (hidden[at].activation.name(), hidden[at].units);
    let says = format!(
        "hidden layer {at} is a `{name}`: its {units} units share a sum of 1, {} each on average",
        number(1.0 / units as f64)
    );
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .because("what one unit gains the others lose, so that little of the inputs passes on, and as little of the gradient comes back")
        .help("an activation for hidden layers; softmax belongs behind the last one");
    let found = match floor(evidence) {
        Some(why) if at + 1 == hidden.len() => found.because(why),
        _ => found,
    };
    let name = reading::suited_activation(&hidden[at].init);
    Some(found.change(reading::hidden_activation(&configuration.model, name)))
}

/// A sigmoid layer that looks like the outputs before the outputs.
fn twice(evidence: &Evidence<'_>) -> Option<Finding> {
    let Configuration { model, pairing, .. } = evidence.configuration;
    let (at, last) = model.hidden.iter().enumerate().next_back()?;
    let outputs = evidence.traits?.classes.len();
    let is_again = last.activation.name() == "sigmoid" && last.units == outputs && outputs > 2;
    let head = pairing.activation.name();
    let is_head = head == "sigmoid" || reading::is_distribution(&pairing.activation);
    if !is_again || !is_head || model.recurrent.is_some() {
        return None;
    }
    let says = format!("`sigmoid` on {outputs} units stands right before `{head}` on {outputs} outputs");
    let found = Finding::new(&THIS, says).severity(Severity::Note).layer(reading::layer(at)).because(
        "if this layer was meant as the outputs, an activation is applied to what went through one already",
    );
    let found = floor(evidence).into_iter().fold(found, Finding::because);
    Some(found.help("more hidden units, or no such layer"))
}

/// The least loss where this activation is put on values in [0, 1].
fn floor(evidence: &Evidence<'_>) -> Option<String> {
    let pairing = &evidence.configuration.pairing;
    let classes = evidence.traits?.classes.len();
    let least = match pairing.label().as_str() {
        "softmax+cross_entropy" if classes > 1 => softmax_floor(classes),
        "sigmoid+binary_cross_entropy" => SIGMOID_FLOOR,
        _ => return None,
    };
    Some(format!("while the weights behind it are near 1, the loss cannot fall below {}", number(least)))
}

fn softmax_floor(classes: usize) -> f64 {
    let e = std::f64::consts::E;
    -(e / (e + classes as f64 - 1.0)).ln()
}

/// Half of the answers at sigmoid(1), half at sigmoid(0): (ln(1 + 1/e) + ln 2) / 2.
const SIGMOID_FLOOR: f64 = 0.5032044340390841;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;

    /// SciPy 1.18: `log_softmax([1, 0, ..., 0])[0]`, and `(log1p(exp(-1)) + log(2)) / 2`; the design has the first to three digits.
    #[test]
    fn floors_are_in_closed_form() {
        for (classes, floor) in [(2, 0.313), (3, 0.551), (5, 0.905), (10, 1.461), (100, 3.622)] {
            assert!((softmax_floor(classes) - floor).abs() < 5e-4, "{classes}");
        }
        assert!((SIGMOID_FLOOR - ((1.0 + (-1f64).exp()).ln() + 2f64.ln()) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_hidden_softmax_is_told() {
        let mut example =
            Example::classes("hidden = [4, 5]\nactivation = \"softmax\"\ninit = \"glorot_uniform\"");
        example.traits.classes = vec![10; 5];
        let found = example.says("double-activation").unwrap();
        assert_eq!((found.layer.as_deref(), found.severity), (Some("layer_0"), Severity::Warning));
        assert!(found.says.contains("4 units share a sum of 1, 0.25 each"), "{}", found.says);
        assert_eq!(example.changes("double-activation"), ["model.activation = \"tanh\""]);
        let mut last = Example::classes("hidden = [4, { units = 5, activation = \"softmax\" }]");
        last.traits = example.traits.clone();
        let found = last.says("double-activation").unwrap();
        assert!(found.because[1].ends_with("cannot fall below 0.9048"), "{found:?}");
        assert_eq!(
            last.changes("double-activation"),
            ["model.hidden = [{ units = 4, activation = \"relu\" }, { units = 5, activation = \"relu\" }]"]
        );
        assert_eq!(last.well().says("double-activation").unwrap().severity, Severity::Note);
    }

    /// By hand: a sigmoid layer of 8 units before 3 classes is an ordinary network, one of 3 may be a second head.
    #[test]
    fn sigmoid_layers_are_ordinary_unless_they_look_like_outputs() {
        let of = |units: usize| {
            let mut example = Example::classes(&format!("hidden = [{units}]\nactivation = \"sigmoid\""));
            example.traits.classes = vec![10; 3];
            example
        };
        assert_eq!(of(8).sick().says("double-activation"), None);
        assert_eq!(of(3).says("double-activation"), None);
        assert_eq!(of(3).sick().says("double-activation").unwrap().severity, Severity::Note);
    }
}
