//! Activation `tanh`: the hyperbolic tangent.

use burn::tensor::Tensor;

use super::{Activation, Rule};
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Activation = Activation {
    entry: Entry {
        name: "tanh",
        family: Family::Activation,
        summary: "the hyperbolic tangent",
        docs: DOCS,
        params: &[],
        facts: Facts::Activation {
            gives: Range::open(-1.0, 1.0),
            distribution: false,
            log_distribution: false,
        },
    },
    rule: Rule::Burn(Tensor::tanh),
    kinks: &[],
};

const DOCS: &str = r#"### Formula

`f(z) = (e^z - e^-z) / (e^z + e^-z)`

### When to use

Hidden layers of small networks; outputs between -1 and 1.

### Source

Standard; LeCun et al., 1998, "Efficient backprop"."#;
