//! A finding that no single trial shows: the learning rate that was chosen lies just below one with which training fails.
//!
//! Rules see one trial; this looks at its neighbour on the axis of the learning rate. The other end of such a look, a value chosen at
//! the edge of its axis, is a warning of `selection`.

use super::selection::{self, Selection};
use super::sentences::short;
use super::view::View;
use crate::diagnose::{Finding, Rule, Severity, Stage};
use crate::text;

pub(super) static THIS: Rule = Rule {
    code: "rate-cliff",
    summary: "the next larger learning rate that was tried fails",
    docs: "Looks at the configuration that was selected (without a comparison, at the best) and at that which differs from it in nothing but the next larger value of `optimizer.learning_rate`: at least half of the trials there failed, and fewer than half here. Threshold: half, as for all findings of a configuration.\n\nThe best learning rate often lies just below the largest with which training is stable (Bengio 2012, \"Practical recommendations for gradient-based training of deep architectures\"), so that this is no fault. But other seeds, other data, or a longer budget can fall off: a value between both, or a slightly smaller one, tells how much room there is.",
    stage: Stage::After,
    // It is not judged trial by trial.
    judge: |_, _| None,
};

const RATE: &str = "optimizer.learning_rate";

/// The configurations that are looked at.
pub(super) fn looked_at(view: &View<'_>, selection: &Selection) -> Vec<usize> {
    let selected: Vec<usize> = selection.arms.iter().map(|arm| arm.selected).collect();
    match selection.tuned || selected.is_empty() {
        true => selected,
        false => vec![selection::best(view, &selected)],
    }
}

/// What is found of a configuration.
pub(super) fn cliff(view: &View<'_>, configuration: usize) -> Option<Finding> {
    let (rate, next, beyond) = next_larger(view, configuration)?;
    let (here, there) = (view.tally(configuration), view.tally(beyond));
    let fails = |failed: usize, of: usize| 2 * failed >= of;
    if there.done == 0 || fails(here.failed, here.done) || !fails(there.failed, there.done) {
        return None;
    }
    let says = format!(
        "with the next larger learning rate that was tried, {} after {}, {} of {} failed",
        short(next),
        short(rate),
        there.failed,
        text::count(there.done, "trial")
    );
    let finding = Finding::new(&THIS, says)
        .severity(Severity::Note)
        .measured(there.failed as f64 / there.done as f64, 0.5)
        .because("other seeds, other data, or a longer budget may fail where these trials did not")
        .help("a value between both tells how much room there is");
    Some(finding)
}

/// The learning rate of a configuration, the next larger one, and the configuration that has it and is otherwise the same.
fn next_larger(view: &View<'_>, configuration: usize) -> Option<(f64, f64, usize)> {
    let plan = view.results.plan;
    let axis = plan.axes.iter().position(|key| key == RATE)?;
    let rate = selection::number(view, configuration, RATE)?;
    let own = &plan.configurations[configuration].labels;
    let is_neighbour = |labels: &[String]| {
        let differ = |i: usize| i != axis && labels[i] != own[i];
        !(0..labels.len()).any(differ)
    };
    (0..view.configurations())
        .filter(|c| is_neighbour(&plan.configurations[*c].labels))
        .filter_map(|c| Some((rate, selection::number(view, c, RATE)?, c)))
        .filter(|(_, next, _)| *next > rate)
        .min_by(|a, b| a.1.total_cmp(&b.1))
}
