//! Loss `cross_entropy`: negative log-likelihood of one class per sample.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{below_row_max, flushed_exp, row_sum};
use super::{Loss, Terms};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Lanes, MixTerms, Row, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "cross_entropy",
        family: Family::Loss,
        summary: "negative log-likelihood of one class per sample",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss {
            accepts: Range::UNIT,
            targets: Range::UNIT,
            distribution: true,
            fused_with: &["softmax", "log_softmax"],
        },
    },
    plain: None,
    fused: Some(terms),
    lanes: None,
    lanes_fused: Some(kernel::Loss::mix_terms::<Form>()),
    kink_at_target: false,
};

fn terms(z: &Tensor<3>, y: &Tensor<3>, _: &Columns) -> Terms {
    let z = below_row_max(z.clone());
    let e = flushed_exp(z.clone());
    let sum = row_sum(e.clone());
    // -ln p = ln Σ e^z - z. Where y is 0 the value is 0 although -ln p may be large, never infinite.
    let value = (sum.clone().log() - z) * y.clone();
    // The targets of a sample sum to 1.
    let gradient = e / sum - y.clone();
    Terms { value, gradient }
}

struct Form;

impl MixTerms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &Row<'_, L>) -> L::F {
        // So no difference is above 0 and their exponentials sum to at least 1, unless one is NaN: then all is NaN.
        let largest = z.largest(l);
        let (mut sum, mut along, mut total) = (l.splat(0.0), l.splat(0.0), l.splat(0.0));
        for unit in 0..z.units() {
            let below = l.sub(z.get(unit), largest);
            let e = math::flushed_exp(l, below);
            sum = l.add(sum, e);
            along = l.fma(y.get(unit), below, along);
            total = l.add(total, y.get(unit));
            z.set(unit, e);
        }
        for unit in 0..z.units() {
            z.set(unit, l.sub(l.div(z.get(unit), sum), y.get(unit)));
        }
        l.sub(l.mul(total, math::ln_of_normal(l, sum)), along)
    }
}

const DOCS: &str = r#"### Formula

`-Σ_k y_k ln p_k` for each sample, natural logarithm. With `softmax` or `log_softmax` it is computed from the pre-activation, `Σ_k y_k (ln Σ_j e^(z_j) - z_k)`, so that no probability is ever rounded to 0; the gradient is `p - y`, as the targets of a sample sum to 1. `reduction = "mean"` divides by samples (or, with class weights, by the sum of the weights).

### When to use

Classification with one class per sample.

### Source

As PyTorch's `CrossEntropyLoss` and scikit-learn's `log_loss`. PyTorch's takes the pre-activation: giving it probabilities computes softmax twice, which cannot happen here."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64, from pre-activations.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, 0.0, 1.0, 0.25, 0.5, 0.25];
        let gradient = [
            0.1752903921400367,
            0.03911257327068745,
            -0.21440296541072412,
            0.11029661524054007,
            -0.10181065895506397,
            -0.008485956285476132,
        ];
        super::super::tests::check(&super::THIS, &[], true, y, 1.3121389522104163, gradient);
    }
}
