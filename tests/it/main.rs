//! All integration tests, in one binary so that Burn is linked once.

mod end_to_end;
mod metric;
mod record;
mod support;
mod tidy;
