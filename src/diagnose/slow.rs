//! Did the network hardly move?
//!
//! Threshold: 0.05 of the norm of its parameters, in every layer, over the whole run. The layer of healthy runs of the corpus
//! (`benches/diagnosis`) that moved most moved 0.23 at least.

use super::{Evidence, Finding, Rule, Stage, course, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "slow",
    summary: "no layer moved in training",
    docs: "Compared is how far the parameters of each layer moved since the start with their norm there, ‖w_t - w_0‖ / ‖w_0‖.

Threshold: found where, at the end of a run that came to little, no layer moved by as much as 0.05. In healthy runs of the corpus the layer that moved most moved 0.23 at least; in runs with a rate a thousand times too low 0.019, with clipped gradients 0.003 (medians). Steps per update, which are often asked for, depend on the batch; the way of a whole run does not.

What to do: the causes above it in the list: clipping, schedule, rate, a start from which no gradient comes back.",
    stage: Stage::Online,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let last = evidence.looks().last().filter(|look| evidence.is_sick() && look.step > 0)?;
    let (layer, far) = course::farthest(evidence).filter(|(_, far)| *far < course::STILL)?;
    let says = if far == 0.0 {
        format!("no parameter has moved after {} steps", last.step)
    } else {
        format!("after {} steps no layer has moved by more than {} of itself", last.step, number(far))
    };
    let found = Finding::new(&THIS, says).symptom().at(last.epoch, last.step).measured(far, course::STILL);
    Some(found.layer(reading::layer(layer)))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    #[test]
    fn every_layer_must_have_stayed() {
        let of = |far: &[f32]| Trial::new("").sick().moved(&[&[0.0, 0.0], far]);
        let found = of(&[0.01, 0.04]).says(&super::THIS).unwrap();
        assert_eq!(found.says, "after 10 steps no layer has moved by more than 0.04 of itself");
        assert_eq!((found.layer.as_deref(), found.at), (Some("layer_1"), Some((1, 10))));
        assert!(of(&[0.01, 0.06]).says(&super::THIS).is_none());
        assert!(Trial::new("").well().moved(&[&[0.0], &[0.01]]).says(&super::THIS).is_none());
        assert!(Trial::new("").sick().moved(&[&[0.0]]).says(&super::THIS).is_none());
    }
}
