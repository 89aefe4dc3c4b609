//! One small experiment for each rule, `experiments/diagnosis/CODE.toml`: the mistake, and the same network without it.
//!
//! The page beside them is written from what the program says of them; the notes of each file say what is seen.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use runner::diagnose::{RULES, Rule};
use serde_json::Value;

use super::doctor::{Change, Examined, Finding, doctor};
use super::pages::{project, read, write};

/// What the doctor says of both networks.
struct Lesson {
    rule: &'static Rule,
    mistake: Examined,
    repaired: Examined,
}

fn file(rule: &Rule) -> String {
    format!("experiments/diagnosis/{}.toml", rule.code)
}

fn lesson(rule: &'static Rule) -> Lesson {
    let all = doctor(&project(&file(rule)), &[]).unwrap_or_else(|e| panic!("{e}"));
    let [mistake, repaired] = <[Examined; 2]>::try_from(all).expect("the mistake, and the same without it");
    assert_eq!((mistake.name.as_str(), repaired.name.as_str()), ("mistake", "repaired"), "{}", rule.code);
    Lesson { rule, mistake, repaired }
}

impl Lesson {
    fn finding(&self) -> &Finding {
        let found = self.mistake.findings.iter().find(|finding| finding.code == self.rule.code);
        let codes: Vec<&str> = self.mistake.findings.iter().map(|f| f.code.as_str()).collect();
        found.unwrap_or_else(|| {
            panic!("`{}` is not found in {}, but {codes:?}", self.rule.code, file(self.rule))
        })
    }

    fn section(&self) -> String {
        let (code, finding) = (self.rule.code, self.finding());
        let mut out = format!("## `{code}`: {}\n\n", self.rule.summary);
        write!(out, "![Training loss of both networks](figures/{code}.svg)\n\n").expect("to memory");
        write!(out, "{}\n\n", notes(self.rule)).expect("to memory");
        write!(out, "`runner doctor experiments/diagnosis/{code}.toml` ([file]({code}.toml)) says:\n\n")
            .expect("to memory");
        write!(out, "> {}\n\n", self.mistake.verdict).expect("to memory");
        if !self.mistake.verdict.contains(&finding.says) {
            write!(out, "and of this: {}.\n\n", finding.says).expect("to memory");
        }
        write!(out, "Stage {}, {}, severity {}", finding.stage, finding.role, finding.severity)
            .expect("to memory");
        if !finding.value.is_null() {
            write!(out, "; measured {}, threshold {}", number(&finding.value), number(&finding.threshold))
                .expect("to memory");
        }
        write!(out, ". {}\n\n", self.rule.docs).expect("to memory");
        let changes: Vec<String> = finding.changes.iter().map(change).collect();
        if !changes.is_empty() {
            write!(out, "What it proposes: {}.\n\n", changes.join(", ")).expect("to memory");
        }
        write!(out, "Without the mistake: {}\n\n", self.repaired.verdict).expect("to memory");
        out
    }
}

fn change(change: &Change) -> String {
    match &change.value {
        Some(value) => format!("`{} = {value}`", change.key),
        None => format!("no `{}`", change.key),
    }
}

/// Four digits of it; a word for a number that is not finite.
fn number(value: &Value) -> String {
    match value.as_f64() {
        Some(x) => runner::text::significant(x, 4),
        None => value.as_str().unwrap_or("-").into(),
    }
}

/// What is seen, as the file says it.
fn notes(rule: &Rule) -> String {
    let table: toml::Table = read(&file(rule)).parse().expect("an experiment is TOML");
    table["notes"].as_str().expect("notes say what is seen").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn draw(rule: &Rule) {
    let results = tempfile::tempdir().expect("a folder for results");
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .arg(project(&file(rule)))
        .arg("--quiet")
        .arg("--results")
        .arg(results.path())
        .stdin(Stdio::null());
    assert!(command.status().is_ok_and(|status| status.success()), "{}", rule.code);
    let figure = runner::disk::read(&results.path().join(rule.code).join("figures/loss.svg"));
    let figure = String::from_utf8(figure.expect("a run draws its loss")).expect("SVG is UTF-8");
    write(&figure_of(rule), &figure);
}

pub(crate) fn figure_of(rule: &Rule) -> String {
    format!("experiments/diagnosis/figures/{}.svg", rule.code)
}

/// A section for each rule: it is found in its own experiment, and nothing is found where its mistake is taken out.
pub(crate) fn text() -> String {
    let lessons: Vec<Lesson> = RULES.iter().map(|rule| lesson(rule)).collect();
    let has_more = |lesson: &&Lesson| lesson.repaired.told().next().is_some();
    let wrong: Vec<&str> = lessons.iter().filter(has_more).map(|lesson| lesson.rule.code).collect();
    assert!(wrong.is_empty(), "something is told without the mistake: {wrong:?}");
    lessons.iter().map(Lesson::section).collect()
}

/// The learning curves of both networks of each rule, as `runner` draws them.
pub(crate) fn figures() {
    runner::disk::create_folder(&project("experiments/diagnosis/figures")).expect("a folder for figures");
    RULES.iter().for_each(|rule| draw(rule));
}
