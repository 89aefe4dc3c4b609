//! The fused population kernel: whole epochs of whole packs, with the members in the lanes of vector registers, or, for large
//! networks, the units of one member.
//!
//! The arithmetic is defined, not implied: every sum is one chain of fused multiply-adds in the order of its index
//! (forward over inputs from the bias, back over outputs, gradients over samples), elementary functions are our own
//! polynomials, and a loss is summed in chunks of sixteen samples. So bits depend on nothing else: not on the
//! instruction set, the number of members, their places, the route that is taken, or how a layer is cut into tiles. It
//! knows neither names nor Burn; what it is given is checked before the first step. This is the only module with
//! `unsafe` code.
//!
//! Every access of both routes can be checked by an interpreter, on the widest set that it is told of (a few minutes; without
//! the flags the portable set, for a quarter of an hour):
//!
//! ```text
//! RUSTFLAGS="-C target-feature=+avx2,+fma" cargo +nightly miri test --lib kernel::tests
//! ```
#![expect(unsafe_code, reason = "the one module with instructions and pointers; what it offers is checked")]

mod block;
mod dropout;
pub mod forms;
pub mod lanes;
mod lanes_route;
pub mod math;
mod matrix;
mod matrix_route;
mod memory;
pub mod noise;
mod product;
mod route;
mod sets;
mod table;
mod task;
#[cfg(test)]
mod tests;
mod tiles;
mod time;
mod update;
mod wrong;

pub use forms::{Activation, Curve, Decay, Direction, Loss, Mix, MixTerms, Optimizer, Row, Terms};
pub use lanes::Lanes;
pub use route::{Route, route};
pub use sets::Set;
pub use table::{Rows, Table, Widths};
pub use task::{
    Bias, Cell, Feed, Layer, Masking, Method, Network, Noise, Numbers, Pace, Reach, Reduction, Time,
};
pub use wrong::{Delta, Place, Slope, WrongDelta};

/// Numbers of smaller size are 0 where the arithmetic says so: exponentials of a softmax and what an optimizer stores.
pub const FLUSHED: f32 = 1e-30;

/// Steps for all members of a pack.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    pub network: &'a Network,
    pub feed: &'a Feed<'a>,
    pub method: &'a Method,
    pub noise: Option<&'a Noise>,
    pub steps: usize,
}

impl Training<'_> {
    fn noise_seeds(&self) -> &[u64] {
        self.noise.map_or(&[], |noise| &noise.seeds)
    }

    /// Panics where dropout's numbers are not those of every member.
    fn check_noise(&self) {
        let members = self.network.members();
        if let Some(noise) = self.noise {
            assert_eq!((noise.seeds.len(), noise.steps.len()), (members, members), "noise for each member");
        }
    }
}

/// What a forward pass without dropout gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Data loss of each member.
    pub loss: Vec<f64>,
    /// `[member][row][answer][output]` after the output activation; empty unless asked for.
    pub outputs: Vec<f32>,
}

/// Trains all members for some steps, from the first of their orders on.
///
/// `parameters` is `[member][parameter]`, `states` `[member][state][parameter]`; both are replaced. `losses`, `[step][member]`,
/// gets the data loss of each step's batch before the step, with dropout.
///
/// # Panics
/// Where lengths do not fit together or an order names a row that is not there.
pub fn train(
    set: Set,
    training: &Training<'_>,
    parameters: &mut [f32],
    states: &mut [f32],
    losses: &mut [f64],
) {
    let (network, steps) = (training.network, training.steps);
    set.check();
    network.check();
    let (members, count) = (network.members(), network.parameters());
    training.feed.check(network, steps);
    assert_eq!(parameters.len(), members * count, "a row of parameters for each member");
    assert_eq!(
        states.len(),
        members * training.method.rule.states() * count,
        "rows of states for each member"
    );
    assert_eq!(losses.len(), steps * members, "a loss for each step and member");
    training.check_noise();
    let train = match route(network, members, set) {
        Route::Lanes => lanes_route::train,
        Route::Matrix => matrix_route::train,
    };
    train(set, training, parameters, states, losses);
}

/// The gradient of each member's data loss on its first batch, without dropout; `[member][parameter]`, as `parameters`.
pub fn gradients(set: Set, network: &Network, feed: &Feed<'_>, parameters: &[f32]) -> Vec<f32> {
    set.check();
    network.check();
    feed.check(network, 1);
    assert_eq!(
        parameters.len(),
        network.members() * network.parameters(),
        "a row of parameters for each member"
    );
    let mut found = vec![0.0; parameters.len()];
    let gradients = match route(network, network.members(), set) {
        Route::Lanes => lanes_route::gradients,
        Route::Matrix => matrix_route::gradients,
    };
    gradients(set, network, feed, parameters, &mut found);
    found
}

/// Losses and, if asked for, outputs of all members on the rows of their first epoch, which must be one batch.
pub fn evaluate(
    set: Set,
    network: &Network,
    feed: &Feed<'_>,
    parameters: &[f32],
    wants_outputs: bool,
) -> Evaluation {
    set.check();
    network.check();
    feed.check(network, 1);
    assert_eq!(feed.batch, feed.rows, "the whole part is one batch");
    assert_eq!(
        parameters.len(),
        network.members() * network.parameters(),
        "a row of parameters for each member"
    );
    let evaluate = match route(network, network.members(), set) {
        Route::Lanes => lanes_route::evaluate,
        Route::Matrix => matrix_route::evaluate,
    };
    evaluate(set, network, feed, parameters, wants_outputs)
}
