//! The search for changes that help: the most likely cause first, one after the other, each judged by training before and after it with the
//! same seeds; what helped stays, and the rest of the search starts from there.
//!
//! It knows neither the terminal nor the disk beyond reading what an experiment reads.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::arguments::ExperimentOptions;
use super::super::doctor::{self, Examined};
use super::super::experiment::{self, Ready};
use super::super::in_memory::{self, Training};
use super::super::recording::Recordings;
use super::super::rounds;
use super::place::{self, Scene};
use crate::catalog::sections;
use crate::config::{self, Edit};
use crate::diagnose::{Change, Finding, Severity};
use crate::diagnostic::{self, Diagnostic};
use crate::event::TrialRecord;
use crate::metric;
use crate::plan::{Fold, Plan};
use crate::report::{self, Gain, Judge, Twice};
use crate::spec::{Part, Task};

/// Changes that are kept at most: more than so many causes at once are a reason to write the file anew.
const KEPT_MAX: usize = 8;
/// Seeds whose trainings are looked into for findings, as of `runner doctor`.
const EXAMINED: usize = 3;

/// What is to be repaired.
pub(super) struct Patient<'a> {
    pub(super) file: &'a Path,
    /// `KEY=VALUE` of each `--set`.
    pub(super) set: Vec<String>,
    /// With the seeds that every version is trained with.
    pub(super) options: ExperimentOptions,
    pub(super) memory: u64,
    /// Labels of its configurations, by which they are found again in every version.
    pub(super) configurations: Vec<Vec<String>>,
}

/// What came of a finding's changes.
pub(super) enum Outcome {
    Kept(Gain),
    /// Trained, and no better.
    Dropped(Gain),
    /// Not trained, and why.
    NotMade(String),
}

/// The changes of a finding, tried.
pub(super) struct Attempt {
    pub(super) candidate: Candidate,
    pub(super) outcome: Outcome,
    /// It was kept because a wrong gradient is right now, not for what it brought.
    pub(super) is_for_gradient: bool,
}

/// What was found, tried, and kept.
pub(super) struct Healing {
    pub(super) before: Vec<Examined>,
    pub(super) after: Vec<Examined>,
    pub(super) attempts: Vec<Attempt>,
    /// The text with what was kept.
    pub(super) text: String,
    /// All that was kept together, against the file as it was; `None` where nothing was.
    pub(super) gain: Option<Gain>,
}

impl Healing {
    pub(super) fn is_fixed(&self) -> bool {
        self.gain.is_some()
    }

    pub(super) fn was_healthy(&self) -> bool {
        self.before.iter().all(Examined::is_healthy)
    }
}

/// A text with what it gives.
struct Version {
    text: String,
    ready: Ready,
    /// Of every trial of the configurations that are repaired.
    records: BTreeMap<Key, TrialRecord>,
}

/// Which trial it is, whatever the version: configuration, seed, fold, and where a sampler stops it.
type Key = (usize, u64, Option<Fold>, Option<usize>);

/// Repairs a text as far as it goes; or what keeps it from being trained at all.
pub(super) fn heal(patient: &Patient<'_>, text: String) -> Result<Healing, Vec<Diagnostic>> {
    let ready = experiment::attempt(patient.file, &text, &patient.options)?;
    let before = patient.examine(&ready)?;
    let mut healing =
        Healing { after: Vec::new(), attempts: Vec::new(), text: text.clone(), gain: None, before };
    if healing.was_healthy() {
        healing.after = healing.before.clone();
        return Ok(healing);
    }
    let mut current = patient.version(text, ready)?;
    let first = current.records.clone();
    let mut examined = healing.before.clone();
    let mut tried = Vec::new();
    let mut kept = Vec::new();
    while kept.len() < KEPT_MAX && !examined.iter().all(Examined::is_healthy) {
        let placed = candidates(&examined).into_iter().map(|c| (patient.edits(&current, &c), c));
        let next = placed.into_iter().find(|(edits, _)| !tried.contains(edits) && !kept.contains(edits));
        let together = || together(&healing.attempts).filter(|_| kept.is_empty());
        let next = next.or_else(|| {
            let candidate = together()?;
            let edits = patient.edits(&current, &candidate);
            (!tried.contains(&edits)).then_some((edits, candidate))
        });
        let Some((edits, candidate)) = next else { break };
        let (outcome, better) = patient.attempt(&current, &candidate, &edits);
        let is_for_gradient = matches!(&outcome, Outcome::Kept(gain) if !gain.helps());
        healing.attempts.push(Attempt { candidate, outcome, is_for_gradient });
        tried.push(edits);
        if let Some((version, found)) = better {
            (current, examined) = (version, found);
            // What did not help before may help now.
            kept.extend(tried.pop());
            tried.clear();
        }
    }
    if !kept.is_empty() {
        let judge = judge(&current.ready, &current.records);
        healing.gain = Some(report::gain(&twice(&first, &current.records), &judge));
        healing.text = current.text;
    }
    healing.after = examined;
    Ok(healing)
}

/// All changes that helped nobody alone, as one: of two mistakes each can hide what mending the other brings.
fn together(attempts: &[Attempt]) -> Option<Candidate> {
    let dropped = || attempts.iter().filter(|a| matches!(a.outcome, Outcome::Dropped(_)));
    let first = &dropped().next()?.candidate;
    let of_first = dropped().filter(|attempt| attempt.candidate.of == first.of);
    let mut changes: Vec<Change> = Vec::new();
    for change in of_first.flat_map(|attempt| &attempt.candidate.finding.changes) {
        // The more likely cause has the word.
        if !changes.iter().any(|known| known.key == change.key) {
            changes.push(change.clone());
        }
    }
    let finding = Finding { changes, ..first.finding.clone() };
    (finding.changes.len() > first.finding.changes.len()).then(|| Candidate { finding, ..first.clone() })
}

/// A finding that proposes something.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) finding: Finding,
    /// Index into the patient's configurations.
    of: usize,
    /// What that is called.
    pub(super) configuration: String,
}

/// What a candidate's changes come to in a text, or why they are not made.
type Edits = Result<Vec<Edit>, String>;

/// Causes of most seeds, most likely first, those of all configurations at one place together; then what else proposes a change.
fn candidates(examined: &[Examined]) -> Vec<Candidate> {
    let mut found: Vec<(bool, usize, Candidate)> = Vec::new();
    for (of, one) in examined.iter().enumerate() {
        let causes: Vec<&str> = one.causes().map(|s| s.finding.rule.code).collect();
        for shared in one.findings.iter().filter(|s| s.finding.severity >= Severity::Note) {
            let rank = causes.iter().position(|code| *code == shared.finding.rule.code);
            let candidate =
                Candidate { finding: shared.finding.clone(), of, configuration: one.name.clone() };
            found.push((rank.is_none(), rank.unwrap_or(usize::MAX), candidate));
        }
    }
    // Stable: of one rank in the order of the plan, of no rank in the order of the findings.
    found.sort_by_key(|(is_other, rank, _)| (*is_other, *rank));
    found.into_iter().map(|(.., c)| c).filter(|c| !c.finding.changes.is_empty()).collect()
}

impl Patient<'_> {
    /// What the rules find in each configuration.
    fn examine(&self, ready: &Ready) -> Result<Vec<Examined>, Vec<Diagnostic>> {
        let trials: Vec<usize> = (0..self.configurations.len())
            .filter_map(|of| self.trials(&ready.plan, of).first().copied())
            .collect();
        let trials: Vec<&crate::plan::Trial> = trials.iter().map(|t| &ready.plan.trials[*t]).collect();
        doctor::examine(ready, &trials, EXAMINED, self.memory)
    }

    /// The trials of one of its configurations: of the point with its labels, or of the one that this repeats.
    fn trials(&self, plan: &Plan, of: usize) -> Vec<usize> {
        let labels = &self.configurations[of];
        let own = plan.configurations.iter().position(|planned| planned.labels == *labels);
        let repeated = || plan.repeated.iter().find(|repeated| repeated.labels == *labels).map(|r| r.of);
        let configuration = own.or_else(repeated);
        let is_its = |trial: &&crate::plan::Trial| Some(trial.configuration) == configuration;
        plan.trials.iter().filter(is_its).map(|trial| trial.index).collect()
    }

    /// Trains every trial of the configurations, each once.
    fn version(&self, text: String, ready: Ready) -> Result<Version, Vec<Diagnostic>> {
        let of_each: Vec<Vec<usize>> =
            (0..self.configurations.len()).map(|of| self.trials(&ready.plan, of)).collect();
        let mut all: Vec<usize> = of_each.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        let recordings = Recordings::of(&ready);
        let training =
            Training { ready: &ready, plan: &ready.plan, columns: &recordings.columns, memory: self.memory };
        let trained: BTreeMap<usize, TrialRecord> =
            in_memory::train(&training, &all).into_iter().map(|record| (record.trial, record)).collect();
        let mut records = BTreeMap::new();
        for (of, trials) in of_each.iter().enumerate() {
            for index in trials {
                let trial = &ready.plan.trials[*index];
                let record = trained.get(index).cloned();
                records.extend(record.map(|record| ((of, trial.seed, trial.fold, trial.until), record)));
            }
        }
        Ok(Version { text, ready, records })
    }

    /// Makes a candidate's changes. Gives the new version with its findings where they are to be kept.
    fn attempt(
        &self,
        current: &Version,
        candidate: &Candidate,
        edits: &Edits,
    ) -> (Outcome, Option<(Version, Vec<Examined>)>) {
        let not_made = |why: String| (Outcome::NotMade(why), None);
        let (text, ready) = match self.changed(current, edits) {
            Ok(changed) => changed,
            Err(why) => return not_made(why),
        };
        let ids = |ready: &Ready| -> Vec<String> {
            let trials = (0..self.configurations.len()).flat_map(|of| self.trials(&ready.plan, of));
            trials.map(|t| ready.plan.trials[t].id.clone()).collect()
        };
        if ids(&ready) == ids(&current.ready) {
            return not_made("it changes nothing that is trained".into());
        }
        let version = match self.version(text, ready) {
            Ok(version) => version,
            Err(faults) => return not_made(reason(&faults)),
        };
        let gain = report::gain(
            &twice(&current.records, &version.records),
            &judge(&version.ready, &version.records),
        );
        if !(gain.helps() || is_gradient(&candidate.finding) && gain.does_no_harm()) {
            return (Outcome::Dropped(gain), None);
        }
        match self.examine(&version.ready) {
            Err(faults) => not_made(reason(&faults)),
            Ok(found) => {
                let disagrees = found[candidate.of].causes().any(|s| is_gradient(&s.finding));
                match gain.helps() || !disagrees {
                    true => (Outcome::Kept(gain), Some((version, found))),
                    false => (Outcome::Dropped(gain), None),
                }
            }
        }
    }

    /// Where a candidate's changes belong in a version.
    fn edits(&self, current: &Version, candidate: &Candidate) -> Edits {
        let scene = Scene {
            text: &current.text,
            axes: &current.ready.plan.axes,
            labels: &self.configurations[candidate.of],
            set: &self.set,
        };
        place::edits(&scene, &candidate.finding.changes)
    }

    /// The text with these changes, loaded.
    fn changed(&self, current: &Version, edits: &Edits) -> Result<(String, Ready), String> {
        let text = config::edited(&current.text, edits.as_ref().map_err(String::clone)?)?;
        match experiment::attempt(self.file, &text, &self.options) {
            Ok(ready) => Ok((text, ready)),
            Err(faults) => Err(reason(&faults)),
        }
    }
}

fn is_gradient(finding: &Finding) -> bool {
    finding.rule.code == "gradient"
}

/// Why a text does not load, in one sentence.
fn reason(faults: &[Diagnostic]) -> String {
    let first = faults.iter().find(|fault| fault.severity == diagnostic::Severity::Error);
    let title = first.map_or("it cannot be trained", |fault| fault.title.as_str());
    format!("with it the experiment is not valid: {title}")
}

/// The trials that both versions have.
fn twice<'a>(
    before: &'a BTreeMap<Key, TrialRecord>,
    after: &'a BTreeMap<Key, TrialRecord>,
) -> Vec<Twice<'a>> {
    let pair = |(key, before): (&Key, &'a TrialRecord)| {
        let after = after.get(key)?;
        Some(Twice { configuration: key.0, seed: key.1, before, after })
    };
    before.iter().filter_map(pair).collect()
}

/// The metric that the experiment compares by, or the usual one of the task, on the part that chooses. The loss judges nothing: a change
/// may make it another quantity.
fn judge(ready: &Ready, records: &BTreeMap<Key, TrialRecord>) -> Judge {
    let task = ready.shapes.all().next().map_or(Task::Classification, |shape| shape.task);
    let (mut name, mut higher_is_better) = rounds::objective(&ready.experiment, task);
    if name == "loss" {
        let main = metric::main_metric(task);
        (name, higher_is_better) = (main.entry.name.to_string(), main.higher_is_better());
    }
    let has_validation =
        records.values().any(|record| record.metrics.iter().any(|m| m.part == Part::Validation));
    let compare = ready.experiment.compare.as_ref();
    Judge {
        metric: name,
        part: if has_validation { Part::Validation } else { Part::Train },
        higher_is_better,
        margin: compare.map_or(sections::SUCCESS_MARGIN, |compare| compare.success_margin),
        confidence: compare.map_or(sections::CONFIDENCE, |compare| compare.confidence),
    }
}
