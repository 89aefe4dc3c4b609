//! The loop over one pack: epochs, batches, evaluation, and how each trial ends.
//!
//! It knows neither files nor terminal and speaks only through [`Observer`]. What it tells of a trial depends on that trial alone:
//! not on its pack, its place in it, or the thread.

use std::sync::atomic::AtomicBool;

use crate::event::{Observer, States};
use crate::plan::{Pack, Plan, Queue};
use crate::spec::{Budget, Configuration, Experiment};
use crate::{metric, nn};

mod broke;
mod cost;
mod fit;
mod hopeless;
mod inputs;
mod judge;
mod linear;
mod looks;
mod member;
mod model;
mod order;
mod portrait;
mod population_run;
mod preflight;
mod probe;
mod shapes;
mod state;
mod stopping;
mod trace;
mod traits;

pub use cost::seconds;
pub use fit::unfit;
pub use hopeless::{Hopeless, Shown};
pub use inputs::Inputs;
pub use looks::{LOOKS_VERSION, Looking};
pub use preflight::{
    Attempt, FirstLoss, Given, Looks, OneBatch, Picked, Preflight, UseOfInputs, With, preflight,
};
pub use shapes::{PartShape, Shapes, TargetFacts};
pub use trace::{Trace, trace};

/// What a run needs beside the pack itself.
pub struct Setting<'a> {
    pub experiment: &'a Experiment,
    pub plan: &'a Plan,
    pub inputs: &'a Inputs,
    pub shapes: &'a Shapes,
    /// Names and order of the values of every curve point.
    pub columns: &'a [Column],
    /// Record every n-th epoch; `None`: as [`recorded_every`] does for each trial.
    pub every: Option<usize>,
    /// Which trials are looked into while they train.
    pub looking: Looking,
    /// Which trials end early where `[sweep] stop_hopeless` says so.
    pub hopeless: &'a dyn Hopeless,
    /// Whether trials that would end so are told of where they do not (`Event::Underway`): those long enough to be looked into.
    pub tells: bool,
    /// Trials that may take the places of members that end.
    pub queue: &'a Queue,
    /// Where trials are kept that may go on later.
    pub states: &'a dyn States,
    /// Set from outside to end after the current epoch; trials that have not ended are then not reported.
    pub stop: &'a AtomicBool,
}

/// Trains one pack to its end, or until `stop` is set.
pub fn run(setting: &Setting<'_>, pack: &Pack, observer: &mut dyn Observer) {
    population_run::run(setting, pack, observer);
}

/// What must be equal for two trials to share a pack: the structure of the network and the shapes of its tensors.
pub fn pack_key(configuration: &Configuration, shape: &PartShape) -> String {
    // A budget in steps can end within an epoch, and a pack passes its epochs together.
    let steps = match configuration.train.budget {
        Budget::Epochs(_) => None,
        Budget::Steps(n) => Some(n),
    };
    format!(
        "{} | {} | {shape:?} | {:?} {:?} {steps:?}",
        nn::chosen(configuration).name(),
        nn::Population::structure(configuration),
        configuration.train.batch,
        configuration.train.sampling,
    )
}

/// What the members of a pack share, for people: `softmax+cross_entropy, 4-5-6-3, sgd`.
pub fn pack_label(configuration: &Configuration, shape: &PartShape) -> String {
    let recurrent = configuration.model.recurrent;
    // A dense layer sees all steps of a sequence at once.
    let inputs = if recurrent.is_some() { shape.features } else { shape.features * shape.steps.max(1) };
    let cell = recurrent.map_or(String::new(), |recurrent| format!("{} ", recurrent.cell.name()));
    let mut widths = vec![inputs.to_string()];
    widths.extend(configuration.model.hidden.iter().map(|l| l.units.to_string()));
    widths.push(shape.outputs.to_string());
    let method = configuration.optimizer.method.name();
    format!("{}, {cell}{}, {method}", configuration.pairing.label(), widths.join("-"))
}

/// Estimated bytes of one member while it trains, its samples apart: parameters, optimizer state, activations, and what an
/// evaluation of all its parts gives.
pub fn member_bytes(configuration: &Configuration, shape: &PartShape) -> u64 {
    let batch = order::Batches::new(shape.train, configuration.train.batch).size;
    let rows = shape.train + shape.validation + shape.test;
    let widths = shape.widths();
    // Outputs of every part are kept twice while metrics are computed.
    let outputs = 2 * rows * shape.answers * shape.outputs * size_of::<f64>();
    let order = shape.train * size_of::<u32>();
    nn::memory(configuration, widths, batch, shape.train.max(shape.validation).max(shape.test))
        + (outputs + order) as u64
}

/// Estimated bytes that a pack of such members needs, however many it has.
pub fn pack_bytes(configuration: &Configuration, shape: &PartShape) -> u64 {
    nn::pack_memory(configuration, shape.widths())
}

/// Estimated bytes of the samples of one split: as prepared, and as networks read them.
pub fn sample_bytes(shape: &PartShape) -> u64 {
    let rows = shape.train + shape.validation + shape.test;
    let outputs = shape.outputs * (1 + usize::from(shape.masked)) + usize::from(shape.weighted);
    let width = shape.steps * shape.features + shape.answers * outputs;
    // Padding to multiples of four is at most three numbers for features, targets, weights, and masks each; a length takes four.
    (rows * (width * size_of::<f64>() + (width + 16) * size_of::<f32>())) as u64
}

/// Optimizer steps of one epoch.
pub fn steps_per_epoch(configuration: &Configuration, shape: &PartShape) -> usize {
    order::Batches::new(shape.train, configuration.train.batch).count
}

/// A column of the learning curves: `train_loss`, `validation_accuracy`.
#[derive(Clone, Debug)]
pub struct Column {
    pub part: crate::spec::Part,
    /// `None`: the loss.
    pub metric: Option<&'static metric::Metric>,
}

impl Column {
    pub fn name(&self) -> String {
        format!("{}_{}", self.part.name(), self.metric.map_or("loss", |m| m.entry.name))
    }
}

/// The columns recorded for this experiment: loss, the main metric of each task, the metric compared, and those `[record]` names,
/// for the training part and, where any trial has one, the validation part. Never for the test part.
pub fn columns<'a>(experiment: &Experiment, shapes: impl IntoIterator<Item = &'a PartShape>) -> Vec<Column> {
    use crate::spec::Part;
    let mut names: Vec<&str> = Vec::new();
    let mut parts = vec![Part::Train];
    for shape in shapes {
        if shape.validation > 0 && !parts.contains(&Part::Validation) {
            parts.push(Part::Validation);
        }
        names.push(metric::main_metric(shape.task).entry.name);
    }
    names.extend(experiment.compare.iter().map(|c| c.metric.as_str()));
    names.extend(experiment.record.metrics.iter().map(String::as_str));
    let mut metrics: Vec<Option<&'static metric::Metric>> = vec![None];
    for (index, name) in names.iter().enumerate() {
        if !names[..index].contains(name) {
            metrics.extend(metric::find(name).map(Some));
        }
    }
    let of_part = |&part| metrics.iter().map(move |&metric| Column { part, metric });
    parts.iter().flat_map(of_part).collect()
}

/// Points that a curve has at most, beside its first and its last, where the file does not say which epochs are recorded.
const POINTS_MAX: usize = 50;

/// Every n-th epoch of a trial with a budget of so many is recorded, where the file does not say.
///
/// Nothing else decides it: a record must be the same whatever it is planned with.
pub fn recorded_every(epochs: usize) -> usize {
    epochs.div_ceil(POINTS_MAX).max(1)
}
