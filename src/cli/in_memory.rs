//! Trains some trials of a plan and keeps nothing on disk: for commands that look at networks rather than publish results.

use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use super::experiment::{self, Ready};
use crate::diagnose;
use crate::event::{Event, Observer, Stateless, TrialRecord};
use crate::plan::{Plan, Queue};
use crate::train::{self, Column, Looking, Setting};

/// What is trained, as its plan has it.
pub(super) struct Training<'a> {
    pub(super) ready: &'a Ready,
    /// That of `ready`, but for where trials are stopped.
    pub(super) plan: &'a Plan,
    pub(super) columns: &'a [Column],
    pub(super) memory: u64,
}

/// The records of these trials, in their order.
pub(super) fn train(training: &Training<'_>, trials: &[usize]) -> Vec<TrialRecord> {
    let Training { ready, plan, columns, memory } = *training;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (packs, threads) =
        ready.packs(trials, experiment::members_max(trials.len(), threads), threads, memory);
    let queue = Queue::new(packs, ready.inputs.splits(plan));
    let setting = Setting {
        experiment: &ready.experiment,
        plan,
        inputs: &ready.inputs,
        shapes: &ready.shapes,
        columns,
        every: ready.experiment.record.every,
        looking: Looking::Always,
        hopeless: &diagnose::NotLearning,
        tells: false,
        queue: &queue,
        states: &Stateless,
        stop: &AtomicBool::new(false),
    };
    let records = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(pack) = queue.next() {
                    train::run(&setting, &pack, &mut Collector(&records));
                }
            });
        }
    });
    let mut records = records.into_inner().unwrap_or_else(PoisonError::into_inner);
    records.sort_by_key(|record| trials.iter().position(|trial| *trial == record.trial));
    records
}

struct Collector<'a>(&'a Mutex<Vec<TrialRecord>>);

impl Observer for Collector<'_> {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::TrialDone(record) = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((*record).clone());
        }
    }
}
