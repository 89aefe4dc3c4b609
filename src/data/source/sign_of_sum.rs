//! The generator `sign_of_sum`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, samples, steps, stream};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "sign_of_sum",
        family: Family::Source,
        summary: "random numbers, and whether their sum is positive",
        docs: "\
A sequence of `steps` numbers drawn uniformly from [-1, 1). The class at step t is 1 if the sum of the numbers up to t is above 0 and 0
otherwise; at the last step it is the sign of the whole sum. Every number counts alike, so a network that looks at one step only is
right little more than half of the time. Feature `x`, classes `0` and `1`.

A common smallest test of many-to-one learning.",
        params: &[samples(4, 500, "Sequences."), steps(1, 10, "Time steps of a sequence."), SEED],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let steps = choice.count("steps") as usize;
    let mut draws = stream(choice);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..choice.count("samples") {
        let mut sum = 0.0;
        for _ in 0..steps {
            let value = draws.uniform(-1.0, 1.0);
            sum += value;
            x.push(value);
            y.push(f64::from(u8::from(sum > 0.0)));
        }
    }
    Made { steps, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    #[test]
    fn the_last_class_is_the_sign_of_the_sum() {
        let made = make(&super::THIS, &[("samples", Value::Count(300)), ("steps", Value::Count(3))]);
        assert_eq!((made.steps, made.x.len(), made.y.len()), (3, 900, 900));
        let mut positive = 0;
        for (x, y) in made.x.chunks(3).zip(made.y.chunks(3)) {
            assert_eq!(y[2] == 1.0, x.iter().sum::<f64>() > 0.0);
            assert_eq!(y[0] == 1.0, x[0] > 0.0);
            positive += usize::from(y[2] == 1.0);
        }
        // Half of 300, within five standard deviations of 8.7.
        assert!(positive.abs_diff(150) < 44, "{positive}");
    }
}
