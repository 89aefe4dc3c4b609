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

/// By interval and region of practical equivalence ±`rope`. `interval` is of A - B and symmetric about the estimate; `None` (too few
/// pairs) decides nothing.
///
/// - wholly inside the region: equivalent, also when it excludes 0 (a difference that is real but does not matter);
/// - excludes 0, and the estimate lies beyond the region: a side is better;
/// - else undecided.
///
/// A stricter rule asks for the whole interval beyond the region (Kruschke 2018, "Rejecting or accepting parameter values in Bayesian
/// estimation"). It would call +2.1 points with an interval from 0.8 to 3.4 undecided at a region of ±1 point, which no reader expects;
/// here the false-positive rate under "no difference" is that of the interval, and less by the condition on the estimate.
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
    } else if low > 0.0 && low.midpoint(high) > rope {
        if higher_is_better { Verdict::ABetter } else { Verdict::BBetter }
    } else if high < 0.0 && low.midpoint(high) < -rope {
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
            (0.008, 0.034, true, Verdict::ABetter),
            (-0.034, -0.008, true, Verdict::BBetter),
            // Excludes 0, but by less than matters, and may be more.
            (0.001, 0.015, true, undecided),
            (0.001, 0.009, true, Verdict::Equivalent),
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
