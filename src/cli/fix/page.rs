//! What `runner fix` says: the verdict before, the changes as a difference of texts, what they brought, what else was tried, what is left to
//! people, the verdict after; and the same for programs.

use std::path::Path;

use serde_json::{Value, json};

use super::super::doctor::{self, Examined};
use super::healing::{Attempt, Candidate, Healing, Outcome};
use crate::disk;
use crate::report::{Gain, Shown};
use crate::text;

pub(super) struct Told<'a> {
    pub(super) healing: &'a Healing,
    pub(super) diff: &'a str,
    pub(super) file: &'a Path,
    pub(super) new: &'a Path,
    /// `KEY=VALUE` of each `--set`, which are not in the new file.
    pub(super) set: &'a [String],
    pub(super) written: Written,
}

/// What became of the new file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Whole,
    /// That was not asked for.
    Dry,
    Failed,
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
    for title in ["kept", "tried and dropped", "not tried", OPEN] {
        let attempts = healing.attempts.iter().filter(|attempt| title_of(&attempt.outcome) == title);
        let told = attempts.map(|attempt| (&attempt.candidate, what_came(attempt, &names)));
        let decisions = healing.decisions.iter().filter(|_| title == OPEN);
        let all: Vec<_> = told.chain(decisions.map(|c| (c, why_open(c)))).collect();
        group(&mut out, title, &all, names.len() > 1, width);
    }
    if !healing.attempts.is_empty() || !healing.decisions.is_empty() {
        out.push('\n');
    }
    if healing.is_fixed() {
        verdicts(&mut out, "now: ", &names, &healing.after, width);
    }
    let ending = ending(told);
    // A name with blanks in it must stay in one line.
    let has_blanks = [told.file, told.new].iter().any(|path| disk::shown(path).contains(char::is_whitespace));
    out.push_str(&if has_blanks { format!("{ending}\n") } else { text::hanging("", &ending, width) });
    out
}

/// What people must decide.
const OPEN: &str = "for you to decide";

/// Under which title an attempt is told.
fn title_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Kept(_) => "kept",
        Outcome::Dropped(..) => "tried and dropped",
        Outcome::NotTried(_) => "not tried",
        Outcome::Open(_) => OPEN,
    }
}

/// `names` are those that configurations had at first: one that comes to the same as another now is called like it by the plan.
fn verdicts(out: &mut String, head: &str, names: &[&str], all: &[Examined], width: usize) {
    for (name, examined) in names.iter().zip(all) {
        let name = if all.len() > 1 { format!("{name}: ") } else { String::new() };
        out.push_str(&text::hanging("", &format!("{head}{name}{}", doctor::verdict(examined)), width));
    }
}

/// Changes under a title, each with what is to be said of it.
fn group(out: &mut String, title: &str, all: &[(&Candidate, String)], several: bool, width: usize) {
    if !all.is_empty() {
        out.push_str(&format!("\n{title}\n"));
    }
    for (candidate, said) in all {
        let whose = if several { format!(" ({})", candidate.configuration) } else { String::new() };
        let head = format!("  {:<17} ", candidate.codes().join(", "));
        let below = " ".repeat(20);
        if !candidate.changes.is_empty() {
            let changes: Vec<String> = candidate.changes.iter().map(ToString::to_string).collect();
            out.push_str(&text::hanging(&head, &format!("{}{whose}", changes.join("; ")), width));
            out.push_str(&text::hanging(&below, said, width));
        } else {
            out.push_str(&text::hanging(&head, &format!("{said}{whose}"), width));
        }
    }
}

/// `names` are those of the configurations.
fn what_came(attempt: &Attempt, names: &[&str]) -> String {
    match &attempt.outcome {
        Outcome::Kept(gain) if attempt.is_for_gradient => {
            format!("the gradient is right now, and nothing is worse: {}", gain.told())
        }
        Outcome::Kept(gain) => gain.told(),
        Outcome::Dropped(gain, Some(why)) => format!("{why}; {}", gain.told()),
        Outcome::Dropped(gain, None) => format!("{}: {}", judged(gain, names), gain.told()),
        Outcome::Open(by) => {
            format!("one measure is better, another worse: {}; but {}", by[0].told(), by[1].told())
        }
        Outcome::NotTried(why) => why.clone(),
    }
}

/// What is known of a change that was dropped.
fn judged(gain: &Gain, names: &[&str]) -> String {
    let worse: Vec<String> =
        gain.worse().iter().filter_map(|at| names.get(*at)).map(|name| format!("`{name}`")).collect();
    match gain.shown() {
        Shown::Nothing => {
            let more = gain.more_seeds().map_or(String::new(), |n| format!("; `--seeds {n}` may tell"));
            format!("not shown with {}{more}", text::count(gain.seeds(), "seed"))
        }
        _ if gain.does_no_harm() => "it does not help".into(),
        _ if names.len() > 1 && !worse.is_empty() => format!("it makes {} worse", worse.join(", ")),
        _ => "it does not help, it is worse".into(),
    }
}

/// Why no score can tell whether to make a change.
fn why_open(candidate: &Candidate) -> String {
    let says: Vec<&str> = candidate.findings.iter().map(|finding| finding.says.as_str()).collect();
    let why = match candidate.codes().as_slice() {
        ["leak"] => "removing a leak lowers the score: that is its point",
        ["duplicates"] => "without copies the score falls, and says what new rows will get",
        _ => {
            "weights lower accuracy where they help rare classes, and no metric that weighs classes alike is recorded"
        }
    };
    let help: Vec<&str> = match candidate.changes.is_empty() {
        true => candidate.findings.iter().flat_map(|f| &f.help).map(String::as_str).collect(),
        false => Vec::new(),
    };
    [says, vec![why], help].concat().join("; ")
}

/// What was written, or why nothing was.
fn ending(told: &Told<'_>) -> String {
    let Told { healing, new, set, .. } = told;
    let shown = disk::shown(new);
    if !healing.is_fixed() {
        return format!("{}; nothing was written{}", why_not(healing), further(told));
    }
    let overrides: String = set.iter().map(|set| format!(" --set {}", text::shell(set))).collect();
    let with = if set.is_empty() { "" } else { "; what `--set` gives is not in it" };
    match told.written {
        Written::Whole => {
            format!("wrote {shown}{with}; train it with `runner {}{overrides}`", text::shell(&shown))
        }
        Written::Dry => format!("nothing was written (--dry-run); without it this would be {shown}{with}"),
        Written::Failed => "nothing was written".into(),
    }
}

/// Why nothing was kept.
fn why_not(healing: &Healing) -> &'static str {
    let has = |is: fn(&Outcome) -> bool| healing.attempts.iter().any(|attempt| is(&attempt.outcome));
    if healing.was_healthy() {
        "nothing to fix"
    } else if has(|o| matches!(o, Outcome::Dropped(gain, None) if gain.shown() == Shown::Nothing)) {
        "nothing was shown to help"
    } else if has(|o| matches!(o, Outcome::Dropped(..))) {
        "nothing helped"
    } else if has(|o| matches!(o, Outcome::NotTried(_))) {
        "no change could be tried"
    } else {
        let is_open = !healing.decisions.is_empty() || !healing.attempts.is_empty();
        match healing.learned_before() {
            _ if is_open => "what could be changed is for you to decide",
            Some(true) => "no rule that found something proposes a change",
            Some(false) => "it does not learn, and no rule proposes a change",
            None => "it does not learn with every seed, and no rule proposes a change",
        }
    }
}

/// What to look at next where nothing was kept.
fn further(told: &Told<'_>) -> String {
    if told.healing.was_healthy() {
        return String::new();
    }
    format!("; `runner doctor {}` shows all that was found", text::shell(&disk::shown(told.file)))
}

pub(super) fn as_json(told: &Told<'_>) -> Value {
    let Told { healing, diff, file, new, written, .. } = told;
    let names: Vec<&str> = healing.before.iter().map(|examined| examined.name.as_str()).collect();
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
            Outcome::Dropped(gain, _) => ("dropped", Some(gain)),
            Outcome::Open(by) => ("open", Some(&by[0])),
            Outcome::NotTried(_) => ("not_tried", None),
        };
        let mut value = candidate_json(&attempt.candidate, &what_came(attempt, &names));
        value["outcome"] = outcome.into();
        value["gain"] = gain.map(Gain::json).into();
        value
    };
    json!({
        "file": disk::shown(file),
        "written": (*written == Written::Whole).then(|| disk::shown(new)),
        "is_fixed": healing.is_fixed(),
        "was_healthy": healing.was_healthy(),
        "before": examined(&healing.before),
        "after": examined(&healing.after),
        "attempts": healing.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "decisions": healing.decisions.iter().map(|c| candidate_json(c, &why_open(c))).collect::<Vec<_>>(),
        "gain": healing.gain.as_ref().map(Gain::json),
        "diff": diff,
        "text": healing.is_fixed().then_some(&healing.text),
    })
}

/// Changes with the findings that they answer, and what is said of them.
fn candidate_json(candidate: &Candidate, told: &str) -> Value {
    json!({
        "configuration": candidate.configuration,
        "findings": candidate.findings.iter().map(doctor::finding_json).collect::<Vec<_>>(),
        "changes": candidate.changes.iter().map(|c| json!({ "key": c.key, "value": c.value })).collect::<Vec<_>>(),
        "told": told,
    })
}
