//! Populations of networks as Burn modules.

use crate::catalog::Entry;

/// One list of names per family: declares a module for each file and collects their `THIS`.
///
/// The one word a newcomer adds stands in such a list, in alphabetical order.
macro_rules! members {
    ($member:ty: $($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every member, in alphabetical order.
        pub static ALL: &[&$member] = &[$(&$name::THIS),*];
    };
}

pub mod activation;
pub mod initializer;
pub mod loss;
pub mod optimizer;
pub mod schedule;

/// The entries of the families `activation`, `loss`, `initializer`, `optimizer`, and `schedule`.
pub fn entries() -> Vec<&'static Entry> {
    let activations = activation::ALL.iter().map(|m| &m.entry);
    let losses = loss::ALL.iter().map(|m| &m.entry);
    let initializers = initializer::ALL.iter().map(|m| &m.entry);
    let optimizers = optimizer::ALL.iter().map(|m| &m.entry);
    let schedules = schedule::ALL.iter().map(|m| &m.entry);
    activations.chain(losses).chain(initializers).chain(optimizers).chain(schedules).collect()
}
