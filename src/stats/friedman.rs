//! Friedman's test of several arms over data sets, with the F of Iman and Davenport.

use statrs::distribution::{ChiSquared, ContinuousCDF as _, FisherSnedecor};

use super::ranks::{ROUNDING, midranks};
use super::studentized_range;

/// Whether some of k arms are ranked better than others over N data sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Friedman {
    /// Friedman's chi-square (1937), corrected for ties as `scipy.stats.friedmanchisquare`; k - 1 degrees of freedom.
    pub chi2: f64,
    pub p: f64,
    /// F of Iman and Davenport (1980), with k - 1 and (k - 1)(N - 1) degrees of freedom; infinite where all rows rank alike.
    pub f: f64,
    pub f_p: f64,
    /// What chi-square was divided by for ties: 1 without any. Demšar (2006) makes no correction: his is `chi2 * ties`.
    pub ties: f64,
}

/// The ranks of one row of values, 1 the best; equal ones (but for rounding) share the mean of their ranks.
pub fn ranks(row: &[f64], higher_is_better: bool) -> Vec<f64> {
    let ascending: Vec<f64> = row.iter().map(|x| if higher_is_better { -x } else { *x }).collect();
    let error = |x: &f64| if x.is_finite() { ROUNDING * x.abs() } else { 0.0 };
    midranks(&ascending, &row.iter().map(error).collect::<Vec<_>>())
}

/// The mean of each column.
pub fn mean_ranks(ranks: &[Vec<f64>]) -> Vec<f64> {
    let arms = ranks.first().map_or(0, Vec::len);
    (0..arms).map(|arm| ranks.iter().map(|row| row[arm]).sum::<f64>() / ranks.len() as f64).collect()
}

/// Friedman's test of `ranks[data set][arm]`: χ² = (12 N / (k (k + 1)) · Σ (R̄ - (k + 1) / 2)²) / c with
/// c = 1 - Σ (t³ - t) / (N (k³ - k)) over groups of t ties in a row; F = (N - 1) χ² / (N (k - 1) - χ²), which with that correction
/// is the F of a two-way analysis of variance of the ranks. `None` below two rows or two arms, and when all arms tie everywhere.
pub fn friedman(ranks: &[Vec<f64>]) -> Option<Friedman> {
    let (n, arms) = (ranks.len() as f64, ranks.first()?.len());
    if ranks.len() < 2 || arms < 2 {
        return None;
    }
    let k = arms as f64;
    // Σ rank² of a row without ties is k (k + 1) (2k + 1) / 6; each group of t ties takes (t³ - t) / 12 from it.
    let squares: f64 = ranks.iter().flatten().map(|r| r * r).sum();
    let ties = 1.0 - 12.0 * (k * (k + 1.0) * (2.0 * k + 1.0) / 6.0 - squares / n) / (k * k * k - k);
    if ties < 1e-9 {
        return None;
    }
    let spread: f64 = mean_ranks(ranks).iter().map(|r| (r - (k + 1.0) / 2.0).powi(2)).sum();
    let chi2 = 12.0 * n / (k * (k + 1.0)) * spread / ties;
    let left = n * (k - 1.0) - chi2;
    let f = if left < 1e-9 * chi2 { f64::INFINITY } else { (n - 1.0) * chi2 / left };
    let chi_squared = ChiSquared::new(k - 1.0).ok()?;
    let snedecor = FisherSnedecor::new(k - 1.0, (k - 1.0) * (n - 1.0)).ok()?;
    let f_p = if f.is_finite() { snedecor.sf(f) } else { 0.0 };
    Some(Friedman { chi2, p: chi_squared.sf(chi2), f, f_p, ties })
}

/// Nemenyi's critical difference (1963; Demšar 2006, section 3.2.2): mean ranks of two of `arms` arms over `sets` data sets that
/// lie further apart differ at level `alpha` for all pairs together. q(alpha) · √(k (k + 1) / (6 N)), q the point of the
/// studentized range for infinite degrees of freedom, over √2. `arms` ≥ 2, `sets` ≥ 1, `alpha` in (0, 1).
pub fn critical_difference(arms: usize, sets: usize, alpha: f64) -> f64 {
    let k = arms as f64;
    let q = studentized_range::quantile(arms, 1.0 - alpha) / core::f64::consts::SQRT_2;
    q * (k * (k + 1.0) / (6.0 * sets as f64)).sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::stats::paired::tests::near;
    use crate::stats::signed_rank;

    /// AUC of C4.5, C4.5+m, C4.5+cf, and C4.5+m+cf on 14 data sets: table 6 of Demšar (2006, "Statistical comparisons of classifiers
    /// over multiple data sets"). It prints .975 twice for voting (the 13th) and ranks them 2 and 3, so one is written .9751 here.
    /// NumPy and SciPy give the paper's mean ranks, rank sums, and statistics from these numbers.
    pub(in crate::stats) fn table_6() -> Vec<Vec<f64>> {
        let table = include_str!("../../tests/golden/demsar_2006.csv");
        table.lines().skip(1).map(|row| row.split(',').map(|x| x.parse().unwrap()).collect()).collect()
    }

    pub(in crate::stats) fn column(arm: usize) -> Vec<f64> {
        table_6().iter().map(|row| row[arm]).collect()
    }

    /// As printed: half a unit of the last digit.
    #[track_caller]
    fn printed(found: f64, expected: f64, unit: f64) {
        assert!((found - expected).abs() <= 0.5 * unit, "{found} against {expected}");
    }

    #[test]
    fn two_classifiers_are_compared_as_in_demsar_section_3_1_3() {
        // R+ = 93 for C4.5+m, R- = 12, z = -2.54.
        let test = signed_rank(&column(1), &column(0)).unwrap();
        assert_eq!((test.rank_sum_a, test.rank_sum_b, test.statistic()), (93.0, 12.0, 12.0));
        let z = (test.statistic() - 14.0 * 15.0 / 4.0) / (14.0f64 * 15.0 * 29.0 / 24.0).sqrt();
        printed(z, -2.54, 0.01);
        // SciPy 1.17.1: wilcoxon(d, zero_method="pratt", method=PermutationMethod(n_resamples=10**6)).
        near(test.p, 0.0078125);
    }

    #[test]
    fn four_classifiers_are_compared_as_in_demsar_section_3_2_2() {
        let table: Vec<Vec<f64>> = table_6().iter().map(|row| ranks(row, true)).collect();
        for (found, expected) in mean_ranks(&table).into_iter().zip([3.143, 2.000, 2.893, 1.964]) {
            printed(found, expected, 0.001);
        }
        let test = friedman(&table).unwrap();
        // Without a correction for ties the paper prints 9.28 and 3.69.
        let chi2 = test.chi2 * test.ties;
        printed(chi2, 9.28, 0.01);
        printed(13.0 * chi2 / (14.0 * 3.0 - chi2), 3.69, 0.01);
        // Nemenyi's critical differences at 0.05 and 0.10.
        printed(critical_difference(4, 14, 0.05), 1.25, 0.01);
        printed(critical_difference(4, 14, 0.10), 1.12, 0.01);
        // SciPy 1.17.1: friedmanchisquare(*columns).
        near(test.chi2, 10.228346456692925);
        near(test.p, 0.016721580328441323);
        // statsmodels 0.15.0: anova_lm(ols("rank ~ C(arm) + C(set)")) of the ranks.
        near(test.f, 4.185130111524164);
        near(test.f_p, 0.011620659515311035);
    }

    #[test]
    fn rows_that_rank_alike_differ_and_rows_that_tie_do_not() {
        let alike = vec![vec![1.0, 2.0, 3.0]; 10];
        let test = friedman(&alike).unwrap();
        // SciPy 1.17.1: friedmanchisquare of ten rows (1, 2, 3).
        near(test.chi2, 20.0);
        near(test.p, 4.5399929762484854e-5);
        assert_eq!((test.f, test.f_p, test.ties), (f64::INFINITY, 0.0, 1.0));
        assert_eq!(friedman(&vec![vec![2.0, 2.0, 2.0]; 10]), None);
        assert_eq!(friedman(&[]), None);
        assert_eq!(ranks(&[0.3, f64::INFINITY, 0.1], false), [2.0, 3.0, 1.0]);
        assert_eq!(ranks(&[0.1 + 0.2, f64::NEG_INFINITY, 0.3], true), [1.5, 3.0, 1.5]);
    }
}
