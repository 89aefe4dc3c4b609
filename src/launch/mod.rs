//! Trials in several places: which part of them a process is to train, and how an engine that runs many processes is told to.
//!
//! There is no scheduler here. An engine that exists (Slurm, Kubernetes, a shell) starts `runner FILE --shard I/N` for every part;
//! each writes below the results folder on its own, and `runner merge` unites them. This module knows how such engines name parts and
//! speaks Slurm's language; it trains nothing and decides nothing about a plan.

mod place;
mod slurm;

pub use place::{Asked, Shard};
pub use slurm::{Ended, Job, Journal, LaunchError, Queued, Sent, Slurm, ranges};
