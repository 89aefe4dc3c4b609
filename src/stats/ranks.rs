//! Ranks with ties, and sums of ranks that chance chooses: what rank tests stand on. It knows no test.

/// Numbers that differ by less than this share of the numbers they came from are equal: what is left is rounding.
pub(super) const ROUNDING: f64 = 1e-12;

/// How far x - y may be off by rounding; 0 of infinities.
pub(super) fn rounding(x: f64, y: f64) -> f64 {
    let largest = x.abs().max(y.abs());
    if largest.is_finite() { ROUNDING * largest } else { 0.0 }
}

/// x - y, 0 where that is only rounding; two equal infinities are equal.
pub(super) fn difference(x: f64, y: f64) -> f64 {
    if x == y || (x - y).abs() <= rounding(x, y) { 0.0 } else { x - y }
}

/// The probability of every sum, from 0 on, of those of these whole numbers that a fair coin chooses.
pub(super) fn chosen_sums(numbers: &[usize]) -> Vec<f64> {
    let mut probability = vec![0.0; numbers.iter().sum::<usize>() + 1];
    probability[0] = 1.0;
    let mut reached = 0;
    for number in numbers {
        reached += number;
        for sum in (0..=reached).rev() {
            let with = if sum >= *number { probability[sum - number] } else { 0.0 };
            probability[sum] = 0.5 * (probability[sum] + with);
        }
    }
    probability
}

/// Ranks from 1, ascending; equal values share the mean of their ranks (midranks). `errors[i]` is how far value i may be off:
/// neighbours no further apart than that are equal. Infinities rank as any value; the order of NaN is that of `f64::total_cmp`.
pub(super) fn midranks(values: &[f64], errors: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Negative zero is zero.
    order.sort_by(|&i, &j| (values[i] + 0.0).total_cmp(&(values[j] + 0.0)));
    let equal = |i: usize, j: usize| {
        values[i] == values[j] || (values[j] - values[i]).abs() <= errors[i].max(errors[j])
    };
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let mut last = first;
        while last + 1 < order.len() && equal(order[last], order[last + 1]) {
            last += 1;
        }
        for &i in &order[first..=last] {
            // Ranks first + 1 to last + 1.
            ranks[i] = (first + last) as f64 / 2.0 + 1.0;
        }
        first = last + 1;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_chosen_numbers_are_counted() {
        // By hand: of 1 and 2 a coin chooses nothing, 1, 2, or both; of 1 and 1 twice the same sum.
        assert_eq!(chosen_sums(&[1, 2]), [0.25; 4]);
        assert_eq!(chosen_sums(&[1, 1]), [0.25, 0.5, 0.25]);
        assert_eq!(chosen_sums(&[]), [1.0]);
    }

    #[test]
    fn what_rounding_leaves_is_no_difference() {
        assert_eq!(difference(0.1 + 0.2, 0.3), 0.0);
        assert_eq!(difference(f64::INFINITY, f64::INFINITY), 0.0);
        assert_eq!(difference(f64::INFINITY, 1.0), f64::INFINITY);
        assert_eq!(difference(3.0, 1.0), 2.0);
    }

    #[test]
    fn equal_values_share_the_mean_of_their_ranks() {
        // SciPy 1.17.1: rankdata([0.3, 0.1, 0.3, -inf, 0.3, inf, inf]).
        let values = [0.1 + 0.2, 0.1, 0.3, f64::NEG_INFINITY, 0.3, f64::INFINITY, f64::INFINITY];
        assert_eq!(midranks(&values, &[1e-15; 7]), [4.0, 2.0, 4.0, 1.0, 4.0, 6.5, 6.5]);
        // 0.1 + 0.2 is not 0.3 to the last bit.
        assert_eq!(midranks(&values, &[0.0; 7]), [5.0, 2.0, 3.5, 1.0, 3.5, 6.5, 6.5]);
        assert_eq!(midranks(&[0.0, -0.0], &[0.0; 2]), [1.5, 1.5]);
        assert_eq!(midranks(&[], &[]), [0.0; 0]);
    }
}
