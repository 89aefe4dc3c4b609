//! One trial while it trains: its streams, its rules, its curve.

use std::sync::Arc;

use super::judge::{self, Confusion, Judged};
use super::stopping::Stopping;
use super::{Column, Setting};
use crate::data::Prepared;
use crate::event::{CurvePoint, End, FinalMetrics, TrialRecord};
use crate::metric;
use crate::nn;
use crate::plan::Trial;
use crate::rng::Purpose;
use crate::spec::{Budget, Configuration, MetricOf, Part};

/// A finite final loss this many times the first counts as diverged. Ten is far beyond what noise of a batch or of dropout can do,
/// and far below where a diverging run ends.
const DIVERGED_FACTOR: f64 = 10.0;

pub(super) struct Runner<'a> {
    pub(super) trial: &'a Trial,
    pub(super) configuration: &'a Configuration,
    pub(super) data: Arc<Prepared>,
    pub(super) order_seed: u64,
    pub(super) schedule: nn::Schedule,
    stopping: Stopping,
    /// Optimizer steps in its budget.
    pub(super) steps: usize,
    /// Every n-th epoch goes into its curve.
    pub(super) every: usize,
    curve: Vec<CurvePoint>,
    first_loss: f64,
    /// Its samples for training.
    pub(super) samples: Arc<nn::Samples>,
    /// Steps made when the loss or a parameter was first NaN or infinite. What the trial computes from there on depends on how long
    /// its neighbours train, so nothing after it is told.
    pub(super) broken: Option<usize>,
    pub(super) seconds: f64,
    /// The best epoch, where its parameters are to be restored.
    pub(super) best: Option<usize>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, trial: &'a Trial) -> Runner<'a> {
        let configuration = &setting.plan.configurations[trial.configuration].configuration;
        // Every split of the plan was made once before training began, so it can be made again.
        let data =
            setting.inputs.prepared(setting.plan, trial).expect("a split that was checked before training");
        let samples = setting.inputs.samples(setting.plan, trial, &data, Part::Train);
        Runner {
            trial,
            configuration,
            samples: samples.expect("a training part always exists"),
            data,
            order_seed: setting.inputs.seed(configuration, trial, Purpose::Order),
            schedule: nn::Schedule::new(&configuration.optimizer.schedule),
            stopping: Stopping::new(&configuration.train),
            steps: 0,
            every: 1,
            curve: Vec::new(),
            first_loss: f64::NAN,
            broken: None,
            seconds: 0.0,
            best: None,
        }
    }

    /// `every` as in [`Setting`].
    pub(super) fn set_budget(&mut self, steps_per_epoch: usize, every: Option<usize>) {
        self.steps = match self.configuration.train.budget {
            Budget::Epochs(n) => n * steps_per_epoch,
            Budget::Steps(n) => n,
        };
        let epochs = self.steps.div_ceil(steps_per_epoch);
        self.every = every.unwrap_or_else(|| super::recorded_every(epochs));
    }

    /// Whether this epoch goes into its curve; the last one does in any case.
    pub(super) fn records(&self, epoch: usize) -> bool {
        epoch.is_multiple_of(self.every)
    }

    pub(super) fn member(&self, setting: &Setting<'_>) -> nn::Member<'a> {
        let seed = |purpose| setting.inputs.seed(self.configuration, self.trial, purpose);
        nn::Member {
            configuration: self.configuration,
            init_seed: seed(Purpose::Init),
            noise_seed: seed(Purpose::Noise),
        }
    }

    /// Where a schedule that watches progress looks: the validation part, or the training part where there is none.
    fn schedule_part(&self) -> Option<Part> {
        let part = if self.data.validation.is_some() { Part::Validation } else { Part::Train };
        self.schedule.watches().then_some(part)
    }

    /// The epoch that a trial which passed `step` steps is in, or the one that it broke in.
    pub(super) fn epoch(&self, step: usize, steps_per_epoch: usize) -> usize {
        self.broken.unwrap_or(step).div_ceil(steps_per_epoch)
    }

    /// Whether it must be looked at after every epoch.
    pub(super) fn watches(&self) -> bool {
        self.schedule.watches() || self.stopping.watched().next().is_some()
    }

    /// Whether it looks at more than losses.
    pub(super) fn watches_metrics(&self) -> bool {
        self.stopping.watched().any(|m| m.metric != "loss")
    }

    /// The parts whose metrics are needed after every epoch.
    pub(super) fn watched_parts(&self) -> Vec<Part> {
        self.stopping.watched().map(|m| m.part).chain(self.schedule_part()).collect()
    }

    /// Feeds rules and schedule after an epoch. Returns how the trial ends, if it does, and whether these parameters are to be kept.
    pub(super) fn observe(
        &mut self,
        epoch: usize,
        step: usize,
        member: usize,
        judged: &[Option<Judged>],
    ) -> (Option<End>, bool) {
        if self.broken.is_some() {
            return (Some(End::NonFinite), false);
        }
        let value = |metric: &MetricOf| match find(judged, metric.part) {
            Some(judged) => judged.metric(member, &self.data, metric::find(&metric.metric)),
            None => f64::NAN,
        };
        let values: Vec<f64> = self.stopping.watched().map(value).collect();
        let (end, improved) = self.stopping.observe(epoch, &values);
        let keep = improved && self.stopping.restores();
        if keep {
            self.best = Some(epoch);
        }
        if epoch > 0
            && let Some(judged) = self.schedule_part().and_then(|part| find(judged, part))
        {
            self.schedule.observe(judged.loss[member]);
        }
        let spent = (step >= self.steps).then_some(End::Finished);
        (end.filter(|_| epoch > 0).or(spent), keep)
    }

    /// At its end a loss that is found NaN or infinite only by evaluating the whole part breaks the trial too.
    pub(super) fn break_if_not_finite(
        &mut self,
        step: usize,
        member: usize,
        judged: &[Option<Judged>],
        end: &mut Option<End>,
    ) {
        if find(judged, Part::Train).is_some_and(|j| !j.loss[member].is_finite()) {
            self.broken.get_or_insert(step);
            *end = Some(End::NonFinite);
        }
    }

    pub(super) fn record(
        &mut self,
        columns: &[Column],
        epoch: usize,
        step: usize,
        member: usize,
        judged: &[Option<Judged>],
    ) {
        let value = |column: &Column| match find(judged, column.part) {
            Some(judged) if self.broken.is_none() && judged.loss[member].is_finite() => {
                judged.metric(member, &self.data, column.metric)
            }
            _ => f64::NAN,
        };
        let values = columns.iter().map(value).collect();
        if epoch == 0 {
            self.first_loss = find(judged, Part::Train).map_or(f64::NAN, |j| j.loss[member]);
        }
        // A trial that broke after an epoch that was recorded ends with that epoch.
        self.curve.pop_if(|last| last.epoch == epoch);
        self.curve.push(CurvePoint { epoch, step: self.broken.unwrap_or(step), values });
    }

    pub(super) fn into_record(
        self,
        member: usize,
        end: End,
        epoch: usize,
        step: usize,
        judged: &[Judged],
    ) -> TrialRecord {
        let of = |part: Part| judged.iter().find(|j| j.part == part);
        let train_loss = of(Part::Train).map_or(f64::NAN, |j| j.loss[member]);
        let end = match end {
            End::NonFinite => end,
            _ if !train_loss.is_finite() => End::NonFinite,
            _ if train_loss > DIVERGED_FACTOR * self.first_loss => End::Diverged,
            _ => end,
        };
        let skill =
            of(Part::Validation).or(of(Part::Train)).map_or(f64::NAN, |j| j.skill(member, &self.data, end));
        let (metrics, confusion) = final_metrics(&self.data, member, end, judged);
        let restored = self.best.filter(|_| end != End::TargetReached);
        TrialRecord {
            trial: self.trial.index,
            id: self.trial.id.clone(),
            end,
            epochs: epoch,
            steps: self.broken.unwrap_or(step),
            best_epoch: restored.unwrap_or(epoch),
            skill,
            metrics,
            confusion,
            curve: self.curve,
            seconds: self.seconds,
        }
    }
}

/// Every metric of every part, and the confusions; of a trial whose loss or parameters were not finite nothing is told.
fn final_metrics(
    data: &Prepared,
    member: usize,
    end: End,
    judged: &[Judged],
) -> (FinalMetrics, Vec<(Part, Confusion)>) {
    let names = |j: &Judged| {
        let part = j.part;
        judge::metric_names(data.task).map(move |name| (part, name.into()))
    };
    let names: Vec<_> = judged.iter().flat_map(names).collect();
    let mut values = Vec::with_capacity(names.len());
    let told = |j: &Judged| Some((j.part, j.all_metrics(member, data, &mut values)?));
    let mut confusion: Vec<_> = judged.iter().filter_map(told).collect();
    if end == End::NonFinite {
        values.fill(f64::NAN);
        confusion.clear();
    }
    (FinalMetrics::new(names.into(), values), confusion)
}

fn find(judged: &[Option<Judged>], part: Part) -> Option<&Judged> {
    judged.iter().flatten().find(|j| j.part == part)
}
