//! Activation `mish`: the input weighted by the tanh of its softplus.

use super::Activation;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "mish",
        family: Family::Activation,
        summary: "the input weighted by the tanh of its softplus",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-0.30885),
            distribution: false,
            log_distribution: false,
        },
    },
};

const DOCS: &str = r#"### Formula

`f(z) = z · tanh(ln(1 + e^z))`

### When to use

A smooth alternative to `relu`. Its least value is about -0.309.

### Source

Misra, 2019, arXiv 1908.08681."#;
