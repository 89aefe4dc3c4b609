//! The verdict: what an interval of a difference allows to be said, given which differences do not matter.

use super::interval::Interval;

/// What can be said of A and B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    ABetter,
    /// Any difference lies inside the region of practical equivalence.
    Equivalent,
    BBetter,
    /// `more_seeds`: how many more would decide, `None` when no reasonable number would or it cannot be said.
    Undecided {
        more_seeds: Option<usize>,
    },
}

/// By interval against the region of practical equivalence ±`rope` (Kruschke 2018, "Rejecting or accepting parameter values in
/// Bayesian estimation", with a Student-t interval in place of the posterior's): wholly outside decides for a side, wholly inside
/// for equivalence, an overlap decides nothing. `interval` is of A - B; `None` (too few pairs) decides nothing.
pub fn verdict(
    interval: Option<Interval>,
    rope: f64,
    higher_is_better: bool,
    more_seeds: Option<usize>,
) -> Verdict {
    let Some(Interval { low, high }) = interval else {
        return Verdict::Undecided { more_seeds };
    };
    if low >= -rope && high <= rope {
        Verdict::Equivalent
    } else if low > rope {
        if higher_is_better { Verdict::ABetter } else { Verdict::BBetter }
    } else if high < -rope {
        if higher_is_better { Verdict::BBetter } else { Verdict::ABetter }
    } else {
        Verdict::Undecided { more_seeds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_decides_by_where_it_lies() {
        let undecided = Verdict::Undecided { more_seeds: Some(7) };
        let cases = [
            (0.02, 0.05, true, Verdict::ABetter),
            (0.02, 0.05, false, Verdict::BBetter),
            (-0.05, -0.02, true, Verdict::BBetter),
            (-0.005, 0.01, true, Verdict::Equivalent),
            (0.005, 0.05, true, undecided),
            (-0.05, 0.05, true, undecided),
            (0.0, 0.0, true, Verdict::Equivalent),
        ];
        for (low, high, higher, expected) in cases {
            assert_eq!(
                verdict(Some(Interval { low, high }), 0.01, higher, Some(7)),
                expected,
                "{low} {high}"
            );
        }
        assert_eq!(verdict(None, 0.01, true, None), Verdict::Undecided { more_seeds: None });
        // Without a region, an interval that is one point at 0 is equality.
        assert_eq!(verdict(Some(Interval { low: 0.0, high: 0.0 }), 0.0, true, None), Verdict::Equivalent);
    }
}
