//! Schedule `one_cycle`: up to the learning rate and far down again.

use super::{Member, Progress, Rule, half_cosine};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "one_cycle",
        family: Family::Schedule,
        summary: "up to the learning rate and far down again",
        docs: DOCS,
        params: &[
            Param {
                key: "share",
                kind: Kind::Real(Range::open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.3),
                docs: "Share of all steps that the rise takes.",
            },
            Param {
                key: "start_divisor",
                kind: Kind::Real(Range::from(1.0)),
                role: Role::Numeric,
                default: Default::Real(25.0),
                docs: "The first value is 1 divided by this.",
            },
            Param {
                key: "end_divisor",
                kind: Kind::Real(Range::from(1.0)),
                role: Role::Numeric,
                default: Default::Real(10000.0),
                docs: "The last value is the first divided by this.",
            },
        ],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

fn factor(p: &Choice, at: &Progress) -> f64 {
    let first = 1.0 / p.number("start_divisor");
    let last = first / p.number("end_divisor");
    let step = at.step as f64;
    let (top, end) = (p.number("share") * at.steps as f64 - 1.0, at.steps as f64 - 1.0);
    if step < top {
        half_cosine(first, 1.0, step / top)
    } else {
        half_cosine(1.0, last, (step - top) / (end - top))
    }
}

const DOCS: &str = r#"### Formula

Two half cosines over the steps: from `1 / start_divisor` up to 1 at step `share · steps - 1`, then down to `1 / (start_divisor · end_divisor)` at step `steps - 1`. The learning rate is the largest value.

### When to use

Short runs with a large learning rate.

### Source

Smith and Topin, 2017, arXiv 1708.07120. As PyTorch's `OneCycleLR` (cosine, two phases, without its cycling momentum), also in its defaults."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0 `OneCycleLR(max_lr=1, total_steps=10)` in its defaults.
    #[test]
    fn agrees_with_its_source() {
        super::super::tests::check(
            &super::THIS,
            &[],
            1,
            &[
                0.040000000000000036,
                0.52,
                1.0,
                0.9504846320134737,
                0.8117456539497631,
                0.6112620219362893,
                0.38874197806371075,
                0.18825834605023697,
                0.049519367986526286,
                4e-06,
            ],
        );
    }
}
