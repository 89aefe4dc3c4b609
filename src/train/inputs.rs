//! Data sets loaded once, and their splits prepared when a pack needs them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use super::order::Orders;
use super::{judge, traits};
use crate::data::{self, Dataset, Prepared};
use crate::diagnostic::{Diagnostic, Sources};
use crate::event::Traits;
use crate::nn::{self, Samples};
use crate::plan::{Fold, Plan, Trial};
use crate::rng::{self, Purpose};
use crate::spec::{self, Labels, Part, Precision};

/// All data of an experiment. A split is held while some pack uses it and prepared again when needed, so that memory does not
/// grow with the number of trials.
pub struct Inputs {
    sets: Vec<(Arc<spec::Data>, Arc<Dataset>)>,
    prepared: Mutex<BTreeMap<Key, Weak<Prepared>>>,
    /// What networks read of them, in single precision or double.
    samples: Mutex<BTreeMap<SamplesKey, Weak<Samples>>>,
    pub(super) orders: Orders,
    /// By data set.
    traits: Mutex<BTreeMap<usize, Arc<Traits>>>,
    first_seed: u64,
}

/// A split, one of its parts, double precision, and whether time steps are told apart.
type SamplesKey = (Key, Part, bool, bool);

/// A data set, the seed of its split, the fold, and whether every time step has a target.
type Key = (usize, u64, Option<Fold>, bool);

impl Inputs {
    /// No data yet; `first_seed` is that of the experiment.
    pub fn new(first_seed: u64) -> Inputs {
        Inputs {
            sets: Vec::new(),
            prepared: Mutex::default(),
            samples: Mutex::default(),
            orders: Orders::default(),
            traits: Mutex::default(),
            first_seed,
        }
    }

    /// Loads every data set that these configurations name, each once. All faults of the first that has any are returned together.
    pub fn load<'a>(
        &mut self,
        configurations: impl Iterator<Item = &'a spec::Configuration>,
        sources: &mut Sources,
    ) -> Result<(), Vec<Diagnostic>> {
        for configuration in configurations {
            let wanted = &configuration.data;
            if self.sets.iter().any(|(known, _)| same(known, wanted)) {
                continue;
            }
            // Two sections that read the same table the same way share it; only their preparation differs, and is checked for each.
            let shared = self.sets.iter().find(|(known, _)| same_table(known, wanted));
            let set = match shared.map(|(_, set)| set.clone()) {
                Some(set) => data::check(&set, wanted).map(|()| set),
                None => data::load(wanted, sources).map(Arc::new),
            };
            self.sets.push((wanted.clone(), set?));
        }
        Ok(())
    }

    /// The data sets in the order the plan first names them, with the section that asked for them.
    pub fn sets(&self) -> &[(Arc<spec::Data>, Arc<Dataset>)] {
        &self.sets
    }

    pub fn dataset(&self, wanted: &Arc<spec::Data>) -> &Arc<Dataset> {
        &self.sets[self.index(wanted)].1
    }

    /// Content digest of the data set a section reads.
    pub fn digest(&self, wanted: &spec::Data) -> String {
        let found = self.sets.iter().find(|(known, _)| **known == *wanted);
        found.map(|(_, set)| set.digest.clone()).unwrap_or_default()
    }

    /// Numbers the splits of the plan: trials of one number see the same samples.
    pub fn splits(&self, plan: &Plan) -> Vec<usize> {
        let mut known: BTreeMap<Key, usize> = BTreeMap::new();
        let number = |trial| {
            let next = known.len();
            *known.entry(self.key(plan, trial)).or_insert(next)
        };
        plan.trials.iter().map(number).collect()
    }

    pub(super) fn index_of(&self, plan: &Plan, trial: &Trial) -> usize {
        self.index(&plan.configurations[trial.configuration].configuration.data)
    }

    pub(super) fn index(&self, wanted: &Arc<spec::Data>) -> usize {
        let found = self.sets.iter().position(|(known, _)| same(known, wanted));
        found.expect("every data section of the plan was loaded")
    }

    /// The split of this trial, scaled.
    pub fn prepared(&self, plan: &Plan, trial: &Trial) -> Result<Arc<Prepared>, Vec<Diagnostic>> {
        let key = self.key(plan, trial);
        let seed = key.1;
        if let Some(ready) = self.cache().get(&key).and_then(Weak::upgrade) {
            return Ok(ready);
        }
        let (section, set) = &self.sets[key.0];
        let fold = trial.fold.map(|f| (f.repeat, f.index));
        let parts = data::split(set, &section.split, seed, fold)?;
        let parts = parts.with_labels(data::labels(set, section.label_noise, seed));
        let ready = Arc::new(data::prepare(set, section, &parts, key.3));
        self.cache().insert(key, Arc::downgrade(&ready));
        Ok(ready)
    }

    /// What is measured of the data set that this trial reads, on the split of the first trial that asks.
    pub fn traits(&self, plan: &Plan, trial: &Trial) -> Arc<Traits> {
        let index = self.index_of(plan, trial);
        let known = || self.traits.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(traits) = known().get(&index) {
            return traits.clone();
        }
        let found = self.prepared(plan, trial).map(|data| traits::traits(&data, &self.sets[index].1));
        let found = Arc::new(found.unwrap_or_default());
        known().entry(index).or_insert(found).clone()
    }

    /// One part of the trial's split as its network reads it, or `None` where there is no such part. Trials with one split and
    /// one precision share it.
    pub(super) fn samples(
        &self,
        plan: &Plan,
        trial: &Trial,
        prepared: &Prepared,
        part: Part,
    ) -> Option<Arc<Samples>> {
        let table = judge::table(prepared, part)?;
        let model = &plan.configurations[trial.configuration].configuration.model;
        let precision = model.precision;
        let key = (self.key(plan, trial), part, precision == Precision::F64, model.recurrent.is_some());
        let mut cache = self.samples.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(ready) = cache.get(&key).and_then(Weak::upgrade) {
            return Some(ready);
        }
        let shape = super::shapes::widths(prepared).seen_by(model);
        let ready = Arc::new(Samples::of(shape, precision, rows(table)));
        cache.insert(key, Arc::downgrade(&ready));
        Some(ready)
    }

    /// The training part as training sees it: that of the split, unless a mistake on purpose gives it other targets.
    pub(super) fn training(&self, plan: &Plan, trial: &Trial, prepared: &Prepared) -> Arc<Samples> {
        let model = &plan.configurations[trial.configuration].configuration.model;
        match self.targets(plan, trial, prepared) {
            Some(Shuffled { y, weight, mask }) => {
                let samples = nn::Rows { y: &y, weight: &weight, mask: &mask, ..rows(&prepared.train) };
                let shape = super::shapes::widths(prepared).seen_by(model);
                Arc::new(Samples::of(shape, model.precision, samples))
            }
            None => {
                let samples = self.samples(plan, trial, prepared, Part::Train);
                samples.expect("a training part always exists")
            }
        }
    }

    /// The targets of other rows, where a mistake on purpose gives training these.
    pub(super) fn targets(&self, plan: &Plan, trial: &Trial, prepared: &Prepared) -> Option<Shuffled> {
        let configuration = &plan.configurations[trial.configuration].configuration;
        let Labels::Shuffled = configuration.fault.labels?;
        let seed = self.seed(configuration, trial, Purpose::Noise);
        let table = &prepared.train;
        let mut order: Vec<usize> = (0..table.rows).collect();
        // Dropout uses the streams from 0 on.
        rng::stream(seed, Purpose::Noise, u64::MAX).shuffle(&mut order);
        let pick = |values: &[f64]| -> Vec<f64> {
            let width = values.len() / table.rows.max(1);
            order.iter().flat_map(|row| &values[row * width..][..width]).copied().collect()
        };
        Some(Shuffled { y: pick(&table.y), weight: pick(&table.weight), mask: pick(&table.mask) })
    }

    fn key(&self, plan: &Plan, trial: &Trial) -> Key {
        let configuration = &plan.configurations[trial.configuration].configuration;
        let seed = self.seed(configuration, trial, Purpose::Split);
        let each_step = configuration.model.answers_each_step();
        (self.index(&configuration.data), seed, trial.fold, each_step)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, Weak<Prepared>>> {
        self.prepared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The seed a purpose uses in a trial: the trial's own where `vary` names the purpose, else the first of the experiment.
    ///
    /// Folds of one seed share the split they are folds of, and nothing else: each starts anew.
    pub fn seed(&self, configuration: &spec::Configuration, trial: &Trial, purpose: Purpose) -> u64 {
        let seed = if configuration.train.vary.contains(&purpose) { trial.seed } else { self.first_seed };
        match trial.fold {
            Some(fold) if purpose != Purpose::Split => {
                let number = (fold.repeat as u64) << 32 | fold.index as u64;
                // The upper half of the sub-streams of the split is used by nothing else.
                rng::stream(seed, Purpose::Split, 1 << 63 | number).bits()
            }
            _ => seed,
        }
    }
}

/// Targets in the places of others, as in [`data::Table`]. Weights go with them, and so do masks, which leave an output on for them.
pub(super) struct Shuffled {
    pub(super) y: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) mask: Vec<f64>,
}

/// A part as networks read it.
fn rows(table: &data::Table) -> nn::Rows<'_> {
    let data::Table { x, y, weight, lengths, mask, .. } = table;
    nn::Rows { x, y, weight, lengths, mask }
}

fn same(a: &Arc<spec::Data>, b: &Arc<spec::Data>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

/// Whether two sections read the same table: all that differs is what is done with it afterwards.
fn same_table(a: &spec::Data, b: &spec::Data) -> bool {
    // The column of a predefined split is read with the table.
    let predefined = |d: &spec::Data| matches!(d.split, spec::Split::Predefined { .. });
    let mut like_b = spec::Data {
        scale: b.scale.clone(),
        target_scale: b.target_scale.clone(),
        enlarge: b.enlarge,
        polynomial: b.polynomial,
        weights: b.weights.clone(),
        label_noise: b.label_noise,
        ..a.clone()
    };
    if !predefined(a) && !predefined(b) {
        like_b.split = b.split.clone();
    }
    like_b == *b
}
