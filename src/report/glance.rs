//! What is to be said of results that still grow: the leading arms, how trials failed, how the best value moved.
//!
//! Words and numbers are the report's, cheap enough to be made again every few seconds. While trials are missing it does not open
//! the test part: who sees it may stop a search because of it. It knows no clock and no files.

use std::collections::BTreeSet;

use super::curves;
use super::figures::{loss_units, shown};
use super::page;
use super::selection::{self, Selection};
use super::svg;
use super::tables::{open_column, outcomes};
use super::view::{Done, View};
use super::{Results, comparison, datasets};
use crate::event::End;
use crate::plan;
use crate::spec::Part;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// The metric that decides, on the part that chooses, and which way is better.
    pub metric: String,
    pub part: String,
    pub higher_is_better: bool,
    /// Names of [`ArmGlance::cells`].
    pub header: Vec<String>,
    /// The best first.
    pub arms: Vec<ArmGlance>,
    /// Arms there are.
    pub total: usize,
    /// How many trials ended in each way, as `trials.csv` calls it.
    pub outcomes: Vec<(&'static str, usize)>,
    /// The latest first.
    pub failures: Vec<FailedTrial>,
    /// After so many trials: the best mean of a configuration whose trials were all done.
    pub best: Vec<(usize, f64)>,
    /// Names of the columns of curves that may be shown.
    pub columns: Vec<String>,
    /// Why losses of arms are not to be compared by their heights, where they are not.
    pub loss_units: Option<String>,
    /// What the report says first; empty while trials are missing.
    pub verdict: String,
}

/// An arm with its configuration that leads, or without `[compare]` a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmGlance {
    pub name: String,
    /// Index in the plan.
    pub configuration: usize,
    /// Of that configuration.
    pub id: String,
    pub cells: Vec<String>,
    /// Trials of that configuration, and how many of them are done, failed, and learned.
    pub planned: usize,
    pub done: usize,
    pub failed: usize,
    pub learned: usize,
    /// Mean of the metric on the part that chooses, over the trials that learned, with its interval.
    pub mean: Option<f64>,
    pub interval: Option<(f64, f64)>,
}

/// A trial that ended as `diverged` or `non_finite`.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTrial {
    pub id: String,
    /// Of its configuration.
    pub label: String,
    pub seed: u64,
    pub epoch: usize,
    pub end: End,
}

/// A column of the curves of one configuration: epoch, and mean over the trials that did not fail, as long as half of them train.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanCurve {
    pub column: String,
    pub points: Vec<(f64, f64)>,
}

/// Failed trials that are told one by one.
const FAILURES_MAX: usize = 200;
/// Pairs of arms grow with the square of their number: of more no verdict is made here.
const COMPARED_MAX: usize = 50;
/// Points of a curve; no terminal is wider.
const POINTS_MAX: usize = 400;

/// `order`: trials of the plan in the order in which they were recorded. `most`: arms. `is_whole`: nothing is missing, and no round
/// follows.
pub fn glance(results: &Results<'_>, order: &[usize], most: usize, is_whole: bool) -> Glance {
    let view = View::new(results);
    if view.configurations() == 0 || results.records.is_empty() {
        return Glance::default();
    }
    let selection = selection::select(&view);
    let parts = if is_whole { page::shown_parts(&view) } else { vec![view.chooses] };
    let arms = leading(&view, &selection, most);
    let verdict = is_whole && selection.arms.len() <= COMPARED_MAX;
    let open =
        |name: &&String| selection.arms.iter().take(1).all(|a| open_column(&selection, a.selected, name));
    let is_open = |name: &&String| (is_whole || !name.starts_with("test_")) && open(name);
    Glance {
        metric: view.metric.clone(),
        part: view.chooses.name().into(),
        higher_is_better: view.higher_is_better,
        header: header(&view, &selection, &parts),
        arms: arms.into_iter().map(|arm| told(&view, &selection, &selection.arms[arm], &parts)).collect(),
        total: selection.arms.len(),
        outcomes: outcomes(&view).into_iter().map(|(outcome, n)| (outcome.name(), n)).collect(),
        failures: failures(&view, order),
        best: best(&view, order),
        columns: results.curve_columns.iter().filter(is_open).cloned().collect(),
        loss_units: loss_units(&view, &selection),
        verdict: if verdict { first_statement(&view, &selection) } else { String::new() },
    }
}

/// Indices of the arms with the best scores, the best first.
fn leading(view: &View<'_>, selection: &Selection, most: usize) -> Vec<usize> {
    let mut scored: Vec<_> = (0..selection.arms.len())
        .map(|arm| {
            (arm, view.is_tried(selection.arms[arm].selected), view.score(selection.arms[arm].selected))
        })
        .collect();
    scored.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.2.order(&a.2)));
    scored.into_iter().take(most).map(|(arm, ..)| arm).collect()
}

fn tuned(selection: &Selection) -> &[String] {
    if selection.tuned { &selection.tune } else { &[] }
}

fn header(view: &View<'_>, selection: &Selection, parts: &[Part]) -> Vec<String> {
    let compared = view.results.experiment.compare.is_some();
    let mut header = vec![if compared { "arm" } else { "configuration" }.to_string()];
    header.extend(tuned(selection).iter().map(|axis| axis.rsplit('.').next().unwrap_or(axis).to_string()));
    header.push("done".into());
    header.extend(page::header_on(view, parts));
    header
}

fn told(view: &View<'_>, selection: &Selection, arm: &selection::Arm, parts: &[Part]) -> ArmGlance {
    let tally = view.tally(arm.selected);
    let mut cells = vec![arm.name()];
    cells.extend(tuned(selection).iter().map(|axis| page::chosen_on(view, arm, axis)));
    cells.push(format!("{} of {}", tally.done, tally.planned));
    cells.extend(page::cells_on(view, selection, arm.selected, parts));
    let reached = view.reached(arm.selected, view.chooses, &view.metric);
    ArmGlance {
        name: arm.name(),
        configuration: arm.selected,
        id: view.results.plan.configurations[arm.selected].id.clone(),
        cells,
        planned: tally.planned,
        done: tally.done,
        failed: tally.failed,
        learned: tally.learned,
        mean: reached.learned.map(|s| s.mean),
        interval: reached.interval.map(|i| (i.low, i.high)),
    }
}

fn first_statement(view: &View<'_>, selection: &Selection) -> String {
    let pairs = comparison::compare(view, selection);
    let over = datasets::of(view, selection);
    page::statements(view, selection, &pairs, over.as_ref()).into_iter().next().unwrap_or_default()
}

fn failures(view: &View<'_>, order: &[usize]) -> Vec<FailedTrial> {
    let plan = view.results.plan;
    let of = |trial: &usize| -> Option<Done<'_>> {
        let all = view.all(plan.trials.get(*trial)?.configuration);
        all.iter().find(|d| d.trial.index == *trial && d.record.end.failed()).copied()
    };
    let failed = order.iter().rev().filter_map(of).take(FAILURES_MAX);
    failed
        .map(|d| FailedTrial {
            id: d.record.id.clone(),
            label: view.label(d.trial.configuration),
            seed: d.trial.seed,
            epoch: d.record.epochs,
            end: d.record.end,
        })
        .collect()
}

/// See [`Glance::best`]; only where it moves.
fn best(view: &View<'_>, order: &[usize]) -> Vec<(usize, f64)> {
    let plan = view.results.plan;
    let mut done = vec![0; view.configurations()];
    let mut best: Vec<(usize, f64)> = Vec::new();
    let mut leading: Option<plan::Score> = None;
    // Trials that confirm a choice, or of an earlier look at a configuration, are not among those that it is chosen by.
    let choosing: BTreeSet<usize> =
        (0..view.configurations()).flat_map(|c| view.choosing(c)).map(|d| d.trial.index).collect();
    for (before, trial) in order.iter().enumerate() {
        let configuration = plan.trials[*trial].configuration;
        if !choosing.contains(trial) {
            continue;
        }
        done[configuration] += 1;
        if done[configuration] != view.choosing(configuration).len() || view.is_waiting(configuration) {
            continue;
        }
        let Some(mean) = view.mean_score(configuration) else { continue };
        // As a configuration is chosen: fewer failed trials come first.
        let score = view.score(configuration);
        if leading.as_ref().is_none_or(|leading| score.order(leading).is_gt()) {
            best.push((before + 1, mean));
            leading = Some(score);
        }
    }
    best
}

/// The curves of these configurations, for each the columns named. Only their trials need be among the records.
pub fn mean_curves(
    results: &Results<'_>,
    configurations: &[usize],
    columns: &[String],
) -> Vec<Vec<MeanCurve>> {
    let view = View::new(results);
    let of = |configuration: &usize| {
        let summary = curves::of_configuration(&view, *configuration);
        let points: Vec<_> = summary.points.iter().filter(|p| shown(&summary, p)).collect();
        let every = points.len().div_ceil(POINTS_MAX).max(1);
        let kept = points.iter().enumerate().filter(|(i, _)| i % every == 0 || i + 1 == points.len());
        let kept: Vec<_> = kept.map(|(_, p)| *p).collect();
        let column = |name: &String| {
            let at = results.curve_columns.iter().position(|c| c == name);
            let point = |p: &&curves::Point| Some((p.epoch as f64, p.bands.get(at?)?.as_ref()?.mean));
            MeanCurve { column: name.clone(), points: kept.iter().filter_map(point).collect() }
        };
        columns.iter().map(column).collect()
    };
    configurations.iter().map(of).collect()
}

/// The colours of the figures, red, green, and blue: people with any common colour blindness can tell them apart.
pub fn palette() -> [(u8, u8, u8); 8] {
    svg::PALETTE.map(|c| (c.0, c.1, c.2))
}
