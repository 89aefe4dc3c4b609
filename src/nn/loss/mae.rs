//! Loss `mae`: mean absolute error.

use burn::tensor::Tensor;

use super::super::Columns;
use super::parts::at_target;
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, Lanes};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "mae",
        family: Family::Loss,
        summary: "mean absolute error",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::REAL,
            row: TargetRow::Separate,
            distribution: false,
            fused_with: &[],
            has_kinks: true,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(|_| kernel::Loss::terms::<Form>()),
    lanes_fused: None,
    sides: Some(at_target),
};

fn terms(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, _: &Columns) -> Terms {
    let error = a.clone() - y.clone();
    Terms { value: error.clone().abs(), gradient: error.sign() }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, _: &[L::F]) -> (L::F, L::F) {
        let error = l.sub(a, y);
        (l.abs(error), l.sign(error))
    }
}

const DOCS: &str = r#"### Formula

`|a - y|` for each sample and output; the derivative is 0 where `a = y`. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression with outliers; it aims at the median.

### Source

As PyTorch's `L1Loss` and scikit-learn's `mean_absolute_error`."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let gradient = [1.0, 1.0, 1.0, 0.0, -1.0, -1.0];
        super::super::tests::check(&super::THIS, &[], false, y, 5.65, gradient);
    }
}
