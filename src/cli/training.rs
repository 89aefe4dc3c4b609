//! Training what is missing: packs on worker threads, a store and a progress bar that listen.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::arguments::RunArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::live::{Live, Told};
use super::output::Output;
use super::plan_command;
use super::progress::Progress;
use super::recording::Recordings;
use super::run::{Stop, lost};
use super::states::Suspended;
use crate::diagnose;
use crate::event::{Event, MetricNames, Observer, TrialRecord};
use crate::plan::{Planned, Queue};
use crate::record::{RecordError, Store};
use crate::text;
use crate::train::{self, Looking, Setting};

/// Both observers of a run: the store first, so that nothing is announced that is not kept.
struct Both<'a> {
    store: Store,
    progress: Progress,
    /// Unless nothing is to be said.
    live: Option<Live<'a>>,
    records: Vec<TrialRecord>,
    /// What their lists of metrics share.
    metric_names: Vec<MetricNames>,
    /// The first write that failed.
    failure: Option<RecordError>,
}

impl Observer for Both<'_> {
    fn on(&mut self, event: &Event<'_>) {
        self.store.on(event);
        if let Err(error) = self.store.check() {
            self.failure = Some(error);
            return;
        }
        self.progress.on(event);
        if let Event::Underway(record) = event {
            let lines = self.live.as_ref().map_or(Vec::new(), |live| live.so_far(record));
            lines.iter().for_each(|line| self.progress.say(line));
        }
        if let Event::TrialDone(record) = event {
            let lines = self.live.as_ref().map_or(Vec::new(), |live| live.lines(record));
            lines.iter().for_each(|line| self.progress.say(line));
            let mut record = (*record).clone();
            record.metrics.share_names(&mut self.metric_names);
            self.records.push(record);
        }
    }
}

/// One observer for all threads.
struct Shared<'a, 'l> {
    both: &'a Mutex<Both<'l>>,
    stop: &'a AtomicBool,
}

impl Observer for Shared<'_, '_> {
    fn on(&mut self, event: &Event<'_>) {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.on(event);
        // A disk that no longer takes records makes further training useless.
        if both.failure.is_some() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// What trains, for whom, and how.
pub(super) struct Training<'a> {
    pub(super) ready: &'a Ready,
    pub(super) arguments: &'a RunArguments,
    pub(super) output: &'a Output,
    pub(super) stop: &'a Stop,
    pub(super) recordings: &'a Recordings,
    /// Where trials are kept that may go on later.
    pub(super) states: &'a Suspended,
    /// What rules have said so far.
    pub(super) told: &'a Mutex<Told>,
}

/// Trains these trials of the plan, or as many as are done when a signal comes, and adds their records.
pub(super) fn train(
    training: &Training<'_>,
    missing: &[usize],
    mut store: Store,
    records: &mut Vec<TrialRecord>,
) -> Result<Store, Exit> {
    let Training { ready, arguments, output, stop, recordings, states, told } = *training;
    let meaning = |planned: &Planned| ready.meaning(planned);
    (store.begin(&ready.plan, missing, |t| recordings.get(t), meaning))
        .map_err(|error| lost(output, &error.to_string()))?;
    for (chosen, trials) in plan_command::engines(ready) {
        if !chosen.is_fused && !missing.is_empty() {
            let trials = text::count(trials, "trial");
            output.note(&format!("the reference path (burn) trains {trials}: {}", chosen.reason));
        }
    }
    let threads = threads(arguments);
    let memory = experiment::memory(&arguments.experiment);
    let most = members_max(arguments, missing.len(), threads);
    let (packs, threads) = ready.packs(missing, most, threads, memory);
    let epochs = ready.epochs();
    let todo = missing.iter().map(|t| epochs[*t]).sum();
    let count = packs.len();
    let progress = Progress::new(*output, count, missing.len(), epochs, todo);
    let live = (!output.quiet).then(|| Live::new(ready, recordings, told));
    let queue = Queue::new(packs, ready.inputs.splits(&ready.plan));
    let both = Mutex::new(Both {
        store,
        progress,
        live,
        records: Vec::new(),
        metric_names: Vec::new(),
        failure: None,
    });
    let setting = Setting {
        experiment: &ready.experiment,
        plan: &ready.plan,
        inputs: &ready.inputs,
        shapes: &ready.shapes,
        columns: &recordings.columns,
        every: ready.experiment.record.every,
        looking: Looking::Affordable,
        hopeless: &diagnose::NotLearning,
        tells: !output.quiet,
        queue: &queue,
        states,
        stop: &stop.asked,
    };
    train_packs(&setting, count, threads, &both);
    if stop.asked.load(Ordering::Relaxed) {
        states.outlive();
    }
    states.tell(output);
    let Both { store, records: new, progress, failure, .. } =
        both.into_inner().unwrap_or_else(PoisonError::into_inner);
    drop(progress);
    records.extend(new);
    match failure {
        Some(error) => Err(lost(output, &error.to_string())),
        None => Ok(store),
    }
}

/// Memory that suspended trials may take, as a share of what packs may.
const STATES_SHARE: u64 = 4;

/// Where the trials of a results folder are kept that are suspended, and those that an interrupted run left.
pub(super) fn states(
    folder: &Path,
    ready: &Ready,
    arguments: &RunArguments,
    output: &Output,
) -> Result<Suspended, Exit> {
    let most = experiment::memory(&arguments.experiment) / STATES_SHARE;
    Suspended::open(folder, ready, most, arguments.fresh, output)
        .map_err(|error| lost(output, &error.to_string()))
}

fn threads(arguments: &RunArguments) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.threads.map_or_else(cores, usize::from)
}

/// Enough packs to keep every thread busy; packing does not change results.
fn members_max(arguments: &RunArguments, trials: usize, threads: usize) -> usize {
    arguments.pack.map_or_else(|| experiment::members_max(trials, threads), usize::from)
}

fn train_packs(setting: &Setting<'_>, packs: usize, threads: usize, both: &Mutex<Both<'_>>) {
    std::thread::scope(|scope| {
        for _ in 0..threads.min(packs) {
            scope.spawn(|| {
                let mut observer = Shared { both, stop: setting.stop };
                while !setting.stop.load(Ordering::Relaxed)
                    && let Some(pack) = setting.queue.next()
                {
                    train::run(setting, &pack, &mut observer);
                }
            });
        }
    });
}
