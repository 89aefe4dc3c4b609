//! What a run prints at its end: verdict, a table of arms, warnings, expectations. Plain text; `cli` prints it.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::comparison::Pair;
use super::datasets::OverSets;
use super::endings;
use super::expect::ExpectationResult;
use super::page;
use super::selection::Selection;
use super::sentences;
use super::view::View;
use crate::text;

/// Rows of the table; more are in `summary.csv`.
const ROWS_MAX: usize = 20;

pub(super) fn write(
    view: &View<'_>,
    selection: &Selection,
    pairs: &[Pair],
    over: Option<&OverSets>,
    expectations: &[ExpectationResult],
    width: usize,
) -> String {
    let mut out = format!("{}\n", shown(&view.results.experiment.title));
    if view.missing() > 0 {
        out.push_str(&wrapped(&page::incomplete(view), width));
    }
    out.push_str(&format!("\n{}\n", arms(view, selection, width)));
    if selection.arms.len() > ROWS_MAX {
        out.push_str(&format!("and {} more in summary.csv\n", selection.arms.len() - ROWS_MAX));
    }
    let mut paragraphs = over.map(OverSets::verdicts).unwrap_or_default();
    // What the tests over data sets say covers what is said within each.
    let told = if over.is_some_and(|over| over.tested() > 0) { 0 } else { ROWS_MAX };
    paragraphs.extend(sentences::verdicts(view, selection, pairs.iter().take(told)));
    if pairs.is_empty() {
        paragraphs.push(page::single_result(view, selection));
    }
    let compares = view.results.experiment.compare.is_some();
    if pairs.is_empty() && !compares && view.configurations() > 1 {
        paragraphs.push("note: nothing is compared without `[compare]`".into());
    }
    paragraphs.extend(
        endings::repetitions(view.results.plan, &|value| format!("`{value}`"))
            .map(|told| format!("note: {told}")),
    );
    for arm in &selection.arms {
        paragraphs.extend(
            arm.warnings.iter().take(2).map(|w| format!("note: {}", sentences::warning(&arm.name(), w))),
        );
    }
    paragraphs.extend(expectations.iter().map(expectation));
    for paragraph in paragraphs.iter().take(3 * ROWS_MAX) {
        out.push('\n');
        out.push_str(&wrapped(&shown(paragraph), width));
    }
    out
}

/// Control characters would move the cursor or change colours.
fn shown(t: &str) -> String {
    t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn arms(view: &View<'_>, selection: &Selection, width: usize) -> String {
    let rows = page::arm_rows(view, selection);
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table
        .load_style(TableStyle::new().header_separator(rule))
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.max(40)).unwrap_or(u16::MAX));
    table.set_header(rows.header.iter().map(|h| shown(h)));
    for row in rows.rows.iter().take(ROWS_MAX) {
        table.add_row(row.iter().map(|c| shown(c)));
    }
    // An arm is recognised by its name, so that column breaks last.
    let names = rows.rows.iter().map(|r| r[0].chars().count()).max().unwrap_or(0);
    if let Some(column) = table.column_mut(0).filter(|_| names <= width.max(40) / 2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for (index, right) in rows.right.iter().enumerate() {
        if let Some(column) = table.column_mut(index).filter(|_| *right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn expectation(e: &ExpectationResult) -> String {
    let sign = if e.statistic.ends_with("_min") { "at least" } else { "at most" };
    let held = if e.held { "held" } else { "MISSED" };
    let name = e.statistic.trim_end_matches("_min").trim_end_matches("_max");
    format!("expectation {held}: {} {name} {}, {sign} {}", e.key, e.told(), text::exact(e.limit))
}

/// Breaks at spaces; a word longer than the line stays whole.
pub(super) fn wrapped(t: &str, width: usize) -> String {
    format!("{}\n", text::wrapped(t, width.max(40)).join("\n"))
}
