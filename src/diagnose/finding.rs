//! What a rule says, and what several trials of a configuration have in common.

use super::Rule;

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

/// What a rule needs to have before it can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The file, and what is measured of the data.
    Lint,
    /// The network before its first step.
    Preflight,
    /// A run, while it goes on.
    Online,
    /// A run that is over.
    After,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Stage::Lint => "lint",
            Stage::Preflight => "preflight",
            Stage::Online => "online",
            Stage::After => "after",
        }
    }
}

/// Whether a finding says why, or what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Cause,
    Symptom,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Cause => "cause",
            Role::Symptom => "symptom",
        }
    }
}

/// A key of the file and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Dotted: `optimizer.learning_rate`.
    pub key: String,
    /// As TOML: `0.01`, `"standardize"`; `None` takes the key out.
    pub value: Option<String>,
}

impl Change {
    pub fn set(key: &str, value: impl Into<String>) -> Change {
        Change { key: key.into(), value: Some(value.into()) }
    }

    pub fn remove(key: &str) -> Change {
        Change { key: key.into(), value: None }
    }
}

/// `optimizer.learning_rate = 0.01`, or `no optimizer.clip_norm`.
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}", self.key),
            None => write!(f, "no {}", self.key),
        }
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub role: Role,
    /// `layer_1`; of the network as a whole `None`.
    pub layer: Option<String>,
    /// Epoch and optimizer step at which it was first so, and stayed so.
    pub at: Option<(usize, usize)>,
    /// What was measured, and the threshold that it passed.
    pub value: Option<f64>,
    pub threshold: Option<f64>,
    /// What was measured against what, in one sentence without a full stop.
    pub says: String,
    /// What speaks for it, and why it matters.
    pub because: Vec<String>,
    /// What to do; empty if nothing.
    pub help: Vec<String>,
    /// The smallest change that would address it, as far as it can be named. All of them together are one change.
    pub changes: Vec<Change>,
}

impl Finding {
    /// A warning about a cause, to be filled in.
    pub fn new(rule: &'static Rule, says: impl Into<String>) -> Finding {
        Finding {
            rule,
            severity: Severity::Warning,
            role: Role::Cause,
            layer: None,
            at: None,
            value: None,
            threshold: None,
            says: says.into(),
            because: Vec::new(),
            help: Vec::new(),
            changes: Vec::new(),
        }
    }

    #[must_use]
    pub fn severity(self, severity: Severity) -> Finding {
        Finding { severity, ..self }
    }

    /// What came of a cause rather than one.
    #[must_use]
    pub fn symptom(self) -> Finding {
        Finding { role: Role::Symptom, ..self }
    }

    #[must_use]
    pub fn layer(self, layer: impl Into<String>) -> Finding {
        Finding { layer: Some(layer.into()), ..self }
    }

    #[must_use]
    pub fn at(self, epoch: usize, step: usize) -> Finding {
        Finding { at: Some((epoch, step)), ..self }
    }

    #[must_use]
    pub fn measured(self, value: f64, threshold: f64) -> Finding {
        Finding { value: Some(value), threshold: Some(threshold), ..self }
    }

    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Finding {
        self.because.push(why.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help.push(help.into());
        self
    }

    #[must_use]
    pub fn change(mut self, change: Change) -> Finding {
        self.changes.push(change);
        self
    }
}

/// A finding that trials of one configuration share.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// That of the first trial that has it.
    pub finding: Finding,
    /// Trials that have it, and all.
    pub trials: usize,
    pub of: usize,
}

/// What the trials of one configuration have in common, in the order of causes; those that most of them have first within each role.
pub fn over_trials(each: &[Vec<Finding>]) -> Vec<Shared> {
    let mut shared: Vec<Shared> = Vec::new();
    for finding in each.iter().flatten() {
        match shared.iter_mut().find(|s| s.finding.rule == finding.rule && s.finding.role == finding.role) {
            Some(known) => known.trials += 1,
            None => shared.push(Shared { finding: finding.clone(), trials: 1, of: each.len() }),
        }
    }
    let place = |s: &Shared| super::RULES.iter().position(|rule| *rule == s.finding.rule);
    let is_rare = |s: &Shared| 2 * s.trials < s.of;
    shared.sort_by_key(|s| (s.finding.role, is_rare(s), place(s)));
    shared
}
