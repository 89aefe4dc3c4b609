//! Activation `tanh`: the hyperbolic tangent.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "tanh",
        family: Family::Activation,
        summary: "the hyperbolic tangent",
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
    z.clone().tanh()
}

fn derivative(_: &Tensor<3>, a: &Tensor<3>, _: &Columns) -> Tensor<3> {
    a.clone().square().neg().add_scalar(1.0)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        math::tanh(l, z)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, _: &[L::F]) -> L::F {
        l.fnma(a, a, l.splat(1.0))
    }
}

const DOCS: &str = r#"### Formula

`f(z) = (e^z - e^-z) / (e^z + e^-z)`

### When to use

Hidden layers of small networks; outputs between -1 and 1.

### Source

Standard; LeCun et al., 1998, "Efficient backprop"."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.999329299739067, 0.0013409506830259165),
                (-1.5, -0.9051482536448664, 0.1807066389236486),
                (-0.25, -0.24491866240370913, 0.940014848806378),
                (0.0, 0.0, 1.0),
                (0.5, 0.46211715726000974, 0.7864477329659274),
                (2.0, 0.9640275800758169, 0.07065082485316443),
            ],
        );
    }
}
