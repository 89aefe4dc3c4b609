//! `runner FILE...`: plan, train what is missing, tell.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::RunArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::training;
use crate::diagnostic::Sources;
use crate::event::TrialRecord;
use crate::plan;
use crate::record::{self, RecordError, Store};
use crate::report::{self, DataFacts, Results};
use crate::train::{self, Column};
use crate::{disk, metric, nn, text};

/// What the system asked for while training.
pub(super) struct Stop {
    /// SIGINT or SIGTERM came: end after the current epoch.
    pub(super) asked: Arc<AtomicBool>,
    /// It was SIGTERM.
    terminated: Arc<AtomicBool>,
}

pub(super) fn run(arguments: &RunArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    match try_run(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(arguments: &RunArguments, output: &Output) -> Result<Exit, Exit> {
    let files = experiment::files(&arguments.files, output)?;
    // Every file is checked before the first trains: an hour of work must not end at a typo in the last file.
    let mut ready = Vec::new();
    let mut refused = Exit::Done;
    let mut skipped = Exit::Done;
    for named in &files {
        match experiment::ready(&named.path, &arguments.experiment, output) {
            Ok(sound) => ready.push(sound),
            // Of a folder, what can be trained is trained; its exit code still says that something was not.
            Err(Exit::Disk) if named.from_folder => {
                output
                    .complain(&format!("skipped `{}`: its data cannot be read\n", disk::shown(&named.path)));
                skipped = Exit::Disk;
            }
            Err(exit) => refused = refused.max(exit),
        }
    }
    if refused != Exit::Done {
        return Err(refused);
    }
    let stop = listen(output);
    let mut worst = skipped;
    for ready in ready {
        worst = worst.max(execute(&ready, arguments, output, &stop)?);
    }
    Ok(worst)
}

/// One experiment from open folder to printed verdict.
fn execute(ready: &Ready, arguments: &RunArguments, output: &Output, stop: &Stop) -> Result<Exit, Exit> {
    let folder = arguments.results.join(&ready.experiment.name);
    let columns = train::columns(&ready.experiment, ready.shapes.all());
    let header = header(ready, &columns);
    let (store, mut records) = open(&folder, ready, &header, output)?;
    let states = training::states(&folder, ready, arguments, output)?;
    let store =
        training::train_missing(ready, arguments, output, stop, store, &states, &columns, &mut records)?;
    records.sort_by_key(|r| r.trial);
    if records.len() < ready.plan.trials.len() {
        store.finish().map_err(|error| lost(output, &error.to_string()))?;
        return Err(interrupted(ready, arguments, output, stop, records.len()));
    }
    let results = results(ready, &records, &header);
    let files = files(&results);
    let named: Vec<(&str, &[u8])> = files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
    states.clear().map_err(|error| lost(output, &error.to_string()))?;
    store.publish(&named).map_err(|error| lost(output, &error.to_string()))?;
    Ok(tell(&results, &folder, output))
}

/// What must be equal for the trials of an interrupted run to be used.
fn header(ready: &Ready, columns: &[Column]) -> record::Header {
    let mut metrics = vec!["loss".to_string()];
    for shape in ready.shapes.all() {
        let names = metric::for_task(shape.task).into_iter().map(|m| m.entry.name.to_string());
        metrics.extend(names.filter(|n| !metrics.contains(n)).collect::<Vec<_>>());
    }
    record::Header {
        numerics: format!("{} on {}", plan::NUMERICS_VERSION, nn::DEVICE),
        curve_columns: columns.iter().map(Column::name).collect(),
        metrics,
        recorded_every: ready.every(),
    }
}

fn open(
    folder: &Path,
    ready: &Ready,
    header: &record::Header,
    output: &Output,
) -> Result<(Store, Vec<TrialRecord>), Exit> {
    match Store::open(folder, &ready.plan, header) {
        Ok((store, records)) => {
            output.diagnostics(store.warnings(), &Sources::default());
            if !records.is_empty() {
                let kept = text::count(records.len(), "trial");
                output.note(&format!("{kept} of an interrupted run are kept; training the rest"));
            }
            Ok((store, records))
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            Err(if matches!(error, RecordError::Held { .. }) { Exit::Held } else { Exit::Disk })
        }
    }
}

pub(super) fn lost(output: &Output, error: &str) -> Exit {
    output.complain(&format!(
        "error: {error}\nhelp: what finished is kept; mend the cause and run the same command"
    ));
    Exit::Disk
}

/// The first signal asks the packs to stop after their epoch; a second one ends the process at once.
fn listen(output: &Output) -> Stop {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    let stop = Stop { asked: Arc::default(), terminated: Arc::default() };
    let registered = [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)].into_iter().try_for_each(
        |(signal, exit)| -> std::io::Result<()> {
            // Handlers run in the order they are registered: the second signal finds the flag set and leaves.
            flag::register_conditional_shutdown(signal, i32::from(exit.code()), stop.asked.clone())?;
            if signal == SIGTERM {
                flag::register(signal, stop.terminated.clone())?;
            }
            flag::register(signal, stop.asked.clone()).map(|_| ())
        },
    );
    if let Err(error) = registered {
        output.note(&format!("warning: an interrupt will end this run at once ({error})"));
    }
    stop
}

fn interrupted(ready: &Ready, arguments: &RunArguments, output: &Output, stop: &Stop, kept: usize) -> Exit {
    let total = ready.plan.trials.len();
    let folder = disk::shown(&arguments.results.join(&ready.experiment.name));
    output.complain(&format!(
        "interrupted: {} of {} finished and are kept in `{folder}`; earlier result files there are untouched\n\
         help: run the same command to train the rest",
        text::grouped(kept as u64),
        text::count(total, "trial"),
    ));
    if stop.terminated.load(Ordering::SeqCst) { Exit::Terminated } else { Exit::Interrupted }
}

/// Everything the report is made of.
fn results<'a>(ready: &'a Ready, records: &'a [TrialRecord], header: &record::Header) -> Results<'a> {
    let facts = |(section, set): &(Arc<crate::spec::Data>, Arc<crate::data::Dataset>)| {
        let shape = ready.shapes.first_of(&ready.inputs, section);
        DataFacts {
            name: set.name.clone(),
            task: set.task,
            rows: set.rows(),
            features: set.features(),
            outputs: set.output_names().clone(),
            parts: [shape.train, shape.validation, shape.test],
            digest: set.digest.clone(),
            files: set.files.clone(),
        }
    };
    Results {
        experiment: &ready.experiment,
        plan: &ready.plan,
        records,
        data: ready.inputs.sets().iter().map(facts).collect(),
        curve_columns: header.curve_columns.clone(),
        recorded_every: header.recorded_every,
        metrics: metric::entries(),
    }
}

/// Every file of the results folder; the manifest covers the canonical ones.
fn files(results: &Results<'_>) -> Vec<report::File> {
    let mut files = report::build(results);
    let facts = report::Facts {
        runner_version: env!("CARGO_PKG_VERSION").to_string(),
        numerics_version: plan::NUMERICS_VERSION,
        device: nn::DEVICE.to_string(),
        engine: engine(results),
    };
    let manifest = report::manifest(results, &files, &facts);
    files.push(report::timings(results));
    files.push(manifest);
    files
}

/// What trained: the fused engine, Burn, or both.
fn engine(results: &Results<'_>) -> String {
    let chosen = results.plan.configurations.iter().map(|p| nn::chosen(&p.configuration));
    let names: BTreeSet<&str> = chosen.map(|c| if c.is_fused { "fused" } else { nn::ENGINE }).collect();
    names.into_iter().rev().collect::<Vec<_>>().join(" and ")
}

/// Prints the verdict and says how it went.
fn tell(results: &Results<'_>, folder: &Path, output: &Output) -> Exit {
    let missed = report::expectations(results).iter().any(|e| !e.held);
    match output.format {
        Format::Json => output.json(&report::json(results)),
        Format::Text if !output.quiet => {
            output.print(&report::terminal(results, output.width()));
            output.print(&format!("report: {}", disk::shown(&folder.join("README.md"))));
            if !results.experiment.overrides.is_empty() {
                let folder = disk::shown(folder);
                output.note(&format!(
                    "`{folder}` now holds the results with --set; a run without it brings the file's own back"
                ));
            }
        }
        Format::Text => {}
    }
    if missed { Exit::Missed } else { Exit::Done }
}
