//! The generator `adding_problem`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, samples, steps, stream};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "adding_problem",
        family: Family::Source,
        summary: "sequences of numbers of which two are marked: the sum of the two",
        docs: "\
A sequence of `steps` numbers drawn uniformly from [0, 1), of which two are marked: one drawn from the first half of the steps (`steps / 2`
of them, rounded down), one from the second. Feature `x1` is the number, `x2` is 1 where it is marked and 0 elsewhere. The target `y` at step t
is the sum of the marked numbers up to t, so at the last step the sum of both. A regression; always answering 1 at the last step
has a mean squared error of 1/6.

The problem of S. Hochreiter, J. Schmidhuber, *Long short-term memory* (Neural Computation 9, 1997, experiment 4), in the
form of M. Arjovsky, A. Shah, Y. Bengio, *Unitary evolution recurrent neural networks* (2016, arXiv 1511.06464); the 1997 form draws
from [-1, 1], marks the ends with -1, and scales the sum.",
        params: &[
            samples(2, 1000, "Sequences."),
            steps(2, 50, "Time steps of a sequence."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Regression },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let (samples, steps) = (choice.count("samples"), choice.count("steps") as usize);
    let mut draws = stream(choice);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let half = steps / 2;
        let marked = [draws.below(half as u64) as usize, half + draws.below((steps - half) as u64) as usize];
        let mut sum = 0.0;
        for step in 0..steps {
            let value = draws.uniform(0.0, 1.0);
            let mark = f64::from(u8::from(marked.contains(&step)));
            sum += value * mark;
            x.extend([value, mark]);
            y.push(sum);
        }
    }
    Made { features: 2, steps, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    #[test]
    fn the_last_target_is_the_sum_of_the_two_that_are_marked() {
        let set = [("samples", Value::Count(200)), ("steps", Value::Count(5))];
        let made = make(&super::THIS, &set);
        assert_eq!((made.x.len(), made.y.len(), made.steps), (2000, 1000, 5));
        let mut places = std::collections::BTreeSet::new();
        for (x, y) in made.x.chunks(10).zip(made.y.chunks(5)) {
            let marked: Vec<usize> = (0..5).filter(|step| x[2 * step + 1] == 1.0).collect();
            assert!(marked.len() == 2 && marked[0] < 2 && marked[1] >= 2, "{marked:?}");
            assert_eq!(y[4], x[2 * marked[0]] + x[2 * marked[1]]);
            assert_eq!(y[marked[1] - 1], x[2 * marked[0]]);
            assert!(x.iter().step_by(2).all(|v| (0.0..1.0).contains(v)));
            places.extend(marked);
        }
        assert_eq!(places.len(), 5, "every step is marked in some of 200 sequences");
    }
}
