//! Loss `kl_divergence`: how far a distribution lies from that of the targets.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{below_row_max, flushed_exp, row_sum};
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, FLUSHED, Lanes, MixTerms, Row, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "kl_divergence",
        family: Family::Loss,
        summary: "how far the outputs, as a distribution, lie from that of the targets",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss {
            accepts: Range::UNIT,
            targets: Range::UNIT,
            row: TargetRow::Shares,
            distribution: true,
            fused_with: &["softmax", "log_softmax"],
            has_kinks: false,
        },
    },
    plain: None,
    fused: Some(terms),
    lanes: None,
    lanes_fused: Some(|_| kernel::Loss::mix_terms::<Form>()),
    sides: None,
};

fn terms(z: &Tensor<3>, y: &Tensor<3>, _: On<'_>, _: &Columns, _: &Columns) -> Terms {
    let z = below_row_max(z.clone());
    let e = flushed_exp(z.clone());
    let sum = row_sum(e.clone());
    // 0 ln 0 = 0: the logarithm is kept finite, and multiplied by 0.
    let ln_y = y.clone().clamp_min(f64::from(FLUSHED)).log();
    let value = (ln_y - z + sum.clone().log()) * y.clone();
    // Shares written with a few decimals sum to 1 but for those.
    let total = row_sum(y.clone());
    Terms { value, gradient: e / sum * total - y.clone() }
}

struct Form;

impl MixTerms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, _: &[L::F]) -> L::F {
        let largest = z.largest(l);
        let (mut sum, mut along, mut total) = (l.splat(0.0), l.splat(0.0), l.splat(0.0));
        for unit in 0..z.units() {
            let (below, y) = (l.sub(z.get(unit), largest), y.get(unit));
            let e = math::flushed_exp(l, below);
            sum = l.add(sum, e);
            let ln_y = math::ln_of_normal(l, l.max(l.splat(FLUSHED), y));
            along = l.fma(y, l.sub(ln_y, below), along);
            total = l.add(total, y);
            z.set(unit, e);
        }
        for unit in 0..z.units() {
            z.set(unit, l.sub(l.mul(l.div(z.get(unit), sum), total), y.get(unit)));
        }
        l.fma(total, math::ln_of_normal(l, sum), along)
    }
}

const DOCS: &str = r#"### Formula

`Σ_k y_k (ln y_k - ln p_k)` for each sample, natural logarithm, with `0 ln 0 = 0`. It is computed from the pre-activation of `softmax` or `log_softmax`; the gradient is `p - y` where the targets of a sample sum to 1, `p · Σy - y` in general. `reduction = "mean"` divides by samples, not by samples × outputs.

### When to use

Targets that are shares of a whole, one column each: proportions, or the probabilities another model gives. It differs from `cross_entropy` by the entropy of the targets, which no training changes, so that 0 means reached; the gradient is the same. For targets of one class both are one number.

### Source

Kullback and Leibler, 1951. As PyTorch's `KLDivLoss(reduction="batchmean")` on `log_softmax`, and SciPy's `rel_entr` summed."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64, from pre-activations. The first sample
    /// has shares of 0.
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
        super::super::tests::check(&super::THIS, &[], true, y, 0.2724181813704985, gradient);
    }
}
