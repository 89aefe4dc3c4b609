//! The sweep as tables that can be sorted and filtered: configurations and trials, and what `effects` makes of them.
//!
//! A large sweep is thinned by a fixed rule that the page states. The test part stays closed here as everywhere.

use serde::Serialize;

use super::effects::{self, Effect, Heat};
use super::{Head, Number, drawn, rounded, spread};
use crate::report::page::Page;
use crate::report::selection::{self, Selection};
use crate::report::view::{Done, View};
use crate::spec::Part;
use crate::text;

/// Rows of each table.
const ROWS_MAX: usize = 2_000;
/// Of more configurations, so many are kept because they are the best.
const BEST: usize = 100;

#[derive(Serialize)]
pub(super) struct Explorer {
    #[serde(flatten)]
    pub(super) head: Head,
    /// What a score is: `validation accuracy`.
    score: String,
    /// `None` of a single configuration.
    configurations: Option<Table>,
    trials: Table,
    effects: Vec<Effect>,
    heats: Vec<Heat>,
}

#[derive(Serialize)]
struct Table {
    total: usize,
    /// Which rows are there, where not all are.
    kept: String,
    columns: Vec<Column>,
}

#[derive(Serialize)]
struct Column {
    name: String,
    /// An axis of the sweep: for parallel coordinates.
    axis: bool,
    log: bool,
    #[serde(flatten)]
    cells: Cells,
}

/// Column by column: shorter than rows, and ready to sort.
#[derive(Serialize)]
#[serde(untagged)]
enum Cells {
    Numbers {
        numbers: Vec<Option<Number>>,
    },
    /// Each text once, and for every row which.
    Texts {
        texts: Vec<String>,
        at: Vec<Option<usize>>,
    },
}

impl Cells {
    fn texts<'t>(cells: impl Iterator<Item = Option<&'t str>>) -> Cells {
        let (mut texts, mut at) = (Vec::new(), Vec::new());
        let mut known = std::collections::BTreeMap::new();
        for cell in cells {
            at.push(cell.map(|t| {
                *known.entry(t).or_insert_with(|| {
                    texts.push(t.to_string());
                    texts.len() - 1
                })
            }));
        }
        Cells::Texts { texts, at }
    }

    fn counts(cells: impl Iterator<Item = usize>) -> Cells {
        Cells::Numbers { numbers: cells.map(|n| Some(Number(n as f64))).collect() }
    }
}

fn column(name: &str, cells: Cells) -> Column {
    Column { name: name.into(), axis: false, log: false, cells }
}

/// `None` of no trial.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Explorer> {
    let view = page.view;
    let score = format!("{} {}", view.chooses.name(), view.metric);
    let levels = effects::levels(view);
    let trials = trials(view, page.selection);
    let several = view.configurations() > 1;
    let told = several.then(|| configurations(view, page.selection));
    let halted = (0..view.configurations()).any(|c| view.rung(c).is_some());
    let mut note = format!(
        "Score: mean {score} of the trials that did not fail. In a field below a column's name, a text keeps rows that contain it, a|b \
         one of both, >0.1, <=5, or 0.01..0.3 numbers in a range."
    );
    if halted {
        note.push_str(
            " Main effects and heat map are of the configurations that trained for their whole budget.",
        );
    }
    let head = Head {
        id: "explorer".into(),
        title: if several { "Sweep".into() } else { "Trials".into() },
        note,
        file: "trials.csv",
    };
    (trials.total > 0).then(|| Explorer {
        head,
        score,
        configurations: told,
        trials,
        effects: if several { effects::main(view, &levels) } else { Vec::new() },
        heats: effects::heats(view, &levels),
    })
}

/// The values of the axes, by rows of configurations.
fn axes(view: &View<'_>, rows: &[usize]) -> Vec<Column> {
    let plan = view.results.plan;
    let short = |key: &str| key.rsplit('.').next().unwrap_or(key).to_string();
    let of = |(index, key): (usize, &String)| {
        let alone = plan.axes.iter().filter(|k| short(k) == short(key)).count() == 1;
        let numbers = effects::numbers(view, key);
        let label = |c: &usize| Some(plan.configurations[*c].labels[index].as_str()).filter(|l| *l != "-");
        let cells = match numbers {
            // Six digits, as labels have: two drawn values are seldom nearer.
            Some(_) => Cells::Numbers {
                numbers: rows.iter().map(|c| rounded(selection::number(view, *c, key)?, 6)).collect(),
            },
            None => Cells::texts(rows.iter().map(label)),
        };
        let name = if alone { short(key) } else { key.clone() };
        Column { name, axis: true, log: numbers == Some(true), cells }
    };
    plan.axes.iter().enumerate().map(of).collect()
}

fn configurations(view: &View<'_>, selection: &Selection) -> Table {
    let total = view.configurations();
    let (rows, kept) = kept_configurations(view, selection, total);
    let id = |c: &usize| Some(view.results.plan.configurations[*c].id.as_str());
    let mut columns = axes(view, &rows);
    let number = |name: String, of: &dyn Fn(usize) -> Option<f64>| {
        column(&name, Cells::Numbers { numbers: rows.iter().map(|c| of(*c).and_then(drawn)).collect() })
    };
    columns.push(number("score".into(), &|c| view.mean_score(c)));
    if selection.tuned {
        let word = |c: &usize| Some(if selection.arm_of(*c).is_some() { "yes" } else { "no" });
        columns.push(column("selected", Cells::texts(rows.iter().map(word))));
    }
    let tallies: Vec<_> = rows.iter().map(|c| view.tally(*c)).collect();
    columns.push(column("trials", Cells::counts(tallies.iter().map(|t| t.done))));
    columns.push(column("learned", Cells::counts(tallies.iter().map(|t| t.learned))));
    columns.push(column("failed", Cells::counts(tallies.iter().map(|t| t.failed))));
    if rows.iter().any(|c| view.rung(*c).is_some()) {
        columns.push(number("stopped after".into(), &|c| view.rung(c).map(|e| e as f64)));
    }
    if view.judges != view.chooses && rows.iter().any(|c| selection.open(*c, view.judges)) {
        let open = |c: usize| selection.open(c, view.judges);
        let mean =
            |c: usize| view.reached(c, view.judges, &view.metric).learned.filter(|_| open(c)).map(|s| s.mean);
        columns.push(number(format!("{} {}, learned", view.judges.name(), view.metric), &mean));
    }
    columns.push(column("configuration", Cells::texts(rows.iter().map(id))));
    Table { total, kept, columns }
}

/// Those selected, the best, and a spread of the others; and how to say it.
fn kept_configurations(view: &View<'_>, selection: &Selection, total: usize) -> (Vec<usize>, String) {
    if total <= ROWS_MAX {
        return ((0..total).collect(), String::new());
    }
    let all: Vec<usize> = (0..total).collect();
    let mut keep: Vec<bool> = all.iter().map(|c| selection.tuned && selection.arm_of(*c).is_some()).collect();
    selection::ranked(view, &all).into_iter().take(BEST).for_each(|c| keep[c] = true);
    let fixed = keep.iter().filter(|k| **k).count();
    let even = spread(total, ROWS_MAX.saturating_sub(fixed));
    let rows: Vec<usize> = all.into_iter().filter(|c| keep[*c] || even(*c)).collect();
    let chosen = if selection.tuned { "those selected, " } else { "" };
    let kept = format!(
        "{} of {} configurations: {chosen}the {BEST} best, and others spread evenly over the plan by a fixed rule; summary.csv has all. \
         Main effects and heat map are of all.",
        text::grouped(rows.len() as u64),
        text::grouped(total as u64)
    );
    (rows, kept)
}

fn trials(view: &View<'_>, selection: &Selection) -> Table {
    let all = || (0..view.configurations()).flat_map(|c| view.all(c));
    let total = all().count();
    let even = spread(total, ROWS_MAX);
    let rows: Vec<&Done<'_>> = all().enumerate().filter(|(i, _)| even(*i)).map(|(_, d)| d).collect();
    let kept = match rows.len() {
        n if n < total => format!(
            "{} of {} trials, spread evenly over the plan by a fixed rule; trials.csv has all.",
            text::grouped(n as u64),
            text::grouped(total as u64)
        ),
        _ => String::new(),
    };
    let of: Vec<usize> = rows.iter().map(|d| d.trial.configuration).collect();
    let mut columns = axes(view, &of);
    let count = |name: &str, of: &dyn Fn(&Done<'_>) -> Option<usize>| {
        let numbers: Vec<Option<Number>> = rows.iter().map(|d| of(d).map(|n| Number(n as f64))).collect();
        numbers.iter().any(Option::is_some).then(|| column(name, Cells::Numbers { numbers }))
    };
    columns.extend(count("seed", &|d| usize::try_from(d.trial.seed).ok()));
    let repeats = rows.iter().any(|d| d.trial.fold.is_some_and(|f| f.repeat > 0));
    columns.extend(count("repeat", &|d| d.trial.fold.map(|f| f.repeat).filter(|_| repeats)));
    columns.extend(count("fold", &|d| d.trial.fold.map(|f| f.index)));
    columns.extend(count("until", &|d| d.trial.until));
    columns.push(column("outcome", Cells::texts(rows.iter().map(|d| Some(d.outcome.name())))));
    columns.push(column("end", Cells::texts(rows.iter().map(|d| Some(d.record.end.name())))));
    columns.extend(count("epochs", &|d| Some(d.record.epochs)));
    let mut measured: Vec<(Part, &str)> = vec![(view.chooses, &view.metric), (view.chooses, "loss")];
    measured.extend([(Part::Train, view.metric.as_str()), (view.judges, &view.metric)]);
    let mut told: Vec<(Part, &str)> = Vec::new();
    for one in measured {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    for (part, metric) in told {
        let open = |d: &Done<'_>| selection.open_trial(view, d, part);
        let value = |d: &&Done<'_>| if open(d) { drawn(d.value(part, metric)) } else { None };
        let numbers: Vec<Option<Number>> = rows.iter().map(value).collect();
        if numbers.iter().any(Option::is_some) {
            columns.push(column(&format!("{} {metric}", part.name()), Cells::Numbers { numbers }));
        }
    }
    Table { total, kept, columns }
}
