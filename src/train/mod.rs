//! The loop over one pack.
