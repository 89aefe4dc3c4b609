//! Does the gradient fade on its way back to the first layer?
//!
//! Threshold: relative to the parameters, a thousandth of what reaches the last layer, at two looks in a row, with a first layer that moved
//! less than 0.05. Healthy runs of the corpus (`benches/diagnosis`) have 0.057 at least.

use super::{Evidence, Finding, Rule, Stage, course, number, reading};
use crate::spec::{Cell, Layer, Model};

pub(super) static THIS: Rule = Rule {
    code: "fading",
    summary: "the gradient fades on its way back to the first layer",
    docs: "Compared is the norm of the gradient over that of the parameters, of the first layer and of the outputs. Each layer that the gradient passes on its way back multiplies it by weights and by the slope of an activation; the slope of a sigmoid is 1/4 at most, so behind five of them a thousandth is left (Hochreiter 1991; Glorot and Bengio 2010).

Threshold: found where the ratio of the two is below 0.001 at the last two looks of a run that came to little, and the first layer moved by less than 0.05 of itself. The ratio is 0.057 at least in healthy runs of the corpus; in faulty ones that vanish 2e-4.

What to do: where units have two ends (`sigmoid`, `tanh`), `relu` with `he_normal`, or `tanh` with `glorot_uniform`; initial weights that suit the activation; where there are several layers, fewer.",
    stage: Stage::Online,
    judge,
};

const RATIO: f64 = 1e-3;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let looks = evidence.looks();
    let last = looks.last().filter(|_| evidence.is_sick())?;
    let far =
        course::movement(looks, last).first().filter(|(layer, far)| *layer == 0 && *far < course::STILL)?.1;
    let first = course::since(looks, course::LOOKS, |look| {
        course::reaches_first(look).is_some_and(|ratio| ratio < RATIO)
    })?;
    let ratio = course::reaches_first(last)?;
    let says = format!(
        "measured by its parameters, the gradient that reaches the first layer is {} of that at the outputs",
        number(ratio)
    );
    let found = Finding::new(&THIS, says).symptom().layer(reading::layer(0)).at(first.epoch, first.step);
    let found = found
        .measured(ratio, RATIO)
        .because(format!("the first layer moved by {} of itself in the whole run", number(far)));
    Some(help(&evidence.configuration.model).into_iter().fold(found, Finding::help))
}

/// What this network has not yet, as far as there is something.
fn help(model: &Model) -> Option<String> {
    let mut ways: Vec<String> = Vec::new();
    match &model.recurrent {
        Some(recurrent) if recurrent.cell == Cell::Elman => {
            ways.push("a cell with gates (`cell = \"gru\"` or `\"lstm\"`)".into());
        }
        Some(_) => {}
        None => ways.extend(of_activations(model)),
    }
    if model.hidden.len() > 1 {
        ways.push("fewer layers".into());
    }
    (!ways.is_empty()).then(|| ways.join(", or "))
}

/// Of layers without a state.
fn of_activations(model: &Model) -> Vec<String> {
    let has_ends = |layer: &&Layer| {
        reading::is_squashing(&layer.activation) || reading::is_distribution(&layer.activation)
    };
    let is_drawn = |layer: &Layer, init: &str| {
        // Those of one author are alike: `he_normal`, `he_uniform`.
        layer.init.name().split('_').next() == init.split('_').next()
    };
    if let Some(layer) = model.hidden.iter().find(has_ends) {
        let relu = "`relu` with `he_normal`".to_string();
        return match layer.activation.name() {
            "tanh" if is_drawn(layer, "glorot_uniform") => vec![relu],
            "tanh" => vec![relu, "initial weights by `glorot_uniform`".into()],
            _ => vec![relu, "`tanh` with `glorot_uniform`".into()],
        };
    }
    let mut ways = Vec::new();
    let unsuited = |layer: &&Layer| !is_drawn(layer, reading::suited_init(&layer.activation));
    if let Some(layer) = model.hidden.iter().find(unsuited) {
        ways.push(format!("initial weights by `{}`", reading::suited_init(&layer.activation)));
    }
    if model.hidden.iter().any(|layer| layer.activation.name() == "relu") {
        ways.push("`leaky_relu`, which has a slope below 0 too".into());
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::LayerLook;

    /// By hand: parameters of norm 2 and 1; a gradient of 1.8e-3 is 9e-4 of itself, one of 2.2e-3 is 1.1e-3.
    fn of(gradients: &[f32], moved: f32) -> Option<super::Finding> {
        let layers: Vec<[(f32, f32, f32); 2]> =
            gradients.iter().map(|gradient| [(2.0, *gradient, moved), (1.0, 1.0, 1.0)]).collect();
        let each: Vec<&[(f32, f32, f32)]> = layers.iter().map(<[_; 2]>::as_slice).collect();
        let layer = |(weight, gradient, moved): (f32, f32, f32)| LayerLook {
            weight: Some(weight),
            gradient: Some(gradient),
            moved: Some(moved),
            ..LayerLook::default()
        };
        Trial::new("").sick().looks(&each, layer).says(&super::THIS)
    }

    #[test]
    fn two_looks_in_a_row_and_a_layer_that_stays() {
        let found = of(&[1.0, 1.8e-3, 1.8e-3], 0.01).unwrap();
        assert_eq!(found.at, Some((1, 10)));
        assert!((found.value.unwrap() - 9e-4).abs() < 1e-9);
        assert!(of(&[1.0, 1.0, 1.8e-3], 0.01).is_none());
        assert!(of(&[1.0, 2.2e-3, 2.2e-3], 0.01).is_none());
        // 0.12 of 2 is 0.06.
        assert!(of(&[1.0, 1.8e-3, 1.8e-3], 0.12).is_none());
    }

    /// What the file has is not proposed.
    #[test]
    fn help_fits_the_network() {
        let help = |lines: &str| {
            let trial = Trial::new(&format!("[model]\n{lines}"));
            super::help(&trial.evidence().configuration.model)
        };
        let told = |lines: &str| help(lines).unwrap_or_default();
        assert_eq!(
            told("hidden = [8, 8]\nactivation = \"sigmoid\""),
            "`relu` with `he_normal`, or `tanh` with `glorot_uniform`, or fewer layers"
        );
        assert_eq!(
            told("hidden = [8]\nactivation = \"tanh\"\ninit = \"glorot_normal\""),
            "`relu` with `he_normal`"
        );
        assert_eq!(
            told("hidden = [8]\nactivation = \"tanh\"\ninit = \"he_normal\""),
            "`relu` with `he_normal`, or initial weights by `glorot_uniform`"
        );
        let leaky = "`leaky_relu`, which has a slope below 0 too";
        assert_eq!(told("hidden = [8]\nactivation = \"relu\"\ninit = \"he_uniform\""), leaky);
        assert_eq!(
            told("hidden = [8, 8]\nactivation = \"relu\"\ninit = \"glorot_uniform\""),
            format!("initial weights by `he_normal`, or {leaky}, or fewer layers")
        );
        assert_eq!(help("hidden = [8]\nactivation = \"gelu\"\ninit = \"he_normal\""), None);
    }
}
