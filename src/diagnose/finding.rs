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

    /// A warning of a cause.
    pub fn is_likely_cause(&self) -> bool {
        self.role == Role::Cause && self.severity >= Severity::Warning
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
    /// That of the first trial that has it with the severity that they share: the largest that at least half of all trials reach, or
    /// where none is, the least that there is.
    pub finding: Finding,
    /// Trials that have it as badly as that, and all.
    pub trials: usize,
    pub of: usize,
}

impl Shared {
    /// Whether at least half of the trials have it: then it holds of the configuration.
    pub fn holds(&self) -> bool {
        2 * self.trials >= self.of
    }

    /// Worth a reader's time: a warning or worse that holds.
    pub fn is_told(&self) -> bool {
        self.finding.severity >= Severity::Warning && self.holds()
    }
}

/// What the trials of one configuration have in common, in the order of causes; those that most of them have first within each role.
/// The order of the trials decides nothing but whose words are quoted.
pub fn over_trials(each: &[Vec<Finding>]) -> Vec<Shared> {
    let mut alike: Vec<Vec<&Finding>> = Vec::new();
    for finding in each.iter().flatten() {
        match alike.iter_mut().find(|known| known[0].rule == finding.rule && known[0].role == finding.role) {
            Some(known) => known.push(finding),
            None => alike.push(vec![finding]),
        }
    }
    let mut shared: Vec<Shared> = alike.iter().filter_map(|found| of_one_rule(found, each.len())).collect();
    let place = |s: &Shared| super::RULES.iter().position(|rule| *rule == s.finding.rule);
    shared.sort_by_key(|s| (s.finding.role, !s.holds(), place(s)));
    shared
}

fn of_one_rule(found: &[&Finding], of: usize) -> Option<Shared> {
    let reach = |severity: Severity| found.iter().filter(|f| f.severity >= severity).count();
    let severities = || found.iter().map(|f| f.severity);
    let severity = severities().filter(|severity| 2 * reach(*severity) >= of).max().or(severities().min())?;
    let first = found.iter().find(|f| f.severity == severity)?;
    Some(Shared { finding: (*first).clone(), trials: reach(severity), of })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::RULES;

    /// By hand: of five trials three are warned of it, one of them as wrong, one notes it, and one has nothing of it. Three of five are
    /// half and more, one is not.
    #[test]
    fn the_order_of_trials_decides_no_severity() {
        let of = |severity: Severity| vec![Finding::new(RULES[0], severity.name()).severity(severity)];
        let each = [
            of(Severity::Note),
            of(Severity::Warning),
            of(Severity::Wrong),
            of(Severity::Warning),
            Vec::new(),
        ];
        for turn in 0..each.len() {
            let mut turned = each.to_vec();
            turned.rotate_left(turn);
            let shared = over_trials(&turned);
            let told = (shared[0].finding.severity, shared[0].finding.says.as_str(), shared[0].trials);
            assert_eq!((told, shared.len()), ((Severity::Warning, "warning", 3), 1), "turned by {turn}");
            assert!(shared[0].is_told());
        }
    }

    /// By hand: a warning and a note of five trials are a note of two.
    #[test]
    fn what_few_trials_have_is_as_bad_as_most_of_them_have_it() {
        let of = |severity: Severity| vec![Finding::new(RULES[0], "so it is").severity(severity)];
        let each = [of(Severity::Wrong), of(Severity::Note), Vec::new(), Vec::new(), Vec::new()];
        let shared = over_trials(&each);
        assert_eq!((shared[0].finding.severity, shared[0].trials), (Severity::Note, 2));
        assert!(!shared[0].holds() && !shared[0].is_told());
    }
}
