//! Activation `silu`: the input weighted by its sigmoid.

use burn::tensor::Tensor;

use super::super::Columns;
use super::{Activation, Rule, logistic};
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "silu",
        family: Family::Activation,
        summary: "the input weighted by its sigmoid",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::from(-0.27847),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Elementwise { value, derivative },
    kinks: &[],
};

fn value(z: &Tensor<3>, _: &Columns) -> Tensor<3> {
    z.clone() * logistic(z)
}

fn derivative(z: &Tensor<3>, a: &Tensor<3>, _: &Columns) -> Tensor<3> {
    // σ + z · σ · (1 - σ); a = z · σ.
    let s = logistic(z);
    s.clone() + a.clone() * s.neg().add_scalar(1.0)
}

const DOCS: &str = r#"### Formula

`f(z) = z · σ(z) = z / (1 + e^-z)`

### When to use

A smooth alternative to `relu`, also called swish. Its least value is about -0.278.

### Source

Elfwing, Uchibe, and Doya, 2017, arXiv 1702.03118; Ramachandran, Zoph, and Le, 2017, arXiv 1710.05941."#;
