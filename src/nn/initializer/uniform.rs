//! Initializer `uniform`: uniform between two bounds.

use super::{Initializer, Place};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "uniform",
        family: Family::Initializer,
        summary: "uniform between two bounds",
        docs: DOCS,
        params: &[
            Param {
                key: "low",
                kind: Kind::Real(Range::MODEST),
                role: Role::Numeric,
                default: Default::Real(-0.05),
                docs: "Lower bound.",
            },
            Param {
                key: "high",
                kind: Kind::Real(Range::MODEST),
                role: Role::Numeric,
                default: Default::Real(0.05),
                docs: "Upper bound; must not be below `low`.",
            },
        ],
        facts: Facts::Plain,
    },
    values,
};

fn values(parameters: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    let (low, high) = (parameters.number("low"), parameters.number("high"));
    place.fill(|| stream.uniform(low, high))
}

const DOCS: &str = r#"### Formula

`w ~ U[low, high)`

### When to use

When the exact range matters, as in many textbooks.

### Source

Standard. Default bounds as Keras' `RandomUniform`."#;
