//! What a budget buys: the expected best of k of the n results that were found. Which result is best, and what a failed one is worth,
//! is the caller's to say.

/// The expected best of `k` of these results, drawn without replacement; `best_first` is sorted by the caller, best first.
///
/// Σ vᵢ · C(n - i, k - 1) / C(n, k) over i = 1 .. n: vᵢ is the best of the draw when the k - 1 others come from the n - i after it.
/// Dodge et al. (2019, "Show your work") draw with replacement, from the empirical distribution: their estimate is biased, too low
/// for a maximum, because a draw that repeats a result tries fewer than k. Without replacement it is unbiased for the best of k new
/// draws from the same distribution (a U-statistic: Tang et al. 2020, "Showing your work doesn't always work"), for every k up to n;
/// nothing is claimed beyond. `None` unless 1 ≤ k ≤ n.
pub fn expected_best(best_first: &[f64], k: usize) -> Option<f64> {
    let n = best_first.len();
    if k == 0 || k > n {
        return None;
    }
    // C(n - 1, k - 1) / C(n, k), and each next share from the one before.
    let mut share = k as f64 / n as f64;
    let mut expected = 0.0;
    for (i, value) in best_first.iter().take(n - k + 1).enumerate() {
        expected += share * value;
        share *= (n - i - k) as f64 / (n - i - 1).max(1) as f64;
    }
    Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::paired::tests::near;

    #[test]
    fn the_expectation_is_that_over_all_subsets() {
        // By hand: of {0.9, 0.8, 0.5}, the best of two are 0.9, 0.9, 0.8.
        let three = [0.9, 0.8, 0.5];
        near(expected_best(&three, 1).unwrap(), 2.2 / 3.0);
        near(expected_best(&three, 2).unwrap(), 2.6 / 3.0);
        near(expected_best(&three, 3).unwrap(), 0.9);
        assert_eq!(
            (expected_best(&three, 0), expected_best(&three, 4), expected_best(&[], 1)),
            (None, None, None)
        );
        // Seven results, every k: the mean over itertools.combinations, by walking all subsets.
        let seven = [0.97, 0.95, 0.95, 0.9, 0.71, 0.33, -2.0];
        for k in 1..=7u32 {
            let subsets: Vec<u32> = (0..1u32 << 7).filter(|s| s.count_ones() == k).collect();
            let best = |s: &u32| seven[s.trailing_zeros() as usize];
            near(
                expected_best(&seven, k as usize).unwrap(),
                subsets.iter().map(best).sum::<f64>() / subsets.len() as f64,
            );
        }
    }

    /// Half of a large set of results by each of two ways to count: C(n, k) itself would overflow.
    #[test]
    fn many_results_are_no_trouble() {
        // n results 1 - i / n: the best of k has the expectation 1 - (n + 1) / (k + 1) / n + 1 / n, that of the smallest of k of
        // the numbers 1 .. n being (n + 1) / (k + 1).
        let many: Vec<f64> = (0..5000).map(|i| 1.0 - f64::from(i) / 5000.0).collect();
        for k in [1, 2, 50, 2500, 5000] {
            near(expected_best(&many, k).unwrap(), 1.0 - 5001.0 / (k as f64 + 1.0) / 5000.0 + 1.0 / 5000.0);
        }
    }
}
