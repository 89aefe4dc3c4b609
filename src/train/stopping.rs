//! When a trial may end before its budget: `early_stop`, `stop_when`.

use crate::event::End;
use crate::spec::{EarlyStop, MetricOf, StopWhen, Train};

/// The state of one trial's stopping rules.
#[derive(Clone, Debug)]
pub(super) struct Stopping {
    early_stop: Option<EarlyStop>,
    stop_when: Option<StopWhen>,
    best: Option<f64>,
    best_epoch: usize,
}

impl Stopping {
    pub(super) fn new(train: &Train) -> Stopping {
        Stopping {
            early_stop: train.early_stop.clone(),
            stop_when: train.stop_when.clone(),
            best: None,
            best_epoch: 0,
        }
    }

    /// The metrics that must be known after every epoch.
    pub(super) fn watched(&self) -> impl Iterator<Item = &MetricOf> {
        let early = self.early_stop.as_ref().map(|e| &e.metric);
        early.into_iter().chain(self.stop_when.as_ref().map(|s| &s.metric))
    }

    pub(super) fn restores(&self) -> bool {
        self.early_stop.as_ref().is_some_and(|e| e.restore_best)
    }

    /// Everything that observing changes: the best value so far and its epoch.
    pub(super) fn state(&self) -> (Option<f64>, usize) {
        (self.best, self.best_epoch)
    }

    /// Goes on from what [`Stopping::state`] gave.
    pub(super) fn resume(&mut self, (best, best_epoch): (Option<f64>, usize)) {
        (self.best, self.best_epoch) = (best, best_epoch);
    }

    /// Takes the watched metrics after `epoch`, in the order of [`Stopping::watched`].
    ///
    /// Returns how the trial ends, if it does, and whether this epoch is the best so far. An improvement counts when it exceeds
    /// `min_delta`; the first value is an improvement. NaN never is.
    pub(super) fn observe(&mut self, epoch: usize, values: &[f64]) -> (Option<End>, bool) {
        let mut values = values.iter().copied();
        let mut end = None;
        let mut improved = false;
        if let Some(rule) = &self.early_stop {
            let value = values.next().unwrap_or(f64::NAN);
            let sign = if rule.metric.higher_is_better { 1.0 } else { -1.0 };
            improved =
                value.is_finite() && self.best.is_none_or(|best| sign * (value - best) > rule.min_delta);
            if improved {
                (self.best, self.best_epoch) = (Some(value), epoch);
            } else if epoch - self.best_epoch >= rule.patience {
                end = Some(End::EarlyStopped);
            }
        }
        if let Some(rule) = &self.stop_when {
            let value = values.next().unwrap_or(f64::NAN);
            let high = rule.at_least.is_some_and(|limit| value >= limit);
            if high || rule.at_most.is_some_and(|limit| value <= limit) {
                end = Some(End::TargetReached);
            }
        }
        (end, improved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Part;

    fn rule(patience: usize, min_delta: f64) -> Stopping {
        let metric = MetricOf { part: Part::Validation, metric: "loss".into(), higher_is_better: false };
        let early_stop = Some(EarlyStop { metric, patience, min_delta, restore_best: true });
        Stopping { early_stop, stop_when: None, best: None, best_epoch: 0 }
    }

    #[test]
    fn patience_counts_epochs_without_improvement() {
        let mut stopping = rule(2, 0.0);
        let seen: Vec<_> =
            [1.0, 0.5, 0.6, 0.5].iter().zip(0..).map(|(v, e)| stopping.observe(e, &[*v])).collect();
        assert_eq!(seen[1], (None, true));
        assert_eq!(seen[2], (None, false));
        assert_eq!(seen[3], (Some(End::EarlyStopped), false));
        assert_eq!(stopping.best_epoch, 1);
    }

    #[test]
    fn small_improvements_and_nan_do_not_count() {
        let mut stopping = rule(2, 0.1);
        for (epoch, value) in [1.0, 0.95, f64::NAN].into_iter().enumerate() {
            assert!(stopping.observe(epoch, &[value]).1 == (epoch == 0));
        }
        assert_eq!(stopping.observe(3, &[0.92]).0, Some(End::EarlyStopped));
    }

    #[test]
    fn a_target_is_reached_from_either_side() {
        let metric = MetricOf { part: Part::Train, metric: "accuracy".into(), higher_is_better: true };
        let stop_when = Some(StopWhen { metric, at_least: Some(0.9), at_most: None });
        let mut stopping = Stopping { early_stop: None, stop_when, best: None, best_epoch: 0 };
        assert_eq!(stopping.observe(1, &[0.89]).0, None);
        assert_eq!(stopping.observe(2, &[0.9]).0, Some(End::TargetReached));
    }
}
