//! Initializer `lecun_uniform`: uniform, variance 1 / fan_in.

use super::{Initializer, Place};
use crate::catalog::{Choice, Entry, Facts, Family};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "lecun_uniform",
        family: Family::Initializer,
        summary: "uniform, variance 1 / fan_in",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
    values,
};

fn values(_: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    place.uniform(1.0 / place.inputs as f64, stream)
}

const DOCS: &str = r#"### Formula

`w ~ U[-b, b)` with `b = √(3 / fan_in)`. `fan_in` is the number of inputs of the layer and `fan_out` the number of its units. For a bias `fan_in` is that of its layer.

### When to use

Layers with `selu` (normal), and `tanh` in older texts.

### Source

LeCun, Bottou, Orr, and Müller, 1998, "Efficient backprop"."#;
