//! Which route a pack takes: its members in the lanes, or the units of one member after another.
//!
//! Both give the same bits, so the choice may look at anything; it is a matter of time alone.

use super::sets::Set;
use super::task::Network;

/// How a pack is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// One member in each lane.
    Lanes,
    /// One member at a time, its units in the lanes.
    Matrix,
}

/// The faster route, by measurement.
pub fn route(network: &Network, members: usize, set: Set) -> Route {
    let blocks = members.div_ceil(set.width());
    if network.parameters() > 4096 || members * 5 <= blocks * set.width() * 2 {
        Route::Matrix
    } else {
        Route::Lanes
    }
}

#[cfg(test)]
mod tests;
