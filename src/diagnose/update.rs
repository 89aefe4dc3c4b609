//! Do the steps themselves lead astray, although gradient, rate, data, and start are in order?
//!
//! By elimination. Thresholds: a failure, or three times the first loss; or 16 rows that only another optimizer learns by heart where
//! neighbours tell the target.

use super::settings::{self, Rate};
use super::{Change, Evidence, Finding, Rule, Stage, course, number};
use crate::event::Look;

pub(super) static THIS: Rule = Rule {
    code: "update",
    summary: "steps do not lead downhill, and nothing else says why",
    docs: "Thresholds, by elimination: no rule above it found a cause, and the run failed or ended above three times its first loss; or it came to little, 16 rows are not learned by heart as configured, though with another optimizer, and neighbours in the data tell more than 0.3 of the way to the target. Then what is left is the step: a rate that is usual and too high for this network, or an optimizer that does something else than it says.

Of plain gradient descent the length of the way tells more: it cannot be longer than rate x largest gradient x steps. Where a layer moved ten times as far between two looks, either gradients between them were that much larger, or the step is wrong (gradients that are added up and never cleared, a step that is multiplied by the weight).

What to do: a tenth of the learning rate; if it is no better, compare one step with the formula of the optimizer (`runner trace`, `runner explain sgd`).",
    stage: Stage::After,
    judge,
};

const ROSE: f64 = 3.0;
const TELLS: f64 = 0.3;
const TOO_FAR: f64 = 10.0;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    let run = evidence.run.filter(|_| settings::is_unexplained(before) && evidence.is_sick())?;
    let left = run.left();
    let failed = run.record.end.failed();
    let says = if failed {
        format!(
            "the run ended as `{}`, though no rule finds fault with rate, data, or start",
            run.record.end.name()
        )
    } else if let Some(left) = left.filter(|left| *left > ROSE) {
        format!(
            "the loss ended at {} times the first, though no rule finds fault with rate, data, or start",
            number(left)
        )
    } else {
        stuck(evidence)?
    };
    let (epoch, step) = course::end(&run);
    let mut found = Finding::new(&THIS, says).at(epoch, step);
    if let Some(left) = left.filter(|left| left.is_finite()) {
        found = found.measured(left, ROSE);
    }
    found.because.extend(too_far(evidence));
    let found = found
        .because("what is left is the step: too long for this network, or not what the optimizer says it is")
        .help("a tenth of the learning rate; if it is no better, compare one step with the formula (`runner trace`)");
    let lower =
        Rate::of(evidence).map(|rate| settings::round(rate.written / 10.0)).filter(|rate| *rate > 0.0);
    Some(match lower {
        Some(rate) => found.change(Change::set("optimizer.learning_rate", settings::toml(rate))),
        None => found,
    })
}

/// The optimizer of the file does not learn a few rows by heart, and that cannot be for the data.
fn stuck(evidence: &Evidence<'_>) -> Option<String> {
    let batch = &evidence.preflight?.one_batch;
    let attempt = batch.attempts.first()?;
    let nearest = evidence.traits?.nearest.filter(|nearest| *nearest > TELLS)?;
    // Where no other optimizer learns them either it is the network, not the step.
    let is_cured = batch.attempts[1..].iter().any(|other| batch.learned(other));
    (!batch.learned(attempt) && is_cured).then(|| {
        format!(
            "{} steps on 16 rows bring the loss from {} to {} only, though neighbours tell {} of the target",
            batch.steps,
            number(batch.first),
            number(attempt.last),
            course::percent(nearest)
        )
    })
}

/// Where plain gradient descent went further than its gradients could take it.
fn too_far(evidence: &Evidence<'_>) -> Option<String> {
    let rate = Rate::of(evidence).filter(|_| evidence.configuration.optimizer.method.name() == "sgd")?;
    let ratio = |pair: &[Look]| {
        let largest = course::gradient(&pair[0])?.max(course::gradient(&pair[1])?);
        let steps = (pair[1].step - pair[0].step) as f64;
        let reach = rate.written / (1.0 - rate.momentum) * rate.batch * largest * steps;
        let way = (far(&pair[1]) - far(&pair[0])).abs();
        (reach > 0.0).then(|| way / reach).filter(|ratio| ratio.is_finite())
    };
    let worst =
        evidence.looks().windows(2).filter_map(ratio).reduce(f64::max).filter(|ratio| *ratio > TOO_FAR)?;
    Some(format!(
        "between two looks the weights moved {} times as far as rate, gradient, and steps allow: gradients were larger in between, or the \
         step is not the rate times the gradient",
        number(worst)
    ))
}

fn far(look: &Look) -> f64 {
    course::of_layers(look, |layer| layer.moved).iter().map(|(_, moved)| moved * moved).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::rate_scale;
    use super::super::trial::Trial;
    use crate::event::{End, LayerLook};

    #[test]
    fn what_nothing_else_explains_is_the_step() {
        let of = |last: f64| Trial::new("[optimizer]\nlearning_rate = 0.1").losses(&[1.0, last]);
        assert!(of(2.9).says(&super::THIS).is_none());
        let found = of(3.1).says(&super::THIS).unwrap();
        assert_eq!(found.changes[0].to_string(), "optimizer.learning_rate = 0.01");
        assert!(of(0.1).end(End::NonFinite).says(&super::THIS).is_some());
        assert!(of(3.1).says_after(&super::THIS, &rate_scale::THIS).is_none());
    }

    /// By hand: 10 steps of 0.1 along a gradient of 2 reach 2; a way of 21 is 10.5 times that, one of 19 is 9.5 times.
    #[test]
    fn the_way_is_compared_with_what_gradients_allow() {
        let of = |way: f32| {
            let trial = Trial::new("[optimizer]\nlearning_rate = 0.1").losses(&[1.0, 9.0]);
            let layer =
                |moved: f32| LayerLook { moved: Some(moved), gradient: Some(2.0), ..LayerLook::default() };
            trial.looks(&[&[0.0], &[way]], layer).says(&super::THIS).unwrap().because
        };
        assert!(of(21.0)[0].starts_with("between two looks the weights moved 10.5 times"));
        assert_eq!(of(19.0).len(), 1);
    }
}
