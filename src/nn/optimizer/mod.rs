//! Optimizers: from gradients to updates.

use crate::catalog::Entry;

members! { Optimizer: adadelta, adagrad, adam, adamw, lion, nadam, rmsprop, sgd }

/// A member of the family.
pub struct Optimizer {
    pub entry: Entry,
}
