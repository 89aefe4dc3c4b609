//! Must everything pass through a single number, or too few to tell the classes apart?

use super::{Evidence, Finding, Rule, Stage, reading};

pub(super) static THIS: Rule = Rule {
    code: "capacity",
    summary: "a hidden layer is too narrow for what must pass through it",
    docs: "All that the outputs know of the inputs passes through every hidden layer. A layer of one unit is one number: the network can order its inputs along a single bent line and no more, whatever stands before and behind it, and one number that dies (relu) or saturates ends all learning. And H units that are each on or off have 2^H patterns: with fewer than log2 K units, K classes must share patterns, and can only be told apart by how much units are on.

Threshold: two units, the least that is not a single number, and with K classes log2 K. The design asks for no more, since how many units a task needs is told by training, not by a rule. In the corpus of `benches/diagnosis` healthy cases begin at three units, with six classes or fewer (log2 6 = 2.6). A note where a run learns all the same (skill 0.85): a task of one direction needs no more.

What to do: more units; 16 is a start for small tables.",
    stage: Stage::Lint,
    judge,
};

const UNITS: f64 = 2.0;
const START: usize = 16;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let classes = evidence.traits.map_or(0, |traits| traits.classes.len());
    let least = UNITS.max((classes.max(1) as f64).log2());
    let at = model.hidden.iter().position(|layer| (layer.units as f64) < least)?;
    let units = model.hidden[at].units;
    let (says, because) = if units == 1 {
        let because = "all that the outputs know of the inputs passes through this one number".to_string();
        (format!("hidden layer {at} has a single unit"), because)
    } else {
        let patterns = 2usize.pow(units as u32);
        let because =
            format!("units that are on or off have {patterns} patterns here, fewer than there are classes");
        (format!("hidden layer {at} has {units} units for {classes} classes"), because)
    };
    let found = Finding::new(&THIS, says)
        .severity(reading::unless_well(evidence))
        .layer(reading::layer(at))
        .measured(units as f64, least)
        .because(because)
        .help("more units");
    let is_narrow = |units: usize| (units as f64) < least;
    Some(found.change(reading::hidden(model, |layer| {
        (if is_narrow(layer.units) { START.max(classes) } else { layer.units }, None)
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

    /// By hand: 2³ = 8 is less than 10, and 2⁴ = 16 is not.
    #[test]
    fn fewer_patterns_than_classes_are_told() {
        let of = |units: usize| {
            let mut example = Example::classes(&format!("hidden = [{units}, 30]"));
            example.traits.classes = vec![100; 10];
            example
        };
        let found = of(3).says("capacity").unwrap();
        assert_eq!(found.says, "hidden layer 0 has 3 units for 10 classes");
        assert_eq!((found.value, found.threshold), (Some(3.0), Some(10f64.log2())));
        assert_eq!(of(3).changes("capacity"), ["model.hidden = [16, 30]"]);
        assert_eq!(of(4).says("capacity"), None);
    }
}
