//! Activation `softplus`: a smooth form of relu.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, log_one_plus_exp, logistic};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "softplus",
        family: Family::Activation,
        summary: "a smooth form of relu",
        docs: DOCS,
        params: &[Param {
            key: "beta",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Sharpness; large values approach `relu`.",
        }],
        facts: Facts::Activation { gives: Range::POSITIVE, distribution: false, log_distribution: false },
    },
    rule: Rule::Elementwise { value, derivative },
    kinks: &[],
};

fn value(z: &Tensor<3>, p: &Columns) -> Tensor<3> {
    log_one_plus_exp(&(z.clone() * p.column("beta"))) / p.column("beta")
}

fn derivative(z: &Tensor<3>, _: &Tensor<3>, p: &Columns) -> Tensor<3> {
    logistic(&(z.clone() * p.column("beta")))
}

const DOCS: &str = r#"### Formula

`f(z) = ln(1 + e^(beta·z)) / beta`, computed as `max(z, 0) + ln(1 + e^-|beta·z|) / beta` so that it never overflows.

### When to use

Where outputs must be positive.

### Source

Dugas et al., 2001, "Incorporating second-order functional knowledge for better option pricing". Default beta as PyTorch; unlike PyTorch there is no threshold beyond which it becomes linear."#;
