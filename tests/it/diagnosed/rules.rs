//! One small experiment for each rule, `experiments/diagnosis/CODE.toml`: the mistake, and the same network without it.
//!
//! The page beside them is written from what the program says of them; the notes of each file say what is seen.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use runner::diagnose::{RULES, Rule};

use super::{Examined, Finding, doctor, project, read, up_to_date, update};

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
    let all = doctor(&project(&file(rule)), &[]).unwrap();
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
        write!(out, "![Training loss of both networks](figures/{code}.svg)\n\n").unwrap();
        write!(out, "{}\n\n", notes(self.rule)).unwrap();
        write!(out, "`runner doctor experiments/diagnosis/{code}.toml` ([file]({code}.toml)) says:\n\n")
            .unwrap();
        write!(out, "> {}\n\n", self.mistake.verdict).unwrap();
        if self.mistake.top_cause().is_none_or(|cause| cause.code != code) {
            write!(out, "and of this: {}.\n\n", finding.says).unwrap();
        }
        write!(out, "Stage {}, {}, severity {}", finding.stage, finding.role, finding.severity).unwrap();
        if !finding.value.is_null() {
            write!(out, "; measured {}, threshold {}", finding.value, finding.threshold).unwrap();
        }
        write!(out, ". {}\n\n", self.rule.docs).unwrap();
        let changes: Vec<String> = finding.changes.iter().map(change).collect();
        if !changes.is_empty() {
            write!(out, "What it proposes: {}.\n\n", changes.join(", ")).unwrap();
        }
        write!(out, "Without the mistake: {}\n\n", self.repaired.verdict).unwrap();
        out
    }
}

fn change(change: &super::doctor::Change) -> String {
    match &change.value {
        Some(value) => format!("`{} = {value}`", change.key),
        None => format!("no `{}`", change.key),
    }
}

/// What is seen, as the file says it.
fn notes(rule: &Rule) -> String {
    let table: toml::Table = read(&file(rule)).parse().unwrap();
    table["notes"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The learning curves of both networks, as `runner` draws them.
fn draw(rule: &Rule) {
    let results = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .arg(project(&file(rule)))
        .arg("--quiet")
        .arg("--results")
        .arg(results.path())
        .stdin(Stdio::null());
    assert!(command.status().unwrap().success(), "{}", rule.code);
    let figure = runner::disk::read(&results.path().join(rule.code).join("figures/loss.svg")).unwrap();
    runner::disk::replace(&project(&format!("experiments/diagnosis/figures/{}.svg", rule.code)), &figure)
        .unwrap();
}

/// Every rule is found in its own experiment, and nothing is found where its mistake is taken out.
#[test]
fn the_page_teaches_every_rule_with_what_the_doctor_says() {
    let mut text = String::new();
    for rule in RULES {
        let lesson = lesson(rule);
        if update() {
            runner::disk::create_folder(&project("experiments/diagnosis/figures")).unwrap();
            draw(rule);
        }
        text.push_str(&lesson.section());
        let told: Vec<&str> = lesson.repaired.told().map(|finding| finding.code.as_str()).collect();
        assert!(told.is_empty(), "{} without its mistake: {told:?}", rule.code);
        let figure = read(&format!("experiments/diagnosis/figures/{}.svg", rule.code));
        assert!(figure.contains("Learning curves"), "{} has no figure", rule.code);
    }
    up_to_date("experiments/diagnosis/README.md", &text);
}

/// An experiment or a figure of a rule that is gone teaches nothing.
#[test]
fn the_folder_has_nothing_but_rules() {
    let codes = |folder: &str, extension: &str| -> Vec<String> {
        let files = runner::disk::list(&project(folder)).unwrap();
        let of_kind = files.iter().filter(|file| file.extension().is_some_and(|e| e == extension));
        of_kind.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let mut rules: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    rules.sort_unstable();
    for (folder, extension) in [("experiments/diagnosis", "toml"), ("experiments/diagnosis/figures", "svg")] {
        let mut found = codes(folder, extension);
        found.sort_unstable();
        assert_eq!(found, rules, "{folder}");
    }
}
