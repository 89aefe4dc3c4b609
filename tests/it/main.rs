//! All integration tests, in one binary so that Burn is linked once.

mod calibration;
mod company;
mod config;
mod contract;
mod crash;
mod data;
mod end_to_end;
mod engines;
mod golden;
mod idempotent;
mod lanes;
mod meaning;
mod merge;
mod metric;
mod networks;
mod packing;
mod readme;
mod record;
mod reference;
mod report;
mod rounds;
mod samplers;
mod structures;
mod support;
mod suspended;
mod tidy;
