//! Two samples measured on the same seeds: the difference, its interval, an exact test, and an effect size.

use super::interval::{Interval, corrected_factor, corrected_interval, mean_interval, t_p};
use super::ranks::ROUNDING;
use super::signed_rank::signed_rank;
use super::summary::{mean, sd};
use super::{SEEDS_MIN, power};
use crate::rng::{Purpose, stream};

/// Seed and number of the Monte Carlo draws that stand in for all 2ⁿ sign patterns above [`EXACT_PAIRS`] pairs.
pub const PERMUTATION_SEED: u64 = 0;
pub const PERMUTATION_DRAWS: usize = 99_999;
pub const EXACT_PAIRS: usize = 20;

/// Whether the pairs are independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Folds {
    /// One split per seed: pairs are independent.
    Independent,
    /// Results of cross-validation: the variance is corrected for shared training rows. `ratio` is that of test to training rows.
    Shared { ratio: f64 },
}

/// A paired comparison, `a - b` on each pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    pub n: usize,
    pub mean_a: f64,
    pub mean_b: f64,
    /// Mean difference.
    pub delta: f64,
    /// Standard deviation of the differences (n - 1).
    pub sd: Option<f64>,
    /// Of the mean difference; `None` below [`SEEDS_MIN`] pairs.
    pub interval: Option<Interval>,
    /// Two-sided, of the t test that belongs to the interval: at most 1 - confidence exactly where the interval excludes 0.
    /// `None` below [`SEEDS_MIN`].
    pub p: Option<f64>,
    /// Two-sided, see [`sign_flip`]: rests on no distribution. `None` below [`SEEDS_MIN`] and for folds, which are not exchangeable.
    pub p_sign_flip: Option<f64>,
    /// Two-sided, of Wilcoxon's signed-rank test, see [`signed_rank`]: rests on symmetry alone, and on no single difference much.
    /// `None` below [`super::SIGNED_RANK_MIN`] and for folds.
    pub p_wilcoxon: Option<f64>,
    /// Cohen's d_z = mean / sd of the differences; `None` when they do not vary.
    pub d_z: Option<f64>,
}

impl Paired {
    /// See [`power::more_seeds`]; `None` for folds, whose shared rows more seeds cannot separate.
    pub fn more_seeds(&self, rope: f64, confidence: f64, folds: Folds, comparisons: usize) -> Option<usize> {
        match folds {
            Folds::Independent => {
                power::more_seeds(self.delta, self.sd?, rope, self.n, confidence, comparisons)
            }
            Folds::Shared { .. } => None,
        }
    }
}

/// Compares pairs `(a[i], b[i])`; a pair with a value that is not finite is left out. `None` without a pair.
pub fn compare(a: &[f64], b: &[f64], confidence: f64, folds: Folds) -> Option<Paired> {
    let pairs: Vec<(f64, f64)> =
        a.iter().copied().zip(b.iter().copied()).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let mut differences: Vec<f64> = pairs.iter().map(|(x, y)| x - y).collect();
    let delta = mean(&differences)?;
    let largest = pairs.iter().fold(0.0f64, |m, (x, y)| m.max(x.abs()).max(y.abs()));
    if sd(&differences).is_some_and(|s| s <= ROUNDING * largest) {
        differences.fill(delta);
    }
    let spread = sd(&differences);
    let n = differences.len();
    let enough = n >= SEEDS_MIN;
    let (interval, ratio) = match folds {
        Folds::Independent => (mean_interval(&differences, confidence), 0.0),
        Folds::Shared { ratio } => (corrected_interval(&differences, ratio, confidence), ratio),
    };
    let independent = folds == Folds::Independent;
    Some(Paired {
        n,
        mean_a: mean(&a)?,
        mean_b: mean(&b)?,
        delta,
        sd: spread,
        interval: interval.filter(|_| enough),
        p: t_test(&differences, ratio).filter(|_| enough),
        p_sign_flip: if independent && enough { sign_flip(&differences) } else { None },
        p_wilcoxon: if independent { signed_rank(&a, &b) } else { None }.map(|test| test.p),
        d_z: spread.filter(|s| *s > 0.0).map(|s| delta / s),
    })
}

/// t test that the mean is 0: Student's at a ratio of 0, else the corrected resampled one; see [`corrected_interval`].
/// 1 when every value is 0, 0 when every value is the same other one.
fn t_test(differences: &[f64], ratio: f64) -> Option<f64> {
    let (center, spread) = (mean(differences)?, sd(differences)?);
    if center == 0.0 {
        return Some(1.0);
    }
    let n = differences.len();
    Some(t_p(center / (spread * corrected_factor(n, ratio).sqrt()), n - 1))
}

/// Two-sided p that the differences are symmetric about 0: the share of the 2ⁿ sign patterns whose sum is at least as far from 0
/// as the one seen (Fisher 1935; `scipy.stats.permutation_test(..., permutation_type="samples")`). All patterns up to n = 20;
/// above, [`PERMUTATION_DRAWS`] patterns drawn with [`PERMUTATION_SEED`], p = (hits + 1) / (draws + 1). `None` when empty.
pub fn sign_flip(differences: &[f64]) -> Option<f64> {
    let total: f64 = differences.iter().map(|d| d.abs()).sum();
    if differences.is_empty() || !total.is_finite() {
        return None;
    }
    // Equal sums may differ in their last bits; such a pattern is as far as the one seen.
    let seen = differences.iter().sum::<f64>().abs() - 1e-9 * total;
    if differences.len() <= EXACT_PAIRS {
        // Sums come in pairs of opposite sign, so half of the patterns are enough: the first sign stays.
        let hits = far_patterns(&differences[1..], differences[0], seen);
        return Some(hits as f64 / (1u64 << (differences.len() - 1)) as f64);
    }
    let mut random = stream(PERMUTATION_SEED, Purpose::Statistics, 0);
    let flipped = |random: &mut crate::rng::Stream| -> f64 {
        differences.iter().map(|d| if random.unit() < 0.5 { -d } else { *d }).sum()
    };
    let hits = (0..PERMUTATION_DRAWS).filter(|_| flipped(&mut random).abs() >= seen).count();
    Some((hits + 1) as f64 / (PERMUTATION_DRAWS + 1) as f64)
}

/// How many sign patterns of `rest` bring `sum` at least `seen` away from 0.
fn far_patterns(rest: &[f64], sum: f64, seen: f64) -> u64 {
    match rest {
        [] => u64::from(sum.abs() >= seen),
        [first, rest @ ..] => far_patterns(rest, sum + first, seen) + far_patterns(rest, sum - first, seen),
    }
}

/// Holm's correction (1979) of p values for their number, in the order given. What is `None` stays so and is not counted.
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| p[i].is_some_and(|x| !x.is_nan())).collect();
    order.sort_by(|&i, &j| p[i].unwrap_or(1.0).total_cmp(&p[j].unwrap_or(1.0)));
    let mut corrected = vec![None; p.len()];
    let mut floor = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        floor = floor.max((order.len() - rank) as f64 * p[i].unwrap_or(1.0)).min(1.0);
        corrected[i] = Some(floor);
    }
    corrected
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Made-up accuracies of two arms on ten seeds; SciPy was given the same.
    pub(in crate::stats) const A: [f64; 10] = [0.93, 0.97, 0.90, 1.0, 0.93, 0.97, 0.87, 0.93, 0.97, 0.90];
    pub(in crate::stats) const B: [f64; 10] = [0.90, 0.93, 0.90, 0.93, 0.97, 0.93, 0.83, 0.90, 0.90, 0.87];
    pub(in crate::stats) const DIFFERENCES: [f64; 10] =
        [0.02, 0.01, 0.03, -0.01, 0.02, 0.04, 0.0, 0.01, 0.03, 0.02];

    /// Within 1e-9 relative: inverse and tail functions of two libraries agree to about 1e-12 there.
    #[track_caller]
    pub(in crate::stats) fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found} against {expected}");
    }

    #[test]
    fn a_paired_comparison_is_that_of_scipy() {
        // SciPy 1.17.1: ttest_rel(A, B).confidence_interval(0.95); permutation_test((A - B,), mean, "samples").
        let paired = compare(&A, &B, 0.95, Folds::Independent).unwrap();
        near(paired.delta, 0.031);
        near(paired.sd.unwrap(), 0.03212821536005727);
        near(paired.d_z.unwrap(), 0.9648839704473624);
        near(paired.interval.unwrap().low, 0.008016859265670237);
        near(paired.interval.unwrap().high, 0.05398314073432975);
        // ttest_rel(A, B).pvalue.
        near(paired.p.unwrap(), 0.013765464490432394);
        near(paired.p_sign_flip.unwrap(), 0.03125);
        // wilcoxon(A - B, zero_method="pratt", method=PermutationMethod(n_resamples=10**6)).
        near(paired.p_wilcoxon.unwrap(), 0.04296875);
    }

    #[test]
    fn folds_get_the_corrected_test() {
        // By the formula with NumPy and scipy.stats.t.sf, 5 folds, 2 repeats.
        let folds = Folds::Shared { ratio: 0.25 };
        let paired = compare(&DIFFERENCES, &[0.0; 10], 0.95, folds).unwrap();
        near(paired.p.unwrap(), 0.0866643925120942);
        assert_eq!((paired.p_sign_flip, paired.p_wilcoxon), (None, None));
        assert_eq!(paired.more_seeds(0.0, 0.95, folds, 1), None);
    }

    #[test]
    fn few_pairs_get_values_and_no_test() {
        let paired = compare(&A[..4], &B[..4], 0.95, Folds::Independent).unwrap();
        assert_eq!((paired.n, paired.interval, paired.p, paired.p_sign_flip), (4, None, None, None));
        let five = compare(&A[..5], &B[..5], 0.95, Folds::Independent).unwrap();
        assert!(five.p_sign_flip.is_some() && five.p_wilcoxon.is_none());
        assert_eq!(compare(&[f64::NAN], &[1.0], 0.95, Folds::Independent), None);
    }

    #[test]
    fn differences_that_do_not_vary_have_no_effect_size() {
        let same = compare(&A, &A, 0.95, Folds::Independent).unwrap();
        assert_eq!((same.delta, same.d_z, same.p), (0.0, None, Some(1.0)));
        assert_eq!(same.interval, Some(Interval { low: 0.0, high: 0.0 }));
        // Lower by 0.1 everywhere: the last bits of the differences are no spread.
        let lower: Vec<f64> = A.iter().map(|a| a - 0.1).collect();
        let shifted = compare(&A, &lower, 0.95, Folds::Independent).unwrap();
        near(shifted.delta, 0.1);
        assert_eq!((shifted.sd, shifted.d_z, shifted.p), (Some(0.0), None, Some(0.0)));
        assert_eq!(shifted.interval, Some(Interval { low: shifted.delta, high: shifted.delta }));
    }

    #[test]
    fn sign_flips_count_by_hand() {
        // Five equal differences: only all plus and all minus are as far, 2 / 32.
        assert_eq!(sign_flip(&[0.1; 5]), Some(0.0625));
        // |sum| = 6 only for +++ and ---: 2 / 8.
        assert_eq!(sign_flip(&[1.0, 2.0, 3.0]), Some(0.25));
        // Sums of ±3 ±2 ±1: 6, 4, 2, 0, 0, -2, -4, -6; six of eight are at least 2 away.
        assert_eq!(sign_flip(&[3.0, -2.0, 1.0]), Some(0.75));
    }

    #[test]
    fn drawn_patterns_agree_with_all_patterns() {
        // 21 values, one of them 0: its sign does not matter, so the exact p is that of the other 20.
        let twenty: Vec<f64> =
            (0..20).map(|i| f64::from((i * 7) % 11) / 10.0 - 0.35 + f64::from(i) / 1000.0).collect();
        let exact = sign_flip(&twenty).unwrap();
        let drawn = sign_flip(&[twenty.as_slice(), &[0.0]].concat()).unwrap();
        // Five standard errors of a share of 99,999 draws.
        assert!((exact - drawn).abs() < 5.0 * (exact * (1.0 - exact) / 99_999.0).sqrt(), "{exact} {drawn}");
    }

    #[test]
    fn holm_is_that_of_statsmodels() {
        // statsmodels 0.15.0: multipletests([0.01, 0.04, 0.03, 0.005], method="holm").
        let corrected = holm(&[Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)]);
        for (found, expected) in corrected.iter().zip([Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)])
        {
            assert_eq!(found.is_some(), expected.is_some());
            near(found.unwrap_or(1.0), expected.unwrap_or(1.0));
        }
    }
}
