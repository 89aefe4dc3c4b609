//! The centre of paired differences by Hodges and Lehmann (1963), with the interval that inverts the signed-rank test.

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::interval::Interval;
use super::ranks::{chosen_sums, difference};

/// Up to this many differences the interval rests on the exact distribution of the rank sum; above, on its normal approximation.
const EXACT_MAX: usize = 100;

/// Where differences are centred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Centre {
    /// The median of the means of all pairs of differences, each with itself too (Walsh averages).
    pub estimate: f64,
    /// Holds the centre with at least the confidence asked for; `None` where there are too few differences for that.
    pub interval: Option<Interval>,
}

/// The centre of differences that are symmetric about it: the values for which the signed-rank test would not reject make the interval
/// (Hollander and Wolfe 1999, section 3.3, Tukey's confidence interval; `wilcox.test(conf.int = TRUE)` in R). Ties make it wider than
/// it need be. Infinite differences are allowed on one side; `None` without any, with NaN, or with infinite ones on both sides.
pub fn hodges_lehmann(differences: &[f64], confidence: f64) -> Option<Centre> {
    let n = differences.len();
    let walsh = |i: usize| (i..n).map(move |j| middle(differences[i], differences[j]));
    let are_opposite = [f64::INFINITY, f64::NEG_INFINITY].iter().all(|end| differences.contains(end));
    if n == 0 || are_opposite || differences.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut averages: Vec<f64> = (0..n).flat_map(walsh).collect();
    averages.sort_by(f64::total_cmp);
    let m = averages.len();
    let estimate = match m % 2 {
        1 => averages[m / 2],
        // Two equal infinities have a mean too.
        _ => f64::midpoint(averages[m / 2 - 1], averages[m / 2]),
    };
    let cut = cut(n, (1.0 - confidence) / 2.0);
    let interval = (cut > 0).then(|| Interval { low: averages[cut - 1], high: averages[m - cut] });
    Some(Centre { estimate, interval })
}

/// The mean of two differences; what rounding leaves of opposite ones is 0.
fn middle(x: f64, y: f64) -> f64 {
    difference(x, -y) / 2.0
}

/// The smallest c with P(T ≤ c) ≥ `tail`, T the sum of those of the ranks 1 to n that a fair coin chooses.
fn cut(n: usize, tail: f64) -> usize {
    if n > EXACT_MAX {
        let (mean, variance) = ((n * (n + 1)) as f64 / 4.0, (n * (n + 1) * (2 * n + 1)) as f64 / 24.0);
        return (mean + variance.sqrt() * Normal::standard().inverse_cdf(tail)).floor().max(0.0) as usize;
    }
    let ranks: Vec<usize> = (1..=n).collect();
    let probability = chosen_sums(&ranks);
    let below = probability.iter().scan(0.0, |all, p| {
        *all += p;
        Some(*all)
    });
    below.take_while(|p| *p < tail).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::near;

    #[test]
    fn it_is_that_of_hollander_and_wolfe() {
        // Hollander and Wolfe 1999, table 3.1 (depression scale factors, first less second visit), examples 3.3 and 3.4: 0.46, and
        // 0.010 to 0.786 at 96.1 %.
        let differences = [0.952, -0.147, 1.022, 0.430, 0.620, 0.590, 0.490, -0.080, 0.010];
        let centre = hodges_lehmann(&differences, 0.95).unwrap();
        near(centre.estimate, 0.46);
        let interval = centre.interval.unwrap();
        near(interval.low, 0.010);
        near(interval.high, 0.786);
    }

    #[test]
    fn cuts_are_those_of_tables() {
        // Critical values of the signed-rank test, two-sided 5 %, as every table has them (e.g. Wilcoxon 1945; Hollander and Wolfe
        // 1999, table A.4): T ≤ 0, 2, 3, 5, 8, 52 for n = 6, 7, 8, 9, 10, 20 rejects, so the next one is not beyond.
        for (n, largest) in [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (20, 52)] {
            assert_eq!(cut(n, 0.025), largest + 1, "{n}");
        }
        assert_eq!(cut(5, 0.025), 0, "no interval");
        // Counted with NumPy 2.3: 1956 for n = 100, and 1998 for 101, where the approximation takes over: SciPy 1.17.1's
        // norm.ppf(0.025, 2575.5, 294.64...) is 1996.9, on the wide side.
        assert_eq!(cut(100, 0.025), 1956);
        assert_eq!(cut(101, 0.025), 1996);
    }

    #[test]
    fn what_has_no_centre_has_none() {
        assert_eq!(hodges_lehmann(&[], 0.95), None);
        assert_eq!(hodges_lehmann(&[f64::INFINITY, f64::NEG_INFINITY, 0.0], 0.95), None);
        assert_eq!(hodges_lehmann(&[f64::INFINITY; 7], 0.95).unwrap().estimate, f64::INFINITY);
        assert_eq!(hodges_lehmann(&[0.5; 5], 0.95), Some(Centre { estimate: 0.5, interval: None }));
    }
}
