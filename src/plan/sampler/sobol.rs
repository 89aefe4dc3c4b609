//! Sobol' sequence with Owen scrambling: points that fill the cube evenly, and randomly.

use std::collections::BTreeSet;

use super::space::stream;
use super::{AtOnce, Sampler, Search, Setup};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "sobol",
        family: Family::Sampler,
        summary: "a scrambled Sobol' sequence: random points that fill the axes evenly",
        docs: "### What it does\n\nTakes the first points of a Sobol' sequence (direction numbers of Joe and Kuo 2008, \"Constructing Sobol sequences with better two-dimensional projections\", `new-joe-kuo-6`) with Owen's nested uniform scrambling (Owen 1995): every prefix of 2, 4, 8, ... points has one point in each of as many equal shares of every axis, and the scrambling, named by `seed`, makes each point uniform. A point that repeats another or that `exclude` leaves out is skipped.\n\n### When to use\n\nIn place of `random` wherever the number of configurations is known beforehand, best a power of two: the gaps are smaller.",
        params: &[],
        facts: Facts::Sampler {
            draws: true,
            counted: true,
            learns: false,
            halts: false,
            dimensions: Some(DIMENSIONS),
        },
    },
    search: Some(search),
};

/// Axes that the table of direction numbers serves.
const DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// Sub-streams of the scrambling, one for each axis; those of random draws start at 0.
const SCRAMBLE: u64 = 2 << 32;

const BITS: usize = 32;

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, configurations, seed, .. } = setup;
    let axes: Vec<([u32; BITS], u64)> = (0..space.dimensions().len())
        .map(|axis| (directions(axis), stream(seed, SCRAMBLE + axis as u64).bits()))
        .collect();
    let place = |i: u64| {
        let index = u32::try_from(i).ok()?;
        let unit = |(directions, key): &([u32; BITS], u64)| {
            (f64::from(scrambled(sobol(directions, index), *key)) + 0.5) / 2f64.powi(BITS as i32)
        };
        Some(axes.iter().map(unit).collect())
    };
    let drawn = space.draw(configurations, &mut BTreeSet::new(), place);
    AtOnce::search(drawn.into_iter().map(|d| d.point).collect())
}

/// The direction numbers of an axis as binary fractions: bit 31 is a half.
fn directions(axis: usize) -> [u32; BITS] {
    let mut v = [0u32; BITS];
    let Some((polynomial, first)) = axis.checked_sub(1).map(|row| DIRECTIONS[row]) else {
        v.iter_mut().enumerate().for_each(|(k, v)| *v = 1 << (BITS - 1 - k));
        return v;
    };
    let degree = first.len();
    for k in 0..BITS {
        v[k] = match first.get(k) {
            Some(m) => m << (BITS - 1 - k),
            None => {
                let mut sum = v[k - degree] ^ (v[k - degree] >> degree);
                for j in 1..degree {
                    if polynomial >> (degree - j) & 1 == 1 {
                        sum ^= v[k - j];
                    }
                }
                sum
            }
        };
    }
    v
}

/// The point of a number, in the order of Gray's code, which changes one direction from point to point.
fn sobol(directions: &[u32; BITS], index: u32) -> u32 {
    let gray = index ^ (index >> 1);
    (0..BITS).filter(|k| gray >> k & 1 == 1).fold(0, |x, k| x ^ directions[k])
}

/// Flips each bit with a chance that all points with the same higher bits share.
fn scrambled(x: u32, key: u64) -> u32 {
    (0..BITS as u32).fold(0, |out, place| {
        // The bits above this place, behind a one that tells how many they are.
        let above = (1u64 << place) | (u64::from(x) >> (BITS as u32 - place));
        let flip = mixed(key ^ mixed(above)) as u32 & 1;
        out << 1 | ((x >> (BITS as u32 - 1 - place) & 1) ^ flip)
    })
}

/// The finalizer of SplitMix64 (Steele, Lea, and Flood 2014): every bit depends on every other.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Primitive polynomial (its coefficients as bits) and first direction integers of every axis but the first: Joe and Kuo's
/// `new-joe-kuo-6.21201`.
const DIRECTIONS: &[(u32, &[u32])] = &[
    (3, &[1]),
    (7, &[1, 3]),
    (11, &[1, 3, 1]),
    (13, &[1, 1, 1]),
    (19, &[1, 1, 3, 3]),
    (25, &[1, 3, 5, 13]),
    (37, &[1, 1, 5, 5, 17]),
    (41, &[1, 1, 5, 5, 5]),
    (47, &[1, 1, 7, 11, 19]),
    (55, &[1, 1, 5, 1, 1]),
    (59, &[1, 1, 1, 3, 11]),
    (61, &[1, 3, 5, 5, 31]),
    (67, &[1, 3, 3, 9, 7, 49]),
    (91, &[1, 1, 1, 15, 21, 21]),
    (97, &[1, 3, 1, 13, 27, 49]),
    (103, &[1, 1, 1, 15, 7, 5]),
    (109, &[1, 3, 1, 15, 13, 25]),
    (115, &[1, 1, 5, 5, 19, 61]),
    (131, &[1, 3, 7, 11, 23, 15, 103]),
    (137, &[1, 3, 7, 13, 13, 15, 69]),
    (143, &[1, 1, 3, 13, 7, 35, 63]),
    (145, &[1, 3, 5, 9, 1, 25, 53]),
    (157, &[1, 3, 1, 13, 9, 35, 107]),
    (167, &[1, 3, 1, 5, 27, 61, 31]),
    (171, &[1, 1, 5, 11, 19, 41, 61]),
    (185, &[1, 3, 5, 3, 3, 13, 69]),
    (191, &[1, 1, 7, 13, 1, 19, 1]),
    (193, &[1, 3, 7, 5, 13, 19, 59]),
    (203, &[1, 1, 3, 9, 25, 29, 41]),
    (211, &[1, 3, 5, 13, 23, 1, 55]),
    (213, &[1, 3, 7, 3, 13, 59, 17]),
    (229, &[1, 3, 1, 3, 5, 53, 69]),
    (239, &[1, 1, 5, 5, 23, 33, 13]),
    (241, &[1, 1, 7, 7, 1, 61, 123]),
    (247, &[1, 1, 7, 9, 13, 61, 49]),
    (253, &[1, 3, 3, 5, 3, 55, 33]),
    (285, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (299, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (301, &[1, 3, 1, 11, 11, 11, 77, 249]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_without_scrambling_are_those_of_scipy() {
        // SciPy 1.17.1: scipy.stats.qmc.Sobol(d, scramble=False).random(1024), rows 4, 777, and 1000.
        let at = |axis, index| f64::from(sobol(&directions(axis), index)) / 2f64.powi(32);
        let fifth: Vec<f64> = (0..6).map(|axis| at(axis, 4)).collect();
        assert_eq!(fifth, [0.375, 0.375, 0.625, 0.875, 0.375, 0.125]);
        let row: Vec<f64> = [0, 1, 9, 19, 29, 39].map(|axis| at(axis, 777)).to_vec();
        let expected = [0.69238281, 0.93652344, 0.32324219, 0.75292969, 0.11035156, 0.35839844];
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-8; // NumPy prints eight digits.
        assert!(row.iter().zip(&expected).all(near), "{row:?}");
        let row: Vec<f64> = (0..40).step_by(7).map(|axis| at(axis, 1000)).collect();
        let expected = [0.21972656, 0.89941406, 0.14355469, 0.54980469, 0.05957031, 0.77050781];
        assert!(row.iter().zip(&expected).all(near), "{row:?}");
    }

    /// What scrambling must keep (Owen 1995): the first two axes are a net, so that each of 2^m rectangles of one area holds one of
    /// 2^m points, whatever their shape.
    #[test]
    fn scrambled_points_are_still_a_net() {
        for key in [1, 2, 3] {
            let axes = [0, 1].map(|axis| (directions(axis), mixed(key * 10 + axis as u64)));
            let places: Vec<[u32; 2]> =
                (0..64).map(|i| axes.each_ref().map(|(v, key)| scrambled(sobol(v, i), *key))).collect();
            for width in 0..=6 {
                let cells: BTreeSet<(u32, u32)> = places
                    .iter()
                    .map(|[x, y]| {
                        let cut = |v: u32, bits: u32| v.checked_shr(32 - bits).unwrap_or(0);
                        (cut(*x, width), cut(*y, 6 - width))
                    })
                    .collect();
                assert_eq!(cells.len(), 64, "rectangles of width 2^-{width}");
            }
        }
        let first = |key| scrambled(sobol(&directions(0), 0), key);
        assert_ne!(first(1), first(2), "the scrambling has a name");
    }
}
