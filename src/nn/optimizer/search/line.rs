//! A search along a line for a step that satisfies the strong Wolfe conditions.
//!
//! Nocedal & Wright, "Numerical Optimization", 2nd ed. 2006, algorithms 3.5 (a bracket) and 3.6 (zoom). With `φ(a)` the value at
//! step `a` and `φ'(a)` its slope, a step is accepted where
//!
//! ```text
//! φ(a) ≤ φ(0) + c1 · a · φ'(0)      |φ'(a)| ≤ c2 · |φ'(0)|
//! ```
//!
//! It asks for one step at a time and is told value and slope there; it evaluates nothing and knows neither networks nor
//! directions. What is not finite counts as infinitely high: the bracket is cut, and such a step is never accepted.

/// `c1`, as SciPy has it.
const DECREASE: f64 = 1e-4;
/// Steps that are tried before a line is given up.
const TRIALS_MAX: usize = 40;
/// A step is interpolated no nearer to the ends of its bracket than this share of its length.
const MARGIN: f64 = 0.1;
/// Two trials shorten a bracket at least to this share of its length; where interpolation does not, its middle is next (as in the
/// search of Moré and Thuente, 1994).
const SHRINKING: f64 = 0.66;
/// Values that differ by no more than this share of them are equal: rounding cannot tell them apart, and the slope decides which side
/// is the lower one.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// What a search wants next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// Value and slope at this step.
    Ask(f64),
    /// Nothing: the step that was asked for last is the one.
    Accept,
    /// Nothing: there is no such step, or rounding hides it.
    Fail,
}

/// A step with what is known of it.
#[derive(Clone, Copy, Debug)]
struct Place {
    step: f64,
    value: f64,
    slope: f64,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Looks ever further out; `before` is the step tried before, all of which went down.
    Bracket { before: Place },
    /// Good steps lie between `low`, the lowest so far that goes down enough, and `high`, in either order. `widths` are those of the
    /// bracket one and two trials ago.
    Zoom { low: Place, high: Place, widths: [f64; 2] },
}

/// A search under way.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    start: Place,
    curvature: f64,
    stage: Stage,
    asked: f64,
    trials: usize,
}

impl Line {
    /// From a point of this value along a direction of this slope, which is negative. `first` is the step to try first and
    /// `curvature` is `c2`.
    pub(crate) fn new(value: f64, slope: f64, first: f64, curvature: f64) -> Line {
        let start = Place { step: 0.0, value, slope };
        Line { start, curvature, stage: Stage::Bracket { before: start }, asked: first, trials: 0 }
    }

    /// The step whose value and slope it waits for.
    pub(crate) fn asked(&self) -> f64 {
        self.asked
    }

    /// Takes value and slope at the step that was asked for. `is_good` says whether a step that satisfies the conditions does for
    /// who looks for it; otherwise the search goes on.
    pub(crate) fn tell(&mut self, value: f64, slope: f64, is_good: impl FnOnce() -> bool) -> Next {
        let is_finite = value.is_finite() && slope.is_finite();
        let here = Place { step: self.asked, value: if is_finite { value } else { f64::INFINITY }, slope };
        self.trials += 1;
        let goes_down = here.value <= self.start.value + DECREASE * here.step * self.start.slope;
        let is_flat = slope.abs() <= -self.curvature * self.start.slope;
        let is_lower = |than: Place| here.value < than.value - ROUNDING * than.value.abs();
        let is_higher = |than: Place| here.value > than.value + ROUNDING * than.value.abs();
        let mut next = f64::NAN;
        self.stage = match self.stage {
            Stage::Bracket { before } if !goes_down || (self.trials > 1 && !is_lower(before)) => {
                between(before, here)
            }
            Stage::Zoom { low, high, widths } if !goes_down || is_higher(low) => {
                Stage::Zoom { low, high: here, widths: [(high.step - low.step).abs(), widths[0]] }
            }
            _ if is_flat && is_good() => return Next::Accept,
            Stage::Bracket { before } if slope >= 0.0 => between(here, before),
            Stage::Bracket { before } => {
                next = extrapolated(before, here);
                Stage::Bracket { before: here }
            }
            Stage::Zoom { low, high, widths } => {
                let is_passed = slope * (high.step - low.step) >= 0.0;
                let widths = [(high.step - low.step).abs(), widths[0]];
                Stage::Zoom { low: here, high: if is_passed { low } else { high }, widths }
            }
        };
        let (next, is_new) = match self.stage {
            Stage::Bracket { .. } => (next, next.is_finite()),
            Stage::Zoom { low, high, widths } => {
                let next = interpolated(low, high, widths[1]);
                (next, next != low.step && next != high.step)
            }
        };
        self.asked = next;
        if is_new && self.trials < TRIALS_MAX { Next::Ask(next) } else { Next::Fail }
    }
}

fn between(low: Place, high: Place) -> Stage {
    Stage::Zoom { low, high, widths: [f64::INFINITY; 2] }
}

/// Where the cubic through both values and slopes has its lowest point, as a share of the way from `a` to `b` (equation 3.59); NaN
/// where it has none.
fn lowest_of_cubic(a: Place, b: Place) -> f64 {
    let width = b.step - a.step;
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt().copysign(width);
    1.0 - (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2)
}

/// The lowest point of the cubic, from once to four times as far beyond `here` as that is from `before`.
fn extrapolated(before: Place, here: Place) -> f64 {
    let share = Some(lowest_of_cubic(before, here)).filter(|share| *share > 1.0).unwrap_or(f64::INFINITY);
    before.step + share.clamp(2.0, 5.0) * (here.step - before.step)
}

/// The lowest point of the cubic; where there is none in the bracket, that of the
/// parabola through both values and the slope at `low`, or the middle. `width_before` is that of the bracket two trials ago. From an end that
/// is not finite the bracket is cut to a tenth.
fn interpolated(low: Place, high: Place, width_before: f64) -> f64 {
    let width = high.step - low.step;
    if !high.value.is_finite() {
        return low.step + 0.1 * width;
    }
    if width.abs() > SHRINKING * width_before {
        return low.step + 0.5 * width;
    }
    let cubic = lowest_of_cubic(low, high);
    let rise = high.value - low.value - low.slope * width;
    let parabola = -low.slope * width / (2.0 * rise);
    let share = [cubic, parabola].into_iter().find(|share| (0.0..=1.0).contains(share)).unwrap_or(0.5);
    low.step + share.clamp(MARGIN, 1.0 - MARGIN) * width
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along `f`, which gives value and slope, and gives the step found and every step asked for.
    fn search(f: impl Fn(f64) -> (f64, f64), first: f64, c2: f64) -> (Option<f64>, Vec<f64>) {
        let (value, slope) = f(0.0);
        let mut line = Line::new(value, slope, first, c2);
        let mut asked = vec![line.asked()];
        loop {
            let step = line.asked();
            let (value, slope) = f(step);
            match line.tell(value, slope, || true) {
                Next::Ask(next) => asked.push(next),
                Next::Accept => return (Some(step), asked),
                Next::Fail => return (None, asked),
            }
        }
    }

    /// The conditions as the book writes them (3.7a, 3.7b).
    fn is_strong_wolfe(f: impl Fn(f64) -> (f64, f64), a: f64, c2: f64) -> bool {
        let ((f0, s0), (fa, sa)) = (f(0.0), f(a));
        fa <= f0 + 1e-4 * a * s0 && sa.abs() <= c2 * s0.abs()
    }

    /// The test functions of Moré and Thuente, ACM Trans. Math. Softw. 20 (1994), equations 5.1 to 5.3, with first steps from
    /// far too short to far too long, as in their tables.
    #[test]
    fn the_lines_of_more_and_thuente_are_solved_from_every_first_step() {
        fn rational(a: f64) -> (f64, f64) {
            let b = 2.0;
            (-a / (a * a + b), (a * a - b) / ((a * a + b) * (a * a + b)))
        }
        fn quintic(a: f64) -> (f64, f64) {
            let x = a + 0.004;
            (x.powi(5) - 2.0 * x.powi(4), 5.0 * x.powi(4) - 8.0 * x.powi(3))
        }
        // Straight but for a rounded corner at 1, with a wave on it.
        fn wavy(a: f64) -> (f64, f64) {
            let (b, l) = (0.01, 39.0);
            let (value, slope) = if a <= 1.0 - b {
                (1.0 - a, -1.0)
            } else if a >= 1.0 + b {
                (a - 1.0, 1.0)
            } else {
                ((a - 1.0) * (a - 1.0) / (2.0 * b) + b / 2.0, (a - 1.0) / b)
            };
            let (half, factor) =
                (l * std::f64::consts::FRAC_PI_2, 2.0 * (1.0 - b) / (l * std::f64::consts::PI));
            (value + factor * libm::sin(half * a), slope + (1.0 - b) * libm::cos(half * a))
        }
        for (name, f) in
            [("rational", rational as fn(f64) -> (f64, f64)), ("quintic", quintic), ("wavy", wavy)]
        {
            for c2 in [0.1, 0.4, 0.9] {
                for first in [1e-3, 1e-1, 1e1, 1e3] {
                    let (found, asked) = search(f, first, c2);
                    let what = format!("{name}, c2 {c2}, first {first}: {asked:?}");
                    assert!(is_strong_wolfe(f, found.unwrap_or_else(|| panic!("{what}")), c2), "{what}");
                }
            }
        }
    }

    /// Of a parabola the second step is the bottom, whatever the first was that went too far: interpolation is exact there.
    #[test]
    fn a_parabola_takes_two_steps() {
        let f = |a: f64| ((a - 0.3) * (a - 0.3), 2.0 * (a - 0.3));
        let (found, asked) = search(f, 1.0, 1e-6);
        assert!((found.unwrap() - 0.3).abs() < 1e-12, "{asked:?}");
        assert_eq!(asked.len(), 2);
    }

    /// Beyond 1e-6 nothing is a number: neither value nor slope there may lead the search, which must find the bottom before it.
    #[test]
    fn a_step_into_overflow_is_cut_and_never_accepted() {
        for (wall, outside) in [
            (1e-6, (f64::INFINITY, f64::INFINITY)),
            (1e-6, (f64::NAN, f64::NAN)),
            (1e-6, (f64::NEG_INFINITY, -1.0)),
            (1e-6, (-1e9, f64::NAN)),
        ] {
            let f = |a: f64| if a > wall { outside } else { (-a + a * a / wall, -1.0 + 2.0 * a / wall) };
            let (found, asked) = search(f, 1.0, 0.4);
            let found = found.unwrap_or_else(|| panic!("{asked:?}"));
            assert!(found <= wall && is_strong_wolfe(f, found, 0.4), "{asked:?}");
        }
    }

    /// No step lowers it, or every step lowers it for ever: it gives up after a bounded number of trials.
    #[test]
    fn a_line_without_a_bottom_or_a_way_down_fails() {
        let rises = |a: f64| if a == 0.0 { (0.0, -1.0) } else { (1.0, 1.0) };
        let falls = |a: f64| (-a, -1.0);
        for f in [rises as fn(f64) -> (f64, f64), falls] {
            let (found, asked) = search(f, 1.0, 0.9);
            assert_eq!(found, None);
            assert!(asked.len() <= TRIALS_MAX, "{}", asked.len());
        }
    }

    /// A step that satisfies the conditions and does not do is passed over.
    #[test]
    fn what_is_not_good_enough_is_passed_over() {
        let f = |a: f64| ((a - 1.0) * (a - 1.0), 2.0 * (a - 1.0));
        let mut line = Line::new(f(0.0).0, f(0.0).1, 0.9, 0.9);
        let Next::Ask(mut next) = line.tell(f(0.9).0, f(0.9).1, || false) else { panic!("it goes on") };
        assert_ne!(next, 0.9);
        while let Next::Ask(other) = line.tell(f(next).0, f(next).1, || true) {
            next = other;
        }
        assert!(line.trials < 5 && f(next).1.abs() <= 0.9 * f(0.0).1.abs(), "{next}");
    }
}
