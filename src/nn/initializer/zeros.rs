//! Initializer `zeros`: every value 0.

use super::Initializer;
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "zeros",
        family: Family::Initializer,
        summary: "every value 0",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`w = 0`

### When to use

Biases. Weights of a hidden layer that start equal stay equal.

### Source

Standard."#;
