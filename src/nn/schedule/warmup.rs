//! Schedule `warmup`: a linear rise at the start.

use super::{Member, Progress, Rule, half_cosine};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "warmup",
        family: Family::Schedule,
        summary: "a linear rise at the start",
        docs: DOCS,
        params: &[
            Param {
                key: "share",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.1),
                docs: "Share of all steps that the rise takes.",
            },
            Param {
                key: "start",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.1),
                docs: "Factor at the first step.",
            },
            Param {
                key: "then",
                kind: Kind::Choice(&["constant", "linear", "cosine"]),
                role: Role::Structural,
                default: Default::Word("constant"),
                docs: "What follows the rise.",
            },
            Param {
                key: "floor",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Factor that is approached at the end.",
            },
        ],
        facts: Facts::Plain,
    },
    rule: Rule::Timed(factor),
};

/// Far above the rounding of a product, far below any share of a step.
const ROUNDING: f64 = 1e-12;

fn factor(p: &Choice, at: &Progress) -> f64 {
    // A product just above a whole number is that number: 0.07 · 100 gives 7.000000000000001.
    let rise = libm::ceil(p.number("share") * at.steps as f64 * (1.0 - ROUNDING));
    let step = at.step as f64;
    if step < rise {
        let start = p.number("start");
        return start + (1.0 - start) * step / rise;
    }
    let share = (step - rise) / (at.steps as f64 - rise).max(1.0);
    let floor = p.number("floor");
    match p.text("then") {
        Some("linear") => 1.0 + (floor - 1.0) * share,
        Some("cosine") => half_cosine(1.0, floor, share),
        _ => 1.0,
    }
}

const DOCS: &str = r#"### Formula

`start + (1 - start) · step / w` for steps below `w = ⌈share · steps⌉`, then 1 (`then = "constant"`), a straight line to the floor (`"linear"`), or half a cosine to the floor (`"cosine"`) that would reach it one step after the last. First value `start` (1 when `share` is 0).

### When to use

Optimizers that are unstable in their first steps; large batches.

### Source

Goyal et al., 2017, arXiv 1706.02677. The rise is PyTorch's `LinearLR`; with `then = "cosine"` it is optax' `warmup_cosine_decay_schedule`."#;

#[cfg(test)]
mod tests {
    /// optax 0.2.8 `warmup_cosine_decay_schedule(0.1, 1, 3, 10, 0.05)`.
    #[test]
    fn agrees_with_its_source() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[
                ("share", Value::Real(0.3)),
                ("start", Value::Real(0.1)),
                ("then", Value::Text("cosine".into())),
                ("floor", Value::Real(0.05)),
            ],
            1,
            &[
                0.09999999999999998,
                0.3999999999999999,
                0.7,
                1.0,
                0.952960212253649,
                0.8211576558828985,
                0.6306974436292493,
                0.41930255637075065,
                0.22884234411710158,
                0.09703978774635096,
            ],
        );
    }

    /// 7 steps by definition, from `start` by (1 - start) / 7 each; both products exceed 7 in f64.
    #[test]
    fn the_rise_takes_whole_steps_whatever_the_rounding() {
        use crate::catalog::Value;
        for (share, steps) in [(0.07, 100), (0.14, 50)] {
            let given = [("share", Value::Real(share)), ("start", Value::Real(0.3))];
            let rise = (0..steps).map(|step| if step < 7 { 0.3 + 0.1 * f64::from(step) } else { 1.0 });
            super::super::tests::check(&super::THIS, &given, 1, &rise.collect::<Vec<f64>>());
        }
    }
}
