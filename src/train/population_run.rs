//! One pack from first epoch to last.
//!
//! Members that end leave the population at once; the others do not notice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Setting;
use super::judge::{self, Judged, PartBatch};
use super::member::Runner;
use super::order::{self, Batches};
use crate::data::Prepared;
use crate::event::{End, Event, Observer, TrialRecord};
use crate::nn::{self, Batch, Population, Shape};
use crate::plan::Pack;
use crate::spec::{Part, Sampling};

/// A pack in training.
struct Run<'a> {
    setting: &'a Setting<'a>,
    runners: Vec<Runner<'a>>,
    population: Population,
    batches: Batches,
    sampling: Sampling,
    parts: Vec<PartBatch>,
    /// The full batch, where every step uses it.
    whole: Option<Batch>,
    step: usize,
    epoch: usize,
}

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
        run.train_epoch();
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
            member_epochs: alive as u64,
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
        runners.iter_mut().for_each(|r| r.set_budget(batches.count));
        let shape = Shape { features: runners[0].data.features, outputs: runners[0].data.outputs };
        let members: Vec<nn::Member<'_>> = runners.iter().map(|r| r.member(setting)).collect();
        let population = Population::new(&members, shape);
        let data: Vec<Arc<Prepared>> = runners.iter().map(|r| r.data.clone()).collect();
        let parts = [Part::Train, Part::Validation]
            .into_iter()
            .filter_map(|part| judge::part_batch(&data, part, first.model.precision))
            .collect();
        let sampling = first.train.sampling;
        Run { setting, runners, population, batches, sampling, parts, whole: None, step: 0, epoch: 0 }
    }

    /// The steps of one epoch; a budget in steps may cut it short (all members of a pack then share that budget).
    fn train_epoch(&mut self) {
        self.epoch += 1;
        for runner in &mut self.runners {
            runner.rows = order::rows(self.batches, self.sampling, runner.order_seed, self.epoch);
        }
        for index in 0..self.batches.count {
            let losses = self.one_step(index);
            self.step += 1;
            for (runner, loss) in self.runners.iter_mut().zip(losses) {
                if !loss.is_finite() {
                    runner.broken.get_or_insert(self.step);
                }
            }
            if self.runners.iter().all(|r| r.steps <= self.step || r.broken.is_some()) {
                break;
            }
        }
        for (runner, finite) in self.runners.iter_mut().zip(self.population.finite()) {
            if !finite {
                runner.broken.get_or_insert(self.step);
            }
        }
    }

    /// One optimizer step on batch `index` of the epoch; the loss of each member before it.
    fn one_step(&mut self, index: usize) -> Vec<f64> {
        let count = self.batches.count;
        let (step, epoch) = (self.step, self.epoch - 1);
        let factor = |r: &Runner<'_>| {
            let epochs = r.steps.div_ceil(count);
            r.schedule.factor(nn::Progress { step, steps: r.steps, epoch, epochs, steps_per_epoch: count })
        };
        let factors: Vec<f64> = self.runners.iter().map(factor).collect();
        if self.batches.whole(self.sampling) {
            let batch = self.whole.get_or_insert_with(|| gather(&self.runners, self.batches, 0));
            return self.population.step(batch, &factors);
        }
        let batch = gather(&self.runners, self.batches, index);
        self.population.step(&batch, &factors)
    }

    /// Looks at every member after an epoch (or before the first): rules, schedules, curves. Returns how each ended, if it did.
    fn look(&mut self) -> Vec<Option<End>> {
        let mut judged: Vec<Option<Judged>> = self.parts.iter().map(|_| None).collect();
        let watched: Vec<Part> = self.runners.iter().flat_map(Runner::watched_parts).collect();
        for part in watched {
            self.judge(part, &mut judged);
        }
        let (step, epoch) = (self.step, self.epoch);
        let observed = self.runners.iter_mut().enumerate();
        let (mut ended, keep): (Vec<Option<End>>, Vec<bool>) =
            observed.map(|(member, runner)| runner.observe(epoch, step, member, &judged)).unzip();
        if keep.contains(&true) {
            self.population.snapshot(&keep);
        }
        let recorded = epoch.is_multiple_of(self.setting.every);
        if recorded || ended.iter().any(Option::is_some) {
            let parts: Vec<Part> = self.parts.iter().map(|p| p.part).collect();
            for part in parts {
                self.judge(part, &mut judged);
            }
            for (member, end) in ended.iter_mut().enumerate() {
                // Only what this member is due: that a neighbour ends must not show in it.
                if recorded || end.is_some() {
                    let runner = &mut self.runners[member];
                    runner.break_if_not_finite(step, member, &judged, end);
                    runner.record(self.setting.columns, epoch, step, member, &judged);
                }
            }
        }
        ended
    }

    /// Evaluates a part unless that was done in this epoch.
    fn judge(&self, part: Part, judged: &mut [Option<Judged>]) {
        let Some(at) = self.parts.iter().position(|p| p.part == part) else {
            return;
        };
        if judged[at].is_none() {
            let data: Vec<Arc<Prepared>> = self.runners.iter().map(|r| r.data.clone()).collect();
            judged[at] = Some(judge::judge(&self.population, &data, &self.parts[at]));
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
            self.population.restore(&restored);
        }
        let judged = self.judge_everything();
        let mut records = Vec::with_capacity(done.len());
        let mut staying = Vec::with_capacity(keep.len());
        for (member, runner) in std::mem::take(&mut self.runners).into_iter().enumerate() {
            match ended[member] {
                Some(end) => records.push(runner.into_record(member, end, self.epoch, self.step, &judged)),
                None => staying.push(runner),
            }
        }
        self.runners = staying;
        if !keep.is_empty() {
            self.population.retain(&keep);
            for part in &mut self.parts {
                part.batch = part.batch.select(&keep);
            }
            self.whole = self.whole.as_ref().map(|b| b.select(&keep));
        }
        records
    }

    /// Every part of every member; the test part is made for this moment only.
    fn judge_everything(&self) -> Vec<Judged> {
        let data: Vec<Arc<Prepared>> = self.runners.iter().map(|r| r.data.clone()).collect();
        let precision = self.runners[0].configuration.model.precision;
        let test = judge::part_batch(&data, Part::Test, precision);
        self.parts.iter().chain(&test).map(|part| judge::judge(&self.population, &data, part)).collect()
    }
}

/// Whether the best parameters are brought back: not where the last ones met the target, nor where there is nothing to save.
fn restores(end: Option<End>) -> bool {
    matches!(end, Some(End::Finished | End::EarlyStopped))
}

/// The rows of batch `index` of every member as tensors.
fn gather(runners: &[Runner<'_>], batches: Batches, index: usize) -> Batch {
    let rows = batches.len(index);
    let first = &runners[0];
    let shape = Shape { features: first.data.features, outputs: first.data.outputs };
    let mut x = Vec::with_capacity(runners.len() * rows * shape.features);
    let mut y = Vec::with_capacity(runners.len() * rows * shape.outputs);
    let mut weight = Vec::new();
    for runner in runners {
        let table = &runner.data.train;
        for &row in &runner.rows[index * batches.size..][..rows] {
            let row = row as usize;
            x.extend_from_slice(&table.x[row * shape.features..][..shape.features]);
            y.extend_from_slice(&table.y[row * shape.outputs..][..shape.outputs]);
            if !table.weight.is_empty() {
                weight.push(table.weight[row]);
            }
        }
    }
    let weight = (!weight.is_empty()).then_some(weight.as_slice());
    Batch::new(runners.len(), rows, shape, first.configuration.model.precision, &x, &y, weight)
}
