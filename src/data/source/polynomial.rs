//! The generator `polynomial`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, SPACING, curve, noise, real, samples};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role, TaskKind, Value};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "polynomial",
        family: Family::Source,
        summary: "a polynomial of one variable, with noise",
        docs: "\
    y = c0 + c1 x + c2 x² + ...

for `coefficients = [c0, c1, c2, ...]`, with `x` between `low` and `high` and Gaussian noise on `y`.
Evaluated by Horner's rule. Feature `x`, target `y`; a regression.

Together with `[data] polynomial = 2` a network without hidden layer can fit a parabola exactly, which makes this the place to see
at which learning rate plain gradient descent diverges.",
        params: &[
            samples(2, 100, "Rows."),
            Param {
                key: "coefficients",
                kind: Kind::List(&Kind::Real(Range::REAL)),
                role: Role::Structural,
                default: Default::Absent,
                docs: "From the constant upwards; when absent `[0, 0, 1]`, the parabola x².",
            },
            real("low", Range::REAL, -1.0, "Smallest `x`."),
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
    let coefficients: Vec<f64> = match choice.get("coefficients") {
        Some(Value::List(items)) => items.iter().filter_map(number).collect(),
        _ => vec![0.0, 0.0, 1.0],
    };
    curve(choice, choice.count("samples") as usize, |x| {
        coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Real(x) => Some(*x),
        Value::Count(n) => Some(*n as f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{check_close, make};
    use crate::catalog::Value;

    #[test]
    fn values_are_those_of_the_polynomial() {
        let set = [
            ("samples", Value::Count(3)),
            ("noise", Value::Real(0.0)),
            ("coefficients", Value::List(vec![Value::Real(1.0), Value::Count(2), Value::Real(-4.0)])),
        ];
        let made = make(&super::THIS, &set);
        // By hand: 1 + 2x - 4x² at -1, 0, 1.
        check_close(&made.x, &[-1.0, 0.0, 1.0]);
        check_close(&made.y, &[-5.0, 1.0, -1.0]);
    }
}
