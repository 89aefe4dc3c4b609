//! Activation `leaky_relu`: a small slope below zero, the identity above.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, where_positive};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Curve, Lanes};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "leaky_relu",
        family: Family::Activation,
        summary: "a small slope below zero, the identity above",
        docs: DOCS,
        params: &[Param {
            key: "slope",
            kind: Kind::Real(Range::closed(0.0, 1.0)),
            role: Role::Numeric,
            default: Default::Real(0.01),
            docs: "Slope below zero.",
        }],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[0.0],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    where_positive(z, z.clone(), z.clone() * p.column("slope"))
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    let slope = p.column("slope").expand(z.dims());
    where_positive(z, z.ones_like(), slope)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = true;
    const IS_CHEAP: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        // Not a choice between z and a product: where z stays in its place, compilers write under a mask, and on AMD's
        // processors such a store takes many times as long.
        l.mul(z, l.select(l.gt(z, l.splat(0.0)), l.splat(1.0), n[0]))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, n: &[L::F]) -> L::F {
        // The value is above 0 where the pre-activation is.
        l.select(l.gt(a, l.splat(0.0)), l.splat(1.0), n[0])
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z` for `z > 0`, else `slope · z`; `f'(0) = slope`.

### When to use

Where `relu` leaves dead units.

### Source

Maas, Hannun, and Ng, 2013, "Rectifier nonlinearities improve neural network acoustic models". Default slope as PyTorch's `LeakyReLU` (Keras: 0.3)."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.04, 0.01),
                (-1.5, -0.015, 0.01),
                (-0.25, -0.0025, 0.01),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }

    /// (z, f, f') of PyTorch 2.15.0 in float64 with slope = 0.3.
    #[test]
    fn agrees_with_pytorch_when_set() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("slope", Value::Real(0.3))],
            &[
                (-4.0, -1.2, 0.3),
                (-1.5, -0.44999999999999996, 0.3),
                (-0.25, -0.075, 0.3),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }
}
