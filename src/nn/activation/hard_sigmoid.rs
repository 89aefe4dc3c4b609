//! Activation `hard_sigmoid`: a piecewise linear form of the sigmoid.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "hard_sigmoid",
        family: Family::Activation,
        summary: "a piecewise linear form of the sigmoid",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::UNIT, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[-3.0, 3.0],
};

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone().div_scalar(6.0).add_scalar(0.5).clamp(0.0, 1.0)
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, _: &Columns) -> Tensor<3> {
    let outside = z.clone().abs().greater_equal_scalar(3.0);
    z.full_like(1.0 / 6.0).mask_fill(outside, 0.0)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        let inner = l.fma(z, l.splat(1.0 / 6.0), l.splat(0.5));
        // The second number where the first is not smaller or larger, so NaN passes.
        l.max(l.splat(0.0), l.min(l.splat(1.0), inner))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        l.select(l.ge(l.abs(z), l.splat(3.0)), l.splat(0.0), l.splat(1.0 / 6.0))
    }
}

const DOCS: &str = r#"### Formula

`f(z) = min(max(z/6 + 1/2, 0), 1)`; the derivative is 0 at both kinks.

### When to use

A cheap sigmoid. It has no gradient outside (-3, 3).

### Source

As PyTorch's `Hardsigmoid` and Keras 3; Keras 1 and 2 used `0.2 z + 0.5`, after Courbariaux, Bengio, and David, 2015, arXiv 1511.00363."#;

#[cfg(test)]
mod tests {
    /// (z, f) of PyTorch 2.15.0 in float64; the slope is 1/6 by definition (PyTorch's own is rounded to float32).
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, 0.0, 0.0),
                (-1.5, 0.25, 1.0 / 6.0),
                (-0.25, 0.4583333333333333, 1.0 / 6.0),
                (0.0, 0.5, 1.0 / 6.0),
                (0.5, 0.5833333333333334, 1.0 / 6.0),
                (2.0, 0.8333333333333334, 1.0 / 6.0),
            ],
        );
    }
}
