//! Are hidden units off for every row that is looked at before training begins?

use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};
use crate::spec::Layer;

pub(super) static THIS: Rule = Rule {
    code: "dead",
    summary: "hidden units are off for every row looked at before training begins",
    docs: "A relu gives 0 below 0, and has no slope there. A unit that is below 0 for every row passes nothing on and gets no gradient, so that its own weights never bring it back (Lu, Shin, Su, and Karniadakis 2019, *Dying ReLU and initialization*). Biases that start far below 0 do that to a whole layer, and so do weights or inputs of one sign.

Measured before the first step, on 32 rows of the training part (all, where there are fewer): the share of a hidden layer's units that give exactly 0 on all of them; the worst layer counts. A unit that is off for these may be on for others. Threshold: 0.6, where the design said 0.4. In narrow layers a third of the units may start so by chance (at most 0.31 in the healthy cases of the corpus of `benches/diagnosis`, also after training); with a fault it is all of them. A note where a run learns all the same (skill 0.85). Silent where a rule above explains it: constant or unscaled inputs, equal units.

Units that die *while* training goes on are a symptom of steps that are too large.

What to do: biases that start at 0 (`model.bias_init = \"zeros\"`); otherwise an activation with a slope below 0, such as `leaky_relu`.",
    stage: Stage::Preflight,
    judge,
};

const SHARE: f64 = 0.6;
/// Rows of the training part that looks take (`train/looks.rs`).
const ROWS: usize = 32;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let (at, share) = course::worst(evidence.start()?, |layer| layer.dead)?;
    if share <= SHARE || reading::found(before, &["constant-features", "scale", "symmetry"]) {
        return None;
    }
    let layer = evidence.configuration.model.hidden.get(at)?;
    let rows = match evidence.traits.map_or(0, |traits| traits.rows) {
        0 => "all rows looked at".to_string(),
        rows => format!("each of the {} rows looked at", rows.min(ROWS)),
    };
    let says = format!(
        "{} % of the {} units of hidden layer {at} give 0 for {rows} before training begins",
        number(100.0 * share),
        layer.units
    );
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .at(0, 0)
        .measured(share, SHARE)
        .because(format!(
            "where `{}` gives 0 it has no slope: a unit that is 0 for all rows gets no gradient, so that its own weights never bring it back",
            layer.activation.name()
        ));
    Some(mended(found, evidence, layer))
}

fn mended(found: Finding, evidence: &Evidence<'_>, layer: &Layer) -> Finding {
    let starts_at_zero = layer.bias_init.name() == "zeros";
    if starts_at_zero {
        let change = reading::hidden_activation(&evidence.configuration.model, "leaky_relu");
        return found.help("an activation with a slope below 0, or other initial weights").change(change);
    }
    found.help("biases that start at 0").change(Change::set("model.bias_init", "\"zeros\""))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;
    use crate::event::LayerLook;

    fn of(model: &str, shares: &[f32]) -> Example {
        let look = |dead: &f32| LayerLook { dead: Some(*dead), spread: Some(1.0), ..LayerLook::default() };
        Example::classes(model).start(&shares.iter().map(look).collect::<Vec<_>>())
    }

    /// By hand: 0.31 is the largest share of the corpus' healthy cases.
    #[test]
    fn a_layer_that_is_off_is_told() {
        assert_eq!(of("hidden = [8, 8]", &[0.31, 0.0]).says("dead"), None);
        assert_eq!(of("hidden = [8, 8]", &[0.6, 0.6]).says("dead"), None);
        let dead = of("hidden = [8, 8]\nbias_init = { name = \"constant\", value = -9 }", &[0.7, 1.0]);
        let found = dead.says("dead").unwrap();
        assert_eq!(
            (found.layer.as_deref(), found.value, found.severity),
            (Some("layer_1"), Some(1.0), Severity::Warning)
        );
        assert!(found.says.starts_with("100 % of the 8 units of hidden layer 1"), "{}", found.says);
        assert_eq!(dead.changes("dead"), ["model.bias_init = \"zeros\""]);
        assert_eq!(of("hidden = [8, 8]", &[1.0, 0.0]).changes("dead"), ["model.activation = \"leaky_relu\""]);
    }

    #[test]
    fn what_is_told_is_told_of_the_rows_looked_at() {
        let says = |rows: usize| {
            let mut dead = of("hidden = [8, 8]", &[1.0, 0.0]);
            dead.traits.rows = rows;
            let found = dead.says("dead").unwrap();
            assert!(
                found.because[0]
                    .starts_with("where `relu` gives 0 it has no slope: a unit that is 0 for all rows")
            );
            found.says
        };
        let units = "100 % of the 8 units of hidden layer 0 give 0 for";
        assert_eq!(says(150), format!("{units} each of the 32 rows looked at before training begins"));
        assert_eq!(says(20), format!("{units} each of the 20 rows looked at before training begins"));
        assert_eq!(says(0), format!("{units} all rows looked at before training begins"));
    }

    #[test]
    fn what_an_earlier_cause_explains_is_left_to_it() {
        let mut unscaled = of("hidden = [8, 8]", &[1.0, 0.0]);
        (unscaled.traits.spread, unscaled.traits.largest) = (Some(1000.0), Some(300.0));
        assert!(unscaled.says("scale").is_some());
        assert_eq!(unscaled.says("dead"), None);
    }
}
