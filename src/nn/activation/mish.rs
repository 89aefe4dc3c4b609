//! Activation `mish`: the input weighted by the tanh of its softplus.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, log_one_plus_exp, logistic};
use crate::catalog::{Entry, Facts, Family, Range};

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

const DOCS: &str = r#"### Formula

`f(z) = z · tanh(ln(1 + e^z))`

### When to use

A smooth alternative to `relu`. Its least value is about -0.309.

### Source

Misra, 2019, arXiv 1908.08681."#;
