//! One pack from first epoch to last.
//!
//! Members that end leave the population at once; the others do not notice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Setting;
use super::judge::{self, Judged, PartFeed};
use super::member::Runner;
use super::order::Batches;
use crate::data::Prepared;
use crate::event::{End, Event, Observer, TrialRecord};
use crate::nn::{self, Feed, Samples, Shape, Trainer};
use crate::plan::Pack;
use crate::spec::{Part, Sampling};

/// A pack in training.
struct Run<'a> {
    setting: &'a Setting<'a>,
    runners: Vec<Runner<'a>>,
    trainer: Trainer,
    batches: Batches,
    sampling: Sampling,
    parts: Vec<PartFeed>,
    step: usize,
    epoch: usize,
}

/// Row numbers that may be laid out for one stretch.
const ORDERS_MAX: usize = 1 << 20;
/// Losses and schedule factors that may be held at once, for all members.
const STEPS_MAX: usize = 1 << 17;
/// Multiply-adds of one stretch, about: a tenth of a second, so that a run stops soon when it is told to.
const WORK_MAX: usize = 1 << 32;

pub(super) fn run(setting: &Setting<'_>, pack: &Pack, observer: &mut dyn Observer) {
    let started = Instant::now();
    let mut run = Run::new(setting, pack);
    let first = &setting.plan.trials[pack.trials[0]];
    let shape = setting.shapes.get(setting.inputs, setting.plan, first);
    let label = super::pack_label(run.runners[0].configuration, shape);
    observer.on(&Event::PackStarted { pack: pack.index, trials: pack.trials.len(), label: &label });
    run.look();
    let mut clock = Instant::now();
    while !run.runners.is_empty() && !setting.stop.load(Ordering::Relaxed) {
        let alive = run.runners.len();
        let epochs = run.runners.iter().map(|r| r.steps.div_ceil(run.batches.count)).max().unwrap_or(0);
        let before = run.epoch;
        if !run.train() {
            break;
        }
        let ended = run.look();
        let elapsed = clock.elapsed().as_secs_f64();
        clock = Instant::now();
        run.runners.iter_mut().for_each(|r| r.seconds += elapsed / alive as f64);
        for record in run.finish(&ended) {
            observer.on(&Event::TrialDone(&record));
        }
        observer.on(&Event::Progress {
            pack: pack.index,
            epoch: run.epoch,
            epochs,
            alive: run.runners.len(),
            member_epochs: (alive * (run.epoch - before)) as u64,
        });
    }
    if run.runners.is_empty() {
        observer.on(&Event::PackDone { pack: pack.index, seconds: started.elapsed().as_secs_f64() });
    }
}

impl<'a> Run<'a> {
    fn new(setting: &'a Setting<'a>, pack: &Pack) -> Run<'a> {
        let mut runners: Vec<Runner<'a>> =
            pack.trials.iter().map(|&t| Runner::new(setting, &setting.plan.trials[t])).collect();
        let first = runners[0].configuration;
        let batches = Batches::new(runners[0].data.train.rows, first.train.batch);
        runners.iter_mut().for_each(|r| r.set_budget(batches.count, setting.every));
        let shape = Shape { features: runners[0].data.features, outputs: runners[0].data.outputs };
        let members: Vec<nn::Member<'_>> = runners.iter().map(|r| r.member(setting)).collect();
        let trainer = Trainer::new(&members, shape);
        let sampling = first.train.sampling;
        let mut run =
            Run { setting, runners, trainer, batches, sampling, parts: Vec::new(), step: 0, epoch: 0 };
        run.parts = [Part::Train, Part::Validation].into_iter().filter_map(|part| run.part(part)).collect();
        run
    }

    /// A part of every member, or `None` where there is no such part.
    fn part(&self, part: Part) -> Option<PartFeed> {
        let Setting { inputs, plan, .. } = self.setting;
        let of = |r: &Runner<'_>| inputs.samples(plan, r.trial, &r.data, part);
        let (samples, samples_of) = distinct(self.runners.iter().filter_map(of));
        (!samples.is_empty()).then(|| PartFeed { part, feed: Feed::whole(samples, samples_of) })
    }

    /// Epochs until a member must be looked at. What a member computes does not depend on it.
    fn stretch(&self) -> usize {
        if self.runners.iter().any(Runner::watches) {
            return 1;
        }
        let until_recorded = self.runners.iter().map(|r| r.every - self.epoch % r.every).min().unwrap_or(1);
        let left = |r: &Runner<'_>| (r.steps - self.step).div_ceil(self.batches.count);
        let until_end = self.runners.iter().map(left).min().unwrap_or(1);
        let rows = self.batches.rows * self.runners.len();
        let work = rows * self.trainer.parameter_count() * 3;
        let bearable = (ORDERS_MAX / rows).min(WORK_MAX / work.max(1));
        until_recorded.min(until_end).min(bearable).max(1)
    }

    /// Steps that may be made at once: as much work as is soon done, and bounded memory for what each step needs and gives.
    fn breath(&self) -> usize {
        let members = self.runners.len();
        let work = self.batches.size * members * self.trainer.parameter_count() * 3;
        (STEPS_MAX / members).min(WORK_MAX / work.max(1)).max(1)
    }

    /// Trains for a stretch; a budget in steps may cut its last epoch short (all members of a pack then share that budget).
    /// Whether it came to the end of it: it leaves between two steps when it is told to stop.
    fn train(&mut self) -> bool {
        let epochs = self.stretch();
        let left = self.runners.iter().map(|r| r.steps - self.step).min().unwrap_or(0);
        let steps = (epochs * self.batches.count).min(left);
        let mut feed = self.feed(epochs);
        while feed.first < steps {
            if self.setting.stop.load(Ordering::Relaxed) {
                return false;
            }
            let some = self.breath().min(steps - feed.first);
            self.make_steps(&feed, some);
            feed.first += some;
        }
        self.epoch += epochs;
        self.break_where_not_finite();
        true
    }

    fn make_steps(&mut self, feed: &Feed, steps: usize) {
        let factors = self.factors(steps);
        let losses = self.trainer.advance(feed, steps, factors.as_deref());
        for (index, losses) in losses.chunks(self.runners.len()).enumerate() {
            for (runner, loss) in self.runners.iter_mut().zip(losses) {
                if !loss.is_finite() {
                    runner.broken.get_or_insert(self.step + index);
                }
            }
        }
        self.step += steps;
    }

    /// Parameters may leave the range of numbers in the last step, before a loss shows it. Asked only where a trial itself looks
    /// or ends: neither a neighbour's looks nor how often epochs are recorded may show.
    fn break_where_not_finite(&mut self) {
        let step = self.step;
        let is_due = |r: &Runner<'_>| r.watches() || r.steps <= step;
        if !self.runners.iter().any(is_due) {
            return;
        }
        for (runner, is_finite) in self.runners.iter_mut().zip(self.trainer.finite()) {
            if !is_finite && is_due(runner) {
                runner.broken.get_or_insert(step);
            }
        }
    }

    /// The training samples of every member in the orders of the next epochs.
    fn feed(&self, epochs: usize) -> Feed {
        let (samples, samples_of) = distinct(self.runners.iter().map(|r| r.samples.clone()));
        let repeats = self.batches.repeats(self.sampling);
        let epochs = if repeats { 1 } else { epochs };
        let mut seeds: Vec<u64> = Vec::new();
        let mut order_of = Vec::with_capacity(self.runners.len());
        for runner in &self.runners {
            let seed = if repeats { 0 } else { runner.order_seed };
            let known = seeds.iter().position(|s| *s == seed);
            order_of.push(known.unwrap_or(seeds.len()));
            if known.is_none() {
                seeds.push(seed);
            }
        }
        let orders = &self.setting.inputs.orders;
        let order = |seed: &u64| orders.epochs(self.batches, self.sampling, *seed, self.epoch + 1, epochs);
        Feed {
            samples,
            samples_of,
            orders: seeds.iter().map(order).collect(),
            order_of,
            first: 0,
            rows: self.batches.rows,
            batch: self.batches.size,
            apart: if repeats { 0 } else { self.batches.rows },
        }
    }

    /// Schedule factors of the next steps, `[steps][P]`, or `None` where no schedule changes anything.
    fn factors(&self, steps: usize) -> Option<Vec<f64>> {
        if self.runners.iter().all(|r| r.schedule.is_constant()) {
            return None;
        }
        let count = self.batches.count;
        let mut factors = Vec::with_capacity(steps * self.runners.len());
        for step in self.step..self.step + steps {
            for runner in &self.runners {
                let (steps, epochs) = (runner.steps, runner.steps.div_ceil(count));
                let progress =
                    nn::Progress { step, steps, epoch: step / count, epochs, steps_per_epoch: count };
                factors.push(runner.schedule.factor(progress));
            }
        }
        Some(factors)
    }

    /// Looks at every member after an epoch (or before the first): rules, schedules, curves. Returns how each ended, if it did.
    fn look(&mut self) -> Vec<Option<End>> {
        let mut judged: Vec<Option<Judged>> = self.parts.iter().map(|_| None).collect();
        let watched: Vec<Part> = self.runners.iter().flat_map(Runner::watched_parts).collect();
        let outputs = self.runners.iter().any(Runner::watches_metrics);
        for part in watched {
            self.judge(part, outputs, &mut judged);
        }
        let (step, epoch, count) = (self.step, self.epoch, self.batches.count);
        let observed = self.runners.iter_mut().enumerate();
        let (mut ended, keep): (Vec<Option<End>>, Vec<bool>) =
            observed.map(|(member, runner)| runner.observe(epoch, step, member, &judged)).unzip();
        if keep.contains(&true) {
            self.trainer.snapshot(&keep);
        }
        let is_due: Vec<bool> =
            (self.runners.iter().zip(&ended)).map(|(r, end)| end.is_some() || r.records(epoch)).collect();
        if is_due.contains(&true) {
            let parts: Vec<Part> = self.parts.iter().map(|p| p.part).collect();
            for part in parts {
                self.judge(part, true, &mut judged);
            }
            for (member, end) in ended.iter_mut().enumerate() {
                // Only what this member is due: that a neighbour ends or records must not show in it.
                if is_due[member] {
                    let runner = &mut self.runners[member];
                    if end.is_some() {
                        runner.break_if_not_finite(step, member, &judged, end);
                    }
                    let epoch = if end.is_some() { runner.epoch(step, count) } else { epoch };
                    runner.record(self.setting.columns, epoch, step, member, &judged);
                }
            }
        }
        ended
    }

    /// Evaluates a part unless that was done in this epoch.
    fn judge(&self, part: Part, outputs: bool, judged: &mut [Option<Judged>]) {
        let Some(at) = self.parts.iter().position(|p| p.part == part) else {
            return;
        };
        if judged[at].as_ref().is_none_or(|j| outputs && !j.has_outputs()) {
            judged[at] = Some(judge::judge(&self.trainer, &self.data(), &self.parts[at], outputs));
        }
    }

    /// Takes the members that ended out of the population and tells what became of them, with their best parameters where asked.
    fn finish(&mut self, ended: &[Option<End>]) -> Vec<TrialRecord> {
        let (keep, done): (Vec<usize>, Vec<usize>) = (0..ended.len()).partition(|m| ended[*m].is_none());
        if done.is_empty() {
            return Vec::new();
        }
        let restored: Vec<bool> =
            self.runners.iter().zip(ended).map(|(r, end)| r.best.is_some() && restores(*end)).collect();
        if restored.contains(&true) {
            self.trainer.restore(&restored);
        }
        let judged = self.judge_everything();
        let mut records = Vec::with_capacity(done.len());
        let mut staying = Vec::with_capacity(keep.len());
        for (member, runner) in std::mem::take(&mut self.runners).into_iter().enumerate() {
            match ended[member] {
                Some(end) => {
                    let epoch = runner.epoch(self.step, self.batches.count);
                    records.push(runner.into_record(member, end, epoch, self.step, &judged));
                }
                None => staying.push(runner),
            }
        }
        self.runners = staying;
        if !keep.is_empty() {
            self.trainer.retain(&keep);
            self.parts = std::mem::take(&mut self.parts).iter().filter_map(|p| self.part(p.part)).collect();
        }
        records
    }

    /// Every part of every member; the test part is made for this moment only.
    fn judge_everything(&self) -> Vec<Judged> {
        let (data, test) = (self.data(), self.part(Part::Test));
        let judge = |part| judge::judge(&self.trainer, &data, part, true);
        self.parts.iter().chain(&test).map(judge).collect()
    }

    fn data(&self) -> Vec<Arc<Prepared>> {
        self.runners.iter().map(|r| r.data.clone()).collect()
    }
}

/// The different ones among samples, and which of them each is.
fn distinct(all: impl Iterator<Item = Arc<Samples>>) -> (Vec<Arc<Samples>>, Vec<usize>) {
    let mut found: Vec<Arc<Samples>> = Vec::new();
    let index = |samples: Arc<Samples>| {
        let known = found.iter().position(|s| Arc::ptr_eq(s, &samples));
        known.unwrap_or_else(|| {
            found.push(samples);
            found.len() - 1
        })
    };
    let of = all.map(index).collect();
    (found, of)
}

/// Whether the best parameters are brought back: not where the last ones met the target, nor where there is nothing to save.
fn restores(end: Option<End>) -> bool {
    matches!(end, Some(End::Finished | End::EarlyStopped))
}
