//! Are initial weights of a size that lets a signal through?

use super::{Change, Evidence, Finding, Rule, Severity, Stage, course, number, reading};
use crate::spec::Model;

pub(super) static THIS: Rule = Rule {
    code: "init",
    summary: "initial weights are far too large, or far too small",
    docs: "Initial weights should keep a signal at its size from layer to layer, so that units start where their activation bends. Far larger ones saturate sigmoids and tanh, and make the first loss and its gradient huge; far smaller ones let nothing through, so that all rows look the same and gradients are products of small numbers. How large weights should be depends on the width of a layer and on its activation: variance 2 / inputs for relu and its kin (`he_normal`; He, Zhang, Ren, and Sun 2015), 2 / (inputs + units) for tanh and sigmoid (`glorot_uniform`; Glorot and Bengio 2010), 1 / inputs for selu (`lecun_normal`; LeCun et al. 1998, Klambauer et al. 2017).

Measured before the first step, on 32 rows of the training part: the standard deviation of each unit's pre-activation over the rows, mean over the units of a layer; the layer where it is largest counts, that of the outputs too. Thresholds: above 10 or below 0.02. In the healthy cases of the corpus of `benches/diagnosis` it is 1.0 in the median, and at most 6; weights that are far too large make 74 in the median, far too small ones 0.0008. The design asked for the ratio between layers, which is weak: a signal may be far too large or too small in all of them. (One that is lost on its way through is `vanishing`.)

Silent where a rule above explains it: unscaled or constant inputs look like large or small weights, equal units and exploding states have causes of their own; and of networks without hidden layers, where every start is as good. A note where a run learns all the same (skill 0.85). Small weights are a note where training has overcome them: at the end every layer varies by 0.1 or more, and the loss has come to rest.

What to do: the initializer that suits the activation.",
    stage: Stage::Preflight,
    judge,
};

const LARGE: f64 = 10.0;
const SMALL: f64 = 0.02;
/// A tenth of what is usual: five times the threshold, far from where nothing passes.
const USUAL: f64 = 0.1;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let model = &*evidence.configuration.model;
    // A spread that is not finite is too large too, but nothing was measured.
    let (at, spread) = course::worst(evidence.start()?, |layer| layer.spread)?;
    let is_large = spread > LARGE;
    let explained = ["constant-features", "scale", "symmetry", "exploding", "dead"];
    // Also where a run learns in spite of them.
    let is_unscaled = before.iter().any(|found| found.rule.code == "scale");
    if !(is_large || spread < SMALL)
        || model.hidden.is_empty()
        || is_unscaled
        || reading::found(before, &explained)
    {
        return None;
    }
    let what = if at < model.hidden.len() { format!("hidden layer {at}") } else { "the outputs".into() };
    let says = format!(
        "before training the pre-activations of {what} vary by {}, where 1 is usual: the initial weights are far too {}",
        number(spread),
        if is_large { "large" } else { "small" }
    );
    let comes = if is_large {
        "units start at the ends of their activation, and the first loss and its gradient are huge"
    } else {
        "hardly anything of the inputs passes, so that all rows look the same, and gradients are products of small numbers"
    };
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .at(0, 0)
        .measured(spread, if is_large { LARGE } else { SMALL });
    let found = match left_behind(evidence).filter(|_| !is_large) {
        Some(now) => found.severity(Severity::Note).because(format!(
            "at the end they vary by {} or more, and the loss has come to rest: the start holds nothing back any more",
            number(now)
        )),
        None => found.because(comes),
    };
    let found = found
        .help("an initializer that knows the width of a layer: that of He for relu and its kin, of Glorot for tanh and sigmoid, of LeCun for selu");
    Some(mended(found, model))
}

/// How much the pre-activations of each layer vary at least at the end of a run that has come to rest, if that is usual again.
fn left_behind(evidence: &Evidence<'_>) -> Option<f64> {
    let run = evidence.run?;
    let is_at_rest = course::is_over(&run) && course::falls_most(&run)? < course::FALLS;
    let last = evidence.looks().last().filter(|look| is_at_rest && look.step > 0)?;
    let (_, least) = course::smallest(course::of_layers(last, |layer| layer.spread))?;
    (least >= USUAL).then_some(least)
}

fn mended(found: Finding, model: &Model) -> Finding {
    let suited = reading::suited_init(&model.hidden[0].activation);
    let found = if model.hidden.iter().all(|layer| layer.init.name() == suited) {
        found
    } else {
        found.change(Change::set("model.init", reading::quoted(suited)))
    };
    // Those that know the width of a layer differ by a factor of two at most.
    let knows_width = ["he_", "glorot_", "lecun_", "orthogonal", "zeros"];
    let is_output_suited = knows_width.iter().any(|name| model.output_init.name().starts_with(name));
    if is_output_suited {
        found
    } else {
        found.change(Change::set("model.output.init", "\"glorot_uniform\""))
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;

    fn of(model: &str, spreads: &[f32]) -> Example {
        let look = |spread: &f32| LayerLook { spread: Some(*spread), ..LayerLook::default() };
        Example::classes(model).start(&spreads.iter().map(look).collect::<Vec<_>>())
    }

    const WIDE: &str = "hidden = [8, 8]\nactivation = \"tanh\"\ninit = { name = \"normal\", std = 20 }\noutput.init = { name = \"normal\", std = 20 }";

    /// By hand; 6 is the largest of the corpus' healthy cases, 1 the median.
    #[test]
    fn weights_of_the_wrong_size_are_told() {
        assert_eq!(of(WIDE, &[1.0, 6.0, 0.001]).says("init"), None);
        let large = of(WIDE, &[74.0, 60.0, 50.0]);
        let found = large.says("init").unwrap();
        assert_eq!(
            (found.layer.as_deref(), found.value, found.threshold),
            (Some("layer_0"), Some(74.0), Some(10.0))
        );
        assert_eq!(
            large.changes("init"),
            ["model.init = \"glorot_uniform\"", "model.output.init = \"glorot_uniform\""]
        );
        let small = of("hidden = [8]\ninit = { name = \"normal\", std = 0.001 }", &[8e-4, 1e-6])
            .says("init")
            .unwrap();
        assert_eq!(small.threshold, Some(0.02));
        assert!(small.says.ends_with("far too small"), "{}", small.says);
        // Zeros in front of the outputs alone are a start like another.
        assert_eq!(of("hidden = [8]\noutput.init = \"zeros\"", &[1.0, 0.0]).says("init"), None);
        assert_eq!(of("hidden = []\noutput.init = \"zeros\"", &[0.0]).says("init"), None);
    }

    /// By hand: small weights that layers have left, at rest; still falling; and one layer that has not left them.
    #[test]
    fn small_weights_that_training_has_overcome_are_a_note() {
        use super::super::Severity;
        use super::super::trial::Trial;
        let of = |ends: &[f32], losses: &[f64]| {
            let text = "[model]\nhidden = [8]\ninit = { name = \"normal\", std = 0.001 }";
            let looked = Trial::new(text).losses(losses).looks(&[&[1e-3_f32, 1e-4], ends], |spread| {
                LayerLook { spread: Some(spread), ..LayerLook::default() }
            });
            looked.says(&super::THIS).unwrap().severity
        };
        let rest = [1.1, 1.0, 0.98, 0.98, 0.98, 0.98];
        assert_eq!(of(&[0.25, 0.3], &rest), Severity::Note);
        assert_eq!(of(&[0.25, 0.09], &rest), Severity::Warning);
        assert_eq!(of(&[0.25, 0.3], &[1.1, 1.0, 0.95, 0.9, 0.85, 0.8]), Severity::Warning);
    }

    #[test]
    fn unscaled_inputs_look_like_large_weights_and_come_first() {
        let mut unscaled = of("hidden = [8]", &[179.0, 50.0]);
        assert!(unscaled.says("init").is_some());
        (unscaled.traits.spread, unscaled.traits.largest) = (Some(1000.0), Some(300.0));
        assert_eq!(unscaled.says("init"), None);
    }

    #[test]
    fn the_initializer_suits_the_activation() {
        for (activation, init) in
            [("gelu", "he_normal"), ("sigmoid", "glorot_uniform"), ("selu", "lecun_normal")]
        {
            let model = format!(
                "hidden = [8]\nactivation = \"{activation}\"\ninit = {{ name = \"normal\", std = 20 }}"
            );
            assert_eq!(of(&model, &[74.0, 50.0]).changes("init"), [format!("model.init = \"{init}\"")]);
        }
    }
}
