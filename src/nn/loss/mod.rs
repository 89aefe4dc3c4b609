//! Losses: how far outputs are from targets.

use crate::catalog::Entry;

members! { Loss: binary_cross_entropy, cross_entropy, huber, mae, mse }

/// A member of the family.
pub struct Loss {
    pub entry: Entry,
}
