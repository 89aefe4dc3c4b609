//! Schedule `exponential`: a steady fall from epoch to epoch.

use super::{Member, Progress, Rule};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "exponential",
        family: Family::Schedule,
        summary: "a steady fall from epoch to epoch",
        docs: DOCS,
        params: &[Param {
            key: "decay",
            kind: Kind::Real(Range::UNIT),
            role: Role::Numeric,
            default: Default::Real(0.99),
            docs: "Factor from one epoch to the next.",
        }],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

fn factor(p: &Choice, at: &Progress) -> f64 {
    libm::pow(p.number("decay"), at.epoch as f64)
}

const DOCS: &str = r#"### Formula

`decay^epoch`, with epochs counted from 0. First value 1; last value `decay^(epochs - 1)`.

### When to use

A smooth alternative to `step`.

### Source

As PyTorch's `ExponentialLR`, stepped once per epoch."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0 `ExponentialLR(gamma=0.9)`, stepped once per epoch of 2 steps.
    #[test]
    fn agrees_with_its_source() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("decay", Value::Real(0.9))],
            2,
            &[
                1.0,
                1.0,
                0.9,
                0.9,
                0.81,
                0.81,
                0.7290000000000001,
                0.7290000000000001,
                0.6561000000000001,
                0.6561000000000001,
            ],
        );
    }
}
