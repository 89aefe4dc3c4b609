//! Loss `mse`: mean squared error.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, Lanes};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "mse",
        family: Family::Loss,
        summary: "mean squared error",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::REAL,
            row: TargetRow::Separate,
            distribution: false,
            fused_with: &[],
            has_kinks: false,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(|_| kernel::Loss::terms::<Form>()),
    lanes_fused: None,
    sides: None,
};

fn terms(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, _: &Columns) -> Terms {
    let error = a.clone() - y.clone();
    Terms { value: error.clone().square(), gradient: error.mul_scalar(2.0) }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, _: &[L::F]) -> (L::F, L::F) {
        let error = l.sub(a, y);
        (l.mul(error, error), l.add(error, error))
    }
}

const DOCS: &str = r#"### Formula

`(a - y)²` for each sample and output, without the factor 1/2 some texts have. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression. For classification `cross_entropy` learns faster: see `runner explain cross_entropy`.

### Source

As PyTorch's `MSELoss` and scikit-learn's `mean_squared_error`. (scikit-learn's `MLPRegressor` minimises half of it.)"#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let gradient = [1.0, 1.0, 3.5, 0.0, -5.6, -0.19999999999999996];
        super::super::tests::check(&super::THIS, &[], false, y, 11.412499999999998, gradient);
    }
}
