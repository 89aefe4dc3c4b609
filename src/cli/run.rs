//! `runner FILE...`: plan, train what is missing, tell.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::arguments::RunArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::live::Told;
use super::output::Output;
use super::recording::{self, Recordings};
use super::training::{self, Training};
use super::{frozen, merge_command, publication, shard, suite};
use crate::diagnostic::Sources;
use crate::event::TrialRecord;
use crate::launch::{Asked, Shard};
use crate::plan::Plan;
use crate::record::{RecordError, Store};
use crate::report::Results;
use crate::spec::Models;
use crate::{diagnose, disk, metric, text};

/// What the system asked for while training.
pub(super) struct Stop {
    /// SIGINT, SIGTERM, or SIGUSR1 came: end after the current epoch.
    pub(super) asked: Arc<AtomicBool>,
    /// It was not SIGINT.
    terminated: Arc<AtomicBool>,
}

pub(super) fn run(arguments: &RunArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    match try_run(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(arguments: &RunArguments, output: &Output) -> Result<Exit, Exit> {
    if arguments.shard.is_some() && arguments.export.is_asked() {
        output.complain("error: a shard has no results to export\nhelp: merge the shards, then `runner report RESULTS --export FORMAT`");
        return Err(Exit::Invalid);
    }
    let shard = arguments.shard.map(|asked| part_asked(asked, output)).transpose()?;
    let files = experiment::files(&arguments.files, output)?;
    // Every file is checked before the first trains: an hour of work must not end at a typo in the last file.
    let mut ready = Vec::new();
    let mut refused = Exit::Done;
    let mut skipped = Exit::Done;
    let mut suites = Vec::new();
    for named in &files {
        match suite::prepare(&named.path, &arguments.experiment, output) {
            Some(Ok(job)) => {
                suites.push(job);
                continue;
            }
            Some(Err(exit)) => {
                refused = refused.max(exit);
                continue;
            }
            None => {}
        }
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
        worst = worst.max(match shard {
            None => execute(ready, arguments, output, &stop)?,
            Some(shard) => shard::execute(ready, shard, arguments, output, &stop)?,
        });
    }
    for job in suites {
        worst = worst.max(suite::execute(job, arguments, output, &stop)?);
    }
    Ok(worst)
}

/// Which part of the trials this process is to train, where `--shard` leaves that to the engine that started it.
#[expect(
    clippy::disallowed_methods,
    reason = "which part is trained here; what comes of it does not depend on that"
)]
fn part_asked(asked: Asked, output: &Output) -> Result<Shard, Exit> {
    let found = asked.find(&|name| std::env::var(name).ok());
    found.map_err(|why| {
        output.complain(&format!(
            "error: {why}\nhelp: I/N names the part: `--shard 0/8` is the first of eight"
        ));
        Exit::Invalid
    })
}

/// One experiment from open folder to printed verdict.
fn execute(ready: Ready, arguments: &RunArguments, output: &Output, stop: &Stop) -> Result<Exit, Exit> {
    let folder = arguments.results.join(&ready.experiment.name);
    let (ready, store, records) = trained(ready, &folder, arguments, output, stop)?;
    let missing = missing(&ready, &records);
    if !missing.is_empty() {
        output.complain(&format!(
            "{} of {} are missing:{}\nhelp: the same command without --no-train trains them",
            text::grouped(missing.len() as u64),
            text::count(ready.plan.trials.len(), "trial"),
            merge_command::which(&ready.plan, &missing)
        ));
        if records.is_empty() {
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            return Err(Exit::Incomplete);
        }
    }
    let exit = publication::publish(&results(&ready, &records), store, &folder, output)?;
    let exit = arguments.export.of(&folder, exit, output)?;
    Ok(if missing.is_empty() { exit } else { exit.max(Exit::Incomplete) })
}

/// Trains what is missing, round by round. Gives the whole plan with its records, in its order (as far as they are known, where nothing is
/// to be trained); or how the run ended before.
pub(super) fn trained(
    mut ready: Ready,
    folder: &Path,
    arguments: &RunArguments,
    output: &Output,
    stop: &Stop,
) -> Result<(Ready, Store, Vec<TrialRecord>), Exit> {
    let mut store = opened(Store::open_or_afresh(folder, arguments.fresh), output)?;
    if ready.experiment.record.models != Models::None {
        store.want_models();
    }
    if arguments.fresh {
        shard::set_aside(folder, output)?;
    } else {
        shard::absorb_shards(folder, &mut store, output)?;
    }
    let states = training::states(folder, &ready, arguments, output)?;
    let mut records: Vec<TrialRecord> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let (mut known, mut trained, told) = (0, 0, Mutex::default());
    loop {
        store.freeze(frozen::freeze(&ready)).map_err(|error| lost(output, &error.to_string()))?;
        let recordings = Recordings::of(&ready);
        recording::rename_columns(&mut records, &mut columns, recordings.names());
        known += take_known(&ready.plan, &recordings, &mut store, &mut records);
        tell_without_model(&mut store, output);
        let missing = missing(&ready, &records);
        if !missing.is_empty() && arguments.no_train {
            records.sort_by_key(|r| r.trial);
            return Ok((ready, store, records));
        }
        if !missing.is_empty() {
            // Of a sampler's rounds each is told where something is trained, what was known before it once.
            tell_known(if trained == 0 { known } else { 0 }, missing.len(), output);
        }
        trained += missing.len();
        let training = Training {
            ready: &ready,
            arguments,
            output,
            stop,
            recordings: &recordings,
            states: &states,
            told: &told,
        };
        store = training::train(&training, &missing, store, &mut records)?;
        records.sort_by_key(|r| r.trial);
        if records.len() < ready.plan.trials.len() {
            Told::finish(told, output);
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            return Err(interrupted(
                folder,
                (records.len(), ready.plan.trials.len()),
                arguments.fresh,
                output,
                stop,
            ));
        }
        ready.tell(&records);
        if !ready.grow(output)? {
            break;
        }
    }
    Told::finish(told, output);
    if trained == 0 {
        tell_known(known, 0, output);
    }
    states.clear();
    Ok((ready, store, records))
}

/// Trials of the plan that have no record, ascending.
fn missing(ready: &Ready, records: &[TrialRecord]) -> Vec<usize> {
    let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
    (0..ready.plan.trials.len()).filter(|t| !there.contains(t)).collect()
}

/// Adds what earlier runs left of the trials of the plan that are not there yet; how many.
pub(super) fn take_known(
    plan: &Plan,
    recordings: &Recordings,
    store: &mut Store,
    records: &mut Vec<TrialRecord>,
) -> usize {
    let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
    let asked = plan.trials.iter().filter(|t| !there.contains(&t.index));
    let known: Vec<TrialRecord> = asked.filter_map(|t| store.known(t, recordings.get(t))).collect();
    let count = known.len();
    records.extend(known);
    count
}

/// Says which trials are trained again though they were trained before.
pub(super) fn tell_without_model(store: &mut Store, output: &Output) {
    let trials = match store.without_model() {
        0 => return,
        1 => "1 trial is".to_string(),
        n => format!("{} are", text::count(n, "trial")),
    };
    output.note(&format!(
        "{trials} known from earlier runs without the trained network that `record.models` asks for, and trained again"
    ));
}

pub(super) fn tell_known(known: usize, missing: usize, output: &Output) {
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

/// The opened folder, its warnings shown; or why it cannot be had.
pub(super) fn opened(store: Result<Store, RecordError>, output: &Output) -> Result<Store, Exit> {
    match store {
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

/// What was to be read cannot be.
pub(super) fn unread(output: &Output, error: &disk::DiskError) -> Exit {
    output.complain(&format!("error: {error}"));
    Exit::Disk
}

/// A signal asks the packs to stop after their epoch. A second SIGINT ends the process at once; SIGTERM and SIGUSR1, which engines send
/// before a time limit and may send to each process of a job, do not.
pub(super) fn listen(output: &Output) -> Stop {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
    use signal_hook::flag;
    let stop = Stop { asked: Arc::default(), terminated: Arc::default() };
    let register = |signal| -> std::io::Result<()> {
        if signal == SIGINT {
            // Handlers run in the order they are registered: the second signal finds the flag set and leaves.
            flag::register_conditional_shutdown(
                signal,
                i32::from(Exit::Interrupted.code()),
                stop.asked.clone(),
            )?;
        } else {
            flag::register(signal, stop.terminated.clone())?;
        }
        flag::register(signal, stop.asked.clone()).map(|_| ())
    };
    let registered = [SIGINT, SIGTERM, SIGUSR1].into_iter().try_for_each(register);
    if let Err(error) = registered {
        output.note(&format!("warning: an interrupt will end this run at once ({error})"));
    }
    stop
}

/// `(kept, total)`: trials that are done, and all. `fresh`: the run had begun anew.
pub(super) fn interrupted(
    folder: &Path,
    (kept, total): (usize, usize),
    fresh: bool,
    output: &Output,
    stop: &Stop,
) -> Exit {
    let folder = disk::shown(folder);
    output.complain(&format!(
        "interrupted: {} of {} finished and are kept in `{folder}`; earlier result files there are untouched\n\
         help: run the same command{} to train the rest",
        text::grouped(kept as u64),
        text::count(total, "trial"),
        if fresh { " without --fresh, which would begin anew again," } else { "" },
    ));
    ended(stop)
}

/// How a run ends that a signal stopped.
pub(super) fn ended(stop: &Stop) -> Exit {
    if stop.terminated.load(Ordering::SeqCst) { Exit::Terminated } else { Exit::Interrupted }
}

/// Everything the report is made of.
pub(super) fn results<'a>(ready: &'a Ready, records: &'a [TrialRecord]) -> Results<'a> {
    let recordings = Recordings::of(ready);
    Results {
        experiment: &ready.experiment,
        plan: &ready.plan,
        records,
        data: ready.facts(),
        curve_columns: recordings.names(),
        data_of: recordings.section_of,
        metrics: metric::entries(),
        judge: diagnose::findings,
    }
}
