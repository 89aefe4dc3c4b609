//! Activation `relu`: zero below zero, the identity above.

use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "relu",
        family: Family::Activation,
        summary: "zero below zero, the identity above",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::NON_NEGATIVE, distribution: false, log_distribution: false },
    },
    rule: Rule::Burn(burn::tensor::activation::relu),
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[0.0],
};

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = true;
    const IS_CHEAP: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        // The second number where the first is not larger, so NaN passes.
        l.max(l.splat(0.0), z)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, _: &[L::F]) -> L::F {
        l.select(l.gt(a, l.splat(0.0)), l.splat(1.0), l.splat(0.0))
    }
}

const DOCS: &str = r#"### Formula

`f(z) = max(z, 0)`, with `f'(0) = 0`.

### When to use

The usual hidden activation. A unit whose pre-activation is negative on every sample has no gradient (a dead unit).

### Source

Nair and Hinton, 2010, "Rectified linear units improve restricted Boltzmann machines". The derivative at 0 is that of PyTorch, JAX, and TensorFlow."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, 0.0, 0.0),
                (-1.5, 0.0, 0.0),
                (-0.25, 0.0, 0.0),
                (0.0, 0.0, 0.0),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }
}
