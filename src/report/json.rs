//! The results as one JSON value, for programs: the tables of `summary.csv`, `comparison.csv`, `findings.csv`, and over data sets, selection, and
//! expectations.
//!
//! Numbers are those of the CSV files (nine significant digits); what is not defined is `null`.

use serde_json::{Map, Value, json};

use super::comparison::Pair;
use super::datasets::OverSets;
use super::expect::ExpectationResult;
use super::findings;
use super::selection::Selection;
use super::sentences;
use super::tables::{self, Cell, Table};
use super::view::View;
use crate::text;

pub(super) fn write(
    view: &View<'_>,
    selection: &Selection,
    pairs: &[Pair],
    over: Option<&OverSets>,
    expectations: &[ExpectationResult],
) -> Value {
    let plan = view.results.plan;
    let arms: Vec<Value> = (selection.arms.iter())
        .map(|arm| {
            let warnings: Vec<String> =
                arm.warnings.iter().map(|w| sentences::warning(&arm.name(), w)).collect();
            json!({
                "arm": arm.name(),
                "selected": plan.configurations[arm.selected].id,
                "fault": view.fault(arm.selected).to_string(),
                "warnings": warnings,
            })
        })
        .collect();
    let expected: Vec<Value> = (expectations.iter())
        .map(|e| {
            json!({
                "key": e.key,
                "statistic": e.statistic,
                "measured": number(e.measured),
                "limit": number(e.limit),
                "held": e.held,
            })
        })
        .collect();
    json!({
        "experiment": view.results.experiment.name,
        "complete": view.missing() == 0,
        "trials": { "planned": plan.trials.len(), "done": plan.trials.len() - view.missing() },
        "metric": view.metric,
        "part": view.judges.name(),
        "arms": arms,
        "verdicts": sentences::verdicts(view, selection, pairs.iter()),
        "comparison": rows(tables::comparison(view, selection, pairs)),
        "summary": rows(tables::summary(view, selection)),
        "findings": rows(findings::table(view, &findings::Findings::of(view, selection))),
        "over_data_sets": over.map(OverSets::json),
        "expectations": expected,
    })
}

pub(super) fn rows(table: Table<'_>) -> Value {
    let row = |cells: Vec<Cell<'_>>| -> Value {
        table.columns.iter().cloned().zip(cells.iter().map(value)).collect::<Map<_, _>>().into()
    };
    table.rows.map(row).collect()
}

fn value(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Text(t) => Value::from(t.as_ref()),
        Cell::Number(x) => number(*x),
        Cell::Count(n) => Value::from(*n),
        Cell::Empty => Value::Null,
    }
}

fn number(x: f64) -> Value {
    text::significant(x, 9).parse::<f64>().ok().filter(|x| x.is_finite()).map_or(Value::Null, Value::from)
}
