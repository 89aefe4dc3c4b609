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

pub(super) fn list(arguments: &ListArguments) -> Exit {
    let family = match arguments.family.as_deref().map(family).transpose() {
        Ok(family) => family,
        Err(message) => {
            OUTPUT.complain(&message);
            return Exit::Invalid;
        }
    };
    let rows = pages::list(&super::catalog(), family);
    if arguments.format == Format::Json {
        let entry =
            |r: &pages::Row| json!({ "family": r.family.name(), "name": r.name, "summary": r.summary });
        OUTPUT.json(&rows.iter().map(entry).collect());
        return Exit::Done;
    }
    let width = rows.iter().map(|r| r.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut last = None;
    for row in &rows {
        if last != Some(row.family) {
            let gap = if last.is_some() { "\n" } else { "" };
            out.push_str(&format!("{gap}{}\n", row.family.name()));
            last = Some(row.family);
        }
        out.push_str(&format!("  {:width$}  {}\n", row.name, row.summary));
    }
    if family.is_none() {
        let width = super::rules().map(|rule| rule.code.len()).max().unwrap_or(0);
        out.push_str("\nfinding\n");
        for rule in super::rules() {
            out.push_str(&format!("  {:width$}  {}\n", rule.code, rule.summary));
        }
    }
    out.push_str("\nmore with `runner explain NAME`\n");
    OUTPUT.print(&out);
    Exit::Done
}

fn family(word: &str) -> Result<Family, String> {
    let names: Vec<&str> = Family::ALL.iter().map(|f| f.name()).collect();
    // `optimizers` is what many type.
    let singular = word.strip_suffix('s').unwrap_or(word);
    let found = Family::ALL.into_iter().find(|f| f.name() == word || f.name() == singular);
    found.ok_or_else(|| {
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

/// A rule of diagnosis.
fn finding(rule: &Rule) -> String {
    let Rule { code, summary, docs, stage, .. } = rule;
    format!("# finding `{code}`: {summary}\n\n{docs}\n\nStage: {}.\n", stage.name())
}

fn name(word: &str) -> Exit {
    let rule = super::rules().find(|rule| rule.code == word).map(finding);
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
                "error: there is no name, section, key, error code, or finding `{word}`\nhelp: {help}"
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
