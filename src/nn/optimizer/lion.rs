//! Optimizer `lion`: the sign of a mean of gradients.

use super::super::Columns;
use super::directions::mean;
use super::parts::ScaleByLion;
use super::{BETA1, Given, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "lion",
        family: Family::Optimizer,
        summary: "the sign of a mean of gradients",
        docs: DOCS,
        params: &[
            learning_rate(0.0001),
            BETA1,
            Param {
                key: "beta2",
                kind: Kind::Real(Range::half_open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.99),
                docs: "Decay of the stored mean of gradients.",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| false,
    start: None,
    decoupled: true,
    switches: &[],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    vec![Box::new(ScaleByLion::new(columns))]
}

fn lanes(_: &Columns) -> kernel::Optimizer {
    kernel::Optimizer::direction::<Form>()
}

fn numbers(given: &Given<'_>, _: u64, _: &mut f64) -> Vec<f64> {
    let (beta1, beta2) = (given.number("beta1"), given.number("beta2"));
    vec![beta1, 1.0 - beta1, beta2, 1.0 - beta2]
}

struct Form;

impl Direction for Form {
    const STATES: usize = 1;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        let direction = l.sign(mean(l, states[0], g, n[0], n[1]));
        states[0] = mean(l, states[0], g, n[2], n[3]);
        direction
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`; first `w ← w - lr · weight_decay · w`, then

    w ← w - lr · sign(beta1 · m + (1 - beta1) · g)      (sign(0) = 0)
    m ← beta2 · m + (1 - beta2) · g

### When to use

Large models and batches. Every parameter moves by the learning rate in every step, so choose it 3 to 10 times smaller than for `adam`.

### Source

Chen et al., 2023, arXiv 2302.06675. As optax 0.2 `lion`, whose `weight_decay` is 0.001 where nothing is said; here it is 0. The default learning rate is that of the paper's code."#;

#[cfg(test)]
mod tests {
    /// optax 0.2.8, float64, `lion(1e-4, weight_decay=0)`.
    #[test]
    fn first_steps() {
        super::super::tests::check(
            &super::THIS,
            &[],
            0.0,
            [[0.9999, -1.9999], [1.0, -2.0], [0.9999, -2.0001]],
        );
    }

    /// optax 0.2.8, float64, `lion(0.1, weight_decay=0.05)`.
    #[test]
    fn first_steps_with_weight_decay() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1)],
            0.05,
            [[0.895, -1.89], [0.990525, -1.9805499999999998], [0.885572375, -2.07064725]],
        );
    }
}
