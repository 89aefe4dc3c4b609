//! Activation `gelu`: the input weighted by the normal distribution function.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Curve, Lanes, math};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "gelu",
        family: Family::Activation,
        summary: "the input weighted by the normal distribution function",
        docs: DOCS,
        params: &[Param {
            key: "approximate",
            kind: Kind::Choice(&["none", "tanh"]),
            role: Role::Structural,
            default: Default::Word("none"),
            docs: "The exact form (`none`) or its tanh approximation (`tanh`).",
        }],
        facts: Facts::Activation {
            gives: Range::from(-0.1701),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    lanes: |choice| {
        Some(match choice.text("approximate") {
            Some("tanh") => kernel::Activation::curve::<Approximate>(),
            _ => kernel::Activation::curve::<Exact>(),
        })
    },
    kinks: &[],
};

/// `√(2/π)`.
const ROOT: f64 = 0.797_884_560_802_865_4;
const CUBIC: f64 = 0.044715;
/// Beyond this every factor that falls with `e^(-z²/2)` is 0 in f64.
const NEAR: f64 = 40.0;

/// `Φ(z)`, the standard normal distribution function.
fn distribution(z: &Tensor<3>) -> Tensor<3> {
    z.clone().mul_scalar(std::f64::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0).mul_scalar(0.5)
}

/// `√(2/π) · (z + 0.044715 z³)`.
fn inner(z: &Tensor<3>) -> Tensor<3> {
    (z.clone().square().mul_scalar(CUBIC).add_scalar(1.0) * z.clone()).mul_scalar(ROOT)
}

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    if p.text("approximate") == Some("tanh") {
        let bent = inner(z).tanh().add_scalar(1.0);
        return (z.clone() * bent).mul_scalar(0.5);
    }
    z.clone() * distribution(z)
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    if p.text("approximate") == Some("tanh") {
        // f' = (1 + t)/2 + z/2 · (1 - t²) · u', where t = tanh(u); 1 - t² is 0 before z · u' could overflow.
        let t = inner(z).tanh();
        let near = z.clone().clamp(-NEAR, NEAR);
        let slope = near.clone().square().mul_scalar(3.0 * CUBIC).add_scalar(1.0).mul_scalar(ROOT);
        let curve = near * t.clone().square().neg().add_scalar(1.0) * slope;
        return (t.add_scalar(1.0) + curve).mul_scalar(0.5);
    }
    // f' = Φ(z) + z · φ(z), where φ is 0 long before z² could overflow.
    let near = z.clone().clamp(-NEAR, NEAR);
    let density =
        near.clone().square().mul_scalar(-0.5).exp().mul_scalar(1.0 / libm::sqrt(std::f64::consts::TAU));
    distribution(z) + near * density
}

/// The exact form.
struct Exact;

impl Curve for Exact {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        l.mul(z, math::normal_cdf(l, z))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        let near = near(l, z);
        let density = math::exp(l, l.mul(l.mul(near, near), l.splat(-0.5)));
        let density = l.mul(density, l.splat(DENSITY));
        l.fma(near, density, math::normal_cdf(l, z))
    }
}

/// With `approximate = "tanh"`.
struct Approximate;

impl Curve for Approximate {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        let bent = l.add(bend(l, z), l.splat(1.0));
        l.mul(l.mul(z, bent), l.splat(0.5))
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, _: L::F, _: &[L::F]) -> L::F {
        let t = bend(l, z);
        let near = near(l, z);
        let slope = l.fma(l.mul(near, near), l.splat((3.0 * CUBIC * ROOT) as f32), l.splat(ROOT as f32));
        let curve = l.mul(l.mul(near, l.fnma(t, t, l.splat(1.0))), slope);
        l.mul(l.add(l.add(t, l.splat(1.0)), curve), l.splat(0.5))
    }
}

/// `1 / √(2π)`.
const DENSITY: f32 = 0.398_942_3;

#[inline(always)]
fn near<L: Lanes>(l: L, z: L::F) -> L::F {
    l.max(l.splat(-NEAR as f32), l.min(l.splat(NEAR as f32), z))
}

/// `tanh(√(2/π) · (z + 0.044715 z³))`.
#[inline(always)]
fn bend<L: Lanes>(l: L, z: L::F) -> L::F {
    let near = near(l, z);
    let inner = l.fma(l.mul(near, near), l.splat((CUBIC * ROOT) as f32), l.splat(ROOT as f32));
    math::tanh(l, l.mul(near, inner))
}

const DOCS: &str = r#"### Formula

`f(z) = z · Φ(z) = z/2 · (1 + erf(z / √2))`, or, with `approximate = "tanh"`, `z/2 · (1 + tanh(√(2/π) · (z + 0.044715 z³)))`.

### When to use

A smooth alternative to `relu`, usual in transformers. Its least value is about -0.17.

### Source

Hendrycks and Gimpel, 2016, arXiv 1606.08415. The exact form is PyTorch's default; JAX defaults to the tanh form."#;

#[cfg(test)]
mod tests {
    /// (z, f, f') of PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        super::super::tests::check(
            &super::THIS,
            &[],
            &[
                (-4.0, -0.00012668496733247991, -0.0005036496612264215),
                (-1.5, -0.10021080190328704, -0.1274691922299796),
                (-0.25, -0.10032341857926907, 0.304626645116364),
                (0.0, 0.0, 0.5),
                (0.5, 0.34573123063700656, 0.8674951246561629),
                (2.0, 1.9544997361036416, 1.085231801078197),
            ],
        );
    }

    /// (z, f, f') of PyTorch 2.15.0 in float64 with approximate = tanh.
    #[test]
    fn agrees_with_pytorch_when_set() {
        use crate::catalog::Value;
        super::super::tests::check(
            &super::THIS,
            &[("approximate", Value::Text("tanh".into()))],
            &[
                (-4.0, -7.024594819227126e-05, -0.00033512319712218684),
                (-1.5, -0.10042842301976707, -0.12771079315143308),
                (-0.25, -0.100324649298315, 0.30464590484893955),
                (0.0, 0.0, 0.5),
                (0.5, 0.34571400982514394, 0.8673699035346424),
                (2.0, 1.954597694087775, 1.0860992566236183),
            ],
        );
    }
}
