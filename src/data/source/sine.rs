//! The generator `sine`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use std::f64::consts::TAU;

use super::{Generator, Made, SEED, SPACING, curve, noise, real, samples, steps};
use crate::catalog::{Choice, Entry, Facts, Family, Range, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "sine",
        family: Family::Source,
        summary: "a sine wave, with noise",
        docs: "\
    y = amplitude · sin(2π · frequency · x + phase)

with `x` between `low` and `high` and Gaussian noise on `y`. With the defaults this is the curve of
C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), section 1.1. Feature `x`, target `y`; a regression.

With `steps = k` above 1 it is a series to be continued: `samples + k` values of y, noise included, in the order of x, seen through
windows of k of them. Row i is y_i ... y_(i+k-1), and the target at each step is the next value, so at the last step y_(i+k).
Neighbouring windows overlap: of a random split, the test part holds values that the training part has seen.",
        params: &[
            samples(2, 100, "Rows; with `steps` above 1, windows."),
            steps(1, 1, "Time steps of a window; 1 for single points of the wave."),
            real("amplitude", Range::REAL, 1.0, "Height of the wave."),
            real("frequency", Range::REAL, 1.0, "Waves per unit of `x`."),
            real("phase", Range::REAL, 0.0, "Radians added to the angle."),
            real("low", Range::REAL, 0.0, "Smallest `x`."),
            real("high", Range::REAL, 1.0, "Largest `x`."),
            SPACING,
            noise(0.1, "Standard deviation of Gaussian noise on `y`."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Regression },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let (amplitude, phase) = (choice.number("amplitude"), choice.number("phase"));
    let angular = TAU * choice.number("frequency");
    let wave = |x| amplitude * libm::sin(angular * x + phase);
    let steps = choice.count("steps") as usize;
    if steps == 1 {
        return curve(choice, choice.count("samples") as usize, wave);
    }
    let count = choice.count("samples") as usize;
    let series = in_order(&curve(choice, count + steps, wave));
    let windows = |from: usize| series[from..].windows(steps).take(count).flatten().copied().collect();
    Made { steps, x: windows(0), y: windows(1), ..Made::default() }
}

/// The values of a curve in the order of x.
fn in_order(curve: &Made) -> Vec<f64> {
    let mut order: Vec<usize> = (0..curve.x.len()).collect();
    order.sort_by(|&a, &b| curve.x[a].total_cmp(&curve.x[b]));
    order.into_iter().map(|point| curve.y[point]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{check_close, make};
    use crate::catalog::Value;

    #[test]
    fn values_are_those_of_the_wave() {
        let made = make(&super::THIS, &[("samples", Value::Count(5)), ("noise", Value::Real(0.0))]);
        check_close(&made.x, &[0.0, 0.25, 0.5, 0.75, 1.0]);
        // By hand: sin 2πx; at 1/2 and 1 the rounding of 2πx shows, at most 2.5e-16.
        check_close(&made.y, &[0.0, 1.0, 0.0, -1.0, 0.0]);
    }

    #[test]
    fn windows_are_followed_by_the_next_value() {
        for spacing in ["even", "random"] {
            let given = [("noise", Value::Real(0.5)), ("spacing", Value::Text(spacing.into()))];
            let set = |more: &[(&'static str, Value)]| make(&super::THIS, &[&given[..], more].concat());
            let points = set(&[("samples", Value::Count(5))]);
            let mut sorted: Vec<(f64, f64)> = points.x.into_iter().zip(points.y).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            let y: Vec<f64> = sorted.into_iter().map(|(_, y)| y).collect();
            // By hand: the 2 + 3 points in the order of x, in two windows of 3, and the same one step later.
            let made = set(&[("samples", Value::Count(2)), ("steps", Value::Count(3))]);
            assert_eq!((made.features, made.steps), (1, 3));
            assert_eq!(made.x, [y[0], y[1], y[2], y[1], y[2], y[3]]);
            assert_eq!(made.y, [y[1], y[2], y[3], y[2], y[3], y[4]]);
        }
    }
}
