//! Did a narrow network come to rest far from what its data tells?
//!
//! By elimination. Thresholds: a hidden layer of 4 units or fewer, a loss that stays above half of the first and falls by a hundredth at none
//! of its last points, and less than half of what the nearest rows tell.

use super::{Evidence, Finding, Rule, Stage, course, number, reading, settings};
use crate::spec::Weights;

pub(super) static THIS: Rule = Rule {
    code: "narrow",
    summary: "a narrow network came to rest, and the data tells more than it learned",
    docs: "A hidden unit of a network on two features is one straight line through the plane; three of them cut it into seven pieces at most, which cannot follow classes that wind around one another. Nothing is wrong with such a network, its gradient, or its training: it comes to rest near the best that it can do. How many units a task needs cannot be read from the file. It shows when training has ended: the loss has moved, it no longer falls, and the data tells more.

Thresholds, by elimination: no rule above it found a cause; the narrowest hidden layer has 4 units or fewer; the loss stays above half of the first and fell by less than a hundredth of itself at each of its last three recorded points; and the network covers less than half of the way from the most frequent class (of numbers: the mean) to perfect that the nearest other row covers, which is at least 0.25. No healthy run of the corpus of `benches/diagnosis` comes to that little. Silent in plain runs, where nobody has looked at the gradient, and where classes are weighted, since neighbours are measured by accuracy. (`capacity` reads from the file what can be read there: one unit, or too few for as many classes.)

What to do: more units. `runner fix` tries it with the same seeds.",
    stage: Stage::After,
    judge,
};

const UNITS: usize = 4;
const TELLS: f64 = 0.25;
const PART: f64 = 0.5;
const LEFT: f64 = 0.5;
const START: usize = 64;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    evidence.preflight.and_then(|_| by_elimination(evidence, before))
}

fn by_elimination(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let model = &evidence.configuration.model;
    let run = evidence.run.filter(|run| settings::is_unexplained(before) && course::is_over(run))?;
    let (at, narrowest) = model.hidden.iter().enumerate().min_by_key(|(_, layer)| layer.units)?;
    let (nearest, skill, left) = (evidence.traits?.nearest?, evidence.skill(), run.left()?);
    let is_at_rest = course::falls_most(&run)? < course::FALLS && !course::is_still(evidence);
    let is_little = left > LEFT && nearest >= TELLS && skill < PART * nearest;
    let is_weighted = evidence.configuration.data.weights != Weights::Equal;
    if narrowest.units > UNITS || !is_at_rest || !is_little || is_weighted {
        return None;
    }
    let says = format!(
        "hidden layer {at} has {}, and training came to rest at {} of the way, where the nearest rows tell {}",
        crate::text::count(narrowest.units, "unit"),
        course::percent(skill.max(0.0)),
        course::percent(nearest)
    );
    let (epoch, step) = course::end(&run);
    let found = Finding::new(&THIS, says)
        .layer(reading::layer(at))
        .at(epoch, step)
        .measured(skill, PART * nearest)
        .because(format!(
            "settings, start, and gradient are in order, and the loss no longer falls, at {} of the first: with so few units training often \
             comes to rest where more would go on",
            number(left)
        ))
        .help(format!("more units: {START} are a start, `runner fix` tries them"));
    Some(found.change(reading::hidden(model, |layer| {
        (if layer.units <= UNITS { START } else { layer.units }, None)
    })))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Finding, rate_scale};

    fn of(hidden: &str, nearest: f64, losses: &[f64], skill: f64) -> Trial {
        let mut trial = Trial::new(&format!("[model]\nhidden = {hidden}")).losses(losses).skill(skill);
        trial.traits.nearest = Some(nearest);
        trial
    }

    fn says(trial: &Trial) -> Option<Finding> {
        super::by_elimination(&trial.evidence(), &[])
    }

    /// By hand: the zoo's E2, where neighbours tell 0.9 and three units come to 0.14.
    #[test]
    fn a_narrow_network_that_came_to_rest_is_told() {
        let rest = [1.1, 1.0, 0.98, 0.98, 0.98, 0.98];
        let spiral = of("[3]", 0.9, &rest, 0.14);
        let found = says(&spiral).unwrap();
        assert_eq!(
            found.says,
            "hidden layer 0 has 3 units, and training came to rest at 14 % of the way, where the nearest rows tell 90 %"
        );
        assert_eq!((found.value, found.threshold), (Some(0.14), Some(0.45)));
        assert_eq!(found.changes[0].to_string(), "model.hidden = [64]");
        assert!(spiral.says(&super::THIS).is_none(), "nobody has looked at the gradient");
        let explained = [Finding::new(&rate_scale::THIS, "something")];
        assert!(super::by_elimination(&spiral.evidence(), &explained).is_none());
    }

    /// By hand: each lacks one of the conditions.
    #[test]
    fn wide_falling_and_good_ones_are_not() {
        let rest = [1.1, 1.0, 0.98, 0.98, 0.98, 0.98];
        assert!(says(&of("[5]", 0.9, &rest, 0.14)).is_none());
        assert!(says(&of("[3]", 0.2, &rest, 0.0)).is_none());
        assert!(says(&of("[3]", 0.9, &rest, 0.46)).is_none());
        assert!(says(&of("[3]", 0.9, &[1.1, 1.0, 0.95, 0.9, 0.85, 0.8], 0.14)).is_none());
        assert!(
            says(&of("[3]", 0.9, &[1.1, 0.98, 0.96, 0.98, 0.98], 0.14)).is_none(),
            "one of the last points fell"
        );
        assert!(
            says(&of("[3]", 0.9, &[1.1, 0.5, 0.4, 0.4, 0.4, 0.4], 0.14)).is_none(),
            "it did learn its rows"
        );
        let still = of("[3]", 0.9, &rest, 0.14).moved(&[&[0.0, 0.0], &[0.04, 0.04]]);
        assert!(says(&still).is_none(), "no layer moved");
    }
}
