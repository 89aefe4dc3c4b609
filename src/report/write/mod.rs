//! Data into bytes: one file per format. Nothing is computed here.

pub(super) mod csv;
pub(super) mod markdown;
