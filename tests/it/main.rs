//! All integration tests, in one binary so that Burn is linked once.

mod config;
mod end_to_end;
mod metric;
mod record;
mod reference;
mod support;
mod tidy;
