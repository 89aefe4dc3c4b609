//! Initializer `orthogonal`: orthonormal rows or columns.

use super::Initializer;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "orthogonal",
        family: Family::Initializer,
        summary: "orthonormal rows or columns",
        docs: DOCS,
        params: &[Param {
            key: "gain",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Factor on the orthonormal matrix.",
        }],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`w = gain · Q`, where `Q` is the orthogonal factor of a matrix of standard normal numbers, with signs such that the triangular factor has a positive diagonal. The shorter of the two sides is orthonormal. A bias gets a single column of length `gain`.

### When to use

Deep or recurrent networks, where it keeps the length of a signal.

### Source

Saxe, McClelland, and Ganguli, 2013, arXiv 1312.6120; Mezzadri, 2007, arXiv math-ph/0609050, for the signs."#;
