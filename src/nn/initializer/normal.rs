//! Initializer `normal`: normal with a given mean and standard deviation.

use super::{Initializer, Place};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "normal",
        family: Family::Initializer,
        summary: "normal with a given mean and standard deviation",
        docs: DOCS,
        params: &[
            Param {
                key: "mean",
                kind: Kind::Real(Range::MODEST),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Mean.",
            },
            Param {
                key: "std",
                kind: Kind::Real(Range::MODEST_NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(1.0),
                docs: "Standard deviation.",
            },
        ],
        facts: Facts::Plain,
    },
    values,
};

fn values(parameters: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    let (mean, std) = (parameters.number("mean"), parameters.number("std"));
    place.fill(|| mean + std * stream.normal())
}

const DOCS: &str = r#"### Formula

`w ~ N(mean, std²)`

### When to use

When the exact scale matters.

### Source

Standard. Defaults as `numpy.random.normal` and PyTorch's `normal_` (Keras has 0.05). Not truncated, as both; Keras cuts its normal initializers off at two standard deviations."#;
