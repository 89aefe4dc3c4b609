//! Is a signal lost on its way through a deep network?

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};
use crate::event::Look;
use crate::spec::Model;

pub(super) static THIS: Rule = Rule {
    code: "vanishing",
    summary: "a signal is lost on its way through the layers",
    docs: "Each sigmoid layer makes what differs between rows about four times smaller, since its slope is a quarter at most, and the gradient on the way back as well. After five such layers all rows have the same answer, and the first layers get a thousandth of the gradient of the last: they stay where they began, and what they pass on says nothing (Hochreiter 1991; Bengio, Simard, and Frasconi 1994; Glorot and Bengio 2010).

Found before the first step in networks of at least 3 hidden layers, one of

- the signal: the pre-activations of the last layer vary over rows by less than 1e-3, while those of the first vary by more than 0.05;
- the gradient: that of the first layer, divided by the norm of its weights, is less than 1e-3 of the same of the last layer.

Calibrated on the corpus of `benches/diagnosis`: outputs of healthy cases vary by 0.02 or more, of deep sigmoid stacks by 6e-5 in the median. The second threshold is that of the design. The last *hidden* layer stands for the outputs where these start at zero on purpose (`model.output.init = \"zeros\"`), and nothing is said of the gradient then.

Silent where a rule above explains it: initial weights that are far too small, equal or dead units, hidden softmax layers, constant inputs, unscaled ones.

What to do: an activation that does not end, such as `relu` with `he_normal`, or fewer layers.",
    stage: Stage::Preflight,
    judge,
};

const LAYERS: usize = 3;
const LOST: f64 = 1e-3;
const THERE: f64 = 0.05;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let model = &*evidence.configuration.model;
    let explained =
        ["constant-features", "scale", "double-activation", "symmetry", "exploding", "dead", "init"];
    if model.hidden.len() < LAYERS || reading::found(before, &explained) {
        return None;
    }
    let start = evidence.start().filter(|start| start.layers.len() == model.hidden.len() + 1)?;
    let found = signal(start, model).or_else(|| gradient(start, model))?;
    let found = found.severity(reading::unless_well(evidence)).at(0, 0).because(format!(
        "there are {} layers of `{}` on the way, each of which may make it smaller",
        model.hidden.len(),
        model.hidden[0].activation.name()
    ));
    Some(mended(found, model))
}

fn mended(found: Finding, model: &Model) -> Finding {
    let activation = &model.hidden[0].activation;
    let (found, suited) = if reading::is_squashing(activation) {
        let found = found
            .help("an activation that does not end, with the initial weights that suit it, or fewer layers");
        (found.change(reading::hidden_activation(model, "relu")), "he_normal")
    } else {
        (
            found.help("initial weights that suit the activation, or fewer layers"),
            reading::suited_init(activation),
        )
    };
    let family = suited.split('_').next().unwrap_or(suited);
    let is_suited = model.hidden.iter().all(|layer| layer.init.name().starts_with(family));
    if is_suited { found } else { found.change(Change::set("model.init", reading::quoted(suited))) }
}

fn signal(start: &Look, model: &Model) -> Option<Finding> {
    let last = if reading::is_flat(&model.output_init) { model.hidden.len() - 1 } else { model.hidden.len() };
    let spread = |at: usize| start.layers[at].spread.map(reading::decimal);
    let (first, end) = (spread(0)?, spread(last)?);
    let says = || {
        format!(
            "before training what differs between rows is lost on its way: pre-activations vary by {} in the first layer and by {} in the last",
            number(first),
            number(end)
        )
    };
    (first > THERE && end < LOST)
        .then(|| Finding::new(&THIS, says()).layer(reading::layer(last)).measured(end, LOST))
}

fn gradient(start: &Look, model: &Model) -> Option<Finding> {
    if reading::is_flat(&model.output_init) {
        return None;
    }
    let ratio = course::reaches_first(start)?;
    let says = || {
        format!(
            "before training the gradient of the first layer, measured in its weights, is {} of that of the last",
            number(ratio)
        )
    };
    (ratio < LOST).then(|| Finding::new(&THIS, says()).layer(reading::layer(0)).measured(ratio, LOST))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;

    fn of(model: &str, layers: &[(f32, f32)]) -> Example {
        let look = |(spread, gradient): &(f32, f32)| LayerLook {
            spread: Some(*spread),
            gradient: Some(*gradient),
            weight: Some(2.0),
            ..LayerLook::default()
        };
        Example::classes(model).start(&layers.iter().map(look).collect::<Vec<_>>())
    }

    const DEEP: &str = "hidden = [8, 8, 8]\nactivation = \"sigmoid\"\ninit = \"glorot_uniform\"";

    /// By hand, on both sides of each threshold.
    #[test]
    fn a_signal_that_is_lost_is_told() {
        let lost = of(DEEP, &[(1.0, 1.0), (0.1, 1.0), (0.01, 1.0), (6e-5, 1.0)]);
        let found = lost.says("vanishing").unwrap();
        assert_eq!((found.layer.as_deref(), found.severity), (Some("layer_3"), Severity::Warning));
        assert!((found.value.unwrap() - 6e-5).abs() < 1e-9, "{found:?}");
        assert_eq!(lost.changes("vanishing"), ["model.activation = \"relu\"", "model.init = \"he_normal\""]);
        assert_eq!(of(DEEP, &[(1.0, 1.0), (0.1, 1.0), (0.1, 1.0), (0.02, 1.0)]).says("vanishing"), None);
        assert_eq!(of(DEEP, &[(0.04, 1.0), (0.01, 1.0), (0.01, 1.0), (6e-5, 1.0)]).says("vanishing"), None);
    }

    /// By hand: 0.0018 / 2 to 2 / 2 is 0.0009.
    #[test]
    fn a_gradient_that_is_lost_is_told() {
        let of = |first: f32| of(DEEP, &[(1.0, first), (0.5, 1.0), (0.5, 1.0), (0.5, 2.0)]);
        let found = of(0.0018).says("vanishing").unwrap();
        assert_eq!((found.layer.as_deref(), found.threshold), (Some("layer_0"), Some(1e-3)));
        assert_eq!(of(0.0022).says("vanishing"), None);
    }

    #[test]
    fn shallow_networks_and_outputs_that_start_at_zero_are_silent() {
        let shallow = DEEP.replace("[8, 8, 8]", "[8, 8]");
        assert_eq!(of(&shallow, &[(1.0, 0.0), (0.1, 0.0), (6e-5, 1.0)]).says("vanishing"), None);
        let zeros = format!("{DEEP}\noutput.init = \"zeros\"");
        assert_eq!(of(&zeros, &[(1.0, 0.0), (0.5, 0.0), (0.5, 0.0), (0.0, 1.0)]).says("vanishing"), None);
    }
}
