//! Loss `log_cosh`: half of the squared error near the target, absolute error far from it, smooth everywhere.

use std::f64::consts::LN_2;

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Loss, On, Terms};
use crate::catalog::{Entry, Facts, Family, Range, TargetRow};
use crate::kernel::{self, Lanes, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "log_cosh",
        family: Family::Loss,
        summary: "the logarithm of the hyperbolic cosine of the error",
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
    let (size, slope) = (error.clone().abs(), error.tanh());
    // Two forms of one value: the first loses the digits of small errors, the second those of large ones.
    let far = size.clone() + size.clone().mul_scalar(-2.0).exp().log1p().sub_scalar(LN_2);
    let near = slope.clone().square().neg().log1p().mul_scalar(-0.5);
    Terms { value: far.mask_where(size.lower_scalar(1.0), near), gradient: slope }
}

struct Form;

impl kernel::Terms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, _: &[L::F]) -> (L::F, L::F) {
        let error = l.sub(a, y);
        let (size, slope) = (l.abs(error), math::tanh(l, error));
        let rest = math::ln_one_plus_exp(l, l.mul(size, l.splat(-2.0)));
        let far = l.add(size, l.sub(rest, l.splat(std::f32::consts::LN_2)));
        let near = l.mul(math::ln_one_plus(l, l.neg(l.mul(slope, slope))), l.splat(-0.5));
        (l.select(l.gt(l.splat(1.0), size), near, far), slope)
    }
}

const DOCS: &str = r#"### Formula

`ln cosh(a - y)` for each sample and output; the derivative is `tanh(a - y)`. It is computed as `|e| + softplus(-2|e|) - ln 2`, which cannot overflow, and as `-½ ln(1 - tanh² e)` for `|e| < 1`, which keeps the digits of a small loss. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression with outliers, as `huber` with a `delta` of 1: about `e²/2` near the target, `|e| - ln 2` far from it, but without a seam.

### Source

As Keras' `LogCosh`."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient: `log(cosh(e))` of PyTorch 2.15.0 in float64. Keras 3.15.1 has the same
    /// gradient; its float64 value is larger by 1.7e-7, as it takes ln 2 in float32.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, -1.5, 0.25, 0.1, 3.0, -0.2];
        let gradient = [
            0.4621171572600098,
            0.4621171572600098,
            0.9413755384972874,
            0.0,
            -0.992631520201128,
            -0.0996679946249559,
        ];
        super::super::tests::check(&super::THIS, &[], false, y, 3.442367803317878, gradient);
    }

    /// `ln cosh e`, of Python's `decimal` with 50 digits. Relative, where the check above is absolute.
    #[test]
    fn small_and_large_errors_keep_their_digits() {
        use crate::nn::{Columns, device};
        use crate::spec::Precision;
        let none = Columns::new(&[&crate::catalog::Choice::defaults(&super::THIS.entry)], Precision::F64);
        let cases = [
            (1e-8, 5e-17),
            (1e-3, 4.999999166666889e-7),
            (-100.0, 99.30685281944005),
            (1e4, 9999.30685281944),
        ];
        for (error, expected) in cases {
            let tensor = |v: f64| device::tensor(&[v], [1, 1, 1], Precision::F64);
            let value = device::values(super::terms(&tensor(error), &tensor(0.0), None, &none).value)[0];
            // The square of tanh, its logarithm, and the half: a few roundings.
            assert!((value - expected).abs() <= 1e-14 * expected, "{error}: {value} is not {expected}");
        }
    }
}
