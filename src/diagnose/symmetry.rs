//! Do units of a hidden layer start as one and the same?

use super::{Change, Evidence, Finding, Rule, Severity, Stage, reading};
use crate::spec::{Bias, Model};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "symmetry",
    summary: "units of a hidden layer start equal, and stay equal",
    docs: "Units of a layer that start with the same incoming weights compute the same. If what leaves them is the same too, so is their gradient, and no number of steps makes them differ: the layer has the power of a single unit, however wide it is. This is what initial weights are drawn at random for (Rumelhart, Hinton, and Williams 1986; Goodfellow, Bengio, and Courville 2016, section 8.4).

Measured before the first step: the share of a hidden layer's units whose incoming weights are those of another unit, bit for bit. Threshold: 0; no healthy case of the corpus of `benches/diagnosis` has one such unit. **Wrong** where the weights behind the layer are all equal too (`zeros`, `constant`): then nothing tells the units apart for ever. A note where those are drawn at random, or dropout sets single units apart, or a run learns all the same (skill 0.85). Outputs that start equal (`model.output.init = \"zeros\"`) are as they should be: their targets differ.

What to do: initial weights drawn at random, by an initializer that suits the activation.",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let model = &*evidence.configuration.model;
    let start = evidence.start()?;
    let twins = |at: usize| start.layers.get(at).and_then(|look| look.twins).filter(|share| *share > 0.0);
    let equal: Vec<usize> = (0..model.hidden.len()).filter(|at| twins(*at).is_some()).collect();
    let for_ever = |at: &usize| stays(model, *at);
    let at = *equal.iter().find(|at| for_ever(at)).or(equal.first())?;
    let (share, units) = (reading::decimal(twins(at)?), model.hidden[at].units);
    let stays = for_ever(&at);
    let severity = match reading::unless_well(evidence) {
        Severity::Warning if stays => Severity::Wrong,
        _ => Severity::Note,
    };
    let alike = (share * units as f64).round() as usize;
    let says = format!(
        "{alike} of the {} of hidden layer {at} start with the weights of another one",
        text::count(units, "unit")
    );
    let mut found =
        Finding::new(&THIS, says).severity(severity).layer(reading::layer(at)).at(0, 0).measured(share, 0.0);
    found = found.because(if stays {
        "what leaves them is equal too, and so is their gradient: they stay equal, and together are worth one unit"
    } else {
        "what leaves them differs, or dropout sets single ones apart, so that they do not stay equal"
    });
    Some(mended(found.help("initial weights drawn at random"), model))
}

/// Nothing tells the units of this layer apart, neither from outside nor by dropout.
fn stays(model: &Model, at: usize) -> bool {
    let behind = model.hidden.get(at + 1).map_or(&model.output_init, |next| &next.init);
    let own = &model.hidden[at];
    let is_held = model.recurrent.is_none() || reading::is_flat(&own.recurrent_init);
    let is_same_bias = own.bias != Bias::Unit || reading::is_flat(&own.bias_init);
    reading::is_flat(&own.init) && reading::is_flat(behind) && is_held && is_same_bias && own.dropout == 0.0
}

fn mended(found: Finding, model: &Model) -> Finding {
    let flat = model.hidden.iter().find(|layer| reading::is_flat(&layer.init));
    let Some(layer) = flat else { return found };
    let found =
        found.change(Change::set("model.init", reading::quoted(reading::suited_init(&layer.activation))));
    // Zeros behind layers whose units differ are a start like another.
    let is_output = reading::is_flat(&model.output_init);
    if is_output { found.change(Change::set("model.output.init", "\"glorot_uniform\"")) } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;

    fn look(twins: f32) -> LayerLook {
        LayerLook { twins: Some(twins), spread: Some(1.0), ..LayerLook::default() }
    }

    const FLAT: &str = "hidden = [8, 8]\nactivation = \"tanh\"\ninit = { name = \"constant\", value = 0.1 }\noutput.init = \"zeros\"";

    #[test]
    fn equal_units_are_told_and_different_ones_are_not() {
        let equal = Example::classes(FLAT).start(&[look(1.0), look(1.0), look(1.0)]);
        let found = equal.says("symmetry").unwrap();
        assert_eq!((found.severity, found.layer.as_deref()), (Severity::Wrong, Some("layer_0")));
        assert!(found.says.starts_with("8 of the 8 units of hidden layer 0"), "{}", found.says);
        assert_eq!(
            equal.changes("symmetry"),
            ["model.init = \"glorot_uniform\"", "model.output.init = \"glorot_uniform\""]
        );
        let different = Example::classes(FLAT).start(&[look(0.0), look(0.0), look(1.0)]);
        assert_eq!(different.says("symmetry"), None);
        let well = Example::classes(FLAT).well().start(&[look(1.0), look(1.0), look(1.0)]);
        assert_eq!(well.says("symmetry").unwrap().severity, Severity::Note);
    }

    /// By hand: random weights behind the layer give its units different gradients.
    #[test]
    fn what_is_random_behind_them_sets_units_apart() {
        let apart = Example::classes("hidden = [8]\ninit = \"zeros\"").start(&[look(1.0), look(0.0)]);
        assert_eq!(apart.says("symmetry").unwrap().severity, Severity::Note);
        assert_eq!(apart.changes("symmetry"), ["model.init = \"he_normal\""]);
        let dropped = format!("{FLAT}\ndropout = 0.5");
        let dropped = Example::classes(&dropped).start(&[look(1.0), look(1.0), look(1.0)]);
        assert_eq!(dropped.says("symmetry").unwrap().severity, Severity::Note);
    }
}
