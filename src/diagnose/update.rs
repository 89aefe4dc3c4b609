//! Do the steps themselves lead astray, although gradient, rate, data, and start are in order?
//!
//! By elimination. Thresholds: a failure, or three times the first loss; a loss that jumps, with a way ten times too long; or 16 rows that only another optimizer learns by heart where
//! neighbours tell the target.

use super::settings::{self, Rate};
use super::{Change, Evidence, Finding, Rule, Stage, course, number, oscillating};
use crate::event::Look;
use crate::train::OneBatch;

pub(super) static THIS: Rule = Rule {
    code: "update",
    summary: "steps do not lead downhill, and nothing else says why",
    docs: "Thresholds, by elimination: no rule above it found a cause, and the run failed or ended above three times its first loss; or it came to little and either its loss jumps to the end (`oscillating`) and a layer moved too far (below), or 16 rows are not learned by heart as configured, though with another optimizer, and the nearest rows tell more than 0.3 of the way to the target. Then what is left is the step: a rate that is usual and too high for this network, or an optimizer that does something else than it says.

That the step is too long is said only where something shows it: a failure, a loss that rose, one that goes up and down on 16 rows, or a way that is too long (below). A loss that falls, on those rows all the way or in the run by a hundredth at each of its last points, and layers that hardly moved, speak of short steps: that is `short`, or a low rate. What nobody looked at is not called in order: only `runner doctor` looks at the start and at the gradient.

Of plain gradient descent the length of the way tells more: it cannot be longer than rate x largest gradient x steps. Where a layer moved ten times as far between two looks, either gradients between them were that much larger, or the step is wrong (gradients that are added up and never cleared, a step that is multiplied by the weight).

What to do: a tenth of the learning rate; if it is no better, compare one step with the formula of the optimizer (`runner trace`, `runner explain sgd`).",
    stage: Stage::After,
    judge,
};

const ROSE: f64 = 3.0;
const TELLS: f64 = 0.3;
const TOO_FAR: f64 = 10.0;

/// Of the first loss on a few rows: what goes up again by more of it goes up and down.
const UP: f64 = 0.01;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    by_elimination(evidence, before, &evidence.preflight?.one_batch)
}

fn by_elimination(evidence: &Evidence<'_>, before: &[Finding], batch: &OneBatch) -> Option<Finding> {
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
    } else if let Some(far) =
        too_far(evidence).filter(|_| oscillating::jumps(&run).is_some_and(|share| share > oscillating::LARGE))
    {
        format!("the loss jumps up and down to the end, and {far}")
    } else {
        stuck(evidence, batch)?
    };
    let (epoch, step) = course::end(&run);
    let mut found = Finding::new(&THIS, says).at(epoch, step);
    if let Some(left) = left.filter(|left| left.is_finite()) {
        found = found.measured(left, ROSE);
    }
    let too_far = too_far(evidence);
    let is_long = failed || left.is_some_and(|left| left > ROSE) || too_far.is_some() || goes_up(batch);
    found.because.extend(too_far);
    if !is_long {
        return Some(
            found
                .because("what is left is the step: not what the optimizer says it is")
                .help("compare one step with the formula (`runner trace`)"),
        );
    }
    let found = found
        .because("what is left is the step: too long for this network, or not what the optimizer says it is")
        .help("a tenth of the learning rate; if it is no better, compare one step with the formula (`runner trace`)");
    let lower = Rate::of(evidence).map(|rate| settings::tenth(rate.written)).filter(|rate| *rate > 0.0);
    Some(match lower {
        Some(rate) => found.change(Change::set("optimizer.learning_rate", settings::toml(rate))),
        None => found,
    })
}

/// The optimizer of the file does not learn a few rows by heart, and that cannot be for the data.
fn stuck(evidence: &Evidence<'_>, batch: &OneBatch) -> Option<String> {
    let attempt = batch.attempts.first()?;
    let nearest = evidence.traits?.nearest.filter(|nearest| *nearest > TELLS)?;
    // Where no other optimizer learns them either it is the network, not the step.
    let is_cured = batch.attempts[1..].iter().any(|other| batch.learned(other));
    let falls = course::falls(&evidence.run?).is_some_and(|falls| falls > course::FALLS);
    let is_on_its_way = attempt.fell_steadily() || falls || course::is_still(evidence);
    (!batch.learned(attempt) && is_cured && !is_on_its_way).then(|| {
        format!(
            "{} steps on {} rows take the loss from {} {} {}, though {}",
            batch.steps,
            batch.samples,
            number(batch.first),
            if attempt.last > batch.first { "up to" } else { "no further than to" },
            number(attempt.last),
            course::told_by_neighbours(evidence.task, nearest)
        )
    })
}

/// Whether the loss on a few rows rose on its way, or is none any more.
fn goes_up(batch: &OneBatch) -> bool {
    let Some(attempt) = batch.attempts.first() else { return false };
    let all: Vec<f64> = attempt.course.iter().copied().chain([attempt.last]).collect();
    !attempt.last.is_finite() || all.windows(2).any(|pair| pair[1] > pair[0] + UP * batch.first)
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
    use super::super::trial::{Trial, one_batch};
    use super::super::{Finding, settings};
    use crate::event::{End, LayerLook};

    fn says(trial: &Trial, course: &[f64]) -> Option<Finding> {
        super::by_elimination(&trial.evidence(), &[], &one_batch(course, Some(0.01)))
    }

    #[test]
    fn what_nothing_else_explains_is_the_step() {
        let of = |last: f64| Trial::new("[optimizer]\nlearning_rate = 0.003").losses(&[1.0, last]);
        assert!(says(&of(2.9), &[1.0, 0.9]).is_none());
        let found = says(&of(3.1), &[1.0, 0.9]).unwrap();
        assert_eq!(found.changes[0].to_string(), "optimizer.learning_rate = 0.0003");
        assert!(says(&of(0.1).end(End::NonFinite), &[1.0, 0.9]).is_some());
        let explained = [Finding::new(&rate_scale::THIS, "something")];
        assert!(
            super::by_elimination(&of(3.1).evidence(), &explained, &one_batch(&[1.0, 0.9], None)).is_none()
        );
        // Of the gradient and the start nothing is known.
        assert!(of(3.1).says(&super::THIS).is_none());
    }

    /// A loss that falls is on its way, however slowly; one that goes up and down makes steps that are too long, and one that stays where it
    /// is makes wrong ones.
    #[test]
    fn too_long_is_said_of_what_rises_only() {
        let stuck = |losses: &[f64]| {
            let mut trial = Trial::new("[optimizer]\nlearning_rate = 0.1").losses(losses);
            trial.traits.nearest = Some(0.9);
            trial
        };
        let flat = [1.0, 0.9, 0.9, 0.9, 0.9];
        assert!(says(&stuck(&flat), &[1.1, 0.9, 0.3]).is_none(), "it falls on a few rows");
        let up = says(&stuck(&flat), &[1.0, 0.5, 0.9]).unwrap();
        assert_eq!(up.changes[0].to_string(), "optimizer.learning_rate = 0.01");
        assert!(up.says.ends_with(
            "answering with the nearest row covers 90 % of the way from the most frequent class to perfect"
        ));
        let still = says(&stuck(&flat), &[1.0, 1.0, 1.0]).unwrap();
        assert!(still.changes.is_empty() && !still.because[0].contains("too long"), "{still:?}");
        assert!(
            says(&stuck(&[1.0, 0.95, 0.9, 0.85, 0.8]), &[1.0, 0.5, 0.9]).is_none(),
            "it falls in the run"
        );
    }

    /// By hand, and read back as the decimal number that one would write.
    #[test]
    fn a_tenth_keeps_its_digits() {
        assert_eq!([0.003, 0.1, 25.0, 1e-5].map(settings::tenth), [0.0003, 0.01, 2.5, 1e-6]);
    }

    /// By hand: 10 steps of 0.1 along a gradient of 2 reach 2; a way of 21 is 10.5 times that, one of 19 is 9.5 times.
    #[test]
    fn the_way_is_compared_with_what_gradients_allow() {
        let of = |way: f32| {
            let trial = Trial::new("[optimizer]\nlearning_rate = 0.1").losses(&[1.0, 9.0]);
            let layer =
                |moved: f32| LayerLook { moved: Some(moved), gradient: Some(2.0), ..LayerLook::default() };
            says(&trial.looks(&[&[0.0], &[way]], layer), &[1.0, 0.9]).unwrap().because
        };
        assert!(of(21.0)[0].starts_with("between two looks the weights moved 10.5 times"));
        assert_eq!(of(19.0).len(), 1);
    }

    /// By hand: from epoch 1 to 2 (10 steps of rate 0.1, gradients of 1) the weights move 20, and the most that these allow is 1.
    #[test]
    fn a_loss_that_jumps_while_weights_go_too_far_is_the_step() {
        let of = |moved: f32| {
            let mut losses = vec![1.0; 13];
            losses.extend((0..6).map(|i| if i % 2 == 0 { 1.3 } else { 0.7 }));
            let look = |moved: f32| LayerLook {
                gradient: Some(1.0),
                weight: Some(1.0),
                moved: Some(moved),
                ..LayerLook::default()
            };
            Trial::new("[optimizer]\nlearning_rate = 0.1")
                .losses(&losses)
                .skill(0.1)
                .looks(&[&[0.0_f32][..], &[0.5], &[moved]], look)
        };
        let found = says(&of(20.5), &[1.0, 0.01]).unwrap();
        assert!(
            found.says.starts_with(
                "the loss jumps up and down to the end, and between two looks the weights moved 20 times"
            ),
            "{}",
            found.says
        );
        assert!(says(&of(1.5), &[1.0, 0.01]).is_none());
    }
}
