//! Loss `squared_hinge`: the square of how far other classes come within a margin of the true one.

use burn::tensor::Tensor;

use super::super::Columns;
use super::parts::{self, Hinge};
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel;

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "squared_hinge",
        family: Family::Loss,
        summary: "the squares of how far other classes come within a margin of the true one",
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
            has_kinks: false,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(|_| kernel::Loss::mix_terms::<Hinge<true>>()),
    lanes_fused: None,
    sides: Some(parts::violations),
};

fn terms(a: &Tensor<3>, y: &Tensor<3>, on: On<'_>, p: &Columns) -> Terms {
    parts::hinge(a, y, on, p.column("margin"), true)
}

const DOCS: &str = r#"### Formula

For a sample of class `c` with scores `s`: `Σ_(j≠c) max(0, s_j - s_c + margin)²`: each term of `hinge`, squared. One value per sample, without factor 1/2 or division by classes; the gradient is continuous. `reduction = "mean"` divides by samples.

### When to use

As `hinge` (see `runner explain hinge` for conventions, and for targets of 0 and 1), with a gradient that fades near the margin and grows with the violation: smoother to train, and more sensitive to samples that are far on the wrong side.

### Source

The L2-loss support vector machine; Tang, 2013, "Deep learning using linear support vector machines". PyTorch's `MultiMarginLoss(p=2)` is this divided by the number of classes."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// As for `hinge`, with `p=2`: PyTorch 2.15.0 in float64, times the three classes.
    #[test]
    fn agrees_with_pytorch() {
        let y = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let gradient = [-5.0, 0.0, 5.0, 2.8, 3.0, -5.8];
        super::super::tests::check(&super::THIS, &[], false, y, 10.46, gradient);
        let margin = [("margin", Value::Real(0.7))];
        let gradient = [-4.4, 0.0, 4.4, 2.2, 2.4, -4.6];
        super::super::tests::check(&super::THIS, &margin, false, y, 7.490000000000001, gradient);
    }
}
