//! Did hidden units die in training?
//!
//! Threshold: two fifths of a layer at two looks in a row, and more than at the start. Healthy runs of the corpus (`benches/diagnosis`)
//! have 0.385 at most.

use super::{Evidence, Finding, Rule, Stage, course, reading};
use crate::event::Look;

pub(super) static THIS: Rule = Rule {
    code: "dying",
    summary: "hidden units died in training",
    docs: "A unit is dead where it gives exactly 0 on every row of the probe batch: a `relu` whose pre-activation is below 0 everywhere. No gradient passes it, so it does not come back. One step that is too long kills many at once.

Threshold: found where, in a run that came to little, more than 0.4 of a hidden layer is dead at the last two looks, and more than at the start (units that start dead are another rule). Healthy runs of the corpus have 0.385 at most, which do not come to little.

What to do: a smaller learning rate; `leaky_relu` or `elu`, through which some gradient passes below 0.",
    stage: Stage::Online,
    judge,
};

const DEAD: f64 = 0.4;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let looks = evidence.looks();
    let (start, later) = looks.split_first().filter(|_| evidence.is_sick())?;
    let last = later.last()?;
    let dead = |look: &Look| course::of_hidden(look, |layer| layer.dead);
    let (layer, share) = course::largest(dead(last))?;
    let of_layer =
        |look: &Look| dead(look).into_iter().find(|(at, _)| *at == layer).map_or(0.0, |(_, share)| share);
    let at_start = of_layer(start);
    let first =
        course::since(later, course::LOOKS, |look| of_layer(look) > DEAD && of_layer(look) > at_start)?;
    let says = format!(
        "{} of the units of {} give 0 for every row, {} did at the start",
        course::percent(share),
        reading::layer(layer),
        course::percent(at_start)
    );
    let found = Finding::new(&THIS, says).symptom().layer(reading::layer(layer)).at(first.epoch, first.step);
    Some(
        found
            .measured(share, DEAD)
            .because("no gradient passes a unit that gives 0 everywhere: it does not come back")
            .help("a smaller learning rate, or `leaky_relu`"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use crate::event::LayerLook;

    fn of(each: &[f32]) -> Option<super::Finding> {
        let layers: Vec<[f32; 2]> = each.iter().map(|dead| [*dead, 0.0]).collect();
        let looks: Vec<&[f32]> = layers.iter().map(<[_; 2]>::as_slice).collect();
        Trial::new("")
            .sick()
            .looks(&looks, |dead| LayerLook { dead: Some(dead), ..LayerLook::default() })
            .says(&super::THIS)
    }

    #[test]
    fn more_than_two_fifths_at_two_looks_and_more_than_before() {
        let found = of(&[0.1, 0.5, 0.6]).unwrap();
        assert_eq!(found.says, "60 % of the units of layer_0 give 0 for every row, 10 % did at the start");
        assert_eq!(found.at, Some((1, 10)));
        assert!(of(&[0.1, 0.3, 0.6]).is_none());
        assert!(of(&[0.1, 0.39, 0.39]).is_none());
        assert!(of(&[0.6, 0.6, 0.6]).is_none());
    }
}
