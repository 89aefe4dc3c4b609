//! Activation `hard_sigmoid`: a piecewise linear form of the sigmoid.

use super::Activation;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "hard_sigmoid",
        family: Family::Activation,
        summary: "a piecewise linear form of the sigmoid",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::UNIT, distribution: false, log_distribution: false },
    },
};

const DOCS: &str = r#"### Formula

`f(z) = min(max(z/6 + 1/2, 0), 1)`; the derivative is 0 at both kinks.

### When to use

A cheap sigmoid. It has no gradient outside (-3, 3).

### Source

As PyTorch's `Hardsigmoid` and Keras 3; Keras 1 and 2 used `0.2 z + 0.5`, after Courbariaux, Bengio, and David, 2015, arXiv 1511.00363."#;
