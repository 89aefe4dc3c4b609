//! Why a network does not learn: rules that turn measurements into findings.
//!
//! What is measured before training (a gradient check, a few rows again and again) is there for `runner doctor` and not for plain runs.
//! Rules that find by elimination would claim there that something is in order at which nobody looked: they keep silent.
//!
//! A rule is one file: what it looks at, its thresholds with their source, what it says, and the smallest change of the file that would
//! address it. It measures nothing itself and trains nothing, and it never reads `[fault]`: that is the answer. The list below is in the
//! order of causes: what stands above makes what stands below (unscaled inputs look like large weights, large weights diverge).

mod course;
mod evidence;
mod finding;
pub mod hopeless;
mod mistakes;
mod reading;
mod settings;
#[cfg(test)]
mod trial;

use crate::train::Preflight;

pub use evidence::{Evidence, Run};
pub use finding::{Change, Finding, Role, Severity, Shared, Stage, over_trials};
pub use hopeless::NotLearning;

/// One list of rules, in the order of causes.
macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$name::THIS),*];
    };
}

rules! {
    constant_features,
    leak,
    duplicates,
    truth_table,
    scale,
    target_scale,
    range,
    pairing,
    gradient,
    double_activation,
    linear,
    capacity,
    truncation,
    order,
    symmetry,
    exploding,
    dead,
    init,
    vanishing,
    saturated,
    penalty,
    dropout,
    momentum,
    clip,
    schedule,
    sum_reduction,
    rate_scale,
    imbalance,
    short,
    update,
    overfit,
    narrow,
    labels,
    curved,
    depends,
    nan,
    diverging,
    ascending,
    first_loss,
    one_batch,
    use_of_inputs,
    slow,
    fast,
    fading,
    dying,
    saturating,
    prior,
    collapsed,
    oscillating,
    confusion,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// As in `findings.csv`; `runner explain CODE` tells of it.
    pub code: &'static str,
    /// What it finds, in a few words: `the learning rate is far from the usual`.
    pub summary: &'static str,
    /// What it looks at, its threshold with its source, why it matters, what to do. Markdown.
    pub docs: &'static str,
    pub stage: Stage,
    /// `before` are the findings of the rules above it.
    pub judge: fn(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code).copied()
}

/// What every rule finds in one trial, or in a network that is not trained yet: causes in their order, then what follows from them. Of a
/// trial that learned, what follows from no cause is worth knowing and no more.
pub fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for rule in RULES {
        found.extend((rule.judge)(evidence, &found));
    }
    if evidence.has_learned() && settings::is_unexplained(&found) {
        found.iter_mut().for_each(|finding| finding.severity = finding.severity.min(Severity::Note));
    }
    found.sort_by_key(|finding| finding.role);
    found
}

/// What the rules of `runner check` say of a network before it is trained, also where all is as it should be.
pub fn before_training(preflight: &Preflight) -> Vec<Finding> {
    [gradient::look, first_loss::look, one_batch::look_with_the_answer, use_of_inputs::look]
        .map(|look| look(preflight))
        .into()
}

/// A number in a sentence.
fn number(x: f64) -> String {
    crate::text::significant(x, 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::FirstLoss;

    /// Of weak signals a network learns what there is; where it starts is then no warning. By hand: the first loss is ten times the neutral
    /// one, and a tenth of the way is the margin.
    #[test]
    fn what_follows_from_no_cause_is_worth_knowing_where_the_run_learned() {
        let mut preflight = trial::preflight("");
        preflight.first_loss = FirstLoss { measured: 10.0, neutral: 1.0 };
        let severity = |skill: f64| {
            let mut losses = [0.6; 11];
            losses[0] = 1.0;
            let usual = "[optimizer]\nlearning_rate = 0.1";
            let trial = trial::Trial::new(usual).losses(&losses).skill(skill);
            let all = findings(&Evidence { preflight: Some(&preflight), ..trial.evidence() });
            all.iter().find(|finding| finding.rule.code == "first-loss").map(|finding| finding.severity)
        };
        assert_eq!(severity(0.21), Some(Severity::Note));
        assert_eq!(severity(0.09), Some(Severity::Warning));
    }
}
