//! Optimizer `sgd`: gradient descent, with momentum on request.

use super::super::Columns;
use super::directions::Trace;
use super::parts;
use super::{Given, MOMENTUM, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "sgd",
        family: Family::Optimizer,
        summary: "gradient descent, with momentum on request",
        docs: DOCS,
        params: &[
            learning_rate(0.001),
            MOMENTUM,
            Param {
                key: "dampening",
                kind: Kind::Real(Range::closed(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Share of the gradient that is left out of the buffer.",
            },
            Param {
                key: "nesterov",
                kind: Kind::Flag,
                role: Role::Structural,
                default: Default::Flag(false),
                docs: "Look ahead along the momentum (Nesterov, 1983).",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |columns| columns.present("momentum"),
    start: None,
    decoupled: false,
    switches: &["momentum"],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    if !columns.present("momentum") {
        return Vec::new();
    }
    vec![Box::new(parts::Trace::new(columns, Some("dampening"), columns.flag("nesterov")))]
}

fn lanes(columns: &Columns) -> kernel::Optimizer {
    match (columns.present("momentum"), columns.flag("nesterov")) {
        (false, _) => kernel::Optimizer::direction::<Plain>(),
        (true, false) => kernel::Optimizer::direction::<Trace<false>>(),
        (true, true) => kernel::Optimizer::direction::<Trace<true>>(),
    }
}

fn numbers(given: &Given<'_>, t: u64, _: &mut f64) -> Vec<f64> {
    // The buffer starts from the first gradient.
    let taken = if t == 1 { 1.0 } else { 1.0 - given.number("dampening") };
    vec![given.number("momentum"), taken]
}

struct Plain;

impl Direction for Plain {
    const STATES: usize = 0;

    #[inline(always)]
    fn direction<L: Lanes>(_: L, g: L::F, _: &mut [L::F], _: &[L::F]) -> L::F {
        g
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `lr` is `learning_rate` times the schedule.

    b ← g                              (first step)
    b ← momentum · b + (1 - dampening) · g
    w ← w - lr · (g + momentum · b)    (nesterov)
    w ← w - lr · b                     (otherwise)

Without momentum `w ← w - lr · g`, and dampening has no effect. `weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

The plain choice, and the one textbooks mean by gradient descent.

### Source

As PyTorch's `SGD`, also in its defaults. (Burn's momentum has dampening 0.1 by default. Keras' momentum multiplies the learning rate into the buffer, which differs when the rate changes.)"#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0, float64, plain.
    #[test]
    fn first_steps() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1)],
            0.0,
            [[0.95, -1.97], [0.97, -2.05], [0.96, -2.0599999999999996]],
        );
    }

    /// PyTorch 2.15.0, float64, with momentum 0.9 and dampening 0.2.
    #[test]
    fn first_steps_with_momentum_and_dampening() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1), ("momentum", 0.9), ("dampening", 0.2)],
            0.0,
            [[0.95, -1.97], [0.9209999999999999, -2.007], [0.8868999999999999, -2.0483000000000002]],
        );
    }

    /// PyTorch 2.15.0, float64, with Nesterov momentum 0.9 and weight decay 0.05.
    #[test]
    fn first_steps_with_nesterov_momentum_and_weight_decay() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1), ("momentum", 0.9), ("nesterov", 1.0)],
            0.05,
            [[0.8955, -1.924], [0.8804427499999999, -2.025322], [0.825556768875, -2.052929241]],
        );
    }
}
