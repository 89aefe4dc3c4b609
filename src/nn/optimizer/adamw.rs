//! Optimizer `adamw`: adam with decoupled weight decay.

use super::super::Columns;
use super::directions::{self, Adam};
use super::parts::ScaleByAdam;
use super::{AMSGRAD, BETA1, BETA2, EPSILON, Given, Optimizer, Part, learning_rate};
use crate::catalog::{Entry, Facts, Family};
use crate::kernel;

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "adamw",
        family: Family::Optimizer,
        summary: "adam with decoupled weight decay",
        docs: DOCS,
        params: &[learning_rate(0.001), BETA1, BETA2, EPSILON, AMSGRAD],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| true,
    start: None,
    decoupled: true,
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
