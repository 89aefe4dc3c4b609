//! What tuning bought: the expected best of k of the configurations tried for an arm, against k (Dodge et al. 2019).
//!
//! On the part that chooses, so that the test part stays closed. Nothing is said of samplers that look at results before they go on:
//! what they tried depends on the order.

use super::figures::{Figure, Panel, SERIES_MAX, Series};
use super::selection::{self, Arm, Selection};
use super::sentences::short;
use super::tables::{Cell, Table, count, names, text};
use super::view::View;
use crate::catalog::Facts;
use crate::stats;

/// Fewer candidates than this have no curve.
const CANDIDATES_MIN: usize = 3;

/// Of more candidates, so many values of k are told.
const STEPS_MAX: usize = 200;

/// The expected best of one arm.
pub(super) struct Budget {
    /// Index of the arm.
    pub(super) arm: usize,
    /// Configurations tried.
    pub(super) tried: usize,
    /// Those of which every trial failed: they count as the worst score that any configuration of any arm reached.
    pub(super) failed: usize,
    /// k and the expected score of the configuration that would be selected of k tried in random order.
    pub(super) expected: Vec<(usize, f64)>,
}

/// One per arm with a choice of at least [`CANDIDATES_MIN`] configurations.
///
/// Candidates stand in the order in which `selection` prefers them (failures before scores), so that the curve ends at the score of
/// the configuration selected. A score is the mean over seeds of the trials that did not fail.
pub(super) fn budgets(view: &View<'_>, selection: &Selection) -> Vec<Budget> {
    let facts = &view.results.experiment.sweep.method.entry.facts;
    let adaptive = matches!(facts, Facts::Sampler { learns: true, .. });
    if !selection.tuned || adaptive {
        return Vec::new();
    }
    let scores = selection.arms.iter().flat_map(|a| &a.candidates).filter_map(|c| view.mean_score(*c));
    let worse = |a: f64, b: f64| if view.higher_is_better { a.min(b) } else { a.max(b) };
    let Some(worst) = scores.reduce(worse) else {
        return Vec::new();
    };
    selection.arms.iter().enumerate().filter_map(|(index, arm)| budget(view, index, arm, worst)).collect()
}

fn budget(view: &View<'_>, index: usize, arm: &Arm, worst: f64) -> Option<Budget> {
    let tried: Vec<usize> = arm.candidates.iter().copied().filter(|c| view.is_tried(*c)).collect();
    if tried.len() < CANDIDATES_MIN {
        return None;
    }
    let scores: Vec<Option<f64>> =
        selection::ranked(view, &tried).into_iter().map(|c| view.mean_score(c)).collect();
    let best_first: Vec<f64> = scores.iter().map(|s| s.unwrap_or(worst)).collect();
    let expected =
        steps(tried.len()).into_iter().filter_map(|k| Some((k, stats::expected_best(&best_first, k)?)));
    Some(Budget {
        arm: index,
        tried: tried.len(),
        failed: scores.iter().filter(|s| s.is_none()).count(),
        expected: expected.collect(),
    })
}

/// 1 to n; of many, evenly spaced in ratio.
fn steps(n: usize) -> Vec<usize> {
    if n <= STEPS_MAX {
        return (1..=n).collect();
    }
    let at = |i: usize| libm::pow(n as f64, i as f64 / (STEPS_MAX - 1) as f64).round() as usize;
    let mut steps: Vec<usize> = (0..STEPS_MAX).map(at).collect();
    steps.dedup();
    steps
}

/// `budget.csv`: one row per arm and number of configurations.
pub(super) fn table<'a>(view: &'a View<'_>, selection: &'a Selection, budgets: &'a [Budget]) -> Table<'a> {
    let row = move |budget: &'a Budget, (k, expected): (usize, f64)| {
        let mut row = vec![Cell::Text(selection.arms[budget.arm].name().into())];
        row.extend([text(view.chooses.name()), text(&view.metric)]);
        row.extend([count(k), Cell::Number(expected), count(budget.tried), count(budget.failed)]);
        row
    };
    let rows = budgets.iter().flat_map(move |b| b.expected.iter().map(move |e| row(b, *e)));
    Table {
        columns: names(["arm", "part", "metric", "k", "expected_best", "n", "n_failed"]),
        rows: Box::new(rows),
    }
}

/// Expected best against k, a line per arm.
pub(super) fn figure(view: &View<'_>, selection: &Selection, budgets: &[Budget]) -> Option<Figure> {
    let shown: Vec<&Budget> = budgets.iter().take(SERIES_MAX).collect();
    let most = shown.iter().map(|b| b.tried).max()?;
    let series = |b: &&Budget| Series {
        points: b.expected.iter().map(|(k, e)| [*k as f64, *e, *e, *e]).collect(),
        marks: most <= 20,
        ..Series::default()
    };
    let log_x = most > STEPS_MAX;
    let x_label = "configurations tried";
    let mut caption = String::from(
        "Of those tried, taken in random order without replacement; the last point is the configuration selected.",
    );
    if shown.iter().flat_map(|b| &selection.arms[b.arm].candidates).any(|c| view.score(*c).failed > 0) {
        caption.push_str(" One with more failed trials is selected later, whatever its score.");
    }
    Some(Figure {
        name: "budget",
        title: format!(
            "Expected best {} {} against the number of configurations tried",
            view.chooses.name(),
            view.metric
        ),
        panels: vec![Panel { title: String::new(), series: shown.iter().map(series).collect() }],
        x_label: if log_x { format!("{x_label} (log scale)") } else { x_label.into() },
        y_label: view.metric.clone(),
        log_x,
        log_y: false,
        legend: shown.iter().map(|b| selection.arms[b.arm].name()).collect(),
        caption,
    })
}

/// Arms that the page tells in words.
const TOLD_MAX: usize = 4;

/// What it says, without a full stop; empty without a curve.
pub(super) fn sentence(view: &View<'_>, selection: &Selection, budgets: &[Budget]) -> String {
    let of = |b: &Budget| -> Option<String> {
        let ((_, one), (k, all)) = (*b.expected.first()?, *b.expected.last()?);
        Some(format!(
            "{} {} with one configuration and {} with all {k}",
            selection.arms[b.arm].name(),
            short(one),
            short(all)
        ))
    };
    let arms: Vec<String> = budgets.iter().take(TOLD_MAX).filter_map(of).collect();
    if arms.is_empty() {
        return String::new();
    }
    let failed = if budgets.iter().any(|b| b.failed > 0) {
        ", one of which every trial failed counted as the worst score of any"
    } else {
        ""
    };
    format!(
        "Expected best {} {} of k configurations tried in random order{failed}: {}",
        view.chooses.name(),
        view.metric,
        arms.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn many_steps_are_thinned_from_one_to_all() {
        assert_eq!(steps(3), [1, 2, 3]);
        let many = steps(5000);
        assert!(many.len() <= 200 && many.windows(2).all(|w| w[0] < w[1]));
        assert_eq!((many[0], many[1], many[many.len() - 1]), (1, 2, 5000));
    }
}
