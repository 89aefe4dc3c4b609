//! Activation `elu`: exponential below zero, the identity above.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, where_positive};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "elu",
        family: Family::Activation,
        summary: "exponential below zero, the identity above",
        docs: DOCS,
        params: &[Param {
            key: "alpha",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Negative of the limit for very negative inputs.",
        }],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    kinks: &[0.0],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    let below = z.clone().clamp_max(0.0).exp().sub_scalar(1.0) * p.column("alpha");
    z.clone().clamp_min(0.0) + below
}

fn derivative(z: &Tensor<3>, a: &Tensor<3>, p: &Columns) -> Tensor<3> {
    let below = a.clone() + p.column("alpha");
    where_positive(z, z.ones_like(), below)
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
