//! Activation `softplus`: a smooth form of relu.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, log_one_plus_exp, logistic};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softplus",
        family: Family::Activation,
        summary: "a smooth form of relu",
        docs: DOCS,
        params: &[Param {
            key: "beta",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Sharpness; large values approach `relu`.",
        }],
        facts: Facts::Activation { gives: Range::POSITIVE, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    log_one_plus_exp(&(z.clone() * p.column("beta"))) / p.column("beta")
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    logistic(&(z.clone() * p.column("beta")))
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        l.div(math::ln_one_plus_exp(l, l.mul(z, n[0])), n[0])
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, n: &[L::F]) -> L::F {
        math::logistic(l, l.mul(z, n[0]))
    }
}

const DOCS: &str = r#"### Formula

`f(z) = ln(1 + e^(beta·z)) / beta`, computed as `max(z, 0) + ln(1 + e^-|beta·z|) / beta` so that it never overflows.

### When to use

Where outputs must be positive.

### Source

Dugas et al., 2001, "Incorporating second-order functional knowledge for better option pricing". Default beta as PyTorch; unlike PyTorch there is no threshold beyond which it becomes linear."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, 0.018149927917809738, 0.017986209962091555),
                (-1.5, 0.2014132779827524, 0.18242552380635632),
                (-0.25, 0.5759394198788436, 0.4378234991142019),
                (0.0, std::f64::consts::LN_2, 0.5),
                (0.5, 0.9740769841801067, 0.6224593312018546),
                (2.0, 2.1269280110429727, 0.8807970779778824),
            ],
        );
    }

    /// (z, f, f') of PyTorch 2.15.0 in float64 with beta = 2.0.
    #[test]
    fn agrees_with_pytorch_when_set() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("beta", Value::Real(2.0))],
            &[
                (-4.0, 0.00016770318644788442, 0.00033535013046647816),
                (-1.5, 0.02429367578687103, 0.04742587317756679),
                (-0.25, 0.23703849209005334, 0.37754066879814546),
                (0.0, 0.34657359027997264, 0.5),
                (0.5, 0.6566308437591114, 0.7310585786300049),
                (2.0, 2.0090749639589047, 0.9820137900379085),
            ],
        );
    }
}
