//! Random search: independent uniform draws.

use std::collections::BTreeSet;

use super::{AtOnce, Sampler, Search, Setup};
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "random",
        family: Family::Sampler,
        summary: "independent uniform draws from every axis",
        docs: "### What it does\n\nDraws each configuration independently: a listed value with equal chances, `{ uniform }` and `{ int }` evenly, `{ log_uniform }` evenly in the logarithm. A configuration that was drawn before, or that `exclude` leaves out, is drawn again.\n\n### When to use\n\nFor several axes of which few matter: each configuration tries a new value of every axis, where a grid repeats the same few (Bergstra and Bengio 2012, \"Random search for hyper-parameter optimization\").",
        params: &[],
        facts: Facts::Sampler { draws: true, counted: true, learns: false, halts: false, dimensions: None },
    },
    search: Some(search),
};

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, configurations, seed, .. } = setup;
    let drawn = space.draw(configurations, &mut BTreeSet::new(), |i| Some(space.uniform(seed, i)));
    AtOnce::search(drawn.into_iter().map(|d| d.point).collect())
}
