//! Latin hypercube: every axis is cut into as many equal shares as there are configurations, each used once.

use std::collections::BTreeSet;

use super::space::stream;
use super::{AtOnce, Sampler, Search, Setup};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "latin_hypercube",
        family: Family::Sampler,
        summary: "every axis cut into equal shares, each of which is tried once",
        docs: "### What it does\n\nWith n configurations every axis is cut into n shares of equal probability. Each share is used exactly once, at a random place within it; which shares of different axes meet is a random permutation (McKay, Beckman, and Conover 1979, \"A comparison of three methods for selecting values of input variables\"). Points that repeat another (short lists of values) or that `exclude` leaves out are not replaced, since that would break the shares: then there are fewer.\n\n### When to use\n\nFor a small number of configurations that should cover each axis evenly.",
        params: &[],
        facts: Facts::Sampler { draws: true, counted: true, learns: false, halts: false, dimensions: None },
    },
    search: Some(search),
};

/// Sub-streams of the axes; those of random draws start at 0.
const AXES: u64 = 1 << 32;

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, configurations, seed, .. } = setup;
    let axis = |dimension: u64| -> Vec<f64> {
        let mut draws = stream(seed, AXES + dimension);
        let mut shares: Vec<usize> = (0..configurations).collect();
        draws.shuffle(&mut shares);
        shares.into_iter().map(|s| (s as f64 + draws.unit()) / configurations as f64).collect()
    };
    let axes: Vec<Vec<f64>> = (0..space.dimensions().len() as u64).map(axis).collect();
    let place = |i: u64| (i < configurations as u64).then(|| axes.iter().map(|a| a[i as usize]).collect());
    let drawn = space.draw(configurations, &mut BTreeSet::new(), place);
    AtOnce::search(drawn.into_iter().map(|d| d.point).collect())
}
