//! All integration tests, in one binary so that Burn is linked once.
mod data;
