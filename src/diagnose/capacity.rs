//! Must everything pass through a single number?

use super::{Evidence, Finding, Rule, Stage, reading};

pub(super) static THIS: Rule = Rule {
    code: "capacity",
    summary: "a hidden layer has a single unit",
    docs: "All that the outputs know of the inputs passes through every hidden layer. A layer of one unit is one number: the network can order its inputs along a single bent line and no more, whatever stands before and behind it, and one number that dies (relu) or saturates ends all learning.

Threshold: two units, the least that is not a single number; the design asks for no more, since how many a task needs is told by training, not by a rule. Calibrated on the corpus of `benches/diagnosis`, whose healthy cases begin at three units. A note where a run learns all the same (skill 0.85): a task of one direction needs no more.

What to do: more units; 16 is a start for small tables.",
    stage: Stage::Lint,
    judge,
};

const UNITS: usize = 2;
const START: usize = 16;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let at = model.hidden.iter().position(|layer| layer.units < UNITS)?;
    let found = Finding::new(&THIS, format!("hidden layer {at} has a single unit"))
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .measured(model.hidden[at].units as f64, UNITS as f64)
        .because("all that the outputs know of the inputs passes through this one number")
        .help("more units");
    Some(found.change(reading::hidden(model, |layer| {
        (if layer.units < UNITS { START } else { layer.units }, None)
    })))
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Severity;
    use crate::diagnose::reading::Example;

    #[test]
    fn a_layer_of_one_unit_is_told() {
        let narrow = Example::classes("hidden = [8, 1]");
        let found = narrow.says("capacity").unwrap();
        assert_eq!(
            (found.layer.as_deref(), found.value, found.threshold),
            (Some("layer_1"), Some(1.0), Some(2.0))
        );
        assert_eq!(narrow.changes("capacity"), ["model.hidden = [8, 16]"]);
        assert_eq!(narrow.well().says("capacity").unwrap().severity, Severity::Note);
        assert_eq!(Example::classes("hidden = [8, 2]").says("capacity"), None);
        assert_eq!(Example::classes("hidden = []").says("capacity"), None);
    }
}
