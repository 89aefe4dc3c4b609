//! Loss `huber`: squared error near the target, absolute error far from it.

use super::Loss;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "huber",
        family: Family::Loss,
        summary: "squared error near the target, absolute error far from it",
        docs: DOCS,
        params: &[Param {
            key: "delta",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Error at which the loss turns from squared to absolute.",
        }],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::REAL,
            distribution: false,
            fused_with: &[],
        },
    },
};

const DOCS: &str = r#"### Formula

With `e = a - y`: `e²/2` for `|e| ≤ delta`, else `delta · (|e| - delta/2)`. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression with outliers, with a gradient that is smooth at the target.

### Source

Huber, 1964. Scale as PyTorch's `HuberLoss` and Keras' `Huber` (PyTorch's `SmoothL1Loss` is this divided by delta)."#;
