//! `--shard I/N`: one of several disjoint parts of the trials, trained apart from the others.
//!
//! A shard writes into a folder of its own below the results folder, so that several may run at once where no lock holds, such as on
//! a network's file system. It publishes nothing: `runner merge`, or a later run, takes its records in.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use super::arguments::{RunArguments, Shard};
use super::exit::Exit;
use super::experiment::Ready;
use super::frozen;
use super::live::Told;
use super::output::Output;
use super::recording::{self, Recordings};
use super::run::{self, Stop, lost};
use super::training::{self, Training};
use crate::event::TrialRecord;
use crate::record::{self, Conflict, Known, Store};
use crate::spec::Models;
use crate::{disk, text, train};

/// The trials of a part of a round, ascending: those of the round sorted by what they cost are dealt out one by one, so that the parts
/// cost about the same. Depends on the plan alone, never on what is known already.
fn part_of(ready: &Ready, round: Range<usize>, shard: Shard) -> Vec<usize> {
    let plan = &ready.plan;
    let epochs = ready.epochs();
    let cost = |index: usize| {
        let trial = &plan.trials[index];
        let configuration = &plan.configurations[trial.configuration].configuration;
        let shape = ready.shapes.get(&ready.inputs, plan, trial);
        epochs[index].saturating_mul(train::member_bytes(configuration, shape))
    };
    let costs: Vec<u64> = round.clone().map(cost).collect();
    deal(&costs, shard).into_iter().map(|index| round.start + index).collect()
}

fn deal(costs: &[u64], shard: Shard) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..costs.len()).collect();
    sorted.sort_by_key(|index| (std::cmp::Reverse(costs[*index]), *index));
    let mut dealt: Vec<usize> = sorted.into_iter().skip(shard.index).step_by(shard.of).collect();
    dealt.sort_unstable();
    dealt
}

/// Adds what another folder has of the trials that are not there yet.
fn take(known: &mut Known, ready: &Ready, recordings: &Recordings, records: &mut Vec<TrialRecord>) {
    let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
    let asked = ready.plan.trials.iter().filter(|t| !there.contains(&t.index));
    records.extend(asked.filter_map(|t| known.take(t, recordings.get(t))).collect::<Vec<_>>());
}

/// Trains what is missing of a part of the first round that is not done; where a sampler learns, the next round follows when every
/// shard is done with it.
pub(super) fn execute(
    mut ready: Ready,
    shard: Shard,
    arguments: &RunArguments,
    output: &Output,
    stop: &Stop,
) -> Result<Exit, Exit> {
    let whole = arguments.results.join(&ready.experiment.name);
    let folder = record::shard_folder(&whole, shard.index, shard.of);
    let mut elsewhere = if arguments.fresh { Vec::new() } else { others(&whole, &folder, output)? };
    let mut store = run::opened(Store::open_or_afresh(&folder, arguments.fresh), output)?;
    if ready.experiment.record.models != Models::None {
        store.want_models();
    }
    let states = training::states(&folder, &ready, arguments, output)?;
    let mut records: Vec<TrialRecord> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut begin = 0;
    loop {
        store.freeze(frozen::freeze(&ready)).map_err(|error| lost(output, &error.to_string()))?;
        let recordings = Recordings::of(&ready);
        recording::rename_columns(&mut records, &mut columns, recordings.names());
        run::take_known(&ready.plan, &recordings, &mut store, &mut records);
        run::tell_without_model(&mut store, output);
        elsewhere.iter_mut().for_each(|known| take(known, &ready, &recordings, &mut records));
        let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
        let part = part_of(&ready, begin..ready.plan.trials.len(), shard);
        let missing: Vec<usize> = part.iter().filter(|t| !there.contains(t)).copied().collect();
        let is_done = there.len() == ready.plan.trials.len();
        if !is_done || !missing.is_empty() {
            let known = part.len() - missing.len();
            run::tell_known(known, missing.len(), output);
            let before = records.len();
            let told = Mutex::default();
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
            Told::finish(told, output);
            let trained = records.len() - before;
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            if trained < missing.len() {
                return Err(run::interrupted(
                    &folder,
                    (known + trained, part.len()),
                    arguments.fresh,
                    output,
                    stop,
                ));
            }
            tell(shard, part.len(), &ready, &folder, arguments, output);
            return Ok(Exit::Done);
        }
        records.sort_by_key(|r| r.trial);
        begin = ready.plan.trials.len();
        ready.tell(&records);
        if !ready.grow(output)? {
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            run::tell_known(there.len(), 0, output);
            tell(shard, there.len(), &ready, &folder, arguments, output);
            return Ok(Exit::Done);
        }
    }
}

/// What the results folder and the other shards below it know.
fn others(whole: &Path, own: &Path, output: &Output) -> Result<Vec<Known>, Exit> {
    let unreadable = |error: record::RecordError| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    };
    let mut folders = vec![whole.to_path_buf()];
    folders.extend(record::shard_folders(whole).map_err(unreadable)?.into_iter().filter(|f| f != own));
    folders.iter().map(|folder| Known::read(folder).map_err(unreadable)).collect()
}

fn tell(shard: Shard, done: usize, ready: &Ready, folder: &Path, arguments: &RunArguments, output: &Output) {
    let whole = disk::shown(&arguments.results.join(&ready.experiment.name));
    let goes_on = ready.planner.learns();
    let rounds = if goes_on { " of the rounds so far" } else { "" };
    let next = if goes_on {
        "; until then, when all shards are done with a round, run them again for the next one, which depends on its results"
    } else {
        ""
    };
    output.note(&format!(
        "shard {} of {}: {} of {}{rounds} are done and kept in `{}`\n\
         help: when all shards are done, `runner merge {whole} --results {}` unites them and writes the report{next}",
        shard.index,
        shard.of,
        text::grouped(done as u64),
        text::count(ready.plan.trials.len(), "trial"),
        disk::shown(folder),
        disk::shown(&arguments.results),
    ));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete_and_cost_about_the_same() {
        // Dear and cheap trials in turn: every second one would be the dear half.
        let costs: Vec<u64> = (0..101).map(|i| if i % 2 == 0 { 1000 } else { 10 + i }).collect();
        for of in [1, 2, 3, 7, 101, 200] {
            let parts: Vec<Vec<usize>> = (0..of).map(|index| deal(&costs, Shard { index, of })).collect();
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..101).collect::<Vec<usize>>(), "each trial in one of {of} parts");
            assert!(parts.iter().all(|p| p.is_sorted()));
            let sums: Vec<u64> = parts.iter().map(|p| p.iter().map(|t| costs[*t]).sum()).collect();
            let (least, most) = (sums.iter().min().unwrap(), sums.iter().max().unwrap());
            assert!(most - least <= 1000, "parts differ by less than a trial: {least} to {most}");
        }
    }
}
