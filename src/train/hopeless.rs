//! What a trial shows while it trains, for a rule that ends those that will not learn.
//!
//! When a trial is asked and which rule answers is said from outside; here is only what both sides know. A rule sees one trial alone,
//! and nothing that depends on its neighbours or on what is recorded.

/// What a trial showed after an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// The training loss, as in curves.
    pub loss: f64,
    /// Share of the way from the baseline to perfect covered (as [`crate::event::TrialRecord::skill`]) on the training or on the
    /// validation part, the larger of the two; NaN where neither is known.
    pub skill: f64,
}

/// A rule by which trials end before their budget.
pub trait Hopeless: Sync {
    /// The epochs after which a trial is asked that has a budget of so many, ascending, from the first to the one before its last.
    fn epochs(&self, budget: usize) -> Vec<usize>;

    /// Whether a trial that showed this, once for each of these epochs so far, is to end.
    fn is_hopeless(&self, shown: &[Shown]) -> bool;

    /// Whether nothing that it may show later can make it hopeless: then it is not asked again.
    fn is_safe(&self, shown: &[Shown]) -> bool;
}
