//! Initializer `uniform`: uniform between two bounds.

use super::Initializer;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "uniform",
        family: Family::Initializer,
        summary: "uniform between two bounds",
        docs: DOCS,
        params: &[
            Param {
                key: "low",
                kind: Kind::Real(Range::REAL),
                role: Role::Numeric,
                default: Default::Real(-0.05),
                docs: "Lower bound.",
            },
            Param {
                key: "high",
                kind: Kind::Real(Range::REAL),
                role: Role::Numeric,
                default: Default::Real(0.05),
                docs: "Upper bound; must not be below `low`.",
            },
        ],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`w ~ U[low, high)`

### When to use

When the exact range matters, as in many textbooks.

### Source

Standard. Default bounds as Keras' `RandomUniform`."#;
