//! Statistics: pure functions on slices of `f64`. Summaries, intervals, paired comparison, tests, power, verdict, several data sets.
//!
//! Sources and reasons stand in each function; reference values in the tests are from SciPy 1.17.1 and statsmodels 0.15.0.
//! Nothing here knows trials, metrics, or files, and nothing panics on empty, constant, or non-finite input:
//! where a number is not defined the result is `None`. There is deliberately no percentile bootstrap, whose nominal 95 %
//! intervals cover 71 % at n = 3 and 84 % at n = 5.

mod expected_best;
mod friedman;
mod hodges_lehmann;
mod interval;
mod over_data_sets;
mod paired;
mod power;
mod ranks;
mod shares;
mod signed_rank;
mod studentized_range;
mod summary;
mod verdict;

pub use expected_best::expected_best;
pub use friedman::{Friedman, critical_difference, friedman, mean_ranks, ranks};
pub use hodges_lehmann::{Centre, hodges_lehmann};
pub use interval::{Interval, corrected_interval, mean_interval, t_quantile};
pub use over_data_sets::{OverDataSets, Rule, SETS_MIN, SETS_MIN_SEVERAL, SetPair, over_data_sets};
pub use paired::{EXACT_PAIRS, Folds, PERMUTATION_DRAWS, PERMUTATION_SEED, Paired, compare, holm, sign_flip};
pub use power::{SEEDS_LIMIT, decision_power, more_seeds, noether_seeds};
pub use shares::{Superiority, mcnemar, newcombe, superiority, wilson};
pub use signed_rank::{SIGNED_RANK_MIN, SignedRank, signed_rank};
pub use summary::{Summary, mean, median, quantile, sd, summary};
pub use verdict::{Verdict, verdict};

/// Fewer values than this get no interval and no test, only the values themselves: with four pairs the smallest two-sided
/// sign-flip p is 0.125, and a Student-t interval rests on a guess of the spread.
pub const SEEDS_MIN: usize = 5;
