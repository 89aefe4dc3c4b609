//! Tree-structured Parzen estimator: draws where good configurations lie close and bad ones do not.

use std::collections::BTreeSet;

use super::parzen::Parzen;
use super::space::{Dimension, Drawn, Space, stream};
use super::{Ask, Sampler, Score, Search, Setup, ranking};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Role};
use crate::spec::Point;

pub static THIS: Sampler = Sampler {
    entry: Entry {
        name: "tpe",
        family: Family::Sampler,
        summary: "a tree-structured Parzen estimator: learns from each round where good configurations lie",
        docs: "### What it does\n\nThe first `startup` configurations are drawn at random. From then on the best tenth of what is known (at most 25) and the rest are each turned into a density l and g over every axis; of `candidates` draws from l the one with the largest l / g is trained (Bergstra et al. 2011, \"Algorithms for hyper-parameter optimization\"). Kernels, bandwidths, weights, and prior are those of Optuna 5's `TPESampler` with its defaults, each axis by itself; an axis that did not apply to a configuration learns nothing from it. Configurations are asked for in rounds of `round`, those still in training counted as bad ones (Optuna's constant liar), so that the same are asked for however many train at once. A configuration is judged by the mean over all seeds of the metric on the validation part; seeds are never something to optimise.\n\n### When to use\n\nFor several axes and a few dozen to some hundred configurations, where training is what costs. With one axis, or very few configurations, `sobol` is as good.",
        params: &[
            count("startup", 10, "Configurations drawn at random before anything is learned."),
            count("candidates", 24, "Draws from which each configuration is chosen, for every axis."),
            count(
                "round",
                4,
                "Configurations asked for at once: more keep more threads busy, fewer learn sooner.",
            ),
        ],
        facts: Facts::Sampler { draws: true, counted: true, learns: true, halts: false, dimensions: None },
    },
    search: Some(search),
};

const fn count(key: &'static str, default: u64, docs: &'static str) -> Param {
    let kind = Kind::Count { min: 1, max: 100_000 };
    Param { key, kind, role: Role::Structural, default: Default::Count(default), docs }
}

#[derive(Debug)]
struct Tpe {
    space: Space,
    dimensions: Vec<Dimension>,
    configurations: usize,
    startup: usize,
    candidates: usize,
    round: usize,
    seed: u64,
    /// Everything asked for, in order, and the scores of the first of them.
    asked: Vec<Drawn>,
    scores: Vec<Score>,
    known: BTreeSet<Point>,
    /// Streams used so far for choosing.
    draws: u64,
}

/// Sub-streams of the choices; those of random draws start at 0.
const CHOICES: u64 = 3 << 32;

/// A point that was asked for is drawn again at most so often; then there are no more.
const ATTEMPTS: u64 = 200;

fn search(setup: Setup) -> Box<dyn Search> {
    let Setup { space, configurations, seed, choice, .. } = setup;
    let count = |key| choice.count(key) as usize;
    Box::new(Tpe {
        dimensions: space.dimensions(),
        space,
        configurations,
        startup: count("startup").min(configurations),
        candidates: count("candidates"),
        round: count("round"),
        seed,
        asked: Vec::new(),
        scores: Vec::new(),
        known: BTreeSet::new(),
        draws: 0,
    })
}

impl Search for Tpe {
    fn ask(&mut self) -> Vec<Ask> {
        let first = self.asked.len();
        if first == 0 {
            let uniform = |i| Some(self.space.uniform(self.seed, i));
            self.asked = self.space.draw(self.startup, &mut self.known, uniform);
        } else {
            for _ in 0..self.round.min(self.configurations - first) {
                let Some(next) = self.choose() else { break };
                self.known.insert(next.point.clone());
                self.asked.push(next);
            }
        }
        self.asked[first..].iter().map(|d| Ask { point: d.point.clone(), until: None }).collect()
    }

    fn tell(&mut self, scores: &[Score]) {
        self.scores.extend_from_slice(scores);
    }

    fn most(&self) -> usize {
        self.configurations
    }

    fn rounds_left(&self) -> usize {
        self.configurations.saturating_sub(self.asked.len()).div_ceil(self.round)
    }
}

impl Tpe {
    /// Where the densities say, or anywhere if that was tried before; `None` where everything was.
    fn choose(&mut self) -> Option<Drawn> {
        let densities: Vec<[Parzen; 2]> = (0..self.dimensions.len()).map(|d| self.densities(d)).collect();
        for attempt in 0..2 * ATTEMPTS {
            let mut draws = stream(self.seed, CHOICES + self.draws);
            self.draws += 1;
            let unit: Vec<f64> = (densities.iter())
                .map(|[good, bad]| match attempt < ATTEMPTS {
                    true => best_of((0..self.candidates).map(|_| good.sample(&mut draws)), good, bad),
                    false => draws.unit(),
                })
                .collect();
            if let Some(point) = self.space.at(&unit).filter(|point| !self.known.contains(point)) {
                return Some(Drawn { unit, point });
            }
        }
        None
    }

    /// The densities of the best and of the others on a dimension, of those to which it applies.
    fn densities(&self, dimension: usize) -> [Parzen; 2] {
        let count = self.scores.len().div_ceil(10).min(25);
        let best: BTreeSet<usize> = ranking(&self.scores).into_iter().take(count).collect();
        let of = |wanted: bool| -> Vec<f64> {
            (self.asked.iter().enumerate())
                .filter(|(i, drawn)| {
                    best.contains(i) == wanted && self.space.applies(dimension, &drawn.point)
                })
                .map(|(_, drawn)| drawn.unit[dimension])
                .collect()
        };
        [true, false].map(|wanted| Parzen::new(self.dimensions[dimension], &of(wanted)))
    }
}

/// The candidate that the good density favours most over the bad one; of equals the first.
fn best_of(candidates: impl Iterator<Item = f64>, good: &Parzen, bad: &Parzen) -> f64 {
    let gain = |at: f64| good.log_density(at) - bad.log_density(at);
    let rated = candidates.map(|at| (at, gain(at)));
    let better = |a: (f64, f64), b: (f64, f64)| if b.1 > a.1 { b } else { a };
    rated.reduce(better).map_or(0.5, |(at, _)| at)
}
