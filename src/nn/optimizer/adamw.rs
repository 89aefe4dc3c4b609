//! Optimizer `adamw`: adam with decoupled weight decay.

use super::super::Columns;
use super::parts::ScaleByAdam;
use super::{Optimizer, Part};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "adamw",
        family: Family::Optimizer,
        summary: "adam with decoupled weight decay",
        docs: DOCS,
        params: &[
            Param {
                key: "learning_rate",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(0.001),
                docs: "Factor on the update; the schedule multiplies it.",
            },
            Param {
                key: "beta1",
                kind: Kind::Real(Range::half_open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.9),
                docs: "Decay of the mean of gradients.",
            },
            Param {
                key: "beta2",
                kind: Kind::Real(Range::half_open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.999),
                docs: "Decay of the mean of squared gradients.",
            },
            Param {
                key: "epsilon",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(1e-8),
                docs: "Added to the root in the denominator.",
            },
            Param {
                key: "amsgrad",
                kind: Kind::Flag,
                role: Role::Structural,
                default: Default::Flag(false),
                docs: "Use the largest mean square so far (Reddi, Kale, and Kumar, 2018, arXiv 1904.09237).",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    decoupled: true,
    switches: &[],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    vec![Box::new(ScaleByAdam::new(columns))]
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`; `t` counts steps from 1. First `w ← w - lr · weight_decay · w`, then as `adam`:

    m ← beta1 · m + (1 - beta1) · g
    v ← beta2 · v + (1 - beta2) · g²
    w ← w - lr · (m / (1 - beta1^t)) / (√(v / (1 - beta2^t)) + epsilon)

With `amsgrad` the largest `v` so far takes the place of `v` in the last line.

### When to use

Where `adam` is regularised by weight decay. Note that `weight_decay` is 0 unless it is written; PyTorch's default is 0.01.

### Source

Loshchilov and Hutter, 2017, arXiv 1711.05101. As PyTorch's `AdamW`, also in its other defaults."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0, float64, with weight decay 0.05.
    #[test]
    fn first_steps() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1)],
            0.05,
            [
                [0.895000002, -1.8900000033333333],
                [0.8559644181065108, -1.926713000880327],
                [0.813745418735163, -1.9599515428016332],
            ],
        );
    }
}
