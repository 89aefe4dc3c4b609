//! Activation `identity`: the pre-activation itself.

use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "identity",
        family: Family::Activation,
        summary: "the pre-activation itself",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Burn(|z| z),
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = true;
    const IS_CHEAP: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(_: L, z: L::F, _: &[L::F]) -> L::F {
        z
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, _: L::F, _: &[L::F]) -> L::F {
        l.splat(1.0)
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z`

### When to use

The output of a regression; a linear layer.

### Source

Standard."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -4.0, 1.0),
                (-1.5, -1.5, 1.0),
                (-0.25, -0.25, 1.0),
                (0.0, 0.0, 1.0),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }
}
