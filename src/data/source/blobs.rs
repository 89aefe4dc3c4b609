//! The generator `blobs`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{Generator, Made, SEED, noise, real, samples, shares, stream, whole};
use crate::catalog::{Choice, Entry, Facts, Family, Range, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "blobs",
        family: Family::Source,
        summary: "round Gaussian clusters, one class per centre",
        docs: "\
One isotropic Gaussian cluster per class. Centres are drawn uniformly from the box `[-range, range]` in every coordinate;
a row is its centre plus `noise` times a standard normal vector. This is the construction of scikit-learn's
`make_blobs(shuffle=False)` (`noise` is its `cluster_std`, `range` its `center_box`); the draws come from `seed` and differ from scikit-learn's.

Features `x1` ... `xk`; rows centre by centre.",
        params: &[
            samples(4, 300, "Rows in all; classes differ by at most one row, the first ones get the larger share."),
            whole("centers", 2, 1000, 3, "Number of clusters and classes."),
            whole("features", 1, 10_000, 2, "Number of features."),
            real("range", Range::POSITIVE, 10.0, "Half the width of the box the centres are drawn from."),
            noise(1.0, "Standard deviation of every cluster in every feature."),
            SEED,
        ],
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make,
};

fn make(choice: &Choice) -> Made {
    let (centers, features) = (choice.count("centers") as usize, choice.count("features") as usize);
    let (range, noise) = (choice.number("range"), choice.number("noise"));
    let mut draws = stream(choice);
    let middle: Vec<f64> = (0..centers * features).map(|_| draws.uniform(-range, range)).collect();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (class, rows) in shares(choice.count("samples") as usize, centers).enumerate() {
        for _ in 0..rows {
            let center = &middle[class * features..(class + 1) * features];
            x.extend(center.iter().map(|m| m + noise * draws.normal()));
            y.push(class as f64);
        }
    }
    Made { features, x, y, ..Made::default() }
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use crate::catalog::Value;

    #[test]
    fn clusters_have_the_spread_asked_for() {
        let set = [("samples", Value::Count(30_000)), ("noise", Value::Real(0.5))];
        let made = make(&super::THIS, &set);
        assert_eq!((made.features, made.x.len(), made.y[10_000]), (2, 60_000, 1.0));
        let first: Vec<f64> = made.x[..20_000].iter().step_by(2).copied().collect();
        let mean = first.iter().sum::<f64>() / 1e4;
        let sd = (first.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1e4).sqrt();
        // The centre lies in the box, and the standard deviation within five standard errors, 5 · 0.5 / sqrt(2e4).
        assert!(mean.abs() <= 10.1 && (sd - 0.5).abs() < 0.018, "{mean} {sd}");
    }
}
