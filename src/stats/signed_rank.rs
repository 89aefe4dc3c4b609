//! Wilcoxon's signed-rank test of paired values: exact with ties and zeros, rank sums told as Demšar does.

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::ranks::{chosen_sums, difference, midranks, rounding};

/// Fewer pairs than this get no signed-rank test: with five, the smallest two-sided p is 2 / 2⁵ = 0.0625.
pub const SIGNED_RANK_MIN: usize = 6;

/// Up to this many pairs all sign patterns are counted; above, the sum of ranks is held to be normal.
const EXACT_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Pairs, equal ones among them.
    pub n: usize,
    /// Sums of the ranks of |a - b| where a, and where b, is the larger; ranks of equal pairs go half to each.
    pub rank_sum_a: f64,
    pub rank_sum_b: f64,
    /// Two-sided.
    pub p: f64,
}

impl SignedRank {
    /// W, the smaller of the rank sums (T in Demšar 2006; the statistic of `scipy.stats.wilcoxon`).
    pub fn statistic(&self) -> f64 {
        self.rank_sum_a.min(self.rank_sum_b)
    }
}

/// Wilcoxon's signed-rank test (1945) that a - b is symmetric about 0, by |a - b| ranked with midranks.
///
/// Equal pairs keep their (lowest) ranks, and have no sign to flip (Pratt 1959; `zero_method="pratt"` in SciPy): a pair that is equal
/// speaks for equality, and leaving it out (Wilcoxon's own way, the default of SciPy and R) would not let it. Demšar (2006) splits
/// the ranks of equal pairs among both sums, which moves both by the same amount, so that p is that of Pratt.
///
/// p is the share of the 2ᵐ sign patterns of the m unequal pairs whose rank sums lie at least as far apart as those seen: exact for
/// any ties, by dynamic programming over doubled midranks. Above 100 pairs normal, variance Σ rank² / 4 (which is the usual variance
/// with its corrections for ties and zeros), without continuity correction. Infinite values are allowed, and rank as such;
/// a pair with NaN is left out. `None` below [`SIGNED_RANK_MIN`] pairs.
pub fn signed_rank(a: &[f64], b: &[f64]) -> Option<SignedRank> {
    let pairs: Vec<(f64, f64)> =
        a.iter().copied().zip(b.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect();
    if pairs.len() < SIGNED_RANK_MIN {
        return None;
    }
    let errors: Vec<f64> = pairs.iter().map(|(x, y)| rounding(*x, *y)).collect();
    let differences: Vec<f64> = pairs.iter().map(|(x, y)| difference(*x, *y)).collect();
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let ranks = midranks(&sizes, &errors);
    let sum = |wanted: fn(&f64) -> bool| -> f64 {
        differences.iter().zip(&ranks).filter(|(d, _)| wanted(d)).map(|(_, rank)| rank).sum()
    };
    let (above, below, half) = (sum(|d| *d > 0.0), sum(|d| *d < 0.0), sum(|d| *d == 0.0) / 2.0);
    let signed: Vec<f64> =
        differences.iter().zip(&ranks).filter(|(d, _)| **d != 0.0).map(|(_, rank)| *rank).collect();
    let p = if pairs.len() <= EXACT_MAX {
        exact_p(&signed, above.min(below))
    } else {
        normal_p(&signed, above - below)
    };
    Some(SignedRank { n: pairs.len(), rank_sum_a: above + half, rank_sum_b: below + half, p })
}

/// Twice the probability that the ranks whose fair coin says so sum to at most `smaller`.
fn exact_p(ranks: &[f64], smaller: f64) -> f64 {
    // A midrank is a multiple of one half.
    let doubled: Vec<usize> = ranks.iter().map(|r| (2.0 * r).round() as usize).collect();
    let tail: f64 = chosen_sums(&doubled)[..=(2.0 * smaller).round() as usize].iter().sum();
    (2.0 * tail).min(1.0)
}

fn normal_p(ranks: &[f64], between: f64) -> f64 {
    let squares: f64 = ranks.iter().map(|r| r * r).sum();
    if squares == 0.0 {
        return 1.0;
    }
    2.0 * Normal::standard().cdf(-between.abs() / squares.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::{A, B, near};

    #[track_caller]
    fn of(differences: &[f64]) -> SignedRank {
        signed_rank(differences, &vec![0.0; differences.len()]).unwrap()
    }

    #[test]
    fn without_ties_it_is_the_exact_test_of_scipy() {
        // SciPy 1.17.1: wilcoxon(d, method="exact").
        let cases: [(&[f64], f64, f64); 3] = [
            (&[1.1, -2.3, 0.4, 3.9, 2.2, 5.1], 4.0, 0.21875),
            (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 0.0, 0.0078125),
            (&[0.7, -1.3, 2.1, -0.2, 0.9, 1.6, -2.4, 3.3, 0.5, 1.2], 16.0, 0.275390625),
        ];
        for (differences, statistic, p) in cases {
            let test = of(differences);
            near(test.statistic(), statistic);
            near(test.p, p);
        }
        let thirty: Vec<f64> = (0..30).map(|i| f64::from((i * 17) % 31) - 11.75).collect();
        near(of(&thirty).statistic(), 146.0);
        near(of(&thirty).p, 0.07672121562063694);
    }

    #[test]
    fn with_ties_and_zeros_it_is_the_permutation_test_of_scipy() {
        // SciPy 1.17.1: wilcoxon(d, zero_method="pratt", method=PermutationMethod(n_resamples=10**6)), which takes all 2^n patterns;
        // the rank sums are those of zero_method="zsplit".
        let test = signed_rank(&A, &B).unwrap();
        assert_eq!((test.rank_sum_a, test.rank_sum_b), (48.0, 7.0));
        near(test.p, 0.04296875);
        let test = of(&[2.0, -2.0, 0.0, 0.0, 0.0, 1.0, 3.0, 3.0, -1.0, 5.0, 2.0, 0.0]);
        assert_eq!((test.rank_sum_a, test.rank_sum_b), (59.5, 18.5));
        near(test.p, 0.125);
    }

    #[test]
    fn many_pairs_are_held_to_be_normal() {
        // 101 differences with ties and zeros, i -> (7 i mod 23) - 9.5 + i / 50 rounded down.
        // SciPy 1.17.1: wilcoxon(d, zero_method="pratt", method="asymptotic", correction=False).
        let many: Vec<f64> =
            (0..101).map(|i| (f64::from((7 * i) % 23) - 9.5 + f64::from(i) / 50.0).floor()).collect();
        let test = of(&many);
        assert_eq!((test.rank_sum_a, test.rank_sum_b), (3351.0, 1800.0));
        near(test.p, 0.00855886908894611);
    }

    #[test]
    fn what_is_never_reached_ranks_beyond_every_number() {
        // Ranks 1 to 5, and 6 for the infinite one, all of one sign: p = 2 / 2^6.
        assert_eq!(of(&[0.1, 0.2, 0.3, 0.4, 0.5, f64::INFINITY]).p, 0.03125);
        // Equal where neither was reached: five signs are left, p = 2 / 2^5.
        let worst = f64::NEG_INFINITY;
        let test = signed_rank(&[0.1, 0.2, 0.3, 0.4, 0.5, worst], &[0.0, 0.0, 0.0, 0.0, 0.0, worst]).unwrap();
        assert_eq!((test.rank_sum_a, test.rank_sum_b, test.p), (20.5, 0.5, 0.0625));
    }

    #[test]
    fn few_pairs_get_no_test_and_equal_ones_no_difference() {
        assert_eq!(signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN], &[0.0; 6]), None);
        assert_eq!(of(&[0.0; 6]).p, 1.0);
        assert_eq!(of(&[0.0; 200]).p, 1.0);
        // Ten times 0.1 + 0.2 against 0.3: rounding is no difference.
        assert_eq!(signed_rank(&[0.1 + 0.2; 10], &[0.3; 10]).unwrap().p, 1.0);
    }

    /// Both routes on the same ranks: what dynamic programming counts is what a walk over all patterns counts.
    #[test]
    fn counting_is_that_of_every_pattern_by_itself() {
        let ranks = [1.5, 1.5, 3.0, 4.5, 4.5, 6.0, 7.0];
        for doubled in 0..=28 {
            let smaller = f64::from(doubled) / 2.0;
            let low = (0..1u32 << 7)
                .filter(|signs| {
                    (0..7).filter(|i| signs >> i & 1 == 1).map(|i| ranks[i]).sum::<f64>() <= smaller
                })
                .count();
            assert_eq!(exact_p(&ranks, smaller), (2.0 * low as f64 / 128.0).min(1.0), "{smaller}");
        }
    }
}
