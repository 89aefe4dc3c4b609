//! What can be measured of a network before it is trained: its gradient, its first loss, whether it learns a handful of samples by
//! heart, whether its answers depend on its inputs.
//!
//! Numbers only; what they mean is said in `diagnose`. Nothing here reaches a result.

use std::sync::Arc;

use super::Inputs;
use crate::catalog::Choice;
use crate::data::Table;
use crate::diagnostic::Diagnostic;
use crate::nn::gradcheck::{self, Agreement, Differences, Point, Suspect};
use crate::nn::{self, Feed, Member, Parameter, Rows, Samples, Shape, Trainer, optimizer};
use crate::plan::{Plan, Trial};
use crate::rng::Purpose;
use crate::spec::{Configuration, Engine, Fault, Optimizer, Part, Precision, Reduction, Train, Truncate};

/// How closely to look.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Training samples that the gradient is checked on, at most.
    pub samples: usize,
    /// Numbers compared in each tensor, at most.
    pub parameters: usize,
}

/// What was measured of one network.
#[derive(Debug)]
pub struct Preflight {
    pub configuration: Configuration,
    /// Initial parameters, and the samples they are looked at with.
    pub point: Point,
    pub samples: Picked,
    /// Rows of the training part.
    pub rows: usize,
    /// The slopes of the loss.
    pub differences: Vec<Differences>,
    /// The gradient in f64, as configured: mistakes and truncation included.
    pub gradient: Vec<Agreement>,
    /// The same without truncation; `None` where nothing is truncated.
    pub untruncated: Option<Vec<Agreement>>,
    /// What trains, where that is not the reference path in f64, and its gradient.
    pub trained: Option<(&'static str, Precision, Vec<Agreement>)>,
    /// Empty where the gradient is right.
    pub suspects: Vec<Suspect>,
    pub first_loss: FirstLoss,
    pub one_batch: OneBatch,
    pub use_of_inputs: UseOfInputs,
}

/// Over the whole training part, without dropout.
#[derive(Clone, Copy, Debug)]
pub struct FirstLoss {
    pub measured: f64,
    /// With output pre-activations of 0 for every sample: what a network that knows nothing yet should have.
    pub neutral: f64,
}

/// A few samples, again and again.
#[derive(Clone, Debug)]
pub struct OneBatch {
    pub samples: usize,
    pub steps: usize,
    pub first: f64,
    /// What the loss cannot fall below.
    pub least: f64,
    /// As configured, with the best of the optimizers that the experiment names; then, where that did not learn, otherwise. Mistakes made
    /// on purpose are made in all of them.
    pub attempts: Vec<Attempt>,
    /// The first of these once more without the mistakes made on purpose, where there are any and it did not learn. That is the answer:
    /// `runner check` may tell it, and no rule may read it.
    pub without_fault: Option<Attempt>,
}

#[derive(Clone, Debug)]
pub struct Attempt {
    pub with: With,
    pub optimizer: String,
    /// The loss before the first step and every 50 steps on.
    pub course: Vec<f64>,
    /// NaN or infinite where parameters were.
    pub last: f64,
}

impl Attempt {
    /// Whether the loss fell all the way.
    pub fn fell_steadily(&self) -> bool {
        let all: Vec<f64> = self.course.iter().copied().chain([self.last]).collect();
        all.windows(2).all(|pair| pair[1] < pair[0])
    }
}

/// What an attempt trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    Configured,
    /// As configured, but for the mistakes made on purpose.
    NoFault,
    /// As configured, but for truncation.
    NoTruncation,
    /// Adam with a learning rate of 0.01, without truncation.
    Adam,
}

/// Of the samples of [`OneBatch`].
#[derive(Clone, Copy, Debug)]
pub struct UseOfInputs {
    /// Largest difference between the outputs of two samples before training, and the largest between their targets.
    pub spread: f64,
    pub target_spread: f64,
    /// The loss after the last attempt, and with every sample's inputs exchanged for another's.
    pub loss: f64,
    pub exchanged: f64,
}

/// Samples of the one batch, its steps, and the share of the way down that counts as learned by heart.
const BATCH: usize = 16;
const STEPS: usize = 500;
/// Between two losses that are kept of an attempt.
const EVERY: usize = 50;
const LEARNED: f64 = 0.1;

impl OneBatch {
    /// Whether an attempt brought the loss below a tenth of where it began.
    pub fn learned(&self, attempt: &Attempt) -> bool {
        attempt.last - self.least < LEARNED * (self.first - self.least)
    }
}

/// Rows picked from a table, laid out as [`Table`] is.
#[derive(Clone, Debug)]
pub struct Picked {
    pub rows: usize,
    pub shape: Shape,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub weight: Vec<f64>,
    pub lengths: Vec<u32>,
    pub mask: Vec<f64>,
}

impl Picked {
    /// Up to `most` rows, evenly spread, so that sorted classes are all there.
    fn of(table: &Table, shape: Shape, most: usize) -> Picked {
        let rows = most.min(table.rows);
        let picked = || (0..rows).map(|i| i * table.rows / rows);
        let pick = |values: &[f64]| -> Vec<f64> {
            let width = values.len() / table.rows.max(1);
            picked().flat_map(|row| &values[row * width..][..width]).copied().collect()
        };
        Picked {
            rows,
            shape,
            x: pick(&table.x),
            y: pick(&table.y),
            weight: pick(&table.weight),
            lengths: picked().filter_map(|row| table.lengths.get(row).copied()).collect(),
            mask: pick(&table.mask),
        }
    }

    fn as_rows(&self) -> Rows<'_> {
        Rows { x: &self.x, y: &self.y, weight: &self.weight, lengths: &self.lengths, mask: &self.mask }
    }

    fn feed(&self, precision: Precision) -> Feed {
        Feed::whole(vec![Arc::new(Samples::of(self.shape, precision, self.as_rows()))], vec![0])
    }

    /// With the inputs of the sample half the way further on.
    fn exchanged(&self) -> Picked {
        let mut other = self.clone();
        let width = self.x.len() / self.rows.max(1);
        other.x.rotate_left(self.rows / 2 * width);
        if !other.lengths.is_empty() {
            other.lengths.rotate_left(self.rows / 2);
        }
        other
    }
}

/// Reads a gradient that was made elsewhere, in the order and the shapes of the point's parameters.
pub type Given<'a> = dyn Fn(&Point) -> Result<Vec<Parameter>, Vec<Diagnostic>> + 'a;

/// Looks at the network of `trials`: trials of one seed whose configurations differ in how they train only. `given`: a gradient made
/// elsewhere at the same parameters and samples, to be checked instead of runner's own.
pub fn preflight(
    inputs: &Inputs,
    plan: &Plan,
    trials: &[&Trial],
    looks: Looks,
    given: Option<&Given<'_>>,
) -> Result<Preflight, Vec<Diagnostic>> {
    let trial = trials[0];
    let of = |trial: &Trial| &plan.configurations[trial.configuration].configuration;
    let configuration = of(trial).clone();
    let prepared = inputs.prepared(plan, trial)?;
    let shape = super::shapes::widths(&prepared).seen_by(&configuration.model);
    let seed = inputs.seed(&configuration, trial, Purpose::Init);
    let samples = Picked::of(&prepared.train, shape, looks.samples);
    let point = Point::new(&configuration, seed, shape, samples.as_rows());
    let differences = point.differences(looks.parameters);
    let given = given.map(|read| read(&point)).transpose()?;
    let whole = inputs.samples(plan, trial, &prepared, Part::Train);
    let first_loss =
        first_loss(&configuration, seed, shape, &Feed::whole(whole.into_iter().collect(), vec![0]));
    let few = Picked::of(&prepared.train, shape, BATCH);
    let configurations: Vec<&Configuration> = trials.iter().map(|trial| of(trial)).collect();
    let (one_batch, use_of_inputs) = one_batch(&configurations, seed, &few);
    let checked = Checked::new(&point, &differences, given);
    Ok(Preflight {
        trained: trained(&configuration, seed, &samples, &differences),
        gradient: checked.gradient,
        untruncated: checked.untruncated,
        suspects: checked.suspects,
        rows: prepared.train.rows,
        configuration,
        point,
        samples,
        differences,
        first_loss,
        one_batch,
        use_of_inputs,
    })
}

/// A gradient made elsewhere may have been made in f32, and by differences of somebody's own.
const TOLERANCE: f64 = 1e-4;

struct Checked {
    gradient: Vec<Agreement>,
    untruncated: Option<Vec<Agreement>>,
    suspects: Vec<Suspect>,
}

impl Checked {
    fn new(point: &Point, differences: &[Differences], given: Option<Vec<Parameter>>) -> Checked {
        let is_given = given.is_some();
        let tolerance = if is_given { TOLERANCE } else { gradcheck::F64 };
        let whole = point.untruncated().filter(|_| !is_given);
        let own = given.unwrap_or_else(|| point.gradient());
        let gradient = gradcheck::compare(differences, &own, tolerance);
        let judged = whole.as_ref().map(|point| (point, point.gradient()));
        let untruncated = judged.as_ref().map(|(_, g)| gradcheck::compare(differences, g, tolerance));
        let is_right = untruncated.as_ref().unwrap_or(&gradient).iter().all(|t| t.agrees);
        let suspects = match judged {
            _ if is_right => Vec::new(),
            Some((point, gradient)) => point.suspects(&gradient),
            None => point.suspects(&own),
        };
        Checked { gradient, untruncated, suspects }
    }
}

/// The gradient of what trains: its engine in its precision.
fn trained(
    configuration: &Configuration,
    seed: u64,
    samples: &Picked,
    differences: &[Differences],
) -> Option<(&'static str, Precision, Vec<Agreement>)> {
    let precision = configuration.model.precision;
    let engine = nn::chosen(configuration);
    if !engine.is_fused && precision == Precision::F64 {
        return None;
    }
    let trainer = trainer(&without_dropout(configuration), seed, samples.shape);
    let gradient = trainer.gradients(&samples.feed(precision)).remove(0);
    Some((engine.name(), precision, gradcheck::compare(differences, &gradient, gradcheck::F32)))
}

fn trainer(configuration: &Configuration, seed: u64, shape: Shape) -> Trainer {
    Trainer::new(&[Member { configuration, init_seed: seed, noise_seed: seed }], shape)
}

fn without_dropout(configuration: &Configuration) -> Configuration {
    let mut model = configuration.model.as_ref().clone();
    model.hidden.iter_mut().for_each(|layer| layer.dropout = 0.0);
    Configuration { model: Arc::new(model), ..configuration.clone() }
}

fn first_loss(configuration: &Configuration, seed: u64, shape: Shape, whole: &Feed) -> FirstLoss {
    let mut trainer = trainer(configuration, seed, shape);
    let measured = trainer.evaluate(whole, false).loss[0];
    let outputs = format!("layer_{}.", configuration.model.hidden.len());
    let mut parameters = trainer.parameters(0);
    parameters.iter_mut().filter(|p| p.name.starts_with(&outputs)).for_each(|p| p.values.fill(0.0));
    trainer.set_parameters(0, &parameters);
    FirstLoss { measured, neutral: trainer.evaluate(whole, false).loss[0] }
}

/// Penalties, dropout, and schedule are left out: whether the network can learn is asked, not how well it generalises.
fn one_batch(configurations: &[&Configuration], seed: u64, few: &Picked) -> (OneBatch, UseOfInputs) {
    let feed = few.feed(configurations[0].model.precision);
    let run = |configuration: &Configuration, with: With| {
        let configuration = bare(configuration, with);
        let mut trainer = trainer(&configuration, seed, few.shape);
        let start = trainer.evaluate(&feed, true);
        let course = trainer.advance(&feed, STEPS, None).into_iter().step_by(EVERY).collect();
        let last = trainer.evaluate(&feed, false).loss[0];
        let optimizer = configuration.optimizer.method.to_string();
        (trainer, start, Attempt { with, optimizer, course, last })
    };
    let tried = configurations.iter().map(|configuration| run(configuration, With::Configured));
    let rank = |last: f64| if last.is_nan() { f64::INFINITY } else { last };
    let best = tried.min_by(|a, b| rank(a.2.last).total_cmp(&rank(b.2.last)));
    let (mut trainer, start, attempt) = best.expect("a network is that of at least one trial");
    let mut found = OneBatch {
        samples: few.rows,
        steps: STEPS,
        first: start.loss[0],
        least: least(configurations[0], few),
        attempts: vec![attempt],
        without_fault: None,
    };
    if !configurations[0].fault.is_none() && !found.learned(&found.attempts[0]) {
        found.without_fault = Some(run(configurations[0], With::NoFault).2);
    }
    for with in [With::NoTruncation, With::Adam] {
        let before = found.attempts.last().map_or(With::Configured, |attempt| attempt.with);
        let is_new = bare(configurations[0], with) != bare(configurations[0], before);
        if is_new && !found.attempts.iter().any(|attempt| found.learned(attempt)) {
            let (other, _, attempt) = run(configurations[0], with);
            trainer = other;
            found.attempts.push(attempt);
        }
    }
    let exchanged = few.exchanged().feed(configurations[0].model.precision);
    let use_of_inputs = UseOfInputs {
        spread: spread(&start.outputs, few),
        target_spread: spread(&few.y, few),
        loss: trainer.evaluate(&feed, false).loss[0],
        exchanged: trainer.evaluate(&exchanged, false).loss[0],
    };
    (found, use_of_inputs)
}

fn bare(configuration: &Configuration, with: With) -> Configuration {
    let Configuration { model, optimizer, train, fault, .. } = configuration.clone();
    let mut model = model.as_ref().clone();
    model.hidden.iter_mut().for_each(|layer| layer.dropout = 0.0);
    if let (With::NoTruncation | With::Adam, Some(recurrent)) = (with, &mut model.recurrent) {
        recurrent.truncate = Truncate::Never;
    }
    let is_adam = with == With::Adam;
    let method = if is_adam { adam() } else { optimizer.method.clone() };
    let optimizer = Optimizer { method, weight_decay: 0.0, l1: 0.0, l2: 0.0, ..optimizer.as_ref().clone() };
    // What the file asks for may have no form of this.
    let train =
        if is_adam { Arc::new(Train { engine: Engine::Auto, ..train.as_ref().clone() }) } else { train };
    let fault = if with == With::NoFault { Arc::new(Fault::default()) } else { fault };
    Configuration {
        model: Arc::new(model),
        optimizer: Arc::new(optimizer),
        train,
        fault,
        ..configuration.clone()
    }
}

fn adam() -> Choice {
    Choice::defaults(&optimizer::adam::THIS.entry).with("learning_rate", 0.01)
}

/// Smoothed targets have an entropy, which cross-entropy cannot fall below.
fn least(configuration: &Configuration, few: &Picked) -> f64 {
    let (loss, classes) = (&configuration.pairing.loss, few.shape.outputs);
    let smoothing = if loss.has("label_smoothing") { loss.number("label_smoothing") } else { 0.0 };
    let other = smoothing / classes as f64;
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    let sample = term(1.0 - smoothing + other) + (classes - 1) as f64 * term(other);
    match configuration.pairing.reduction {
        Reduction::Sum => sample * (few.rows * few.shape.answers) as f64,
        Reduction::Mean | Reduction::SumOverOutputs => sample,
    }
}

/// Largest difference between two rows in one place, outputs laid out as targets are.
fn spread(values: &[f64], rows: &Picked) -> f64 {
    let width = values.len() / rows.rows.max(1);
    let of = |place: usize| {
        let all = values.iter().skip(place).step_by(width);
        let (low, high) =
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        high - low
    };
    (0..width).map(of).fold(0.0, f64::max)
}
