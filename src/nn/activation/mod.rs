//! Activations: functions from the pre-activation of a layer to its output.

use crate::catalog::Entry;

members! { Activation: elu, gelu, hard_sigmoid, identity, leaky_relu, log_softmax, mish, relu, selu, sigmoid, silu, softmax, softplus, softsign, tanh }

/// A member of the family.
pub struct Activation {
    pub entry: Entry,
}
