//! Looks at configurations of an experiment in every way there is: the file, the data, the network before training, and short runs.
//!
//! It writes nothing and says nothing: `page` does.

use super::super::experiment::Ready;
use super::super::in_memory::{self, Training};
use super::super::recording::Recordings;
use crate::diagnose::{self, Evidence, Finding, Role, Run, Severity, Shared};
use crate::diagnostic::Diagnostic;
use crate::event::TrialRecord;
use crate::nn;
use crate::plan::{Plan, Trial};
use crate::report;
use crate::spec::{Configuration, Part};
use crate::train::{self, Looks};

/// Multiply-adds of one short run, about: some seconds. Longer trainings are stopped there and looked at.
const WORK_MAX: usize = 1 << 33;
/// What the gradient is checked on.
const LOOKS: Looks = Looks { samples: 32, parameters: 100 };

/// One configuration with what was found of it.
#[derive(Clone)]
pub(in super::super) struct Examined {
    /// What the file calls it.
    pub(in super::super) name: String,
    pub(in super::super) configuration: Configuration,
    /// In the order of their seeds.
    pub(in super::super) records: Vec<TrialRecord>,
    pub(in super::super) seeds: Vec<u64>,
    /// Epochs in the budget, and after which the runs were stopped, if before.
    pub(in super::super) epochs: usize,
    pub(in super::super) until: Option<usize>,
    /// The part that skill is of.
    pub(in super::super) part: Part,
    /// The share of the way from a constant answer to perfect, of each record; NaN where it failed.
    pub(in super::super) skills: Vec<f64>,
    /// Of the records, how many learned.
    pub(in super::super) learned: usize,
    /// Causes in their order, most likely first; then what follows from them. None that the file allows.
    pub(in super::super) findings: Vec<Shared>,
    /// What the file says is expected, with the reason.
    pub(in super::super) allowed: Vec<(Shared, String)>,
}

impl Examined {
    /// Causes that most seeds have, worth a warning.
    pub(in super::super) fn causes(&self) -> impl Iterator<Item = &Shared> {
        self.findings.iter().filter(|s| s.finding.role == Role::Cause && s.is_told())
    }

    pub(in super::super) fn symptoms(&self) -> impl Iterator<Item = &Shared> {
        self.findings.iter().filter(|s| s.finding.role == Role::Symptom && s.is_told())
    }

    /// What is worth knowing and no warning.
    pub(in super::super) fn notes(&self) -> impl Iterator<Item = &Shared> {
        self.findings.iter().filter(|s| s.finding.severity == Severity::Note)
    }

    /// Nothing that most seeds have is a warning, and most seeds learned, unless the file allows a cause of that.
    pub(in super::super) fn is_healthy(&self) -> bool {
        let is_clear = self.causes().next().is_none() && self.symptoms().next().is_none();
        is_clear && (self.mostly_learned() || self.is_expected())
    }

    pub(in super::super) fn mostly_learned(&self) -> bool {
        2 * self.learned > self.records.len()
    }

    /// Whether something that the file allows is told, so that nobody need wonder.
    pub(in super::super) fn is_expected(&self) -> bool {
        self.allowed.iter().any(|(shared, _)| shared.is_told())
    }
}

/// Examines the configuration of each trial on its first fold and as many of its seeds.
pub(in super::super) fn examine(
    ready: &Ready,
    trials: &[&Trial],
    seeds: usize,
    memory: u64,
) -> Result<Vec<Examined>, Vec<Diagnostic>> {
    let recordings = Recordings::of(ready);
    let names = recordings.names();
    let mut plan = ready.plan.clone();
    let chosen: Vec<Vec<usize>> = trials.iter().map(|trial| alike(&plan, trial, seeds)).collect();
    let all: Vec<usize> = chosen.iter().flatten().copied().collect();
    for trial in &all {
        plan.trials[*trial].until = until(ready, &ready.plan.trials[*trial]);
    }
    let training = Training { ready, plan: &plan, columns: &recordings.columns, memory };
    let mut records = in_memory::train(&training, &all).into_iter();
    let one = |trials: Vec<usize>| {
        let records: Vec<TrialRecord> = records.by_ref().take(trials.len()).collect();
        examined(ready, &plan, &trials, records, &names)
    };
    chosen.into_iter().map(one).collect()
}

/// Trials of the same configuration, with other seeds.
fn alike(plan: &Plan, trial: &Trial, seeds: usize) -> Vec<usize> {
    let is_like = |other: &&Trial| {
        (other.configuration, other.fold, other.confirms) == (trial.configuration, trial.fold, trial.confirms)
            && other.until == trial.until
    };
    plan.trials.iter().filter(is_like).map(|t| t.index).take(seeds).collect()
}

/// Where its run is stopped: where its sampler does, or where it has been long enough.
fn until(ready: &Ready, trial: &Trial) -> Option<usize> {
    let configuration = &ready.plan.configurations[trial.configuration].configuration;
    let shape = ready.shapes.get(&ready.inputs, &ready.plan, trial);
    let epoch = 3 * shape.train * shape.steps * nn::parameter_count(configuration, shape.widths());
    let bearable = (WORK_MAX / epoch.max(1)).max(1);
    let budget = ready.budget(trial) as usize;
    match trial.until {
        Some(until) => Some(until.min(bearable)),
        None => (bearable < budget).then_some(bearable),
    }
}

fn examined(
    ready: &Ready,
    plan: &Plan,
    trials: &[usize],
    records: Vec<TrialRecord>,
    columns: &[String],
) -> Result<Examined, Vec<Diagnostic>> {
    let first = &plan.trials[trials[0]];
    let configuration = &plan.configurations[first.configuration].configuration;
    let preflight = train::preflight(&ready.inputs, plan, &[first], LOOKS, None)?;
    let traits = ready.inputs.traits(plan, first);
    let shape = ready.shapes.get(&ready.inputs, plan, first);
    let evidence: Vec<Evidence<'_>> = records
        .iter()
        .map(|record| Evidence {
            configuration,
            task: shape.task,
            traits: Some(&traits),
            preflight: Some(&preflight),
            run: Some(Run { record, columns }),
        })
        .collect();
    let each: Vec<Vec<Finding>> = evidence.iter().map(diagnose::findings).collect();
    let (mut findings, mut allowed) = (Vec::new(), Vec::new());
    for shared in diagnose::over_trials(&each) {
        match ready.experiment.diagnose.reason(shared.finding.rule.code) {
            Some(reason) => allowed.push((shared, reason.to_string())),
            None => findings.push(shared),
        }
    }
    Ok(Examined {
        name: if plan.axes.is_empty() {
            ready.experiment.name.clone()
        } else {
            report::label(plan, first.configuration)
        },
        configuration: configuration.clone(),
        seeds: trials.iter().map(|t| plan.trials[*t].seed).collect(),
        epochs: ready.budget(first) as usize,
        until: first.until,
        part: if shape.validation > 0 { Part::Validation } else { Part::Train },
        skills: evidence.iter().map(Evidence::skill).collect(),
        learned: evidence.iter().filter(|one| one.has_learned()).count(),
        findings,
        allowed,
        records,
    })
}

/// Trials whose configurations are examined: that which is asked for, or one of each configuration, up to `most`.
pub(in super::super) fn chosen(ready: &Ready, most: usize) -> (Vec<&Trial>, usize) {
    let mut seen = std::collections::BTreeSet::new();
    let first = |trial: &&Trial| seen.insert(trial.configuration);
    let all: Vec<&Trial> = ready.plan.trials.iter().filter(first).collect();
    let left = all.len().saturating_sub(most);
    (all.into_iter().take(most).collect(), left)
}
