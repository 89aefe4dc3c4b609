//! Mean, spread, and quantiles of a sample. No interval and no test: see `interval` and `paired`.

/// What can be said of a sample without assuming anything. Values that are not finite are left out and not counted in `n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub n: usize,
    pub mean: f64,
    /// Sample standard deviation (divides by n - 1); `None` for a single value.
    pub sd: Option<f64>,
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

/// `None` when no value is finite.
pub fn summary(values: &[f64]) -> Option<Summary> {
    let sorted = sorted(values);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    Some(Summary {
        n: sorted.len(),
        mean: mean(&sorted)?,
        sd: sd(&sorted),
        median: quantile_of_sorted(&sorted, 0.5),
        min,
        max,
    })
}

/// Arithmetic mean of the finite values, in sorted order, so that the order of the input does not matter to the last bit.
pub fn mean(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    // Rounding must not push the mean of equal values off that value.
    Some((sorted.iter().sum::<f64>() / sorted.len() as f64).clamp(min, max))
}

/// Sample standard deviation of the finite values: square root of the sum of squared deviations over n - 1 (NumPy's `ddof=1`).
/// `None` for fewer than two. Exactly 0 when all are equal.
pub fn sd(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    if sorted.len() < 2 {
        return None;
    }
    let center = mean(&sorted)?;
    let squares: f64 = sorted.iter().map(|x| (x - center) * (x - center)).sum();
    Some((squares / (sorted.len() - 1) as f64).sqrt())
}

pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The `q` quantile, `q` in [0, 1], by linear interpolation of order statistics at position (n - 1)·q: definition 7 of
/// Hyndman and Fan (1996), the default of R and NumPy. `None` when no value is finite.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let sorted = sorted(values);
    (!sorted.is_empty()).then(|| quantile_of_sorted(&sorted, q))
}

fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    let position = (sorted.len() - 1) as f64 * q.clamp(0.0, 1.0);
    let low = position.floor() as usize;
    let high = position.ceil() as usize;
    sorted[low] + (sorted[high] - sorted[low]) * (position - low as f64)
}

/// The finite values, ascending.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    finite
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::{A, near};

    #[test]
    fn a_sample_is_summarised_as_by_numpy() {
        // NumPy 2.4.6: mean, std(ddof=1), quantile of the accuracies A.
        let s = summary(&A).unwrap();
        near(s.mean, 0.937);
        near(s.sd.unwrap(), 0.04029061098237817);
        for (q, value) in [(0.1, 0.897), (0.25, 0.9075), (0.5, 0.93), (0.9, 0.973)] {
            near(quantile(&A, q).unwrap(), value);
        }
        assert_eq!((s.n, s.median, s.min, s.max), (10, 0.93, 0.87, 1.0));
    }

    #[test]
    fn degenerate_samples_have_no_numbers_rather_than_wrong_ones() {
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[f64::NAN, f64::INFINITY]), None);
        let one = summary(&[0.5, f64::NAN]).unwrap();
        assert_eq!((one.n, one.mean, one.sd, one.median), (1, 0.5, None, 0.5));
        let equal = summary(&[0.1; 7]).unwrap();
        assert_eq!((equal.mean, equal.sd), (0.1, Some(0.0)));
    }

    #[test]
    fn the_order_of_the_values_does_not_matter_to_the_last_bit() {
        let values = [0.1, 1e9, -3.7, 2.0e-9, 0.30000000000000004];
        let mut reversed = values;
        reversed.reverse();
        assert_eq!(mean(&values).unwrap().to_bits(), mean(&reversed).unwrap().to_bits());
        assert_eq!(sd(&values).unwrap().to_bits(), sd(&reversed).unwrap().to_bits());
    }
}
