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

/// The faster route for a pack: by its number of parameters, and by how many of its lanes have a member, since a block
/// costs the same however few are in it.
///
/// Microseconds for a step and a member, blocks full (AVX2, one core of an EPYC 7003 at 3.5 GHz):
///
/// | network | parameters | batch | lanes | matrix |
/// |---|--:|--:|--:|--:|
/// | 4-5-6-3, SGD | 82 | 150 | 1.6 | 3.9 |
/// | 4-32-3, SGD | 259 | 16 | 0.39 | 1.05 |
/// | 30-16-1, SGD | 513 | 32 | 1.02 | 1.50 |
/// | 13-64-1, SGD | 961 | 32 | 2.0 | 3.6 |
/// | 16-32-32-4, SGD | 1,732 | 32 | 3.8 | 4.9 |
/// | 64-64-10, Adam | 4,810 | 64 | 19.9 | 19.8 |
/// | 64-96-10, Adam | 7,210 | 64 | 28.9 | 28.0 |
/// | 128-128-10, Adam | 17,802 | 64 | 84 | 67 |
/// | 256-256-10, Adam | 68,362 | 64 | 365 | 236 |
/// | 784-128-10, Adam | 101,770 | 128 | 985 | 590 |
///
/// Narrow layers leave lanes of the matrix route empty; wide ones fill its larger tiles, and leave the other's cache. The
/// limit for AVX-512 comes from a measurement of the lanes against the products of another library. Recurrent layers have no form in the
/// matrix route.
pub fn route(network: &Network, members: usize, set: Set) -> Route {
    if network.time.is_some() {
        return Route::Lanes;
    }
    let parameters = network.parameters();
    let most = match set {
        Set::Portable | Set::Avx2 => 7_000,
        Set::Avx512 => 16_000,
    };
    let eighths = match parameters {
        0..=300 => 3,
        301..=1_000 => 5,
        _ => 7,
    };
    let lanes = members.next_multiple_of(set.width());
    if parameters <= most && members * 8 > lanes * eighths { Route::Lanes } else { Route::Matrix }
}

#[cfg(test)]
mod tests;
