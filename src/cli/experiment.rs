//! From a file name to something that can be planned and trained, or to every fault in it.

use std::path::{Path, PathBuf};

use super::arguments::ExperimentOptions;
use super::exit::Exit;
use super::output::Output;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::plan::{self, Pack, Plan};
use crate::spec::{Budget, Experiment};
use crate::train::{self, Inputs, Shapes};
use crate::{config, disk, text};

/// A pack may use this much memory while it trains. Larger populations are cut into more packs.
pub(super) const PACK_BYTES: u64 = 512 << 20;

/// A sound experiment with its data loaded and its trials planned.
pub(super) struct Ready {
    pub(super) experiment: Experiment,
    pub(super) plan: Plan,
    pub(super) inputs: Inputs,
    pub(super) shapes: Shapes,
}

/// Loads, checks, expands, and reads the data. Shows every fault; nothing is written.
pub(super) fn ready(file: &Path, options: &ExperimentOptions, output: &Output) -> Result<Ready, Exit> {
    let request = config::Request {
        path: file.to_path_buf(),
        overrides: options.overrides.clone(),
        allow_outside: options.allow_outside,
    };
    let loaded = config::load(&request, &super::catalog());
    let mut sources = loaded.sources;
    output.diagnostics(&loaded.diagnostics, &sources);
    let (Some(experiment), Some(resolver)) = (loaded.experiment, loaded.resolver) else {
        let unreadable = loaded.diagnostics.iter().any(|d| d.code.name == "unreadable-file");
        return Err(if unreadable { Exit::Disk } else { Exit::Invalid });
    };
    let faulty = |faults: Vec<Diagnostic>, sources: &Sources, exit| {
        output.diagnostics(&faults, sources);
        exit
    };
    let mut plan =
        plan::expand(&experiment, &resolver).map_err(|faults| faulty(faults, &sources, Exit::Invalid))?;
    let inputs = Inputs::load(&experiment, &plan, &mut sources)
        .map_err(|faults| faulty(faults, &sources, Exit::Disk))?;
    let first_seed = experiment.seeds.first().copied().unwrap_or(0);
    plan.bind(first_seed, |data| inputs.digest(data));
    let shapes = Shapes::of(&inputs, &plan).map_err(|faults| faulty(faults, &sources, Exit::Invalid))?;
    let unfit = train::unfit(&experiment, &plan, &inputs, &shapes);
    output.diagnostics(&unfit, &sources);
    if unfit.iter().any(|d| d.severity == Severity::Error) {
        return Err(Exit::Invalid);
    }
    Ok(Ready { experiment, plan, inputs, shapes })
}

impl Ready {
    /// Packs of these trials. `members_max` bounds a pack.
    pub(super) fn packs(&self, trials: &[usize], members_max: usize) -> Vec<Pack> {
        let configuration =
            |t: usize| &self.plan.configurations[self.plan.trials[t].configuration].configuration;
        plan::pack(
            trials,
            PACK_BYTES,
            members_max,
            |t| {
                train::pack_key(
                    configuration(t),
                    self.shapes.get(&self.inputs, &self.plan, &self.plan.trials[t]),
                )
            },
            |t| {
                train::member_bytes(
                    configuration(t),
                    self.shapes.get(&self.inputs, &self.plan, &self.plan.trials[t]),
                )
            },
        )
    }

    /// Epochs of each trial of the plan.
    pub(super) fn epochs(&self) -> Vec<u64> {
        let epochs = |trial: &plan::Trial| {
            let configuration = &self.plan.configurations[trial.configuration].configuration;
            match configuration.train.budget {
                Budget::Epochs(n) => n as u64,
                Budget::Steps(n) => {
                    let per_epoch = self.steps_per_epoch(trial);
                    n.div_ceil(per_epoch) as u64
                }
            }
        };
        self.plan.trials.iter().map(epochs).collect()
    }

    pub(super) fn steps_per_epoch(&self, trial: &plan::Trial) -> usize {
        let configuration = &self.plan.configurations[trial.configuration].configuration;
        train::steps_per_epoch(configuration, self.shapes.get(&self.inputs, &self.plan, trial))
    }

    /// Every n-th epoch is recorded.
    pub(super) fn every(&self) -> usize {
        let longest = self.epochs().into_iter().max().unwrap_or(1) as usize;
        self.experiment.record.every.unwrap_or_else(|| train::default_every(&self.plan, longest))
    }
}

/// The experiment files meant by the arguments: files as they are, folders as the `*.toml` files in them, sorted.
pub(super) fn files(arguments: &[PathBuf], output: &Output) -> Result<Vec<PathBuf>, Exit> {
    let mut files = Vec::new();
    for path in arguments {
        if !disk::is_folder(path) {
            files.push(path.clone());
            continue;
        }
        let listed = disk::list(path).map_err(|error| {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        })?;
        let before = files.len();
        files.extend(listed.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")));
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
fn one_folder_each(files: &[PathBuf], output: &Output) -> Result<(), Exit> {
    for (index, file) in files.iter().enumerate() {
        let twin = files[..index].iter().find(|other| other.file_stem() == file.file_stem());
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
