//! Initializer `constant`: every value the same.

use super::{Initializer, Place};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "constant",
        family: Family::Initializer,
        summary: "every value the same",
        docs: DOCS,
        params: &[Param {
            key: "value",
            kind: Kind::Real(Range::MODEST),
            role: Role::Numeric,
            default: Default::Real(0.0),
            docs: "The value.",
        }],
        facts: Facts::Plain,
    },
    values,
};

fn values(parameters: &Choice, place: Place, _: &mut Stream) -> Vec<f64> {
    let value = parameters.number("value");
    place.fill(|| value)
}

const DOCS: &str = r#"### Formula

`w = value`

### When to use

Biases, and experiments on symmetry.

### Source

Standard."#;
