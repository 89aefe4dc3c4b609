//! The generator `spiral`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, noise, samples, shares, stream, whole};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "spiral",
        family: Family::Source,
        summary: "interleaved spiral arms in the plane, one class per arm",
        docs: "\
Interleaved arms that no straight line separates: the standard toy problem for a hidden layer.

Point `i` of `n` in arm `c` (both from 0), with `N` standard normal:

    r = i / (n - 1)
    angle = 2.5 (4c + 4r + noise N)
    x1 = r sin(angle),  x2 = r cos(angle)

This is the data of Stanford's course CS231n (A. Karpathy, \"Putting it together\"), which uses three arms, 100 points each, `noise = 0.2`:
the defaults. Its arms lie 10 radians apart. With another number of arms they lie `2π / arms` apart, so that they never coincide.
With `turns` an arm winds `2π · turns` radians instead of 10.

Features `x1`, `x2` in the unit disc; class = arm; rows arm by arm, from the centre outwards.",
        params: &[
            samples(4, 300, "Rows in all; arms differ by at most one row, the first ones get the larger share."),
            whole("arms", 2, 20, 3, "Number of arms and classes."),
            Param {
                key: "turns",
                kind: Kind::Real(Range::POSITIVE),
                role: Role::Structural,
                default: Default::Absent,
                docs: "Full turns of an arm from centre to rim; when absent 10 radians, about 1.59 turns.",
            },
            noise(0.2, "Standard deviation of Gaussian noise on the angle, in units of 2.5 radians."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    use std::f64::consts::TAU;
    let arms = choice.count("arms") as usize;
    let apart = if arms == 3 { 10.0 } else { TAU / arms as f64 };
    let winding = choice.maybe_number("turns").map_or(10.0, |turns| TAU * turns);
    let noise = choice.number("noise");
    let mut draws = stream(choice);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (arm, rows) in shares(choice.count("samples") as usize, arms).enumerate() {
        for i in 0..rows {
            let r = i as f64 / (rows.max(2) - 1) as f64;
            let jitter = if noise > 0.0 { 2.5 * noise * draws.normal() } else { 0.0 };
            let (sin, cos) = libm::sincos(apart * arm as f64 + winding * r + jitter);
            x.extend([r * sin, r * cos]);
            y.push(arm as f64);
        }
    }
    Made { features: 2, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::{check_close, make};
    use crate::catalog::Value;

    #[test]
    fn points_are_those_of_the_definition() {
        // The definition by hand: n = 3 per arm, r = 0, 1/2, 1; angle = 10 (c + r).
        let made = make(&super::THIS, &[("samples", Value::Count(9)), ("noise", Value::Real(0.0))]);
        let mut expected = Vec::new();
        for c in 0..3 {
            for (r, angle) in
                [(0.0, 10.0 * c as f64), (0.5, 10.0 * c as f64 + 5.0), (1.0, 10.0 * c as f64 + 10.0)]
            {
                expected.extend([r * f64::sin(angle), r * f64::cos(angle)]);
            }
        }
        check_close(&made.x, &expected);
        assert_eq!(made.y, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }
}
