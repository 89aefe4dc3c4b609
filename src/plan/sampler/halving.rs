//! Successive halving: one ladder of rungs.

use std::collections::BTreeSet;

use super::rungs::{Bracket, REDUCTION, Rungs, min_epochs, whole_logarithm};
use super::{Sampler, Search, Setup};
use crate::catalog::{Default, Entry, Facts, Family};

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "halving",
        family: Family::Sampler,
        summary: "successive halving: many configurations for a few epochs, the best of them for longer",
        docs: "### What it does\n\nDraws `configurations` at random and trains them for a small share of `train.epochs`. The best 1 in `reduction`, by the mean over all seeds of the metric on the validation part, train `reduction` times as long, and so on; the last rung has the whole budget (Jamieson and Talwalkar 2016, \"Non-stochastic best arm identification\"). A configuration that goes on continues where it was. A rung waits for all of its trials, so the same ones are promoted whatever trains at once. Learning-rate schedules are those of the whole budget. Trials of lower rungs stand in `trials.csv` with the end `halted`; selection looks at the last rung only.\n\n### When to use\n\nFor many configurations of which most are visibly bad early. Beware of what starts slowly and ends well: a small learning rate may be dropped before it shows what it can.",
        params: &[
            REDUCTION,
            min_epochs(
                Default::Absent,
                "Least epochs of the first rung; without it, as few as leave one configuration on the last rung.",
            ),
        ],
        facts: Facts::Sampler { draws: true, counted: true, learns: true, halts: true, dimensions: None },
    },
    search: Some(search),
};

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, configurations, seed, epochs, choice } = setup;
    let reduction = choice.count("reduction");
    let drawn = space.draw(configurations, &mut BTreeSet::new(), |i| Some(space.uniform(seed, i)));
    let by_count = whole_logarithm(drawn.len().max(1) as u64, reduction);
    let least = choice.maybe_number("min_epochs").map_or(1, |least| least as u64).max(1);
    let by_epochs = whole_logarithm((epochs as u64 / least).max(1), reduction);
    let members = drawn.into_iter().map(|d| d.point).collect();
    Rungs::search(vec![Bracket::new(members, by_count.min(by_epochs), reduction, epochs)])
}
