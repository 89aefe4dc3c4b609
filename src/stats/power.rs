//! Planning: how likely a paired comparison is to be decided, how many more seeds would make it so, and how many a claim takes.

use statrs::distribution::{ContinuousCDF as _, Normal};
use statrs::function::gamma::ln_gamma;

use super::SEEDS_MIN;
use super::interval::t_quantile;

/// Power that "would decide" means.
const POWER: f64 = 0.8;

/// More seeds than this are never advised: then the honest answer is that seeds will not decide it.
pub const SEEDS_LIMIT: usize = 1000;

/// Probability that n pairs give a verdict (see [`super::verdict()`]) when differences are normal with mean `delta` and standard
/// deviation `sd`. With `rope` = 0 and one comparison it is the power of the two-sided paired t test.
///
/// One of several `comparisons` is decided for a side at level (1 - `confidence`) / `comparisons`: what Holm's correction asks of the
/// smallest p. It asks less of the others, so that the power may be larger. Equivalence is not corrected, as in the verdict.
///
/// Given the ratio u of the sample's spread to the true one, the interval is the sample mean ± t·u·sd/√n and the cases are
/// normal probabilities; they are averaged over the density of u = √(χ²/ν), ν = n - 1, by Simpson's rule.
pub fn decision_power(delta: f64, sd: f64, rope: f64, n: usize, confidence: f64, comparisons: usize) -> f64 {
    let freedom = (n - 1) as f64;
    let t = t_quantile(n - 1, confidence);
    let t_one = t_quantile(n - 1, 1.0 - (1.0 - confidence) / comparisons.max(1) as f64);
    let root = (n as f64).sqrt() / sd;
    let (centre, reach_rope) = (delta * root, rope * root);
    let normal = Normal::standard();
    let decided = |u: f64| {
        let half = t * u;
        // Beyond 0 by more than half the interval, and beyond the region.
        let far = (t_one * u).max(reach_rope);
        let outside = 1.0 - normal.cdf(far - centre) + normal.cdf(-far - centre);
        let inside = normal.cdf(reach_rope - half - centre) - normal.cdf(half - reach_rope - centre);
        outside + inside.max(0.0)
    };
    let log_scale = core::f64::consts::LN_2 + 0.5 * freedom * (0.5 * freedom).ln() - ln_gamma(0.5 * freedom);
    let density = |u: f64| (log_scale + (freedom - 1.0) * u.ln() - 0.5 * freedom * u * u).exp();
    let reach = 8.0 / (2.0 * freedom).sqrt();
    let (low, high) = ((1.0 - reach).max(1e-9), 1.0 + reach);
    simpson(low, high, |u| density(u) * decided(u)).clamp(0.0, 1.0)
}

/// Integral from `low` to `high` by Simpson's rule on 200 panels.
pub(super) fn simpson(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const PANELS: usize = 200;
    let step = (high - low) / PANELS as f64;
    let weight = |i: usize| match i {
        0 | PANELS => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=PANELS).map(|i| weight(i) * f(low + i as f64 * step)).sum::<f64>() * step / 3.0
}

/// How many pairs beyond `n` decide with power 0.8, if mean and spread of the differences are those seen. At least 1.
/// `None` when `n` + [`SEEDS_LIMIT`] do not, as when the difference lies on the edge of the region.
pub fn more_seeds(
    delta: f64,
    sd: f64,
    rope: f64,
    n: usize,
    confidence: f64,
    comparisons: usize,
) -> Option<usize> {
    if !(sd > 0.0 && sd.is_finite() && delta.is_finite() && rope.is_finite()) {
        return None;
    }
    let decides = |total: usize| decision_power(delta, sd, rope, total, confidence, comparisons) >= POWER;
    let (mut low, mut high) = ((n + 1).max(SEEDS_MIN), n + SEEDS_LIMIT);
    if !decides(high) {
        return None;
    }
    // Power grows with n: halve the range that holds the first n at which it is enough.
    while low < high {
        let middle = low.midpoint(high);
        if decides(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low - n)
}

/// Seeds of each arm at which a rank test at one-sided level `alpha` finds P(A > B) = `p_better` with this power:
/// (z(1 - alpha) + z(power))² / (6 (p - 1/2)²), rounded up (Noether 1987, "Sample size determination for some common nonparametric
/// tests", as Bouthillier et al. 2021 use it). All but one half, and shares in (0, 1).
pub fn noether_seeds(p_better: f64, alpha: f64, power: f64) -> usize {
    let z = |share: f64| Normal::standard().inverse_cdf(share);
    let reach = (z(1.0 - alpha) + z(power)) / (p_better - 0.5);
    (reach * reach / 6.0).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_that_of_statsmodels() {
        // statsmodels 0.15.0: TTestPower().power(d_z, n, 0.05). Simpson's error on 200 panels is below 1e-6 here.
        let cases = [
            (0.5, 5, 0.140516689990298),
            (0.5, 20, 0.5645044184390203),
            (0.8, 10, 0.6162327634744059),
            (1.0, 10, 0.8030968566327218),
            (1.5, 5, 0.7107026739256754),
        ];
        for (d_z, n, power) in cases {
            let found = decision_power(d_z, 1.0, 0.0, n, 0.95, 1);
            assert!((found - power).abs() < 1e-6, "{d_z} {n}: {found} against {power}");
        }
    }

    #[test]
    fn seeds_needed_are_those_of_the_paired_t_test() {
        // TTestPower().solve_power(d_z, power=0.8, alpha=0.05): 33.4, 14.3, 9.94, 5.69, rounded up.
        for (d_z, needed) in [(0.5, 34), (0.8, 15), (1.0, 10), (1.5, 6)] {
            assert_eq!(more_seeds(d_z, 1.0, 0.0, 0, 0.95, 1), Some(needed));
        }
        assert_eq!(more_seeds(0.5, 1.0, 0.0, 10, 0.95, 1), Some(24));
    }

    #[test]
    fn one_of_several_comparisons_needs_more_seeds() {
        // statsmodels 0.15.0: TTestPower().solve_power(d_z, power=0.8, alpha=0.05 / m): 19.3, 17.3, 51.9, rounded up.
        for (d_z, comparisons, needed) in [(0.8, 3, 20), (1.0, 10, 18), (0.5, 6, 52)] {
            assert_eq!(more_seeds(d_z, 1.0, 0.0, 0, 0.95, comparisons), Some(needed));
        }
        // Equivalence is not corrected: well inside the region, a second comparison changes nothing.
        assert_eq!(more_seeds(0.0, 0.02, 0.01, 10, 0.95, 1), more_seeds(0.0, 0.02, 0.01, 10, 0.95, 2));
    }

    #[test]
    fn a_claim_about_one_data_set_takes_17_seeds() {
        // Bouthillier et al. 2021, section 4: 29 for P(A > B) = 0.75 at alpha = beta = 0.05; by the formula with SciPy 28.9, and
        // 16.5 at a power of 0.8.
        assert_eq!(noether_seeds(0.75, 0.05, 0.95), 29);
        assert_eq!(noether_seeds(0.75, 0.05, 0.80), 17);
    }

    #[test]
    fn no_number_of_seeds_decides_a_difference_on_the_edge() {
        assert_eq!(more_seeds(0.01, 0.02, 0.01, 10, 0.95, 1), None);
        assert_eq!(more_seeds(0.01, 0.0, 0.0, 10, 0.95, 1), None);
        // Well inside the region, more seeds show equivalence.
        assert!(more_seeds(0.0, 0.02, 0.01, 10, 0.95, 1).is_some_and(|n| n < 40));
    }
}
