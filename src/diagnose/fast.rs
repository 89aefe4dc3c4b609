//! Was the network thrown far from where it began?
//!
//! Threshold: ten times the norm of its parameters, in every layer. The layer of healthy runs of the corpus (`benches/diagnosis`) that
//! moved least moved 7.6 at most.

use super::{Evidence, Finding, Rule, Stage, course, number, reading};
use crate::event::Look;

pub(super) static THIS: Rule = Rule {
    code: "fast",
    summary: "every layer was thrown far from its start",
    docs: "Compared is how far the parameters of each layer moved since the start with their norm there, ‖w_t - w_0‖ / ‖w_0‖.

Threshold: found where every layer of a run that came to little moved by more than ten times itself, from the look that is named on to the last. In healthy runs of the corpus the layer that moved least moved 7.6 at most; with rates a hundred times too high 1e6, with momentum near 1 a thousand.

What to do: the causes above it in the list; a smaller learning rate first.",
    stage: Stage::Online,
    judge,
};

const FAR: f64 = 10.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let looks = evidence.looks();
    let last = looks.last().filter(|look| evidence.is_sick() && look.step > 0)?;
    let least = |look: &Look| course::smallest(course::movement(looks, look));
    let first = course::since(looks, 1, |look| least(look).is_some_and(|(_, far)| far > FAR))?;
    let (layer, far) = least(last)?;
    let says = format!(
        "every layer moved by more than {} times itself by epoch {}, at the end by {} times at least",
        FAR,
        first.epoch,
        number(far)
    );
    let found = Finding::new(&THIS, says).symptom().at(first.epoch, first.step).measured(far, FAR);
    Some(found.layer(reading::layer(layer)))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    #[test]
    fn every_layer_must_have_gone_far() {
        let of =
            |far: &[f32]| Trial::new("").sick().moved(&[&[0.0, 0.0], &[30.0, 11.0], far]).says(&super::THIS);
        let found = of(&[50.0, 20.0]).unwrap();
        assert_eq!(
            found.says,
            "every layer moved by more than 10 times itself by epoch 1, at the end by 20 times at least"
        );
        assert_eq!((found.layer.as_deref(), found.at), (Some("layer_1"), Some((1, 10))));
        assert!(of(&[50.0, 9.0]).is_none());
    }
}
