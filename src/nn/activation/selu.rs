//! Activation `selu`: elu scaled so that activations normalise themselves.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, exp_minus_one, where_positive};
use crate::catalog::{Entry, Facts, Family, Range};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "selu",
        family: Family::Activation,
        summary: "elu scaled so that activations normalise themselves",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-1.758099341),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |_| Some(kernel::Activation::curve::<Form>()),
    kinks: &[0.0],
};

const SCALE: f64 = 1.0507009873554805;
const ALPHA: f64 = 1.6732632423543772;

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    let below = exp_minus_one(&z.clone().clamp_max(0.0)).mul_scalar(SCALE * ALPHA);
    z.clone().clamp_min(0.0).mul_scalar(SCALE) + below
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, _: &Columns) -> Tensor<3> {
    // Not `a + scale · alpha`, which would cancel where `a` is near its limit.
    let below = z.clone().clamp_max(0.0).exp().mul_scalar(SCALE * ALPHA);
    where_positive(z, z.ones_like().mul_scalar(SCALE), below)
}

struct Form;

impl Curve for Form {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        let below = math::exp_minus_one(l, l.min(z, l.splat(0.0)));
        l.fma(below, l.splat((SCALE * ALPHA) as f32), l.mul(l.max(z, l.splat(0.0)), l.splat(SCALE as f32)))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        let below = l.mul(math::exp(l, l.min(z, l.splat(0.0))), l.splat((SCALE * ALPHA) as f32));
        l.select(l.gt(z, l.splat(0.0)), l.splat(SCALE as f32), below)
    }
}

const DOCS: &str = r#"### Formula

`f(z) = scale · z` for `z > 0`, else `scale · alpha · (e^z - 1)`, with `scale = 1.0507009873554805` and `alpha = 1.6732632423543772`.

### When to use

Deep dense networks with `init = "lecun_normal"`, for which it was derived.

### Source

Klambauer, Unterthiner, Mayr, and Hochreiter, 2017, arXiv 1706.02515."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -1.7258986281898945, 0.03220071265748214),
                (-1.5, -1.3658143533672527, 0.392284987480124),
                (-0.25, -0.388890197478119, 1.3692091433692577),
                (0.5, 0.5253504936777402, 1.0507009873554805),
                (2.0, 2.101401974710961, 1.0507009873554805),
            ],
        );
    }

    /// (z, f, f') of `math.expm1` and `math.exp` of CPython 3, times the constants above, at numbers that f32 holds exactly.
    #[test]
    fn keeps_its_digits_in_single_precision() {
        super::super::tests::check_single(
            &super::THIS,
            &[
                (-10.0, -1.7580195232607867, 7.981758658994182e-05),
                (-1.0, -1.1113307378125625, 0.646768603034814),
                (-0.0078125, -0.01368163761509947, 1.7444177032322772),
                (-0.0001220703125, -0.00021459863761542466, 1.7578847422097612),
                (-5.960464477539063e-08, -1.0479088356804455e-07, 1.758099236056493),
            ],
        );
    }
}
