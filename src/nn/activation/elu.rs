//! Activation `elu`: exponential below zero, the identity above.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, exp_minus_one, where_positive};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "elu",
        family: Family::Activation,
        summary: "exponential below zero, the identity above",
        docs: DOCS,
        params: &[Param {
            key: "alpha",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Negative of the limit for very negative inputs.",
        }],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[0.0],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    let below = exp_minus_one(&z.clone().clamp_max(0.0)) * p.column("alpha");
    z.clone().clamp_min(0.0) + below
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    // Not `a + alpha`, which would cancel where `a` is near its limit.
    let below = z.clone().clamp_max(0.0).exp() * p.column("alpha");
    where_positive(z, z.ones_like(), below)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        let below = l.mul(n[0], math::exp_minus_one(l, l.min(z, l.splat(0.0))));
        l.add(l.max(z, l.splat(0.0)), below)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, n: &[L::F]) -> L::F {
        let below = l.mul(n[0], math::exp(l, l.min(z, l.splat(0.0))));
        l.select(l.gt(z, l.splat(0.0)), l.splat(1.0), below)
    }
}

const DOCS: &str = r#"### Formula

`f(z) = z` for `z > 0`, else `alpha · (e^z - 1)`.

### When to use

A smooth alternative to `relu` whose mean output is nearer to zero. It gives values above `-alpha`.

### Source

Clevert, Unterthiner, and Hochreiter, 2015, arXiv 1511.07289. Default alpha as PyTorch and Keras."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.9816843611112658, 0.01831563888873418),
                (-1.5, -0.7768698398515702, 0.22313016014842982),
                (-0.25, -0.22119921692859512, 0.7788007830714049),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }

    /// (z, f, f') of `math.expm1` and `math.exp` of CPython 3 at numbers that f32 holds exactly. The difference `e^z - 1`
    /// near 0 and the sum `a + alpha` far below it would miss by more than 1e-4.
    #[test]
    fn keeps_its_digits_in_single_precision() {
        super::super::tests::check_single(
            &super::THIS,
            &[
                (-10.0, -0.9999546000702375, 4.5399929762484854e-05),
                (-1.0, -0.6321205588285577, 0.36787944117144233),
                (-0.0078125, -0.007782061739756488, 0.9922179382602435),
                (-0.0001220703125, -0.00012206286222255873, 0.9998779371377774),
                (-5.960464477539063e-08, -5.960464299903382e-08, 0.999999940395357),
            ],
        );
    }

    /// (z, f, f') of PyTorch 2.15.0 in float64 with alpha = 0.5.
    #[test]
    fn agrees_with_pytorch_when_set() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("alpha", Value::Real(0.5))],
            &[
                (-4.0, -0.4908421805556329, 0.00915781944436709),
                (-1.5, -0.3884349199257851, 0.11156508007421491),
                (-0.25, -0.11059960846429756, 0.38940039153570244),
                (0.5, 0.5, 1.0),
                (2.0, 2.0, 1.0),
            ],
        );
    }
}
