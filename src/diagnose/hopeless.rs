//! Which trials will not learn, said early enough to save most of their budget (`[sweep] stop_hopeless`).
//!
//! It is no finding: it names no cause, and what it sees is little, so that a trial can be asked while it trains. Nor is it a search
//! for the best: it compares a trial with no other, only with a network that knows nothing.
//!
//! # The rule
//!
//! A trial is asked after 10, 20, 30, 40, and 50 % of its budget. It is hopeless, from the third time on, if
//!
//! - each time it was no better than the baseline, within 5 % of the way to perfect, on the training and on the validation part, and
//! - its training loss is not below all earlier ones: nothing moves.
//!
//! # How often it is right
//!
//! Measured on the recorded curves of the corpus of diagnosis, faults, twins, and healthy runs together, whose outcome with the whole
//! budget is known. Precision: of the trials that it ends, the share that did not learn. Thresholds were chosen on the calibrating half;
//! the second draw was looked at when they stood.
//!
//! | trials | did not learn | ended | of these did not learn | precision (Wilson, 95 %) |
//! |---|--:|--:|--:|--:|
//! | calibrating half, 1,220 | 254 | 117 | 116 | .991 (.953 to .998) |
//! | reporting half, 1,209 | 249 | 105 | 105 | 1.000 (.965 to 1.000) |
//! | a second draw, 2,430 | 486 | 190 | 188 | .989 (.962 to .997) |
//! | committed results that record enough epochs, 2,951 | 1,245 | 86 | 85 | .988 (.937 to .998) |
//!
//! Together .992 (.980 to .997). No trial of the corpus' 3,211 healthy runs and twins that learned was ended. What it ended wrongly
//! waits on a plateau for more than a third of its budget: a softmax in a hidden layer, a derivative left out.
//!
//! What was tried instead, on the calibrating half: "the loss is ten times the first, twice in a row" ends 28 with .96, because a
//! classification may be right with a large loss; "still within 1 % of the first loss" 109 with .94 and, of the committed results, 78 with
//! .65, because a plateau that ends falls first, slowly. Both are worse than to ask whether the network is any better than a guess and
//! whether it moves at all. Of trials whose loss rises without bound, most are not finite before they are asked a third time.

use crate::event::{End, TrialRecord};
use crate::spec::{Budget, Train};
use crate::train::{Hopeless, Shown};

/// When a trial is asked, in percent of its budget, rounded up to whole epochs.
const PLACES: [usize; 5] = [10, 20, 30, 40, 50];
/// A trial is not judged by less than this many answers. By two: precision .98 on the reporting half.
const LEAST: usize = 3;
/// Share of the way from the baseline to perfect. With .1: precision .975 on the calibrating half.
const SKILL: f64 = 0.05;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct NotLearning;

impl Hopeless for NotLearning {
    fn epochs(&self, budget: usize) -> Vec<usize> {
        // The same as `(budget * place).div_ceil(100)`, without a product that could be too large.
        let at = |place: usize| budget / 100 * place + (budget % 100 * place).div_ceil(100);
        let mut epochs = PLACES.map(at).to_vec();
        epochs.dedup();
        epochs.retain(|epoch| (1..budget).contains(epoch));
        epochs
    }

    fn is_hopeless(&self, shown: &[Shown]) -> bool {
        let Some((last, before)) = shown.split_last() else { return false };
        shown.len() >= LEAST
            && shown.iter().all(|s| s.loss.is_finite() && s.skill < SKILL)
            && before.iter().any(|s| last.loss >= s.loss)
    }
}

/// After what share of its budget a trial was ended as hopeless, if it was. One whose loss had risen tenfold by then is told as
/// diverged; where an early stop may have ended it, it is left out.
pub fn ended(record: &TrialRecord, train: &Train, until: Option<usize>) -> Option<f64> {
    let (budget, share) = match train.budget {
        Budget::Epochs(n) => (n, record.epochs as f64 / n as f64),
        // It was asked after whole epochs.
        Budget::Steps(n) => {
            (n.div_ceil((record.steps / record.epochs.max(1)).max(1)), record.steps as f64 / n as f64)
        }
    };
    let is_early = || until.is_none_or(|until| record.epochs < until) && train.early_stop.is_none();
    let was_asked = || NotLearning.epochs(budget).contains(&record.epochs);
    let was_ended = match record.end {
        End::Hopeless => true,
        End::Diverged => train.stop_hopeless && is_early() && was_asked(),
        _ => false,
    };
    was_ended.then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_hopeless(losses: &[f64], skills: &[f64]) -> bool {
        let shown: Vec<Shown> =
            losses.iter().zip(skills).map(|(&loss, &skill)| Shown { loss, skill }).collect();
        NotLearning.is_hopeless(&shown)
    }

    /// By hand: 10, 20, 30, 40, and 50 % rounded up, each epoch once, none the last.
    #[test]
    fn a_trial_is_asked_at_places_of_its_own_budget() {
        assert_eq!(NotLearning.epochs(100), [10, 20, 30, 40, 50]);
        assert_eq!(NotLearning.epochs(27), [3, 6, 9, 11, 14]);
        assert_eq!(NotLearning.epochs(5), [1, 2, 3]);
        assert_eq!(NotLearning.epochs(1), [0; 0]);
        assert_eq!(NotLearning.epochs(0), [0; 0]);
        assert_eq!(NotLearning.epochs(usize::MAX).len(), 5);
    }

    #[test]
    fn what_knows_nothing_and_does_not_move_is_hopeless() {
        assert!(is_hopeless(&[0.7, 0.7, 0.7], &[0.0; 3]));
        // Up and down about a plateau.
        assert!(is_hopeless(&[0.71, 0.69, 0.70], &[0.0, 0.02, -0.3]));
        // It diverges.
        assert!(is_hopeless(&[10.0, 100.0, 1e30], &[-1.0, -5.0, f64::NEG_INFINITY]));
    }

    #[test]
    fn what_moves_has_learned_something_or_is_young_is_not() {
        assert!(!is_hopeless(&[], &[]));
        assert!(!is_hopeless(&[0.7, 0.7], &[0.0; 2]), "two answers are too few");
        // A plateau that ends: the loss falls at every place, slowly.
        assert!(!is_hopeless(&[1.0007, 1.0006, 1.0005], &[0.0; 3]));
        // A large loss, but right more often than a guess.
        assert!(!is_hopeless(&[10.0, 20.0, 30.0], &[0.0, 0.0, 0.4]));
        assert!(!is_hopeless(&[10.0, 20.0, 30.0], &[0.4, 0.0, 0.0]));
        // Nothing is known of it.
        assert!(!is_hopeless(&[0.7; 3], &[f64::NAN; 3]));
        assert!(!is_hopeless(&[0.7, f64::NAN, 0.7], &[0.0; 3]));
    }
}
