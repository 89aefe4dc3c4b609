//! Ranks with ties: what rank tests stand on. It knows no test.

/// Numbers that differ by less than this share of the numbers they came from are equal: what is left is rounding.
pub(super) const ROUNDING: f64 = 1e-12;

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
