//! Initializers: the values that parameters start from.
//!
//! Computed on the host in f64 from a stream named by seed and layer, so they depend neither on the other members of a
//! population nor on precision. Elementary functions are those of `libm`, which are the same on every system.

use crate::catalog::{Choice, Entry};
use crate::rng::Stream;

members! { Initializer:
    constant, glorot_normal, glorot_uniform, he_normal, he_uniform, lecun_normal, lecun_uniform, normal, orthogonal,
    uniform, zeros,
}

/// A member of the family.
#[derive(Debug)]
pub struct Initializer {
    pub entry: Entry,
    /// Values `[rows, units]`, row-major.
    pub values: fn(parameters: &Choice, place: Place, stream: &mut Stream) -> Vec<f64>,
}

/// Which parameter of a layer is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Inputs of the layer (`fan_in`).
    pub inputs: usize,
    /// Units of the layer (`fan_out`).
    pub units: usize,
    /// Rows of the parameter: `inputs` for weights, 1 for a bias.
    pub rows: usize,
}

impl Place {
    pub fn weight(inputs: usize, units: usize) -> Place {
        Place { inputs, units, rows: inputs }
    }

    pub fn bias(inputs: usize, units: usize) -> Place {
        Place { inputs, units, rows: 1 }
    }

    /// As many values as the parameter has, each from `draw`.
    fn fill(self, draw: impl FnMut() -> f64) -> Vec<f64> {
        let mut draw = draw;
        (0..self.rows * self.units).map(|_| draw()).collect()
    }

    /// Uniform with this variance and mean 0.
    fn uniform(self, variance: f64, stream: &mut Stream) -> Vec<f64> {
        let bound = libm::sqrt(3.0 * variance);
        self.fill(|| stream.uniform(-bound, bound))
    }

    /// Normal with this variance and mean 0.
    fn normal(self, variance: f64, stream: &mut Stream) -> Vec<f64> {
        let deviation = libm::sqrt(variance);
        self.fill(|| deviation * stream.normal())
    }
}

/// The initial values of one parameter.
pub(crate) fn values(choice: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    let found = ALL.iter().find(|m| m.entry.name == choice.name());
    let member = found.unwrap_or_else(|| panic!("`{}` is not an initializer", choice.name()));
    (member.values)(choice, place, stream)
}
