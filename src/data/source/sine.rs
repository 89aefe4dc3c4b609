//! The generator `sine`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use std::f64::consts::TAU;

use super::{Generator, Made, SEED, SPACING, curve, noise, real, samples};
use crate::catalog::{Choice, Entry, Facts, Family, Range, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "sine",
        family: Family::Source,
        summary: "a sine wave, with noise",
        docs: "\
    y = amplitude · sin(2π · frequency · x + phase)

with `x` between `low` and `high` and Gaussian noise on `y`. With the defaults this is the curve of
C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), section 1.1. Feature `x`, target `y`; a regression.",
        params: &[
            samples(2, 100, "Rows."),
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
    curve(choice, |x| amplitude * libm::sin(angular * x + phase))
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
}
