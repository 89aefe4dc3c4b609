//! The parts that optimizers are chained from; each turns an update `[P, 1, D]` into another.
//!
//! What a part stores is flushed: numbers below 1e-30 are 0, on every engine. A part knows neither the learning rate nor the other parts. Decays are columns; corrections that depend on the step
//! are computed on the host in f64 for each member.

use burn::tensor::Tensor;

use super::{Keep, Part};
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

    /// `decay · mean + (1 - decay) · x`; a mean that has not begun is 0.
    fn mean(&self, mean: Option<Tensor<3>>, x: Tensor<3>) -> Tensor<3> {
        let fresh = x * self.taken.clone();
        device::flush(match mean {
            Some(mean) => mean * self.kept.clone() + fresh,
            None => fresh,
        })
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.kept = keep.rows(self.kept.clone());
        self.taken = keep.rows(self.taken.clone());
    }
}

fn retain_rows(keep: &Keep<'_>, states: &mut [&mut Option<Tensor<3>>]) {
    for state in states {
        **state = state.take().map(|s| keep.rows(s));
    }
}

fn retain_values(keep: &Keep<'_>, lists: &mut [&mut Vec<f64>]) {
    for list in lists {
        **list = keep.members.iter().map(|m| list[*m]).collect();
    }
}

/// Momentum: `b ← momentum · b + (1 - dampening) · g`, starting from the first `g`; gives `b`, or `g + momentum · b`.
#[derive(Debug)]
pub struct Trace {
    momentum: Tensor<3>,
    taken: Tensor<3>,
    nesterov: bool,
    buffer: Option<Tensor<3>>,
}

impl Trace {
    /// `dampening` names the parameter that leaves out a share of the gradient, if there is one.
    pub fn new(columns: &Columns, dampening: Option<&str>, nesterov: bool) -> Trace {
        let taken = match dampening {
            Some(key) => columns.derived(key, |d| 1.0 - d),
            None => columns.derived("momentum", |_| 1.0),
        };
        Trace { momentum: columns.column("momentum"), taken, nesterov, buffer: None }
    }
}

impl Part for Trace {
    fn apply(&mut self, g: Tensor<3>, _: u64) -> Tensor<3> {
        let buffer = device::flush(match self.buffer.take() {
            Some(buffer) => buffer * self.momentum.clone() + g.clone() * self.taken.clone(),
            None => g.clone(),
        });
        self.buffer = Some(buffer.clone());
        if self.nesterov { buffer * self.momentum.clone() + g } else { buffer }
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.momentum = keep.rows(self.momentum.clone());
        self.taken = keep.rows(self.taken.clone());
        retain_rows(keep, &mut [&mut self.buffer]);
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
    mean: Option<Tensor<3>>,
    square: Option<Tensor<3>>,
    largest: Option<Tensor<3>>,
}

#[derive(Debug)]
enum Variant {
    Plain,
    /// The largest mean square so far takes the place of the mean square.
    AmsGrad,
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
            mean: None,
            square: None,
            largest: None,
        }
    }

    /// With the largest mean square so far where the flag `amsgrad` is set.
    pub fn new(columns: &Columns) -> ScaleByAdam {
        Self::with(columns, if columns.flag("amsgrad") { Variant::AmsGrad } else { Variant::Plain })
    }

    pub fn nesterov(columns: &Columns) -> ScaleByAdam {
        let decay = columns.values("momentum_decay").to_vec();
        let product = vec![1.0; decay.len()];
        Self::with(columns, Variant::Nesterov { decay, product })
    }

    /// One number per member from its beta, as a column.
    fn corrected(&self, betas: &[f64], f: impl Fn(f64) -> f64) -> Tensor<3> {
        let values: Vec<f64> = betas.iter().map(|b| f(*b)).collect();
        device::column(&values, self.precision)
    }

    /// The numerator: the mean without the pull towards its start at 0.
    fn direction(&mut self, mean: Tensor<3>, g: Tensor<3>, t: f64) -> Tensor<3> {
        let Variant::Nesterov { decay, product } = &mut self.variant else {
            return mean * self.corrected(&self.beta1, |b| 1.0 / (1.0 - libm::pow(b, t)));
        };
        let (mut of_mean, mut of_gradient) = (Vec::new(), Vec::new());
        for ((beta, decay), product) in self.beta1.iter().zip(decay).zip(product) {
            let momentum = |t: f64| beta * (1.0 - 0.5 * libm::pow(0.96, t * *decay));
            *product *= momentum(t);
            of_mean.push(momentum(t + 1.0) / (1.0 - *product * momentum(t + 1.0)));
            of_gradient.push((1.0 - momentum(t)) / (1.0 - *product));
        }
        mean * device::column(&of_mean, self.precision) + g * device::column(&of_gradient, self.precision)
    }
}

impl Part for ScaleByAdam {
    fn apply(&mut self, g: Tensor<3>, step: u64) -> Tensor<3> {
        let t = step as f64;
        let mean = self.first.mean(self.mean.take(), g.clone());
        let square = self.second.mean(self.square.take(), g.clone().square());
        self.mean = Some(mean.clone());
        self.square = Some(square.clone());
        let square = match self.variant {
            Variant::AmsGrad => {
                let largest = match self.largest.take() {
                    Some(largest) => largest.max_pair(square),
                    None => square,
                };
                self.largest = Some(largest.clone());
                largest
            }
            _ => square,
        };
        let correction = self.corrected(&self.beta2, |b| 1.0 / libm::sqrt(1.0 - libm::pow(b, t)));
        let root = square.sqrt() * correction + self.epsilon.clone();
        self.direction(mean, g, t) / root
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.first.retain(keep);
        self.second.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
        retain_values(keep, &mut [&mut self.beta1, &mut self.beta2]);
        if let Variant::Nesterov { decay, product } = &mut self.variant {
            retain_values(keep, &mut [decay, product]);
        }
        retain_rows(keep, &mut [&mut self.mean, &mut self.square, &mut self.largest]);
    }
}

/// `g / (√v + epsilon)` with `v` the mean square, less the square of the mean when centred.
#[derive(Debug)]
pub struct ScaleByRms {
    decay: Decay,
    epsilon: Tensor<3>,
    centered: bool,
    square: Option<Tensor<3>>,
    mean: Option<Tensor<3>>,
}

impl ScaleByRms {
    pub fn new(columns: &Columns) -> ScaleByRms {
        let (decay, epsilon) = (Decay::new(columns, "decay"), columns.column("epsilon"));
        ScaleByRms { decay, epsilon, centered: columns.flag("centered"), square: None, mean: None }
    }
}

impl Part for ScaleByRms {
    fn apply(&mut self, g: Tensor<3>, _: u64) -> Tensor<3> {
        let square = self.decay.mean(self.square.take(), g.clone().square());
        self.square = Some(square.clone());
        let variance = if self.centered {
            let mean = self.decay.mean(self.mean.take(), g.clone());
            self.mean = Some(mean.clone());
            // A variance; rounding may bring it just below 0, where PyTorch gives NaN.
            (square - mean.square()).clamp_min(0.0)
        } else {
            square
        };
        g / (variance.sqrt() + self.epsilon.clone())
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.decay.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
        retain_rows(keep, &mut [&mut self.square, &mut self.mean]);
    }
}

/// `g / (√s + epsilon)` with `s` the sum of all squares so far.
#[derive(Debug)]
pub struct ScaleByAdagrad {
    epsilon: Tensor<3>,
    start: Tensor<3>,
    sum: Option<Tensor<3>>,
}

impl ScaleByAdagrad {
    pub fn new(columns: &Columns) -> ScaleByAdagrad {
        let (epsilon, start) = (columns.column("epsilon"), columns.column("initial_accumulator"));
        ScaleByAdagrad { epsilon, start, sum: None }
    }
}

impl Part for ScaleByAdagrad {
    fn apply(&mut self, g: Tensor<3>, _: u64) -> Tensor<3> {
        let square = g.clone().square();
        let sum = device::flush(match self.sum.take() {
            Some(sum) => sum + square,
            None => square + self.start.clone(),
        });
        self.sum = Some(sum.clone());
        g / (sum.sqrt() + self.epsilon.clone())
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.epsilon = keep.rows(self.epsilon.clone());
        self.start = keep.rows(self.start.clone());
        retain_rows(keep, &mut [&mut self.sum]);
    }
}

/// `u = √(d + epsilon) / √(v + epsilon) · g` with `v` the mean square of `g` and `d` that of `u`.
#[derive(Debug)]
pub struct ScaleByAdadelta {
    decay: Decay,
    epsilon: Tensor<3>,
    square: Option<Tensor<3>>,
    moved: Option<Tensor<3>>,
}

impl ScaleByAdadelta {
    pub fn new(columns: &Columns) -> ScaleByAdadelta {
        let (decay, epsilon) = (Decay::new(columns, "decay"), columns.column("epsilon"));
        ScaleByAdadelta { decay, epsilon, square: None, moved: None }
    }
}

impl Part for ScaleByAdadelta {
    fn apply(&mut self, g: Tensor<3>, _: u64) -> Tensor<3> {
        let square = self.decay.mean(self.square.take(), g.clone().square());
        self.square = Some(square.clone());
        let moved = self.moved.take();
        let size = match &moved {
            Some(moved) => (moved.clone() + self.epsilon.clone()).sqrt(),
            None => self.epsilon.clone().sqrt(),
        };
        let update = g * size / (square + self.epsilon.clone()).sqrt();
        self.moved = Some(self.decay.mean(moved, update.clone().square()));
        update
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.decay.retain(keep);
        self.epsilon = keep.rows(self.epsilon.clone());
        retain_rows(keep, &mut [&mut self.square, &mut self.moved]);
    }
}

/// `sign(beta1 · m + (1 - beta1) · g)`, then `m ← beta2 · m + (1 - beta2) · g`.
#[derive(Debug)]
pub struct ScaleByLion {
    shown: Decay,
    stored: Decay,
    mean: Option<Tensor<3>>,
}

impl ScaleByLion {
    pub fn new(columns: &Columns) -> ScaleByLion {
        let (shown, stored) = (Decay::new(columns, "beta1"), Decay::new(columns, "beta2"));
        ScaleByLion { shown, stored, mean: None }
    }
}

impl Part for ScaleByLion {
    fn apply(&mut self, g: Tensor<3>, _: u64) -> Tensor<3> {
        let mean = self.mean.take();
        let direction = self.shown.mean(mean.clone(), g.clone()).sign();
        self.mean = Some(self.stored.mean(mean, g));
        direction
    }

    fn retain(&mut self, keep: &Keep<'_>) {
        self.shown.retain(keep);
        self.stored.retain(keep);
        retain_rows(keep, &mut [&mut self.mean]);
    }
}
