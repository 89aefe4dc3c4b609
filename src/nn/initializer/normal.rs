//! Initializer `normal`: normal with a given mean and standard deviation.

use super::Initializer;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "normal",
        family: Family::Initializer,
        summary: "normal with a given mean and standard deviation",
        docs: DOCS,
        params: &[
            Param {
                key: "mean",
                kind: Kind::Real(Range::REAL),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Mean.",
            },
            Param {
                key: "std",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(0.05),
                docs: "Standard deviation.",
            },
        ],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`w ~ N(mean, std²)`

### When to use

When the exact scale matters.

### Source

Standard. Default standard deviation as Keras' `RandomNormal`. Not truncated, as PyTorch; Keras cuts its normal initializers off at two standard deviations."#;
