//! The generator `moons`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use std::f64::consts::PI;

use super::{Generator, Made, SEED, blur, even, noise, samples, stream};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "moons",
        family: Family::Source,
        summary: "two interleaved half circles",
        docs: "\
Two interleaved half circles, with `t` evenly spaced in `[0, π]`:

    class 0 (outer):  x1 = cos t,      x2 = sin t
    class 1 (inner):  x1 = 1 - cos t,  x2 = 1 - sin t - 0.5

plus Gaussian noise on both coordinates. The geometry is that of scikit-learn's `make_moons(shuffle=False)`:
class 0 has `samples / 2` rows (rounded down), class 1 the rest. The noise comes from `seed` and differs from scikit-learn's.

Rows are in the order of `t`, class 0 first.",
        params: &[
            samples(4, 200, "Rows in all, half of them in each class."),
            noise(0.1, "Standard deviation of Gaussian noise on both coordinates."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let rows = choice.count("samples") as usize;
    let (outer, inner) = (rows / 2, rows - rows / 2);
    let mut x = Vec::with_capacity(2 * rows);
    x.extend(even(0.0, PI, outer).flat_map(|t| [libm::cos(t), libm::sin(t)]));
    x.extend(even(0.0, PI, inner).flat_map(|t| [1.0 - libm::cos(t), 1.0 - libm::sin(t) - 0.5]));
    blur(&mut x, choice.number("noise"), &mut stream(choice));
    let y = (0..rows).map(|row| if row < outer { 0.0 } else { 1.0 }).collect();
    Made { features: 2, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::{check_close, make};
    use crate::catalog::Value;

    #[test]
    fn geometry_is_that_of_scikit_learn() {
        // scikit-learn 1.9.1: make_moons(5, shuffle=False)
        let made = make(&super::THIS, &[("samples", Value::Count(5)), ("noise", Value::Real(0.0))]);
        check_close(&made.x, &[1.0, 0.0, -1.0, 0.0, 0.0, 0.5, 1.0, -0.5, 2.0, 0.5]);
        assert_eq!(made.y, [0.0, 0.0, 1.0, 1.0, 1.0]);
    }
}
