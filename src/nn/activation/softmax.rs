//! Activation `softmax`: a distribution over the outputs.

use super::Activation;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softmax",
        family: Family::Activation,
        summary: "a distribution over the outputs",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::UNIT, distribution: true, log_distribution: false },
    },
};

const DOCS: &str = r#"### Formula

`f(z)_k = e^(z_k) / Σ_j e^(z_j)`, over the outputs of one sample, computed after subtracting the largest `z_j`.

### When to use

The output of a classifier with one class per sample, with the loss `cross_entropy`. Over one output it is always 1.

### Source

Bridle, 1990, "Probabilistic interpretation of feedforward classification network outputs"."#;
