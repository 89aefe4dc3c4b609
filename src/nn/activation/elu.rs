//! Activation `elu`: exponential below zero, the identity above.

use super::Activation;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "elu",
        family: Family::Activation,
        summary: "exponential below zero, the identity above",
        docs: DOCS,
        params: &[Param {
            key: "alpha",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Negative of the limit for very negative inputs.",
        }],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
};

const DOCS: &str = r#"### Formula

`f(z) = z` for `z > 0`, else `alpha · (e^z - 1)`.

### When to use

A smooth alternative to `relu` whose mean output is nearer to zero. It gives values above `-alpha`.

### Source

Clevert, Unterthiner, and Hochreiter, 2015, arXiv 1511.07289. Default alpha as PyTorch and Keras."#;
