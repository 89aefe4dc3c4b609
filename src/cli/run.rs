//! `runner FILE...`: plan, train what is missing, tell.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::RunArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::recording::Recordings;
use super::training;
use crate::diagnostic::Sources;
use crate::event::TrialRecord;
use crate::plan;
use crate::record::{RecordError, Store};
use crate::report::{self, Results};
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
        worst = worst.max(execute(ready, arguments, output, &stop)?);
    }
    Ok(worst)
}

/// One experiment from open folder to printed verdict.
fn execute(mut ready: Ready, arguments: &RunArguments, output: &Output, stop: &Stop) -> Result<Exit, Exit> {
    let folder = arguments.results.join(&ready.experiment.name);
    let mut store = open(&folder, arguments, output)?;
    let states = training::states(&folder, &ready, arguments, output)?;
    let around = training::Around { arguments, output, stop, states: &states };
    let mut records: Vec<TrialRecord> = Vec::new();
    loop {
        let recordings = Recordings::of(&ready);
        let known = take_known(&ready, &recordings, &mut store, &mut records);
        tell_known(known, ready.plan.trials.len() - records.len(), output);
        store = training::train_missing(&ready, &around, store, &recordings, &mut records)?;
        records.sort_by_key(|r| r.trial);
        if records.len() < ready.plan.trials.len() {
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            return Err(interrupted(&ready, arguments, output, stop, records.len()));
        }
        ready.tell(&records);
        if !ready.grow(output)? {
            break;
        }
    }
    let results = results(&ready, &records);
    let files = files(&results);
    let named: Vec<(&str, &[u8])> = files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
    states.clear();
    store.publish(&named).map_err(|error| lost(output, &error.to_string()))?;
    Ok(tell(&results, &folder, output))
}

/// Adds what earlier runs left of the trials of the plan that are not there yet; how many.
fn take_known(
    ready: &Ready,
    recordings: &Recordings,
    store: &mut Store,
    records: &mut Vec<TrialRecord>,
) -> usize {
    let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
    let asked = ready.plan.trials.iter().filter(|t| !there.contains(&t.index));
    let known: Vec<TrialRecord> = asked.filter_map(|t| store.known(t, recordings.get(t))).collect();
    let count = known.len();
    records.extend(known);
    count
}

fn tell_known(known: usize, missing: usize, output: &Output) {
    let trials = text::count(known, "trial");
    match (known, missing) {
        (0, _) => {}
        (_, 0) => output.note(&format!("{trials} known from earlier runs; nothing to train")),
        _ => output.note(&format!(
            "{trials} known from earlier runs; training {} more",
            text::grouped(missing as u64)
        )),
    }
}

fn open(folder: &Path, arguments: &RunArguments, output: &Output) -> Result<Store, Exit> {
    let opened = if arguments.fresh { Store::open_afresh(folder) } else { Store::open(folder) };
    match opened {
        Ok(store) => {
            output.diagnostics(store.warnings(), &Sources::default());
            Ok(store)
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
fn results<'a>(ready: &'a Ready, records: &'a [TrialRecord]) -> Results<'a> {
    let sets = ready.inputs.sets();
    let read_by = |p: &plan::Planned| {
        let read = |(known, _): &(_, _)| *known == p.configuration.data;
        sets.iter().position(read).unwrap_or(0)
    };
    Results {
        experiment: &ready.experiment,
        plan: &ready.plan,
        records,
        data: ready.facts(),
        data_of: ready.plan.configurations.iter().map(read_by).collect(),
        curve_columns: Recordings::of(ready).names(),
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
