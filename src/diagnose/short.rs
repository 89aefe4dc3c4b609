//! Did training end while the loss was still falling?
//!
//! By elimination. Thresholds: a loss above 0.14 of the first, and fewer than 100 steps, or 15 epochs at most of which the last ones still
//! took 3.5 % off each, or a loss above half that falls and falls. Healthy runs of the corpus (`benches/diagnosis`) have 210 steps at
//! least; of those that end above 0.14 none still falls by more than 3.03 %, and none ends above half.

use super::{Change, Evidence, Finding, Rule, Run, Stage, course, number, reading, settings};
use crate::event::End;
use crate::spec::{Budget, Configuration};
use crate::train::OneBatch;

pub(super) static THIS: Rule = Rule {
    code: "short",
    summary: "training ended while the loss was still falling",
    docs: "Thresholds, by elimination: no rule above it found a cause, the run used its whole budget, its loss ended above 0.14 of the first, though below it, and it was short: fewer than 100 optimizer steps (fewer than 200 where the loss still falls at each of its last points, by a hundredth unless the run came to little), or at most 15 epochs of which each of the last three (or of all) still lowered the loss by more than 3.5 %.

Short too, for its steps, is a run that came to little (it ended above half of its first loss, say) while its loss still fell by a hundredth at each of its last recorded points, where steps on 16 rows lower their loss steadily as well, without learning them by heart as another optimizer does: nothing is wrong with the steps but their length. Nobody has tried that before `runner doctor` does.

A note where the run learned all the same (skill 0.85). Silent where the data tells nothing: the nearest row and a straight line each cover less than 0.05 of the way.

Short is also a run that came to little and that `train.early_stop` ended within a twentieth of its budget.

That the best epoch is the last one says nothing: a loss that has settled still falls by 1e-4 of itself. Healthy runs of the corpus make 210 steps at least, and those whose loss ends above 0.14 of the first fall by 3.03 % in their last epoch at most.

What to do: ten times as many epochs, with `train.early_stop` to end them; or a learning rate a few times as large.",
    stage: Stage::After,
    judge,
};

const HIGH: f64 = 0.14;
const FEW_STEPS: usize = 100;
/// Of a run whose loss still falls at each of its last points: by a hundredth, or at all where it came to little. Healthy ones have 210.
const FEW_STEPS_FALLING: usize = 200;
const FEW_EPOCHS: usize = 15;
const FALLS: f64 = 0.035;
const LONGER: usize = 10;
const STOPPED: usize = 20;
const TELLS: f64 = 0.05;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    ended_early(evidence, before, evidence.preflight.map(|preflight| &preflight.one_batch))
}

fn ended_early(evidence: &Evidence<'_>, before: &[Finding], batch: Option<&OneBatch>) -> Option<Finding> {
    let run = evidence.run.filter(|_| settings::is_unexplained(before))?;
    let record = run.record;
    // Where neither neighbours nor a straight line tell anything there is nothing to wait for.
    let tells = |share: Option<f64>| share.is_none_or(|share| share >= TELLS);
    if evidence.traits.is_some_and(|traits| !tells(traits.nearest) && !tells(traits.linear)) {
        return None;
    }
    if let Some(found) = stopped(evidence, &run) {
        return Some(found);
    }
    // A search along lines ends by itself, and its steps are long.
    let is_budget = record.end == End::Finished && record.search.is_none();
    let left = run.left().filter(|left| is_budget && *left > HIGH && *left < 1.0)?;
    let falls = course::falls(&run)?;
    let still = record.epochs <= FEW_EPOCHS && falls > FALLS;
    let by_heart =
        batch.filter(|batch| evidence.is_sick() && falls > course::FALLS && has_short_steps(batch));
    // Of a run that came to little any fall will do.
    let least = if evidence.is_sick() { 0.0 } else { course::FALLS };
    let few = record.steps < FEW_STEPS || record.steps < FEW_STEPS_FALLING && falls > least;
    if !few && !still && by_heart.is_none() {
        return None;
    }
    let found = Finding::new(
        &THIS,
        format!(
            "training ended after {} and {}, with the loss at {} of the first",
            crate::text::count(record.epochs, "epoch"),
            crate::text::count(record.steps, "step"),
            number(left)
        ),
    );
    let severity = reading::unless_well(evidence);
    let found = found.severity(severity).at(record.epochs, record.steps).measured(left, HIGH);
    let found = if falls > 0.0 {
        found.because(format!(
            "each of the last epochs still lowered it by {} or more",
            course::percent(falls)
        ))
    } else {
        found.because("so few steps are rarely enough, whatever the rate")
    };
    let (key, value) = longer(evidence.configuration);
    let found = found.help(format!("`{key} = {value}`, with `train.early_stop` to end it"));
    let found = match by_heart {
        Some(batch) => found
            .because(format!(
                "{} steps on {} rows lower their loss steadily too, from {} to {}: steps are short",
                batch.steps,
                batch.samples,
                number(batch.first),
                number(batch.attempts[0].last)
            ))
            .help("or a learning rate a few times as large"),
        None => found,
    };
    Some(found.change(Change::set(key, value.to_string())))
}

/// `early_stop` ended it before it had begun: within a twentieth of its budget, in a run that came to little.
fn stopped(evidence: &Evidence<'_>, run: &Run<'_>) -> Option<Finding> {
    let rule = evidence.configuration.train.early_stop.as_ref()?;
    let Budget::Epochs(budget) = evidence.configuration.train.budget else { return None };
    let epochs = run.record.epochs;
    let is_early = run.record.end == End::EarlyStopped && epochs.saturating_mul(STOPPED) <= budget;
    if !is_early || !evidence.is_sick() {
        return None;
    }
    let says = format!(
        "`train.early_stop` ended training after {epochs} of {}: `{}.{}` had not improved for {}",
        crate::text::count(budget, "epoch"),
        rule.metric.part.name(),
        rule.metric.metric,
        rule.patience
    );
    let share = epochs as f64 / budget as f64;
    let found = Finding::new(&THIS, says).at(epochs, run.record.steps).measured(share, 1.0 / STOPPED as f64);
    Some(
        found
            .because("the first epochs of a run often make it worse before it gets better")
            .help("more patience; 20 epochs are a start"),
    )
}

/// The loss of a few rows falls all the way, and not far enough, where another optimizer learns them by heart.
fn has_short_steps(batch: &OneBatch) -> bool {
    let Some((first, others)) = batch.attempts.split_first() else { return false };
    let is_cured = others.iter().any(|other| batch.learned(other));
    !batch.learned(first) && first.fell_steadily() && is_cured
}

/// The key of the budget, and ten times what it says.
fn longer(configuration: &Configuration) -> (&'static str, usize) {
    match configuration.train.budget {
        Budget::Epochs(epochs) => ("train.epochs", LONGER.saturating_mul(epochs)),
        Budget::Steps(steps) => ("train.steps", LONGER.saturating_mul(steps)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rate_scale;
    use super::super::trial::{Trial, one_batch};
    use crate::event::End;

    /// By hand: 12 epochs of 10 steps; the last three of them take 4 % off each, or 3 %.
    fn falling(share: f64) -> Trial {
        let losses: Vec<f64> = (0..=12).map(|epoch| (1.0 - share).powi(epoch)).collect();
        Trial::new("[train]\nepochs = 12\nbatch = 10").losses(&losses)
    }

    #[test]
    fn a_loss_that_still_falls_wants_more_epochs() {
        let found = falling(0.04).says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "training ended after 12 epochs and 120 steps, with the loss at 0.6127 of the first"
        );
        assert_eq!(found.because[0], "each of the last epochs still lowered it by 4 % or more");
        assert_eq!(found.changes[0].to_string(), "train.epochs = 120");
        // At rest for the last four epochs.
        let rest: Vec<f64> = (0..=12).map(|epoch: i32| 0.96_f64.powi(epoch.min(8))).collect();
        assert!(Trial::new("[train]\nepochs = 12\nbatch = 10").losses(&rest).says(&super::THIS).is_none());
        assert!(falling(0.04).end(End::EarlyStopped).says(&super::THIS).is_none());
        assert!(falling(0.04).says_after(&super::THIS, &rate_scale::THIS).is_none());
        // 0.8 to the 12th is 0.07 of the first.
        assert!(falling(0.2).says(&super::THIS).is_none());
    }

    /// By hand: a loss that falls by 2 % an epoch ends at 0.55 of the first after 30, 300 steps in all. On 16 rows it falls all the way to
    /// 0.3, where Adam gets to 0.01.
    #[test]
    fn steps_that_only_fall_are_short() {
        let losses: Vec<f64> = (0..=30).map(|epoch| 0.98_f64.powi(epoch)).collect();
        let trial = Trial::new("[train]\nepochs = 30\nbatch = 10").losses(&losses);
        let says =
            |course: &[f64]| super::ended_early(&trial.evidence(), &[], Some(&one_batch(course, Some(0.01))));
        let found = says(&[1.0, 0.6, 0.3]).unwrap();
        assert_eq!(found.changes[0].to_string(), "train.epochs = 300");
        assert_eq!(found.help[1], "or a learning rate a few times as large");
        assert!(says(&[1.0, 0.2, 0.3]).is_none(), "it rose");
        assert!(says(&[1.0, 0.6, 0.09]).is_none(), "it learned them");
        assert!(trial.says(&super::THIS).is_none(), "nobody has tried");
    }

    #[test]
    fn fewer_than_a_hundred_steps_are_few() {
        let of = |epochs: usize| {
            let losses: Vec<f64> = (0..=epochs).map(|epoch| if epoch == 0 { 1.0 } else { 0.5 }).collect();
            Trial::new("").losses(&losses).says(&super::THIS)
        };
        assert!(of(9).is_some());
        assert!(of(10).is_none());
    }

    /// By hand: neither neighbours nor a line tell a twentieth; one of them does.
    #[test]
    fn there_is_nothing_to_wait_for_where_the_data_tells_nothing() {
        let of = |line: f64| {
            let mut trial = falling(0.04);
            (trial.traits.nearest, trial.traits.linear) = (Some(-0.1), Some(line));
            trial.says(&super::THIS)
        };
        assert!(of(0.04).is_none());
        assert!(of(0.05).is_some());
    }

    /// By hand: 19 and 20 epochs of ten steps, each 2 % below the one before.
    #[test]
    fn fewer_than_two_hundred_are_where_the_loss_still_falls() {
        let of = |epochs: i32| {
            let losses: Vec<f64> = (0..=epochs).map(|epoch| 0.98_f64.powi(epoch)).collect();
            Trial::new("[train]\nepochs = 20\nbatch = 10").losses(&losses).says(&super::THIS)
        };
        assert!(of(19).is_some());
        assert!(of(20).is_none());
    }

    /// By hand: 5 of 100 epochs are a twentieth.
    #[test]
    fn a_run_that_was_stopped_before_it_had_begun_is_told() {
        let of = |epochs: usize| {
            let text = "[data]\nsource = \"blobs\"\nsplit = { test = 0.2, validation = 0.2 }\n[train]\nepochs = 100\nbatch = 10\nearly_stop = { metric = \"validation.loss\", patience = 1 }";
            Trial::new(text)
                .losses(&vec![1.0; epochs + 1])
                .skill(0.0)
                .end(End::EarlyStopped)
                .says(&super::THIS)
        };
        let found = of(5).unwrap();
        assert_eq!(
            found.says,
            "`train.early_stop` ended training after 5 of 100 epochs: `validation.loss` had not improved for 1"
        );
        assert!(of(6).is_none());
    }
}
