//! Gradient check: backpropagation against differences of the loss, in f64.
//!
//! It checks a configuration as given (layers, activations, loss, reduction, masks, weights of samples, mistakes on purpose), without
//! dropout, at parameters and samples as the configured precision holds them. Penalties and clipping belong to the optimizer and
//! are not checked. It measures; what a measurement means is said in `diagnose`.

mod agreement;
mod differences;
mod suspects;

pub use agreement::{Agreement, Worst, compare};
pub use differences::Differences;
pub use suspects::Suspect;

use std::sync::Arc;

use super::{Batch, Member, Parameter, Population, Rows, Shape, optimizer};
use crate::catalog::Choice;
use crate::spec::{Configuration, Fault, Optimizer, Precision, Truncate};

/// How far a gradient in f64 may be from differences, relative to the largest entry of its tensor. Both agree to about 1e-9 where
/// the loss is of the order of 1 (see [`Differences`]).
pub const F64: f64 = 1e-6;

/// The same for gradients computed in f32: 24 bits, and sums over samples that may cancel two or three digits of seven.
pub const F32: f64 = 1e-3;

/// What is checked: a network with its parameters, and samples.
#[derive(Debug)]
pub struct Point {
    /// In f64 and without dropout.
    configuration: Configuration,
    shape: Shape,
    /// Of one member.
    batch: Batch,
    /// `[N, A, K]`.
    y: Vec<f64>,
    parameters: Vec<Parameter>,
}

impl Point {
    /// The configuration with its initial parameters of a seed, on samples as [`Rows`] lays them out. `shape` is what the data ask for.
    pub fn new(configuration: &Configuration, init_seed: u64, shape: Shape, samples: Rows<'_>) -> Point {
        let precision = configuration.model.precision;
        let member = Member { configuration, init_seed, noise_seed: 0 };
        let population = Population::new(&[member], shape);
        let (parameters, shape) = (population.parameters(0), population.shape());
        let rows = samples.y.len() / (shape.outputs * shape.answers).max(1);
        let (x, y, weight) =
            (held(samples.x, precision), held(samples.y, precision), held(samples.weight, precision));
        let read = Rows { x: &x, y: &y, weight: &weight, ..samples };
        let batch = Batch::of(1, rows, shape, Precision::F64, read);
        Point { configuration: smooth(configuration), shape, batch, y, parameters }
    }

    /// Those the check is made at, as the configured precision holds them.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The data loss.
    pub fn loss(&self) -> f64 {
        self.population(&Fault::default()).evaluate(&self.batch).loss[0]
    }

    /// What backpropagation gives, with the mistakes of the configuration.
    pub fn gradient(&self) -> Vec<Parameter> {
        self.gradient_with(&self.configuration.fault)
    }

    /// The same with other mistakes.
    pub fn gradient_with(&self, fault: &Fault) -> Vec<Parameter> {
        self.population(fault).gradients(&self.batch).remove(0)
    }

    /// The same network and samples with gradients that reach back to the first time step; `None` where they do already.
    pub fn untruncated(&self) -> Option<Point> {
        let mut model = self.configuration.model.as_ref().clone();
        let recurrent = model.recurrent.as_mut().filter(|r| r.truncate != Truncate::Never)?;
        recurrent.truncate = Truncate::Never;
        let configuration = Configuration { model: Arc::new(model), ..self.configuration.clone() };
        let (batch, y, parameters) = (self.batch.clone(), self.y.clone(), self.parameters.clone());
        Some(Point { configuration, shape: self.shape, batch, y, parameters })
    }

    /// A population of this one network.
    fn population(&self, fault: &Fault) -> Population {
        let configuration = Configuration { fault: Arc::new(fault.clone()), ..self.configuration.clone() };
        let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
        let mut population = Population::new(&[member], self.shape);
        population.set_parameters(0, &self.parameters);
        population
    }
}

/// Values as a precision holds them.
fn held(values: &[f64], precision: Precision) -> Vec<f64> {
    match precision {
        Precision::F32 => values.iter().map(|v| f64::from(*v as f32)).collect(),
        Precision::F64 => values.to_vec(),
    }
}

/// The configuration in f64, without dropout, and with an optimizer that has nothing to do: only its gradient is asked for.
fn smooth(configuration: &Configuration) -> Configuration {
    let mut model = configuration.model.as_ref().clone();
    model.precision = Precision::F64;
    model.hidden.iter_mut().for_each(|layer| layer.dropout = 0.0);
    let method = Choice::defaults(&optimizer::sgd::THIS.entry);
    let optimizer = Optimizer { method, ..configuration.optimizer.as_ref().clone() };
    Configuration { model: Arc::new(model), optimizer: Arc::new(optimizer), ..configuration.clone() }
}
