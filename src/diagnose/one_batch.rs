//! Can the network learn a handful of samples by heart?
//!
//! 16 samples, 500 steps, without dropout and penalties; the loss should fall below a tenth of where it began. If it does not as
//! configured, the same is tried without truncation, and with Adam at 0.01: what helps tells what is in the way. `runner check` tells too
//! what comes of it without the mistakes made on purpose, which no rule may know.

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::train::{Attempt, OneBatch, Preflight, With};

pub(super) static THIS: Rule = Rule {
    code: "one-batch",
    summary: "the network does not learn 16 samples by heart",
    docs: "16 samples, 500 steps, without dropout and penalties: the loss should fall below a tenth of where it began. If it does not as configured, the same is tried without truncation, and with Adam at 0.01: what helps tells what is in the way. A loss that falls below half is on its way, and a note. The doctor says nothing of it where the run itself learned.",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    // What the run did with all rows says more than a few steps on few.
    reading::symptom_before_training(evidence, look).filter(|_| !evidence.has_learned())
}

/// What `runner check` says of a network, which may know what comes of it without the mistakes made on purpose.
pub(super) fn look_with_the_answer(preflight: &Preflight) -> Finding {
    let (batch, mut found) = (&preflight.one_batch, look(preflight));
    let Some(without) = &batch.without_fault else { return found };
    found.because.push(format!("without the mistake: to {}", number(without.last)));
    let is_answer = batch.learned(without);
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
    let batch = &preflight.one_batch;
    let first = &batch.attempts[0];
    let least = if batch.least > 0.0 {
        format!(", which cannot fall below {}", number(batch.least))
    } else {
        String::new()
    };
    let says = format!(
        "{} samples, {} steps of {}: the loss goes from {} to {}{least}",
        batch.samples,
        batch.steps,
        first.optimizer,
        number(batch.first),
        number(first.last),
    );
    let mut found = Finding::new(&THIS, says).severity(Severity::Fine);
    if batch.learned(first) {
        return found;
    }
    let is_note = is_on_its_way(batch, &batch.attempts[..1])
        || cure(batch).is_none() && is_on_its_way(batch, &batch.attempts);
    found.severity = if is_note { Severity::Note } else { Severity::Warning };
    if !first.last.is_finite() {
        found.because.push("it did not stay finite: the steps are too large, or the inputs are".into());
    } else if first.last > batch.first {
        found.because.push("it rose".into());
    }
    for attempt in &batch.attempts[1..] {
        found.because.push(format!("{}: to {}", what(attempt), number(attempt.last)));
    }
    found.because.push(reason(batch).into());
    found.help.extend(help(batch).map(str::to_string));
    found
}

/// The first attempt that learned.
fn cure(batch: &OneBatch) -> Option<With> {
    batch.attempts.iter().find(|attempt| batch.learned(attempt)).map(|attempt| attempt.with)
}

/// Whether one of them came half of the way to nothing, at least.
fn is_on_its_way(batch: &OneBatch, attempts: &[Attempt]) -> bool {
    attempts.iter().any(|a| a.last - batch.least < 0.5 * (batch.first - batch.least))
}

fn reason(batch: &OneBatch) -> &'static str {
    match cure(batch) {
        Some(With::NoTruncation) => {
            "so truncation is what keeps it from learning: the answer lies further back in time"
        }
        Some(_) if is_on_its_way(batch, &batch.attempts[..1]) => {
            "so the network can learn them; as configured it is on its way, and slower"
        }
        Some(_) => "so the network can learn them, and the optimizer or its learning rate is in the way",
        None if is_on_its_way(batch, &batch.attempts) => "it falls, slowly: 500 steps are not enough to tell",
        None => {
            "so it is the network, its start, or the pairing: too few units, saturated units, outputs that cannot reach the targets, or \
             samples that differ in their targets only"
        }
    }
}

fn help(batch: &OneBatch) -> Option<&'static str> {
    match cure(batch) {
        Some(With::Adam) if is_on_its_way(batch, &batch.attempts[..1]) => {
            Some("more steps, or a learning rate a few times as large")
        }
        Some(With::Adam) => Some(
            "another `optimizer.learning_rate`, ten times larger or smaller first, or `optimizer.name = \"adam\"`",
        ),
        Some(With::NoTruncation) => Some("a larger `model.truncate`, or none"),
        Some(_) => None,
        None if is_on_its_way(batch, &batch.attempts) => None,
        None => Some("more hidden units, smaller initial weights, scaled inputs, or another pairing"),
    }
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
