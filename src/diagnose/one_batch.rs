//! Can the network learn a handful of samples by heart?
//!
//! 16 samples, 500 steps, without dropout and penalties; the loss should fall below a tenth of where it began. If it does not as
//! configured, the same is tried without truncation, and with Adam at 0.01: what helps tells what is in the way. `runner check` tells too
//! what comes of it without the mistakes made on purpose, which no rule may know.

use super::{Evidence, Finding, Rule, Severity, Stage, course, gradient, number, reading};
use crate::spec::Reduction;
use crate::train::{Attempt, OneBatch, Preflight, With};

pub(super) static THIS: Rule = Rule {
    code: "one-batch",
    summary: "the network does not learn 16 samples by heart",
    docs: "16 samples, 500 steps, without dropout and penalties: the loss should fall below a tenth of where it began. If it does not as configured, the same is tried without truncation, and with Adam at 0.01: what helps tells what is in the way. A loss that falls below half is on its way, and a note. The doctor says nothing of it where the run itself learned.

Where the loss begins at more than twice what it is with output pre-activations of 0, a tenth of it may still be that of one answer for all rows: that the network can learn them is said only where the loss falls below a tenth of the smaller of the two. Where the gradient is wrong (`gradient`), or the step (`update`), that explains it, and nothing is said of the network.",
    stage: Stage::Preflight,
    judge,
};

/// What else is wrong, and explains why few rows are not learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    Gradient,
    Step,
}

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    // What the run did with all rows says more than a few steps on few.
    let found = reading::symptom_before_training(evidence, look).filter(|_| !evidence.has_learned())?;
    // The rule above does not judge every gradient that disagrees.
    let wrong = if reading::found(before, &["gradient"]) {
        Wrong::Gradient
    } else if reading::found(before, &["update"]) {
        Wrong::Step
    } else {
        Wrong::Nothing
    };
    let Finding { because, help, .. } = told(evidence.preflight?, wrong);
    Some(Finding { because, help, ..found })
}

/// What `runner check` says of a network, which may know what comes of it without the mistakes made on purpose.
pub(super) fn look_with_the_answer(preflight: &Preflight) -> Finding {
    let batch = &preflight.one_batch;
    let Some(without) = &batch.without_fault else { return look(preflight) };
    let is_answer = batch.learned(without);
    // What does not learn without the mistake either is not explained by its gradient.
    let mut found = if is_answer { look(preflight) } else { told(preflight, Wrong::Nothing) };
    found.because.push(format!("without the mistake: {}", to(batch.first, without.last)));
    // A mistake without which the loss falls to less than half is a part of it at least.
    if is_answer {
        found.because.push("so the mistake in `[fault]` is what keeps it from learning".into());
        found.help.clear();
    } else if without.last < 0.5 * batch.attempts[0].last {
        found.because.push("so the mistake in `[fault]` is in the way, and not alone".into());
    }
    found.severity = if is_answer { Severity::Warning } else { found.severity };
    found
}

/// What the rule says of a network, also where all is as it should be.
pub(super) fn look(preflight: &Preflight) -> Finding {
    let is_wrong = gradient::look(preflight).severity == Severity::Wrong;
    // A gradient that was made elsewhere trains nothing here.
    let trains = preflight.trained.as_ref().is_none_or(|(_, _, all)| all.iter().any(|t| !t.agrees));
    told(preflight, if is_wrong && trains { Wrong::Gradient } else { Wrong::Nothing })
}

fn told(preflight: &Preflight, wrong: Wrong) -> Finding {
    let batch = &preflight.one_batch;
    let first = &batch.attempts[0];
    let least = if batch.least > 0.0 {
        format!(", which cannot fall below {}", number(batch.least))
    } else {
        String::new()
    };
    let says = format!(
        "{} samples, {} steps of {}: the loss goes from {} {}{least}",
        batch.samples,
        batch.steps,
        first.optimizer,
        number(batch.first),
        to(batch.first, first.last),
    );
    let mut found = Finding::new(&THIS, says).severity(Severity::Fine);
    if batch.learned(first) {
        if let Some(far) = from_far(preflight, first) {
            found.severity = Severity::Note;
            found.because.push(far);
        }
        return found;
    }
    let is_note = is_on_its_way(batch, &batch.attempts[..1])
        || cure(batch).is_none() && is_on_its_way(batch, &batch.attempts);
    found.severity = if is_note { Severity::Note } else { Severity::Warning };
    if !first.last.is_finite() {
        found.because.push("it did not stay finite: the steps are too large, or the inputs are".into());
    }
    for attempt in &batch.attempts[1..] {
        found.because.push(format!("{}: {}", what(attempt), to(batch.first, attempt.last)));
    }
    found.because.push(reason(preflight, wrong));
    found.help.extend(help(preflight, wrong));
    found
}

/// `to 0.5`; of a loss that rose `up to 5`.
fn to(first: f64, last: f64) -> String {
    let up = if last.is_finite() && last > first { "up " } else { "" };
    format!("{up}to {}", number(last))
}

/// Initial weights of usual size begin at up to twice the loss of a network that knows nothing.
const FAR: f64 = 2.0;

/// The loss of these rows where all output pre-activations are 0, about: it was measured on the whole training part.
fn neutral(preflight: &Preflight) -> f64 {
    let (neutral, samples) = (preflight.first_loss.neutral, preflight.one_batch.samples);
    match preflight.configuration.pairing.reduction {
        Reduction::Sum => neutral * samples as f64 / preflight.rows.max(1) as f64,
        Reduction::Mean | Reduction::SumOverOutputs => neutral,
    }
}

/// Of an attempt that brought the loss below a tenth of where it began: why that does not show that it learned the rows, if it does not.
/// From a start that is far off the loss falls a long way to what one answer for all of them has.
fn from_far(preflight: &Preflight, attempt: &Attempt) -> Option<String> {
    let (batch, neutral) = (&preflight.one_batch, neutral(preflight));
    let is_far = neutral > batch.least && batch.first > FAR * neutral;
    let from_there = OneBatch { first: neutral, ..batch.clone() };
    (is_far && !from_there.learned(attempt)).then(|| {
        format!(
            "that is {} of the loss where all output pre-activations are 0 ({}): it comes down from a start that is far off, and that the \
             network can learn these rows is not shown",
            course::percent(attempt.last / neutral),
            number(neutral)
        )
    })
}

/// The first attempt that learned.
fn cure(batch: &OneBatch) -> Option<&Attempt> {
    batch.attempts.iter().find(|attempt| batch.learned(attempt))
}

/// Whether one of them came half of the way to nothing, at least.
fn is_on_its_way(batch: &OneBatch, attempts: &[Attempt]) -> bool {
    attempts.iter().any(|a| a.last - batch.least < 0.5 * (batch.first - batch.least))
}

fn reason(preflight: &Preflight, wrong: Wrong) -> String {
    let batch = &preflight.one_batch;
    let cure = cure(batch);
    let far = cure.and_then(|attempt| from_far(preflight, attempt));
    if let Some(far) = far.filter(|_| wrong != Wrong::Gradient) {
        return far;
    }
    let known = match (cure.map(|attempt| attempt.with), wrong) {
        (Some(With::NoTruncation), _) => {
            "so truncation is what keeps it from learning: the answer lies further back in time"
        }
        (_, Wrong::Gradient) => {
            "the gradient that trains is not that of the loss, and that explains it: see `gradient`"
        }
        (Some(_), _) if is_on_its_way(batch, &batch.attempts[..1]) => {
            "so the network can learn them; as configured it is on its way, and slower"
        }
        (Some(_), _) => "so the network can learn them, and the optimizer or its learning rate is in the way",
        (None, _) if is_on_its_way(batch, &batch.attempts) => {
            "it falls, slowly: 500 steps are not enough to tell"
        }
        (None, Wrong::Step) => "the steps do not lead downhill, and that explains it: see `update`",
        (None, Wrong::Nothing) => {
            "so it is the network, its start, or the pairing: too few units, saturated units, outputs that cannot reach the targets, or \
             samples that differ in their targets only"
        }
    };
    known.into()
}

fn help(preflight: &Preflight, wrong: Wrong) -> Option<String> {
    let batch = &preflight.one_batch;
    let cure = cure(batch);
    let is_far = cure.is_some_and(|attempt| from_far(preflight, attempt).is_some());
    let known = match (cure.map(|attempt| attempt.with), wrong) {
        (Some(_), Wrong::Nothing | Wrong::Step) if is_far => return None,
        (Some(With::NoTruncation), _) => "a larger `model.truncate`, or none",
        (_, Wrong::Gradient) => return None,
        (Some(With::Adam), _) if is_on_its_way(batch, &batch.attempts[..1]) => {
            "more steps, or a learning rate a few times as large"
        }
        (Some(With::Adam), _) => {
            "another `optimizer.learning_rate`, ten times larger or smaller first, or `optimizer.name = \"adam\"`"
        }
        (Some(_), _) => return None,
        (None, _) if is_on_its_way(batch, &batch.attempts) => return None,
        (None, Wrong::Step) => return None,
        (None, Wrong::Nothing) if preflight.configuration.data.scale.name() == "none" => {
            "more hidden units, smaller initial weights, scaled inputs, or another pairing"
        }
        (None, Wrong::Nothing) => "more hidden units, smaller initial weights, or another pairing",
    };
    Some(known.into())
}

fn what(attempt: &Attempt) -> String {
    match attempt.with {
        With::Configured => "as configured".into(),
        With::NoFault => "without the mistake".into(),
        With::NoTruncation => "without truncation".into(),
        With::Adam => format!("with {}", attempt.optimizer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::trial::{Trial, one_batch, preflight};
    use crate::diagnose::update;
    use crate::spec::Precision;

    fn of(course: &[f64], adam: Option<f64>) -> Preflight {
        Preflight { one_batch: one_batch(course, adam), ..preflight("") }
    }

    /// Steps that got half of the way are slow, not in the way.
    #[test]
    fn what_is_on_its_way_is_a_note() {
        let slow = look(&of(&[1.0, 0.45], Some(0.01)));
        assert_eq!((slow.severity, slow.because.len()), (Severity::Note, 2));
        assert!(slow.because[1].ends_with("as configured it is on its way, and slower"), "{slow:?}");
        let stuck = look(&of(&[1.0, 0.55], Some(0.01)));
        assert_eq!(stuck.severity, Severity::Warning);
        assert!(stuck.because[1].ends_with("is in the way"), "{stuck:?}");
    }

    /// A loss that rose is not brought down.
    #[test]
    fn what_rose_is_told_as_risen() {
        let found = look(&of(&[2.858, 3.853], Some(2.9)));
        assert_eq!(found.says, "16 samples, 500 steps of o: the loss goes from 2.858 up to 3.853");
        assert_eq!(found.because[0], "with o: up to 2.9");
        assert!(look(&of(&[1.0, 0.9], Some(0.8))).says.ends_with("from 1 to 0.9"));
    }

    /// Where the gradient or the step is wrong, nothing is said of the network.
    #[test]
    fn another_cause_explains_it() {
        let mut wrong = of(&[1.0, 0.9], Some(0.8));
        assert!(look(&wrong).because[1].starts_with("so it is the network"));
        wrong.gradient[0].agrees = false;
        let found = look(&wrong);
        assert!(found.because[1].ends_with("that explains it: see `gradient`"), "{found:?}");
        assert!(found.help.is_empty() && found.severity == Severity::Warning, "{found:?}");
        // A gradient from elsewhere trains nothing here: what trains agrees.
        let agreeing = of(&[1.0, 0.9], None).gradient;
        wrong.trained = Some(("fused", Precision::F32, agreeing));
        assert!(look(&wrong).because[1].starts_with("so it is the network"));
    }

    #[test]
    fn the_doctor_goes_by_what_it_found() {
        let trial = Trial::new("").sick();
        let preflight = of(&[1.0, 0.9], Some(0.8));
        let evidence = Evidence { preflight: Some(&preflight), ..trial.evidence() };
        let after = |rule: &'static Rule| judge(&evidence, &[Finding::new(rule, "something")]).unwrap();
        assert!(after(&gradient::THIS).because[1].ends_with("see `gradient`"));
        let step = after(&update::THIS);
        assert!(step.because[1].ends_with("see `update`") && step.help.is_empty(), "{step:?}");
        let alone = judge(&evidence, &[]).unwrap();
        assert!(alone.because[1].starts_with("so it is the network") && !alone.help.is_empty(), "{alone:?}");
    }

    /// By hand: 10820000 is less than a tenth of 5.357e11, and 40 % of 27050000, which is what zeros have.
    #[test]
    fn a_long_way_down_from_a_start_that_is_far_off_shows_nothing() {
        let far = |course: &[f64], adam: Option<f64>| {
            let mut preflight = of(course, adam);
            preflight.first_loss.neutral = 27_050_000.0;
            look(&preflight)
        };
        let found = far(&[5.357e11, 5e11], Some(1.082e7));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.because[1].starts_with("that is 40 % of the loss where all"), "{found:?}");
        assert!(found.because[1].ends_with("can learn these rows is not shown"), "{found:?}");
        assert!(found.help.is_empty(), "{found:?}");
        // The same as configured; and all the way down.
        assert_eq!(far(&[5.357e11, 1.082e7], None).severity, Severity::Note);
        assert_eq!(far(&[5.357e11, 2.7e6], None).severity, Severity::Fine);
        // A start at up to twice that loss is usual.
        assert_eq!(far(&[5.4e7, 5.3e6], None).severity, Severity::Fine);
    }

    /// By hand: 16 of 160 rows have a tenth of a sum, and the whole of a mean.
    #[test]
    fn a_sum_is_that_of_the_rows() {
        let of = |reduction: &str| {
            let text = format!(
                "pairing = {{ activation = \"identity\", loss = \"mse\", reduction = \"{reduction}\" }}"
            );
            let mut preflight = preflight(&text);
            (preflight.rows, preflight.first_loss.neutral) = (160, 100.0);
            neutral(&preflight)
        };
        assert_eq!((of("sum"), of("mean")), (10.0, 100.0));
    }

    /// What the file has is not proposed.
    #[test]
    fn scaled_inputs_are_not_to_be_scaled() {
        let help = |text: &str| {
            let found = look(&Preflight { one_batch: one_batch(&[1.0, 1.0], None), ..preflight(text) });
            found.help.concat()
        };
        assert!(help("").contains("scaled inputs"));
        assert!(!help("[data]\nsource = \"blobs\"\nscale = \"standardize\"").contains("scaled inputs"));
    }

    #[test]
    fn a_run_that_learned_says_more_than_a_few_steps() {
        let preflight = of(&[1.0, 0.9], None);
        let found = |trial: &Trial| judge(&Evidence { preflight: Some(&preflight), ..trial.evidence() }, &[]);
        assert!(found(&Trial::new("").sick()).is_some());
        assert!(found(&Trial::new("").losses(&[1.0, 0.6]).skill(0.2)).is_none());
    }

    /// What comes of a network without its mistakes is for `runner check` alone.
    #[test]
    fn the_answer_is_kept_from_the_rule() {
        let mut preflight = of(&[1.0, 1.0], None);
        let before = look(&preflight);
        let without = Attempt { with: With::NoFault, last: 0.01, ..preflight.one_batch.attempts[0].clone() };
        preflight.one_batch.without_fault = Some(without);
        assert_eq!(look(&preflight), before);
        let told = look_with_the_answer(&preflight).because.concat();
        assert!(told.contains("so the mistake in `[fault]` is what keeps it from learning"), "{told}");
    }
}
