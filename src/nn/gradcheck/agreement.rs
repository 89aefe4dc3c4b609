//! How a gradient and differences of the loss agree, tensor by tensor.

use super::Differences;
use crate::nn::Parameter;

/// The agreement of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// `layer_0.weight`, ...
    pub name: String,
    pub shape: Vec<usize>,
    /// Places compared, and those left out for a kink near them.
    pub checked: usize,
    pub kinks: usize,
    /// Whether no place differs by more than the tolerance and the doubt of its slope allow.
    pub agrees: bool,
    /// Whether every slope is smaller than what rounding makes of it: nothing can be compared but that the gradient is small too.
    pub is_flat: bool,
    /// Largest `|gradient - slope|`, divided by the largest entry of either in the tensor; NaN if flat or if nothing was compared.
    pub error: f64,
    /// Of gradient and slopes as vectors; NaN where one of them is 0.
    pub cosine: f64,
    /// Length of the gradient divided by that of the slopes; NaN if flat.
    pub ratio: f64,
    /// Where the error is largest.
    pub worst: Option<Worst>,
}

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// In the tensor, from 0: `[in, out]` or `[out]`.
    pub index: Vec<usize>,
    pub gradient: f64,
    pub slope: f64,
}

/// Compares a gradient, all tensors in the same order, with differences.
pub fn compare(differences: &[Differences], gradient: &[Parameter], tolerance: f64) -> Vec<Agreement> {
    // Rounding of a gradient is relative to what was added up, of which the largest tensor tells the order.
    let floor =
        1e-3 * tolerance * differences.iter().flat_map(|d| &d.slopes).fold(0.0_f64, |m, s| m.max(s.abs()));
    differences.iter().zip(gradient).map(|(d, g)| of_tensor(d, g, tolerance, floor)).collect()
}

fn of_tensor(differences: &Differences, gradient: &Parameter, tolerance: f64, floor: f64) -> Agreement {
    let Differences { name, shape, places, slopes, doubt, kinks } = differences;
    let pairs: Vec<(f64, f64)> =
        places.iter().map(|p| gradient.values[*p]).zip(slopes.iter().copied()).collect();
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0_f64, |m, v| m.max(v.abs()));
    let scale = largest(&mut pairs.iter().flat_map(|(g, s)| [*g, *s]));
    let off = |(g, s): &(f64, f64)| (g - s).abs();
    let fits = |(pair, doubt): (&(f64, f64), &f64)| off(pair) <= tolerance * scale + 2.0 * doubt + floor;
    let is_flat = slopes.iter().zip(doubt).all(|(s, doubt)| s.abs() <= *doubt);
    // NaN counts as the worst.
    let rank = |pair: &(f64, f64)| if off(pair).is_nan() { f64::INFINITY } else { off(pair) };
    let worst = (0..pairs.len()).max_by(|a, b| rank(&pairs[*a]).total_cmp(&rank(&pairs[*b])).then(b.cmp(a)));
    let norm = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(|p| of(p).powi(2)).sum::<f64>().sqrt();
    let (gradients, slopes_norm) = (norm(|p| p.0), norm(|p| p.1));
    let product: f64 = pairs.iter().map(|(g, s)| g * s).sum();
    Agreement {
        name: name.clone(),
        shape: shape.clone(),
        checked: places.len(),
        kinks: *kinks,
        agrees: pairs.iter().zip(doubt).all(fits),
        is_flat,
        error: worst.filter(|_| !is_flat).map_or(f64::NAN, |w| off(&pairs[w]) / scale),
        cosine: if is_flat { f64::NAN } else { product / (gradients * slopes_norm) },
        ratio: if is_flat { f64::NAN } else { gradients / slopes_norm },
        worst: worst.map(|w| Worst {
            index: index(places[w], shape),
            gradient: pairs[w].0,
            slope: pairs[w].1,
        }),
    }
}

/// Row-major.
fn index(place: usize, shape: &[usize]) -> Vec<usize> {
    match shape {
        [_, columns] => vec![place / columns, place % columns],
        _ => vec![place],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(slopes: &[f64]) -> Differences {
        Differences {
            name: "layer_0.weight".into(),
            shape: vec![slopes.len() / 2, 2],
            places: (0..slopes.len()).collect(),
            slopes: slopes.to_vec(),
            doubt: vec![1e-11; slopes.len()],
            kinks: 0,
        }
    }

    fn gradient(values: &[f64]) -> Parameter {
        Parameter { name: "layer_0.weight".into(), shape: vec![values.len() / 2, 2], values: values.to_vec() }
    }

    /// By hand: (3, 4) against (-6, -8), and against (4, -3).
    #[test]
    fn sign_length_and_direction_are_told() {
        let slopes = [3.0, 4.0, 0.0, 0.0];
        let of = |g: &[f64]| compare(&[differences(&slopes)], &[gradient(g)], 1e-6).remove(0);
        let opposite = of(&[-6.0, -8.0, 0.0, 0.0]);
        assert_eq!((opposite.cosine, opposite.ratio, opposite.agrees), (-1.0, 2.0, false));
        assert_eq!(opposite.error, 12.0 / 8.0);
        assert_eq!(opposite.worst, Some(Worst { index: vec![0, 1], gradient: -8.0, slope: 4.0 }));
        let across = of(&[4.0, -3.0, 0.0, 0.0]);
        assert_eq!((across.cosine, across.ratio), (0.0, 1.0));
        assert!(of(&[3.0, 4.0 + 3e-6, 0.0, 0.0]).agrees);
        assert!(!of(&[3.0, 4.0 + 5e-6, 0.0, 0.0]).agrees);
    }

    #[test]
    fn what_is_no_number_is_the_worst() {
        let slopes = [3.0, 4.0];
        let found = compare(&[differences(&slopes)], &[gradient(&[f64::NAN, 40.0])], 1e-6).remove(0);
        assert!(!found.agrees);
        assert_eq!(found.worst.unwrap().index, [0, 0]);
    }

    #[test]
    fn slopes_within_rounding_are_flat() {
        let found = compare(&[differences(&[1e-12, 0.0])], &[gradient(&[1e-30, 0.0])], 1e-6).remove(0);
        assert!(found.agrees && found.is_flat && found.error.is_nan());
        // A gradient that is not small does not agree with a flat loss.
        assert!(!compare(&[differences(&[0.0, 0.0])], &[gradient(&[1e-3, 0.0])], 1e-6).remove(0).agrees);
    }
}
