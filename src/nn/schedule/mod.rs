//! Schedules: a factor on the learning rate that changes in the course of a training.

use crate::catalog::Entry;

members! { Schedule: constant, cosine, exponential, one_cycle, plateau, step, warmup }

/// A member of the family.
pub struct Schedule {
    pub entry: Entry,
}
