//! The result tables as data: columns and rows of cells. `write::csv` and `json` turn them into bytes.
//!
//! Their columns are a promise to whoever reads the files: add at the end, never rename.

use std::borrow::Cow;
use std::sync::Arc;

use super::comparison::Pair;
use super::curves::{self, Point};
use super::selection::Selection;
use super::sentences;
use super::view::{Done, Outcome, View};
use crate::event::{CurvePoint, MetricNames, SearchCounts};
use crate::spec::Part;
use crate::stats::{Interval, Verdict};

/// What stands in one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Count(u64),
    /// Not measured, not defined, or not opened.
    Empty,
}

/// Rows are made as they are asked for, so that the cells of a large table are never in memory together.
pub(super) struct Table<'a> {
    pub(super) columns: Vec<String>,
    pub(super) rows: Box<dyn Iterator<Item = Vec<Cell<'a>>> + 'a>,
}

pub(super) fn text(s: &str) -> Cell<'_> {
    Cell::Text(s.into())
}

pub(super) fn count(n: usize) -> Cell<'static> {
    Cell::Count(n as u64)
}

pub(super) fn maybe(x: Option<f64>) -> Cell<'static> {
    x.map_or(Cell::Empty, Cell::Number)
}

fn ends(interval: Option<Interval>) -> [Cell<'static>; 2] {
    [maybe(interval.map(|i| i.low)), maybe(interval.map(|i| i.high))]
}

pub(super) fn names<const N: usize>(columns: [&str; N]) -> Vec<String> {
    columns.iter().map(|c| (*c).to_string()).collect()
}

/// Labels of a configuration, empty where an axis does not apply.
pub(super) fn labels<'a>(view: &View<'a>, configuration: usize) -> impl Iterator<Item = Cell<'a>> + use<'a> {
    let planned = &view.results.plan.configurations[configuration];
    planned.labels.iter().map(|l| if l == "-" { Cell::Empty } else { text(l) })
}

pub(super) fn id<'a>(view: &View<'a>, configuration: usize) -> Cell<'a> {
    text(&view.results.plan.configurations[configuration].id)
}

/// The mistakes that a configuration makes on purpose.
fn fault<'a>(view: &View<'a>, configuration: usize) -> Cell<'a> {
    let fault = view.fault(configuration);
    if fault.is_none() { Cell::Empty } else { Cell::Text(fault.to_string().into()) }
}

/// What optimizers count that search along lines; columns of their own where some trial has one.
const SEARCH: [&str; 3] = ["iterations", "function_calls", "gradient_calls"];

/// One row per trial that is done, in the order of the plan.
pub(super) fn trials<'a>(view: &'a View<'_>, selection: &'a Selection) -> Table<'a> {
    let plan = view.results.plan;
    let (repeats, folds) = (
        plan.trials.iter().any(|t| t.fold.is_some_and(|f| f.repeat > 0)),
        plan.trials.iter().any(|t| t.fold.is_some()),
    );
    let metrics: Vec<(Part, String)> = (view.parts.iter().copied())
        .flat_map(|part| view.metric_names.iter().cloned().map(move |m| (part, m)))
        .collect();
    let mut columns = names(["trial", "configuration"]);
    columns.extend(plan.axes.iter().cloned());
    columns.push("seed".into());
    columns.extend(repeats.then(|| "repeat".to_string()));
    columns.extend(folds.then(|| "fold".to_string()));
    let (halts, confirms) = (plan.trials.iter().any(|t| t.until.is_some()), view.confirmed);
    columns.extend(halts.then(|| "until".to_string()));
    columns.extend(confirms.then(|| "confirms".to_string()));
    columns.extend(names(["outcome", "end", "epochs", "steps", "best_epoch", "skill"]));
    let searches = (0..view.configurations()).flat_map(|c| view.all(c)).any(|d| d.record.search.is_some());
    columns.extend(searches.then_some(SEARCH).into_iter().flatten().map(str::to_string));
    columns.extend(metrics.iter().map(|(part, m)| format!("{}_{m}", part.name())));
    let faults = view.has_faults();
    columns.extend(faults.then(|| "fault".to_string()));
    let mut places = Places { metrics, names: None, at: Vec::new() };
    let row = move |d: &'a Done<'_>| {
        let configuration = d.trial.configuration;
        let mut row = vec![text(&d.record.id), id(view, configuration)];
        row.extend(labels(view, configuration));
        row.push(Cell::Count(d.trial.seed));
        row.extend(repeats.then(|| d.trial.fold.map_or(Cell::Empty, |f| count(f.repeat))));
        row.extend(folds.then(|| d.trial.fold.map_or(Cell::Empty, |f| count(f.index))));
        row.extend(halts.then(|| d.trial.until.map_or(Cell::Empty, count)));
        row.extend(confirms.then(|| text(if d.trial.confirms { "yes" } else { "no" })));
        row.extend([text(d.outcome.name()), text(d.record.end.name())]);
        row.extend([d.record.epochs, d.record.steps, d.record.best_epoch].map(count));
        row.push(measured(d.record.skill));
        if searches {
            let of = |s: SearchCounts| [s.iterations, s.function_calls, s.gradient_calls].map(Cell::Count);
            row.extend(d.record.search.map_or([const { Cell::Empty }; 3], of));
        }
        let values = d.record.metrics.values();
        row.extend(places.of(d.record.metrics.names()).map(|(part, at)| match at {
            Some(at) if selection.open_trial(view, d, part) => measured(values[at]),
            _ => Cell::Empty,
        }));
        row.extend(faults.then(|| fault(view, configuration)));
        row
    };
    Table { columns, rows: Box::new((0..view.configurations()).flat_map(|c| view.all(c)).map(row)) }
}

/// Where the metrics of the columns stand in a record; looked up again only when the list of names changes.
struct Places {
    metrics: Vec<(Part, String)>,
    names: Option<MetricNames>,
    at: Vec<Option<usize>>,
}

impl Places {
    fn of(&mut self, names: &MetricNames) -> impl Iterator<Item = (Part, Option<usize>)> {
        if !self.names.as_ref().is_some_and(|known| Arc::ptr_eq(known, names)) {
            let place =
                |(part, metric): &(Part, String)| names.iter().position(|n| n.0 == *part && n.1 == *metric);
            self.at = self.metrics.iter().map(place).collect();
            self.names = Some(names.clone());
        }
        self.metrics.iter().map(|m| m.0).zip(self.at.iter().copied())
    }
}

/// NaN means undefined here: an empty field.
fn measured(x: f64) -> Cell<'static> {
    if x.is_nan() { Cell::Empty } else { Cell::Number(x) }
}

/// One row per configuration, in the order of the plan.
pub(super) fn summary<'a>(view: &'a View<'_>, selection: &'a Selection) -> Table<'a> {
    let metrics: Vec<(Part, String)> = (view.parts.iter().copied())
        .flat_map(|part| view.main_metrics().into_iter().map(move |m| (part, m)))
        .collect();
    let mut columns = names(["configuration"]);
    columns.extend(view.results.plan.axes.iter().cloned());
    columns.extend(names(["selected", "n", "n_failed", "n_learned"]));
    columns.extend(names(["success_rate", "success_low", "success_high"]));
    for (part, metric) in &metrics {
        let statistics = ["mean", "sd", "low", "high", "median", "best"];
        columns.extend(statistics.map(|s| format!("{}_{metric}_{s}", part.name())));
    }
    columns.push("score".into());
    let faults = view.has_faults();
    columns.extend(faults.then(|| "fault".to_string()));
    let row = move |configuration: usize| {
        let tally = view.tally(configuration);
        let selected = selection.tuned && selection.arm_of(configuration).is_some();
        let mut row = vec![id(view, configuration)];
        row.extend(labels(view, configuration));
        row.push(if selection.tuned { text(if selected { "yes" } else { "no" }) } else { Cell::Empty });
        row.extend([tally.done, tally.failed, tally.learned].map(count));
        row.push(maybe(tally.rate()));
        row.extend(ends(tally.success));
        for (part, metric) in &metrics {
            if !selection.open(configuration, *part) {
                row.extend([const { Cell::Empty }; 6]);
                continue;
            }
            let reached = view.reached(configuration, *part, metric);
            row.push(maybe(reached.learned.as_ref().map(|s| s.mean)));
            row.push(maybe(reached.learned.as_ref().and_then(|s| s.sd)));
            row.extend(ends(reached.interval));
            row.extend([maybe(reached.median), maybe(reached.best)]);
        }
        // What an arm's configuration was selected by.
        row.push(maybe(view.mean_score(configuration).filter(|_| selection.tuned)));
        row.extend(faults.then(|| fault(view, configuration)));
        row
    };
    Table { columns, rows: Box::new((0..view.configurations()).map(row)) }
}

/// One row per pair of arms.
pub(super) fn comparison<'a>(view: &'a View<'_>, selection: &'a Selection, pairs: &'a [Pair]) -> Table<'a> {
    let columns = names([
        "a",
        "b",
        "part",
        "metric",
        "n",
        "mean_a",
        "mean_b",
        "delta",
        "low",
        "high",
        "p",
        "p_holm",
        "p_a_better",
        "p_a_better_low",
        "p_a_better_high",
        "d_z",
        "n_trials",
        "n_learned_a",
        "n_learned_b",
        "mcnemar_p",
        "rope",
        "verdict",
        "more_seeds",
        "p_sign_flip",
        "mcnemar_p_holm",
        "p_wilcoxon",
        "configuration_a",
        "configuration_b",
    ]);
    let row = move |pair: &'a Pair| {
        let paired = pair.paired.as_ref();
        let name = |arm: usize| Cell::Text(selection.arms[arm].name().into());
        let mut row = vec![name(pair.a), name(pair.b)];
        row.extend([text(view.judges.name()), text(&view.metric), count(paired.map_or(0, |p| p.n))]);
        row.extend([paired.map(|p| p.mean_a), paired.map(|p| p.mean_b), paired.map(|p| p.delta)].map(maybe));
        row.extend(ends(paired.and_then(|p| p.interval)));
        row.extend([
            maybe(paired.and_then(|p| p.p)),
            maybe(pair.p_holm),
            maybe(pair.superiority.map(|s| s.share)),
        ]);
        row.extend(ends(sentences::superiority_interval(view, pair)));
        row.push(maybe(paired.and_then(|p| p.d_z)));
        row.extend([pair.trials, pair.learned_a, pair.learned_b].map(count));
        row.extend([maybe(pair.mcnemar), Cell::Number(pair.rope)]);
        row.push(text(verdict_word(pair.verdict)));
        row.push(match pair.verdict {
            Verdict::Undecided { more_seeds: Some(n) } => count(n),
            _ => Cell::Empty,
        });
        row.extend([paired.and_then(|p| p.p_sign_flip), pair.mcnemar_holm].map(maybe));
        row.push(maybe(paired.and_then(|p| p.p_wilcoxon)));
        row.extend([pair.a, pair.b].map(|arm| id(view, selection.arms[arm].selected)));
        row
    };
    Table { columns, rows: Box::new(pairs.iter().map(row)) }
}

/// The word in `comparison.csv`.
pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ABetter => "a_better",
        Verdict::BBetter => "b_better",
        Verdict::Equivalent => "practically_equivalent",
        Verdict::Undecided { .. } => "undecided",
    }
}

/// Per configuration and recorded epoch, over the trials that did not fail.
pub(super) fn curves<'a>(view: &'a View<'_>, selection: &'a Selection) -> Table<'a> {
    let mut columns = names(["configuration", "epoch", "n", "n_failed"]);
    for column in &view.results.curve_columns {
        columns.extend(["mean", "low", "high", "q10", "q50", "q90"].map(|s| format!("{column}_{s}")));
    }
    let row = move |configuration: usize, failed: usize, point: &Point| {
        let mut row = vec![id(view, configuration), count(point.epoch), count(point.n), count(failed)];
        for (column, band) in view.results.curve_columns.iter().zip(&point.bands) {
            match band.as_ref().filter(|_| open_column(selection, configuration, column)) {
                None => row.extend([const { Cell::Empty }; 6]),
                Some(band) => {
                    row.push(Cell::Number(band.mean));
                    row.extend(ends(band.interval));
                    row.extend([band.q10, band.q50, band.q90].map(Cell::Number));
                }
            }
        }
        row
    };
    // The curves of one configuration at a time: of a large sweep they would fill the memory.
    let rows = (0..view.configurations()).flat_map(move |configuration| {
        let (failed, curve) = (view.failed(configuration), curves::of_configuration(view, configuration));
        curve.points.iter().map(|point| row(configuration, failed, point)).collect::<Vec<_>>()
    });
    Table { columns, rows: Box::new(rows) }
}

/// One row per trial and recorded epoch, thinned as [`View::metrics_every`] says.
pub(super) fn metrics<'a>(view: &'a View<'_>, selection: &'a Selection) -> Table<'a> {
    let mut columns = names(["trial", "epoch", "step"]);
    columns.extend(view.results.curve_columns.iter().cloned());
    let row = move |done: &'a Done<'_>, point: &'a CurvePoint| {
        let mut row = vec![text(&done.record.id), count(point.epoch), count(point.step)];
        row.extend(view.results.curve_columns.iter().enumerate().map(|(i, column)| {
            let open = open_column(selection, done.trial.configuration, column);
            point.values.get(i).filter(|_| open).map_or(Cell::Empty, |x| measured(*x))
        }));
        row
    };
    let (all, every) = ((0..view.configurations()).flat_map(|c| view.all(c)), view.metrics_every());
    let rows = all.flat_map(move |done| {
        let last = done.record.curve.len().saturating_sub(1);
        let kept = done.record.curve.iter().enumerate().filter(move |(i, _)| i % every == 0 || *i == last);
        kept.map(move |(_, point)| row(done, point))
    });
    Table { columns, rows: Box::new(rows) }
}

/// Share of wall-clock time per trial, in seconds.
pub(super) fn timings<'a>(view: &'a View<'_>) -> Table<'a> {
    let row = |d: &'a Done<'_>| {
        let seconds = Cell::Number((d.record.seconds * 1e6).round() / 1e6);
        vec![text(&d.record.id), id(view, d.trial.configuration), Cell::Count(d.trial.seed), seconds]
    };
    Table {
        columns: names(["trial", "configuration", "seed", "seconds"]),
        rows: Box::new((0..view.configurations()).flat_map(|c| view.all(c)).map(row)),
    }
}

pub(super) fn open_column(selection: &Selection, configuration: usize, column: &str) -> bool {
    !column.starts_with("test_") || selection.open(configuration, Part::Test)
}

/// How the trials of all configurations ended, in the order of [`Outcome::ALL`].
pub(super) fn outcomes(view: &View<'_>) -> Vec<(Outcome, usize)> {
    let of = |outcome| {
        (0..view.configurations()).flat_map(|c| view.all(c)).filter(|d| d.outcome == outcome).count()
    };
    Outcome::ALL.into_iter().map(|o| (o, of(o))).collect()
}
