//! What `runner doctor` says of a file, by the program itself.
//!
//! It judges nothing: `judge` compares, `results` tells.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

/// One configuration as the doctor saw it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Examined {
    pub(crate) name: String,
    pub(crate) verdict: String,
    /// Causes first, in their order.
    pub(crate) findings: Vec<Finding>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) severity: String,
    pub(crate) role: String,
    pub(crate) stage: String,
    /// Numbers, or null for those that are not finite.
    pub(crate) value: Value,
    pub(crate) threshold: Value,
    pub(crate) says: String,
    pub(crate) changes: Vec<Change>,
    /// Whether a reader is told: a warning or worse that at least half of the seeds have, and that the file does not allow.
    pub(crate) told: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

impl Finding {
    pub(crate) fn is_cause(&self) -> bool {
        self.role == "cause"
    }
}

impl Examined {
    pub(crate) fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.told)
    }

    /// The most likely cause.
    pub(crate) fn top_cause(&self) -> Option<&Finding> {
        self.told().find(|finding| finding.is_cause())
    }
}

/// Asks the doctor; `more` are further arguments.
pub(crate) fn doctor(file: &Path, more: &[&str]) -> Result<Vec<Examined>, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .arg("doctor")
        .arg(file)
        .args(["--format", "json", "--allow-outside"])
        .args(more)
        .stdin(Stdio::null());
    let output = command.output().map_err(|e| format!("{}: {e}", file.display()))?;
    // 1: something was found.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("{}: {}", file.display(), String::from_utf8_lossy(&output.stderr)));
    }
    let value: Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_value(value["configurations"].clone()).map_err(|e| format!("{}: {e}", file.display()))
}
