//! One pack from first epoch to last.
//!
//! Members that end leave the population at once; the others do not notice. Members may be at different epochs: what is shared is the
//! step within the epoch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Setting;
use super::judge::{Judged, PartFeed};
use super::member::Runner;
use super::order::Batches;
use super::state::Moment;
use super::{broke, looks, model, portrait};
use crate::data::Prepared;
use crate::event::{End, Event, Inside, Model, Observer, TrialRecord};
use crate::nn::{self, Feed, Samples, Trainer};
use crate::plan::{Pack, Trial};
use crate::spec::{Models, Part, Sampling};

/// A pack in training.
pub(super) struct Run<'a> {
    setting: &'a Setting<'a>,
    runners: Vec<Runner<'a>>,
    pub(super) trainer: Trainer,
    pub(super) batches: Batches,
    sampling: Sampling,
    parts: Vec<PartFeed>,
    /// Members that go on and would be ended where that was asked for, since this was last told.
    underway: Vec<TrialRecord>,
    /// Until when time was shared out.
    clock: Instant,
}

/// Row numbers that may be laid out for one stretch.
const ORDERS_MAX: usize = 1 << 20;
/// Losses and schedule factors that may be held at once, for all members.
const STEPS_MAX: usize = 1 << 17;
/// Multiply-adds of one stretch, about: a tenth of a second, so that a run stops soon when it is told to.
const WORK_MAX: usize = 1 << 32;
/// Stretches that a run which is told to stop still trains to reach the end of an epoch, where it can be suspended: some seconds.
const STRETCHES_TO_END: usize = 64;

pub(super) fn run(setting: &Setting<'_>, pack: &Pack, observer: &mut dyn Observer) {
    let started = Instant::now();
    let mut run = Run::new(setting, pack);
    let first = &setting.plan.trials[pack.trials[0]];
    let shape = setting.shapes.get(setting.inputs, setting.plan, first);
    let label = super::pack_label(run.runners[0].configuration, shape);
    let resumed = run.runners.iter().filter(|r| r.step > 0).count();
    observer.on(&Event::PackStarted { pack: pack.index, trials: pack.trials.len(), label: &label, resumed });
    let everyone: Vec<usize> = (0..run.runners.len()).collect();
    run.begin(&everyone, pack, observer);
    while !run.runners.is_empty() && !run.is_stopped() {
        let alive = run.runners.len();
        let Some(epochs) = run.train() else { break };
        run.share_time();
        let ended = run.look(&(0..alive).collect::<Vec<_>>());
        run.share_time();
        run.underway.drain(..).for_each(|record| observer.on(&Event::Underway(&record)));
        let mut over = Vec::new();
        for (model, record) in run.finish(&ended) {
            if let Some(model) = model {
                observer.on(&Event::Trained(&model));
            }
            observer.on(&Event::TrialDone(&record));
            over.extend((record.end != End::Halted).then_some(record.trial));
        }
        let member_epochs = (alive * epochs) as u64;
        observer.on(&Event::Progress { pack: pack.index, alive: run.runners.len(), member_epochs });
        // Whoever keeps records has written them by now: a state is forgotten when it is not needed to make one again.
        over.iter().for_each(|trial| setting.states.forget(&setting.plan.trials[*trial].lineage));
        run.checkpoint(false);
        run.refill(pack, observer);
    }
    if run.is_stopped() {
        run.checkpoint(true);
    }
    if run.runners.is_empty() {
        observer.on(&Event::PackDone { pack: pack.index, seconds: started.elapsed().as_secs_f64() });
    }
}

impl<'a> Run<'a> {
    fn new(setting: &'a Setting<'a>, pack: &Pack) -> Run<'a> {
        let runners: Vec<Runner<'a>> =
            pack.trials.iter().map(|&t| Runner::new(setting, &setting.plan.trials[t])).collect();
        let train = &runners[0].configuration.train;
        let (batches, sampling) = (Batches::new(runners[0].data.train.rows, train.batch), train.sampling);
        let states = runners.iter().map(|_| None).collect();
        let (trainer, parts, clock) = (trainer(setting, &runners), Vec::new(), Instant::now());
        let underway = Vec::new();
        let mut run = Run { setting, runners, trainer, batches, sampling, parts, underway, clock };
        run.resume(states);
        run.parts = run.parts();
        run
    }

    /// One trial from its start, in no pack.
    pub(super) fn alone(setting: &'a Setting<'a>, trial: &'a Trial) -> Run<'a> {
        let runners = vec![Runner::new(setting, trial)];
        let train = &runners[0].configuration.train;
        let (batches, sampling) = (Batches::new(runners[0].data.train.rows, train.batch), train.sampling);
        let (trainer, parts, clock) = (trainer(setting, &runners), Vec::new(), Instant::now());
        Run { setting, runners, trainer, batches, sampling, parts, underway: Vec::new(), clock }
    }

    /// Members without a network of their own go on where they were suspended, if they were; those with one go on from there.
    fn resume(&mut self, mut states: Vec<Option<nn::State>>) {
        let setting = self.setting;
        let mut moments: Vec<Option<Moment>> = Vec::with_capacity(states.len());
        for (runner, state) in self.runners.iter().zip(&states) {
            let moment = if state.is_none() { runner.suspended(setting) } else { None };
            moments.push(moment.filter(|moment| self.trainer.fits(&moment.network)));
        }
        let steps = |moment: &Option<Moment>| moment.as_ref().map(|m| m.network.steps);
        if self.is_cut() && moments.iter().any(|moment| steps(moment) != steps(&moments[0])) {
            return;
        }
        for ((runner, moment), state) in self.runners.iter_mut().zip(moments).zip(&mut states) {
            if let Some(moment) = moment {
                *state = runner.resume(moment);
            }
        }
        self.trainer.resume(&states);
    }

    /// Gives the places of members that ended to trials that wait, where that pays.
    fn refill(&mut self, pack: &Pack, observer: &mut dyn Observer) {
        let alive = self.runners.len();
        if self.is_stopped() || alive == 0 || self.is_cut() || !pays(alive, pack.places.members) {
            return;
        }
        let members: Vec<usize> = self.runners.iter().map(|r| r.trial.index).collect();
        let setting = self.setting;
        let joining = setting.queue.join(pack, &members);
        if joining.is_empty() {
            return;
        }
        let mut states: Vec<Option<nn::State>> = self.trainer.states().into_iter().map(Some).collect();
        self.runners.extend(joining.iter().map(|t| Runner::new(setting, &setting.plan.trials[*t])));
        states.resize(self.runners.len(), None);
        self.trainer = trainer(setting, &self.runners);
        self.resume(states);
        self.parts = self.parts();
        let new: Vec<usize> = (alive..self.runners.len()).collect();
        self.begin(&new, pack, observer);
    }

    /// The budget, which is then that of all members, cuts an epoch short, and they must pass all epochs together.
    fn is_cut(&self) -> bool {
        !self.runners[0].steps.is_multiple_of(self.batches.count)
    }

    /// Looks at those of these members who have not trained yet, and counts what the others trained before.
    fn begin(&mut self, members: &[usize], pack: &Pack, observer: &mut dyn Observer) {
        let (fresh, resumed): (Vec<usize>, Vec<usize>) =
            members.iter().partition(|m| self.runners[**m].step == 0);
        self.look(&fresh);
        let before: usize = resumed.iter().map(|m| self.runners[*m].passed()).sum();
        let (alive, member_epochs) = (self.runners.len(), before as u64);
        observer.on(&Event::Progress { pack: pack.index, alive, member_epochs });
    }

    fn is_stopped(&self) -> bool {
        self.setting.stop.load(Ordering::Relaxed)
    }

    /// Divides the time that passed among the members.
    fn share_time(&mut self) {
        let share = self.clock.elapsed().as_secs_f64() / self.runners.len() as f64;
        self.clock = Instant::now();
        self.runners.iter_mut().for_each(|r| r.seconds += share);
    }

    /// The parts that are looked at while training goes on, for every member.
    fn parts(&self) -> Vec<PartFeed> {
        let everyone: Vec<usize> = (0..self.runners.len()).collect();
        [Part::Train, Part::Validation].into_iter().filter_map(|part| self.part(part, &everyone)).collect()
    }

    /// A part of some members, or `None` where there is no such part.
    fn part(&self, part: Part, members: &[usize]) -> Option<PartFeed> {
        let Setting { inputs, plan, .. } = self.setting;
        let of = |r: &Runner<'_>| inputs.samples(plan, r.trial, &r.data, part);
        let (samples, samples_of) = distinct(members.iter().filter_map(|m| of(&self.runners[*m])));
        (!samples.is_empty()).then(|| PartFeed { part, feed: Feed::whole(samples, samples_of) })
    }

    /// Epochs until a member must be looked at. What a member computes does not depend on it.
    fn stretch(&self) -> usize {
        if self.runners.iter().any(Runner::watches) {
            return 1;
        }
        let until = |every: usize, r: &Runner<'_>| every - r.passed() % every;
        let until_due = |r: &Runner<'_>| {
            let left = (r.goal - r.step).div_ceil(self.batches.count);
            let recorded = until(r.every, r);
            let looked = r.until_look().unwrap_or(left);
            left.min(recorded)
                .min(looked)
                .min(r.configuration.train.checkpoint.map_or(left, |every| until(every, r)))
        };
        let due = self.runners.iter().map(until_due).min().unwrap_or(1);
        let rows = self.batches.rows * self.runners.len();
        let work = rows * self.trainer.parameter_count() * self.trainer.time_steps() * 3;
        let bearable = (ORDERS_MAX / rows).min(WORK_MAX / work.max(1));
        due.min(bearable).max(1)
    }

    /// Steps that may be made at once: as much work as is soon done, and bounded memory for what each step needs and gives.
    fn breath(&self) -> usize {
        let members = self.runners.len();
        let work =
            self.batches.size * members * self.trainer.parameter_count() * self.trainer.time_steps() * 3;
        (STEPS_MAX / members).min(WORK_MAX / work.max(1)).max(1)
    }

    /// Trains for a stretch; a budget in steps may cut its last epoch short (all members of a pack then share that budget and where
    /// they are in it). Gives the epochs passed. Told to stop, it leaves after the epoch; where that is far and no checkpoint is kept
    /// of what is trained, between two steps, with `None`.
    fn train(&mut self) -> Option<usize> {
        let epochs = self.stretch();
        let count = self.batches.count;
        let left = self.runners.iter().map(|r| r.goal - r.step).min().unwrap_or(0);
        let mut steps = (epochs * count).min(left);
        let mut feed = self.feed(epochs);
        while feed.first < steps {
            if self.is_stopped() {
                let end = feed.first.next_multiple_of(count);
                let is_kept = |r: &Runner<'_>| r.configuration.train.checkpoint.is_some();
                let is_near = self.setting.states.keeps()
                    && (end - feed.first).div_ceil(self.breath()) <= STRETCHES_TO_END;
                if feed.first == 0 || !(is_near || self.runners.iter().any(is_kept)) {
                    return None;
                }
                steps = steps.min(end);
            }
            let some = self.breath().min(steps - feed.first);
            self.make_steps(&feed, some);
            feed.first += some;
        }
        self.break_where_not_finite();
        Some(steps.div_ceil(count))
    }

    pub(super) fn make_steps(&mut self, feed: &Feed, steps: usize) {
        let factors = self.factors(steps);
        let losses = self.trainer.advance(feed, steps, factors.as_deref());
        for (index, losses) in losses.chunks(self.runners.len()).enumerate() {
            for (runner, loss) in self.runners.iter_mut().zip(losses) {
                if !loss.is_finite() {
                    runner.broken.get_or_insert(runner.step + index);
                }
            }
        }
        self.runners.iter_mut().for_each(|r| r.step += steps);
        if let Some(searched) = self.trainer.searched() {
            self.runners.iter_mut().zip(searched).for_each(|(r, searched)| r.searched = Some(searched));
        }
    }

    /// Parameters may leave the range of numbers in the last step, before a loss shows it. Asked only where a trial itself looks
    /// or ends: neither a neighbour's looks nor how often epochs are recorded may show.
    fn break_where_not_finite(&mut self) {
        let is_due = |r: &Runner<'_>| r.watches() || r.ends_hopeless && r.is_asked() || r.goal <= r.step;
        if !self.runners.iter().any(is_due) {
            return;
        }
        for (runner, is_finite) in self.runners.iter_mut().zip(self.trainer.finite()) {
            if !is_finite && is_due(runner) {
                runner.broken.get_or_insert(runner.step);
            }
        }
    }

    /// The training samples of every member in the orders of its next epochs.
    pub(super) fn feed(&self, epochs: usize) -> Feed {
        let (samples, samples_of) = distinct(self.runners.iter().map(|r| r.samples.clone()));
        let repeats = self.batches.repeats(self.sampling);
        let epochs = if repeats { 1 } else { epochs };
        // Seeds of orders, and the epochs that they are at.
        let mut drawn: Vec<(u64, usize)> = Vec::new();
        let mut order_of = Vec::with_capacity(self.runners.len());
        for runner in &self.runners {
            let draw = if repeats { (0, 0) } else { (runner.order_seed, runner.passed()) };
            let known = drawn.iter().position(|d| *d == draw);
            order_of.push(known.unwrap_or(drawn.len()));
            if known.is_none() {
                drawn.push(draw);
            }
        }
        let orders = &self.setting.inputs.orders;
        let order = |(seed, passed): &(u64, usize)| {
            orders.epochs(self.batches, self.sampling, *seed, passed + 1, epochs)
        };
        Feed {
            samples,
            samples_of,
            orders: drawn.iter().map(order).collect(),
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
        for index in 0..steps {
            for runner in &self.runners {
                let (step, steps, epochs) = (runner.step + index, runner.steps, runner.steps.div_ceil(count));
                let progress =
                    nn::Progress { step, steps, epoch: step / count, epochs, steps_per_epoch: count };
                factors.push(runner.schedule.factor(progress));
            }
        }
        Some(factors)
    }

    /// Looks at members after an epoch (or before their first): rules, schedules, curves. Returns how each ended, if it did.
    fn look(&mut self, members: &[usize]) -> Vec<Option<End>> {
        let alive = self.runners.len();
        let mut judged: Vec<Judged> = self.parts.iter().map(|p| Judged::new(p.part, alive)).collect();
        let parts: Vec<Part> = self.parts.iter().map(|p| p.part).collect();
        for part in &parts {
            let watches = |m: &&usize| self.runners[**m].watched_parts().contains(part);
            let watching: Vec<usize> = members.iter().filter(watches).copied().collect();
            let outputs = watching.iter().any(|m| self.runners[*m].watches_metrics());
            self.judge(*part, &watching, outputs, &mut judged);
        }
        let (mut ended, mut keep) = (vec![None; alive], vec![false; alive]);
        for &member in members {
            (ended[member], keep[member]) = self.runners[member].observe(member, &judged);
        }
        if keep.contains(&true) {
            self.trainer.snapshot(&keep);
        }
        self.ask(members, &mut judged, &mut ended);
        // Only what a member is due: that a neighbour ends must not show in it.
        let recorded: Vec<usize> = members.iter().copied().filter(|m| self.runners[*m].records()).collect();
        let mut shown: Vec<usize> = members.to_vec();
        shown.retain(|m| ended[*m].is_some() || self.runners[*m].records());
        for part in &parts {
            self.judge(*part, &shown, true, &mut judged);
        }
        for member in recorded {
            self.runners[member].record(self.setting.columns, member, &judged);
        }
        self.look_inside(members, |_| false);
        self.halt(&ended);
        self.look_inside(members, |m| ended[m].is_some_and(|end| end != End::NonFinite));
        for member in shown {
            let end = &mut ended[member];
            if end.is_some() {
                self.runners[member].break_if_not_finite(member, &judged, end);
                self.runners[member].record(self.setting.columns, member, &judged);
            }
        }
        ended
    }

    /// Ends those of these members that are hopeless, where they are asked now and go on otherwise, perhaps in another rung; or keeps
    /// what is known of them, to be told.
    fn ask(&mut self, members: &[usize], judged: &mut [Judged], ended: &mut [Option<End>]) {
        let goes_on = |m: &usize| matches!(ended[*m], None | Some(End::Halted));
        let asked: Vec<usize> =
            members.iter().copied().filter(|m| goes_on(m) && self.runners[*m].is_asked()).collect();
        for part in [Part::Train, Part::Validation] {
            self.judge(part, &asked, true, judged);
        }
        for member in asked {
            let runner = &mut self.runners[member];
            if !runner.is_hopeless(member, judged) {
                continue;
            }
            if runner.ends_hopeless {
                ended[member] = Some(End::Hopeless);
            } else if ended[member].is_none() {
                self.underway.push(runner.so_far(self.setting.columns, member, judged));
            }
        }
    }

    /// Looks into the networks of those of these members that are due. What is seen at an end is no part of a state.
    fn look_inside(&mut self, members: &[usize], is_end: impl Fn(usize) -> bool) {
        let is_due = |m: &usize| self.runners[*m].is_look_due(is_end(*m));
        let due: Vec<usize> = members.iter().copied().filter(is_due).collect();
        let Some(train) = self.part(Part::Train, &due) else { return };
        let runners: Vec<&Runner<'_>> = due.iter().map(|m| &self.runners[*m]).collect();
        let looks = looks::look(self.setting, &runners, &due, &self.trainer, train.feed);
        for (member, look) in due.into_iter().zip(looks) {
            self.runners[member].looks.push(look);
        }
    }

    /// Evaluates a part for these members unless that was done in this epoch.
    fn judge(&self, part: Part, members: &[usize], outputs: bool, judged: &mut [Judged]) {
        let Some(at) = self.parts.iter().position(|p| p.part == part) else {
            return;
        };
        let members = judged[at].unasked(members, outputs);
        if !members.is_empty() {
            let feed = self.parts[at].feed.of(&members);
            judged[at].ask(&self.trainer, &members, &self.data(&members), &feed, outputs);
        }
    }

    /// Suspends members that their samplers stop, before anything is done that is done at an end.
    fn halt(&mut self, ended: &[Option<End>]) {
        let is_halted: Vec<bool> = ended.iter().map(|end| *end == Some(End::Halted)).collect();
        if is_halted.contains(&true) {
            let halted = self.runners.iter_mut().zip(is_halted);
            for ((runner, is_halted), state) in halted.zip(self.trainer.states()) {
                if is_halted {
                    runner.halted = Some(runner.suspend(self.setting, state));
                }
            }
        }
    }

    /// Saves the members that are at a checkpoint; all of them, for the next process, where this one is to stop.
    fn checkpoint(&mut self, is_last: bool) {
        let count = self.batches.count;
        let is_due = |r: &Runner<'_>| {
            let is_asked = |every: usize| r.passed().is_multiple_of(every);
            let is_between_epochs = r.step > 0 && r.step.is_multiple_of(count);
            is_between_epochs && (is_last || r.configuration.train.checkpoint.is_some_and(is_asked))
        };
        if self.runners.iter().any(is_due) {
            for (runner, state) in self.runners.iter_mut().zip(self.trainer.states()) {
                if is_due(runner) {
                    let state = runner.suspend(self.setting, state);
                    if is_last { self.setting.states.keep(state) } else { self.setting.states.save(state) }
                }
            }
        }
    }

    /// Takes the members that ended out of the population and tells what became of them, with their best parameters where asked; with
    /// their networks, where these are kept.
    fn finish(&mut self, ended: &[Option<End>]) -> Vec<(Option<Model>, TrialRecord)> {
        let (keep, done): (Vec<usize>, Vec<usize>) = (0..ended.len()).partition(|m| ended[*m].is_none());
        if done.is_empty() {
            return Vec::new();
        }
        let restored: Vec<bool> =
            self.runners.iter().zip(ended).map(|(r, end)| r.best.is_some() && restores(*end)).collect();
        if restored.contains(&true) {
            self.trainer.restore(&restored);
        }
        let judged = self.judge_everything(&done);
        let mut insides = self.insides(ended);
        let mut records = Vec::with_capacity(done.len());
        let mut staying = Vec::with_capacity(keep.len());
        for (member, mut runner) in std::mem::take(&mut self.runners).into_iter().enumerate() {
            match ended[member] {
                Some(end) => {
                    if let Some(state) = runner.halted.take().filter(|_| end == End::Halted) {
                        self.setting.states.save(state);
                    }
                    let is_kept = self.setting.experiment.record.models != Models::None;
                    let model =
                        is_kept.then(|| model::model(self.setting, &runner, self.trainer.parameters(member)));
                    let inside = insides.remove(&member);
                    let broke = broke::find(self.setting, &runner);
                    let record = runner.take_record(member, end, &judged, inside, broke);
                    // What is left of a network that broke depends on how long its neighbours trained.
                    records.push((model.filter(|_| record.end != End::NonFinite), record));
                }
                None => staying.push(runner),
            }
        }
        self.runners = staying;
        if !keep.is_empty() {
            self.trainer.retain(&keep);
            self.parts = self.parts();
        }
        records
    }

    /// What the networks of those members look like that are looked into, by member.
    fn insides(&self, ended: &[Option<End>]) -> BTreeMap<usize, Inside> {
        let is_wanted = |m: &usize| {
            ended[*m].is_some_and(|end| end != End::NonFinite)
                && portrait::is_looked_into(self.setting.plan, self.runners[*m].trial)
        };
        let members: Vec<usize> = (0..ended.len()).filter(is_wanted).collect();
        let Some(train) = self.part(Part::Train, &members) else {
            return BTreeMap::new();
        };
        let sitters: Vec<&Runner<'_>> = members.iter().map(|m| &self.runners[*m]).collect();
        let found = portrait::insides(self.setting, &sitters, &members, &self.trainer, train.feed);
        members.into_iter().zip(found).filter_map(|(member, inside)| Some((member, inside?))).collect()
    }

    /// Every part of these members; the test part is made for this moment only.
    fn judge_everything(&self, members: &[usize]) -> Vec<Judged> {
        let data = self.data(members);
        let judge = |part| {
            let feed = self.part(part, members)?.feed;
            let mut judged = Judged::new(part, self.runners.len());
            judged.ask(&self.trainer, members, &data, &feed, true);
            Some(judged)
        };
        [Part::Train, Part::Validation, Part::Test].into_iter().filter_map(judge).collect()
    }

    fn data(&self, members: &[usize]) -> Vec<Arc<Prepared>> {
        members.iter().map(|m| self.runners[*m].data.clone()).collect()
    }
}

/// Whether it pays to fill a pack up of which `alive` members go on: where half of its places are free. Filling makes a population
/// anew, which costs as much as some epochs of a small network; free places cost the lanes of one block at most, since members that go
/// on move together. Seconds of one core for 640 trials on iris (4-5-6-3, up to 3,000 epochs, patience 20), and the share of lanes with
/// a member:
///
/// | places | never | half free | 8 free | any free |
/// |--:|--:|--:|--:|--:|
/// | 8 | 6.1 (0.56) | 4.3 (0.82) | 6.3 (0.56) | 5.6 (0.98) |
/// | 16 | 5.8 (0.56) | 3.5 (0.74) | 3.4 (0.74) | 3.4 (0.98) |
/// | 32 | 3.3 (0.78) | 2.9 (0.86) | 2.7 (0.87) | 3.1 (0.98) |
/// | 64 | 2.6 (0.90) | 2.4 (0.93) | 2.6 (0.94) | 3.7 (0.98) |
///
/// On digits (64-32-10, Adam), where a member alone is nearly as quick, no rule differs from another by more than the noise.
fn pays(alive: usize, places: usize) -> bool {
    2 * alive <= places
}

/// The networks of these trials as they begin.
fn trainer(setting: &Setting<'_>, runners: &[Runner<'_>]) -> Trainer {
    let shape = super::shapes::widths(&runners[0].data);
    let members: Vec<nn::Member<'_>> = runners.iter().map(|r| r.member(setting)).collect();
    Trainer::new(&members, shape)
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
    use End::{Converged, EarlyStopped, Finished, Halted, Hopeless, Stalled};
    matches!(end, Some(Finished | EarlyStopped | Halted | Hopeless | Converged | Stalled))
}
