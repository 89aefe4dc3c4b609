//! Activation `gelu`: the input weighted by the normal distribution function.

use super::Activation;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

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
};

const DOCS: &str = r#"### Formula

`f(z) = z · Φ(z) = z/2 · (1 + erf(z / √2))`, or, with `approximate = "tanh"`, `z/2 · (1 + tanh(√(2/π) · (z + 0.044715 z³)))`.

### When to use

A smooth alternative to `relu`, usual in transformers. Its least value is about -0.17.

### Source

Hendrycks and Gimpel, 2016, arXiv 1606.08415. The exact form is PyTorch's default; JAX defaults to the tanh form."#;
