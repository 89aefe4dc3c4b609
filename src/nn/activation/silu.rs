//! Activation `silu`: the input weighted by its sigmoid.

use super::Activation;
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
};

const DOCS: &str = r#"### Formula

`f(z) = z · σ(z) = z / (1 + e^-z)`

### When to use

A smooth alternative to `relu`, also called swish. Its least value is about -0.278.

### Source

Elfwing, Uchibe, and Doya, 2017, arXiv 1702.03118; Ramachandran, Zoph, and Le, 2017, arXiv 1710.05941."#;
