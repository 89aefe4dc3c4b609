//! Why a network does not learn: rules that turn measurements into findings.
//!
//! A rule is one file: what it looks at, its thresholds with their source, and what it says. It measures nothing itself and trains
//! nothing. So far the rules are those that `runner check` asks before training.

mod mistakes;

use crate::train::Preflight;

/// One list of rules, in the order they are told.
macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// The rules that look at a network before it is trained.
        pub static PREFLIGHT: &[&Rule] = &[$(&$name::THIS),*];
    };
}

rules! { gradient, first_loss, one_batch, use_of_inputs }

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// As in the output of `runner check`.
    pub name: &'static str,
    pub judge: fn(&Preflight) -> Finding,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Note,
    /// Likely to keep the network from learning.
    Warning,
    /// Wrong.
    Wrong,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Fine => "fine",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Wrong => "wrong",
        }
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    /// What was measured against what, in one sentence.
    pub says: String,
    /// What speaks for it, and why it matters.
    pub because: Vec<String>,
    /// What to do; empty if nothing.
    pub help: Vec<String>,
}

/// What every rule says of a network before it is trained.
pub fn before_training(preflight: &Preflight) -> Vec<Finding> {
    PREFLIGHT.iter().map(|rule| (rule.judge)(preflight)).collect()
}

/// A number in a sentence.
fn number(x: f64) -> String {
    crate::text::significant(x, 4)
}
