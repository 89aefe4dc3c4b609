//! Schedule `plateau`: a drop whenever the loss stops falling.

use super::{Adaptive, Member, Rule};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Member = Member {
    entry: Entry {
        name: "plateau",
        family: Family::Schedule,
        summary: "a drop whenever the loss stops falling",
        docs: DOCS,
        params: &[
            Param {
                key: "factor",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.1),
                docs: "Factor at each drop.",
            },
            Param {
                key: "patience",
                kind: Kind::Count { min: 0, max: 1000000000 },
                role: Role::Numeric,
                default: Default::Count(10),
                docs: "Epochs without improvement that are tolerated.",
            },
            Param {
                key: "threshold",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(1e-4),
                docs: "Smallest relative improvement that counts.",
            },
            Param {
                key: "cooldown",
                kind: Kind::Count { min: 0, max: 1000000000 },
                role: Role::Numeric,
                default: Default::Count(0),
                docs: "Epochs after a drop that are not counted.",
            },
            Param {
                key: "floor",
                kind: Kind::Real(Range::UNIT),
                role: Role::Numeric,
                default: Default::Real(0.0),
                docs: "Smallest factor.",
            },
        ],
        facts: Facts::Plain,
    },
    rule: Rule::Adaptive(|parameters| Box::new(Plateau::new(parameters))),
};

#[derive(Debug)]
struct Plateau {
    drop: f64,
    patience: f64,
    threshold: f64,
    cooldown: f64,
    floor: f64,
    factor: f64,
    best: f64,
    /// Counts, as numbers because they are part of its state.
    bad_epochs: f64,
    resting: f64,
}

impl Plateau {
    fn new(p: &Choice) -> Plateau {
        Plateau {
            drop: p.number("factor"),
            patience: p.count("patience") as f64,
            threshold: p.number("threshold"),
            cooldown: p.count("cooldown") as f64,
            floor: p.number("floor"),
            factor: 1.0,
            best: f64::INFINITY,
            bad_epochs: 0.0,
            resting: 0.0,
        }
    }
}

impl Adaptive for Plateau {
    fn factor(&self) -> f64 {
        self.factor
    }

    fn observe(&mut self, value: f64) {
        // The first value is the best so far whatever the threshold; infinity times 0 would be NaN. NaN is never better.
        let first = self.best == f64::INFINITY;
        if value < if first { self.best } else { self.best * (1.0 - self.threshold) } {
            self.best = value;
            self.bad_epochs = 0.0;
        } else {
            self.bad_epochs += 1.0;
        }
        if self.resting > 0.0 {
            self.resting -= 1.0;
            self.bad_epochs = 0.0;
        }
        if self.bad_epochs > self.patience {
            self.factor = (self.factor * self.drop).max(self.floor);
            self.resting = self.cooldown;
            self.bad_epochs = 0.0;
        }
    }

    fn state(&mut self) -> Vec<&mut f64> {
        vec![&mut self.factor, &mut self.best, &mut self.bad_epochs, &mut self.resting]
    }
}

const DOCS: &str = r#"### Formula

The factor starts at 1. After each epoch the validation loss (the training loss where there is no validation part) is compared with the best so far; after more than `patience` epochs in a row without a value below `best · (1 - threshold)` the factor is multiplied by `factor`, though not below `floor`, and `cooldown` epochs are not counted. A loss that is NaN or infinite is no improvement. First value 1; the last depends on the losses.

### When to use

When the length of a run is not known.

### Source

As PyTorch's `ReduceLROnPlateau` in its defaults (mode min, relative threshold)."#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Value;

    fn plateau(given: &[(&str, Value)]) -> Plateau {
        let mut choice = Choice::defaults(&THIS.entry);
        for (key, value) in given {
            let index = THIS.entry.params.iter().position(|p| p.key == *key).unwrap();
            choice.values[index] = Some(value.clone());
        }
        Plateau::new(&choice)
    }

    /// The factor before each of these losses is observed.
    fn factors<const N: usize>(mut plateau: Plateau, losses: [f64; N]) -> [f64; N] {
        losses.map(|loss| {
            let factor = plateau.factor();
            plateau.observe(loss);
            factor
        })
    }

    /// PyTorch 2.15.0 `ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1, min_lr=0.2)`: the rate before each epoch.
    #[test]
    fn agrees_with_pytorch() {
        let plateau = plateau(&[
            ("factor", Value::Real(0.5)),
            ("floor", Value::Real(0.2)),
            ("patience", Value::Count(1)),
            ("cooldown", Value::Count(1)),
        ]);
        let losses = [1.0, 0.9, 0.95, 0.92, 0.91, 0.95, 0.93, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];
        let expected = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2];
        assert_eq!(factors(plateau, losses), expected);
    }

    /// By definition: with `patience = 1` the second epoch in a row without improvement drops the factor.
    #[test]
    fn a_loss_that_is_no_number_is_no_improvement() {
        let half = || plateau(&[("factor", Value::Real(0.5)), ("patience", Value::Count(1))]);
        let nan = f64::NAN;
        assert_eq!(factors(half(), [1.0, nan, 0.9, nan, nan, 0.8]), [1.0, 1.0, 1.0, 1.0, 1.0, 0.5]);
        assert_eq!(factors(half(), [nan, f64::INFINITY, 1.0, 0.9]), [1.0, 1.0, 0.5, 0.5]);
    }

    /// By definition: the first value has nothing to be compared with.
    #[test]
    fn the_first_loss_counts_at_the_largest_threshold() {
        let given =
            [("factor", Value::Real(0.5)), ("patience", Value::Count(0)), ("threshold", Value::Real(1.0))];
        assert_eq!(factors(plateau(&given), [1.0, 0.5, 0.4]), [1.0, 1.0, 0.5]);
    }
}
