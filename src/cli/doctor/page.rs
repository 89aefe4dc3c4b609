//! What `runner doctor` says: a verdict in plain words, its evidence, what to change; and the same for programs.

use serde_json::{Value, json};

use super::super::trace::number;
use super::Examined;
use crate::catalog::sections;
use crate::diagnose::{Finding, Shared};
use crate::event::{End, TrialRecord};
use crate::text;

/// What became of the runs and, after a full stop, the most likely cause: one or two sentences.
pub(in super::super) fn verdict(examined: &Examined) -> String {
    let became = became(examined);
    let told = |shared: &Shared| format!("{}{}", shared.finding.says, seeds(shared));
    match (examined.causes().next(), examined.symptoms().next()) {
        (Some(cause), _) => format!("{became}. Most likely: {}.", told(cause)),
        (None, Some(symptom)) => {
            format!("{became}, and no known cause explains it. What is seen: {}.", told(symptom))
        }
        (None, None) if learned(examined) == examined.records.len() => {
            format!("{became}, and nothing is wrong that runner knows.")
        }
        (None, None) => format!("{became}, and no rule says why."),
    }
}

fn learned(examined: &Examined) -> usize {
    let has = |record: &&TrialRecord| !record.end.failed() && record.skill >= sections::SUCCESS_MARGIN;
    examined.records.iter().filter(has).count()
}

/// `It does not learn: skill 0.02 on the validation part`.
fn became(examined: &Examined) -> String {
    let records = &examined.records;
    let (all, learned) = (records.len(), learned(examined));
    let count = |end: End| records.iter().filter(|record| record.end == end).count();
    let of = |n: usize| if n == all { String::new() } else { format!(" with {n} of {all} seeds") };
    let (broke, diverged) = (count(End::NonFinite), count(End::Diverged));
    if broke > 0 && 2 * broke >= all {
        return format!("It breaks{}: numbers stop being finite", of(broke));
    }
    if diverged > 0 && 2 * diverged >= all {
        return format!("It diverges{}: the loss ends at more than ten times its first", of(diverged));
    }
    let mut skills: Vec<f64> = records.iter().map(|r| r.skill).filter(|s| s.is_finite()).collect();
    skills.sort_by(f64::total_cmp);
    let part = examined.part.name();
    let skill = match skills.as_slice() {
        [] => String::new(),
        some => format!(
            ": skill {} on the {part} part (0 is no better than a constant answer, 1 is perfect)",
            text::significant(some[some.len() / 2], 2)
        ),
    };
    match learned {
        0 => format!("It does not learn{skill}"),
        n if n == all => format!("It learns{skill}"),
        n => format!("It learns with {n} of {all} seeds{skill}"),
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
    if all.iter().any(|e| !e.findings.is_empty()) {
        out.push_str("more of each with `runner explain CODE`\n");
    }
    out
}

/// The codes of all that is told of it.
fn codes(examined: &Examined) -> Vec<&'static str> {
    let all = examined.causes().chain(examined.symptoms()).chain(examined.notes());
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
    format!("{label}, {method}; {word} {}, {short}", seeds.join(", "))
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
            "skill": examined.records.iter().map(|r| number(r.skill)).collect::<Vec<_>>(),
            "part": examined.part.name(),
            "verdict": verdict(examined),
            "is_healthy": examined.is_healthy(),
            "findings": examined.findings.iter().map(shared_json).collect::<Vec<_>>(),
        })
    };
    json!({ "experiment": experiment, "configurations": all.iter().map(one).collect::<Vec<_>>() })
}

fn shared_json(shared: &Shared) -> Value {
    let mut value = finding_json(&shared.finding);
    value["trials"] = shared.trials.into();
    value["of"] = shared.of.into();
    value
}

/// One finding for programs.
pub(in super::super) fn finding_json(finding: &Finding) -> Value {
    json!({
        "code": finding.rule.code,
        "severity": finding.severity.name(),
        "role": finding.role.name(),
        "stage": finding.rule.stage.name(),
        "layer": finding.layer,
        "epoch": finding.at.map(|(epoch, _)| epoch),
        "step": finding.at.map(|(_, step)| step),
        "value": finding.value.map(number),
        "threshold": finding.threshold.map(number),
        "says": finding.says,
        "because": finding.because,
        "help": finding.help,
        "changes": finding.changes.iter().map(|c| json!({ "key": c.key, "value": c.value })).collect::<Vec<_>>(),
    })
}
