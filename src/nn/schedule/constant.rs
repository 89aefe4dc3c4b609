//! Schedule `constant`: the learning rate as it is.

use super::Schedule;
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Schedule = Schedule {
    entry: Entry {
        name: "constant",
        family: Family::Schedule,
        summary: "the learning rate as it is",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`1`. First and last value 1.

### When to use

The default.

### Source

Standard."#;
