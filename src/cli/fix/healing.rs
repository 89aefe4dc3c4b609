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
use crate::diagnose::{Change, Finding, Severity, Shared};
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
/// What weights of classes are judged by.
const BALANCED: &str = "balanced_accuracy";
/// The least gain of a metric whose perfect value is 1 that is worth a change, as `compare.rope` has it where the file does not say.
const ROPE: f64 = 0.01;

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

/// What came of changes.
pub(super) enum Outcome {
    Kept(Gain),
    /// Trained, and not kept: it was not shown to help, or for a reason of its own.
    Dropped(Gain, Option<String>),
    /// Better by the first measure, worse by the second: which of them counts is not for a program to say.
    Open(Box<[Gain; 2]>),
    /// Not trained, and why.
    NotTried(String),
}

/// Changes, tried.
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
    /// What no score can judge, as it is found in the end.
    pub(super) decisions: Vec<Candidate>,
    /// The text with what was kept.
    pub(super) text: String,
    /// All that was kept together, against the file as it was; `None` where nothing was.
    pub(super) gain: Option<Gain>,
}

impl Healing {
    pub(super) fn is_fixed(&self) -> bool {
        self.gain.is_some()
    }

    /// Nothing was found, and every seed learned.
    pub(super) fn was_healthy(&self) -> bool {
        self.before.iter().all(|examined| examined.is_healthy() && learns(examined))
    }

    /// Whether every seed learned in the file as it is; `None` where some did, and some did not.
    pub(super) fn learned_before(&self) -> Option<bool> {
        let mut records = self.before.iter().flat_map(|examined| &examined.records);
        let is_first = records.next().is_none_or(has_learned);
        records.all(|record| has_learned(record) == is_first).then_some(is_first)
    }
}

/// A text with what it gives.
struct Version {
    text: String,
    ready: Ready,
    /// Of every trial of the configurations that are repaired.
    records: BTreeMap<Key, TrialRecord>,
    /// What the rules find in each configuration.
    examined: Vec<Examined>,
}

impl Version {
    /// Whether something is left that a score can judge.
    fn is_ill(&self) -> bool {
        self.examined.iter().any(|examined| told(examined).next().is_some() || !learns(examined))
    }

    fn all_learn(&self) -> bool {
        self.records.values().all(has_learned)
    }
}

/// Which trial it is, whatever the version: configuration, seed, fold, and where a sampler stops it.
type Key = (usize, u64, Option<Fold>, Option<usize>);

/// Repairs a text as far as it goes; or what keeps it from being trained at all.
pub(super) fn heal(patient: &Patient<'_>, text: String) -> Result<Healing, Vec<Diagnostic>> {
    let ready = experiment::attempt(patient.file, &text, &patient.options)?;
    let before = patient.examine(&ready)?;
    let mut current = Version { text, ready, records: BTreeMap::new(), examined: before.clone() };
    let (mut attempts, mut kept) = (Vec::new(), 0);
    let mut first = BTreeMap::new();
    if current.is_ill() {
        current.records = patient.train(&current.ready);
        first.clone_from(&current.records);
        (current, kept) = search(patient, current, &mut attempts);
    }
    let gain = (kept > 0).then(|| {
        let is_imbalance = |a: &Attempt| matches!(a.outcome, Outcome::Kept(_)) && a.candidate.is("imbalance");
        let judge = judge(&current.ready, &current.records, attempts.iter().any(is_imbalance));
        report::gain(&twice(&first, &current.records), &judge)
    });
    let decisions = candidates(&current.examined, &for_people).collect();
    Ok(Healing { before, after: current.examined, attempts, decisions, text: current.text, gain })
}

/// Makes one change after the other, and goes on from each that helps. Gives the last version, and how many changes were kept.
fn search(patient: &Patient<'_>, mut current: Version, attempts: &mut Vec<Attempt>) -> (Version, usize) {
    let mut kept: Vec<Edits> = Vec::new();
    // What was made of the present version, and what every version so far trains.
    let (mut tried, mut known): (Vec<Edits>, _) = (Vec::new(), vec![patient.ids(&current.ready)]);
    while kept.len() < KEPT_MAX && current.is_ill() {
        // A network that learns in the end needs no more than its warnings answered.
        let is_enough = !kept.is_empty() && current.all_learn();
        let all = candidates(&current.examined, &|examined, shared| {
            !is_about_honesty(examined, shared) && (!is_enough || told(examined).any(|one| one == shared))
        });
        let together = together(attempts).filter(|_| kept.is_empty());
        let all = all.filter(|candidate| !candidate.changes.is_empty()).chain(together);
        let mut placed = all.map(|candidate| (patient.edits(&current, &candidate), candidate));
        let next = placed.find(|(edits, _)| !tried.contains(edits) && !kept.contains(edits));
        let Some((edits, candidate)) = next else { break };
        let made = patient.attempt(&current, &candidate, &edits, &known);
        tried.push(edits);
        let Some((outcome, better)) = made else { continue };
        let is_for_gradient = matches!(&outcome, Outcome::Kept(gain) if !gain.helps());
        attempts.push(Attempt { candidate, outcome, is_for_gradient });
        if let Some(version) = better {
            known.push(patient.ids(&version.ready));
            current = version;
            // What did not help before may help now.
            kept.extend(tried.pop());
            tried.clear();
        }
    }
    (current, kept.len())
}

/// All changes that were not shown to help alone, as one: of two mistakes each can hide what mending the other brings.
fn together(attempts: &[Attempt]) -> Option<Candidate> {
    let dropped =
        |a: &&Attempt| matches!(&a.outcome, Outcome::Dropped(_, None)) && a.candidate.findings.len() == 1;
    let dropped = || attempts.iter().filter(dropped).map(|attempt| &attempt.candidate);
    let mut all = dropped().next()?.clone();
    for other in dropped().filter(|other| other.of == all.of) {
        // The more likely cause has the word.
        let is_new = |change: &&Change| !all.changes.iter().any(|known| known.key == change.key);
        let new: Vec<Change> = other.changes.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            all.findings.extend(other.findings.iter().cloned());
            all.changes.extend(new);
        }
    }
    (all.findings.len() > 1).then_some(all)
}

/// Changes that findings propose, tried as one.
#[derive(Clone)]
pub(super) struct Candidate {
    /// One, or several that are answered together.
    pub(super) findings: Vec<Finding>,
    pub(super) changes: Vec<Change>,
    /// Index into the patient's configurations.
    of: usize,
    /// What that is called.
    pub(super) configuration: String,
}

impl Candidate {
    pub(super) fn codes(&self) -> Vec<&'static str> {
        self.findings.iter().map(|finding| finding.rule.code).collect()
    }

    /// Whether this is all that it answers.
    fn is(&self, code: &str) -> bool {
        self.codes() == [code]
    }
}

/// What a candidate's changes come to in a text, or why they are not made.
type Edits = Result<Vec<Edit>, String>;

/// What the rules say of a configuration, as far as `is_one` takes it: causes of most seeds, most likely first, those of all configurations
/// at one place together; then what else proposes a change.
fn candidates(
    examined: &[Examined],
    is_one: &dyn Fn(&Examined, &Shared) -> bool,
) -> impl Iterator<Item = Candidate> + use<> {
    let mut found: Vec<(bool, usize, Candidate)> = Vec::new();
    for (of, one) in examined.iter().enumerate() {
        let causes: Vec<&str> = one.causes().map(|s| s.finding.rule.code).collect();
        let worth_knowing = |s: &&Shared| s.finding.severity >= Severity::Note && is_one(one, s);
        for shared in one.findings.iter().filter(worth_knowing) {
            let rank = causes.iter().position(|code| *code == shared.finding.rule.code);
            let (findings, changes) = (vec![shared.finding.clone()], shared.finding.changes.clone());
            let candidate = Candidate { findings, changes, of, configuration: one.name.clone() };
            found.push((rank.is_none(), rank.unwrap_or(usize::MAX), candidate));
        }
    }
    // Stable: of one rank in the order of the plan, of no rank in the order of the findings.
    found.sort_by_key(|(is_other, rank, _)| (*is_other, *rank));
    found.into_iter().map(|(.., candidate)| candidate)
}

/// Warnings of most seeds, but for those that no score can judge.
fn told(examined: &Examined) -> impl Iterator<Item = &Shared> {
    examined.causes().chain(examined.symptoms()).filter(|shared| !is_about_honesty(examined, shared))
}

/// Warnings whose changes make the score honest rather than better.
fn for_people(examined: &Examined, shared: &Shared) -> bool {
    is_about_honesty(examined, shared) && examined.causes().any(|cause| cause == shared)
}

/// A leak, a copy, or a missing row flatters the score, and equal weights flatter accuracy; what mends it cannot be judged by that score.
fn is_about_honesty(examined: &Examined, shared: &Shared) -> bool {
    match shared.finding.rule.code {
        "leak" | "duplicates" | "truth-table" => true,
        "imbalance" => !examined
            .records
            .iter()
            .any(|record| record.metrics.iter().any(|m| m.part == examined.part && m.name == BALANCED)),
        _ => false,
    }
}

/// Every seed that was examined learned.
fn learns(examined: &Examined) -> bool {
    examined.records.iter().all(has_learned)
}

/// As `runner doctor` has it.
fn has_learned(record: &TrialRecord) -> bool {
    !record.end.failed() && record.skill >= sections::SUCCESS_MARGIN
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

    /// Which trials these are, whatever the text.
    fn ids(&self, ready: &Ready) -> Vec<String> {
        let trials = (0..self.configurations.len()).flat_map(|of| self.trials(&ready.plan, of));
        trials.map(|t| ready.plan.trials[t].id.clone()).collect()
    }

    /// Trains every trial of the configurations, each once.
    fn train(&self, ready: &Ready) -> BTreeMap<Key, TrialRecord> {
        let of_each: Vec<Vec<usize>> =
            (0..self.configurations.len()).map(|of| self.trials(&ready.plan, of)).collect();
        let mut all: Vec<usize> = of_each.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        let recordings = Recordings::of(ready);
        let training =
            Training { ready, plan: &ready.plan, columns: &recordings.columns, memory: self.memory };
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
        records
    }

    /// Makes a candidate's changes, unless they lead back to a version that was there before. Gives the new version where it is to be kept.
    fn attempt(
        &self,
        current: &Version,
        candidate: &Candidate,
        edits: &Edits,
        known: &[Vec<String>],
    ) -> Option<(Outcome, Option<Version>)> {
        let not_tried = |why: String| Some((Outcome::NotTried(why), None));
        let (text, ready) = match self.changed(current, edits) {
            Ok(changed) => changed,
            Err(why) => return not_tried(why),
        };
        let ids = self.ids(&ready);
        if ids == self.ids(&current.ready) {
            return not_tried("it changes nothing that is trained".into());
        }
        if known.contains(&ids) {
            return None;
        }
        let examined = match self.examine(&ready) {
            Ok(examined) => examined,
            Err(faults) => return not_tried(reason(&faults)),
        };
        let records = self.train(&ready);
        let by = |is_of_weights: bool| {
            report::gain(&twice(&current.records, &records), &judge(&ready, &records, is_of_weights))
        };
        let (gain, usual) = (by(candidate.is("imbalance")), by(false));
        let is_gradient = candidate.is("gradient");
        let still_disagrees = examined[candidate.of].causes().any(|s| s.finding.rule.code == "gradient");
        let is_kept = gain.helps() || is_gradient && gain.does_no_harm() && !still_disagrees;
        if !is_kept {
            return Some((Outcome::Dropped(gain, None), None));
        }
        if !usual.does_no_harm() {
            return Some((Outcome::Open(Box::new([gain, usual])), None));
        }
        Some(match worse(candidate, &current.examined, &examined) {
            Some(why) => (Outcome::Dropped(gain, Some(why)), None),
            None => (Outcome::Kept(gain), Some(Version { text, ready, records, examined })),
        })
    }

    /// Where a candidate's changes belong in a version.
    fn edits(&self, current: &Version, candidate: &Candidate) -> Edits {
        let scene = Scene {
            text: &current.text,
            axes: &current.ready.plan.axes,
            labels: &self.configurations[candidate.of],
            set: &self.set,
        };
        place::edits(&scene, &candidate.changes)
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

/// Why a change is not kept although the score is better: the rules now find what is worse than all that they found of a configuration
/// before, or, though they did not before, that what was changed is to be changed once more.
fn worse(candidate: &Candidate, before: &[Examined], after: &[Examined]) -> Option<String> {
    let says = |how: &str, s: &Shared, examined: &Examined| {
        let whose = if after.len() > 1 { format!(" of `{}`", examined.name) } else { String::new() };
        Some(format!("with it {how} is found{whose}: {}", s.finding.says))
    };
    for (of, (before, after)) in before.iter().zip(after).enumerate() {
        let most = told(before).map(|s| s.finding.severity).max();
        let is_worse = |s: &&Shared| Some(s.finding.severity) > most && (most.is_some() || learns(before));
        if let Some(worse) = told(after).find(is_worse) {
            return says("something worse", worse, after);
        }
        let is_new = |s: &&Shared| !before.findings.iter().any(|old| old.finding.rule == s.finding.rule);
        let is_changed = |change: &Change| candidate.changes.iter().any(|made| made.key == change.key);
        let is_contrary = |s: &&Shared| of == candidate.of && s.finding.changes.iter().any(is_changed);
        if let Some(contrary) = after.causes().filter(is_new).find(is_contrary) {
            return says("the contrary", contrary, after);
        }
    }
    None
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

/// The metric that the experiment compares by, or the usual one of the task, on the part that chooses; where weights of classes are judged
/// one in which all classes weigh the same. The loss judges nothing: a change may make it another quantity.
fn judge(ready: &Ready, records: &BTreeMap<Key, TrialRecord>, is_of_weights: bool) -> Judge {
    let shape = ready.shapes.all().next();
    let task = shape.map_or(Task::Classification, |shape| shape.task);
    let compare = ready.experiment.compare.as_ref();
    let (mut metric, mut higher_is_better) = rounds::objective(&ready.experiment, task);
    let (mut rope, mut rope_relative) = compare.map_or((ROPE, false), |c| (c.rope, c.rope_relative));
    let mut baseline = None;
    if metric == "loss" || is_of_weights {
        let main = metric::main_metric(task);
        (metric, higher_is_better) = (main.entry.name.to_string(), main.higher_is_better());
        (rope, rope_relative) = (ROPE, false);
    }
    if is_of_weights {
        metric = BALANCED.into();
        // The same class for every row is right about one of them; one output tells two.
        baseline = Some(1.0 / shape.map_or(2, |shape| shape.outputs.max(2)) as f64);
    }
    let has_validation =
        records.values().any(|record| record.metrics.iter().any(|m| m.part == Part::Validation));
    Judge {
        metric,
        part: if has_validation { Part::Validation } else { Part::Train },
        higher_is_better,
        baseline,
        margin: compare.map_or(sections::SUCCESS_MARGIN, |compare| compare.success_margin),
        confidence: compare.map_or(sections::CONFIDENCE, |compare| compare.confidence),
        rope,
        rope_relative,
    }
}
