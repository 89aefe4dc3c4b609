//! Optimizer `adam`: means of gradients and of their squares, corrected for their start.

use super::super::Columns;
use super::directions::{self, Adam};
use super::parts::ScaleByAdam;
use super::{AMSGRAD, BETA1, BETA2, EPSILON, Given, Optimizer, Part, learning_rate};
use crate::catalog::{Entry, Facts, Family};
use crate::kernel;

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "adam",
        family: Family::Optimizer,
        summary: "means of gradients and of their squares, corrected for their start",
        docs: DOCS,
        params: &[learning_rate(0.001), BETA1, BETA2, EPSILON, AMSGRAD],
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
    vec![Box::new(ScaleByAdam::new(columns))]
}

fn lanes(columns: &Columns) -> kernel::Optimizer {
    if columns.flag("amsgrad") {
        kernel::Optimizer::direction::<Adam<true>>()
    } else {
        kernel::Optimizer::direction::<Adam<false>>()
    }
}

fn numbers(given: &Given<'_>, t: u64, _: &mut f64) -> Vec<f64> {
    [directions::adam(given, t), vec![directions::adam_mean(given, t)]].concat()
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `t` counts steps from 1.

    m ← beta1 · m + (1 - beta1) · g
    v ← beta2 · v + (1 - beta2) · g²
    w ← w - lr · (m / (1 - beta1^t)) / (√(v / (1 - beta2^t)) + epsilon)

With `amsgrad` the largest `v` so far takes the place of `v` in the last line.

`weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

A good first choice; it is less sensitive to the learning rate than `sgd`.

### Source

Kingma and Ba, 2014, arXiv 1412.6980. As PyTorch's `Adam`, also in its defaults (Keras and Burn have another epsilon: 1e-7 and 1e-5)."#;

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
                [0.99900000002, -1.9990000000333332],
                [0.9986543941811651, -1.9994616300089698],
                [0.998275002408357, -1.9998903510782269],
            ],
        );
    }

    /// PyTorch 2.15.0, float64, with amsgrad and weight decay 0.05.
    #[test]
    fn first_steps_with_amsgrad_and_weight_decay() {
        super::super::tests::check(
            &super::THIS,
            &[("learning_rate", 0.1), ("amsgrad", 1.0)],
            0.05,
            [
                [0.9000000018181818, -1.9000000025],
                [0.8557029577588406, -1.9316762569269146],
                [0.8069841691168782, -1.9564191109862008],
            ],
        );
    }
}
