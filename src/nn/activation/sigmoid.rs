//! Activation `sigmoid`: the logistic function.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, logistic};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "sigmoid",
        family: Family::Activation,
        summary: "the logistic function",
        docs: DOCS,
        params: &[Param {
            key: "slope",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Factor on the pre-activation.",
        }],
        facts: Facts::Activation {
            gives: Range::open(0.0, 1.0),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    logistic(&(z.clone() * p.column("slope")))
}

fn derivative(_: &Tensor<3>, a: &Tensor<3>, p: &Columns) -> Tensor<3> {
    a.clone() * a.clone().neg().add_scalar(1.0) * p.column("slope")
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        math::logistic(l, l.mul(z, n[0]))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, n: &[L::F]) -> L::F {
        l.mul(l.mul(a, l.sub(l.splat(1.0), a)), n[0])
    }
}

const DOCS: &str = r#"### Formula

`f(z) = σ(slope · z) = 1 / (1 + e^(-slope·z))`

### When to use

Outputs that are independent probabilities, with the loss `binary_cross_entropy`. With `mse` its gradient vanishes where it saturates.

### Source

Standard. The slope is often written beta."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, 0.01798620996209156, 0.017662706213291118),
                (-1.5, 0.18242552380635635, 0.14914645207033286),
                (-0.25, 0.43782349911420193, 0.24613408273759835),
                (0.0, 0.5, 0.25),
                (0.5, 0.6224593312018546, 0.2350037122015945),
                (2.0, 0.8807970779778823, 0.10499358540350662),
            ],
        );
    }

    /// (z, f, f') of PyTorch 2.15.0 in float64 with slope = 2.5.
    #[test]
    fn agrees_with_pytorch_when_set() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("slope", Value::Real(2.5))],
            &[
                (-4.0, 4.5397868702434395e-05, 0.00011348951933987919),
                (-1.5, 0.022977369910025615, 0.05612352595510865),
                (-0.25, 0.34864513533394575, 0.5677292623548011),
                (0.0, 0.5, 0.625),
                (0.5, 0.7772998611746911, 0.4327619674812427),
                (2.0, 0.9933071490757153, 0.01662014167697508),
            ],
        );
    }
}
