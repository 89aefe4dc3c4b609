//! Rungs: many configurations train for a little, the best of them for longer, until few have their whole budget.
//!
//! A rung waits for all of its configurations before any goes on (where ASHA, Li et al. 2020, promotes whoever comes first), so
//! that the same ones are promoted however many train at once.

use super::{Ask, Score, Search, ranking};
use crate::catalog::{Default, Kind, Param, Role};
use crate::spec::Point;

/// The parameter of every sampler with rungs.
pub(super) const REDUCTION: Param = Param {
    key: "reduction",
    kind: Kind::Count { min: 2, max: 100 },
    role: Role::Structural,
    default: Default::Count(3),
    docs: "One of so many configurations goes on, for so many times the epochs.",
};

/// How long a first rung is at least.
pub(super) const fn min_epochs(default: Default, docs: &'static str) -> Param {
    let kind = Kind::Count { min: 1, max: 10_000_000 };
    Param { key: "min_epochs", kind, role: Role::Structural, default, docs }
}

/// One ladder: rung after rung.
#[derive(Clone, Debug)]
pub(super) struct Bracket {
    /// Those that train on the current rung.
    members: Vec<Point>,
    /// Rungs from the current one up: how many configurations, and until which epoch (`None`: the whole budget).
    rungs: Vec<(usize, Option<usize>)>,
}

impl Bracket {
    /// `rungs` rungs above the first; each keeps one of `reduction` configurations and trains `reduction` times as long, the last one
    /// for `epochs` (Jamieson and Talwalkar 2016; Li et al. 2018, algorithm 1).
    pub(super) fn new(members: Vec<Point>, rungs: u32, reduction: u64, epochs: usize) -> Bracket {
        let count = members.len() as u64;
        let rung = |i: u32| {
            let kept = (count / reduction.saturating_pow(i)).max(1) as usize;
            let share = reduction.saturating_pow(rungs - i) as f64;
            let until = ((epochs as f64 / share).round() as usize).max(1);
            (kept, (i < rungs && until < epochs).then_some(until))
        };
        Bracket { members, rungs: (0..=rungs).map(rung).collect() }
    }

    fn most(&self) -> usize {
        self.rungs.iter().map(|(count, _)| count).sum()
    }
}

/// Ladders side by side.
#[derive(Debug)]
pub(super) struct Rungs {
    pub(super) brackets: Vec<Bracket>,
    most: usize,
}

impl Rungs {
    pub(super) fn search(brackets: Vec<Bracket>) -> Box<dyn Search> {
        Box::new(Rungs { most: brackets.iter().map(Bracket::most).sum(), brackets })
    }
}

impl Search for Rungs {
    fn ask(&mut self) -> Vec<Ask> {
        let of = |bracket: &Bracket| -> Vec<Ask> {
            let Some((_, until)) = bracket.rungs.first() else { return Vec::new() };
            bracket.members.iter().map(|point| Ask { point: point.clone(), until: *until }).collect()
        };
        self.brackets.iter().flat_map(of).collect()
    }

    fn tell(&mut self, scores: &[Score]) {
        let mut rest = scores;
        for bracket in &mut self.brackets {
            if bracket.rungs.is_empty() {
                continue;
            }
            let (own, others) = rest.split_at(bracket.members.len().min(rest.len()));
            rest = others;
            bracket.rungs.remove(0);
            let kept = bracket.rungs.first().map_or(0, |(count, _)| *count);
            let mut best: Vec<usize> = ranking(own).into_iter().take(kept).collect();
            // In the order in which they were drawn.
            best.sort_unstable();
            bracket.members = best.into_iter().map(|i| bracket.members[i].clone()).collect();
        }
    }

    fn most(&self) -> usize {
        self.most
    }

    fn rounds_left(&self) -> usize {
        self.brackets.iter().map(|b| b.rungs.len()).max().unwrap_or(0).saturating_sub(1)
    }
}

/// ⌊log_b x⌋ for x ≥ 1, exactly.
pub(super) fn whole_logarithm(x: u64, base: u64) -> u32 {
    let mut power = 0;
    while base.checked_pow(power + 1).is_some_and(|p| p <= x) {
        power += 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Coordinate;

    fn point(i: usize) -> Point {
        vec![Some(Coordinate::Listed(i))]
    }

    fn told(mean: f64) -> Score {
        Score { failed: 0, mean }
    }

    /// Li et al. 2018, table 1: R = 81, eta = 3, bracket s = 4: 81 at 1, 27 at 3, 9 at 9, 3 at 27, 1 at 81.
    #[test]
    fn a_ladder_is_that_of_the_paper() {
        let bracket = Bracket::new((0..81).map(point).collect(), 4, 3, 81);
        assert_eq!(bracket.rungs, [(81, Some(1)), (27, Some(3)), (9, Some(9)), (3, Some(27)), (1, None)]);
        assert_eq!(bracket.most(), 121);
    }

    #[test]
    fn the_best_go_on_and_equals_in_the_order_they_were_drawn() {
        let mut search = Rungs::search(vec![Bracket::new((0..4).map(point).collect(), 1, 2, 10)]);
        let untils: Vec<_> = search.ask().iter().map(|a| a.until).collect();
        assert_eq!(untils, [Some(5); 4]);
        search.tell(&[told(0.2), told(0.9), Score { failed: 1, mean: 1.0 }, told(0.2)]);
        let asked = search.ask();
        assert_eq!(asked, [0, 1].map(|i| Ask { point: point(i), until: None }));
        search.tell(&[told(0.5), told(0.6)]);
        assert!(search.ask().is_empty());
    }

    #[test]
    fn logarithms_are_exact_at_powers() {
        assert_eq!([1, 2, 3, 8, 9, 80, 81, 243].map(|x| whole_logarithm(x, 3)), [0, 0, 1, 1, 2, 3, 4, 5]);
        assert_eq!(whole_logarithm(u64::MAX, 2), 63);
    }
}
