//! Schedule `constant`: the learning rate as it is.

use super::{Member, Progress, Rule};
use crate::catalog::{Choice, Entry, Facts, Family};

pub static THIS: Member = Member {
    entry: Entry {
        name: "constant",
        family: Family::Schedule,
        summary: "the learning rate as it is",
        docs: DOCS,
        params: &[],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

fn factor(_: &Choice, _: &Progress) -> f64 {
    1.0
}

const DOCS: &str = r#"### Formula

`1`. First and last value 1.

### When to use

The default.

### Source

Standard."#;

#[cfg(test)]
mod tests {
    /// By definition.
    #[test]
    fn agrees_with_its_source() {
        super::super::tests::check(&super::THIS, &[], 1, &[1.0, 1.0, 1.0, 1.0]);
    }
}
