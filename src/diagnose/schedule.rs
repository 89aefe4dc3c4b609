//! Does the schedule take the learning rate away before anything is learned?
//!
//! Thresholds: a mean factor of 0.05 over the run, and fewer than 500 steps' worth of the full rate. Healthy runs of the corpus
//! (`benches/diagnosis`) have 210 steps at least; a long run may well spend most of its steps at a small rate.

use super::{Change, Evidence, Finding, Rule, Stage, number, reading, settings};
use crate::nn::{Progress, Schedule};

pub(super) static THIS: Rule = Rule {
    code: "schedule",
    summary: "the schedule takes the learning rate away before anything is learned",
    docs: "A schedule multiplies the learning rate by a factor from step to step. Added up over the run, the factors say how many steps at the full rate all of them are worth.

Threshold: found where the mean factor is below 0.05 and all steps together are worth fewer than 500 at the full rate. The second part spares long runs whose rate has long done its work when it falls. Schedules that follow the loss (`plateau`) are not judged. Of a run that learns all the same it is a note.

What to do: no schedule until the network learns; then one that ends where training ends, such as `cosine`.",
    stage: Stage::Lint,
    judge,
};

const MEAN: f64 = 0.05;
const WORTH: f64 = 500.0;
/// A cosine leaves a half, a line a half, one decade at the middle 0.55.
const TAKES_AWAY: f64 = 0.3;
/// Steps that are added up, at even distances, where there are more.
const SAMPLES: usize = 10_000;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let optimizer = &evidence.configuration.optimizer;
    let schedule = Schedule::new(&optimizer.schedule);
    if schedule.is_constant() || schedule.watches() || !optimizer.method.has("learning_rate") {
        return None;
    }
    let (each, steps) = settings::steps(evidence)?;
    let mean = mean(&schedule, each, steps);
    let worth = mean * steps as f64;
    if mean > MEAN || worth >= WORTH {
        return None;
    }
    let found = Finding::new(
        &THIS,
        format!(
            "with the schedule `{}` the learning rate is {} of what is written on average: all {steps} steps together are worth {} at \
             the full rate",
            optimizer.schedule.name(),
            course_percent(mean),
            crate::text::significant(worth, 2)
        ),
    );
    Some(
        found
            .severity(reading::unless_well(evidence))
            .measured(mean, MEAN)
            .because(
                "the rate has gone before the network could go anywhere; whatever follows changes nothing",
            )
            .help("no `optimizer.schedule` until the network learns")
            .change(Change::remove("optimizer.schedule")),
    )
}

/// Whether a schedule takes so much of the rate away that the end of a run tells little of what it could learn.
pub(super) fn takes_away(evidence: &Evidence<'_>) -> bool {
    let schedule = Schedule::new(&evidence.configuration.optimizer.schedule);
    if schedule.is_constant() || schedule.watches() {
        return false;
    }
    settings::steps(evidence).is_some_and(|(each, steps)| mean(&schedule, each, steps) < TAKES_AWAY)
}

fn course_percent(mean: f64) -> String {
    if mean < 1e-4 { number(mean) } else { super::course::percent(mean) }
}

fn mean(schedule: &Schedule, steps_per_epoch: usize, steps: usize) -> f64 {
    let (count, epochs) = (steps.min(SAMPLES), steps.div_ceil(steps_per_epoch));
    let factor = |at: usize| {
        let step = (at as u128 * steps as u128 / count as u128) as usize;
        schedule.factor(Progress { step, steps, epoch: step / steps_per_epoch, epochs, steps_per_epoch })
    };
    (0..count).map(factor).sum::<f64>() / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    fn of(schedule: &str, epochs: usize) -> Option<super::Finding> {
        let text = format!("[optimizer]\nschedule = {schedule}\n[train]\nepochs = {epochs}\nbatch = 10");
        Trial::new(&text).says(&super::THIS)
    }

    /// By hand: ten steps an epoch; factors 1, 0.1, 0.01, ... over 100 epochs add up to 1.111 epochs, 11.1 steps, 0.0111 on average.
    #[test]
    fn a_steep_schedule_is_told_in_steps_of_the_full_rate() {
        let found = of("{ name = \"exponential\", decay = 0.1 }", 100).unwrap();
        assert!((found.value.unwrap() - 0.111_111_111_1 / 10.0).abs() < 1e-9, "{found:?}");
        assert_eq!(
            found.says,
            "with the schedule `exponential` the learning rate is 1.11 % of what is written on average: all 1000 steps together are \
             worth 11 at the full rate"
        );
        assert_eq!(found.changes[0].to_string(), "no optimizer.schedule");
    }

    /// By hand: over 10 epochs the same factors are 0.111 on average; at 0.99 over 4000 epochs the mean is 0.025, worth 1000 steps.
    #[test]
    fn a_schedule_that_leaves_enough_is_not() {
        assert!(of("{ name = \"exponential\", decay = 0.1 }", 10).is_none());
        assert!(of("{ name = \"exponential\", decay = 0.99 }", 4000).is_none());
        assert!(of("\"cosine\"", 100).is_none());
        assert!(of("\"constant\"", 100).is_none());
    }
}
