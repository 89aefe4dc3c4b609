//! A fixed batch that networks are looked at on, and what is measured of the activations and parameters that are seen there.
//!
//! Its rows are of the training part, spread evenly over it: the same for every network of a split, and never rows that choose or judge,
//! so that one may look as often as one likes while training goes on. It decides neither when nor at whom one looks.

use std::sync::Arc;

use crate::catalog::{Choice, Facts};
use crate::nn::{Feed, Parameter};

/// Bins of a histogram.
pub(super) const BINS: usize = 20;

/// The probe batch of members whose whole training parts are given, of so many rows at most.
pub(super) fn batch(whole: Feed, most: usize) -> Feed {
    let (rows, most) = (whole.rows, whole.rows.min(most));
    let order: Arc<[u32]> = spread(rows, most).map(|row| row as u32).collect();
    Feed { orders: vec![order], rows: most, batch: most, ..whole }
}

/// At most `most` of `rows` places, at even distances, ascending.
pub(super) fn spread(rows: usize, most: usize) -> impl Iterator<Item = usize> {
    let most = rows.min(most);
    (0..most).map(move |at| at * rows / most)
}

/// Smallest and largest; `None` of nothing, and where a value is not finite.
pub(super) fn range<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<[f32; 2]> {
    let widen = |range: Option<[f64; 2]>, v: &f64| {
        // A minimum would pass NaN over.
        let [low, high] = if v.is_finite() { range.unwrap_or([*v, *v]) } else { [f64::NAN; 2] };
        Some(if low.is_nan() { [f64::NAN; 2] } else { [low.min(*v), high.max(*v)] })
    };
    let range = values.into_iter().fold(None, widen)?.map(|v| v as f32);
    range.iter().all(|v| v.is_finite()).then_some(range)
}

/// How many values lie in each of [`BINS`] bins of equal width, the upper end in the last. Of a range that is a point all lie in the
/// first.
pub(super) fn histogram(values: &[f64], [low, high]: [f32; 2]) -> Vec<u32> {
    let (low, width) = (f64::from(low), f64::from(high) - f64::from(low));
    let mut counts = vec![0; BINS];
    for value in values {
        let share = if width > 0.0 { (value - low) / width } else { 0.0 };
        // Rounded to single precision the range may end within the last digits of a value.
        let bin = (share * BINS as f64).clamp(0.0, (BINS - 1) as f64);
        counts[bin as usize] += 1;
    }
    counts
}

/// Units of a layer that give exactly 0 in every row of `[rows × units]`.
pub(super) fn dead(values: &[f64], units: usize) -> usize {
    let is_dead = |unit: &usize| values.iter().skip(*unit).step_by(units).all(|v| *v == 0.0);
    (0..units).filter(is_dead).count()
}

/// Of the way between the ends of an activation, the share at each end that counts as saturated. There the slope of a logistic function
/// or of tanh is a hundredth of its largest: `4 a (1 - a) = 0.01` at `a = 0.0025`. What nears its ends in another way has another slope
/// there: softsign, `(1 - |a|)²`, 0.005² = 0.000025 at `a = 0.995`.
const SATURATED: f64 = 0.0025;

/// The share of values at an end of what an activation can give, or of shares of a softmax whose slope is below 0.0025, a hundredth of
/// its largest; `None` where it has no two ends.
pub(super) fn saturated(values: &[f64], activation: &Choice) -> Option<f32> {
    let Facts::Activation { gives, distribution, log_distribution: false } = &activation.entry.facts else {
        return None;
    };
    if values.is_empty() {
        return None;
    }
    if *distribution {
        // The slope of a share by its own pre-activation is p (1 - p), a quarter at most.
        let is_flat = |p: &&f64| **p * (1.0 - **p) < SATURATED;
        return Some(values.iter().filter(is_flat).count() as f32 / values.len() as f32);
    }
    let margin = (gives.high - gives.low) * SATURATED;
    if !margin.is_finite() {
        return None;
    }
    let is_at_an_end = |v: &&f64| **v <= gives.low + margin || **v >= gives.high - margin;
    Some(values.iter().filter(is_at_an_end).count() as f32 / values.len() as f32)
}

/// Standard deviation of each unit over the rows of `[rows × units]`, divided by n; mean over units.
pub(super) fn spread_of_units(values: &[f64], units: usize) -> f64 {
    let of = |unit: usize| {
        let own: Vec<f64> = values.iter().skip(unit).step_by(units).copied().collect();
        moments(&own).map_or(f64::NAN, |(_, sd)| sd)
    };
    (0..units).map(of).sum::<f64>() / units as f64
}

/// Mean and standard deviation, divided by n; `None` of nothing.
pub(super) fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (!values.is_empty()).then(|| (mean, variance.sqrt()))
}

/// The share of the first `units` columns of `[in, columns]` that are those of another; `None` where there is one alone.
pub(super) fn twins(weight: &Parameter, units: usize) -> Option<f64> {
    let columns = weight.shape[1];
    let column =
        |unit: usize| weight.values.iter().skip(unit).step_by(columns).map(|v| v.to_bits()).collect();
    let mut all: Vec<Vec<u64>> = (0..units).map(column).collect();
    all.sort_unstable();
    let alike: usize = all.chunk_by(|a, b| a == b).map(<[_]>::len).filter(|n| *n > 1).sum();
    (units > 1).then(|| alike as f64 / units as f64)
}

/// Steps of the power method: its error falls by the square of the ratio of the two largest singular values with each.
const POWER_STEPS: usize = 60;

/// Of a matrix `[n, n · gates]` the largest singular value of any of its square blocks, by the power method on its square.
pub(super) fn largest_singular_value(weight: &Parameter) -> f64 {
    let (n, columns) = (weight.shape[0], weight.shape[1]);
    let of_block = |block: usize| {
        let entry = |row: usize, column: usize| weight.values[row * columns + block * n + column];
        // No symmetric start, which a matrix may send to nothing.
        let mut v: Vec<f64> = (0..n).map(|i| 1.0 + 0.1 * (i as f64 + 1.0).sin()).collect();
        let mut value = 0.0;
        for _ in 0..POWER_STEPS {
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            if norm == 0.0 || !norm.is_finite() {
                return norm;
            }
            v.iter_mut().for_each(|x| *x /= norm);
            let u: Vec<f64> = (0..n).map(|r| (0..n).map(|c| entry(r, c) * v[c]).sum()).collect();
            value = u.iter().map(|x| x * x).sum::<f64>().sqrt();
            v = (0..n).map(|c| (0..n).map(|r| entry(r, c) * u[r]).sum()).collect();
        }
        value
    };
    (0..columns / n).map(of_block).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::activation;

    /// NumPy 2.4.6: `np.linalg.svd` of both blocks gives 5.465 (`[[1, 2], [3, 4]]`) and 2; columns 0 and 2 are equal.
    #[test]
    fn matrices_are_measured() {
        let values = vec![1.0, 2.0, 2.0, 0.0, 3.0, 4.0, 0.0, 1.0];
        let weight = Parameter { name: "w".into(), shape: vec![2, 4], values };
        assert!((largest_singular_value(&weight) - 5.464_985_704_219_043).abs() < 1e-12);
        let weight =
            Parameter { name: "w".into(), shape: vec![2, 3], values: vec![1.0, 2.0, 1.0, 3.0, 3.0, 3.0] };
        assert_eq!(
            (twins(&weight, 3), twins(&weight, 2), twins(&weight, 1)),
            (Some(2.0 / 3.0), Some(0.0), None)
        );
    }

    /// NumPy 2.4.6: `np.std([[1, 2], [3, 2], [8, 2]], axis=0).mean()`, `np.mean` and `np.std` of `[1, 3, 8]`.
    #[test]
    fn spreads_are_those_of_numpy() {
        assert!(
            (spread_of_units(&[1.0, 2.0, 3.0, 2.0, 8.0, 2.0], 2) - 1.471_960_144_387_974_5).abs() < 1e-12
        );
        let (mean, sd) = moments(&[1.0, 3.0, 8.0]).unwrap();
        assert!((mean - 4.0).abs() < 1e-12 && (sd - 2.943_920_288_775_949).abs() < 1e-12);
        assert_eq!(moments(&[]), None);
    }

    /// NumPy 2.4.6: `np.histogram(values, bins=20, range=(-1, 1))[0]`.
    #[test]
    fn bins_are_those_of_numpy() {
        let values = [-1.0, -0.95, -0.89, -0.55, 0.0, 0.04, 0.11, 0.99, 1.0];
        let expected = [2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2];
        assert_eq!(range(&values), Some([-1.0, 1.0]));
        assert_eq!(histogram(&values, [-1.0, 1.0]), expected);
        assert_eq!(histogram(&[0.5; 3], [0.5, 0.5])[0], 3);
        assert_eq!(range(&[]), None);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in 0..3 {
                let mut values = [1.0, 2.0, 3.0];
                values[at] = bad;
                assert_eq!(range(&values), None, "{bad} at {at}");
            }
        }
    }

    /// By hand.
    #[test]
    fn rows_lie_at_even_distances() {
        assert_eq!(spread(10, 4).collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(spread(3, 256).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(spread(0, 256).count(), 0);
    }

    /// By hand: of two units the second is 0 twice; of tanh, from -1 to 1, a value counts from 0.995 on.
    #[test]
    fn dead_and_saturated_are_counted() {
        assert_eq!(dead(&[0.0, 0.0, 1.0, 0.0], 2), 1);
        let of = |name: &str, values: &[f64]| {
            let found = activation::ALL.iter().find(|a| a.entry.name == name).unwrap();
            saturated(values, &Choice::defaults(&found.entry))
        };
        assert_eq!(of("tanh", &[0.996, -0.996, 0.99, 0.0]), Some(0.5));
        assert_eq!(of("sigmoid", &[0.002, 0.003, 0.9976, 0.5]), Some(0.5));
        // p (1 - p) is 0.0019 and 0.0099.
        assert_eq!((of("relu", &[0.0]), of("softmax", &[0.9981, 0.01])), (None, Some(0.5)));
    }
}
