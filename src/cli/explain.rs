//! `runner list`, `runner explain`, `runner schema`: the catalogue told.

use std::path::Path;

use serde_json::json;

use super::arguments::{ExplainArguments, ListArguments};
use super::exit::Exit;
use super::output::{Format, Output};
use crate::catalog::{Family, explain as pages, schema as json_schema};
use crate::diagnose::Rule;
use crate::{config, disk, spec, text};

const OUTPUT: Output = Output { format: Format::Text, quiet: false };

/// What rules of diagnosis find is listed as members of a family are.
const FINDING: &str = "finding";

/// One line of `runner list`.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    family: &'static str,
    name: &'static str,
    summary: &'static str,
}

/// A word that can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Members(Family),
    Findings,
}

pub(super) fn list(arguments: &ListArguments) -> Exit {
    let kind = match arguments.family.as_deref().map(kind).transpose() {
        Ok(kind) => kind,
        Err(message) => {
            OUTPUT.complain(&message);
            return Exit::Invalid;
        }
    };
    let lines = lines(kind);
    if arguments.format == Format::Json {
        let entry = |l: &Line| json!({ "family": l.family, "name": l.name, "summary": l.summary });
        OUTPUT.json(&lines.iter().map(entry).collect());
        return Exit::Done;
    }
    OUTPUT.print(&listed(&lines));
    Exit::Done
}

/// Those of one kind, or of every kind, findings last.
fn lines(kind: Option<Kind>) -> Vec<Line> {
    let members = |family: Option<Family>| -> Vec<Line> {
        let line = |r: pages::Row| Line { family: r.family.name(), name: r.name, summary: r.summary };
        pages::list(&super::catalog(), family).into_iter().map(line).collect()
    };
    let findings =
        || super::rules().map(|rule| Line { family: FINDING, name: rule.code, summary: rule.summary });
    match kind {
        Some(Kind::Members(family)) => members(Some(family)),
        Some(Kind::Findings) => findings().collect(),
        None => members(None).into_iter().chain(findings()).collect(),
    }
}

fn listed(lines: &[Line]) -> String {
    let is_finding = |line: &Line| line.family == FINDING;
    // Codes of rules are shorter than the longest names.
    let width = |of_findings: bool| {
        let alike = lines.iter().filter(|line| is_finding(line) == of_findings);
        alike.map(|line| line.name.len()).max().unwrap_or(0)
    };
    let (members, findings) = (width(false), width(true));
    let mut out = String::new();
    let mut last = "";
    for line in lines {
        if line.family != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n", line.family));
            last = line.family;
        }
        let width = if is_finding(line) { findings } else { members };
        out.push_str(&format!("  {:width$}  {}\n", line.name, line.summary));
    }
    out.push_str("\nmore with `runner explain NAME`\n");
    out
}

fn kind(word: &str) -> Result<Kind, String> {
    let names: Vec<&str> = Family::ALL.iter().map(|f| f.name()).chain([FINDING]).collect();
    // `optimizers` is what many type.
    let singular = word.strip_suffix('s').unwrap_or(word);
    let is = |name: &str| name == word || name == singular;
    let found = Family::ALL.into_iter().find(|f| is(f.name())).map(Kind::Members);
    found.or_else(|| is(FINDING).then_some(Kind::Findings)).ok_or_else(|| {
        let near = text::did_you_mean(word, names.iter().copied());
        let help = near.map_or_else(
            || format!("families are {}", text::one_of(&names)),
            |n| format!("did you mean `{n}`?"),
        );
        format!("error: there is no family `{word}`\nhelp: {help}")
    })
}

pub(super) fn explain(arguments: &ExplainArguments) -> Exit {
    let path = Path::new(&arguments.what);
    let is_experiment = disk::is_file(path) || arguments.what.ends_with(".toml");
    match (&arguments.key, is_experiment) {
        (Some(key), _) => origin(arguments, path, key),
        (None, true) => {
            let file = disk::shown(path);
            OUTPUT.complain(&format!(
                "error: which key of `{file}`?\nhelp: runner explain {file} optimizer.learning_rate"
            ));
            Exit::Invalid
        }
        (None, false) => name(&arguments.what),
    }
}

/// Each word of a key of `[fault]` with what it does: the catalogue has the words alone.
fn mistakes(word: &str) -> String {
    let key = word.strip_prefix("fault.").unwrap_or(word);
    let Some(told) = spec::fault_words(key) else { return String::new() };
    let words: Vec<String> = told.words.iter().map(|(word, what)| format!("- `{word}`:{what}\n")).collect();
    format!("\n## Words of `fault.{key}`\n\n{}\n\n{}", told.about.trim(), words.concat())
}

/// Every rule, for `runner explain finding`.
fn findings() -> String {
    let line = |l: &Line| format!("- `{}`: {}\n", l.name, l.summary);
    let all: String = lines(Some(Kind::Findings)).iter().map(line).collect();
    format!("# {FINDING}\n\n{all}")
}

/// A rule of diagnosis.
fn finding(rule: &Rule) -> String {
    let Rule { code, summary, docs, stage, .. } = rule;
    format!("# finding `{code}`: {summary}\n\n{docs}\n\nStage: {}.\n", stage.name())
}

fn name(word: &str) -> Exit {
    let rule = super::rules().find(|rule| rule.code == word).map(finding);
    let rule = rule.or_else(|| (word == FINDING).then(findings));
    match (pages::explain(&super::catalog(), word), rule) {
        (Ok(page), rule) => {
            let rule = rule.map_or(String::new(), |rule| format!("\n{rule}"));
            OUTPUT.print(&(page + &mistakes(word) + &rule));
            Exit::Done
        }
        (Err(_), Some(rule)) => {
            OUTPUT.print(&rule);
            Exit::Done
        }
        (Err(near), None) => {
            // Codes are few and long: a word near one is rarely another's.
            let code = text::did_you_mean(word, super::rules().map(|r| r.code)).map(String::from);
            let near = code.or(near);
            let help = near.map_or_else(
                || "`runner list` shows every name".to_string(),
                |n| format!("did you mean `runner explain {n}`?"),
            );
            OUTPUT.complain(&format!(
                "error: there is no name, section, key, error code, finding, or word of results `{word}`\nhelp: {help}"
            ));
            Exit::Invalid
        }
    }
}

/// Where a value of an experiment comes from.
fn origin(arguments: &ExplainArguments, path: &Path, key: &str) -> Exit {
    if !disk::is_file(path) {
        OUTPUT.complain(&format!(
            "error: there is no experiment `{}`\nhelp: `runner explain {key}` explains the key itself",
            disk::shown(path)
        ));
        return Exit::Invalid;
    }
    let request = config::Request {
        path: path.to_path_buf(),
        overrides: arguments.experiment.overrides.clone(),
        allow_outside: arguments.experiment.allow_outside,
        text: None,
    };
    let catalog = super::catalog();
    let loaded = config::load(&request, &catalog);
    match config::origin(&loaded, key, &catalog) {
        Some(text) => {
            OUTPUT.print(&text);
            Exit::Done
        }
        None => {
            OUTPUT.diagnostics(&loaded.diagnostics, &loaded.sources);
            OUTPUT.complain(&format!(
                "error: `{}` has no key `{key}`\nhelp: `runner explain SECTION` lists the keys of a section",
                disk::shown(path)
            ));
            Exit::Invalid
        }
    }
}

pub(super) fn schema() -> Exit {
    let schema = json_schema::schema(&super::catalog());
    OUTPUT.print(&serde_json::to_string_pretty(&schema).unwrap_or_default());
    Exit::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in no family of the catalogue is listed, and found, as its members are.
    #[test]
    fn rules_are_listed_as_members_of_a_family_are() {
        assert_eq!(kind("finding"), Ok(Kind::Findings));
        assert_eq!(kind("findings"), Ok(Kind::Findings));
        assert_eq!(kind("optimizers"), Ok(Kind::Members(Family::Optimizer)));
        assert!(kind("findnig").unwrap_err().ends_with("help: did you mean `finding`?"));
        assert!(kind("zzz").unwrap_err().ends_with("`sampler`, or `finding`"));
        let findings = lines(Some(Kind::Findings));
        let told =
            |line: &Line| super::super::rules().any(|r| (r.code, r.summary) == (line.name, line.summary));
        assert!(findings.iter().all(told) && findings.len() == super::super::rules().count());
        let all = lines(None);
        assert!(all.ends_with(&findings) && all[0].family == "activation");
        assert!(listed(&findings).starts_with("finding\n  constant-features  "));
    }

    /// By hand: names of one width, codes of another.
    #[test]
    fn names_stand_below_their_family() {
        let line = |family, name| Line { family, name, summary: "what" };
        let lines = [line("loss", "mae"), line("loss", "huber"), line(FINDING, "leak"), line(FINDING, "nan")];
        assert_eq!(
            listed(&lines),
            "loss\n  mae    what\n  huber  what\n\nfinding\n  leak  what\n  nan   what\n\nmore with `runner explain NAME`\n"
        );
    }

    #[test]
    fn each_rule_has_a_line_on_the_page_of_findings() {
        let page = findings();
        assert!(page.starts_with("# finding\n\n- `"), "{page}");
        assert!(
            super::super::rules()
                .all(|rule| page.contains(&format!("- `{}`: {}\n", rule.code, rule.summary)))
        );
    }
}
