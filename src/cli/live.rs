//! What rules say of trials while a run goes on: each finding once, when the first trial of a configuration has it. A long trial that will
//! hardly learn is told of before it ends.
//!
//! A first look on stderr. What counts, united over the trials of a configuration, is `findings.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use super::experiment::Ready;
use super::output::Output;
use super::recording::Recordings;
use crate::diagnose::{self, Change, Evidence, Finding, Role, Run, Severity};
use crate::event::{End, TrialRecord};
use crate::plan::Plan;
use crate::report::{self, DataFacts};
use crate::spec::Diagnose;
use crate::text;

/// More lines than this are counted, not shown.
const SHOWN_MAX: usize = 10;

/// What a run has said, over all its rounds.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Configuration and code.
    found: BTreeSet<(usize, &'static str)>,
    /// Of each configuration: how many trials were judged, and how many of them did not learn for no cause that was found.
    judged: BTreeMap<usize, (usize, usize)>,
    /// Configurations of which a trial was told of before its end.
    underway: BTreeSet<usize>,
}

impl Told {
    /// How many were not shown.
    pub(super) fn finish(told: Mutex<Told>, output: &Output) {
        let told = told.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let more = told.found.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            output.note(&format!("and {}, see findings.csv", text::count(more, "more finding")));
        }
        let unexplained = told.judged.values().filter(|(all, without)| 2 * without >= *all).count();
        if unexplained > 0 {
            output.note(&format!(
                "{} did not learn, and no rule that looks at runs says why: `runner doctor FILE` also looks at the start and the gradient",
                text::count(unexplained, "configuration")
            ));
        }
    }
}

/// One round of a run.
pub(super) struct Live<'a> {
    plan: &'a Plan,
    allow: &'a Diagnose,
    facts: Vec<DataFacts>,
    section_of: &'a [usize],
    columns: Vec<String>,
    told: &'a Mutex<Told>,
}

impl<'a> Live<'a> {
    pub(super) fn new(ready: &'a Ready, recordings: &'a Recordings, told: &'a Mutex<Told>) -> Live<'a> {
        Live {
            plan: &ready.plan,
            allow: &ready.experiment.diagnose,
            facts: ready.facts(),
            section_of: &recordings.section_of,
            columns: recordings.names(),
            told,
        }
    }

    /// The lines that this trial is the first to give.
    pub(super) fn lines(&self, record: &TrialRecord) -> Vec<String> {
        // A trial that its sampler stopped goes on, or was not worth it: too short to be judged.
        if record.end == End::Halted { Vec::new() } else { self.judge(record, true) }
    }

    /// The lines of a trial that goes on and will hardly learn, if it is the first of its configuration.
    pub(super) fn so_far(&self, record: &TrialRecord) -> Vec<String> {
        let trial = &self.plan.trials[record.trial];
        let (is_new, shown) = {
            let mut told = self.told();
            (told.underway.insert(trial.configuration), told.underway.len())
        };
        if !is_new || shown > SHOWN_MAX {
            return Vec::new();
        }
        let mut lines = vec![underway(&report::label(self.plan, trial.configuration), trial.seed, record)];
        lines.extend(self.judge(record, false));
        lines
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn judge(&self, record: &TrialRecord, is_over: bool) -> Vec<String> {
        let configuration = self.plan.trials[record.trial].configuration;
        let facts = &self.facts[self.section_of[configuration]];
        let evidence = Evidence {
            configuration: &self.plan.configurations[configuration].configuration,
            task: facts.task,
            traits: Some(&facts.traits),
            preflight: None,
            run: Some(Run { record, columns: &self.columns }),
        };
        let found = diagnose::findings(&evidence);
        let of = report::label(self.plan, configuration);
        let mut told = self.told();
        if is_over {
            let (judged, unexplained) = told.judged.entry(configuration).or_default();
            *judged += 1;
            *unexplained +=
                usize::from(!evidence.has_learned() && !found.iter().any(Finding::is_likely_cause));
        }
        let mut lines = Vec::new();
        for finding in worth_telling(&found, |code| self.allow.reason(code).is_some()) {
            let is_new = told.found.insert((configuration, finding.rule.code));
            if is_new && told.found.len() <= SHOWN_MAX {
                lines.push(line(&of, finding));
            }
        }
        lines
    }
}

/// Warnings that nobody expected: causes, and what came of them only where no cause was found.
fn worth_telling(found: &[Finding], is_allowed: impl Fn(&str) -> bool) -> Vec<&Finding> {
    let warnings: Vec<&Finding> =
        found.iter().filter(|f| f.severity >= Severity::Warning && !is_allowed(f.rule.code)).collect();
    let causes: Vec<&Finding> = warnings.iter().copied().filter(|f| f.role == Role::Cause).collect();
    if causes.is_empty() { warnings } else { causes }
}

/// What is sure of a trial in training: what it has shown.
fn underway(of: &str, seed: u64, record: &TrialRecord) -> String {
    let after = text::count(record.epochs, "epoch");
    plain(&format!(
        "warning: {of}, seed {seed}: after {after} it is no better than a constant answer, and its loss is not below what it was before; \
         `[sweep] stop_hopeless = true` would end it"
    ))
}

/// `rate-scale, learning_rate 10: the learning rate is ...; try optimizer.learning_rate = 0.1`.
fn line(of: &str, finding: &Finding) -> String {
    let changes: Vec<String> = finding.changes.iter().map(Change::to_string).collect();
    let change = if changes.is_empty() { String::new() } else { format!("; try {}", changes.join(", ")) };
    plain(&format!("{}: {}, {of}: {}{change}", finding.severity.name(), finding.rule.code, finding.says))
}

/// Names come from files: control characters would move the cursor.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{RULES, Severity};

    fn finding(rule: usize) -> Finding {
        Finding::new(RULES[rule], "it is so").at(3, 12)
    }

    #[test]
    fn causes_are_told_and_symptoms_only_where_there_is_none() {
        let (cause, symptom) = (finding(0), finding(1).symptom());
        let note = finding(2).severity(Severity::Note);
        let never = |_: &str| false;
        let all = [cause.clone(), note.clone(), symptom.clone()];
        assert_eq!(worth_telling(&all, never), [&cause]);
        assert_eq!(worth_telling(&all, |code| code == cause.rule.code), [&symptom]);
        assert_eq!(worth_telling(&[note], never), Vec::<&Finding>::new());
    }

    #[test]
    fn a_line_names_code_configuration_and_change_and_moves_no_cursor() {
        let finding = finding(0).change(Change::set("optimizer.learning_rate", "0.1"));
        let code = RULES[0].code;
        assert_eq!(
            line("learning_rate 10\u{1b}", &finding),
            format!("warning: {code}, learning_rate 10 : it is so; try optimizer.learning_rate = 0.1")
        );
    }
}
