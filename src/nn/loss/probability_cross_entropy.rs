//! Loss `probability_cross_entropy`: cross-entropy of outputs that are taken for probabilities.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::row_sum;
use super::{Loss, On, Terms};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, FLUSHED, Lanes, MixTerms, Row, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "probability_cross_entropy",
        family: Family::Loss,
        summary: "cross-entropy of outputs that are taken for probabilities and divided by their sum",
        docs: DOCS,
        params: &[
            Param {
                key: "normalize",
                kind: Kind::Flag,
                role: Role::Structural,
                default: Default::Flag(true),
                docs: "Whether the outputs of a sample are divided by their sum inside the loss, and this is differentiated too.",
            },
            Param {
                key: "epsilon",
                kind: Kind::Real(Range::open(0.0, 0.5)),
                role: Role::Numeric,
                default: Default::Real(1e-7),
                docs: "How near to 0 and 1 a probability may come; the derivative is 0 where it is held back.",
            },
        ],
        facts: Facts::Loss {
            accepts: Range::NON_NEGATIVE,
            targets: Range::UNIT,
            row: TargetRow::Class,
            distribution: false,
            fused_with: &[],
            has_kinks: false,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(lanes),
    lanes_fused: None,
    sides: Some(sides),
};

fn terms(q: &Tensor<3>, y: &Tensor<3>, _: On<'_>, loss: &Columns) -> Terms {
    let is_normalized = loss.flag("normalize");
    let sum = if is_normalized { row_sum(q.clone()) } else { q.ones_like() };
    let is_small = sum.clone().lower_scalar(f64::from(FLUSHED));
    let sum = sum.mask_fill(is_small.clone(), f64::from(FLUSHED));
    let p = q.clone() / sum.clone();
    let low = loss.column("epsilon").expand(p.dims());
    let high = loss.derived("epsilon", |epsilon| 1.0 - epsilon).expand(p.dims());
    let (is_low, is_high) = (p.clone().lower(low.clone()), p.clone().greater(high.clone()));
    let kept = p.clone().mask_where(is_low.clone(), low).mask_where(is_high.clone(), high);
    let value = (y.clone() * kept.clone().log()).neg();
    // Where a probability was moved the derivative is 0, as that of the moved value.
    let by_p = (y.clone() / kept).neg().mask_fill(is_low, 0.0).mask_fill(is_high, 0.0);
    if !is_normalized {
        return Terms { value, gradient: by_p };
    }
    let along = row_sum(by_p.clone() * p).mask_fill(is_small, 0.0);
    Terms { value, gradient: (by_p - along) / sum }
}

/// Which probabilities are held back below, and which above.
fn sides(q: &[f64], _: &[f64], loss: &Choice) -> Vec<bool> {
    let epsilon = loss.number("epsilon");
    let sum = if loss.flag("normalize") { q.iter().sum() } else { 1.0 };
    q.iter().flat_map(|q| [q / sum < epsilon, q / sum > 1.0 - epsilon]).collect()
}

fn lanes(loss: &Columns) -> kernel::Loss {
    if loss.flag("normalize") {
        kernel::Loss::mix_terms::<Form<true>>()
    } else {
        kernel::Loss::mix_terms::<Form<false>>()
    }
}

struct Form<const NORMALIZED: bool>;

impl<const NORMALIZED: bool> MixTerms for Form<NORMALIZED> {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, q: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        let (zero, one, least) = (l.splat(0.0), l.splat(1.0), l.splat(FLUSHED));
        let (low, high) = (n[0], l.sub(one, n[0]));
        let mut sum = zero;
        for unit in 0..q.units() {
            sum = l.add(sum, q.get(unit));
        }
        let is_small = l.gt(least, sum);
        let sum = l.select(is_small, least, sum);
        let (mut value, mut along) = (zero, zero);
        for unit in 0..q.units() {
            let p = if NORMALIZED { l.div(q.get(unit), sum) } else { q.get(unit) };
            let kept = l.max(low, l.min(high, p));
            value = l.fnma(y.get(unit), math::ln(l, kept), value);
            // Where a probability was moved the derivative is 0, as that of the moved value.
            let by_p = l.only(l.eq(kept, p), l.neg(l.div(y.get(unit), kept)));
            along = l.fma(by_p, p, along);
            q.set(unit, by_p);
        }
        if NORMALIZED {
            let along = l.select(is_small, zero, along);
            for unit in 0..q.units() {
                q.set(unit, l.div(l.sub(q.get(unit), along), sum));
            }
        }
        value
    }
}

const DOCS: &str = r#"### Formula

With outputs `q` of a sample, `p_k = q_k / Σ_j q_j`, kept within [epsilon, 1 - epsilon]: `-Σ_k y_k ln p_k`, natural logarithm, one value per sample. The derivative goes through the division: `-y_k / q_k + (Σ y) / (Σ q)` as long as nothing is held back. With `normalize = false` it is `p = q`, and the derivative `-y_k / q_k`. `reduction = "mean"` divides by samples (or, with class weights, by the sum of the weights).

With the division the loss does not see the size of `q`, only its direction: no gradient ever changes `Σ q` of a layer that could. A sum below 1e-30 counts as 1e-30: outputs that are all 0 have the probability 0, where Keras divides 0 by 0.

### When to use

To reproduce what Keras computes with `from_logits=False`, or to see what it costs: after `softmax` it is `cross_entropy` except where a probability comes within epsilon of 0 or 1, where learning stops. Any outputs that are not negative will do (`sigmoid`, `softplus`, `relu`). For training take `"softmax+cross_entropy"`, which computes from the pre-activation and loses nothing.

### Source

Keras 3's `categorical_crossentropy` with `from_logits=False`: its TensorFlow and PyTorch backends divide by the sum, then clip to [1e-7, 1 - 1e-7], then take the logarithm."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// Sum over two samples of three outputs of Keras 3.15.1 (`from_logits=False`) and its gradient, in float64 on PyTorch 2.15.0.
    #[test]
    fn agrees_with_keras() {
        let (q, y) = ([0.5, 0.1, 0.1, 0.2, 1.4, 0.6], [0.0, 0.0, 1.0, 0.25, 0.5, 0.25]);
        let gradient = [
            1.4285714285714286,
            1.4285714285714286,
            -8.571428571428571,
            -0.7954545454545454,
            0.09740259740259738,
            0.037878787878787956,
        ];
        super::super::tests::check_at(q, &super::THIS, &[], false, y, 3.0961972751589997, gradient);
    }

    /// Held back below and above, where Keras 3.15.1 on PyTorch 2.15.0 in float64 gives these.
    #[test]
    fn what_is_held_back_has_no_derivative() {
        let (q, y) = ([1.0, 1e-9, 0.0, 1.0, 1e-9, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        super::super::tests::check_at(q, &super::THIS, &[], false, y, 16.118095750958325, [0.0; 6]);
    }

    /// By hand: outputs that are all 0 count as probabilities of 0, held back at epsilon.
    #[test]
    fn nothing_but_zeros_gives_numbers() {
        let y = [1.0, 0.0, 0.0, 0.0, 0.5, 0.5];
        for normalize in [false, true] {
            let given = [("normalize", Value::Flag(normalize)), ("epsilon", Value::Real(0.01))];
            let loss = 2.0 * libm::log(100.0);
            super::super::tests::check_at([0.0; 6], &super::THIS, &given, false, y, loss, [0.0; 6]);
        }
    }
}
