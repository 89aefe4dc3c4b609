//! Activation `selu`: elu scaled so that activations normalise themselves.

use super::Activation;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "selu",
        family: Family::Activation,
        summary: "elu scaled so that activations normalise themselves",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-1.758099341),
            distribution: false,
            log_distribution: false,
        },
    },
};

const DOCS: &str = r#"### Formula

`f(z) = scale · z` for `z > 0`, else `scale · alpha · (e^z - 1)`, with `scale = 1.0507009873554805` and `alpha = 1.6732632423543772`.

### When to use

Deep dense networks with `init = "lecun_normal"`, for which it was derived.

### Source

Klambauer, Unterthiner, Mayr, and Hochreiter, 2017, arXiv 1706.02515."#;
