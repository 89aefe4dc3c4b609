//! `[expect]`: what the experiment promised, against what was measured.

use super::selection::{Arm, Selection};
use super::sentences::short;
use super::view::{Outcome, View};
use crate::spec::{Bound, Expectation, Statistic};
use crate::{stats, text};

/// One bound of one expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectationResult {
    /// As written, with the context where arms are compared within several.
    pub key: String,
    /// `mean_min`, `success_rate_max`, ...
    pub statistic: String,
    /// Over all trials of the arm's selected configuration, learned or not. A failed trial has no value: it makes a mean infinite
    /// on the bad side, and the bound missed. NaN where nothing was measured.
    pub measured: f64,
    /// Where failed trials leave no number: what became of them, `diverged in 3 of 3 trials`.
    pub failed: Option<String>,
    pub limit: f64,
    pub held: bool,
}

pub(super) fn expectations(view: &View<'_>, selection: &Selection) -> Vec<ExpectationResult> {
    let mut results = Vec::new();
    for expectation in &view.results.experiment.expect {
        let wanted = |arm: &&Arm| expectation.arm.as_ref().is_none_or(|label| arm.label == *label);
        let arms: Vec<&Arm> = selection.arms.iter().filter(wanted).collect();
        for bound in &expectation.bounds {
            if arms.is_empty() {
                results.push(result(expectation.key.clone(), bound, f64::NAN, None));
            }
            for arm in &arms {
                let key = match arm.context.as_slice() {
                    [] if expectation.arm.is_none() && arms.len() > 1 => {
                        format!("{} ({})", expectation.key, arm.label)
                    }
                    [] => expectation.key.clone(),
                    context => format!("{} ({})", expectation.key, context.join(", ")),
                };
                let measured = measure(view, arm, expectation, bound.statistic);
                let failed = if measured.is_infinite() { failures(view, arm) } else { None };
                results.push(result(key, bound, measured, failed));
            }
        }
    }
    results
}

fn result(key: String, bound: &Bound, measured: f64, failed: Option<String>) -> ExpectationResult {
    let within = if bound.at_least { measured >= bound.limit } else { measured <= bound.limit };
    let held = measured.is_finite() && within;
    ExpectationResult { key, statistic: statistic_word(bound), measured, failed, limit: bound.limit, held }
}

/// `diverged in 2 of 3 trials`: how trials of an arm failed, which so have no value; `None` where none did.
fn failures(view: &View<'_>, arm: &Arm) -> Option<String> {
    let done = view.done(arm.selected);
    let count = |outcome: Outcome| done.iter().filter(|d| d.outcome == outcome).count();
    let (diverged, broken) = (count(Outcome::Diverged), count(Outcome::NonFinite));
    let how = match (diverged, broken) {
        (0, 0) => return None,
        (_, 0) => Outcome::Diverged.name(),
        (0, _) => Outcome::NonFinite.name(),
        _ => "failed",
    };
    Some(format!("{how} in {} of {}", diverged + broken, text::count(done.len(), "trial")))
}

impl ExpectationResult {
    /// What was measured, for people: a number, or what became of the trials.
    pub(super) fn told(&self) -> String {
        self.failed.clone().unwrap_or_else(|| short(self.measured))
    }
}

/// As written in the file.
fn statistic_word(bound: &Bound) -> String {
    let statistic = match bound.statistic {
        Statistic::Mean => "mean",
        Statistic::Median => "median",
        Statistic::Lowest => "lowest",
        Statistic::Highest => "highest",
        Statistic::SuccessRate => "success_rate",
    };
    format!("{statistic}_{}", if bound.at_least { "min" } else { "max" })
}

fn measure(view: &View<'_>, arm: &Arm, expectation: &Expectation, statistic: Statistic) -> f64 {
    let done = view.done(arm.selected);
    let higher = view.higher_is_better(&expectation.metric);
    let value = |d: &super::view::Done<'_>| d.ranked(expectation.part, &expectation.metric, higher);
    let values: Vec<f64> = done.iter().map(value).collect();
    let infinite = values.iter().copied().find(|x| !x.is_finite());
    let found = match statistic {
        Statistic::SuccessRate => {
            let learned = done.iter().filter(|d| d.outcome == Outcome::Learned).count();
            (!done.is_empty()).then(|| learned as f64 / done.len() as f64)
        }
        Statistic::Mean => infinite.or_else(|| stats::mean(&values)),
        Statistic::Median => {
            let median = view.reached(arm.selected, expectation.part, &expectation.metric).median;
            median.or(infinite)
        }
        Statistic::Lowest => values.iter().copied().reduce(f64::min),
        Statistic::Highest => values.iter().copied().reduce(f64::max),
    };
    found.unwrap_or(f64::NAN)
}
