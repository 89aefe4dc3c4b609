//! Activation `softsign`: a bounded curve with slow tails.

use super::Activation;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softsign",
        family: Family::Activation,
        summary: "a bounded curve with slow tails",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::open(-1.0, 1.0),
            distribution: false,
            log_distribution: false,
        },
    },
};

const DOCS: &str = r#"### Formula

`f(z) = z / (1 + |z|)`

### When to use

A hidden activation like `tanh` that saturates more gently.

### Source

Bergstra et al., 2009; Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks"."#;
