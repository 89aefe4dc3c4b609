//! Activation `softsign`: a bounded curve with slow tails.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softsign",
        family: Family::Activation,
        summary: "a bounded curve with slow tails",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::open(-1.0, 1.0),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone() / z.clone().abs().add_scalar(1.0)
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone().abs().add_scalar(1.0).square().recip()
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        l.div(z, l.add(l.abs(z), l.splat(1.0)))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        let size = l.add(l.abs(z), l.splat(1.0));
        l.div(l.splat(1.0), l.mul(size, size))
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z / (1 + |z|)`

### When to use

A hidden activation like `tanh` that saturates more gently.

### Source

Bergstra et al., 2009; Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks"."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.8, 0.04000000000000001),
                (-1.5, -0.6, 0.16000000000000003),
                (-0.25, -0.2, 0.64),
                (0.0, 0.0, 1.0),
                (0.5, 0.3333333333333333, 0.4444444444444444),
                (2.0, 0.6666666666666666, 0.1111111111111111),
            ],
        );
    }
}
