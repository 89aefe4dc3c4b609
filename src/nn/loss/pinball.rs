//! Loss `pinball`: absolute error whose sides weigh differently.

use burn::tensor::Tensor;

use super::super::Columns;
use super::parts::at_target;
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, Lanes};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "pinball",
        family: Family::Loss,
        summary: "absolute error whose sides weigh differently, so that it aims at a quantile",
        docs: DOCS,
        params: &[Param {
            key: "quantile",
            kind: Kind::Real(Range::open(0.0, 1.0)),
            role: Role::Numeric,
            default: Default::Real(0.5),
            docs: "Share of the targets that should lie below the output.",
        }],
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

fn terms(a: &Tensor<3>, y: &Tensor<3>, _: On<'_>, p: &Columns) -> Terms {
    let error = a.clone() - y.clone();
    let above = p.derived("quantile", |q| 1.0 - q).expand(error.dims());
    let below = p.derived("quantile", |q| -q).expand(error.dims());
    let gradient = error.zeros_like().mask_where(error.clone().greater_scalar(0.0), above);
    let gradient = gradient.mask_where(error.clone().lower_scalar(0.0), below);
    Terms { value: gradient.clone() * error, gradient }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, n: &[L::F]) -> (L::F, L::F) {
        let (error, zero) = (l.sub(a, y), l.splat(0.0));
        let below = l.select(l.gt(zero, error), l.neg(n[0]), zero);
        let slope = l.select(l.gt(error, zero), l.sub(l.splat(1.0), n[0]), below);
        (l.mul(slope, error), slope)
    }
}

const DOCS: &str = r#"### Formula

`quantile · (y - a)` where the output `a` lies below the target `y`, `(1 - quantile) · (a - y)` where it lies above; the derivative by `a` is `-quantile`, `1 - quantile`, and 0 where `a = y`. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression of a quantile: 0.9 gives an output that nine targets of ten lie below. With 0.5 it is half of `mae` and aims at the median.

### Source

Koenker and Bassett, 1978, "Regression quantiles". As scikit-learn's `mean_pinball_loss`."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// The sum is six times scikit-learn 1.9.1's `mean_pinball_loss` with `alpha=0.3`; the gradient by hand: 0.7 above, -0.3
    /// below, 0 at the target.
    #[test]
    fn agrees_with_scikit_learn() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let (quantile, gradient) = ([("quantile", Value::Real(0.3))], [0.7, 0.7, 0.7, 0.0, -0.3, -0.3]);
        super::super::tests::check(&super::THIS, &quantile, false, y, 2.7949999999999995, gradient);
    }
}
