//! Initializer `orthogonal`: orthonormal rows or columns.

use super::{Initializer, Place};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::rng::Stream;

pub static THIS: Initializer = Initializer {
    entry: Entry {
        name: "orthogonal",
        family: Family::Initializer,
        summary: "orthonormal rows or columns",
        docs: DOCS,
        params: &[Param {
            key: "gain",
            kind: Kind::Real(Range::MODEST_POSITIVE),
            role: Role::Numeric,
            default: Default::Real(1.0),
            docs: "Factor on the orthonormal matrix.",
        }],
        facts: Facts::Plain,
    },
    values,
};

/// `vector` made orthogonal to `others` and of length 1; `None` if it depends on them.
///
/// Gram and Schmidt, twice ("twice is enough", Giraud, Langou, and Rozloznik, 2005), which gives the orthogonal factor
/// whose triangular factor has a positive diagonal.
fn orthonormal(mut vector: Vec<f64>, others: &[Vec<f64>]) -> Option<Vec<f64>> {
    for _ in 0..2 {
        for other in others {
            let along: f64 = vector.iter().zip(other).map(|(v, o)| v * o).sum();
            vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
        }
    }
    let length = libm::sqrt(vector.iter().map(|v| v * v).sum());
    (length > 1e-8).then(|| vector.into_iter().map(|v| v / length).collect())
}

fn values(parameters: &Choice, place: Place, stream: &mut Stream) -> Vec<f64> {
    let (rows, units) = (place.rows, place.units);
    // The longer side is the length of the vectors, the shorter their number.
    let (length, count) = (rows.max(units), rows.min(units));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    while vectors.len() < count {
        let draw: Vec<f64> = (0..length).map(|_| stream.normal()).collect();
        if let Some(vector) = orthonormal(draw, &vectors) {
            vectors.push(vector);
        }
    }
    let gain = parameters.number("gain");
    let value = |row: usize, unit: usize| if rows >= units { vectors[unit][row] } else { vectors[row][unit] };
    (0..rows * units).map(|i| gain * value(i / units, i % units)).collect()
}

const DOCS: &str = r#"### Formula

`w = gain · Q`, where `Q` is the orthogonal factor of a matrix of standard normal numbers, with signs such that the triangular factor has a positive diagonal. The shorter of the two sides is orthonormal. A bias gets a single column of length `gain`.

### When to use

Deep or recurrent networks, where it keeps the length of a signal.

### Source

Saxe, McClelland, and Ganguli, 2013, arXiv 1312.6120; Mezzadri, 2007, arXiv math-ph/0609050, for the signs."#;
