//! The studentized range for infinite degrees of freedom: what Nemenyi's critical difference is made of.
//!
//! No finite degrees of freedom: ranks have a known variance.

use statrs::distribution::{Continuous as _, ContinuousCDF as _, Normal};

use super::power::simpson;

/// P(Q ≤ q) of the range of k independent standard normal variables:
/// k ∫ φ(z) (Φ(z) - Φ(z - q))^(k - 1) dz, z the largest of them (Tukey 1953). By Simpson's rule; φ is below 1e-22 outside ±10.
fn cdf(arms: usize, q: f64) -> f64 {
    let normal = Normal::standard();
    let others = i32::try_from(arms).unwrap_or(i32::MAX) - 1;
    let all = |z: f64| normal.pdf(z) * (normal.cdf(z) - normal.cdf(z - q)).powi(others);
    arms as f64 * simpson(-10.0, 10.0, all)
}

/// The point that the range of `arms` (≥ 2) variables stays below with this probability, in (0, 1).
pub(super) fn quantile(arms: usize, probability: f64) -> f64 {
    // Halved until no number lies between: the range of 10^9 variables is below 20 but for one time in 10^12.
    let (mut low, mut high) = (0.0, 20.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if cdf(arms, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_scipy_and_of_demsars_table() {
        // SciPy 1.17.1: studentized_range.ppf(1 - alpha, k, inf). Its own integration is good to about 1e-7 here.
        let cases = [
            (2, 0.05, 2.771807648699355),
            (2, 0.1, 2.3261743073533476),
            (3, 0.05, 3.314493155398122),
            (3, 0.1, 2.9023802134282515),
            (3, 0.001, 5.063452578036243),
            (4, 0.05, 3.6331595749026278),
            (4, 0.1, 3.240446220927359),
            (5, 0.05, 3.857655510378623),
            (5, 0.1, 3.478280550703068),
            (10, 0.05, 4.474124221725907),
            (10, 0.1, 4.129346398236873),
            (10, 0.001, 5.973306526399561),
            (20, 0.05, 5.0116887941184425),
            (20, 0.1, 4.694104409490512),
            (50, 0.05, 5.646026026380527),
            (50, 0.1, 5.356686875267444),
        ];
        for (arms, alpha, expected) in cases {
            let found = quantile(arms, 1.0 - alpha);
            assert!((found - expected).abs() < 1e-6, "{arms} {alpha}: {found} against {expected}");
        }
        // Demšar 2006, table 5 (a): q over the square root of 2 for 2 to 10 classifiers. It rounds some third digits otherwise than
        // SciPy does (2.343 for 2.3437, 2.459 for 2.4595), hence a whole unit.
        let five = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164];
        let ten = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920];
        for (alpha, row) in [(0.05, five), (0.10, ten)] {
            for (arms, expected) in (2..).zip(row) {
                let found = quantile(arms, 1.0 - alpha) / core::f64::consts::SQRT_2;
                assert!((found - expected).abs() <= 0.001, "{arms} {alpha}: {found} against {expected}");
            }
        }
    }
}
