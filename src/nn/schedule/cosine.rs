//! Schedule `cosine`: half a cosine from 1 to the floor.

use super::{Member, Progress, Rule, half_cosine};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "cosine",
        family: Family::Schedule,
        summary: "half a cosine from 1 to the floor",
        docs: DOCS,
        params: &[Param {
            key: "floor",
            kind: Kind::Real(Range::UNIT),
            role: Role::Numeric,
            default: Default::Real(0.0),
            docs: "Factor that is approached at the end.",
        }],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

fn factor(p: &Choice, at: &Progress) -> f64 {
    half_cosine(1.0, p.number("floor"), at.step as f64 / at.steps.max(1) as f64)
}

const DOCS: &str = r#"### Formula

`floor + (1 - floor) · (1 + cos(π · step / steps)) / 2`, with steps counted from 0. First value 1; the last step has `step = steps - 1`, just above the floor.

### When to use

Runs of a known length.

### Source

Loshchilov and Hutter, 2016, arXiv 1608.03983, without restarts. As optax' `cosine_decay_schedule(1, steps, floor)` and PyTorch's `CosineAnnealingLR` stepped once per optimizer step."#;

#[cfg(test)]
mod tests {
    /// optax 0.2.8 `cosine_decay_schedule(1, 6, 0.1)`.
    #[test]
    fn agrees_with_its_source() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("floor", Value::Real(0.1))],
            1,
            &[1.0, 0.9397114317029974, 0.775, 0.55, 0.3250000000000001, 0.16028856829700258],
        );
    }
}
