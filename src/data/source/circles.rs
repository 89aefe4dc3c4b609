//! The generator `circles`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use std::f64::consts::TAU;

use super::{Generator, Made, SEED, blur, noise, real, samples, stream};
use crate::catalog::{Choice, Entry, Facts, Family, Range, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "circles",
        family: Family::Source,
        summary: "a circle inside a circle",
        docs: "\
A circle inside a circle, with `t = 2π i / n` for point `i` of `n`:

    class 0 (outer):  x1 = cos t,         x2 = sin t
    class 1 (inner):  x1 = factor cos t,  x2 = factor sin t

plus Gaussian noise on both coordinates. The geometry is that of scikit-learn's `make_circles(shuffle=False)`:
class 0 has `samples / 2` rows (rounded down), class 1 the rest. The noise comes from `seed` and differs from scikit-learn's.",
        params: &[
            samples(4, 200, "Rows in all, half of them in each class."),
            noise(0.05, "Standard deviation of Gaussian noise on both coordinates."),
            real("factor", Range::half_open(0.0, 1.0), 0.5, "Radius of the inner circle; the outer one has radius 1."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let rows = choice.count("samples") as usize;
    let (outer, inner) = (rows / 2, rows - rows / 2);
    let circle = |n: usize, radius: f64| {
        (0..n).flat_map(move |i| {
            let t = TAU / n as f64 * i as f64;
            [radius * libm::cos(t), radius * libm::sin(t)]
        })
    };
    let mut x: Vec<f64> = circle(outer, 1.0).chain(circle(inner, choice.number("factor"))).collect();
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
        // scikit-learn 1.9.1: make_circles(7, shuffle=False, factor=0.5)
        let made = make(&super::THIS, &[("samples", Value::Count(7)), ("noise", Value::Real(0.0))]);
        let high = 0.8660254037844386;
        check_close(&made.x, &[1.0, 0.0, -0.5, high, -0.5, -high, 0.5, 0.0, 0.0, 0.5, -0.5, 0.0, 0.0, -0.5]);
        assert_eq!(made.y, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
