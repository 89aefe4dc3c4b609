//! Activation `leaky_relu`: a small slope below zero, the identity above.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, where_positive};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "leaky_relu",
        family: Family::Activation,
        summary: "a small slope below zero, the identity above",
        docs: DOCS,
        params: &[Param {
            key: "slope",
            kind: Kind::Real(Range::closed(0.0, 1.0)),
            role: Role::Numeric,
            default: Default::Real(0.01),
            docs: "Slope below zero.",
        }],
        facts: Facts::Activation { gives: Range::REAL, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    kinks: &[0.0],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    where_positive(z, z.clone(), z.clone() * p.column("slope"))
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    let slope = p.column("slope").expand(z.dims());
    where_positive(z, z.ones_like(), slope)
}

const DOCS: &str = r#"### Formula

`f(z) = z` for `z > 0`, else `slope · z`; `f'(0) = slope`.

### When to use

Where `relu` leaves dead units.

### Source

Maas, Hannun, and Ng, 2013, "Rectifier nonlinearities improve neural network acoustic models". Default slope as PyTorch's `LeakyReLU` (Keras: 0.3)."#;
