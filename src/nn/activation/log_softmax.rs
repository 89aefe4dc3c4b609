//! Activation `log_softmax`: the logarithm of softmax.

use burn::tensor::Tensor;

use super::{Activation, Rule, below_row_max, flushed_exp, row_sum};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Lanes, Mix, Row, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "log_softmax",
        family: Family::Activation,
        summary: "the logarithm of softmax",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range { low: f64::NEG_INFINITY, high: 0.0, open_low: true, open_high: false },
            distribution: false,
            log_distribution: true,
        },
    },
    rule: Rule::Burn(forward),
    lanes: |_| Some(kernel::Activation::mix::<Form>()),
    kinks: &[],
};

fn forward(z: Tensor<3>) -> Tensor<3> {
    let z = below_row_max(z);
    let sum = row_sum(flushed_exp(z.clone()));
    z - sum.log()
}

struct Form;

impl Mix for Form {
    #[inline(always)]
    fn values<L: Lanes>(l: L, row: &mut Row<'_, L>) {
        let largest = row.largest(l);
        let mut sum = l.splat(0.0);
        for unit in 0..row.units() {
            let z = l.sub(row.get(unit), largest);
            sum = l.add(sum, math::flushed_exp(l, z));
            row.set(unit, z);
        }
        let ln = math::ln_of_normal(l, sum);
        for unit in 0..row.units() {
            row.set(unit, l.sub(row.get(unit), ln));
        }
    }

    #[inline(always)]
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>) {
        let mut sum = l.splat(0.0);
        for unit in 0..values.units() {
            sum = l.add(sum, deltas.get(unit));
        }
        for unit in 0..values.units() {
            let p = math::flushed_exp(l, values.get(unit));
            deltas.set(unit, l.fnma(p, sum, deltas.get(unit)));
        }
    }
}

const DOCS: &str = r#"### Formula

`f(z)_k = z_k - ln Σ_j e^(z_j)`, over the outputs of one sample.

### When to use

The output of a classifier with the loss `cross_entropy`; the same model and the same loss as `softmax`. Recorded outputs and metrics are the probabilities `e^f`.

### Source

As PyTorch's `LogSoftmax`."#;

#[cfg(test)]
mod tests {
    /// f([0.5, -1, 2]) and the gradient of 0.3 f₀ - 0.7 f₁ + 1.1 f₂, of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        let value = [-1.7413112966571571, -3.241311296657157, -0.24131129665715703];
        let gradient = [0.17729672550197428, -0.7273788012894812, 0.5500820757875068];
        super::super::tests::check_row(&super::THIS, value, gradient);
    }
}
