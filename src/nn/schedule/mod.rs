//! Schedules: a factor on the learning rate that changes in the course of a training.
//!
//! Computed on the host in f64 with `libm`. A schedule knows neither the learning rate nor the network.

use crate::catalog::{Choice, Entry};

members! { Member: constant, cosine, exponential, one_cycle, plateau, step, warmup }

/// A member of the family.
#[derive(Debug)]
pub struct Member {
    pub entry: Entry,
    pub rule: Rule,
}

/// What the factor follows.
#[derive(Debug)]
pub enum Rule {
    /// Time alone.
    Timed(fn(parameters: &Choice, progress: &Progress) -> f64),
    /// The loss as it was observed.
    Adaptive(fn(parameters: &Choice) -> Box<dyn Adaptive>),
}

/// A factor that follows what it observes.
pub trait Adaptive: Send + std::fmt::Debug {
    fn factor(&self) -> f64;
    fn observe(&mut self, value: f64);
    /// Everything that observing changes.
    fn state(&mut self) -> Vec<&mut f64>;
}

/// Where a training stands before a step. All counts start at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: usize,
    /// Steps of the whole training.
    pub steps: usize,
    pub epoch: usize,
    /// Epochs of the whole training.
    pub epochs: usize,
    pub steps_per_epoch: usize,
}

/// The schedule of one member.
#[derive(Debug)]
pub struct Schedule {
    choice: Choice,
    state: State,
}

#[derive(Debug)]
enum State {
    Timed(fn(&Choice, &Progress) -> f64),
    Adaptive(Box<dyn Adaptive>),
}

impl Schedule {
    pub fn new(choice: &Choice) -> Schedule {
        let found = ALL.iter().find(|m| m.entry.name == choice.name());
        let member = found.unwrap_or_else(|| panic!("`{}` is not a schedule", choice.name()));
        let state = match member.rule {
            Rule::Timed(factor) => State::Timed(factor),
            Rule::Adaptive(new) => State::Adaptive(new(choice)),
        };
        Schedule { choice: choice.clone(), state }
    }

    /// The factor on the learning rate of the step that is about to be made.
    pub fn factor(&self, progress: Progress) -> f64 {
        match &self.state {
            State::Timed(factor) => factor(&self.choice, &progress),
            State::Adaptive(state) => state.factor(),
        }
    }

    /// Whether every factor is 1.
    pub fn is_constant(&self) -> bool {
        std::ptr::eq(self.choice.entry, &constant::THIS.entry)
    }

    /// Whether it must be told the loss after each epoch.
    pub fn watches(&self) -> bool {
        matches!(self.state, State::Adaptive(_))
    }

    /// Everything that observing changed; empty where nothing is observed.
    pub fn state(&mut self) -> Vec<f64> {
        match &mut self.state {
            State::Timed(_) => Vec::new(),
            State::Adaptive(state) => state.state().into_iter().map(|v| *v).collect(),
        }
    }

    /// Goes on from what [`Schedule::state`] gave; `false` where that is of another schedule.
    pub fn resume(&mut self, numbers: &[f64]) -> bool {
        let own = match &mut self.state {
            State::Timed(_) => Vec::new(),
            State::Adaptive(state) => state.state(),
        };
        let fits = own.len() == numbers.len();
        if fits {
            own.into_iter().zip(numbers).for_each(|(own, number)| *own = *number);
        }
        fits
    }

    /// Tells it the loss after an epoch: of the validation part, or of the training part where there is none.
    /// Only `plateau` listens.
    pub fn observe(&mut self, value: f64) {
        if let State::Adaptive(state) = &mut self.state {
            state.observe(value);
        }
    }
}

/// From `from` to `to` along half a cosine, `share` of the way (0 to 1).
fn half_cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * (1.0 + libm::cos(std::f64::consts::PI * share)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Value;

    /// The factors of all steps of a training whose epochs have `steps_per_epoch` steps. Tolerance: optax computes its
    /// cosine in other steps, and references are rounded to f64.
    #[track_caller]
    pub(super) fn check(
        member: &'static Member,
        given: &[(&str, Value)],
        steps_per_epoch: usize,
        expected: &[f64],
    ) {
        let mut choice = Choice::defaults(&member.entry);
        for (key, value) in given {
            let index = member.entry.params.iter().position(|p| p.key == *key).unwrap();
            choice.values[index] = Some(value.clone());
        }
        let schedule = Schedule::new(&choice);
        let steps = expected.len();
        for (step, expected) in expected.iter().enumerate() {
            let (epoch, epochs) = (step / steps_per_epoch, steps / steps_per_epoch);
            let factor = schedule.factor(Progress { step, steps, epoch, epochs, steps_per_epoch });
            assert!((factor - expected).abs() <= 1e-12, "step {step}: {factor} is not {expected}");
        }
    }
}
