//! Hyperband: several ladders, from many configurations with a small start to few with the whole budget.

use std::collections::BTreeSet;

use super::rungs::{Bracket, REDUCTION, Rungs, min_epochs, whole_logarithm};
use super::{Sampler, Search, Setup};
use crate::catalog::{Default, Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "hyperband",
        family: Family::Sampler,
        summary: "several ladders of successive halving, from cautious to bold",
        docs: "### What it does\n\nSuccessive halving has to know how early a bad configuration shows. Hyperband tries every answer (Li et al. 2018, \"Hyperband: a novel bandit-based approach to hyperparameter optimization\", algorithm 1): with R = `train.epochs` / `min_epochs` and s_max = ⌊log R⌋ to the base `reduction`, ladder s = s_max, ..., 0 starts with ⌈(s_max + 1) / (s + 1) · reduction^s⌉ configurations at `train.epochs` / reduction^s epochs. The ladders climb side by side, each rung as in `halving`. The number of configurations follows; `runner plan` says it.\n\n### When to use\n\nWhere halving would be, without knowing a good `min_epochs`.",
        params: &[
            REDUCTION,
            min_epochs(Default::Count(1), "Least epochs of the first rung of the boldest ladder."),
        ],
        facts: Facts::Sampler { draws: true, counted: false, learns: true, halts: true, dimensions: None },
    },
    search: Some(search),
};

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, seed, epochs, choice, .. } = setup;
    let reduction = choice.count("reduction");
    let most = whole_logarithm((epochs as u64 / choice.count("min_epochs")).max(1), reduction);
    let sizes = (0..=most).rev().map(|rungs| (rungs, size(most, rungs, reduction)));
    let mut known = BTreeSet::new();
    let mut next = 0;
    let bracket = |(rungs, size): (u32, usize)| {
        // The ladders share one stream, so that no configuration is drawn twice.
        let from = next;
        let drawn = space.draw(size, &mut known, |i| {
            next = from + i + 1;
            Some(space.uniform(seed, from + i))
        });
        let members = drawn.into_iter().map(|d| d.point).collect();
        Bracket::new(members, rungs, reduction, epochs)
    };
    Rungs::search(sizes.map(bracket).collect())
}

/// Configurations of the ladder with so many rungs above the first, of at most `most`.
fn size(most: u32, rungs: u32, reduction: u64) -> usize {
    let (all, own) = (u64::from(most) + 1, u64::from(rungs) + 1);
    (all * reduction.saturating_pow(rungs)).div_ceil(own) as usize
}

#[cfg(test)]
mod tests {
    use super::size;

    /// Li et al. 2018, table 1: R = 81, eta = 3: 81, 34, 15, 8, 5 by the formula of algorithm 1 (the table itself rounds down).
    #[test]
    fn ladders_have_the_sizes_of_the_algorithm() {
        assert_eq!([4, 3, 2, 1, 0].map(|s| size(4, s, 3)), [81, 34, 15, 8, 5]);
    }
}
