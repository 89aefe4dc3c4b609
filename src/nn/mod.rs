//! Populations of networks as Burn modules.

/// The entries of the families `activation`, `loss`, `initializer`, `optimizer`, and `schedule`.
pub fn entries() -> Vec<&'static crate::catalog::Entry> {
    Vec::new()
}
