//! Loss `sum_of_squares`: half of the squared error.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, Lanes};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "sum_of_squares",
        family: Family::Loss,
        summary: "half of the squared error, as textbooks sum it",
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
    Terms { value: error.clone().square().mul_scalar(0.5), gradient: error }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, _: &[L::F]) -> (L::F, L::F) {
        let error = l.sub(a, y);
        (l.mul(l.mul(error, error), l.splat(0.5)), error)
    }
}

const DOCS: &str = r#"### Formula

`(a - y)²/2` for each sample and output, so that the derivative is `a - y`. `reduction = "sum"` makes it the textbook's `1/2 Σ (a - y)²` over samples and outputs, `"sum_over_outputs"` divides that by samples, `"mean"` (the default) by samples × outputs.

### When to use

To follow a text or listing that has the factor 1/2: the gradient, and with it the learning rate, is half that of `mse`. With `"sum"` the gradient grows with the batch, and the learning rate must shrink with it.

### Source

Rumelhart, Hinton, and Williams, 1986; Bishop, *Pattern Recognition and Machine Learning* (2006), equation 5.14. scikit-learn's `MLPRegressor` minimises its mean."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient: half of PyTorch 2.15.0's `mse_loss`, in float64.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let gradient = [0.5, 0.5, 1.75, 0.0, -2.8, -0.09999999999999998];
        super::super::tests::check(&super::THIS, &[], false, y, 5.706249999999999, gradient);
    }
}
