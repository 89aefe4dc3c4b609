//! Activation `mish`: the input weighted by the tanh of its softplus.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, log_one_plus_exp, logistic};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "mish",
        family: Family::Activation,
        summary: "the input weighted by the tanh of its softplus",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-0.30885),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone() * log_one_plus_exp(z).tanh()
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, _: &Columns) -> Tensor<3> {
    // t + z · (1 - t²) · σ, with t = tanh(softplus(z)).
    let t = log_one_plus_exp(z).tanh();
    t.clone() + z.clone() * t.square().neg().add_scalar(1.0) * logistic(z)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        l.mul(z, math::tanh(l, math::ln_one_plus_exp(l, z)))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        let t = math::tanh(l, math::ln_one_plus_exp(l, z));
        let bend = l.mul(l.fnma(t, t, l.splat(1.0)), math::logistic(l, z));
        l.fma(z, bend, t)
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z · tanh(ln(1 + e^z))`

### When to use

A smooth alternative to `relu`. Its least value is about -0.309.

### Source

Misra, 2019, arXiv 1908.08681."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.07259174079202535, -0.05377320979348033),
                (-1.5, -0.29809974216680674, -0.06409781589225869),
                (-0.25, -0.129926963679141, 0.43981560172180506),
                (0.0, 0.0, 0.6),
                (0.5, 0.3752452113048951, 0.8864243753577272),
                (2.0, 1.9439589595339946, 1.0693179342794896),
            ],
        );
    }
}
