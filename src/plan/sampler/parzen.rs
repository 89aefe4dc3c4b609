//! Parzen estimators on one dimension of the unit cube: a density around every observation and a wide one for what is not known.
//!
//! Bandwidths, weights, and prior are those of Optuna's `TPESampler` with its defaults (Watanabe 2023, "Tree-structured Parzen
//! estimator: understanding its algorithm components"), held to Optuna by a test. It does not know what is good.

use super::space::{Dimension, nth};
use crate::rng::Stream;

/// A mixture of as many kernels as there are observations, and the prior as the last.
#[derive(Clone, Debug)]
pub(super) struct Parzen {
    dimension: Dimension,
    /// Of the kernels, summing to 1.
    weights: Vec<f64>,
    kernels: Kernels,
}

#[derive(Clone, Debug)]
enum Kernels {
    /// Centre and standard deviation of normal distributions cut off at 0 and 1.
    Normal(Vec<(f64, f64)>),
    /// Probabilities of the values.
    Listed(Vec<Vec<f64>>),
}

impl Parzen {
    /// Of places on the dimension, the oldest first.
    pub(super) fn new(dimension: Dimension, observed: &[f64]) -> Parzen {
        let mut weights = by_age(observed.len());
        weights.push(1.0);
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        let kernels = match dimension {
            Dimension::Listed(count) => Kernels::Listed(listed(count, observed)),
            Dimension::Real => Kernels::Normal(normal(observed)),
            Dimension::Whole(count) => {
                let middle = |share: &f64| (nth(*share, count) as f64 + 0.5) / count as f64;
                Kernels::Normal(normal(&observed.iter().map(middle).collect::<Vec<f64>>()))
            }
        };
        Parzen { dimension, weights, kernels }
    }

    /// A place on the dimension.
    pub(super) fn sample(&self, draws: &mut Stream) -> f64 {
        let kernel = pick(&self.weights, draws);
        match &self.kernels {
            Kernels::Listed(probabilities) => {
                let value = pick(&probabilities[kernel], draws);
                (value as f64 + 0.5) / probabilities[kernel].len() as f64
            }
            Kernels::Normal(kernels) => {
                let (centre, sd) = kernels[kernel];
                // A centre in the interval and a deviation of at most 1 leave a chance of a third, so this ends soon.
                loop {
                    let x = centre + sd * draws.normal();
                    if (0.0..1.0).contains(&x) {
                        return x;
                    }
                }
            }
        }
    }

    /// Natural logarithm of the density at a place, or of the probability of the value it stands for.
    pub(super) fn log_density(&self, at: f64) -> f64 {
        let density = |kernel: usize| match (&self.kernels, self.dimension) {
            (Kernels::Listed(probabilities), _) => {
                let values = &probabilities[kernel];
                values[nth(at, values.len() as u64) as usize]
            }
            (Kernels::Normal(kernels), Dimension::Whole(count)) => {
                let (cell, width) = (nth(at, count) as f64, 1.0 / count as f64);
                mass(kernels[kernel], cell * width, (cell + 1.0) * width)
            }
            (Kernels::Normal(kernels), _) => {
                let (centre, sd) = kernels[kernel];
                let z = (at - centre) / sd;
                let peak = core::f64::consts::TAU.sqrt() * sd;
                libm::exp(-0.5 * z * z) / (peak * mass_within((centre, sd)))
            }
        };
        libm::log(self.weights.iter().enumerate().map(|(kernel, weight)| weight * density(kernel)).sum())
    }
}

/// The newest 25 observations count fully, older ones less and less.
fn by_age(count: usize) -> Vec<f64> {
    let old = count.saturating_sub(25);
    let first = 1.0 / count.max(1) as f64;
    let ramp = |i: usize| if old == 1 { first } else { first + (1.0 - first) * i as f64 / (old - 1) as f64 };
    (0..count).map(|i| if i < old { ramp(i) } else { 1.0 }).collect()
}

fn listed(count: usize, observed: &[f64]) -> Vec<Vec<f64>> {
    let kernels = observed.len() + 1;
    let base = 1.0 / kernels as f64;
    let whole = 1.0 + base * count as f64;
    let around = |share: &f64| {
        let mut values = vec![base / whole; count];
        values[nth(*share, count as u64) as usize] += 1.0 / whole;
        values
    };
    observed.iter().map(around).chain([vec![1.0 / count as f64; count]]).collect()
}

/// A kernel is as wide as the farther of its neighbours is away, within limits.
fn normal(observed: &[f64]) -> Vec<(f64, f64)> {
    let count = observed.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| observed[*a].total_cmp(&observed[*b]));
    let at = |place: usize| observed[order[place]];
    let mut kernels = vec![(0.5, 1.0); count + 1];
    for place in 0..count {
        let below = if place == 0 { at(0) } else { at(place) - at(place - 1) };
        let above = if place + 1 == count { 1.0 - at(place) } else { at(place + 1) - at(place) };
        // The ends of the interval are no observations.
        let width = match place {
            0 if count > 1 => above,
            _ if count > 1 && place + 1 == count => below,
            _ => below.max(above),
        };
        let least = 1.0 / 100f64.min(2.0 + count as f64);
        kernels[order[place]] = (at(place), width.clamp(least, 1.0));
    }
    kernels
}

fn pick(weights: &[f64], draws: &mut Stream) -> usize {
    let mut left = draws.unit();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    weights.len() - 1
}

/// What a cut off normal distribution has between two places.
fn mass((centre, sd): (f64, f64), low: f64, high: f64) -> f64 {
    between((low - centre) / sd, (high - centre) / sd) / mass_within((centre, sd))
}

fn mass_within((centre, sd): (f64, f64)) -> f64 {
    between(-centre / sd, (1.0 - centre) / sd)
}

/// Standard normal probability between two places.
fn between(low: f64, high: f64) -> f64 {
    let below = |z: f64| 0.5 * libm::erfc(-z / core::f64::consts::SQRT_2);
    // Differences of small tails, not of numbers near 1.
    if low > 0.0 { below(-low) - below(-high) } else { below(high) - below(low) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    #[track_caller]
    fn near(found: f64, expected: f64) {
        // Optuna approximates the normal distribution function to about 1e-12 relative.
        assert!((found - expected).abs() < 1e-9, "{found} against {expected}");
    }

    const OBSERVED: [f64; 6] = [0.3, 0.72, 0.1, 0.35, 0.99, 0.31];

    /// Optuna 5.0.0: `_ParzenEstimator({"x": observed}, {"x": distribution}, defaults).log_pdf`.
    #[test]
    fn densities_are_those_of_optuna() {
        // FloatDistribution(0, 1).
        let real = Parzen::new(Dimension::Real, &OBSERVED);
        near(real.log_density(0.05), -0.0965069875393414);
        near(real.log_density(0.33), 0.3703368454492353);
        near(real.log_density(0.9), -0.25336289789672606);
        let one = Parzen::new(Dimension::Real, &[0.2]);
        near(one.log_density(0.05), 0.027123549539490366);
        near(one.log_density(0.5), 0.0478911357428794);
        // Thirty observations: the oldest five weigh less.
        let many: Vec<f64> = (0..30).map(|i| 0.02 + 0.96 * f64::from(i) / 29.0).collect();
        let many = Parzen::new(Dimension::Real, &many);
        near(many.log_density(0.05), -1.1162791270706172);
        near(many.log_density(0.5), 0.08920076755575534);
        // IntDistribution(0, 6), each whole number in the middle of its share.
        let whole = Parzen::new(Dimension::Whole(7), &OBSERVED);
        near(whole.log_density(0.5 / 7.0), -2.1200480122507623);
        near(whole.log_density(3.5 / 7.0), -1.9076990711609765);
        near(whole.log_density(6.5 / 7.0), -1.9554464912578466);
        // CategoricalDistribution of four choices.
        let listed = Parzen::new(Dimension::Listed(4), &OBSERVED);
        near(listed.log_density(0.1), -1.586965056582042);
        near(listed.log_density(0.3), -0.9509762898620451);
    }

    #[test]
    fn a_sample_has_the_density() {
        for dimension in [Dimension::Real, Dimension::Whole(7), Dimension::Listed(4)] {
            let parzen = Parzen::new(dimension, &OBSERVED);
            let mut draws = stream(3, Purpose::Sampler, 0);
            let n = 20_000;
            let cells = match dimension {
                Dimension::Listed(count) => count as u64,
                Dimension::Whole(count) => count,
                Dimension::Real => 10,
            };
            let mut counts = vec![0.0; cells as usize];
            (0..n).for_each(|_| counts[nth(parzen.sample(&mut draws), cells) as usize] += 1.0);
            for (cell, count) in counts.into_iter().enumerate() {
                let middle = (cell as f64 + 0.5) / cells as f64;
                let share = match dimension {
                    // Simpson's rule over the cell.
                    Dimension::Real => {
                        let at = |x: f64| parzen.log_density(x).exp();
                        let half = 0.5 / cells as f64;
                        (at(middle - half) + 4.0 * at(middle) + at(middle + half - 1e-12))
                            / 6.0
                            / cells as f64
                    }
                    _ => parzen.log_density(middle).exp(),
                };
                // Five standard errors of a share.
                let error = 5.0 * (share * (1.0 - share) / f64::from(n)).sqrt();
                let found = count / f64::from(n);
                assert!((found - share).abs() < error + 2e-3, "{dimension:?} {cell}: {found}, {share}");
            }
        }
    }
}
