//! The section of the page about what rules found: a finding that many configurations share is told once, with what they have in
//! common, the reason, and the smallest change.
//!
//! It finds nothing itself; see `findings`.

use super::findings::{Findings, Found, JUDGED_MAX, change};
use super::page::Page;
use super::view::View;
use super::write::markdown::{code, plain};
use crate::diagnose::{Finding, Role};

/// Values of an axis, and configurations, that are named one by one.
const NAMED_MAX: usize = 4;

/// A finding, and the configurations that have it.
struct Group<'f, 'a> {
    first: &'f Found<'a>,
    configurations: Vec<usize>,
}

impl Group<'_, '_> {
    fn finding(&self) -> &Finding {
        self.first.finding()
    }
}

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let (groups, unexplained) = (groups(page.findings), unexplained(page));
    if groups.is_empty() && unexplained.is_empty() {
        return String::new();
    }
    let of = |role: Role| groups.iter().filter(move |group| group.finding().role == role);
    let told = |role: Role| of(role).map(|group| format!("- {}\n", bullet(page, group))).collect::<String>();
    let (causes, symptoms) = (told(Role::Cause), told(Role::Symptom));
    let mut out = format!(
        "## Findings\n\nWhat rules found in at least half of the trials of a configuration{}; what is only worth knowing is in \
         [findings.csv](findings.csv) too. `runner explain CODE` tells how a rule finds it.\n",
        scope(page.view)
    );
    if !causes.is_empty() {
        out.push_str(&format!("\nCauses, each before what it leads to:\n\n{causes}"));
    }
    match (symptoms.is_empty(), causes.is_empty()) {
        (true, _) => {}
        (false, true) => {
            let why = if has_allowed_causes(page) {
                "The causes found are allowed"
            } else {
                "No rule found a cause"
            };
            out.push_str(&format!("\n{why}. What there is to see:\n\n{symptoms}"))
        }
        (false, false) => out.push_str(&format!("\nWhat came of it:\n\n{symptoms}")),
    }
    if !unexplained.is_empty() {
        out.push_str(&format!("\n{unexplained}\n"));
    }
    out
}

/// Whether what is seen of a configuration has a cause that the file allows.
fn has_allowed_causes(page: &Page<'_, '_>) -> bool {
    let is_seen = |found: &[Found<'_>]| found.iter().any(Found::is_told);
    let is_allowed = |found: &Found<'_>| found.allowed.is_some() && found.is_cause();
    page.findings.judged.iter().any(|judged| is_seen(&judged.found) && judged.found.iter().any(is_allowed))
}

/// What did not learn, and nothing that was looked at says why: there is more to look at than runs.
fn unexplained(page: &Page<'_, '_>) -> String {
    let judged = page.findings.judged.iter();
    let own: Vec<usize> =
        judged.filter(|judged| judged.is_unexplained(page.view)).map(|judged| judged.configuration).collect();
    let whose = match own.as_slice() {
        [] => return String::new(),
        [_] if page.findings.judged.len() == 1 => "most trials".into(),
        [one] => format!("most trials of {}", code(&page.view.label(*one))),
        many => format!("most trials of {} of {} configurations", many.len(), page.findings.judged.len()),
    };
    format!(
        "No rule that looks at runs says why {whose} did not learn: `runner doctor FILE` also looks at the start and the gradient of a \
         network."
    )
}

/// Which configurations were looked at, where it is not all.
fn scope(view: &View<'_>) -> String {
    match view.configurations() {
        0..=JUDGED_MAX => String::new(),
        _ => format!(" (of this many, the selected one of each arm, of {JUDGED_MAX} arms at most)"),
    }
}

/// Findings that are told, by code and role: causes first, in the order in which a configuration has them.
fn groups<'f, 'a>(findings: &'f Findings<'a>) -> Vec<Group<'f, 'a>> {
    let mut groups: Vec<Group<'f, 'a>> = Vec::new();
    for judged in &findings.judged {
        for found in judged.found.iter().filter(|found| found.is_told()) {
            let is_it = |group: &&mut Group<'_, '_>| {
                let (known, new) = (group.first.finding(), found.finding());
                known.rule == new.rule && known.role == new.role
            };
            match groups.iter_mut().find(is_it) {
                Some(group) => group.configurations.push(judged.configuration),
                None => groups.push(Group { first: found, configurations: vec![judged.configuration] }),
            }
        }
    }
    let place =
        |group: &Group<'_, '_>| crate::diagnose::RULES.iter().position(|r| *r == group.finding().rule);
    groups.sort_by_key(|group| (group.finding().role, place(group)));
    groups
}

fn bullet(page: &Page<'_, '_>, group: &Group<'_, '_>) -> String {
    let (view, finding) = (page.view, group.finding());
    let whose = match group.configurations.len() {
        1 => String::new(),
        _ => format!("Of {}: ", code(&view.label(group.configurations[0]))),
    };
    let mut out = format!("{}{}", code(finding.rule.code), held_by(page, group));
    let says = format!("{}{}", marked(&finding.says), place(finding));
    match (whose.is_empty(), page.findings.judged.len()) {
        (true, 1) => out.push_str(&format!(": {says}.")),
        (true, _) => out.push_str(&format!(". {}.", capital(&says))),
        (false, _) => out.push_str(&format!(". {whose}{says}.")),
    }
    if let Some(why) = finding.because.first() {
        out.push_str(&format!(" {}", ended(&capital(&marked(why)))));
    }
    match (finding.changes.is_empty(), finding.help.first()) {
        (false, _) => out.push_str(&format!(" Try {}.", code(&change(&finding.changes)))),
        (true, Some(help)) => out.push_str(&format!(" What may help: {}", ended(&marked(help)))),
        (true, None) => {}
    }
    out
}

/// ` (layer_1, from epoch 3, step 12 on)`: what the sentence does not say itself.
fn place(finding: &Finding) -> String {
    let layer = finding.layer.as_deref().filter(|layer| !finding.says.contains(layer));
    let at = finding.at.filter(|_| !finding.says.contains("epoch"));
    let parts: Vec<String> =
        [
            layer.map(plain),
            at.map(|(epoch, step)| {
                if step == 0 { "at the start".into() } else { format!("from epoch {epoch}, step {step} on") }
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// ` in 12 of 40 configurations, exactly those with learning_rate 10, none of them selected`.
fn held_by(page: &Page<'_, '_>, group: &Group<'_, '_>) -> String {
    let (view, own) = (page.view, &group.configurations);
    let judged: Vec<usize> = page.findings.judged.iter().map(|judged| judged.configuration).collect();
    if judged.len() == 1 {
        return String::new();
    }
    match (own.len(), judged.len()) {
        (2, 2) => return " in both configurations".into(),
        (n, all) if n == all => return format!(" in all {all} configurations"),
        _ => {}
    }
    let mut out = format!(" in {} of {} configurations", own.len(), judged.len());
    if let Some(shared) = in_common(view, own, &judged) {
        let those = if own.len() == 1 { "that" } else { "those" };
        out.push_str(&format!(", exactly {those} with {}", shared.join(" and ")));
    } else if own.len() <= NAMED_MAX {
        let names: Vec<String> = own.iter().map(|c| code(&view.label(*c))).collect();
        out.push_str(&format!(" ({})", names.join("; ")));
    }
    if page.selection.tuned && own.iter().all(|c| page.selection.arm_of(*c).is_none()) {
        out.push_str(if own.len() == 1 { ", which was not selected" } else { ", none of them selected" });
    }
    out
}

/// What exactly these configurations have in common: `learning_rate 10`, `batch 16 or 32`; as few axes as say it. `None` where values
/// do not tell them apart, or are too many to name.
fn in_common(view: &View<'_>, own: &[usize], judged: &[usize]) -> Option<Vec<String>> {
    let plan = view.results.plan;
    let label = |c: usize, axis: usize| plan.configurations[c].labels[axis].as_str();
    // Of each axis the values that they have, in the order of the plan.
    let values = |of: &[usize], axis: usize| {
        let mut values: Vec<&str> = Vec::new();
        for c in of {
            if !values.contains(&label(*c, axis)) {
                values.push(label(*c, axis));
            }
        }
        values
    };
    let within: Vec<Vec<&str>> = (0..plan.axes.len()).map(|axis| values(own, axis)).collect();
    let is_exact = |axes: &[usize]| {
        let fits = |c: &&usize| axes.iter().all(|axis| within[*axis].contains(&label(**c, *axis)));
        judged.iter().filter(fits).count() == own.len()
    };
    let mut axes: Vec<usize> = (0..plan.axes.len()).collect();
    if !is_exact(&axes) {
        return None;
    }
    // The last axes vary fastest and matter most: what comes before them is left out first.
    for axis in 0..plan.axes.len() {
        let without: Vec<usize> = axes.iter().copied().filter(|a| *a != axis).collect();
        if is_exact(&without) {
            axes = without;
        }
    }
    if axes.iter().any(|axis| within[*axis].len() > NAMED_MAX) {
        return None;
    }
    let told = |axis: &usize| {
        let key = plan.axes[*axis].as_str();
        let values: Vec<String> = within[*axis].iter().map(|value| code(value)).collect();
        format!("{} {}", plain(key.rsplit('.').next().unwrap_or(key)), values.join(" or "))
    };
    Some(axes.iter().map(told).collect())
}

/// Text whose words in backticks are code.
fn marked(t: &str) -> String {
    let pieces: Vec<&str> = t.split('`').collect();
    // An odd backtick is one that somebody else wrote.
    if pieces.len().is_multiple_of(2) {
        return plain(t);
    }
    let piece = |(i, piece): (usize, &&str)| match (i % 2, piece.is_empty()) {
        (_, true) => String::new(),
        (0, _) => spaced(piece),
        _ => code(piece),
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// [`plain`] with the blanks at its ends, which it takes off.
fn spaced(t: &str) -> String {
    let blank = |is: bool| if is { " " } else { "" };
    match t.trim().is_empty() {
        true => " ".into(),
        false => format!("{}{}{}", blank(t.starts_with(' ')), plain(t), blank(t.ends_with(' '))),
    }
}

/// As a sentence ends; what asks keeps its question mark.
fn ended(t: &str) -> String {
    if t.ends_with(['.', '?', '!']) { t.into() } else { format!("{t}.") }
}

fn capital(t: &str) -> String {
    let mut chars = t.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_backticks_are_code_and_the_rest_stays_text() {
        assert_eq!(marked("set `data.scale` to *x*"), "set `data.scale` to \\*x\\*");
        assert_eq!(marked("`a`, `b_c`"), "`a`, `b_c`");
        assert_eq!(marked("an odd ` one"), "an odd \\` one");
    }
}
