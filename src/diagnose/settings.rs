//! What rules read of how a network is trained: which learning rates are usual, which rate is at work, how many steps there are.
//!
//! It judges nothing. The usual rates are those of `benches/diagnosis/SIGNATURES.md`, section 4, in round numbers.

use super::{Evidence, Finding};
use crate::catalog::{Choice, TargetRow};
use crate::spec::{Batch, Budget, Configuration, Reduction};
use crate::text;

/// Learning rates that work for one optimizer, and the one to begin with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usual {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) typical: f64,
}

/// Divisions round: a rate at the end of the range lies in it.
const ROUNDING: f64 = 1e-9;

impl Usual {
    /// Whether all of it lies below a rate.
    pub(super) fn is_below(self, rate: f64) -> bool {
        rate > self.high * (1.0 + ROUNDING)
    }

    /// Whether all of it lies above a rate.
    pub(super) fn is_above(self, rate: f64) -> bool {
        rate < self.low * (1.0 - ROUNDING)
    }
}

/// By optimizer: the healthy runs of the corpus, a factor of three and more wider on both sides, with the defaults of PyTorch inside
/// (but for those of `sgd`, which has none there).
const USUAL: [(&str, Usual); 8] = [
    ("sgd", Usual { low: 0.003, high: 1.0, typical: 0.1 }),
    ("adam", Usual { low: 0.0003, high: 0.1, typical: 0.005 }),
    ("adamw", Usual { low: 0.0003, high: 0.1, typical: 0.005 }),
    ("nadam", Usual { low: 0.0003, high: 0.1, typical: 0.005 }),
    ("rmsprop", Usual { low: 0.0003, high: 0.03, typical: 0.002 }),
    ("adagrad", Usual { low: 0.005, high: 0.5, typical: 0.05 }),
    ("adadelta", Usual { low: 0.1, high: 5.0, typical: 1.0 }),
    ("lion", Usual { low: 0.00005, high: 0.005, typical: 0.0005 }),
];

/// The slope of a sigmoid or a softmax, 1/4 at most, makes the gradient of a squared error small: `sgd` takes ten times as much.
const AFTER_SQUASHING: Usual = Usual { low: 0.1, high: 10.0, typical: 1.0 };

/// Of an optimizer that has a learning rate and is known here.
pub(super) fn usual(configuration: &Configuration) -> Option<Usual> {
    let (optimizer, pairing) = (&configuration.optimizer.method, &configuration.pairing);
    let squares = ["mse", "sum_of_squares"].contains(&pairing.loss.name());
    let is_unit = |activation: &Choice| {
        let range = super::reading::gives(activation);
        (range.low, range.high) == (0.0, 1.0)
    };
    if optimizer.name() == "sgd" && squares && is_unit(&pairing.activation) {
        return Some(AFTER_SQUASHING);
    }
    USUAL.iter().find(|(name, _)| *name == optimizer.name()).map(|(_, usual)| *usual)
}

/// Whether steps are as long however large the loss is: the optimizer divides by the size of the gradients it has seen.
pub(super) fn is_scale_free(optimizer: &Choice) -> bool {
    USUAL.iter().any(|(name, _)| *name == optimizer.name()) && optimizer.name() != "sgd"
}

/// The learning rate, and what multiplies it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub(super) written: f64,
    /// Momentum adds up the steps of the past: a steady gradient goes on 1 / (1 - momentum) times as far.
    pub(super) momentum: f64,
    /// Rows of a batch where the loss is their sum, else 1.
    pub(super) batch: f64,
}

impl Rate {
    /// Of the optimizer, where it has one and the batch is known.
    pub(super) fn of(evidence: &Evidence<'_>) -> Option<Rate> {
        let optimizer = &evidence.configuration.optimizer.method;
        let number = |key: &str| optimizer.maybe_number(key).filter(|_| optimizer.has(key));
        let written = optimizer.has("learning_rate").then(|| optimizer.maybe_number("learning_rate"))??;
        let is_sgd = optimizer.name() == "sgd";
        let is_sum = evidence.configuration.pairing.reduction == Reduction::Sum && !is_scale_free(optimizer);
        let batch = if is_sum { batch(evidence)? as f64 } else { 1.0 };
        let momentum = if is_sgd { number("momentum").unwrap_or(0.0) } else { 0.0 };
        Some(Rate { written, momentum, batch })
    }

    /// As if there were no momentum and the loss a mean.
    pub(super) fn effective(self) -> f64 {
        self.written / (1.0 - self.momentum) * self.batch
    }

    /// What to write for an effective rate: 1, 2, or 5 times a power of ten.
    pub(super) fn to_write(self, effective: f64) -> f64 {
        round(effective * (1.0 - self.momentum) / self.batch)
    }

    /// `0.1 / (1 - 0.9) = 1`; of a rate that nothing multiplies the number alone.
    pub(super) fn told(self) -> String {
        let mut told = super::number(self.written);
        if self.momentum > 0.0 {
            told += &format!(" / (1 - {})", text::exact(self.momentum));
        }
        if self.batch > 1.0 {
            told += &format!(" x {} rows of a batch", self.batch);
        }
        let is_plain = self.momentum == 0.0 && self.batch == 1.0;
        if is_plain { told } else { format!("{told} = {}", super::number(self.effective())) }
    }
}

/// The nearest of 1, 2, and 5 times a power of ten, by ratio.
pub(super) fn round(value: f64) -> f64 {
    let power = libm::floor(libm::log10(value));
    let distance = |x: f64| libm::fabs(libm::log(x / value));
    // Read back from text, so that it is the number one would write.
    let candidates = [1, 2, 5, 10].map(|digit| format!("{digit}e{power}").parse().unwrap_or(value));
    candidates.into_iter().min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(value)
}

/// A tenth, of the same digits: 0.0003 of 0.003.
pub(super) fn tenth(value: f64) -> f64 {
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let lower = power.parse::<i32>().ok().and_then(|power| format!("{digits}e{}", power - 1).parse().ok());
    lower.unwrap_or(value / 10.0)
}

/// Rows of a batch, the training part at most.
pub(super) fn batch(evidence: &Evidence<'_>) -> Option<usize> {
    let rows = evidence.traits.map(|traits| traits.rows).filter(|rows| *rows > 0);
    match evidence.configuration.train.batch {
        Batch::Full => rows,
        Batch::Size(size) => Some(rows.map_or(size, |rows| size.min(rows))),
    }
}

/// Optimizer steps of an epoch, and of the whole budget.
pub(super) fn steps(evidence: &Evidence<'_>) -> Option<(usize, usize)> {
    let rows = evidence.traits.map(|traits| traits.rows).filter(|rows| *rows > 0)?;
    let each = rows.div_ceil(batch(evidence)?.max(1));
    Some(match evidence.configuration.train.budget {
        Budget::Epochs(epochs) => (each, each.saturating_mul(epochs)),
        Budget::Steps(steps) => (each, steps),
    })
}

/// A change of what is written, as TOML.
pub(super) fn toml(value: f64) -> String {
    text::exact(value)
}

/// Whether nothing above says what is wrong: a rule that works by elimination may speak.
pub(super) fn is_unexplained(before: &[Finding]) -> bool {
    !before.iter().any(Finding::is_likely_cause)
}

/// How many numbers of a row a loss adds up where it is told to: those of each output, or the one value of a row.
pub(super) fn terms(configuration: &Configuration, outputs: usize) -> usize {
    let is_separate = super::reading::target_row(&configuration.pairing.loss) == TargetRow::Separate;
    if is_separate { outputs } else { 1 }
}
