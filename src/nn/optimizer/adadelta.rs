//! Optimizer `adadelta`: steps in the units of the parameters.

use super::super::Columns;
use super::directions::mean;
use super::parts::ScaleByAdadelta;
use super::{Given, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "adadelta",
        family: Family::Optimizer,
        summary: "steps in the units of the parameters",
        docs: DOCS,
        params: &[
            learning_rate(1.0),
            Param {
                key: "decay",
                kind: Kind::Real(Range::half_open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.9),
                docs: "Decay of both means of squares (PyTorch calls it rho).",
            },
            Param {
                key: "epsilon",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(1e-6),
                docs: "Added inside both roots.",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| false,
    start: None,
    decoupled: false,
    switches: &[],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    vec![Box::new(ScaleByAdadelta::new(columns))]
}

fn lanes(_: &Columns) -> kernel::Optimizer {
    kernel::Optimizer::direction::<Form>()
}

fn numbers(given: &Given<'_>, _: u64, _: &mut f64) -> Vec<f64> {
    let decay = given.number("decay");
    vec![decay, 1.0 - decay, given.number("epsilon")]
}

struct Form;

impl Direction for Form {
    const STATES: usize = 2;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = mean(l, states[0], l.mul(g, g), n[0], n[1]);
        let size = l.sqrt(l.add(states[1], n[2]));
        let update = l.div(l.mul(g, size), l.sqrt(l.add(states[0], n[2])));
        states[1] = mean(l, states[1], l.mul(update, update), n[0], n[1]);
        update
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `lr` is `learning_rate` times the schedule.

    v ← decay · v + (1 - decay) · g²
    u ← √(d + epsilon) / √(v + epsilon) · g
    d ← decay · d + (1 - decay) · u²
    w ← w - lr · u

`weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

When no learning rate is to be chosen.

### Source

Zeiler, 2012, arXiv 1212.5701. As PyTorch's `Adadelta`, also in its defaults (Keras: decay 0.95, learning rate 0.001)."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0, float64, in its defaults.
    #[test]
    fn first_steps() {
        super::super::tests::check(
            &super::THIS,
            &[],
            0.0,
            [
                [0.9968377855834876, -1.996837898007285],
                [0.998575224398703, -2.0010511969853773],
                [0.997633941237578, -2.0017980254659786],
            ],
        );
    }
}
