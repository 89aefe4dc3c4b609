//! Training the trials of a results folder again, from the experiment as it was resolved.
//!
//! Nothing that is there serves: neither records nor published files. What comes of it lies in a folder of its own until it is compared.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::super::arguments::{ExperimentOptions, RunArguments};
use super::super::exit::Exit;
use super::super::experiment::{self, As, Ready};
use super::super::output::{Format, Output};
use super::super::recording::Recordings;
use super::super::results_export::ResultsExport;
use super::super::run::{self, Stop};
use super::super::training::{self, Training};
use super::super::{frozen, publication};
use super::VerifyArguments;
use crate::disk;
use crate::record::{self, Store};
use crate::report::{self, File, PublishedExperiment};

/// The folder below a results folder that holds what is trained again.
const PLACE: &str = ".runner.verify";

/// What came of training again.
pub(super) struct Again {
    pub(super) files: Vec<File>,
    /// Ids of the trials.
    pub(super) trials: Vec<String>,
    /// Some of them alone.
    pub(super) is_sample: bool,
}

/// The sound experiment of a results folder, with its data.
pub(super) fn ready(
    folder: &Path,
    text: &str,
    published: &PublishedExperiment,
    arguments: &VerifyArguments,
    output: &Output,
) -> Result<Ready, Exit> {
    let project = match &arguments.project {
        Some(project) => project.clone(),
        None => project(folder, &published.file).ok_or_else(|| {
            output.complain(&format!(
                "error: no folder above `{}` has `{}`, which the experiment's paths start from\n\
                 help: `--project DIR` names the folder that the path starts from",
                disk::shown(folder),
                folder_of(&published.file)
            ));
            Exit::Disk
        })?,
    };
    let options = ExperimentOptions {
        memory: arguments.memory,
        allow_outside: arguments.allow_outside,
        ..ExperimentOptions::default()
    };
    if arguments.project.as_ref().is_some_and(|project| !disk::is_folder(project)) {
        output.complain(&format!("error: there is no folder `{}`", disk::shown(&project)));
        return Err(Exit::Disk);
    }
    let place = disk::shown(&folder.join("experiment.toml"));
    let given =
        As { text, place: &place, name: &published.name, file: &published.file, overrides: &published.set };
    experiment::ready_as(&project.join(&published.file), &given, &options, output)
}

fn folder_of(file: &str) -> String {
    disk::shown(Path::new(file).parent().unwrap_or(Path::new("")))
}

/// The nearest folder above a results folder, or the current one, in which the experiment's file, or else its folder, lies.
fn project(folder: &Path, file: &str) -> Option<PathBuf> {
    let folder = disk::canonical(folder).ok()?;
    let above: Vec<&Path> = folder.ancestors().skip(1).collect();
    let here = disk::canonical(Path::new(".")).ok();
    let places = || above.iter().copied().chain(here.as_deref());
    let has_file = |place: &&Path| disk::is_file(&place.join(file));
    let has_folder =
        |place: &&Path| !folder_of(file).is_empty() && disk::is_folder(&place.join(folder_of(file)));
    places().find(has_file).or_else(|| places().find(has_folder)).map(Path::to_path_buf)
}

/// Trains all trials, or a share of them, and writes the files of the report into memory or beside the results.
pub(super) fn train(
    ready: Ready,
    folder: &Path,
    arguments: &VerifyArguments,
    output: &Output,
    stop: &Stop,
) -> Result<Again, Exit> {
    let place = folder.join(PLACE);
    let failed = |error: record::RecordError| run::lost(output, &error.to_string());
    record::discard(&place).map_err(failed)?;
    let found = trained(ready, &place.join("again"), arguments, output, stop);
    record::discard(&place).map_err(failed)?;
    found
}

fn trained(
    ready: Ready,
    place: &Path,
    arguments: &VerifyArguments,
    output: &Output,
    stop: &Stop,
) -> Result<Again, Exit> {
    let quiet = Output { format: Format::Text, quiet: true };
    let run = RunArguments {
        files: Vec::new(),
        experiment: ExperimentOptions { memory: arguments.memory, ..ExperimentOptions::default() },
        results: PathBuf::new(),
        threads: arguments.threads,
        shard: None,
        wait: None,
        no_train: false,
        export: ResultsExport::default(),
        fresh: true,
        pack: None,
        quiet: arguments.quiet,
        format: Format::Text,
    };
    let id = |t: usize, ready: &Ready| ready.plan.trials[t].id.clone();
    match sample(&ready, arguments.sample) {
        None => {
            let (ready, store, records) = run::trained(ready, place, &run, output, stop)?;
            publication::publish(&run::results(&ready, &records), store, place, &quiet)?;
            let trials = (0..ready.plan.trials.len()).map(|t| id(t, &ready)).collect();
            Ok(Again { files: files(place, output)?, trials, is_sample: false })
        }
        Some(chosen) => {
            let mut store = run::opened(Store::open_afresh(place), output)?;
            store.freeze(frozen::freeze(&ready)).map_err(|error| run::lost(output, &error.to_string()))?;
            let states = training::states(place, &ready, &run, output)?;
            let recordings = Recordings::of(&ready);
            let training = Training {
                ready: &ready,
                arguments: &run,
                output,
                stop,
                recordings: &recordings,
                states: &states,
                told: &Mutex::default(),
            };
            let mut records = Vec::new();
            training::train(&training, &chosen, store, &mut records)?;
            if records.len() < chosen.len() {
                return Err(run::ended(stop));
            }
            records.sort_by_key(|r| r.trial);
            let files = report::build(&run::results(&ready, &records));
            let trials = chosen.iter().map(|t| id(*t, &ready)).collect();
            Ok(Again { files, trials, is_sample: true })
        }
    }
}

/// Evenly spread over the plan; `None` for all. A round that depends on earlier ones comes only after all of these, so a sweep that
/// learns is sampled in its first round.
fn sample(ready: &Ready, share: Option<f64>) -> Option<Vec<usize>> {
    // All of them is no sample.
    let (share, all) = (share.filter(|share| *share < 1.0)?, ready.plan.trials.len());
    let count = ((share * all as f64).ceil() as usize).clamp(1, all);
    Some((0..count).map(|k| k * all / count).collect())
}

/// The files that training published.
fn files(place: &Path, output: &Output) -> Result<Vec<File>, Exit> {
    let read = |path: &Path| disk::read(path).map_err(|error| run::lost(output, &error.to_string()));
    let manifest = read(&place.join("manifest.toml"))?;
    let listed = report::Published::read(&manifest).map_err(|error| run::lost(output, &error))?;
    let mut files = Vec::new();
    for file in listed.files {
        files.push(File { bytes: read(&place.join(&file.name))?, name: file.name });
    }
    files.push(File { name: "manifest.toml".into(), bytes: manifest });
    Ok(files)
}
