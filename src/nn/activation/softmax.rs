//! Activation `softmax`: a distribution over the outputs.

use burn::tensor::Tensor;

use super::{Activation, Rule, below_row_max, flushed_exp, row_sum};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Lanes, Mix, Row, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softmax",
        family: Family::Activation,
        summary: "a distribution over the outputs",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::UNIT, distribution: true, log_distribution: false },
    },
    rule: Rule::Burn(forward),
    lanes: |_| Some(kernel::Activation::mix::<Form>()),
    kinks: &[],
};

fn forward(z: Tensor<3>) -> Tensor<3> {
    let e = flushed_exp(below_row_max(z));
    let sum = row_sum(e.clone());
    e / sum
}

struct Form;

impl Mix for Form {
    #[inline(always)]
    fn values<L: Lanes>(l: L, row: &mut Row<'_, L>) {
        let largest = row.largest(l);
        let mut sum = l.splat(0.0);
        for unit in 0..row.units() {
            let e = math::flushed_exp(l, l.sub(row.get(unit), largest));
            sum = l.add(sum, e);
            row.set(unit, e);
        }
        for unit in 0..row.units() {
            row.set(unit, l.div(row.get(unit), sum));
        }
    }

    #[inline(always)]
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>) {
        let mut along = l.splat(0.0);
        for unit in 0..values.units() {
            along = l.fma(values.get(unit), deltas.get(unit), along);
        }
        for unit in 0..values.units() {
            deltas.set(unit, l.mul(values.get(unit), l.sub(deltas.get(unit), along)));
        }
    }
}

const DOCS: &str = r#"### Formula

`f(z)_k = e^(z_k) / Σ_j e^(z_j)`, over the outputs of one sample, computed after subtracting the largest `z_j`.

### When to use

The output of a classifier with one class per sample, with the loss `cross_entropy`. Over one output it is always 1.

### Source

Bridle, 1990, "Probabilistic interpretation of feedforward classification network outputs"."#;

#[cfg(test)]
mod tests {
    /// f([0.5, -1, 2]) and the gradient of 0.3 f₀ - 0.7 f₁ + 1.1 f₂, of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        let value = [0.1752903921400367, 0.039112573270687456, 0.7855970345892759];
        let gradient = [-0.10331003149953862, -0.06216415714411884, 0.16547418864365732];
        super::super::tests::check_row(&super::THIS, value, gradient);
    }
}
