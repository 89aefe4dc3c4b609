//! Activation `identity`: the pre-activation itself.

use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "identity",
        family: Family::Activation,
        summary: "the pre-activation itself",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Burn(|z| z),
    kinks: &[],
};

const DOCS: &str = r#"### Formula

`f(z) = z`

### When to use

The output of a regression; a linear layer.

### Source

Standard."#;
