//! The experiment as it stands in the records: frozen by a run, planned again without its file and its data.

use std::sync::Arc;

use super::experiment::Ready;
use super::recording::Recordings;
use super::rounds;
use crate::config;
use crate::diagnostic::Severity;
use crate::event::TrialRecord;
use crate::plan::{Plan, Planner};
use crate::record::{Frozen, FrozenData, Known};
use crate::report::DataFacts;
use crate::spec::{Configuration, Data, Experiment, Task};

/// What a run keeps of its experiment.
pub(super) fn freeze(ready: &Ready) -> Frozen {
    let experiment = &ready.experiment;
    let data = |facts: DataFacts| FrozenData {
        task: task_name(facts.task).to_string(),
        name: facts.name,
        rows: facts.rows,
        features: facts.features,
        outputs: facts.outputs,
        parts: facts.parts,
        digest: facts.digest,
        files: facts.files,
        traits: facts.traits,
    };
    Frozen {
        name: experiment.name.clone(),
        file: experiment.file.clone(),
        overrides: experiment.overrides.clone(),
        resolved: experiment.resolved.clone(),
        data: ready.facts().into_iter().map(data).collect(),
    }
}

/// An experiment that can be planned and told of, and not trained.
pub(super) struct Thawed {
    pub(super) experiment: Experiment,
    /// The rounds so far.
    pub(super) plan: Plan,
    planner: Planner,
    resolver: config::Resolver,
    /// Data sections, in the order in which the plan names them.
    sections: Vec<Arc<Data>>,
    /// Of each section, and of those that later rounds will name.
    facts: Vec<DataFacts>,
}

/// The experiment and the first round of its plan, as they were; or why this version of runner cannot have them.
pub(super) fn thaw(frozen: &Frozen) -> Result<Thawed, String> {
    let named = config::Named {
        name: frozen.name.clone(),
        file: frozen.file.clone(),
        overrides: frozen.overrides.clone(),
    };
    let loaded = config::load_resolved(&frozen.resolved, &named, &super::catalog());
    let (Some(mut experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
        let fault = loaded.diagnostics.iter().find(|d| d.severity == Severity::Error);
        return Err(fault.map_or("it cannot be read".into(), |fault| fault.title.clone()));
    };
    // The same text but for the name of a file that was reached through a link.
    experiment.resolved.clone_from(&frozen.resolved);
    let planner = Planner::new(&experiment);
    let facts: Option<Vec<DataFacts>> = frozen.data.iter().map(facts).collect();
    let mut thawed = Thawed {
        plan: planner.empty(),
        planner,
        resolver,
        sections: Vec::new(),
        facts: facts.ok_or("its data has a task that is not known")?,
        experiment,
    };
    thawed.grow()?;
    Ok(thawed)
}

/// The configuration of a trial in the experiment that records are of; or why it cannot be told.
pub(super) fn configuration(mut known: Known, trial: &str) -> Result<Configuration, String> {
    let frozen = known.experiment().ok_or("it does not say which experiment it is of")?;
    let mut thawed = thaw(frozen)?;
    let mut records = Vec::new();
    loop {
        if let Some(found) = thawed.plan.trials.iter().find(|t| t.id == trial) {
            return Ok(thawed.plan.configurations[found.configuration].configuration.clone());
        }
        let recordings = thawed.recordings();
        let new = &thawed.plan.trials[records.len()..];
        let taken: Vec<TrialRecord> = new.iter().filter_map(|t| known.take(t, recordings.get(t))).collect();
        records.extend(taken);
        let is_done = records.len() == thawed.plan.trials.len();
        thawed.tell(&records);
        if !is_done || !thawed.grow()? {
            return Err(format!("its experiment has no trial `{trial}`"));
        }
    }
}

/// Why a plan does not grow before a run has read the data of its next round.
pub(super) const UNREAD: &str = "its plan names data that no run has read";

impl Thawed {
    /// Adds the next round to the plan; `false` at its end.
    pub(super) fn grow(&mut self) -> Result<bool, String> {
        let round = self.planner.ask(&self.plan, &self.resolver).map_err(|faults| {
            faults.first().map_or("it cannot be planned".to_string(), |fault| fault.title.clone())
        })?;
        if round.is_empty() {
            return Ok(false);
        }
        let mut sections = self.sections.clone();
        for configuration in round.configurations() {
            if !sections.contains(&configuration.data) {
                sections.push(configuration.data.clone());
            }
        }
        if sections.len() > self.facts.len() {
            return Err(UNREAD.into());
        }
        self.sections = sections;
        let digest = |data: &Data| {
            let section = self.sections.iter().position(|s| **s == *data);
            section.map(|index| self.facts[index].digest.clone()).unwrap_or_default()
        };
        self.planner.add(&mut self.plan, round, digest);
        Ok(true)
    }

    /// Tells the sampler what became of the last round.
    pub(super) fn tell(&mut self, records: &[TrialRecord]) {
        let task = self.facts.first().map_or(Task::Classification, |facts| facts.task);
        self.planner.tell(rounds::scores(&self.experiment, task, &self.plan, records));
    }

    /// Rounds that may follow the last one.
    pub(super) fn rounds_left(&self) -> usize {
        self.planner.rounds_left()
    }

    /// Whether no round can follow.
    pub(super) fn is_whole(&self) -> bool {
        !self.planner.learns()
    }

    /// Of the data that the plan names so far.
    pub(super) fn facts(&self) -> &[DataFacts] {
        &self.facts[..self.sections.len()]
    }

    pub(super) fn recordings(&self) -> Recordings {
        let sections: Vec<&Data> = self.sections.iter().map(|s| &**s).collect();
        Recordings::new(&self.experiment, &self.plan, &sections, self.facts())
    }
}

fn facts(data: &FrozenData) -> Option<DataFacts> {
    Some(DataFacts {
        name: data.name.clone(),
        task: TASKS.into_iter().find(|task| task_name(*task) == data.task)?,
        rows: data.rows,
        features: data.features,
        outputs: data.outputs.clone(),
        parts: data.parts,
        digest: data.digest.clone(),
        files: data.files.clone(),
        traits: data.traits.clone(),
    })
}

const TASKS: [Task; 3] = [Task::Classification, Task::MultiLabel, Task::Regression];

fn task_name(task: Task) -> &'static str {
    match task {
        Task::Classification => "classification",
        Task::MultiLabel => "multi_label",
        Task::Regression => "regression",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    use crate::cli::arguments::ExperimentOptions;
    use crate::cli::experiment;
    use crate::cli::output::{Format, Output};
    use crate::disk;
    use crate::spec::Resolve as _;

    fn experiments(folder: &Path) -> Vec<PathBuf> {
        let listed = disk::list(folder).unwrap();
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = listed.into_iter().partition(|p| p.is_dir());
        let mut found: Vec<PathBuf> =
            files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        found.extend(folders.iter().flat_map(|f| experiments(f)));
        found
    }

    #[test]
    fn every_experiment_here_thaws_to_the_same_plan() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
        let output = Output { format: Format::Text, quiet: true };
        let mut seen = 0;
        for file in experiments(&folder) {
            let options = ExperimentOptions::default();
            // One whose data is not part of the project cannot be planned here.
            let Ok(ready) = experiment::ready(&file, &options, &output) else { continue };
            let frozen = freeze(&ready);
            let thawed = thaw(&frozen).unwrap();
            let (a, b) = (&ready.plan, &thawed.plan);
            assert_eq!(a.trials, b.trials, "{}", file.display());
            assert_eq!(
                (&a.axes, a.duplicates, a.excluded, a.configurations.len()),
                (&b.axes, b.duplicates, b.excluded, b.configurations.len())
            );
            for (a, b) in a.configurations.iter().zip(&b.configurations) {
                assert_eq!((&a.id, &a.labels, &a.values), (&b.id, &b.labels, &b.values));
            }
            assert_eq!(thawed.facts(), ready.facts());
            let named = config::Named {
                name: frozen.name.clone(),
                file: frozen.file.clone(),
                overrides: frozen.overrides.clone(),
            };
            let again = config::load_resolved(&frozen.resolved, &named, &crate::cli::catalog());
            assert_eq!(again.experiment.unwrap().resolved, frozen.resolved);
            seen += 1;
        }
        assert!(seen >= 7, "{seen} experiments were planned");
    }

    /// What is resolved and read again has the same points, and is resolved to the same text.
    #[track_caller]
    fn comes_back(text: &str) {
        let catalog = crate::cli::catalog();
        let named =
            config::Named { name: "x".into(), file: "experiments/x.toml".into(), overrides: Vec::new() };
        let read = |text: &str| {
            let loaded = config::load_resolved(text, &named, &catalog);
            let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
                panic!("{text}\n{:?}", loaded.diagnostics)
            };
            let meaning = |point: crate::spec::Point| {
                crate::plan::meaning(&resolver.configuration(&point).unwrap(), "")
            };
            let meanings: Vec<String> = experiment.sweep.points().map(meaning).collect();
            (meanings, experiment.resolved)
        };
        let (meanings, resolved) = read(text);
        assert_eq!(read(&resolved), (meanings, resolved.clone()), "{text}\n---\n{resolved}");
    }

    /// Defaults that depend on what the sweep chooses are not those of its first point.
    #[test]
    fn a_resolved_experiment_has_the_points_of_its_file() {
        let regression =
            "pairing = \"identity+mse\"\n[data]\nsource = { name = \"sine\", steps = 4, samples = 9 }\n";
        let kinds = [
            "[model]\nhidden = [3]\n[sweep]\n\"model.kind\" = [\"dense\", \"rnn\"]\n",
            "[model]\nhidden = [3]\n[sweep]\n\"model.kind\" = [\"rnn\", \"dense\"]\n",
            "[model]\nhidden = [3]\n[variants.a]\n[variants.b]\nmodel.kind = \"rnn\"\nmodel.cell = \"gru\"\n",
            "[model]\nhidden = [3]\nkind = \"rnn\"\n[variants.a]\n[variants.b]\nmodel.kind = \"dense\"\n",
            "[model]\nhidden = [3]\n[variants.a]\nmodel.kind = \"dense\"\n[variants.b]\nmodel.kind = \"rnn\"\n",
            "[model]\nhidden = [3]\nactivation = \"elu\"\n[variants.a]\n[variants.b]\nmodel.kind = \"rnn\"\n",
        ];
        for model in kinds {
            comes_back(&format!("{regression}{model}"));
        }
        let model = "[model]\nhidden = [3]\n";
        let others = [
            // The rate of one optimizer is not that of another.
            "[sweep]\n\"optimizer.name\" = [\"sgd\", \"adadelta\", \"adam\"]\n",
            "[optimizer]\nlearning_rate = 0.1\n[variants.a]\n[variants.b]\noptimizer.name = \"lbfgs\"\ntrain.batch = \"full\"\n",
            "[optimizer]\nname = \"sgd\"\n[variants.a]\n[variants.b]\noptimizer.name = \"adadelta\"\n",
            "[optimizer]\nschedule = { name = \"step\", every = 5 }\n[variants.a]\n[variants.b]\noptimizer.schedule.name = \"exponential\"\n",
            // What the first variant gives within a table is its own.
            "output = { bias = false }\n[variants.a]\nmodel.output.init = \"zeros\"\n[variants.b]\n",
            "[variants.a]\ndata.split.validation = 0.1\n[variants.b]\ndata.split.test = 0.3\n",
            "[variants.a]\npairing.reduction = \"sum\"\n[variants.b]\n",
            "[variants.a]\npairing.loss = \"mae\"\n[variants.b]\n",
        ];
        for rest in others {
            comes_back(&format!("{regression}{model}{rest}"));
        }
        let masked = "pairing = { activation = \"sigmoid\", loss = \"mse\", masking = \"outputs\" }\n[data]\nsource = \"a.csv\"\n\
                      target = \"y\"\nmask = [\"m\", \"n\"]\n[model]\nhidden = [3]\n[sweep]\n\"pairing.activation\" = [\"sigmoid\", \"softmax\"]\n";
        comes_back(masked);
    }
}
