//! Records in, state out: the plan of a running experiment, and which of its trials have come.
//!
//! It reads no file and knows no clock. The experiment is planned as it was frozen, so that arms, order, and numbers are those of the
//! report; what belongs to other plans waits, because a later round may ask for it.

use std::collections::BTreeMap;

use super::super::frozen::{self, Thawed};
use super::super::merge_command;
use super::super::recording::Recordings;
use crate::event::{CurvePoint, TrialRecord};
use crate::plan::Trial;
use crate::record::{Frozen, Heard, Place, Recording};
use crate::report::{self, Glance, MeanCurve};

/// Arms that are told of.
pub(super) const ARMS_MAX: usize = 40;
/// Arms whose curves are drawn: more lines cannot be told apart.
pub(super) const CURVES_MAX: usize = 8;
/// Trials of an arm whose curves are read.
pub(super) const CURVE_TRIALS_MAX: usize = 200;

/// See the module.
pub(super) struct Model {
    frozen: Frozen,
    thawed: Thawed,
    recordings: Recordings,
    /// Trials of the plan by id, all of them.
    index: BTreeMap<String, usize>,
    /// By trial: where its line stands.
    places: Vec<Option<Place>>,
    /// Sorted by trial.
    records: Vec<TrialRecord>,
    /// Trials in the order in which they were recorded.
    order: Vec<usize>,
    /// Trials of the plan at the beginning of each round.
    rounds: Vec<usize>,
    /// By shard: its trials of the plan that have come.
    of_shard: BTreeMap<(usize, usize), Vec<bool>>,
    /// Of other plans, or of rounds to come.
    others: Vec<Heard>,
    is_whole: bool,
    /// The next round asks for data that no run has read yet; records of one that has say so, and all is planned anew.
    is_ahead: bool,
}

impl Model {
    /// The first round of an experiment; or why this version of runner cannot plan it.
    pub(super) fn new(frozen: &Frozen) -> Result<Model, String> {
        let thawed = frozen::thaw(frozen)?;
        let recordings = thawed.recordings();
        let mut model = Model {
            frozen: frozen.clone(),
            recordings,
            index: BTreeMap::new(),
            places: Vec::new(),
            records: Vec::new(),
            order: Vec::new(),
            rounds: Vec::new(),
            of_shard: BTreeMap::new(),
            others: Vec::new(),
            is_whole: false,
            is_ahead: false,
            thawed,
        };
        model.enlist();
        Ok(model)
    }

    /// Whether records of this experiment belong to the plan; else it must be planned anew. Who went through more rounds may have
    /// read more data.
    pub(super) fn serves(&self, frozen: &Frozen) -> bool {
        let same =
            || self.frozen.differences(frozen).is_empty() && frozen.data.len() <= self.frozen.data.len();
        *frozen == self.frozen || same()
    }

    /// Notes the trials that the last round added.
    fn enlist(&mut self) {
        let trials = &self.thawed.plan.trials;
        self.rounds.push(self.places.len());
        self.index.extend(trials[self.places.len()..].iter().map(|t| (t.id.clone(), t.index)));
        self.places.resize(trials.len(), None);
    }

    /// Takes in what came; whether some of it belongs to the plan. `shards`: of each part that trials come from.
    pub(super) fn hear(
        &mut self,
        heard: Vec<Heard>,
        shards: &[Option<(usize, usize)>],
    ) -> Result<bool, String> {
        let before = self.records.len();
        self.take(heard, shards);
        while !self.is_whole && !self.is_ahead && self.records.len() == self.thawed.plan.trials.len() {
            self.thawed.tell(&self.records);
            match self.thawed.grow() {
                Ok(grown) => self.is_whole = !grown,
                Err(why) if why == frozen::UNREAD => self.is_ahead = true,
                Err(why) => return Err(why),
            }
            if !self.is_whole && !self.is_ahead {
                self.recordings = self.thawed.recordings();
                self.enlist();
                let others = std::mem::take(&mut self.others);
                self.take(others, shards);
            }
        }
        Ok(self.records.len() > before)
    }

    fn take(&mut self, heard: Vec<Heard>, shards: &[Option<(usize, usize)>]) {
        for Heard { mut record, settings, place } in heard {
            let trial = self.index.get(&record.id).copied();
            let serves = |t: &usize| *settings == *self.recordings.get(&self.thawed.plan.trials[*t]).hash();
            let Some(trial) = trial.filter(serves) else {
                self.others.push(Heard { record, settings, place });
                continue;
            };
            if let Some(shard) = shards.get(place.part).copied().flatten() {
                let own = self.of_shard.entry(shard).or_default();
                own.resize(self.places.len(), false);
                own[trial] = true;
            }
            // Two parts may both have a trial; they say the same of it.
            if self.places[trial].is_none() {
                self.places[trial] = Some(place);
                record.trial = trial;
                self.order.push(trial);
                self.records.push(record);
            }
        }
        self.records.sort_by_key(|r| r.trial);
    }

    pub(super) fn name(&self) -> &str {
        &self.thawed.experiment.name
    }

    pub(super) fn title(&self) -> &str {
        &self.thawed.experiment.title
    }

    /// Trials of the rounds so far.
    pub(super) fn planned(&self) -> usize {
        self.places.len()
    }

    pub(super) fn done(&self) -> usize {
        self.records.len()
    }

    /// Every trial is there, and no round follows.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether further rounds may follow.
    pub(super) fn grows(&self) -> bool {
        !self.is_whole && !self.thawed.is_whole()
    }

    /// Time on one thread that the missing trials will take, if they take as long as those that are done.
    pub(super) fn thread_s(&self) -> Option<f64> {
        let seconds: f64 = self.records.iter().map(|r| r.seconds).filter(|s| s.is_finite()).sum();
        let missing = self.planned() - self.done();
        (self.done() > 0).then(|| seconds / self.done() as f64 * missing as f64)
    }

    /// Trials that a shard trains, and those of them that have come. Trials of a round are dealt out in turn, so that their number
    /// says how many each shard has.
    pub(super) fn shard(&self, (index, of): (usize, usize)) -> (usize, usize) {
        let ends = self.rounds.iter().skip(1).copied().chain([self.planned()]);
        let sizes = self.rounds.iter().zip(ends).map(|(begin, end)| end - begin);
        let planned = sizes.map(|n| n.saturating_sub(index).div_ceil(of.max(1))).sum();
        let done = self.of_shard.get(&(index, of)).map_or(0, |own| own.iter().filter(|is| **is).count());
        (planned, done)
    }

    pub(super) fn glance(&self) -> Glance {
        let columns = self.recordings.names();
        let results = merge_command::results(&self.thawed, &self.records, columns);
        report::glance(&results, &self.order, ARMS_MAX, self.is_whole)
    }

    /// Of each configuration the mean curves in these columns, and the most trials that one has. `read` finds the curve of a trial.
    pub(super) fn curves(
        &self,
        configurations: &[usize],
        columns: &[String],
        read: impl Fn(Place, &Trial, &Recording) -> Option<Vec<CurvePoint>>,
    ) -> (Vec<Vec<MeanCurve>>, usize) {
        let mut count = vec![0; configurations.len()];
        let mut records = Vec::new();
        for record in &self.records {
            let trial = &self.thawed.plan.trials[record.trial];
            let Some(at) = configurations.iter().position(|c| *c == trial.configuration) else { continue };
            count[at] += 1;
            if count[at] > CURVE_TRIALS_MAX {
                continue;
            }
            let place = self.places[trial.index];
            let curve = place.and_then(|place| read(place, trial, self.recordings.get(trial)));
            records.extend(curve.map(|curve| TrialRecord { curve, ..record.clone() }));
        }
        let results = merge_command::results(&self.thawed, &records, self.recordings.names());
        let curves = report::mean_curves(&results, configurations, columns);
        (curves, count.into_iter().max().unwrap_or(0))
    }
}
