//! Activation `silu`: the input weighted by its sigmoid.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, logistic};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "silu",
        family: Family::Activation,
        summary: "the input weighted by its sigmoid",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-0.27847),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone() * logistic(z)
}

fn derivative(z: &Tensor<3>, a: &Tensor<3>, _: &Columns) -> Tensor<3> {
    // σ + z · σ · (1 - σ); a = z · σ.
    let s = logistic(z);
    s.clone() + a.clone() * s.neg().add_scalar(1.0)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        l.mul(z, math::logistic(l, z))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, a: L::F, _: &[L::F]) -> L::F {
        let s = math::logistic(l, z);
        l.fma(a, l.sub(l.splat(1.0), s), s)
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z · σ(z) = z / (1 + e^-z)`

### When to use

A smooth alternative to `relu`, also called swish. Its least value is about -0.278.

### Source

Elfwing, Uchibe, and Doya, 2017, arXiv 1702.03118; Ramachandran, Zoph, and Le, 2017, arXiv 1710.05941."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.07194483984836623, -0.05266461489107291),
                (-1.5, -0.2736382857095345, -0.041294154299142946),
                (-0.25, -0.10945587477855048, 0.37628997842980233),
                (0.0, 0.0, 0.5),
                (0.5, 0.3112296656009273, 0.7399611873026519),
                (2.0, 1.7615941559557646, 1.0907842487848955),
            ],
        );
    }
}
