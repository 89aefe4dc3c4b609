//! Who trains what: the trials of a round, dealt out to shards so that they cost about the same.
//!
//! It depends on the plan and on what records say of the data, never on what is known already. So whoever reads the records knows
//! which shard a trial belongs to.

use std::cmp::Reverse;
use std::ops::Range;

use super::recording;
use crate::launch::Shard;
use crate::plan::Plan;
use crate::report::DataFacts;
use crate::spec::Budget;
use crate::train;

/// What trials cost, for comparing them with one another.
pub(super) struct Costs {
    /// By trial of the plan.
    seconds: Vec<f64>,
}

impl Costs {
    /// `facts`: of each data section; `section_of`: the section of each configuration.
    pub(super) fn new(plan: &Plan, facts: &[DataFacts], section_of: &[usize]) -> Costs {
        // Of a configuration: whole epochs in its budget, and seconds of one.
        let of = |configuration: usize| {
            let shape = recording::shape(&facts[section_of[configuration]]);
            let configuration = &plan.configurations[configuration].configuration;
            let epochs = match configuration.train.budget {
                Budget::Epochs(n) => n,
                Budget::Steps(n) => n.div_ceil(train::steps_per_epoch(configuration, &shape)),
            };
            (epochs as u64, configuration, shape)
        };
        let mut known: Option<(usize, Option<usize>, f64)> = None;
        let mut seconds = Vec::with_capacity(plan.trials.len());
        for trial in &plan.trials {
            // Trials that differ in their seed follow one another.
            let cost = match known {
                Some((c, until, cost)) if (c, until) == (trial.configuration, trial.until) => cost,
                _ => {
                    let (budget, configuration, shape) = of(trial.configuration);
                    let epochs = trial.until.map_or(budget, |until| budget.min(until as u64));
                    train::seconds(configuration, &shape, epochs)
                }
            };
            known = Some((trial.configuration, trial.until, cost));
            seconds.push(cost);
        }
        Costs { seconds }
    }

    /// Estimated seconds on one thread.
    pub(super) fn of(&self, trial: usize) -> f64 {
        self.seconds[trial]
    }

    /// For each trial of a round, in its order, the index of its shard.
    ///
    /// The dearest first, each goes to the next shard in turn, there and back: so no shard always has the dearer one.
    pub(super) fn dealt(&self, round: Range<usize>, of: usize) -> Vec<usize> {
        let costs = &self.seconds[round];
        let mut sorted: Vec<usize> = (0..costs.len()).collect();
        sorted.sort_by(|a, b| costs[*b].total_cmp(&costs[*a]).then(Reverse(*b).cmp(&Reverse(*a))));
        let mut shard_of = vec![0; costs.len()];
        for (place, trial) in sorted.into_iter().enumerate() {
            let (turn, index) = (place / of, place % of);
            shard_of[trial] = if turn.is_multiple_of(2) { index } else { of - 1 - index };
        }
        shard_of
    }

    /// The trials of a part of a round, ascending.
    pub(super) fn part(&self, round: Range<usize>, shard: Shard) -> Vec<usize> {
        let begin = round.start;
        let dealt = self.dealt(round, shard.of).into_iter().enumerate();
        dealt.filter(|(_, index)| *index == shard.index).map(|(trial, _)| begin + trial).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete_and_cost_about_the_same() {
        // Dear and cheap trials in turn: every second one would be the dear half.
        let seconds: Vec<f64> =
            (0..101).map(|i| if i % 2 == 0 { 1000.0 } else { 10.0 + f64::from(i) }).collect();
        let costs = Costs { seconds };
        for of in [1, 2, 3, 7, 101, 200] {
            let parts: Vec<Vec<usize>> =
                (0..of).map(|index| costs.part(0..101, Shard { index, of })).collect();
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..101).collect::<Vec<usize>>(), "each trial in one of {of} parts");
            assert!(parts.iter().all(|p| p.is_sorted()));
            let sums: Vec<f64> = parts.iter().map(|p| p.iter().map(|t| costs.of(*t)).sum()).collect();
            let (least, most) =
                (sums.iter().copied().reduce(f64::min), sums.iter().copied().reduce(f64::max));
            let apart = most.unwrap() - least.unwrap();
            assert!(apart <= 1000.0, "parts differ by less than a trial: {apart}");
        }
        // A later round begins where the one before ended.
        assert_eq!(costs.part(99..101, Shard { index: 0, of: 2 }), [100]);
    }
}
