//! Initializer `lecun_normal`: normal, variance 1 / fan_in.

use super::{Initializer, Place};
use crate::catalog::{Choice, Entry, Facts, Family};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "lecun_normal",
        family: Family::Initializer,
        summary: "normal, variance 1 / fan_in",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
    values,
};

fn values(_: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    place.normal(1.0 / place.inputs as f64, stream)
}

const DOCS: &str = r#"### Formula

`w ~ N(0, 1 / fan_in)`. `fan_in` is the number of inputs of the layer and `fan_out` the number of its units. For a bias `fan_in` is that of its layer.

### When to use

Layers with `selu` (normal), and `tanh` in older texts.

### Source

LeCun, Bottou, Orr, and Müller, 1998, "Efficient backprop". Not truncated, as PyTorch; Keras cuts its normal initializers off at two standard deviations."#;
