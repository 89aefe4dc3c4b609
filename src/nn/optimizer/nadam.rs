//! Optimizer `nadam`: adam with Nesterov momentum.

use super::super::Columns;
use super::directions::{self, mean};
use super::parts::ScaleByAdam;
use super::{BETA1, BETA2, EPSILON, Given, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "nadam",
        family: Family::Optimizer,
        summary: "adam with Nesterov momentum",
        docs: DOCS,
        params: &[
            learning_rate(0.002),
            BETA1,
            BETA2,
            EPSILON,
            Param {
                key: "momentum_decay",
                kind: Kind::Real(Range::NON_NEGATIVE),
                role: Role::Numeric,
                default: Default::Real(0.004),
                docs: "Speed at which the momentum grows to beta1.",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| true,
    start: None,
    decoupled: false,
    switches: &[],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    vec![Box::new(ScaleByAdam::nesterov(columns))]
}

fn lanes(_: &Columns) -> kernel::Optimizer {
    kernel::Optimizer::direction::<Form>()
}

/// Those of adam, with factors of the mean and of the gradient in the place of the last. `memory` is the product of all
/// momenta so far.
fn numbers(given: &Given<'_>, t: u64, memory: &mut f64) -> Vec<f64> {
    let (beta, decay) = (given.number("beta1"), given.number("momentum_decay"));
    let momentum = |t: f64| beta * (1.0 - 0.5 * libm::pow(0.96, t * decay));
    let t = (t as f64, t);
    *memory *= momentum(t.0);
    let next = momentum(t.0 + 1.0);
    let mut numbers = directions::adam(given, t.1);
    numbers.push(next / (1.0 - *memory * next));
    numbers.push((1.0 - momentum(t.0)) / (1.0 - *memory));
    numbers
}

struct Form;

impl Direction for Form {
    const STATES: usize = 2;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = mean(l, states[0], g, n[0], n[1]);
        states[1] = mean(l, states[1], l.mul(g, g), n[2], n[3]);
        let ahead = l.fma(states[0], n[6], l.mul(g, n[7]));
        l.div(ahead, l.fma(l.sqrt(states[1]), n[5], n[4]))
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `t` counts steps from 1.

    μ_t = beta1 · (1 - 0.96^(t · momentum_decay) / 2)
    M ← M · μ_t        (M starts at 1)
    m ← beta1 · m + (1 - beta1) · g
    v ← beta2 · v + (1 - beta2) · g²
    w ← w - lr · (μ_(t+1) · m / (1 - M · μ_(t+1)) + (1 - μ_t) · g / (1 - M)) / (√(v / (1 - beta2^t)) + epsilon)

`weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

Where `adam` works and a little more speed is wanted.

### Source

Dozat, 2016, "Incorporating Nesterov momentum into Adam". As PyTorch's `NAdam`, also in its defaults."#;

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
                [0.9978870964855473, -1.9978870965137194],
                [0.9985465114014047, -1.9997998365191447],
                [0.9980671873886091, -2.000152578584415],
            ],
        );
    }
}
