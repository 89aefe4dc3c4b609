//! Do hidden units stand at the ends of their activation?
//!
//! Threshold: nine tenths of the values of a layer at two looks in a row. Healthy runs of the corpus (`benches/diagnosis`) have 0.71 at
//! most.

use super::{Evidence, Finding, Rule, Stage, course, reading};
use crate::event::Look;

pub(super) static THIS: Rule = Rule {
    code: "saturating",
    summary: "hidden units stand at the ends of their activation",
    docs: "A value of a sigmoid, a tanh, or another activation with two ends is saturated where its slope is below a hundredth of the largest: hardly any gradient passes. Activations with one end (`relu`) are not judged here: half of their pre-activations are negative by construction. Nor are outputs, which a solved classification saturates.

Threshold: found where more than 0.9 of the values of a hidden layer are saturated at the last two looks of a run that came to little. Healthy runs of the corpus have 0.71 at most (the design's threshold of 0.5 holds for 5 % of them).

What to do: smaller initial weights (`glorot_uniform`), scaled inputs, or a smaller learning rate, whichever is above it in the list.",
    stage: Stage::Online,
    judge,
};

const SATURATED: f64 = 0.9;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let looks = evidence.looks();
    let last = looks.last().filter(|_| evidence.is_sick())?;
    let saturated = |look: &Look| course::of_hidden(look, |layer| layer.saturated);
    let (layer, share) = course::largest(saturated(last))?;
    let holds = |look: &Look| saturated(look).iter().any(|(at, share)| *at == layer && *share > SATURATED);
    let first = course::since(looks, course::LOOKS, holds)?;
    let says = format!(
        "{} of what {} gives lies at an end of its activation, where next to no gradient passes",
        course::percent(share),
        reading::layer(layer)
    );
    let found = Finding::new(&THIS, says).symptom().layer(reading::layer(layer)).at(first.epoch, first.step);
    Some(
        found
            .measured(share, SATURATED)
            .help("smaller initial weights, scaled inputs, or a smaller learning rate"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::LayerLook;

    fn of(each: &[&[f32]]) -> Option<super::Finding> {
        let layer = |share: f32| LayerLook { saturated: Some(share), ..LayerLook::default() };
        Trial::new("").sick().looks(each, layer).says(&super::THIS)
    }

    #[test]
    fn hidden_layers_at_two_looks_in_a_row() {
        let found = of(&[&[0.2, 0.1, 0.0], &[0.3, 0.95, 0.0], &[0.3, 0.98, 0.0]]).unwrap();
        assert_eq!(
            found.says,
            "98 % of what layer_1 gives lies at an end of its activation, where next to no gradient passes"
        );
        assert_eq!(found.at, Some((1, 10)));
        assert!(of(&[&[0.2, 0.1], &[0.89, 0.0], &[0.95, 0.0]]).is_none());
        // The outputs may.
        assert!(of(&[&[0.2, 1.0], &[0.3, 1.0], &[0.3, 1.0]]).is_none());
    }
}
