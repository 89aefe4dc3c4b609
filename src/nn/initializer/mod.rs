//! Initializers: the values that parameters start from.

use crate::catalog::Entry;

members! { Initializer: constant, glorot_normal, glorot_uniform, he_normal, he_uniform, lecun_normal, lecun_uniform, normal, orthogonal, uniform, zeros }

/// A member of the family.
pub struct Initializer {
    pub entry: Entry,
}
