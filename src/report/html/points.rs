//! Lines through few points, as the page draws them: the response to each tuned number, and what tuning bought.

use serde::Serialize;

use super::{Head, drawn};
use crate::report::figures::{SERIES_MAX, log_spaced, responses as response};
use crate::report::page::Page;
use crate::report::selection;

/// Arms with a line.
const ARMS_MAX: usize = 3 * SERIES_MAX;

#[derive(Serialize)]
pub(super) struct Points {
    #[serde(flatten)]
    pub(super) head: Head,
    y: String,
    arms: Vec<String>,
    panels: Vec<Panel>,
}

#[derive(Serialize)]
struct Panel {
    x: String,
    log_x: bool,
    /// One for each arm; may be empty.
    series: Vec<Series>,
}

/// Ascending in x.
#[derive(Serialize)]
struct Series {
    x: Vec<f64>,
    mean: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    /// Places of points of which some trials failed.
    failed: Vec<usize>,
}

/// The metric against each tuned numeric axis, others at the selected value.
pub(super) fn responses(page: &Page<'_, '_>) -> Option<Points> {
    let (view, selection) = (page.view, page.selection);
    let arms: Vec<_> = selection.arms.iter().take(ARMS_MAX).collect();
    let panel = |key: &String| {
        let values = |arm: &&selection::Arm| selection::numeric_values(view, arm, key);
        if !arms.iter().any(|a| values(a).len() > 2) {
            return None;
        }
        let one = |arm: &&selection::Arm| {
            let found = response(view, selection, arm, key);
            let column = |i: usize| found.points.iter().map(|p| drawn(p[i])).collect::<Vec<_>>();
            Series {
                x: found.points.iter().map(|p| p[0]).collect(),
                mean: column(2),
                low: column(1),
                high: column(3),
                failed: found.hollow,
            }
        };
        let series: Vec<Series> = arms.iter().map(one).collect();
        // A single point is no response.
        series.iter().any(|s| s.x.len() > 1).then(|| Panel {
            x: key.clone(),
            log_x: log_spaced(&arms.iter().flat_map(values).collect::<Vec<_>>()),
            series,
        })
    };
    let panels: Vec<Panel> = selection.tune.iter().filter_map(panel).collect();
    let several = if panels.len() > 1 { " Others are at the value that was selected." } else { "" };
    let cut = match selection.arms.len() {
        n if n > ARMS_MAX => format!(" The first {ARMS_MAX} of {n} arms."),
        _ => String::new(),
    };
    let head = Head {
        id: "response".into(),
        title: format!("Response to what was tuned: {} {}", view.chooses.name(), view.metric),
        note: format!(
            "Line: mean of the trials that did not fail; band: 10 to 90 % of them. Hollow point: some trials failed; no point: all \
             did.{several}{cut}"
        ),
        file: "summary.csv",
    };
    let y = format!("{} {}", view.chooses.name(), view.metric);
    (!panels.is_empty()).then(|| Points { head, y, arms: arms.iter().map(|a| a.name()).collect(), panels })
}

/// Expected best against the number of configurations tried.
pub(super) fn budget(page: &Page<'_, '_>) -> Option<Points> {
    let (view, budgets) = (page.view, page.budgets);
    let most = budgets.iter().map(|b| b.tried).max()?;
    let series = |b: &crate::report::budget::Budget| {
        let best: Vec<Option<f64>> = b.expected.iter().map(|e| drawn(e.1)).collect();
        let x = b.expected.iter().map(|e| e.0 as f64).collect();
        Series { x, mean: best.clone(), low: best.clone(), high: best, failed: Vec::new() }
    };
    let shown = || budgets.iter().take(ARMS_MAX);
    let head = Head {
        id: "budget".into(),
        title: format!("Expected best {} {} against the number of configurations tried", view.chooses.name(), view.metric),
        note: "Of those tried, taken in random order without replacement; the last point is the configuration selected.".into(),
        file: "budget.csv",
    };
    Some(Points {
        head,
        y: format!("{} {}", view.chooses.name(), view.metric),
        arms: shown().map(|b| page.selection.arms[b.arm].name()).collect(),
        panels: vec![Panel {
            x: "configurations tried".into(),
            log_x: most > 50,
            series: shown().map(series).collect(),
        }],
    })
}
