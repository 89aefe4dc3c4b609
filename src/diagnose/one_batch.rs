//! Can the network learn a handful of samples by heart?
//!
//! 16 samples, 500 steps, without dropout and penalties; the loss should fall below a tenth of where it began. If it does not as
//! configured, the same is tried without the mistakes made on purpose, without truncation, and with Adam at 0.01: what helps tells what is
//! in the way.

use super::{Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::train::{Attempt, OneBatch, Preflight, With};

pub(super) static THIS: Rule = Rule {
    code: "one-batch",
    summary: "the network does not learn 16 samples by heart",
    docs: "16 samples, 500 steps, without dropout and penalties: the loss should fall below a tenth of where it began. If it does not as configured, the same is tried without mistakes, without truncation, and with Adam at 0.01: what helps tells what is in the way.",
    stage: Stage::Preflight,
    judge,
};

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    reading::symptom_before_training(evidence, look)
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
    let is_note = cure(batch).is_none() && is_on_its_way(batch);
    found.severity = if is_note { Severity::Note } else { Severity::Warning };
    if !first.last.is_finite() {
        found.because.push("it did not stay finite: the steps are too large, or the inputs are".into());
    } else if first.last > batch.first {
        found.because.push("it rose".into());
    }
    for attempt in &batch.attempts[1..] {
        found.because.push(format!("{}: to {}", what(attempt), number(attempt.last)));
    }
    found.because.extend(reason(batch).map(str::to_string));
    found.help.extend(help(batch).map(str::to_string));
    found
}

/// The first attempt that learned.
fn cure(batch: &OneBatch) -> Option<With> {
    batch.attempts.iter().find(|attempt| batch.learned(attempt)).map(|attempt| attempt.with)
}

/// Half of the way to nothing, at least.
fn is_on_its_way(batch: &OneBatch) -> bool {
    batch.attempts.iter().any(|a| a.last - batch.least < 0.5 * (batch.first - batch.least))
}

fn reason(batch: &OneBatch) -> impl Iterator<Item = &'static str> {
    let last = |with: With| batch.attempts.iter().find(|a| a.with == with).map(|a| a.last);
    // A mistake without which the loss falls to less than half is a part of it at least.
    let is_held = last(With::NoFault).is_some_and(|without| without < 0.5 * batch.attempts[0].last);
    let what = match cure(batch) {
        Some(With::NoFault) => "so the mistake in `[fault]` is what keeps it from learning",
        Some(With::NoTruncation) => {
            "so truncation is what keeps it from learning: the answer lies further back in time"
        }
        Some(_) if is_held => {
            "so the mistake in `[fault]` is in the way, and so is the optimizer or its learning rate"
        }
        Some(_) => "so the network can learn them, and the optimizer or its learning rate is in the way",
        None if is_on_its_way(batch) => "it falls, slowly: 500 steps are not enough to tell",
        None => {
            "so it is the network, its start, or the pairing: too few units, saturated units, outputs that cannot reach the targets, or \
             samples that differ in their targets only"
        }
    };
    [what].into_iter()
}

fn help(batch: &OneBatch) -> impl Iterator<Item = &'static str> {
    let help = match cure(batch) {
        Some(With::Adam) => Some(
            "another `optimizer.learning_rate`, ten times larger or smaller first, or `optimizer.name = \"adam\"`",
        ),
        Some(With::NoTruncation) => Some("a larger `model.truncate`, or none"),
        Some(_) => None,
        None if is_on_its_way(batch) => None,
        None => Some("more hidden units, smaller initial weights, scaled inputs, or another pairing"),
    };
    help.into_iter()
}

fn what(attempt: &Attempt) -> String {
    match attempt.with {
        With::Configured => "as configured".into(),
        With::NoFault => "without the mistake".into(),
        With::NoTruncation => "without truncation".into(),
        With::Adam => format!("with {}", attempt.optimizer),
    }
}
