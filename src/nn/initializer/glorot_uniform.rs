//! Initializer `glorot_uniform`: uniform, variance 2 / (fan_in + fan_out).

use super::{Initializer, Place};
use crate::catalog::{Choice, Entry, Facts, Family};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "glorot_uniform",
        family: Family::Initializer,
        summary: "uniform, variance 2 / (fan_in + fan_out)",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
    values,
};

fn values(_: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    place.uniform(2.0 / (place.inputs + place.units) as f64, stream)
}

const DOCS: &str = r#"### Formula

`w ~ U[-b, b)` with `b = √(6 / (fan_in + fan_out))`. `fan_in` is the number of inputs of the layer and `fan_out` the number of its units. For a bias `fan_in` is that of its layer.

### When to use

Layers followed by `tanh`, `sigmoid`, and `softmax` layers.

### Source

Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks"; also called Xavier."#;
