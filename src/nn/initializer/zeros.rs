//! Initializer `zeros`: every value 0.

use super::{Initializer, Place};
use crate::catalog::{Choice, Entry, Facts, Family};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "zeros",
        family: Family::Initializer,
        summary: "every value 0",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
    values,
};

fn values(_: &Choice, place: Place, _: &mut Stream) -> Vec<f64> {
    place.fill(|| 0.0)
}

const DOCS: &str = r#"### Formula

`w = 0`

### When to use

Biases. Weights of a hidden layer that start equal stay equal.

### Source

Standard."#;
