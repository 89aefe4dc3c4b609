//! Optimizer `adagrad`: gradients divided by the root of the sum of their squares.

use super::super::Columns;
use super::parts::ScaleByAdagrad;
use super::{Given, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "adagrad",
        family: Family::Optimizer,
        summary: "gradients divided by the root of the sum of their squares",
        docs: DOCS,
        params: &[
            learning_rate(0.01),
            Param {
                key: "epsilon",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(1e-10),
                docs: "Added to the root in the denominator.",
            },
            Param {
                key: "initial_accumulator",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Where the sum of squares starts.",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| false,
    start: Some("initial_accumulator"),
    decoupled: false,
    switches: &[],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    vec![Box::new(ScaleByAdagrad::new(columns))]
}

fn lanes(_: &Columns) -> kernel::Optimizer {
    kernel::Optimizer::direction::<Form>()
}

fn numbers(given: &Given<'_>, _: u64, _: &mut f64) -> Vec<f64> {
    vec![given.number("epsilon")]
}

struct Form;

impl Direction for Form {
    const STATES: usize = 1;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = l.flush(l.fma(g, g, states[0]));
        l.div(g, l.add(l.sqrt(states[0]), n[0]))
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `lr` is `learning_rate` times the schedule.

    s ← s + g²        (s starts at initial_accumulator)
    w ← w - lr · g / (√s + epsilon)

`weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

Sparse features. Its steps only ever become smaller.

### Source

Duchi, Hazan, and Singer, 2011. As PyTorch's `Adagrad`, also in its defaults; its `lr_decay` is left to the schedule."#;

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
                [0.990000000002, -1.9900000000033333],
                [0.9937139067648513, -1.9993632917779278],
                [0.9918881649068341, -2.000525768165231],
            ],
        );
    }

    /// PyTorch 2.15.0, float64, with a start of 0.1.
    #[test]
    fn first_steps_with_a_start_of() {
        super::super::tests::check(
            &super::THIS,
            &[("initial_accumulator", 0.1)],
            0.0,
            [
                [0.9915484574541434, -1.993117527985462],
                [0.9947510205297324, -2.0018986687836735],
                [0.9931698816998982, -2.0029897582347345],
            ],
        );
    }
}
