//! The generator `copy_memory`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, samples, stream, whole};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "copy_memory",
        family: Family::Source,
        summary: "symbols to be kept over a long gap and repeated when asked for",
        docs: "\
With S = `symbols`, L = `length`, D = `delay`: a sequence of D + 2 L steps over the categories 0 to S + 1, where S is the blank and S + 1
the sign to begin:

| steps | input | target |
|---|---|---|
| first L | symbols drawn uniformly from 0 to S - 1 | S |
| next D - 1 | S | S |
| next 1 | S + 1 | S |
| last L | S | the L symbols in their order |

Features `x1` ... `x(S+2)` are the input one-hot; the target is a class at every step, `0` to `S`, for a network with
`return_sequences = true`. Answering the blank, then symbols by chance, has a cross-entropy of L ln S / (D + 2 L) per step.

The task of S. Hochreiter, J. Schmidhuber, *Long short-term memory* (Neural Computation 9, 1997), as M. Arjovsky, A. Shah, Y. Bengio,
*Unitary evolution recurrent neural networks* (2016, arXiv 1511.06464) state it; the defaults for `symbols` and `length` are theirs.",
        params: &[
            samples(2, 1000, "Sequences."),
            whole("symbols", 2, 998, 8, "Different symbols."),
            whole("length", 1, 1000, 10, "Symbols to be kept."),
            whole("delay", 1, 8000, 10, "Steps between the last symbol and the first step at which symbols are repeated."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let (symbols, length) = (choice.count("symbols"), choice.count("length") as usize);
    let delay = choice.count("delay") as usize;
    let (features, steps) = (symbols as usize + 2, delay + 2 * length);
    let mut draws = stream(choice);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..choice.count("samples") {
        let kept: Vec<u64> = (0..length).map(|_| draws.below(symbols)).collect();
        for step in 0..steps {
            let input = match kept.get(step) {
                Some(symbol) => *symbol,
                None if step + 1 == length + delay => symbols + 1,
                None => symbols,
            };
            x.extend((0..features as u64).map(|category| f64::from(u8::from(category == input))));
            y.push(match step.checked_sub(length + delay) {
                Some(back) => kept[back] as f64,
                None => symbols as f64,
            });
        }
    }
    Made { features, steps, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    #[test]
    fn symbols_return_after_the_sign() {
        let set = ["samples", "symbols", "length", "delay"].into_iter().zip([3, 4, 2, 3].map(Value::Count));
        let made = make(&super::THIS, &set.collect::<Vec<_>>());
        assert_eq!((made.features, made.steps, made.x.len(), made.y.len()), (6, 7, 3 * 7 * 6, 3 * 7));
        for (x, y) in made.x.chunks(42).zip(made.y.chunks(7)) {
            let one_hot = |step: &[f64]| step.iter().position(|v| *v == 1.0).unwrap() as f64;
            assert!(x.chunks(6).all(|step| step.iter().sum::<f64>() == 1.0));
            let input: Vec<f64> = x.chunks(6).map(one_hot).collect();
            // By the table of the documentation: 2 symbols, 2 blanks, the sign, 2 blanks.
            assert!(input[..2].iter().all(|symbol| *symbol < 4.0));
            assert_eq!(input[2..], [4.0, 4.0, 5.0, 4.0, 4.0]);
            assert_eq!(y[..5], [4.0; 5]);
            assert_eq!(y[5..], input[..2]);
        }
    }
}
