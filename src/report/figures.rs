//! The figures as data: panels, series, bands. `svg` draws them.
//!
//! A line is the mean over the trials that did not fail; a band holds the middle 80 % of them, where it hides nothing.

use super::curves::{self, Curves};
use super::selection::{self, Selection};
use super::view::View;
use crate::spec::Configuration;

/// More lines than this cannot be told apart.
pub(super) const SERIES_MAX: usize = 8;
/// Points per line; more cannot be seen at the width of a page and only make the file large.
const POINTS_MAX: usize = 160;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// File name without folder and ending.
    pub(super) name: &'static str,
    pub(super) title: String,
    /// Side by side, sharing the vertical axis.
    pub(super) panels: Vec<Panel>,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) log_x: bool,
    pub(super) log_y: bool,
    /// Labels of the series, in the order of the colours; the same in every panel.
    pub(super) legend: Vec<String>,
    /// What lines and bands are.
    pub(super) caption: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    /// One per entry of the legend; may be empty.
    pub(super) series: Vec<Series>,
}

/// Points ascending in x: (x, low, mean, high).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    pub(super) points: Vec<[f64; 4]>,
    /// Mark each point: they are few, and the line between them is only a guide.
    pub(super) marks: bool,
    /// Points whose mark is hollow.
    pub(super) hollow: Vec<usize>,
}

/// All figures that the results allow.
pub(super) fn figures(view: &View<'_>, selection: &Selection) -> Vec<Figure> {
    let arms = selection.arms.iter().take(SERIES_MAX);
    let curves: Vec<Curves> = arms.map(|arm| curves::of_configuration(view, arm.selected)).collect();
    let mut figures = Vec::new();
    figures.extend(learning(view, selection, &curves, "loss", "loss"));
    if view.metric != "loss" {
        figures.extend(learning(view, selection, &curves, "metric", &view.metric));
    }
    figures.extend(response(view, selection));
    figures
}

/// Bands of more lines than this cover one another.
const BANDS_MAX: usize = 4;

/// Two bands that cover more of the axis than this, on average over their points, cover one another: trials ended in two camps.
const BAND_SHARE_MAX: f64 = 0.5;

/// Takes the bands away where they would hide the lines, and says what is left. `mean` says what a line is.
fn caption(panels: &mut [Panel], mean: &str, log_y: bool) -> String {
    let drawn = |p: &Panel| p.series.iter().filter(|s| !s.points.is_empty()).count();
    let lines = panels.iter().map(drawn).max().unwrap_or(0);
    if lines <= BANDS_MAX && !bands_fill(panels, log_y) {
        return format!("{mean} Band: 10 to 90 % of them.");
    }
    for point in panels.iter_mut().flat_map(|p| &mut p.series).flat_map(|s| &mut s.points) {
        (point[1], point[3]) = (point[2], point[2]);
    }
    format!("{mean} Their spread is in the CSV files.")
}

/// Whether two bands of one panel each cover most of the axis that all share.
fn bands_fill(panels: &[Panel], log_y: bool) -> bool {
    let at = |y: f64| if log_y { libm::log10(y) } else { y };
    let all = || panels.iter().flat_map(|p| &p.series);
    let ends = || all().flat_map(|s| &s.points).flat_map(|p| [at(p[1]), at(p[2]), at(p[3])]);
    let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let fills = |s: &&Series| {
        let heights: f64 = s.points.iter().map(|p| at(p[3]) - at(p[1])).sum();
        heights > BAND_SHARE_MAX * (high - low) * s.points.len() as f64
    };
    panels.iter().any(|p| p.series.iter().filter(fills).count() > 1)
}

/// What makes loss values of the arms differ in unit, `losses and reductions`, if anything does.
pub(super) fn loss_units(view: &View<'_>, selection: &Selection) -> Option<String> {
    let of = |arm: &selection::Arm| &view.results.plan.configurations[arm.selected].configuration;
    let first = of(selection.arms.first()?);
    let differ = |same: &dyn Fn(&Configuration) -> bool| selection.arms.iter().any(|a| !same(of(a)));
    let kinds = [
        ("losses", differ(&|c| c.pairing.loss == first.pairing.loss)),
        ("reductions of the loss", differ(&|c| c.pairing.reduction == first.pairing.reduction)),
        ("scales of the target", differ(&|c| c.data.target_scale == first.data.target_scale)),
    ];
    let kinds: Vec<&str> = kinds.into_iter().filter(|k| k.1).map(|k| k.0).collect();
    (!kinds.is_empty()).then(|| kinds.join(" and "))
}

/// A curve column of each arm's selected configuration (`curves`), training and validation side by side.
fn learning(
    view: &View<'_>,
    selection: &Selection,
    curves: &[Curves],
    name: &'static str,
    metric: &str,
) -> Option<Figure> {
    let arms: Vec<_> = selection.arms.iter().take(SERIES_MAX).collect();
    let panel = |part: &str| {
        let index = view.results.curve_columns.iter().position(|c| *c == format!("{part}_{metric}"))?;
        let series: Vec<Series> = curves.iter().map(|curve| line(curve, index)).collect();
        let title = if part == "train" { "training part" } else { "validation part" };
        series.iter().any(|s| s.points.len() > 1).then(|| Panel { title: title.into(), series })
    };
    let mut panels: Vec<Panel> = ["train", "validation"].into_iter().filter_map(panel).collect();
    if panels.is_empty() {
        return None;
    }
    let log_y = metric == "loss" && spans_decades(&panels, 1.5);
    let stopped = curves.iter().any(leaves_out);
    let mean = if stopped {
        "Line: mean of the trials still training, as long as half of them are."
    } else {
        "Line: mean of the trials that did not fail."
    };
    let mut caption = caption(&mut panels, mean, log_y);
    if let Some(what) = loss_units(view, selection).filter(|_| metric == "loss") {
        caption.push_str(&format!(" Arms differ in {what}: compare shapes, not heights."));
    }
    Some(Figure {
        name,
        title: format!("Learning curves: {metric}"),
        panels,
        x_label: "epoch".into(),
        y_label: if log_y { format!("{metric} (log scale)") } else { metric.to_string() },
        log_x: false,
        log_y,
        legend: arms.iter().map(|a| a.name()).collect(),
        caption,
    })
}

/// At least half of the trials were still training.
pub(super) fn shown(curves: &Curves, point: &curves::Point) -> bool {
    2 * point.n >= curves.trials
}

/// Whether a point shown is not of all trials.
pub(super) fn leaves_out(curves: &Curves) -> bool {
    curves.points.iter().any(|p| shown(curves, p) && p.n < curves.trials)
}

/// The mean curve where at least half of the trials were still training.
fn line(curves: &Curves, column: usize) -> Series {
    let all: Vec<[f64; 4]> = (curves.points.iter())
        .filter(|p| shown(curves, p))
        .filter_map(|p| p.bands[column].as_ref().map(|b| [p.epoch as f64, b.q10, b.mean, b.q90]))
        .collect();
    let every = all.len().div_ceil(POINTS_MAX).max(1);
    let last = all.len().saturating_sub(1);
    let points =
        all.into_iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last).map(|(_, p)| p).collect();
    Series { points, ..Series::default() }
}

/// Whether all values are positive and the means span this many powers of ten.
fn spans_decades(panels: &[Panel], decades: f64) -> bool {
    let points = || panels.iter().flat_map(|p| &p.series).flat_map(|s| &s.points);
    let low = points().map(|p| p[2]).fold(f64::INFINITY, f64::min);
    let high = points().map(|p| p[2]).fold(0.0, f64::max);
    points().all(|p| p[1] > 0.0) && low > 0.0 && (high / low).log10() > decades
}

/// The metric against the first tuned numeric axis; other tuned axes stay at the selected value.
fn response(view: &View<'_>, selection: &Selection) -> Option<Figure> {
    let arms: Vec<_> = selection.arms.iter().take(SERIES_MAX).collect();
    let values = |arm: &selection::Arm, key: &str| selection::numeric_values(view, arm, key);
    let key = selection.tune.iter().find(|key| arms.iter().any(|a| values(a, key).len() > 2))?;
    let series: Vec<Series> = arms.iter().map(|arm| responses(view, selection, arm, key)).collect();
    if series.iter().all(|s| s.points.is_empty()) {
        return None;
    }
    let mut panels = vec![Panel { title: String::new(), series }];
    let xs: Vec<f64> = arms.iter().flat_map(|a| values(a, key)).collect();
    let (log_x, log_y) = (log_spaced(&xs), view.metric == "loss" && spans_decades(&panels, 1.5));
    let caption = caption(&mut panels, "Line: mean of the trials that did not fail.", log_y);
    Some(Figure {
        name: "response",
        title: format!("Response to {key}: {} {}", view.chooses.name(), view.metric),
        panels,
        x_label: if log_x { format!("{key} (log scale)") } else { key.clone() },
        y_label: if log_y { format!("{} (log scale)", view.metric) } else { view.metric.clone() },
        log_x,
        log_y,
        legend: arms.iter().map(|a| a.name()).collect(),
        caption: format!("{caption} Hollow point: some trials failed; no point: all did."),
    })
}

/// The metric of one arm at each value. A value at which every trial failed has no point.
pub(super) fn responses(view: &View<'_>, selection: &Selection, arm: &selection::Arm, key: &str) -> Series {
    let mut series = Series { marks: true, ..Series::default() };
    let mut beside: Vec<(f64, usize)> = (arm.candidates.iter().copied())
        .filter(|c| view.rung(*c).is_none() && beside(view, selection, arm, *c, key))
        .filter_map(|c| Some((selection::number(view, c, key)?, c)))
        .collect();
    beside.sort_by(|a, b| a.0.total_cmp(&b.0));
    beside.dedup_by_key(|(x, _)| *x);
    for (x, configuration) in &beside {
        let done = view.choosing(*configuration);
        let sound = done.iter().filter(|d| !d.record.end.failed());
        let reached: Vec<f64> = sound.map(|d| d.value(view.chooses, &view.metric)).collect();
        if let Some(band) = curves::band(view, &reached) {
            if reached.len() < done.len() {
                series.hollow.push(series.points.len());
            }
            series.points.push([*x, band.q10, band.mean, band.q90]);
        }
    }
    series
}

/// Whether a configuration has the selected one's values on every tuned axis but `key`.
fn beside(
    view: &View<'_>,
    selection: &Selection,
    arm: &selection::Arm,
    configuration: usize,
    key: &str,
) -> bool {
    let at = |c: usize, k: &str| selection::value(view, c, k);
    let same = |k: &&String| at(configuration, k) == at(arm.selected, k);
    selection.tune.iter().filter(|k| *k != key).all(|k| same(&k))
}

/// Positive values whose ratios vary less than their differences.
pub(super) fn log_spaced(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    if sorted.len() < 3 || sorted[0] <= 0.0 {
        return false;
    }
    let spread = |steps: Vec<f64>| {
        let (low, high) = steps.iter().fold((f64::INFINITY, 0.0f64), |(l, h), s| (l.min(*s), h.max(*s)));
        high / low
    };
    let ratios = sorted.windows(2).map(|w| (w[1] / w[0]).ln()).collect();
    let differences = sorted.windows(2).map(|w| w[1] - w[0]).collect();
    spread(ratios) < spread(differences)
}
