//! The parts that optimizers are chained from; each turns an update `[P, 1, D]` into another.
//!
//! What a part stores is flushed: numbers below 1e-30 are 0, on every engine. A part knows neither the learning rate nor the other
//! parts. Decays are columns; corrections that depend on the step are computed on the host in f64 for each member, so that members
//! may be at different steps. What is stored begins as a column `[P, 1, 1]`, which the first step spreads to `[P, 1, D]`.

use burn::tensor::Tensor;

use super::{Keep, Memory, Part};
use crate::nn::{Columns, device};
use crate::spec::Precision;

/// A number per member as a column, and one minus it.
#[derive(Debug)]
struct Decay {
    kept: Tensor<3>,
    taken: Tensor<3>,
}

impl Decay {
    fn new(columns: &Columns, key: &str) -> Decay {
        Decay { kept: columns.column(key), taken: columns.derived(key, |d| 1.0 - d) }
    }

    /// `decay · mean + (1 - decay) · x`.
    fn mean(&self, mean: &Tensor<3>, x: Tensor<3>) -> Tensor<3> {
        device::flush(mean.clone() * self.kept.clone() + x * self.taken.clone())
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.kept = keep.rows(self.kept.clone());
        self.taken = keep.rows(self.taken.clone());
    }
}

fn retain_values(keep: &Keep<'_>, lists: &mut [&mut Vec<f64>]) {
    for list in lists {
        **list = keep.members.iter().map(|m| list[*m]).collect();
    }
}

/// What most of what is stored starts from.
fn zeros(columns: &Columns) -> Tensor<3> {
    columns.derived("learning_rate", |_| 0.0)
}

/// Momentum: `b ← momentum · b + (1 - dampening) · g`, starting from the first `g`; gives `b`, or `g + momentum · b`.
#[derive(Debug)]
pub struct Trace {
    momentum: Tensor<3>,
    /// The share of the gradient that joins the buffer after the first step.
    taken: Vec<f64>,
    precision: Precision,
    nesterov: bool,
    buffer: Tensor<3>,
}

impl Trace {
    /// `dampening` names the parameter that leaves out a share of the gradient, if there is one.
    pub fn new(columns: &Columns, dampening: Option<&str>, nesterov: bool) -> Trace {
        let taken = match dampening {
            Some(key) => columns.values(key).iter().map(|d| 1.0 - d).collect(),
            None => vec![1.0; columns.values("momentum").len()],
        };
        let (momentum, buffer) = (columns.column("momentum"), zeros(columns));
        Trace { momentum, taken, precision: columns.precision(), nesterov, buffer }
    }
}

impl Part for Trace {
    fn apply(&mut self, g: Tensor<3>, steps: &[u64]) -> Tensor<3> {
        let taken = self.taken.iter().zip(steps).map(|(taken, step)| if *step == 1 { 1.0 } else { *taken });
        let taken = device::column(&taken.collect::<Vec<f64>>(), self.precision);
        self.buffer = device::flush(self.buffer.clone() * self.momentum.clone() + g.clone() * taken);
        let buffer = self.buffer.clone();
        if self.nesterov { buffer * self.momentum.clone() + g } else { buffer }
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.momentum = keep.rows(self.momentum.clone());
        retain_values(keep, &mut [&mut self.taken]);
    }

    fn memory(&mut self) -> Memory<'_> {
        Memory { rows: vec![&mut self.buffer], numbers: Vec::new() }
    }
}

/// The sum of all gradients so far: what comes of never setting them back to zero. A mistake on purpose.
#[derive(Debug)]
pub struct Accumulate {
    sum: Tensor<3>,
}

impl Accumulate {
    /// `start` is a column of zeros.
    pub fn new(start: Tensor<3>) -> Accumulate {
        Accumulate { sum: start }
    }
}

impl Part for Accumulate {
    fn apply(&mut self, g: Tensor<3>, _: &[u64]) -> Tensor<3> {
        self.sum = self.sum.clone() + g;
        self.sum.clone()
    }

    fn retain(&mut self, _: &Keep<'_>) {}

    fn memory(&mut self) -> Memory<'_> {
        Memory { rows: vec![&mut self.sum], numbers: Vec::new() }
    }
}

/// Means of gradients and of their squares, corrected for their start: adam, adamw, and, with Nesterov's look ahead, nadam.
#[derive(Debug)]
pub struct ScaleByAdam {
    first: Decay,
    second: Decay,
    epsilon: Tensor<3>,
    beta1: Vec<f64>,
    beta2: Vec<f64>,
    precision: Precision,
    variant: Variant,
    mean: Tensor<3>,
    square: Tensor<3>,
}

#[derive(Debug)]
enum Variant {
    Plain,
    /// The largest mean square so far takes the place of the mean square.
    AmsGrad {
        largest: Tensor<3>,
    },
    /// `decay` is the speed at which the momentum grows, `product` that of all momenta so far.
    Nesterov {
        decay: Vec<f64>,
        product: Vec<f64>,
    },
}

impl ScaleByAdam {
    fn with(columns: &Columns, variant: Variant) -> ScaleByAdam {
        ScaleByAdam {
            first: Decay::new(columns, "beta1"),
            second: Decay::new(columns, "beta2"),
            epsilon: columns.column("epsilon"),
            beta1: columns.values("beta1").to_vec(),
            beta2: columns.values("beta2").to_vec(),
            precision: columns.precision(),
            variant,
            mean: zeros(columns),
            square: zeros(columns),
        }
    }

    /// With the largest mean square so far where the flag `amsgrad` is set.
    pub fn new(columns: &Columns) -> ScaleByAdam {
        let largest = || Variant::AmsGrad { largest: zeros(columns) };
        Self::with(columns, if columns.flag("amsgrad") { largest() } else { Variant::Plain })
    }

    pub fn nesterov(columns: &Columns) -> ScaleByAdam {
        let decay = columns.values("momentum_decay").to_vec();
        let product = vec![1.0; decay.len()];
        Self::with(columns, Variant::Nesterov { decay, product })
    }

    /// One number per member from its beta and its step, as a column.
    fn corrected(&self, betas: &[f64], steps: &[u64], f: impl Fn(f64, f64) -> f64) -> Tensor<3> {
        let values: Vec<f64> = betas.iter().zip(steps).map(|(b, t)| f(*b, *t as f64)).collect();
        device::column(&values, self.precision)
    }

    /// The numerator: the mean without the pull towards its start at 0.
    fn direction(&mut self, mean: Tensor<3>, g: Tensor<3>, steps: &[u64]) -> Tensor<3> {
        let Variant::Nesterov { decay, product } = &mut self.variant else {
            return mean * self.corrected(&self.beta1, steps, |b, t| 1.0 / (1.0 - libm::pow(b, t)));
        };
        let (mut of_mean, mut of_gradient) = (Vec::new(), Vec::new());
        for (((beta, decay), product), step) in self.beta1.iter().zip(decay).zip(product).zip(steps) {
            let t = *step as f64;
            let momentum = |t: f64| beta * (1.0 - 0.5 * libm::pow(0.96, t * *decay));
            *product *= momentum(t);
            of_mean.push(momentum(t + 1.0) / (1.0 - *product * momentum(t + 1.0)));
            of_gradient.push((1.0 - momentum(t)) / (1.0 - *product));
        }
        mean * device::column(&of_mean, self.precision) + g * device::column(&of_gradient, self.precision)
    }
}

impl Part for ScaleByAdam {
    fn apply(&mut self, g: Tensor<3>, steps: &[u64]) -> Tensor<3> {
        let mean = self.first.mean(&self.mean, g.clone());
        let square = self.second.mean(&self.square, g.clone().square());
        self.mean = mean.clone();
        self.square = square.clone();
        let square = match &mut self.variant {
            Variant::AmsGrad { largest } => {
                *largest = largest.clone().max_pair(square);
                largest.clone()
            }
            _ => square,
        };
        let correction = self.corrected(&self.beta2, steps, |b, t| 1.0 / libm::sqrt(1.0 - libm::pow(b, t)));
        let root = square.sqrt() * correction + self.epsilon.clone();
        self.direction(mean, g, steps) / root
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.first.retain(keep);
        self.second.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
        retain_values(keep, &mut [&mut self.beta1, &mut self.beta2]);
        if let Variant::Nesterov { decay, .. } = &mut self.variant {
            retain_values(keep, &mut [decay]);
        }
    }

    fn memory(&mut self) -> Memory<'_> {
        let mut memory = Memory { rows: vec![&mut self.mean, &mut self.square], numbers: Vec::new() };
        match &mut self.variant {
            Variant::Plain => {}
            Variant::AmsGrad { largest } => memory.rows.push(largest),
            Variant::Nesterov { product, .. } => memory.numbers.push(product),
        }
        memory
    }
}

/// `g / (√v + epsilon)` with `v` the mean square, less the square of the mean when centred.
#[derive(Debug)]
pub struct ScaleByRms {
    decay: Decay,
    epsilon: Tensor<3>,
    square: Tensor<3>,
    /// Where it is centred.
    mean: Option<Tensor<3>>,
}

impl ScaleByRms {
    pub fn new(columns: &Columns) -> ScaleByRms {
        let mean = columns.flag("centered").then(|| zeros(columns));
        let (decay, epsilon) = (Decay::new(columns, "decay"), columns.column("epsilon"));
        ScaleByRms { decay, epsilon, square: zeros(columns), mean }
    }
}

impl Part for ScaleByRms {
    fn apply(&mut self, g: Tensor<3>, _: &[u64]) -> Tensor<3> {
        let square = self.decay.mean(&self.square, g.clone().square());
        self.square = square.clone();
        let variance = match &mut self.mean {
            Some(mean) => {
                *mean = self.decay.mean(mean, g.clone());
                // A variance; rounding may bring it just below 0, where PyTorch gives NaN.
                (square - mean.clone().square()).clamp_min(0.0)
            }
            None => square,
        };
        g / (variance.sqrt() + self.epsilon.clone())
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.decay.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
    }

    fn memory(&mut self) -> Memory<'_> {
        let rows = std::iter::once(&mut self.square).chain(&mut self.mean).collect();
        Memory { rows, numbers: Vec::new() }
    }
}

/// `g / (√s + epsilon)` with `s` the sum of all squares so far.
#[derive(Debug)]
pub struct ScaleByAdagrad {
    epsilon: Tensor<3>,
    sum: Tensor<3>,
}

impl ScaleByAdagrad {
    pub fn new(columns: &Columns) -> ScaleByAdagrad {
        ScaleByAdagrad { epsilon: columns.column("epsilon"), sum: columns.column("initial_accumulator") }
    }
}

impl Part for ScaleByAdagrad {
    fn apply(&mut self, g: Tensor<3>, _: &[u64]) -> Tensor<3> {
        self.sum = device::flush(self.sum.clone() + g.clone().square());
        g / (self.sum.clone().sqrt() + self.epsilon.clone())
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.epsilon = keep.rows(self.epsilon.clone());
    }

    fn memory(&mut self) -> Memory<'_> {
        Memory { rows: vec![&mut self.sum], numbers: Vec::new() }
    }
}

/// `u = √(d + epsilon) / √(v + epsilon) · g` with `v` the mean square of `g` and `d` that of `u`.
#[derive(Debug)]
pub struct ScaleByAdadelta {
    decay: Decay,
    epsilon: Tensor<3>,
    square: Tensor<3>,
    moved: Tensor<3>,
}

impl ScaleByAdadelta {
    pub fn new(columns: &Columns) -> ScaleByAdadelta {
        let (decay, epsilon) = (Decay::new(columns, "decay"), columns.column("epsilon"));
        ScaleByAdadelta { decay, epsilon, square: zeros(columns), moved: zeros(columns) }
    }
}

impl Part for ScaleByAdadelta {
    fn apply(&mut self, g: Tensor<3>, _: &[u64]) -> Tensor<3> {
        let square = self.decay.mean(&self.square, g.clone().square());
        self.square = square.clone();
        let size = (self.moved.clone() + self.epsilon.clone()).sqrt();
        let update = g * size / (square + self.epsilon.clone()).sqrt();
        self.moved = self.decay.mean(&self.moved, update.clone().square());
        update
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.decay.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
    }

    fn memory(&mut self) -> Memory<'_> {
        Memory { rows: vec![&mut self.square, &mut self.moved], numbers: Vec::new() }
    }
}

/// `sign(beta1 · m + (1 - beta1) · g)`, then `m ← beta2 · m + (1 - beta2) · g`.
#[derive(Debug)]
pub struct ScaleByLion {
    shown: Decay,
    stored: Decay,
    mean: Tensor<3>,
}

impl ScaleByLion {
    pub fn new(columns: &Columns) -> ScaleByLion {
        let (shown, stored) = (Decay::new(columns, "beta1"), Decay::new(columns, "beta2"));
        ScaleByLion { shown, stored, mean: zeros(columns) }
    }
}

impl Part for ScaleByLion {
    fn apply(&mut self, g: Tensor<3>, _: &[u64]) -> Tensor<3> {
        let direction = self.shown.mean(&self.mean, g.clone()).sign();
        self.mean = self.stored.mean(&self.mean, g);
        direction
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.shown.retain(keep);
        self.stored.retain(keep);
    }

    fn memory(&mut self) -> Memory<'_> {
        Memory { rows: vec![&mut self.mean], numbers: Vec::new() }
    }
}
