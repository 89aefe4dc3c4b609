//! Which known mistake gives a gradient: each is made, alone and two together, at the same parameters and samples.
//!
//! A name is an explanation of a gradient, not a proof: where two mistakes give one gradient, both are named.

use super::Point;
use crate::nn::Parameter;
use crate::spec::{Fault, FaultyLoss, HiddenDerivative, OutputDelta, TimeIndex};

/// A mistake that gives the gradient, up to a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// None where the gradient is right but for the factor.
    pub fault: Fault,
    /// The gradient is so many times the one with this mistake; 1 unless it was divided or summed otherwise.
    pub factor: f64,
    /// Length of what is left, relative to the gradient, of the tensor where it is largest.
    pub distance: f64,
}

/// A suspect's gradient is this near: more than f32 leaves open, less than any other mistake.
const NEAR: f64 = 1e-3;

/// What lies so much further than the nearest, and further than rounding, is another gradient.
const TELLS: f64 = 30.0;
const EQUAL: f64 = 1e-9;

/// Factors this near to 1 are 1.
const ONE: f64 = 1e-3;

impl Point {
    /// The mistakes whose gradient is `gradient`, those with the fewest parts first; none if no known one fits. Of mistakes with the
    /// same gradient all with the fewest parts are given.
    pub fn suspects(&self, gradient: &[Parameter]) -> Vec<Suspect> {
        let mut fitting: Vec<Suspect> = self
            .hypotheses()
            .into_iter()
            .map(|fault| self.suspect(gradient, fault))
            .filter(|suspect| suspect.distance <= NEAR)
            .collect();
        let nearest = fitting.iter().map(|s| s.distance).fold(f64::INFINITY, f64::min);
        fitting.retain(|s| s.distance <= EQUAL.max(TELLS * nearest));
        // What needs no factor explains more.
        let parts = |s: &Suspect| s.fault.all().len() + usize::from(s.factor != 1.0);
        let fewest = fitting.iter().map(parts).min();
        fitting.retain(|s| Some(parts(s)) == fewest);
        fitting
    }

    /// No mistake, and every one, alone or two together, that can be made in this network.
    fn hypotheses(&self) -> Vec<Fault> {
        fn some<T: Copy>(all: &[T]) -> Vec<Option<T>> {
            [None].into_iter().chain(all.iter().copied().map(Some)).collect()
        }
        let mut all = Vec::new();
        for hidden_derivative in some(HiddenDerivative::ALL) {
            for output_delta in some(OutputDelta::ALL) {
                for time_index in some(TimeIndex::ALL) {
                    let fault = Fault { hidden_derivative, output_delta, time_index, ..Fault::default() };
                    if fault.all().len() <= 2 {
                        all.push(fault);
                    }
                }
            }
        }
        let losses = FaultyLoss::ALL.iter().map(|loss| Fault { loss: Some(*loss), ..Fault::default() });
        all.extend(losses);
        let (model, pairing) = (&self.configuration.model, &self.configuration.pairing);
        all.retain(|fault| fault.needs(model, pairing).is_empty());
        all
    }

    fn suspect(&self, gradient: &[Parameter], fault: Fault) -> Suspect {
        let ours = self.gradient_with(&fault);
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let both = || gradient.iter().zip(&ours);
        let square: f64 = ours.iter().map(|p| product(&p.values, &p.values)).sum();
        let factor = both().map(|(a, b)| product(&a.values, &b.values)).sum::<f64>() / square;
        let factor = if (factor - 1.0).abs() <= ONE || factor.is_nan() { 1.0 } else { factor };
        // A negative factor is a mistake of its own and among the hypotheses.
        let distance = if factor > 0.0 {
            both().map(|(a, b)| distance(&a.values, &b.values, factor)).fold(0.0, f64::max)
        } else {
            f64::INFINITY
        };
        Suspect { fault, factor, distance }
    }
}

/// Length of `a - factor · b`, relative to the longer of the two; 0 where both are 0, and infinite where it is no number.
fn distance(a: &[f64], b: &[f64], factor: f64) -> f64 {
    let length = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let size = length(&mut a.iter().copied()).max(factor * length(&mut b.iter().copied()));
    let left = length(&mut a.iter().zip(b).map(|(a, b)| a - factor * b));
    match left / size {
        _ if size == 0.0 => 0.0,
        distance if distance.is_nan() => f64::INFINITY,
        distance => distance,
    }
}
