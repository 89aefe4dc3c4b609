//! What `runner fix` says: the verdict before, the changes as a difference of texts, what they brought, what else was tried, the verdict
//! after; and the same for programs.

use std::path::Path;

use serde_json::{Value, json};

use super::super::doctor::{self, Examined};
use super::healing::{Attempt, Healing, Outcome};
use crate::disk;
use crate::report::Gain;
use crate::text;

pub(super) struct Told<'a> {
    pub(super) healing: &'a Healing,
    pub(super) diff: &'a str,
    pub(super) file: &'a Path,
    pub(super) new: &'a Path,
    /// `KEY=VALUE` of each `--set`, which are not in the new file.
    pub(super) set: &'a [String],
    pub(super) is_written: bool,
}

pub(super) fn as_text(told: &Told<'_>, width: usize) -> String {
    let Told { healing, .. } = told;
    let mut out = String::new();
    let names: Vec<&str> = healing.before.iter().map(|examined| examined.name.as_str()).collect();
    verdicts(&mut out, "", &names, &healing.before, width);
    if let Some(gain) = &healing.gain {
        out.push_str(&format!("\n{}\n{}", told.diff, gain.table()));
    }
    let kept = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Kept(_));
    if let Some(gain) = healing.gain.as_ref().filter(|_| healing.attempts.iter().filter(kept).count() > 1) {
        out.push_str(&text::hanging("", &format!("together: {}", gain.told()), width));
    }
    let several = healing.before.len() > 1;
    for (title, is_kept) in [("kept", true), ("tried and dropped", false)] {
        let group: Vec<&Attempt> = healing.attempts.iter().filter(|a| kept(a) == is_kept).collect();
        if !group.is_empty() {
            out.push_str(&format!("\n{title}\n"));
        }
        group.iter().for_each(|attempt| one(&mut out, attempt, several, width));
    }
    if !healing.attempts.is_empty() {
        out.push('\n');
    }
    if healing.is_fixed() {
        verdicts(&mut out, "now: ", &names, &healing.after, width);
    }
    out.push_str(&text::hanging("", &ending(told), width));
    out
}

/// `names` are those that configurations had at first: one that comes to the same as another now is called like it by the plan.
fn verdicts(out: &mut String, head: &str, names: &[&str], all: &[Examined], width: usize) {
    for (name, examined) in names.iter().zip(all) {
        let name = if all.len() > 1 { format!("{name}: ") } else { String::new() };
        out.push_str(&text::hanging("", &format!("{head}{name}{}", doctor::verdict(examined)), width));
    }
}

/// A change with what it brought.
fn one(out: &mut String, attempt: &Attempt, several: bool, width: usize) {
    let whose = if several { format!(" ({})", attempt.candidate.configuration) } else { String::new() };
    let head = format!("  {:<18}", attempt.candidate.finding.rule.code);
    let below = " ".repeat(20);
    out.push_str(&text::hanging(&head, &format!("{}{whose}", changes(attempt)), width));
    out.push_str(&text::hanging(&below, &what_came(attempt), width));
}

fn changes(attempt: &Attempt) -> String {
    let changes: Vec<String> = attempt.candidate.finding.changes.iter().map(ToString::to_string).collect();
    changes.join("; ")
}

fn what_came(attempt: &Attempt) -> String {
    match &attempt.outcome {
        Outcome::Kept(gain) if attempt.is_for_gradient => {
            format!("the gradient is right now, and nothing is worse: {}", gain.told())
        }
        Outcome::Kept(gain) => gain.told(),
        Outcome::Dropped(gain) => format!("it does not help: {}", gain.told()),
        Outcome::NotMade(why) => why.clone(),
    }
}

/// What was written, or why nothing was.
fn ending(told: &Told<'_>) -> String {
    let Told { healing, file, new, set, is_written, .. } = told;
    let (file, new) = (disk::shown(file), disk::shown(new));
    if !healing.is_fixed() {
        return match (healing.was_healthy(), healing.attempts.is_empty()) {
            (true, _) => "nothing to fix; nothing was written".to_string(),
            (false, true) => format!(
                "no rule that found something proposes a change; nothing was written; `runner doctor {file}` shows what was found"
            ),
            (false, false) => {
                format!(
                    "nothing helped; nothing was written; `runner doctor {file}` shows all that was found"
                )
            }
        };
    }
    let overrides: String = set.iter().map(|set| format!(" --set '{set}'")).collect();
    let with = if set.is_empty() { "" } else { "; what `--set` gives is not in it" };
    match is_written {
        true => format!("wrote {new}{with}; train it with `runner {new}{overrides}`"),
        false => format!("nothing was written (--dry-run); without it this would be {new}{with}"),
    }
}

pub(super) fn as_json(told: &Told<'_>) -> Value {
    let Told { healing, diff, file, new, is_written, .. } = told;
    let examined = |all: &[Examined]| -> Vec<Value> {
        let one = |(first, examined): (&Examined, &Examined)| {
            json!({
                "name": first.name,
                "verdict": doctor::verdict(examined),
                "is_healthy": examined.is_healthy(),
            })
        };
        healing.before.iter().zip(all).map(one).collect()
    };
    let attempt = |attempt: &Attempt| {
        let (outcome, gain) = match &attempt.outcome {
            Outcome::Kept(gain) => ("kept", Some(gain)),
            Outcome::Dropped(gain) => ("dropped", Some(gain)),
            Outcome::NotMade(_) => ("not_made", None),
        };
        json!({
            "configuration": attempt.candidate.configuration,
            "finding": doctor::finding_json(&attempt.candidate.finding),
            "outcome": outcome,
            "told": what_came(attempt),
            "gain": gain.map(Gain::json),
        })
    };
    json!({
        "file": disk::shown(file),
        "written": is_written.then(|| disk::shown(new)),
        "is_fixed": healing.is_fixed(),
        "was_healthy": healing.was_healthy(),
        "before": examined(&healing.before),
        "after": examined(&healing.after),
        "attempts": healing.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "gain": healing.gain.as_ref().map(Gain::json),
        "diff": diff,
        "text": healing.is_fixed().then_some(&healing.text),
    })
}
