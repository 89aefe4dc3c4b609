//! From a file name to something that can be planned and trained, or to every fault in it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::ExperimentOptions;
use super::exit::Exit;
use super::output::Output;
use super::recording::Recordings;
use super::rounds;
use super::shares::Costs;
use crate::data::Dataset;
use crate::diagnostic::{
    Diagnostic, EMPTY_SWEEP, MISSING_FILE, NOT_FUSED, SWEEP_TOO_LARGE, Severity, Sources, TOO_LARGE,
    UNREADABLE_FILE,
};
use crate::event::{Traits, TrialRecord};
use crate::plan::{self, Cost, Pack, Plan, Planned, Planner, Round};
use crate::report::DataFacts;
use crate::spec::{Budget, Configuration, Data, Engine, Experiment, Task};
use crate::train::{self, Inputs, Shapes};
use crate::{config, disk, nn, text};

/// Most members of a pack, so that every thread has one: a few blocks of lanes, whole ones where there is more than one.
pub(super) fn members_max(trials: usize, threads: usize) -> usize {
    let even = trials.div_ceil(threads).max(1);
    if even > plan::LANES { even.next_multiple_of(plan::LANES) } else { even }
}

/// A sound experiment with the data and the trials of the rounds so far.
pub(super) struct Ready {
    pub(super) experiment: Experiment,
    pub(super) plan: Plan,
    pub(super) inputs: Inputs,
    pub(super) shapes: Shapes,
    pub(super) planner: Planner,
    resolver: config::Resolver,
    sources: Sources,
    /// `--memory`.
    memory: Option<u64>,
}

/// A configuration may need this much memory for one network unless `--memory` says otherwise. More is a slip of the finger
/// more often than a plan.
const MEMBER_BYTES_MAX: u64 = 16 << 30;

/// What packs may use together where neither `--memory` nor the machine says how much there is.
const MEMORY: u64 = 2 << 30;

/// What packs may use together however little is said to be free: less would only make training slow.
const MEMORY_MIN: u64 = 256 << 20;

/// The bytes that packs may use together: as given, or half of what is free. Results do not depend on it.
pub(super) fn memory(options: &ExperimentOptions) -> u64 {
    options.memory.unwrap_or_else(|| disk::free_memory().map_or(MEMORY, |free| (free / 2).max(MEMORY_MIN)))
}

/// An experiment that was resolved before.
pub(super) struct As<'a> {
    pub(super) text: &'a str,
    /// Where it stands, for messages.
    pub(super) place: &'a str,
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    pub(super) overrides: &'a [String],
}

/// Loads, checks, reads the data, and plans the first round. Shows every fault; nothing is written.
pub(super) fn ready(file: &Path, options: &ExperimentOptions, output: &Output) -> Result<Ready, Exit> {
    refuse_other_files(file, output)?;
    planned(load(file, None, options, output)?, options, output)
}

/// The same for a text that stands in the place of the file, which need not be there any more.
pub(super) fn ready_as(
    file: &Path,
    given: &As<'_>,
    options: &ExperimentOptions,
    output: &Output,
) -> Result<Ready, Exit> {
    let (mut experiment, resolver, sources) = load(file, Some((given.place, given.text)), options, output)?;
    experiment.name = given.name.to_string();
    experiment.file = given.file.to_string();
    experiment.overrides = given.overrides.to_vec();
    experiment.resolved = given.text.to_string();
    planned((experiment, resolver, sources), options, output)
}

/// The same of a text that may be no sound experiment, said by nobody: what is wrong with it is given back. What it extends is read.
pub(super) fn attempt(
    file: &Path,
    text: &str,
    options: &ExperimentOptions,
) -> Result<Ready, Vec<Diagnostic>> {
    let request = request(file, Some((&disk::shown(file), text)), options);
    let loaded = config::load(&request, &super::catalog());
    let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
        return Err(loaded.diagnostics);
    };
    let mut ready = unplanned((experiment, resolver, loaded.sources), options);
    match too_many(&ready) {
        Some(fault) => Err(vec![fault]),
        None => ready.next_round().map(|_| ready).map_err(|(faults, _)| faults),
    }
}

fn planned(
    loaded: (Experiment, config::Resolver, Sources),
    options: &ExperimentOptions,
    output: &Output,
) -> Result<Ready, Exit> {
    let mut ready = unplanned(loaded, options);
    if let Some(fault) = too_many(&ready) {
        output.diagnostics(&[fault], &ready.sources);
        return Err(Exit::Invalid);
    }
    ready.grow(output)?;
    Ok(ready)
}

fn unplanned(
    (experiment, resolver, sources): (Experiment, config::Resolver, Sources),
    options: &ExperimentOptions,
) -> Ready {
    let planner = Planner::new(&experiment);
    let first_seed = experiment.seeds.first().copied().unwrap_or(0);
    Ready {
        plan: planner.empty(),
        planner,
        inputs: Inputs::new(first_seed),
        shapes: Shapes::default(),
        memory: options.memory,
        experiment,
        resolver,
        sources,
    }
}

/// A sampler that would ask for more trials than the limit.
fn too_many(ready: &Ready) -> Option<Diagnostic> {
    let Experiment { seeds, base, sweep, .. } = &ready.experiment;
    let most = ready.planner.most()?.saturating_mul(seeds.len() * base.data.split.folds());
    (most > sweep.limit).then(|| {
        let title = format!(
            "the sweep may have {} trials, more than the limit of {}",
            text::grouped(most as u64),
            text::grouped(sweep.limit as u64)
        );
        Diagnostic::error(&SWEEP_TOO_LARGE, title)
            .help("fewer `configurations`, arms, or seeds, or a higher `[sweep] limit`")
    })
}

/// The sound experiment, or every fault of the file shown.
fn load(
    file: &Path,
    text: Option<(&str, &str)>,
    options: &ExperimentOptions,
    output: &Output,
) -> Result<(Experiment, config::Resolver, Sources), Exit> {
    let loaded = config::load(&request(file, text, options), &super::catalog());
    output.diagnostics(&loaded.diagnostics, &loaded.sources);
    if let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) {
        return Ok((experiment, resolver, loaded.sources));
    }
    let mut errors = loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    // Nothing is wrong with the experiment but that what it names is not there.
    let unreadable = errors.all(|d| d.code == &MISSING_FILE || d.code == &UNREADABLE_FILE);
    Err(if unreadable && disk::is_file(file) { Exit::Disk } else { Exit::Invalid })
}

fn request(file: &Path, text: Option<(&str, &str)>, options: &ExperimentOptions) -> config::Request {
    config::Request {
        path: file.to_path_buf(),
        overrides: options.all_overrides(),
        allow_outside: options.allow_outside,
        text: text.map(|(place, text)| (place.to_string(), text.to_string())),
    }
}

/// What is plainly not an experiment gets one sentence, not a fault for every line; and a results folder needs a name.
fn refuse_other_files(file: &Path, output: &Output) -> Result<(), Exit> {
    const DATA: [&str; 7] = ["csv", "tsv", "data", "gz", "npy", "npz", "txt"];
    let shown = disk::shown(file);
    let name = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let complaint = if disk::is_folder(file) {
        format!("error: `{shown}` is a folder\nhelp: name one experiment in it")
    } else if file.extension().is_some_and(|e| DATA.iter().any(|d| e.eq_ignore_ascii_case(d))) {
        format!(
            "error: `{shown}` looks like data, not like an experiment\n\
             help: `runner data {shown}` describes it and proposes a `[data]` section; `runner new FILE` writes an experiment"
        )
    } else if name.is_empty() || name == "." || name == ".." {
        format!(
            "error: `{shown}` has no name that a results folder could have\nhelp: rename the file, e.g. `mine.toml`"
        )
    } else {
        return Ok(());
    };
    output.complain(&complaint);
    Err(Exit::Invalid)
}

/// Configurations whose single network would fill the memory.
fn too_large(ready: &Ready, memory: Option<u64>) -> Option<Diagnostic> {
    let limit = memory.unwrap_or(MEMBER_BYTES_MAX);
    let of = |index: usize| {
        let trial = &ready.plan.trials[index];
        let shape = ready.shapes.get(&ready.inputs, &ready.plan, trial);
        (&ready.plan.configurations[trial.configuration].configuration, shape)
    };
    let bytes = |index: usize| {
        let (configuration, shape) = of(index);
        train::member_bytes(configuration, shape)
            + train::pack_bytes(configuration, shape)
            + train::sample_bytes(shape)
    };
    // Of trials that differ in their seed the last stands for all: `max_by_key` would take it too.
    let same = |a: &plan::Trial, b: &plan::Trial| (a.configuration, a.fold) == (b.configuration, b.fold);
    let seeds = ready.plan.trials.chunk_by(same).filter_map(|seeds| seeds.last());
    let largest = seeds.map(|trial| trial.index).max_by_key(|index| bytes(*index))?;
    let most = bytes(largest);
    let label = || train::pack_label(of(largest).0, of(largest).1);
    (most > limit).then(|| {
        let whose = if memory.is_some() { "`--memory`" } else { "the limit" };
        let title = format!(
            "one network ({}) needs about {}, more than {whose} of {}",
            label(),
            text::bytes(most),
            text::bytes(limit)
        );
        Diagnostic::error(&TOO_LARGE, title)
            .help("use fewer hidden units, a smaller `polynomial`, a smaller `batch`, or `limit` the rows")
            .help("`--memory SIZE` moves the limit, for example `--memory 32GB`")
    })
}

/// Configurations that ask for the fused engine and cannot have it.
fn not_fused(ready: &Ready) -> Option<Diagnostic> {
    let asks = |c: &&Configuration| c.train.engine == Engine::Fused;
    let mut configurations = ready.plan.configurations.iter().map(|p| &p.configuration).filter(asks);
    let (pairing, reason) =
        configurations.find_map(|c| nn::why_not_fused(c).map(|reason| (c.pairing.label(), reason)))?;
    let title = format!("`engine = \"fused\"` cannot train this network ({pairing}): {reason}");
    Some(
        Diagnostic::error(&NOT_FUSED, title)
            .help("`engine = \"auto\"` takes the reference path where it must, or change what is named"),
    )
}

impl Ready {
    /// Adds the next round of the sweep to the plan; `false` at its end. Shows every fault, and warnings of the first round: later
    /// ones would repeat them.
    pub(super) fn grow(&mut self, output: &Output) -> Result<bool, Exit> {
        let is_first = self.plan.trials.is_empty();
        match self.next_round() {
            Ok(None) => Ok(false),
            Ok(Some(warnings)) => {
                output.diagnostics(if is_first { &warnings } else { &[] }, &self.sources);
                Ok(true)
            }
            Err((faults, exit)) => {
                output.diagnostics(&faults, &self.sources);
                Err(exit)
            }
        }
    }

    /// Adds the next round: gives warnings, `None` at the end of the sweep; or faults.
    fn next_round(&mut self) -> Result<Option<Vec<Diagnostic>>, (Vec<Diagnostic>, Exit)> {
        let is_first = self.plan.trials.is_empty();
        let round = self.planner.ask(&self.plan, &self.resolver).map_err(|faults| (faults, Exit::Invalid))?;
        match round.is_empty() {
            true if !is_first => Ok(None),
            true => {
                let fault =
                    Diagnostic::error(&EMPTY_SWEEP, "`sweep.exclude` leaves out every point of the sweep")
                        .help("loosen one of its conditions, or remove it");
                Err((vec![fault], Exit::Invalid))
            }
            false => self.add(round).map(Some),
        }
    }

    /// Loads what a round needs and plans it. Gives warnings, or faults.
    fn add(&mut self, round: Round) -> Result<Vec<Diagnostic>, (Vec<Diagnostic>, Exit)> {
        let invalid = |faults| (faults, Exit::Invalid);
        let loaded = self.inputs.load(round.configurations(), &mut self.sources);
        loaded.map_err(|faults| (faults, Exit::Disk))?;
        self.planner.add(&mut self.plan, round, |data| self.inputs.digest(data));
        self.shapes = Shapes::of(&self.inputs, &self.plan).map_err(invalid)?;
        let mut unfit = train::unfit(&self.experiment, &self.plan, &self.inputs, &self.shapes);
        unfit.extend(too_large(self, self.memory));
        unfit.extend(not_fused(self));
        if unfit.iter().any(|d| d.severity == Severity::Error) { Err(invalid(unfit)) } else { Ok(unfit) }
    }

    /// Tells the sampler what became of the last round.
    pub(super) fn tell(&mut self, records: &[TrialRecord]) {
        let task = self.shapes.all().next().map_or(Task::Classification, |shape| shape.task);
        let scores = rounds::scores(&self.experiment, task, &self.plan, records);
        self.planner.tell(scores);
    }

    /// Packs of these trials for some threads, all packs in training together within `memory` bytes; and how many of the threads
    /// may train at once. `members_max` bounds a pack.
    pub(super) fn packs(
        &self,
        trials: &[usize],
        members_max: usize,
        threads: usize,
        memory: u64,
    ) -> (Vec<Pack>, usize) {
        let configuration =
            |t: usize| &self.plan.configurations[self.plan.trials[t].configuration].configuration;
        let shape = |t: usize| self.shapes.get(&self.inputs, &self.plan, &self.plan.trials[t]);
        let splits = self.inputs.splits(&self.plan);
        // Trials that differ in their seed follow one another and are alike.
        let last = RefCell::new((None, String::new(), 0));
        let alike = |t: usize| {
            let trial = &self.plan.trials[t];
            let (of, key, own) = &mut *last.borrow_mut();
            if *of != Some((trial.configuration, trial.fold)) {
                *of = Some((trial.configuration, trial.fold));
                *key = train::pack_key(configuration(t), shape(t));
                *own = train::member_bytes(configuration(t), shape(t));
            }
            (key.clone(), *own)
        };
        let key = |t: usize| alike(t).0;
        let cost = |t: usize| Cost {
            own: alike(t).1,
            pack: train::pack_bytes(configuration(t), shape(t)),
            samples: (splits[t], train::sample_bytes(shape(t))),
        };
        let packs = plan::pack(trials, memory / threads.max(1) as u64, members_max, key, cost);
        // A network may need more than its share: then fewer train at once.
        let largest = packs.iter().map(|p| p.bytes).max().unwrap_or(0).max(1);
        let at_once = (memory / largest).clamp(1, threads as u64) as usize;
        (packs, at_once)
    }

    /// Epochs that each trial of the plan may take.
    pub(super) fn epochs(&self) -> Vec<u64> {
        let until = self.plan.trials.iter().map(|trial| trial.until.map_or(u64::MAX, |n| n as u64));
        self.budgets().into_iter().zip(until).map(|(budget, until)| budget.min(until)).collect()
    }

    /// Epochs in the whole budget of each trial of the plan.
    fn budgets(&self) -> Vec<u64> {
        self.plan.trials.iter().map(|trial| self.budget(trial)).collect()
    }

    /// Epochs in the whole budget of a trial.
    pub(super) fn budget(&self, trial: &plan::Trial) -> u64 {
        let configuration = &self.plan.configurations[trial.configuration].configuration;
        match configuration.train.budget {
            Budget::Epochs(n) => n as u64,
            Budget::Steps(n) => n.div_ceil(self.steps_per_epoch(trial)) as u64,
        }
    }

    /// Estimated time of the plan on one core, as far as it is planned.
    pub(super) fn seconds(&self) -> f64 {
        let costs = Costs::new(&self.plan, &self.facts(), &Recordings::of(self).section_of);
        (0..self.plan.trials.len()).map(|trial| costs.of(trial)).sum()
    }

    /// The source of a configuration's data and its meaning, for the records.
    pub(super) fn meaning(&self, planned: &Planned) -> (String, String) {
        let data = &planned.configuration.data;
        (plan::source_name(data), plan::meaning(&planned.configuration, &self.inputs.digest(data)))
    }

    /// What a report says of each data section of the plan, in the order of [`Inputs::sets`].
    pub(super) fn facts(&self) -> Vec<DataFacts> {
        let sets = self.inputs.sets();
        let facts = |(section, set): &(Arc<Data>, Arc<Dataset>)| {
            // Of sections with the same content one is trained on; it is divided like the others.
            let equal = || sets.iter().filter(|(_, other)| other.digest == set.digest);
            let shape = self.shapes.first_of(&self.inputs, section);
            let shape =
                shape.or_else(|| equal().find_map(|(other, _)| self.shapes.first_of(&self.inputs, other)));
            let reads = |trial: &&plan::Trial| {
                let data = &self.plan.configurations[trial.configuration].configuration.data;
                self.inputs.dataset(data).digest == set.digest && **data == **section
            };
            let first = self.plan.trials.iter().find(reads);
            let parts = shape.map_or([0; 3], |shape| [shape.train, shape.validation, shape.test]);
            DataFacts {
                name: set.name.clone(),
                task: set.task,
                rows: set.rows(),
                features: set.features(),
                outputs: set.output_names().clone(),
                parts,
                digest: set.digest.clone(),
                files: set.files.clone(),
                traits: first.map_or_else(Traits::default, |t| (*self.inputs.traits(&self.plan, t)).clone()),
            }
        };
        sets.iter().map(facts).collect()
    }

    pub(super) fn steps_per_epoch(&self, trial: &plan::Trial) -> usize {
        let configuration = &self.plan.configurations[trial.configuration].configuration;
        train::steps_per_epoch(configuration, self.shapes.get(&self.inputs, &self.plan, trial))
    }

    /// Every n-th epoch is recorded: least and most of all trials.
    pub(super) fn every(&self) -> (usize, usize) {
        let of = |epochs: u64| {
            self.experiment.record.every.unwrap_or_else(|| train::recorded_every(epochs as usize))
        };
        let all = self.budgets().into_iter().map(of);
        all.fold(None, |ends: Option<(usize, usize)>, n| {
            Some(ends.map_or((n, n), |(low, high)| (low.min(n), high.max(n))))
        })
        .unwrap_or((1, 1))
    }
}

/// An experiment file meant by the arguments.
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// Found in a folder that was named, not named itself.
    pub(super) from_folder: bool,
}

/// The experiment files meant by the arguments: files as they are, folders as the `*.toml` files in them, sorted.
pub(super) fn files(arguments: &[PathBuf], output: &Output) -> Result<Vec<Named>, Exit> {
    let mut files = Vec::new();
    for path in arguments {
        if !disk::is_folder(path) {
            files.push(Named { path: path.clone(), from_folder: false });
            continue;
        }
        let listed = disk::list(path).map_err(|error| {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        })?;
        let before = files.len();
        let experiments = listed.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml"));
        files.extend(experiments.map(|path| Named { path, from_folder: true }));
        if files.len() == before {
            let folder = disk::shown(path);
            output.complain(&format!("error: the folder `{folder}` holds no *.toml file"));
            return Err(Exit::Invalid);
        }
    }
    one_folder_each(&files, output)?;
    Ok(files)
}

/// Two experiments of one name would write into one results folder.
fn one_folder_each(files: &[Named], output: &Output) -> Result<(), Exit> {
    for (index, Named { path: file, .. }) in files.iter().enumerate() {
        let twin = files[..index].iter().map(|n| &n.path).find(|other| other.file_stem() == file.file_stem());
        if let Some(other) = twin {
            output.complain(&format!(
                "error: `{}` and `{}` have the same name and would share one results folder\n\
                 help: run them apart with different `--results` folders, or rename one",
                disk::shown(other),
                disk::shown(file),
            ));
            return Err(Exit::Invalid);
        }
    }
    Ok(())
}

/// A word that is no file may be a command misspelt; clap takes it for a file because `runner FILE` is allowed.
pub(super) fn command_meant(file: &Path, commands: &[&str]) -> Option<String> {
    let word = file.to_str()?;
    let looks_like_path = word.contains(['/', '\\', '.']);
    if looks_like_path || disk::is_file(file) || disk::is_folder(file) {
        return None;
    }
    let near = text::did_you_mean(word, commands.iter().copied());
    Some(match near {
        Some(command) => {
            format!("error: there is no command or file `{word}`\nhelp: did you mean `runner {command}`?")
        }
        None => format!(
            "error: there is no command or file `{word}`\nhelp: commands are {}; `runner --help` explains them",
            text::one_of(commands).replace(", or", ", and")
        ),
    })
}
