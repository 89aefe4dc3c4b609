//! What an experiment still lacks, before anything is trained.

use std::path::Path;

use super::super::exit::Exit;
use super::super::experiment::Ready;
use super::super::output::Output;
use super::super::recording::{self, Recordings};
use super::super::run::lost;
use super::super::shares::Costs;
use crate::event::TrialRecord;
use crate::record::{RecordError, Several};
use crate::spec::Models;

/// The first round that is not done.
pub(super) struct Outlook {
    /// Trials of the rounds so far.
    pub(super) trials: usize,
    /// Those of them that no record has.
    pub(super) missing: Vec<usize>,
    /// Rounds that may follow.
    pub(super) rounds_left: usize,
    begin: usize,
    costs: Costs,
}

impl Outlook {
    /// Goes through the rounds that records of the folder and of its shards complete; the plan is then that of the first which they
    /// do not.
    pub(super) fn of(ready: &mut Ready, folder: &Path, output: &Output) -> Result<Outlook, Exit> {
        let unread = |error: RecordError| lost(output, &error.to_string());
        let mut known = Several::read(folder).map_err(unread)?;
        let wants_models = ready.experiment.record.models != Models::None;
        let mut records: Vec<TrialRecord> = Vec::new();
        let mut columns: Vec<String> = Vec::new();
        let mut begin = 0;
        loop {
            let recordings = Recordings::of(ready);
            recording::rename_columns(&mut records, &mut columns, recordings.names());
            let mut missing = Vec::new();
            for trial in &ready.plan.trials[begin..] {
                match known.take(trial, recordings.get(trial), wants_models) {
                    Some(record) => records.push(record),
                    None => missing.push(trial.index),
                }
            }
            let trials = ready.plan.trials.len();
            let is_whole = missing.is_empty();
            records.sort_by_key(|r| r.trial);
            if is_whole {
                ready.tell(&records);
            }
            let costs = Costs::new(&ready.plan, &ready.facts(), &recordings.section_of);
            if !is_whole || !ready.grow(output)? {
                let rounds_left = ready.planner.rounds_left();
                return Ok(Outlook { trials, missing, rounds_left, begin, costs });
            }
            begin = trials;
        }
    }

    /// Estimated time on one thread for what is missing of the round.
    pub(super) fn seconds(&self) -> f64 {
        self.missing.iter().map(|trial| self.costs.of(*trial)).sum()
    }

    /// The shards, of so many, that have missing trials.
    pub(super) fn shards(&self, of: usize) -> Vec<usize> {
        let dealt = self.costs.dealt(self.begin..self.trials, of);
        let mut shards: Vec<usize> = self.missing.iter().map(|trial| dealt[trial - self.begin]).collect();
        shards.sort_unstable();
        shards.dedup();
        shards
    }
}
