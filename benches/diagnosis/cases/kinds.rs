//! What a kind of fault is, and the list of all kinds.
//!
//! A kind changes a network that learns in one place. What it does to training is measured, not claimed here.

use super::random::Random;
use super::recipe::Recipe;
use super::sets::Set;
use super::{
    faults_of_data, faults_of_gradients, faults_of_networks, faults_of_sequences, faults_of_settings,
};

/// A kind of fault.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The finding that names the cause.
    pub(crate) root: &'static str,
    /// All findings that name the cause, or so much of it that the author would look in the right place.
    pub(crate) expected: &'static [&'static str],
    /// How the harm shows: `skill` is worse than without the fault; other words name a measurement that shows what the score does not.
    pub(crate) shown_by: &'static str,
    /// Sets that cases take in turn.
    pub(crate) sets: &'static [Set],
    pub(crate) cases: usize,
    /// What the healthy network must be like for this fault to mean something; it still learns.
    pub(crate) prepare: fn(&mut Recipe, &mut Random),
    /// Puts the fault in and says in words what it is.
    pub(crate) seed: fn(&mut Recipe, &mut Random) -> String,
}

/// All kinds, in the order of the results.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    [
        faults_of_gradients::KINDS,
        faults_of_settings::KINDS,
        faults_of_networks::KINDS,
        faults_of_data::KINDS,
        faults_of_sequences::KINDS,
    ]
    .into_iter()
    .flatten()
}

/// Leaves the network as it was drawn.
pub(crate) fn as_drawn(_: &mut Recipe, _: &mut Random) {}
