//! A fixed batch that networks are looked at on, and what is measured of the activations and parameters that are seen there.
//!
//! Its rows are of the training part, spread evenly over it: the same for every network of a split, and never rows that choose or judge,
//! so that one may look as often as one likes while training goes on. It decides neither when nor at whom one looks.

use std::sync::Arc;

use crate::catalog::{Choice, Facts};
use crate::nn::Feed;

/// Rows of the batch, at most.
pub(super) const ROWS_MAX: usize = 256;
/// Bins of a histogram.
pub(super) const BINS: usize = 20;

/// The probe batch of members whose whole training parts are given.
pub(super) fn batch(whole: Feed) -> Feed {
    let (rows, most) = (whole.rows, whole.rows.min(ROWS_MAX));
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
/// or of tanh is a hundredth of its largest: `4 a (1 - a) = 0.01` at `a = 0.0025`.
const SATURATED: f64 = 0.0025;

/// The share of values at an end of what an activation can give; `None` where it has no two ends, or its units share a sum.
pub(super) fn saturated(values: &[f64], activation: &Choice) -> Option<f32> {
    let Facts::Activation { gives, distribution: false, log_distribution: false } = &activation.entry.facts
    else {
        return None;
    };
    let margin = (gives.high - gives.low) * SATURATED;
    if !margin.is_finite() || values.is_empty() {
        return None;
    }
    let is_at_an_end = |v: &&f64| **v <= gives.low + margin || **v >= gives.high - margin;
    Some(values.iter().filter(is_at_an_end).count() as f32 / values.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::activation;

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
        assert_eq!((of("relu", &[0.0]), of("softmax", &[1.0])), (None, None));
    }
}
