//! `runner SUITE.toml`: every experiment of a suite, then what they say together.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::{ExperimentOptions, RunArguments};
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::publication;
use super::run::{self, Stop, lost};
use crate::record::Store;
use crate::report::{self, MemberResult, Results, Searches, SuiteReport};
use crate::spec::Suite;
use crate::{config, disk};

/// A sound suite with its experiments, each checked.
pub(super) struct Job {
    pub(super) suite: Suite,
    /// In its order, with their files.
    pub(super) members: Vec<(PathBuf, Ready)>,
}

/// Whether a file is a suite; faults are told when it is used.
pub(super) fn is_suite(file: &Path) -> bool {
    let request = config::Request { path: file.to_path_buf(), ..config::Request::default() };
    config::suite(&request, &super::catalog()).is_some()
}

/// The suite in a file; `None` where the file is an experiment.
pub(super) fn prepare(
    file: &Path,
    options: &ExperimentOptions,
    output: &Output,
) -> Option<Result<Job, Exit>> {
    let allow_outside = options.allow_outside;
    let request = config::Request { path: file.to_path_buf(), allow_outside, ..config::Request::default() };
    let loaded = config::suite(&request, &super::catalog())?;
    output.diagnostics(&loaded.diagnostics, &loaded.sources);
    let Some(suite) = loaded.suite else { return Some(Err(Exit::Invalid)) };
    if let Err(exit) = folders_of_their_own(&suite, output) {
        return Some(Err(exit));
    }
    let mut members = Vec::new();
    let mut refused = None;
    for path in &suite.experiments {
        match experiment::ready(path, options, output) {
            Ok(ready) => members.push((path.clone(), ready)),
            Err(exit) => refused = refused.max(Some(exit)),
        }
    }
    Some(match refused {
        None => Ok(Job { suite, members }),
        Some(exit) => Err(exit),
    })
}

/// The suite and each experiment write into the results folder of their name.
fn folders_of_their_own(suite: &Suite, output: &Output) -> Result<(), Exit> {
    let stem =
        |path: &PathBuf| path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut taken = vec![suite.name.clone()];
    for path in &suite.experiments {
        let name = stem(path);
        if taken.contains(&name) {
            output.complain(&format!(
                "error: two files of the suite `{}` are named `{name}` and would share one results folder\nhelp: rename one of them",
                suite.file
            ));
            return Err(Exit::Invalid);
        }
        taken.push(name);
    }
    Ok(())
}

/// Trains what is missing of every experiment and publishes each, then the suite.
pub(super) fn execute(
    job: Job,
    arguments: &RunArguments,
    output: &Output,
    stop: &Stop,
) -> Result<Exit, Exit> {
    let Job { suite, members } = job;
    if arguments.shard.is_some() {
        output.complain(
            "error: a suite has no shards\nhelp: train its experiments in shards, merge each, and run the suite then",
        );
        return Err(Exit::Invalid);
    }
    let folder = arguments.results.join(&suite.name);
    // Each experiment has a report of its own; what is printed is the suite's.
    let quiet = Output { quiet: true, ..*output };
    let mut worst = Exit::Done;
    let mut told = Vec::new();
    for (path, ready) in members {
        let (result, exit) = member(&suite, &path, ready, &folder, arguments, (output, &quiet), stop)?;
        worst = worst.max(exit);
        told.push(result);
    }
    let report = SuiteReport::new(&suite, &told);
    let files = report.files();
    let named: Vec<(&str, &[u8])> = files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
    let store = run::opened(Store::open(&folder), output)?;
    store.publish(&named).map_err(|error| lost(output, &error.to_string()))?;
    arguments.export.of_suite(&folder, output)?;
    match output.format {
        Format::Json => output.json(&json!({ "suite": suite.name, "statements": report.statements() })),
        Format::Text if output.quiet => {}
        Format::Text => {
            output.print(&report.terminal(output.width()));
            output.print(&format!("report: {}", disk::shown(&folder.join("README.md"))));
        }
    }
    Ok(worst)
}

/// One experiment: published by itself, and searched again with other seeds of its sampler where the suite asks for it.
fn member(
    suite: &Suite,
    path: &Path,
    ready: Ready,
    folder: &Path,
    arguments: &RunArguments,
    (output, quiet): (&Output, &Output),
    stop: &Stop,
) -> Result<(MemberResult, Exit), Exit> {
    let name = ready.experiment.name.clone();
    output.note(&format!("{name}:"));
    let own = arguments.results.join(&name);
    let (is_drawn, seed) = (ready.experiment.sweep.is_drawn(), ready.experiment.sweep.seed);
    let (ready, store, records) = run::trained(ready, &own, arguments, output, stop)?;
    let results = run::results(&ready, &records);
    let mut result = summary(&ready, &results);
    let exit = publication::publish(&results, store, &own, quiet)?;
    let exit = arguments.export.of(&own, exit, output)?;
    for search in 1..if is_drawn { suite.searches as u64 } else { 1 } {
        output.note(&format!("{name}, search {} of {}:", search + 1, suite.searches));
        let options = with_seed(&arguments.experiment, seed + search);
        let again = experiment::ready(path, &options, quiet)?;
        let place = folder.join(format!(".runner.searches/{name}-{search}"));
        let (again, store, records) = run::trained(again, &place, arguments, quiet, stop)?;
        store.finish().map_err(|error| lost(output, &error.to_string()))?;
        let found = report::progress(&run::results(&again, &records));
        for (searches, progress) in result.searches.iter_mut().zip(found) {
            searches.progress.push(progress);
        }
    }
    Ok((result, exit))
}

fn with_seed(options: &ExperimentOptions, seed: u64) -> ExperimentOptions {
    let mut options = options.clone();
    options.overrides.push(format!("sweep.seed={seed}"));
    options
}

fn summary(ready: &Ready, results: &Results<'_>) -> MemberResult {
    let experiment = &ready.experiment;
    let method = experiment.sweep.method.name();
    let searches = report::progress(results).into_iter().map(|progress| Searches {
        name: match progress.arm.as_str() {
            "" => experiment.name.clone(),
            arm => format!("{}: {arm}", experiment.name),
        },
        method: method.to_string(),
        progress: vec![progress],
    });
    let mut data: Vec<String> = results.data.iter().map(|d| d.name.clone()).collect();
    data.dedup();
    MemberResult {
        name: experiment.name.clone(),
        title: experiment.title.clone(),
        trials: ready.plan.trials.len(),
        data,
        content: results.data.iter().map(|d| d.digest.clone()).collect(),
        judgement: report::judgement(results),
        measured: report::measured(results),
        chose_by: report::chosen_by(results),
        searches: searches.collect(),
        digest: disk::sha256(experiment.resolved.as_bytes()),
    }
}
