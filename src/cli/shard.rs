//! `--shard I/N`: one of several disjoint parts of the trials, trained apart from the others.
//!
//! A shard writes into a folder of its own below the results folder, so that several may run at once where no lock holds, such as on
//! a network's file system. It publishes nothing: `runner merge`, or a later run, takes its records in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::arguments::RunArguments;
use super::exit::Exit;
use super::experiment::Ready;
use super::frozen;
use super::live::Told;
use super::output::Output;
use super::recording::{self, Recordings};
use super::run::{self, Stop, lost};
use super::shares::Costs;
use super::training::{self, Training};
use crate::event::TrialRecord;
use crate::launch::Shard;
use crate::record::{self, Conflict, Known, RecordError, Store};
use crate::spec::Models;
use crate::{disk, text};

/// Adds what another folder has of the trials that are not there yet.
fn take(known: &mut Known, ready: &Ready, recordings: &Recordings, records: &mut Vec<TrialRecord>) {
    let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
    let asked = ready.plan.trials.iter().filter(|t| !there.contains(&t.index));
    records.extend(asked.filter_map(|t| known.take(t, recordings.get(t))).collect::<Vec<_>>());
}

/// Machines that may have begun a shard and never said that they ended.
const ATTEMPTS_MAX: usize = 100;

/// The folder of this shard, opened. A lock that another machine holds may be one that it can no longer release, so this process takes
/// a folder of its own beside that one; what is recorded there is known all the same. On one machine a lock is what it says.
fn claim(
    whole: &Path,
    shard: Shard,
    arguments: &RunArguments,
    output: &Output,
) -> Result<(PathBuf, Store), Exit> {
    for attempt in 1..ATTEMPTS_MAX {
        let folder = record::shard_folder(whole, shard.index, shard.of, attempt);
        match Store::open_or_afresh(&folder, arguments.fresh) {
            Err(RecordError::Held { owner, elsewhere: true, .. }) => output.note(&format!(
                "`{}` is held by {owner}, which may be gone: this shard goes on in a folder of its own",
                disk::shown(&folder)
            )),
            opened => return Ok((folder, run::opened(opened, output)?)),
        }
    }
    output.complain(&format!(
        "error: `{}` is held by other machines {ATTEMPTS_MAX} times over\nhelp: end them, or remove what they left below `{}`",
        disk::shown(&record::shard_folder(whole, shard.index, shard.of, 1)),
        disk::shown(whole)
    ));
    Err(Exit::Held)
}

/// One part of the trials, as far as it has come.
struct Part<'a> {
    ready: Ready,
    shard: Shard,
    arguments: &'a RunArguments,
    output: &'a Output,
    stop: &'a Stop,
    /// The results folder, and the shard's below it.
    whole: PathBuf,
    folder: PathBuf,
    records: Vec<TrialRecord>,
    columns: Vec<String>,
}

/// Trains what is missing of a part of the first round that is not done. Where a sampler learns, the next round follows when every
/// shard is done with it: for so long this one waits, if it was told to.
pub(super) fn execute(
    ready: Ready,
    shard: Shard,
    arguments: &RunArguments,
    output: &Output,
    stop: &Stop,
) -> Result<Exit, Exit> {
    let whole = arguments.results.join(&ready.experiment.name);
    let (folder, mut store) = claim(&whole, shard, arguments, output)?;
    if ready.experiment.record.models != Models::None {
        store.want_models();
    }
    let (records, columns) = (Vec::new(), Vec::new());
    let mut part = Part { ready, shard, arguments, output, stop, whole, folder, records, columns };
    part.train(store)
}

impl Part<'_> {
    fn train(&mut self, mut store: Store) -> Result<Exit, Exit> {
        let mut elsewhere = if self.arguments.fresh { Vec::new() } else { self.others()? };
        let mut states = training::states(&self.folder, &self.ready, self.arguments, self.output)?;
        if self.ready.planner.learns() {
            states = states.shared(&self.other_folders()?);
        }
        let mut begin = 0;
        loop {
            let frozen = frozen::freeze(&self.ready);
            store.freeze(frozen).map_err(|error| lost(self.output, &error.to_string()))?;
            let recordings = Recordings::of(&self.ready);
            recording::rename_columns(&mut self.records, &mut self.columns, recordings.names());
            run::take_known(&self.ready.plan, &recordings, &mut store, &mut self.records);
            run::tell_without_model(&mut store, self.output);
            for known in &mut elsewhere {
                take(known, &self.ready, &recordings, &mut self.records);
            }
            let costs = Costs::new(&self.ready.plan, &self.ready.facts(), &recordings.section_of);
            let part = costs.part(begin..self.ready.plan.trials.len(), self.shard);
            if !self.is_round_done() {
                store = self.train_part(&part, store, &recordings, &states)?;
                if !self.ready.planner.learns() {
                    // Nothing of this part goes on from anywhere.
                    states.clear();
                }
                if !self.wait(&recordings)? {
                    store.finish().map_err(|error| lost(self.output, &error.to_string()))?;
                    if self.stop.asked.load(Ordering::Relaxed) {
                        return Err(run::ended(self.stop));
                    }
                    self.tell(part.len());
                    return Ok(Exit::Done);
                }
                // What was not asked for yet is known by now.
                elsewhere = self.others()?;
            }
            self.records.sort_by_key(|r| r.trial);
            begin = self.ready.plan.trials.len();
            self.ready.tell(&self.records);
            if !self.ready.grow(self.output)? {
                store.finish().map_err(|error| lost(self.output, &error.to_string()))?;
                run::tell_known(self.records.len(), 0, self.output);
                self.tell(self.records.len());
                return Ok(Exit::Done);
            }
        }
    }

    fn is_round_done(&self) -> bool {
        self.records.len() == self.ready.plan.trials.len()
    }

    /// Trains what is missing of the part of a round.
    fn train_part(
        &mut self,
        part: &[usize],
        store: Store,
        recordings: &Recordings,
        states: &super::states::Suspended,
    ) -> Result<Store, Exit> {
        let there: BTreeSet<usize> = self.records.iter().map(|r| r.trial).collect();
        let missing: Vec<usize> = part.iter().filter(|t| !there.contains(t)).copied().collect();
        let known = part.len() - missing.len();
        run::tell_known(known, missing.len(), self.output);
        let before = self.records.len();
        let told = Mutex::default();
        let training = Training {
            ready: &self.ready,
            arguments: self.arguments,
            output: self.output,
            stop: self.stop,
            recordings,
            states,
            told: &told,
        };
        let store = training::train(&training, &missing, store, &mut self.records)?;
        Told::finish(told, self.output);
        let trained = self.records.len() - before;
        if trained == missing.len() {
            return Ok(store);
        }
        store.finish().map_err(|error| lost(self.output, &error.to_string()))?;
        let done = (known + trained, part.len());
        Err(run::interrupted(&self.folder, done, self.arguments.fresh, self.output, self.stop))
    }

    /// Whether the round is done by all shards, or soon enough.
    fn wait(&mut self, recordings: &Recordings) -> Result<bool, Exit> {
        let Some(wait) = self.arguments.wait.filter(|_| self.ready.planner.learns()) else {
            return Ok(false);
        };
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            for known in &mut self.others()? {
                take(known, &self.ready, recordings, &mut self.records);
            }
            let missing = self.ready.plan.trials.len() - self.records.len();
            if missing == 0 || begun.elapsed() >= wait {
                return Ok(missing == 0);
            }
            if !is_told {
                self.output.note(&format!(
                    "waiting for the other shards: {} of this round are missing",
                    text::count(missing, "trial")
                ));
                is_told = true;
            }
            let until = Instant::now() + LOOK_AGAIN.min(wait.saturating_sub(begun.elapsed()));
            while Instant::now() < until {
                if self.stop.asked.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                std::thread::sleep(BREATH);
            }
        }
    }

    /// What the results folder and the other shards below it know of this part: of the others of the same division that is nothing,
    /// and where no later round asks for theirs they are not read.
    fn others(&self) -> Result<Vec<Known>, Exit> {
        let known = |folder: &PathBuf| Known::read(folder).map_err(|error| unreadable(&error, self.output));
        let learns = self.ready.planner.learns();
        let is_apart = |(index, of): (usize, usize)| of == self.shard.of && index != self.shard.index;
        let folders = self.other_folders()?;
        let asked = folders.iter().filter(|f| learns || !record::shard_of(f).is_some_and(is_apart));
        asked.map(known).collect()
    }

    fn other_folders(&self) -> Result<Vec<PathBuf>, Exit> {
        let shards = record::shard_folders(&self.whole).map_err(|error| unreadable(&error, self.output))?;
        let others = shards.into_iter().filter(|folder| *folder != self.folder);
        Ok([self.whole.clone()].into_iter().chain(others).collect())
    }

    fn tell(&self, done: usize) {
        let Part { shard, ready, arguments, .. } = self;
        let whole = disk::shown(&self.whole);
        let goes_on = ready.planner.learns() && !self.is_round_done();
        let rounds = if goes_on { " of the rounds so far" } else { "" };
        let next = if goes_on {
            "; until then, when all shards are done with a round, run them again for the next one, which depends on its results"
        } else {
            ""
        };
        self.output.note(&format!(
            "shard {} of {}: {} of {}{rounds} are done and kept in `{}`\n\
             help: when all shards are done, `runner merge {whole} --results {}` unites them and writes the report{next}",
            shard.index,
            shard.of,
            text::grouped(done as u64),
            text::count(ready.plan.trials.len(), "trial"),
            disk::shown(&self.folder),
            disk::shown(&arguments.results),
        ));
    }
}

/// Records of others are looked at so often, and a signal is heard so soon.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
const BREATH: Duration = Duration::from_millis(100);

fn unreadable(error: &RecordError, output: &Output) -> Exit {
    output.complain(&format!("error: {error}"));
    Exit::Disk
}

/// Sets the records of the shards below a results folder aside, so that no later run takes them in.
pub(super) fn set_aside(folder: &Path, output: &Output) -> Result<(), Exit> {
    let folders = record::shard_folders(folder).map_err(|error| lost(output, &error.to_string()))?;
    folders.iter().try_for_each(|shard| run::opened(Store::open_or_afresh(shard, true), output).map(drop))
}

/// Takes in what the shards below a results folder have trained.
pub(super) fn absorb_shards(folder: &Path, store: &mut Store, output: &Output) -> Result<(), Exit> {
    let unreadable = |error: record::RecordError| lost(output, &error.to_string());
    for shard in record::shard_folders(folder).map_err(unreadable)? {
        let known = Known::read(&shard).map_err(unreadable)?;
        let (_, conflicts) = store.absorb(&known).map_err(unreadable)?;
        store.absorb_models(&shard).map_err(unreadable)?;
        tell_conflicts(&conflicts, &shard, output)?;
    }
    Ok(())
}

/// Conflicts shown; the rest are counted.
const CONFLICTS_SHOWN: usize = 5;

/// Two records of one trial that differ mean that the numerics promise is broken: nothing may be published of them.
pub(super) fn tell_conflicts(conflicts: &[Conflict], folder: &Path, output: &Output) -> Result<(), Exit> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let folder = disk::shown(folder);
    for conflict in conflicts.iter().take(CONFLICTS_SHOWN) {
        output.complain(&format!(
            "error: `{folder}` tells something else of trial {}: {}",
            conflict.trial, conflict.what
        ));
    }
    output.complain(&format!(
        "{} trained twice with different results; nothing was published\n\
         help: equal trials give equal bits on one machine, and on machines with the same arithmetic; leave one of the folders out, \
         or train again with --fresh",
        text::count(conflicts.len(), "trial"),
    ));
    Err(Exit::Incomplete)
}
