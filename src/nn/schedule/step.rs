//! Schedule `step`: a drop every few epochs.

use super::{Member, Progress, Rule};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "step",
        family: Family::Schedule,
        summary: "a drop every few epochs",
        docs: DOCS,
        params: &[
            Param {
                key: "every",
                kind: Kind::Count { min: 1, max: 1000000000 },
                role: Role::Numeric,
                default: Default::Count(10),
                docs: "Epochs between two drops.",
            },
            Param {
                key: "factor",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.1),
                docs: "Factor at each drop.",
            },
        ],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

fn factor(p: &Choice, at: &Progress) -> f64 {
    libm::pow(p.number("factor"), (at.epoch as u64 / p.count("every")) as f64)
}

const DOCS: &str = r#"### Formula

`factor^⌊epoch / every⌋`, with epochs counted from 0. First value 1; last value `factor^⌊(epochs - 1) / every⌋`.

### When to use

When the loss stops falling at known times.

### Source

As PyTorch's `StepLR`, stepped once per epoch."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0 `StepLR(step_size=3, gamma=0.5)`, stepped once per epoch of 2 steps.
    #[test]
    fn agrees_with_its_source() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("every", Value::Count(3)), ("factor", Value::Real(0.5))],
            2,
            &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25],
        );
    }
}
