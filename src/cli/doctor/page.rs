//! What `runner doctor` says: a verdict in plain words, its evidence, what to change; and the same for programs.

use serde_json::{Value, json};

use super::Examined;
use crate::diagnose::{Finding, Role, Shared};
use crate::event::End;
use crate::spec::Weights;
use crate::text;

/// What became of the runs and, after a full stop, the most likely cause: one or two sentences.
pub(in super::super) fn verdict(examined: &Examined) -> String {
    let became = became(examined);
    let told = |shared: &Shared| format!("{}{}", shared.finding.says, seeds(shared));
    match (examined.causes().next(), examined.symptoms().next()) {
        (Some(cause), _) if examined.mostly_learned() => format!("{became}. But: {}.", told(cause)),
        (Some(cause), _) => format!("{became}. Most likely: {}.", told(cause)),
        (None, Some(symptom)) => {
            let knowing = worth_knowing(examined);
            format!("{became}, and no known cause explains it. What is seen: {}.{knowing}", told(symptom))
        }
        (None, None) if examined.is_expected() => format!("{became}; what was found is allowed by the file."),
        (None, None) if examined.learned == examined.records.len() => {
            format!("{became}, and nothing is wrong that runner knows.{}", worth_knowing(examined))
        }
        (None, None) if examined.mostly_learned() => {
            format!("{became}, and no rule says why not with all.{}", worth_knowing(examined))
        }
        (None, None) => format!("{became}, and no rule says why.{}", worth_knowing(examined)),
    }
}

/// The first note on a cause, where there is nothing worse.
fn worth_knowing(examined: &Examined) -> String {
    let note = examined.notes().find(|note| note.finding.role == Role::Cause && note.holds());
    note.map_or(String::new(), |note| format!(" Worth knowing: {}{}.", note.finding.says, seeds(note)))
}

/// `It does not learn: skill 0.02 on the validation part`.
fn became(examined: &Examined) -> String {
    let records = &examined.records;
    let (all, learned) = (records.len(), examined.learned);
    let count = |end: End| records.iter().filter(|record| record.end == end).count();
    let of = |n: usize| if n == all { String::new() } else { format!(" with {n} of {all} seeds") };
    let (broke, diverged) = (count(End::NonFinite), count(End::Diverged));
    if broke > 0 && 2 * broke >= all {
        return format!("It breaks{}: numbers stop being finite", of(broke));
    }
    if diverged > 0 && 2 * diverged >= all {
        return format!("It diverges{}: the loss ends at more than ten times its first", of(diverged));
    }
    let mut skills: Vec<f64> = examined.skills.iter().copied().filter(|s| s.is_finite()).collect();
    skills.sort_by(f64::total_cmp);
    let part = examined.part.name();
    let of_what = match examined.configuration.data.weights {
        Weights::Equal => "",
        _ => " of the mean recall over classes",
    };
    let skill = match skills.as_slice() {
        [] => String::new(),
        some => format!(
            ": skill {}{of_what} on the {part} part (0 is no better than a constant answer, 1 is perfect)",
            text::significant(some[some.len() / 2], 2)
        ),
    };
    match learned {
        0 => format!("It does not learn{skill}"),
        n if n == all => format!("It learns{skill}"),
        n if examined.mostly_learned() => format!("It learns with {n} of {all} seeds{skill}"),
        n => format!("It does not learn with {} of {all} seeds{skill}", all - n),
    }
}

fn seeds(shared: &Shared) -> String {
    if shared.trials == shared.of {
        String::new()
    } else {
        format!(" ({} of {} seeds)", shared.trials, shared.of)
    }
}

pub(super) fn as_text(all: &[Examined], width: usize) -> String {
    let mut out = String::new();
    let mut told: Vec<&Examined> = Vec::new();
    for examined in all {
        if all.len() > 1 {
            out.push_str(&text::hanging("", &examined.name, width));
        }
        out.push_str(&text::hanging("", &verdict(examined), width));
        out.push_str(&format!("  {}\n", trained(examined)));
        let fault = &examined.configuration.fault;
        if !fault.is_none() {
            let keys: Vec<String> = fault.all().iter().map(|(key, word)| format!("{key} = {word}")).collect();
            out.push_str(&format!(
                "  the file makes a mistake on purpose (`[fault]`): {}\n",
                keys.join(", ")
            ));
        }
        // What was just told need not be told again with other numbers.
        match told.iter().find(|other| !codes(examined).is_empty() && codes(other) == codes(examined)) {
            Some(other) => out.push_str(&format!(
                "  the same is found as of `{}`: {}\n",
                other.name,
                codes(other).join(", ")
            )),
            None => {
                section(&mut out, "causes, most likely first", examined.causes(), width);
                section(&mut out, "what comes of it", examined.symptoms(), width);
                section(&mut out, "worth knowing", examined.notes(), width);
                allowed(&mut out, examined, width);
                told.push(examined);
            }
        }
        out.push('\n');
    }
    if all.len() > 1 {
        let ill: Vec<&str> = all.iter().filter(|e| !e.is_healthy()).map(|e| e.name.as_str()).collect();
        let of = text::count(all.len(), "configuration");
        match ill.as_slice() {
            [] => out.push_str(&format!("{of}: nothing is wrong that runner knows\n")),
            some => out.push_str(&text::hanging(
                "",
                &format!("{of}, {} with findings: {}", some.len(), some.join("; ")),
                width,
            )),
        }
    }
    if all.iter().any(|e| !codes(e).is_empty()) {
        out.push_str("more of each with `runner explain CODE`\n");
    }
    out
}

/// The codes of all that is told of it.
fn codes(examined: &Examined) -> Vec<&'static str> {
    let allowed = examined.allowed.iter().map(|(shared, _)| shared);
    let all = examined.causes().chain(examined.symptoms()).chain(examined.notes()).chain(allowed);
    all.map(|shared| shared.finding.rule.code).collect()
}

/// What was trained for it.
fn trained(examined: &Examined) -> String {
    let seeds: Vec<String> = examined.seeds.iter().map(u64::to_string).collect();
    let word = if seeds.len() == 1 { "seed" } else { "seeds" };
    let short = match examined.until {
        Some(until) if until < examined.epochs => {
            format!("stopped after {until} of {}", text::count(examined.epochs, "epoch"))
        }
        _ => text::count(examined.epochs, "epoch"),
    };
    let label = examined.configuration.pairing.label();
    let method = &examined.configuration.optimizer.method;
    // The rate is what is asked for first, also where the file leaves it at its default.
    let rate = method.has("learning_rate").then(|| method.maybe_number("learning_rate")).flatten();
    let rate = rate.filter(|_| !method.to_string().contains("learning_rate"));
    let rate = rate.map_or(String::new(), |rate| format!(", learning_rate = {}", text::exact(rate)));
    format!("{label}, {method}{rate}; {word} {}, {short}", seeds.join(", "))
}

fn allowed(out: &mut String, examined: &Examined, width: usize) {
    for (index, (shared, reason)) in examined.allowed.iter().enumerate() {
        if index == 0 {
            out.push_str("\nallowed by the file\n");
        }
        let head = format!("  {:<18}", shared.finding.rule.code);
        out.push_str(&text::hanging(&head, &format!("{}{}", shared.finding.says, seeds(shared)), width));
        out.push_str(&text::hanging(&format!("{}reason: ", " ".repeat(20)), reason, width));
    }
}

fn section<'a>(out: &mut String, title: &str, found: impl Iterator<Item = &'a Shared>, width: usize) {
    for (index, shared) in found.enumerate() {
        if index == 0 {
            out.push_str(&format!("\n{title}\n"));
        }
        let finding = &shared.finding;
        let head = format!("  {:<18}", finding.rule.code);
        out.push_str(&text::hanging(
            &head,
            &format!("{}{}{}", finding.says, place(finding), seeds(shared)),
            width,
        ));
        let below = " ".repeat(20);
        finding.because.iter().for_each(|because| out.push_str(&text::hanging(&below, because, width)));
        finding
            .help
            .iter()
            .for_each(|help| out.push_str(&text::hanging(&format!("{below}help: "), help, width)));
        if !finding.changes.is_empty() {
            let changes: Vec<String> = finding.changes.iter().map(ToString::to_string).collect();
            out.push_str(&text::hanging(&format!("{below}change: "), &changes.join("; "), width));
        }
    }
}

/// Where and when, if that is known.
fn place(finding: &Finding) -> String {
    let told = [finding.layer.clone(), finding.at.map(|(epoch, step)| format!("epoch {epoch}, step {step}"))];
    let told: Vec<String> =
        told.into_iter().flatten().filter(|t| !finding.says.contains(t.as_str())).collect();
    if told.is_empty() { String::new() } else { format!(" [{}]", told.join(", ")) }
}

pub(super) fn as_json(experiment: &str, all: &[Examined]) -> Value {
    let one = |examined: &Examined| {
        json!({
            "name": examined.name,
            "pairing": examined.configuration.pairing.label(),
            "seeds": examined.seeds,
            "epochs": examined.until.unwrap_or(examined.epochs),
            "ends": examined.records.iter().map(|r| r.end.name()).collect::<Vec<_>>(),
            "skill": examined.skills,
            "part": examined.part.name(),
            "verdict": verdict(examined),
            "is_healthy": examined.is_healthy(),
            "findings": examined.findings.iter().map(shared_json).collect::<Vec<_>>(),
            "allowed": examined.allowed.iter().map(allowed_json).collect::<Vec<_>>(),
        })
    };
    json!({ "experiment": experiment, "configurations": all.iter().map(one).collect::<Vec<_>>() })
}

fn shared_json(shared: &Shared) -> Value {
    let mut value = finding_json(&shared.finding);
    value["trials"] = shared.trials.into();
    value["of"] = shared.of.into();
    value["told"] = shared.is_told().into();
    value
}

fn allowed_json((shared, reason): &(Shared, String)) -> Value {
    let mut value = shared_json(shared);
    value["reason"] = reason.as_str().into();
    value
}

/// One finding for programs; a number that is none is `null`.
pub(in super::super) fn finding_json(finding: &Finding) -> Value {
    json!({
        "code": finding.rule.code,
        "severity": finding.severity.name(),
        "role": finding.role.name(),
        "stage": finding.rule.stage.name(),
        "layer": finding.layer,
        "epoch": finding.at.map(|(epoch, _)| epoch),
        "step": finding.at.map(|(_, step)| step),
        "value": finding.value,
        "threshold": finding.threshold,
        "says": finding.says,
        "because": finding.because,
        "help": finding.help,
        "changes": finding.changes.iter().map(|c| json!({ "key": c.key, "value": c.value })).collect::<Vec<_>>(),
    })
}
