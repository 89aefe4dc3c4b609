//! One trial while it trains: its streams, its rules, its curve.

use std::sync::Arc;

use super::judge::{self, Confusion, Judged};
use super::looks;
use super::order::Batches;
use super::state::Moment;
use super::stopping::Stopping;
use super::{Column, Hopeless, Setting, Shown};
use crate::catalog::Facts;
use crate::data::Prepared;
use crate::event::{
    Break, CurvePoint, End, FinalMetrics, Inside, Look, Portrait, SearchCounts, TrialRecord, TrialState,
};
use crate::metric;
use crate::nn;
use crate::plan::Trial;
use crate::rng::Purpose;
use crate::spec::{Budget, Configuration, MetricOf, Part, Task, Weights};

/// A finite final loss this many times the first counts as diverged. Ten is far beyond what noise of a batch or of dropout can do,
/// and far below where a diverging run ends.
const DIVERGED_FACTOR: f64 = 10.0;

/// From here on the six evaluations of a trial that is asked are a fiftieth of its work at most.
const MANY_EPOCHS: usize = 100;

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
    /// Optimizer steps after which it ends: its budget, or where its sampler stops it.
    pub(super) goal: usize,
    /// Optimizer steps made.
    pub(super) step: usize,
    per_epoch: usize,
    curve: Vec<CurvePoint>,
    /// The epochs after which it is asked whether it is hopeless; none where that is not wanted.
    ask_epochs: Vec<usize>,
    /// Whether it ends where it is; else that is told once.
    pub(super) ends_hopeless: bool,
    rule: &'a dyn Hopeless,
    shown: Vec<Shown>,
    /// The epochs before its last after which it is looked into; `None`: it never is.
    look_epochs: Option<Vec<usize>>,
    pub(super) looks: Vec<Look>,
    first_loss: f64,
    /// Its samples for training.
    pub(super) samples: Arc<nn::Samples>,
    /// Steps made when the loss or a parameter was first NaN or infinite. What the trial computes from there on depends on how long
    /// its neighbours train, so nothing after it is told.
    pub(super) broken: Option<usize>,
    /// What its optimizer found so far, where it searches along lines.
    pub(super) searched: Option<nn::Searched>,
    pub(super) seconds: f64,
    /// The best epoch, where its parameters are to be restored.
    pub(super) best: Option<usize>,
    /// From where a later trial of its lineage can go on, where its sampler stops it.
    pub(super) halted: Option<TrialState>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, trial: &'a Trial) -> Runner<'a> {
        let configuration = &setting.plan.configurations[trial.configuration].configuration;
        // Every split of the plan was made once before training began, so it can be made again.
        let data =
            setting.inputs.prepared(setting.plan, trial).expect("a split that was checked before training");
        let batches = Batches::new(data.train.rows, configuration.train.batch);
        let per_epoch = batches.count;
        let steps = match configuration.train.budget {
            Budget::Epochs(n) => n * per_epoch,
            Budget::Steps(n) => n,
        };
        let budget = steps.div_ceil(per_epoch);
        let ends_hopeless = configuration.train.stop_hopeless;
        let look_epochs = looks::epochs(setting.looking, steps, batches);
        let every = setting.every.unwrap_or_else(|| super::recorded_every(budget));
        // Asking evaluates both parts: that is done anyway where every epoch is recorded, and little where there are many.
        let is_cheap = every == 1 || budget >= MANY_EPOCHS;
        let is_long = look_epochs.as_ref().is_some_and(|epochs| epochs.len() > 1);
        // How often the rule is right was measured by accuracy, of classes that weigh the same.
        let is_measured = configuration.data.weights == Weights::Equal && data.task != Task::MultiLabel;
        let tells = setting.tells && is_long && is_cheap && is_measured;
        Runner {
            trial,
            configuration,
            samples: setting.inputs.training(setting.plan, trial, &data),
            data,
            order_seed: setting.inputs.seed(configuration, trial, Purpose::Order),
            schedule: nn::Schedule::new(&configuration.optimizer.schedule),
            stopping: Stopping::new(&configuration.train),
            every,
            steps,
            goal: trial.until.map_or(steps, |epochs| steps.min(epochs.saturating_mul(per_epoch))),
            step: 0,
            per_epoch,
            curve: Vec::new(),
            ask_epochs: if ends_hopeless || tells { setting.hopeless.epochs(budget) } else { Vec::new() },
            ends_hopeless,
            rule: setting.hopeless,
            shown: Vec::new(),
            look_epochs,
            looks: Vec::new(),
            first_loss: f64::NAN,
            broken: None,
            searched: None,
            seconds: 0.0,
            best: None,
            halted: None,
        }
    }

    /// Whether this epoch goes into its curve; the last one does in any case.
    pub(super) fn records(&self) -> bool {
        self.passed().is_multiple_of(self.every)
    }

    /// Whether it is to be looked into now: after a scheduled epoch, or at its end. One that broke never is.
    pub(super) fn is_look_due(&self, is_end: bool) -> bool {
        let is_new = self.looks.last().is_none_or(|look| look.step < self.step);
        let is_planned = |epochs: &Vec<usize>| is_end || epochs.contains(&self.passed());
        is_new && self.broken.is_none() && self.look_epochs.as_ref().is_some_and(is_planned)
    }

    /// Epochs until it is next looked into or asked before its end.
    pub(super) fn until_look(&self) -> Option<usize> {
        let later = |epochs: &Vec<usize>| epochs.iter().find(|epoch| **epoch > self.passed()).copied();
        let next = self.look_epochs.iter().chain([&self.ask_epochs]).filter_map(later).min();
        next.map(|epoch| epoch - self.passed())
    }

    /// Whether it is to be asked now whether it is hopeless.
    pub(super) fn is_asked(&self) -> bool {
        self.broken.is_none() && self.ask_epochs.contains(&self.passed()) && !self.rule.is_safe(&self.shown)
    }

    /// Keeps what it shows now, and says whether it is hopeless by that and by what it showed before.
    pub(super) fn is_hopeless(&mut self, member: usize, judged: &[Judged]) -> bool {
        let of = |part| find(judged, part).filter(|j| j.is_told(member));
        let loss = of(Part::Train).map_or(f64::NAN, |j| j.loss(member));
        let skill = |part| of(part).map_or(f64::NAN, |j| j.skill(member, &self.data, End::Finished));
        self.shown.push(Shown { loss, skill: skill(Part::Train).max(skill(Part::Validation)) });
        self.rule.is_hopeless(&self.shown)
    }

    /// What is known of it now, as if it ended here as hopeless. It goes on, and is not asked again.
    pub(super) fn so_far(&mut self, columns: &[Column], member: usize, judged: &[Judged]) -> TrialRecord {
        let (curve, looks) = (self.curve.clone(), self.looks.clone());
        self.record(columns, member, judged);
        let record = self.take_record(member, End::Hopeless, judged, None, None);
        (self.curve, self.looks) = (curve, looks);
        self.ask_epochs.clear();
        record
    }

    /// Where it can go on, if it was suspended and still has an epoch to train.
    pub(super) fn suspended(&self, setting: &Setting<'_>) -> Option<Moment> {
        let most = self.goal.div_ceil(self.per_epoch) - 1;
        let state = (most > 0).then(|| setting.states.load(&self.trial.lineage, most))??;
        let moment = Moment::read(&state.bytes, &Moment::context(setting, self))?;
        let is_of = |point: &CurvePoint| point.values.len() == setting.columns.len();
        let asked = self.ask_epochs.iter().filter(|epoch| **epoch <= state.epochs).count();
        let fits = (1..=most).contains(&state.epochs)
            && moment.network.steps == (state.epochs * self.per_epoch) as u64
            && moment.curve.iter().all(is_of)
            && (!self.ends_hopeless || self.rule.is_safe(&moment.shown) || moment.shown.len() == asked);
        fits.then_some(moment)
    }

    /// Goes on from there; gives what belongs to its network, or `None` where the moment is of another trial.
    pub(super) fn resume(&mut self, moment: Moment) -> Option<nn::State> {
        if !self.schedule.resume(&moment.schedule) {
            return None;
        }
        self.stopping.resume(moment.stopping);
        self.step = moment.network.steps as usize;
        self.first_loss = moment.first_loss;
        self.seconds = moment.seconds;
        self.best = moment.best;
        self.curve = moment.curve;
        self.looks = moment.looks;
        self.shown = moment.shown;
        // Who was not asked from the start on, since nobody wanted to be told, cannot be judged.
        let asked = self.ask_epochs.iter().filter(|epoch| **epoch <= self.passed()).count();
        if !self.ends_hopeless && self.shown.len() != asked {
            self.ask_epochs.clear();
        }
        Some(moment.network)
    }

    /// The trial as it is now, between two epochs, with its network.
    pub(super) fn suspend(&mut self, setting: &Setting<'_>, network: nn::State) -> TrialState {
        let moment = Moment {
            // What was never asked for again need not be kept.
            network: nn::State { kept: network.kept.filter(|_| self.best.is_some()), ..network },
            stopping: self.stopping.state(),
            schedule: self.schedule.state(),
            first_loss: self.first_loss,
            seconds: self.seconds,
            best: self.best,
            curve: self.curve.clone(),
            looks: self.looks.clone(),
            shown: self.shown.clone(),
        };
        let bytes = moment.write(&Moment::context(setting, self));
        TrialState { lineage: self.trial.lineage.clone(), epochs: self.passed(), bytes }
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

    /// Epochs passed.
    pub(super) fn passed(&self) -> usize {
        self.step.div_ceil(self.per_epoch)
    }

    /// The same, or the epoch that it broke in.
    fn epoch(&self) -> usize {
        self.broken.unwrap_or(self.step).div_ceil(self.per_epoch)
    }

    /// Whether it must be looked at after every epoch.
    pub(super) fn watches(&self) -> bool {
        self.schedule.watches() || self.stopping.watched().next().is_some() || self.searches()
    }

    /// Whether its optimizer may end it.
    fn searches(&self) -> bool {
        matches!(self.configuration.optimizer.method.entry.facts, Facts::LineSearch)
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
    pub(super) fn observe(&mut self, member: usize, judged: &[Judged]) -> (Option<End>, bool) {
        let epoch = self.passed();
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
            self.schedule.observe(judged.loss(member));
        }
        let spent = match (self.searched.and_then(|s| s.halt), self.step) {
            (Some(nn::Halt::Converged), _) => Some(End::Converged),
            (Some(nn::Halt::Stalled), _) => Some(End::Stalled),
            (None, step) if step >= self.steps => Some(End::Finished),
            (None, step) if step >= self.goal => Some(End::Halted),
            _ => None,
        };
        (end.filter(|_| epoch > 0).or(spent), keep)
    }

    /// At its end a loss that is found NaN or infinite only by evaluating the whole part breaks the trial too.
    pub(super) fn break_if_not_finite(&mut self, member: usize, judged: &[Judged], end: &mut Option<End>) {
        if find(judged, Part::Train).is_some_and(|j| !j.loss(member).is_finite()) {
            self.broken.get_or_insert(self.step);
            *end = Some(End::NonFinite);
        }
    }

    /// Adds the epoch it is at to its curve.
    pub(super) fn record(&mut self, columns: &[Column], member: usize, judged: &[Judged]) {
        let epoch = self.epoch();
        let value = |column: &Column| match find(judged, column.part) {
            Some(judged) if self.broken.is_none() && judged.loss(member).is_finite() => {
                judged.metric(member, &self.data, column.metric)
            }
            _ => f64::NAN,
        };
        let values = columns.iter().map(value).collect();
        if epoch == 0 {
            self.first_loss = find(judged, Part::Train).map_or(f64::NAN, |j| j.loss(member));
        }
        // A trial that broke after an epoch that was recorded ends with that epoch.
        self.curve.pop_if(|last| last.epoch == epoch);
        self.curve.push(CurvePoint { epoch, step: self.broken.unwrap_or(self.step), values });
    }

    /// `inside` is what its network looks like, where anybody looked; `broke` where its numbers stopped being finite.
    pub(super) fn take_record(
        &mut self,
        member: usize,
        end: End,
        judged: &[Judged],
        inside: Option<Inside>,
        broke: Option<Break>,
    ) -> TrialRecord {
        let epoch = self.epoch();
        let of = |part: Part| judged.iter().find(|j| j.part == part);
        let train_loss = of(Part::Train).map_or(f64::NAN, |j| j.loss(member));
        let end = match end {
            End::NonFinite => end,
            _ if !train_loss.is_finite() => End::NonFinite,
            _ if train_loss > DIVERGED_FACTOR * self.first_loss => End::Diverged,
            _ => end,
        };
        let skill =
            of(Part::Validation).or(of(Part::Train)).map_or(f64::NAN, |j| j.skill(member, &self.data, end));
        let (metrics, confusion) = final_metrics(&self.data, member, end, judged);
        // The part that judges is the last.
        let calibration = judged.last().and_then(|j| j.calibration(member, &self.data));
        let portrait = Portrait { calibration, inside: inside.map(Box::new) };
        let is_told = end != End::NonFinite && portrait != Portrait::default();
        let counts = |s: nn::Searched| SearchCounts {
            iterations: s.iterations,
            // Both are computed together.
            function_calls: s.calls,
            gradient_calls: s.calls,
        };
        let restored = self.best.filter(|_| end != End::TargetReached);
        TrialRecord {
            trial: self.trial.index,
            id: self.trial.id.clone(),
            end,
            epochs: epoch,
            steps: self.broken.unwrap_or(self.step),
            best_epoch: restored.unwrap_or(epoch),
            search: self.searched.map(counts),
            skill,
            metrics,
            confusion,
            curve: std::mem::take(&mut self.curve),
            looks: std::mem::take(&mut self.looks),
            broke,
            portrait: is_told.then(|| Box::new(portrait)),
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

fn find(judged: &[Judged], part: Part) -> Option<&Judged> {
    judged.iter().find(|j| j.part == part)
}
