//! The result tables as data: columns and rows of cells. `write::csv` and `json` turn them into bytes.
//!
//! Their columns are a promise to whoever reads the files: add at the end, never rename.

use super::comparison::Pair;
use super::curves::Curves;
use super::selection::Selection;
use super::sentences;
use super::view::{Done, Outcome, View};
use crate::spec::Part;
use crate::stats::{Interval, Verdict};

/// What stands in one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    Count(u64),
    /// Not measured, not defined, or not opened.
    Empty,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

fn text(s: &str) -> Cell {
    Cell::Text(s.into())
}

fn count(n: usize) -> Cell {
    Cell::Count(n as u64)
}

fn maybe(x: Option<f64>) -> Cell {
    x.map_or(Cell::Empty, Cell::Number)
}

fn ends(interval: Option<Interval>) -> [Cell; 2] {
    [maybe(interval.map(|i| i.low)), maybe(interval.map(|i| i.high))]
}

fn names<const N: usize>(columns: [&str; N]) -> Vec<String> {
    columns.iter().map(|c| (*c).to_string()).collect()
}

/// Labels of a configuration, empty where an axis does not apply.
fn labels(view: &View<'_>, configuration: usize) -> Vec<Cell> {
    let planned = &view.results.plan.configurations[configuration];
    planned.labels.iter().map(|l| if l == "-" { Cell::Empty } else { text(l) }).collect()
}

fn id(view: &View<'_>, configuration: usize) -> Cell {
    text(&view.results.plan.configurations[configuration].id)
}

/// One row per trial that is done, in the order of the plan.
pub(super) fn trials(view: &View<'_>, selection: &Selection) -> Table {
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
    columns.extend(names(["outcome", "end", "epochs", "steps", "best_epoch", "skill"]));
    columns.extend(metrics.iter().map(|(part, m)| format!("{}_{m}", part.name())));
    let row = |d: &Done<'_>| {
        let configuration = d.trial.configuration;
        let mut row = vec![text(&d.record.id), id(view, configuration)];
        row.extend(labels(view, configuration));
        row.push(Cell::Count(d.trial.seed));
        row.extend(repeats.then(|| d.trial.fold.map_or(Cell::Empty, |f| count(f.repeat))));
        row.extend(folds.then(|| d.trial.fold.map_or(Cell::Empty, |f| count(f.index))));
        row.extend([text(d.outcome.name()), text(d.record.end.name())]);
        row.extend([d.record.epochs, d.record.steps, d.record.best_epoch].map(count));
        row.push(measured(d.record.skill));
        row.extend(metrics.iter().map(|(part, metric)| {
            if selection.open(configuration, *part) { measured(d.value(*part, metric)) } else { Cell::Empty }
        }));
        row
    };
    let rows = (0..view.configurations()).flat_map(|c| view.done(c)).map(row).collect();
    Table { columns, rows }
}

/// NaN means undefined here: an empty field.
fn measured(x: f64) -> Cell {
    if x.is_nan() { Cell::Empty } else { Cell::Number(x) }
}

/// One row per configuration, in the order of the plan.
pub(super) fn summary(view: &View<'_>, selection: &Selection) -> Table {
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
    let row = |configuration: usize| {
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
        row.push(maybe(view.score(configuration).filter(|_| selection.tuned)));
        row
    };
    Table { columns, rows: (0..view.configurations()).map(row).collect() }
}

/// One row per pair of arms.
pub(super) fn comparison(view: &View<'_>, selection: &Selection, pairs: &[Pair]) -> Table {
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
    ]);
    let row = |pair: &Pair| {
        let paired = pair.paired.as_ref();
        let mut row = vec![text(&selection.arms[pair.a].name()), text(&selection.arms[pair.b].name())];
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
        row
    };
    Table { columns, rows: pairs.iter().map(row).collect() }
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
pub(super) fn curves(view: &View<'_>, selection: &Selection, curves: &[Curves]) -> Table {
    let mut columns = names(["configuration", "epoch", "n", "n_failed"]);
    for column in &view.results.curve_columns {
        columns.extend(["mean", "low", "high", "q10", "q50", "q90"].map(|s| format!("{column}_{s}")));
    }
    let mut rows = Vec::new();
    for (configuration, curve) in curves.iter().enumerate() {
        let failed = view.tally(configuration).failed;
        for point in &curve.points {
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
            rows.push(row);
        }
    }
    Table { columns, rows }
}

/// One row per trial and recorded epoch.
pub(super) fn metrics(view: &View<'_>, selection: &Selection) -> Table {
    let mut columns = names(["trial", "epoch", "step"]);
    columns.extend(view.results.curve_columns.iter().cloned());
    let mut rows = Vec::new();
    for done in (0..view.configurations()).flat_map(|c| view.done(c)) {
        for point in &done.record.curve {
            let mut row = vec![text(&done.record.id), count(point.epoch), count(point.step)];
            row.extend(view.results.curve_columns.iter().enumerate().map(|(i, column)| {
                let open = open_column(selection, done.trial.configuration, column);
                point.values.get(i).filter(|_| open).map_or(Cell::Empty, |x| measured(*x))
            }));
            rows.push(row);
        }
    }
    Table { columns, rows }
}

/// Share of wall-clock time per trial, in seconds.
pub(super) fn timings(view: &View<'_>) -> Table {
    let row = |d: &Done<'_>| {
        let seconds = Cell::Number((d.record.seconds * 1e6).round() / 1e6);
        vec![text(&d.record.id), id(view, d.trial.configuration), Cell::Count(d.trial.seed), seconds]
    };
    Table {
        columns: names(["trial", "configuration", "seed", "seconds"]),
        rows: (0..view.configurations()).flat_map(|c| view.done(c)).map(row).collect(),
    }
}

fn open_column(selection: &Selection, configuration: usize, column: &str) -> bool {
    !column.starts_with("test_") || selection.open(configuration, Part::Test)
}

/// How the trials of all configurations ended, in the order of [`Outcome::ALL`].
pub(super) fn outcomes(view: &View<'_>) -> Vec<(Outcome, usize)> {
    let of = |outcome| {
        (0..view.configurations()).flat_map(|c| view.done(c)).filter(|d| d.outcome == outcome).count()
    };
    Outcome::ALL.into_iter().map(|o| (o, of(o))).collect()
}
