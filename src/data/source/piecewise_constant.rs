//! The generator `piecewise_constant`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, blur, noise, samples, stream, whole};
use crate::catalog::{Choice, Entry, Facts, Family, TaskKind};
use crate::rng::Stream;

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "piecewise_constant",
        family: Family::Source,
        summary: "signals that are constant in stretches, and noisy readings of them",
        docs: "\
Every row is a signal of `outputs` values in [0, 1] that is constant in stretches. The number of stretches is drawn uniformly from 2 to
`ranges` (or to `outputs`, where that is less), the places of the changes uniformly among all, so that a stretch may have one
value. Each level is a multiple of 1/256, drawn uniformly, other than the one before it: equal neighbours are equal in every
precision, and a change is a change.

The signal is the target, `y1` ... `yk`, exact; the features `x1` ... `xk` are readings of it with Gaussian `noise`. A regression
of several outputs: denoising, for which the loss `range_wise_mae` is made.",
        params: &[
            samples(2, 200, "Rows."),
            whole("outputs", 2, 10_000, 24, "Values of a signal, and features of a row."),
            whole("ranges", 2, 10_000, 12, "Most stretches of a signal."),
            noise(0.1, "Standard deviation of the readings around the signal; 0 makes features equal to targets."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Regression },
    },
    make,
};

/// Levels are multiples of one over this.
const LEVELS: u64 = 256;

fn make(choice: &Choice) -> Made {
    let (rows, outputs) = (choice.count("samples") as usize, choice.count("outputs") as usize);
    let most = choice.count("ranges").min(outputs as u64);
    let mut draws = stream(choice);
    let mut y = Vec::with_capacity(rows * outputs);
    for _ in 0..rows {
        let ranges = 2 + draws.below(most - 1);
        signal(outputs, ranges as usize, &mut draws, &mut y);
    }
    let mut x = y.clone();
    blur(&mut x, choice.number("noise"), &mut draws);
    Made { features: outputs, x, y, ..Made::default() }
}

/// Adds a signal of `ranges` stretches.
fn signal(outputs: usize, ranges: usize, draws: &mut Stream, to: &mut Vec<f64>) {
    // The first places of a shuffle are a choice without replacement.
    let mut places: Vec<usize> = (1..outputs).collect();
    draws.shuffle(&mut places);
    let mut is_change = vec![false; outputs];
    places[..ranges - 1].iter().for_each(|place| is_change[*place] = true);
    let mut level = draws.below(LEVELS + 1);
    for change in is_change {
        if change {
            // One of the others: what lies above the present one moves up by one.
            let other = draws.below(LEVELS);
            level = other + u64::from(other >= level);
        }
        to.push(level as f64 / LEVELS as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    fn made(set: &[(&'static str, u64)], noise: f64) -> super::Made {
        let counts = set.iter().map(|(key, count)| (*key, Value::Count(*count)));
        make(&super::THIS, &counts.chain([("noise", Value::Real(noise))]).collect::<Vec<_>>())
    }

    #[test]
    fn signals_have_as_many_stretches_as_drawn() {
        let made = made(&[("samples", 1100), ("outputs", 40)], 0.0);
        assert_eq!((made.features, made.y.len()), (40, 44_000));
        assert_eq!(made.x, made.y);
        assert!(made.y.iter().all(|v| (0.0..=1.0).contains(v)));
        let mut seen = [0_usize; 13];
        made.y.chunks(40).for_each(|row| seen[row.chunk_by(|a, b| a == b).count()] += 1);
        // 11 equally likely numbers in 1100 rows: 100 each, with a standard deviation of √(100 · 10 / 11) = 9.5; five of them.
        assert!(seen[2..].iter().all(|n| (53..=147).contains(n)), "{seen:?}");
        assert_eq!(seen[..2], [0, 0]);
        // A uniform level has a standard deviation of 0.29; the squares of the lengths of stretches sum to about 490 a row, so the
        // mean has one of 0.29 · √(1100 · 490) / 44,000 = 0.0048. Five of them.
        let mean = made.y.iter().sum::<f64>() / 44_000.0;
        assert!((mean - 0.5).abs() < 0.024, "{mean}");
    }

    #[test]
    fn a_signal_has_no_more_stretches_than_values() {
        let made = made(&[("samples", 50), ("outputs", 2)], 0.0);
        assert!(made.y.chunks(2).all(|row| row[0] != row[1]));
    }

    #[test]
    fn readings_have_the_noise_asked_for() {
        let made = made(&[("samples", 1000)], 0.2);
        let squares: f64 = made.x.iter().zip(&made.y).map(|(x, y)| (x - y) * (x - y)).sum();
        let deviation = (squares / made.x.len() as f64).sqrt();
        // 24,000 values: five standard errors of a standard deviation, 5 · 0.2 / √48000.
        assert!((deviation - 0.2).abs() < 0.0046, "{deviation}");
    }
}
