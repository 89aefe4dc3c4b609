//! How the trials ended: how much was planned, what came to the same, and what each outcome means.

use super::caveats;
use super::page::{Page, ROWS_MAX, more};
use super::tables;
use super::view::View;
use super::write::markdown::{code, table};
use crate::plan::Plan;
use crate::text;

/// How much was planned.
fn size(view: &View<'_>) -> String {
    let plan = view.results.plan;
    let seeds = view.results.experiment.seeds.len();
    let each = plan.trials.len() / (plan.configurations.len() * seeds).max(1);
    let folds = match repeats(view) {
        n if n > 1 => format!(" × {} × {}", text::count(each / n, "fold"), text::count(n, "repeat")),
        _ if each > 1 => format!(" × {}", text::count(each, "fold")),
        _ => String::new(),
    };
    let left_out = |n: usize, why: &str| {
        if n > 0 { format!(" {} {why}.", text::count(n, "point")) } else { String::new() }
    };
    let configurations = text::count(plan.configurations.len(), "configuration");
    let halted = plan.trials.iter().any(|t| t.until.is_some());
    let product = match (halted, view.confirmed) {
        (false, false) => format!("{configurations} × {}{folds}", text::count(seeds, "seed")),
        (true, false) => format!("{configurations}, a trial for each seed and rung"),
        (false, true) => format!("{configurations}, a trial for each seed, fresh ones included"),
        (true, true) => format!("{configurations}, a trial for each rung and seed, fresh ones included"),
    };
    format!(
        "{product}: {}.{}{}{}",
        text::count(plan.trials.len(), "trial"),
        left_out(plan.duplicates, "repeated an earlier configuration and were trained once"),
        repetitions(plan, &code).map(|told| format!(" {told}")).unwrap_or_default(),
        left_out(plan.excluded, "left out by `exclude`")
    )
}

/// Values named that come to the same as others.
const REPETITIONS_SHOWN: usize = 8;

/// Which values stand for others that are not in the tables.
pub(super) fn repetitions(plan: &Plan, quote: &dyn Fn(&str) -> String) -> Option<String> {
    let (told, all) = plan.repetitions(REPETITIONS_SHOWN, quote);
    if told.is_empty() {
        return None;
    }
    let more = if all > told.len() { format!("; and {} more", all - told.len()) } else { String::new() };
    Some(format!("{}{more}.", told.join("; ")))
}

/// How often the folds are drawn anew; 0 without folds.
fn repeats(view: &View<'_>) -> usize {
    view.results.plan.trials.iter().filter_map(|t| t.fold).map(|f| f.repeat + 1).max().unwrap_or(0)
}

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let view = page.view;
    let rows: Vec<Vec<String>> = (tables::outcomes(view).into_iter())
        .map(|(outcome, n)| {
            vec![code(outcome.name()), n.to_string(), caveats::outcome_meaning(view, outcome)]
        })
        .collect();
    let mut out = format!(
        "## How the trials ended\n\n{}\n\n{}",
        size(view),
        table(&["outcome", "trials", "meaning"], &[false, true, false], &rows)
    );
    let failing: Vec<String> = (0..view.configurations())
        .filter(|c| view.tally(*c).failed > 0)
        .map(|c| {
            format!("- {}: {} of {} failed\n", code(&view.label(c)), view.tally(c).failed, view.tally(c).done)
        })
        .collect();
    if !failing.is_empty() {
        out.push('\n');
        out.extend(failing.iter().take(ROWS_MAX).cloned());
        out.push_str(&more(failing.len(), "configuration", "summary.csv"));
    }
    out
}
