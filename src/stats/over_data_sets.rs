//! Arms over several data sets, one number each: what may be tested at that many data sets, and what the tests say
//! (Demšar 2006; Benavoli et al. 2016). What the numbers are, and whether a difference matters, is the caller's to say.

use super::friedman::{Friedman, critical_difference, friedman, mean_ranks, ranks};
use super::hodges_lehmann::{Centre, hodges_lehmann};
use super::holm;
use super::ranks::difference;
use super::signed_rank::{SIGNED_RANK_MIN, SignedRank, signed_rank};

/// Data sets from which two arms are tested: the signed-rank test has no p below 0.0625 at five.
pub const SETS_MIN: usize = SIGNED_RANK_MIN;

/// Data sets from which more than two arms are tested: Friedman's test is an approximation, held to be good from here on
/// (Demšar 2006, section 3.2.2).
pub const SETS_MIN_SEVERAL: usize = 10;

/// What is tested at this many arms and data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Too few data sets, or one arm: the table only.
    Table,
    /// Two arms: the signed-rank test.
    TwoArms,
    /// Friedman's test with the F of Iman and Davenport, and where it finds a difference, pairwise signed-rank tests with Holm's
    /// correction; a critical difference of mean ranks.
    Several,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OverDataSets {
    pub rule: Rule,
    /// `[data set][arm]`, 1 the best, ties the mean of their ranks; `None` where an arm was not measured: such a data set is left out
    /// of everything else.
    pub ranks: Vec<Option<Vec<f64>>>,
    /// Data sets on which every arm was measured.
    pub sets: usize,
    /// By arm, over those; empty without any.
    pub mean_ranks: Vec<f64>,
    pub friedman: Option<Friedman>,
    /// Nemenyi's, where [`Rule::Several`] holds and Friedman's test finds a difference.
    pub critical_difference: Option<f64>,
    /// Each arm with the control, or each two arms.
    pub pairs: Vec<SetPair>,
}

/// Two arms over the data sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetPair {
    /// Indices of arms.
    pub a: usize,
    pub b: usize,
    /// Data sets on which a did better, as well (but for rounding), and worse.
    pub wins: usize,
    pub ties: usize,
    pub losses: usize,
    /// Median of a - b. Infinite where one of them has no number on half of the data sets.
    pub median: f64,
    /// Where a - b is centred, with its interval at 1 - `alpha`; `None` where nothing is tested.
    pub centre: Option<Centre>,
    /// `None` where nothing is tested.
    pub test: Option<SignedRank>,
    /// Holm's correction over all pairs.
    pub p_holm: Option<f64>,
    /// The arm that the tests call better at `alpha`: by the corrected p and, with several arms, not before Friedman's test
    /// finds a difference among them.
    pub better: Option<usize>,
}

impl OverDataSets {
    /// The same without any test: for data sets that are not independent.
    pub fn untested(self) -> OverDataSets {
        let pair = |pair| SetPair { centre: None, test: None, p_holm: None, better: None, ..pair };
        OverDataSets {
            rule: Rule::Table,
            friedman: None,
            critical_difference: None,
            pairs: self.pairs.into_iter().map(pair).collect(),
            ..self
        }
    }

    /// Whether Friedman's test, where there is one, finds a difference at `alpha`.
    pub fn differ(&self, alpha: f64) -> bool {
        self.rule != Rule::Several || self.friedman.is_some_and(|f| f.f_p <= alpha)
    }
}

/// Compares arms by `table[data set][arm]`, one row per data set, all of one length: the value of an arm there; the infinity on the
/// bad side where it never learned, which ranks below every number; NaN where it was not measured.
///
/// - fewer than [`SETS_MIN`] data sets: ranks, nothing tested;
/// - two arms, from [`SETS_MIN`] on: Wilcoxon's signed-rank test;
/// - more arms, from [`SETS_MIN_SEVERAL`] on: Friedman's test with the F of Iman and Davenport, then the signed-rank test of each pair
///   with Holm's correction, and Nemenyi's critical difference. The pairs rest on their own differences, not on mean ranks, which
///   depend on who else is compared (Benavoli et al. 2016, "Should we really use post-hoc tests based on mean-ranks?").
pub fn over_data_sets(
    table: &[Vec<f64>],
    higher_is_better: bool,
    alpha: f64,
    control: Option<usize>,
) -> OverDataSets {
    let complete = |row: &Vec<f64>| row.iter().all(|x| !x.is_nan());
    let by_set: Vec<Option<Vec<f64>>> =
        table.iter().map(|row| complete(row).then(|| ranks(row, higher_is_better))).collect();
    let rows: Vec<&Vec<f64>> = table.iter().filter(|row| complete(row)).collect();
    let ranked: Vec<Vec<f64>> = by_set.iter().flatten().cloned().collect();
    let arms = table.first().map_or(0, Vec::len);
    let rule = match arms {
        2 if rows.len() >= SETS_MIN => Rule::TwoArms,
        3.. if rows.len() >= SETS_MIN_SEVERAL => Rule::Several,
        _ => Rule::Table,
    };
    let mut over = OverDataSets {
        rule,
        ranks: by_set,
        sets: rows.len(),
        mean_ranks: if rows.is_empty() { Vec::new() } else { mean_ranks(&ranked) },
        friedman: (rule == Rule::Several).then(|| friedman(&ranked)).flatten(),
        critical_difference: None,
        pairs: Vec::new(),
    };
    let column = |arm: usize| -> Vec<f64> { rows.iter().map(|row| row[arm]).collect() };
    for (a, b) in wanted(arms, control) {
        let of = pair((a, column(a)), (b, column(b)), higher_is_better);
        let of = if rule == Rule::Table { of } else { tested(of, &column(a), &column(b), alpha) };
        over.pairs.push(of);
    }
    let p: Vec<Option<f64>> = over.pairs.iter().map(|p| p.test.map(|t| t.p)).collect();
    let differ = over.differ(alpha);
    for (pair, p_holm) in over.pairs.iter_mut().zip(holm(&p)) {
        pair.p_holm = p_holm;
        let above = pair.test.is_some_and(|t| t.rank_sum_a > t.rank_sum_b);
        let better = if above == higher_is_better { pair.a } else { pair.b };
        pair.better = (differ && p_holm.is_some_and(|p| p <= alpha)).then_some(better);
    }
    let critical = || critical_difference(arms, rows.len(), alpha);
    over.critical_difference = (rule == Rule::Several && differ).then(critical);
    over
}

/// Each arm with the control as b, or each two arms, the earlier as a.
fn wanted(arms: usize, control: Option<usize>) -> Vec<(usize, usize)> {
    match control {
        Some(control) => (0..arms).filter(|&a| a != control).map(|a| (a, control)).collect(),
        None => (0..arms).flat_map(|a| (a + 1..arms).map(move |b| (a, b))).collect(),
    }
}

fn pair((a, x): (usize, Vec<f64>), (b, y): (usize, Vec<f64>), higher_is_better: bool) -> SetPair {
    // The ranks of two say which is better, but for rounding.
    let place = |(x, y): (&f64, &f64)| ranks(&[*x, *y], higher_is_better)[0];
    let places: Vec<f64> = x.iter().zip(&y).map(place).collect();
    let count = |rank: f64| places.iter().filter(|r| **r == rank).count();
    let mut differences: Vec<f64> = x.iter().zip(&y).map(|(x, y)| difference(*x, *y)).collect();
    differences.sort_by(f64::total_cmp);
    let n = differences.len();
    let median = match n {
        0 => f64::NAN,
        _ if n % 2 == 1 || differences[n / 2 - 1] == differences[n / 2] => differences[n / 2],
        // Half on either side of all numbers: no number lies between.
        _ => Some(f64::midpoint(differences[n / 2 - 1], differences[n / 2]))
            .filter(|m| !m.is_nan())
            .unwrap_or(0.0),
    };
    SetPair {
        a,
        b,
        wins: count(1.0),
        ties: count(1.5),
        losses: count(2.0),
        median,
        centre: None,
        test: None,
        p_holm: None,
        better: None,
    }
}

fn tested(pair: SetPair, x: &[f64], y: &[f64], alpha: f64) -> SetPair {
    let differences: Vec<f64> = x.iter().zip(y).map(|(x, y)| difference(*x, *y)).collect();
    SetPair { centre: hodges_lehmann(&differences, 1.0 - alpha), test: signed_rank(x, y), ..pair }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::friedman::tests::table_6;
    use crate::stats::paired::tests::near;

    fn demsar(sets: usize, arms: &[usize]) -> Vec<Vec<f64>> {
        table_6()[..sets].iter().map(|row| arms.iter().map(|a| row[*a]).collect()).collect()
    }

    #[test]
    fn the_number_of_data_sets_says_what_is_tested() {
        for (sets, arms, rule) in [
            (5, 2, Rule::Table),
            (6, 2, Rule::TwoArms),
            (14, 2, Rule::TwoArms),
            (9, 3, Rule::Table),
            (10, 3, Rule::Several),
            (14, 1, Rule::Table),
        ] {
            let over = over_data_sets(&demsar(sets, &[0, 1, 2][..arms]), true, 0.05, None);
            assert_eq!(over.rule, rule, "{sets} {arms}");
            assert_eq!(over.pairs.iter().all(|p| p.test.is_none()), rule == Rule::Table);
            assert_eq!(over.friedman.is_some(), rule == Rule::Several);
        }
        assert_eq!(over_data_sets(&[], true, 0.05, None).mean_ranks, [0.0; 0]);
    }

    #[test]
    fn two_arms_get_the_signed_rank_test() {
        let over = over_data_sets(&demsar(14, &[1, 0]), true, 0.05, None);
        let pair = over.pairs[0];
        // Demšar 2006, section 3.1.3: p = 0.0078125 (SciPy), C4.5+m ahead on 10, behind on 2, as good on 2.
        assert_eq!((pair.wins, pair.ties, pair.losses, pair.better), (10, 2, 2, Some(0)));
        near(pair.p_holm.unwrap(), 0.0078125);
        // NumPy: median(d).
        near(pair.median, 0.008);
        assert_eq!(over_data_sets(&demsar(14, &[1, 0]), false, 0.05, None).pairs[0].better, Some(1));
    }

    #[test]
    fn several_arms_get_friedmans_test_first() {
        let over = over_data_sets(&demsar(14, &[0, 1, 2, 3]), true, 0.05, None);
        assert_eq!(over.pairs.len(), 6);
        // SciPy 1.17.1: wilcoxon(..., zero_method="pratt", method=PermutationMethod(n_resamples=10**6)) of each pair, then
        // statsmodels 0.15.0: multipletests(p, method="holm").
        let expected = [
            (0.0078125, 0.046875),
            (0.865966796875, 0.900390625),
            (0.01123046875, 0.05615234375),
            (0.052978515625, 0.158935546875),
            (0.4501953125, 0.900390625),
            (0.033447265625, 0.1337890625),
        ];
        for (pair, (p, p_holm)) in over.pairs.iter().zip(expected) {
            near(pair.test.unwrap().p, p);
            near(pair.p_holm.unwrap(), p_holm);
            assert_eq!(pair.better.is_some(), p_holm <= 0.05);
        }
        near(over.critical_difference.unwrap(), critical_difference(4, 14, 0.05));
        // Against a control there are three comparisons, and the control is b.
        let control = over_data_sets(&demsar(14, &[0, 1, 2, 3]), true, 0.05, Some(0));
        assert_eq!(control.pairs.iter().map(|p| (p.a, p.b)).collect::<Vec<_>>(), [(1, 0), (2, 0), (3, 0)]);
    }

    /// The first beats the second by much on 8 of 10 data sets and loses by little on 2, the third comes first or last in turn.
    /// By hand: W = 1 + 2, p = 2 · 5 / 2^10; mean ranks 1.7, 2.3, and 2, chi-square 10 · (0.09 + 0.09).
    #[test]
    fn no_pair_is_decided_where_friedmans_test_finds_nothing() {
        let third = |i: u32| if i.is_multiple_of(2) { 0.1 } else { 0.95 };
        let ahead = (0..8).map(|i| vec![0.53 + 0.01 * f64::from(i), 0.5, third(i)]);
        let behind = (0..2).map(|i| vec![0.5, 0.51 + 0.01 * f64::from(i), third(i)]);
        let over = over_data_sets(&ahead.chain(behind).collect::<Vec<_>>(), true, 0.05, None);
        near(over.friedman.unwrap().chi2, 1.8);
        near(over.pairs[0].p_holm.unwrap(), 3.0 * 10.0 / 1024.0);
        assert_eq!((over.pairs[0].better, over.critical_difference, over.differ(0.05)), (None, None, false));
    }

    #[test]
    fn an_arm_that_never_learned_ranks_last_and_one_not_measured_leaves_its_data_set_out() {
        let (never, unknown) = (f64::NEG_INFINITY, f64::NAN);
        let table = [
            vec![0.9, never],
            vec![0.9, 0.8],
            vec![0.7, 0.8],
            vec![never, never],
            vec![0.9, 0.8],
            vec![0.9, unknown],
            vec![0.9, never],
        ];
        let over = over_data_sets(&table, true, 0.05, None);
        assert_eq!((over.sets, over.rule), (6, Rule::TwoArms));
        assert_eq!(over.ranks[0], Some(vec![1.0, 2.0]));
        assert_eq!((&over.ranks[3], &over.ranks[5]), (&Some(vec![1.5, 1.5]), &None));
        assert_eq!((over.pairs[0].wins, over.pairs[0].ties, over.pairs[0].losses), (4, 1, 1));
        // Differences -0.1, 0, 0.1, 0.1, and two infinite ones.
        near(over.pairs[0].median, 0.1);
    }
}
