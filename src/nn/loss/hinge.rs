//! Loss `hinge`: how far other classes come within a margin of the true one.

use burn::tensor::Tensor;

use super::super::Columns;
use super::parts::{self, Hinge};
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel;

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "hinge",
        family: Family::Loss,
        summary: "how far the scores of other classes come within a margin of that of the true one",
        docs: DOCS,
        params: &[Param {
            key: "margin",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "By how much the score of the true class must exceed each other one before that costs nothing.",
        }],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::UNIT,
            row: TargetRow::Class,
            distribution: false,
            fused_with: &[],
            has_kinks: true,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(|_| kernel::Loss::mix_terms::<Hinge<false>>()),
    lanes_fused: None,
    sides: Some(parts::violations),
};

fn terms(a: &Tensor<3>, y: &Tensor<3>, on: On<'_>, p: &Columns) -> Terms {
    parts::hinge(a, y, on, p.column("margin"), false)
}

const DOCS: &str = r#"### Formula

For a sample of class `c` with scores `s`: `Σ_(j≠c) max(0, s_j - s_c + margin)`. One value per sample; `reduction = "mean"` divides by samples.

Texts differ in four things. Here the sum leaves the true class out (one-sided); a sum over all `j`, the true class too (two-sided), is larger by exactly `margin` and has the same gradient. A listing that keeps only `j = c` gives `margin` for any weights and a gradient of 0. There is no factor 1/2 and no division by the number of classes. Where `s_j - s_c + margin` is exactly 0 the derivative is 0.

With scores near 0 the loss is near (classes - 1) · margin: a check of the first value. Targets that are no single class are taken by `Σ_j (1 - y_j) max(0, s_j - Σ_k y_k s_k + margin)`, which is the same for one class. Classes that are off (`data.mask`) are left out of the sum.

Outputs are scores, not probabilities: metrics that decide by the largest output (`accuracy`, `f1_macro`) read them, those of probabilities (`log_loss`, `brier`) are not defined for negative scores.

### When to use

A linear or deep support vector machine for one class per sample, with `identity` as output activation, and `l2` in `[optimizer]` for the penalty. It stops pulling at samples that are right by the margin; outputs that are bounded more narrowly than the margin never get there.

A target column of 0 and 1 holds two classes and makes two outputs, of which the loss is `max(0, margin - (s_c - s_other))`: the binary hinge loss of the difference of scores. Several labels per row (`multi_label`) are not one class; use `"sigmoid+binary_cross_entropy"` there.

### Source

Weston and Watkins, 1999, "Support vector machines for multi-class pattern recognition". PyTorch's `MultiMarginLoss` is this divided by the number of classes."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// Sum over two samples of three classes and its gradient: PyTorch 2.15.0's `multi_margin_loss`, in float64, times the
    /// three classes that it divides by.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        super::super::tests::check(&super::THIS, &[], false, y, 1.4, [0.0, 0.0, 0.0, 1.0, -2.0, 1.0]);
        let (y, margin) = ([1.0, 0.0, 0.0, 0.0, 0.0, 1.0], [("margin", Value::Real(0.7))]);
        let gradient = [-1.0, 0.0, 1.0, 1.0, 1.0, -2.0];
        super::super::tests::check(&super::THIS, &margin, false, y, 4.5, gradient);
    }

    /// By hand: at equal scores `s_j - s_c + margin` is the margin for both other classes; where it is exactly 0, nothing pulls.
    #[test]
    fn nothing_pulls_at_a_margin_that_is_just_met() {
        let (z, y) = ([0.0, 0.0, 0.0, -1.0, 0.0, -1.0], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let gradient = [-2.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        super::super::tests::check_at(z, &super::THIS, &[], false, y, 2.0, gradient);
    }
}
