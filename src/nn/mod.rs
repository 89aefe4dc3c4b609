//! Populations of networks as Burn modules.
//!
//! A [`Population`] is built from checked configurations, steps on batches, and is evaluated; the families of names that
//! an experiment can use for it lie in one folder each. It reads no files, keeps no clock, and knows no epochs: the loop
//! is `train`'s. Only this module and `train` name Burn.

use crate::catalog::Entry;

/// One list of names per family: declares a module for each file and collects their `THIS`.
///
/// The one word a newcomer adds stands in such a list, in alphabetical order.
macro_rules! members {
    ($member:ty: $($name:ident),* $(,)?) => {
        $(pub mod $name;)*
        /// Every member, in alphabetical order.
        pub static ALL: &[&$member] = &[$(&$name::THIS),*];
    };
}

pub mod activation;
pub mod loss;
pub mod initializer;
pub mod optimizer;
pub mod schedule;
mod batch;
mod columns;
mod device;
mod extension;
mod fault;
mod feed;
mod fused;
mod layout;
mod network;
mod pass;
mod passes;
mod population;
mod recurrent;
mod searching;
mod trainer;
pub mod gradcheck;

pub use crate::kernel::Rows;
pub use batch::Batch;
pub use columns::Columns;
pub use device::{DEVICE, ENGINE};
pub use feed::{Feed, Samples};
pub use network::Network;
pub use optimizer::search::{Halt, Searched};
pub use population::{
    Activations, Evaluation, LayerValues, Member, Parameter, Population, Shape, initial_parameters,
    parameter_count,
};
pub use schedule::{Progress, Schedule};
pub use trainer::{Chosen, State, Trainer, chosen, memory, pack_memory, why_not_fused};

/// The entries of the families `activation`, `loss`, `initializer`, `optimizer`, and `schedule`.
pub fn entries() -> Vec<&'static Entry> {
    let activations = activation::ALL.iter().map(|m| &m.entry);
    let losses = loss::ALL.iter().map(|m| &m.entry);
    let initializers = initializer::ALL.iter().map(|m| &m.entry);
    let optimizers = optimizer::entries();
    let schedules = schedule::ALL.iter().map(|m| &m.entry);
    activations.chain(losses).chain(initializers).chain(optimizers).chain(schedules).collect()
}
