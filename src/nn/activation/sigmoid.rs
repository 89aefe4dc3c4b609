//! Activation `sigmoid`: the logistic function.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, logistic};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "sigmoid",
        family: Family::Activation,
        summary: "the logistic function",
        docs: DOCS,
        params: &[Param {
            key: "slope",
            kind: Kind::Real(Range::POSITIVE),
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
    kinks: &[],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    logistic(&(z.clone() * p.column("slope")))
}

fn derivative(_: &Tensor<3>, a: &Tensor<3>, p: &Columns) -> Tensor<3> {
    a.clone() * a.clone().neg().add_scalar(1.0) * p.column("slope")
}

const DOCS: &str = r#"### Formula

`f(z) = σ(slope · z) = 1 / (1 + e^(-slope·z))`

### When to use

Outputs that are independent probabilities, with the loss `binary_cross_entropy`. With `mse` its gradient vanishes where it saturates.

### Source

Standard. The slope is often written beta."#;
