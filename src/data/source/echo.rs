//! The generator `echo`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, samples, steps, stream, whole};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "echo",
        family: Family::Source,
        summary: "random numbers, to be repeated some steps later",
        docs: "\
    y_t = x_(t - delay), and 0 in the first `delay` steps

with x drawn uniformly from [-1, 1) at every step. A regression with a target at every step, for a network with `return_sequences = true`:
it must hold the last `delay` numbers. Without any memory the mean squared error is at best the variance of the targets, 1/3
but for the first steps. Feature `x`, target `y`.

A common smallest test of recurrent learning; the gap that must be bridged is exactly `delay`, so that a gradient truncated
sooner shows.",
        params: &[
            samples(2, 200, "Sequences."),
            steps(2, 20, "Time steps of a sequence."),
            whole("delay", 0, super::STEPS_MAX, 3, "Steps until a number is repeated; 0 asks for the number itself."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Regression },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let (steps, delay) = (choice.count("steps") as usize, choice.count("delay") as usize);
    let mut draws = stream(choice);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..choice.count("samples") {
        let from = x.len();
        x.extend((0..steps).map(|_| draws.uniform(-1.0, 1.0)));
        y.extend((0..steps).map(|step| step.checked_sub(delay).map_or(0.0, |earlier| x[from + earlier])));
    }
    Made { steps, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    #[test]
    fn targets_are_the_inputs_of_earlier_steps() {
        let set = [("samples", Value::Count(2)), ("steps", Value::Count(4)), ("delay", Value::Count(1))];
        let made = make(&super::THIS, &set);
        assert_eq!((made.features, made.steps, made.x.len()), (1, 4, 8));
        let x = &made.x;
        // By definition.
        assert_eq!(made.y, [0.0, x[0], x[1], x[2], 0.0, x[4], x[5], x[6]]);
        assert!(x.iter().all(|v| (-1.0..1.0).contains(v)) && x.iter().any(|v| *v < 0.0));
    }
}
