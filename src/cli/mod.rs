//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::catalog::Catalog;
use crate::{data, metric, nn, plan};

/// All families, gathered in the order of the reference page.
pub fn catalog() -> Catalog {
    let mut entries = nn::entries();
    entries.extend(data::entries());
    entries.extend(metric::entries());
    entries.extend(plan::entries());
    Catalog::new(entries)
}

pub fn run(_arguments: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::SUCCESS
}
