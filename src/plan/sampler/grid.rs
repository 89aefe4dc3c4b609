//! Every point of the grid.

use super::Sampler;
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "grid",
        family: Family::Sampler,
        summary: "every combination of the axes' values",
        docs: "### What it does\n\nCrosses all axes: each value of one with each value of the others. Axes in one group of `zip` advance together; points in `exclude` are left out; points that mean the same configuration are trained once.\n\n### When to use\n\nFor few axes, and whenever every combination is to be seen. The number of points is the product of the axes' lengths.",
        params: &[],
        facts: Facts::Sampler { draws: false, counted: false, learns: false, halts: false, dimensions: None },
    },
    search: None,
};
