//! What a trial costs, before it is trained: for dealing trials out to shards, and for saying how long a plan takes.
//!
//! It is an estimate from counts alone, so it is the same on every machine; it decides nothing about a result.

use super::order::Batches;
use super::shapes::PartShape;
use crate::nn;
use crate::spec::Configuration;

/// Seconds on one thread of the machine that the figures below were measured on.
///
/// Of a network with `D` parameters and `U` units, `N` samples of `T` time steps an epoch in `S` optimizer steps:
/// `trial + epochs · (epoch + S · step + N · T · (3 D · multiply + U · unit) + S · D · update)`.
pub fn seconds(configuration: &Configuration, shape: &PartShape, epochs: u64) -> f64 {
    let price = if nn::chosen(configuration).is_fused { &FUSED } else { &REFERENCE };
    let steps = Batches::new(shape.train, configuration.train.batch).count as f64;
    let parameters = nn::parameter_count(configuration, shape.widths()) as f64;
    let hidden: usize = configuration.model.hidden.iter().map(|layer| layer.units).sum();
    let units = (hidden + shape.outputs) as f64;
    let samples = (shape.train * shape.steps.max(1)) as f64;
    let passes = samples * (3.0 * parameters * price.multiply + units * price.unit);
    let epoch = price.epoch + steps * (price.step + parameters * price.update) + passes;
    price.trial + epochs as f64 * epoch
}

/// Seconds for each thing that training does.
struct Price {
    /// Start, looks, metrics of all parts, and the record.
    trial: f64,
    /// Order of the rows, losses, and rules.
    epoch: f64,
    step: f64,
    /// Of one parameter in one step: the optimizer.
    update: f64,
    /// A multiplication with an addition.
    multiply: f64,
    /// An activation and its slope.
    unit: f64,
}

/// Fitted by hand to the times of the experiments here, in full packs: within a factor of three of each that trains to its end.
const FUSED: Price =
    Price { trial: 8e-5, epoch: 4e-7, step: 1e-7, update: 1.0e-10, multiply: 1.2e-10, unit: 2e-9 };
const REFERENCE: Price =
    Price { trial: 1e-3, epoch: 1e-4, step: 2e-4, update: 2e-9, multiply: 4e-10, unit: 2e-8 };
