//! Intervals of a mean: Student's t for independent values, the corrected resampled t for folds that share training rows.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::summary::{mean, sd};

/// A closed interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The point that a Student-t variable with `freedom` degrees exceeds in absolute value with probability 1 - `confidence`.
/// `freedom` ≥ 1, `confidence` in (0, 1).
pub fn t_quantile(freedom: usize, confidence: f64) -> f64 {
    let distribution =
        StudentsT::new(0.0, 1.0, freedom.max(1) as f64).expect("at least one degree of freedom");
    distribution.inverse_cdf(0.5 + confidence / 2.0)
}

/// Two-sided p of a t statistic.
pub(super) fn t_p(statistic: f64, freedom: usize) -> f64 {
    let distribution =
        StudentsT::new(0.0, 1.0, freedom.max(1) as f64).expect("at least one degree of freedom");
    (2.0 * distribution.cdf(-statistic.abs())).min(1.0)
}

/// Student-t interval of the mean of independent values: mean ± t(n - 1)·sd/√n (Student 1908). `None` for n < 2.
/// Values that are not finite are left out.
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let n = values.iter().filter(|x| x.is_finite()).count();
    scaled_interval(values, 1.0 / n.max(1) as f64, confidence)
}

/// The same for results of k-fold cross-validation, whose training parts overlap: the variance of the mean is
/// sd²·(1/n + ratio), n the number of results and `ratio` that of test to training rows of one fold, which is 1/(K - 1) where K folds
/// hold nothing out for validation (Nadeau and Bengio 2003, "Inference for the generalization error"; for repeats, Bouckaert and
/// Frank 2004).
pub fn corrected_interval(values: &[f64], ratio: f64, confidence: f64) -> Option<Interval> {
    let n = values.iter().filter(|x| x.is_finite()).count();
    scaled_interval(values, corrected_factor(n, ratio), confidence)
}

/// 1/n + ratio.
pub(super) fn corrected_factor(n: usize, ratio: f64) -> f64 {
    1.0 / n.max(1) as f64 + ratio
}

/// mean ± t(n - 1)·sd·√factor.
fn scaled_interval(values: &[f64], factor: f64, confidence: f64) -> Option<Interval> {
    let n = values.iter().filter(|x| x.is_finite()).count();
    let (center, spread) = (mean(values)?, sd(values)?);
    let half = t_quantile(n - 1, confidence) * spread * factor.sqrt();
    Some(Interval { low: center - half, high: center + half })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::{A, DIFFERENCES, near};

    #[test]
    fn t_quantiles_are_those_of_scipy() {
        // SciPy 1.17.1: scipy.stats.t.ppf(0.5 + c / 2, df).
        let cases = [
            (0.9, 1, 6.313751514675037),
            (0.9, 100, 1.6602343260853392),
            (0.95, 1, 12.706204736174694),
            (0.95, 2, 4.302652729749462),
            (0.95, 4, 2.7764451051977934),
            (0.95, 9, 2.262157162798205),
            (0.95, 29, 2.045229642132703),
            (0.99, 4, 4.604094871349992),
            (0.99, 29, 2.756385903670605),
        ];
        for (confidence, freedom, value) in cases {
            near(t_quantile(freedom, confidence), value);
        }
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_scipy() {
        // SciPy 1.17.1: t.interval(c, 9, A.mean(), sem(A)).
        let wide = mean_interval(&A, 0.95).unwrap();
        near(wide.low, 0.9081778331879783);
        near(wide.high, 0.9658221668120218);
        near(mean_interval(&A, 0.90).unwrap().low, 0.9136442899727895);
    }

    #[test]
    fn the_fold_correction_widens_by_the_ratio_of_test_to_training() {
        // By the formula with NumPy and scipy.stats.t.ppf, 5 folds, 2 repeats.
        let interval = corrected_interval(&DIFFERENCES, 0.25, 0.95).unwrap();
        near(interval.low, -0.003000164618882667);
        near(interval.high, 0.03700016461888266);
    }

    #[test]
    fn a_single_value_has_no_interval_and_equal_values_have_a_point() {
        assert_eq!(mean_interval(&[0.3], 0.95), None);
        assert_eq!(mean_interval(&[f64::NAN, 0.3], 0.95), None);
        assert_eq!(mean_interval(&[0.3; 6], 0.95), Some(Interval { low: 0.3, high: 0.3 }));
    }
}
