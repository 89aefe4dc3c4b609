//! Shares: how often something happened, and how often one of two did better.

use statrs::distribution::{Binomial, ContinuousCDF as _, DiscreteCDF as _, Normal};

use super::interval::Interval;

/// Score interval of a share (Wilson 1927): it stays within [0, 1] and has a width at 0 and 1. `successes` may be half a count,
/// for ties. `None` for n = 0.
pub fn wilson(successes: f64, n: usize, confidence: f64) -> Option<Interval> {
    if n == 0 || !successes.is_finite() {
        return None;
    }
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let (n, share) = (n as f64, successes / n as f64);
    let scale = 1.0 + z * z / n;
    let center = (share + z * z / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At a share of exactly 0 or 1 the bound is that number; rounding must not say otherwise.
    let low = if share <= 0.0 { 0.0 } else { (center - half).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { (center + half).min(1.0) };
    Some(Interval { low, high })
}

/// Interval of the difference of two independent shares, a - b, from their score intervals (Newcombe 1998, method 10). Each side is
/// successes of all. `None` where one has none at all.
pub fn newcombe(a: (usize, usize), b: (usize, usize), confidence: f64) -> Option<Interval> {
    let share = |(successes, n): (usize, usize)| successes as f64 / n as f64;
    let (x, y) = (wilson(a.0 as f64, a.1, confidence)?, wilson(b.0 as f64, b.1, confidence)?);
    let (p, q) = (share(a), share(b));
    let low = (p - q) - (p - x.low).hypot(y.high - q);
    let high = (p - q) + (x.high - p).hypot(q - y.low);
    Some(Interval { low, high })
}

/// Exact McNemar test (1947): of the pairs in which exactly one side succeeded, `only_a` were a's. Two-sided p of a fair coin,
/// twice the smaller tail. 1 when there is no such pair.
pub fn mcnemar(only_a: usize, only_b: usize) -> f64 {
    let n = only_a + only_b;
    if n == 0 {
        return 1.0;
    }
    let coin = Binomial::new(0.5, n as u64).expect("0.5 is a probability");
    (2.0 * coin.cdf(only_a.min(only_b) as u64)).min(1.0)
}

/// P(A > B): how often a beats b on the same seed, ties counted as half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Superiority {
    pub share: f64,
    /// Wilson interval of the share, ties as half a win.
    pub interval: Interval,
}

/// `better[i]` says how pair i went: `Greater` where a did better. `None` without pairs.
pub fn superiority(pairs: &[std::cmp::Ordering], confidence: f64) -> Option<Superiority> {
    let points = |o: &std::cmp::Ordering| match o {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let wins: f64 = pairs.iter().map(points).sum();
    let interval = wilson(wins, pairs.len(), confidence)?;
    Some(Superiority { share: wins / pairs.len() as f64, interval })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::near;
    use std::cmp::Ordering;

    #[test]
    fn wilson_intervals_are_those_of_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(k, n, 0.05, "wilson").
        let cases = [
            (0.0, 5, 0.0, 0.43448246478317487),
            (5.0, 5, 0.5655175352168252, 1.0),
            (7.0, 10, 0.39677814746114537, 0.8922087325936989),
            (10.0, 10, 0.7224672001371106, 1.0),
            (15.0, 30, 0.3315412564053376, 0.6684587435946624),
            (8.5, 10, 0.5411539838433437, 0.9645730562526336),
        ];
        for (k, n, low, high) in cases {
            let interval = wilson(k, n, 0.95).unwrap();
            near(interval.low, low);
            near(interval.high, high);
        }
        assert_eq!(wilson(0.0, 0, 0.95), None);
    }

    #[test]
    fn the_interval_of_a_difference_is_that_of_newcombe_and_statsmodels() {
        // The first is worked in Newcombe 1998, Statistics in Medicine 17, table II (a): 0.0524 to 0.3339. All: statsmodels 0.15.0,
        // confint_proportions_2indep(.., method="newcomb", compare="diff").
        let cases = [
            ((56, 70), (48, 80), 0.05243147240236498, 0.33387265403690614),
            ((7, 10), (3, 10), -0.028820456268342898, 0.6718241964405526),
            ((0, 10), (10, 10), -1.0, -0.6075093504305241),
            ((329, 330), (330, 330), -0.01696258005120843, 0.008743956601803722),
        ];
        for (a, b, low, high) in cases {
            let interval = newcombe(a, b, 0.95).unwrap();
            near(interval.low, low);
            near(interval.high, high);
        }
        assert_eq!(newcombe((0, 0), (3, 10), 0.95), None);
    }

    #[test]
    fn mcnemar_is_that_of_statsmodels() {
        // statsmodels 0.15.0: mcnemar(table, exact=True).pvalue.
        let cases =
            [(0, 0, 1.0), (1, 5, 0.21875), (0, 6, 0.03125), (3, 9, 0.14599609375), (10, 0, 0.001953125)];
        for (a, b, p) in cases {
            near(mcnemar(a, b), p);
        }
    }

    #[test]
    fn a_tie_is_half_a_win() {
        let pairs = [Ordering::Greater, Ordering::Equal, Ordering::Less, Ordering::Greater];
        assert_eq!(superiority(&pairs, 0.95).unwrap().share, 0.625);
        assert_eq!(superiority(&[], 0.95), None);
    }
}
