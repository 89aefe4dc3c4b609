//! What the axes of a sweep do on average, over everything that was tried: main effects and heat maps of two axes.
//!
//! Computed here from all configurations, so that it does not suffer from what the page leaves out. It is arithmetic on what was
//! tried, no model: an average over the other axes can hide that they interact, which the heat map shows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawn;
use crate::plan::Fold;
use crate::report::figures::log_spaced;
use crate::report::selection;
use crate::report::view::View;
use crate::spec::Domain;
use crate::stats::{self, Interval, SEEDS_MIN};
use crate::text;

/// Levels of an axis; numbers with more fall into bins, words with more are left out.
const LEVELS_MAX: usize = 24;
/// Bins of equal width.
const BINS: usize = 8;
/// Axes whose pairs have heat maps.
const AXES_MAX: usize = 6;

/// What a configuration may be on an axis, and which each one is.
pub(super) struct Levels {
    pub(super) key: String,
    labels: Vec<String>,
    /// By configuration; `None` where the axis does not apply.
    of: Vec<Option<usize>>,
    /// Values were drawn at random: configurations are the sample, not seeds.
    is_drawn: bool,
}

/// One axis.
#[derive(Serialize)]
pub(super) struct Effect {
    axis: String,
    levels: Vec<Level>,
    /// What the intervals are over.
    over: &'static str,
}

#[derive(Serialize)]
struct Level {
    label: String,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Configurations with a score.
    n: usize,
}

/// Two axes: places in the list of effects.
#[derive(Serialize)]
pub(super) struct Heat {
    rows: usize,
    columns: usize,
    /// Row by row; `null` where nothing has a score.
    mean: Vec<Option<f64>>,
    n: Vec<usize>,
}

/// Whether an axis holds ordered numbers, and whether they are spaced by ratios.
pub(super) fn numbers(view: &View<'_>, key: &str) -> Option<bool> {
    let axis = view.results.experiment.sweep.axes.iter().find(|a| a.key == key && a.numeric)?;
    let of_domain = axis.domain.map(|domain| matches!(domain, Domain::LogUniform { .. }));
    let values = || (0..view.configurations()).filter_map(|c| selection::number(view, c, key));
    Some(of_domain.unwrap_or_else(|| log_spaced(&values().collect::<Vec<_>>())))
}

/// Of every axis that varies and can be told in levels.
pub(super) fn levels(view: &View<'_>) -> Vec<Levels> {
    let sweep = &view.results.experiment.sweep;
    let plan = view.results.plan;
    let of = |(index, key): (usize, &String)| {
        let is_drawn = sweep.drawn.iter().any(|a| sweep.axes.get(*a).is_some_and(|axis| axis.key == *key));
        let numbers = numbers(view, key);
        let (labels, of) = match numbers {
            Some(log) => number_levels(view, key, index, log),
            None => word_levels(view, index),
        };
        let told = (2..=LEVELS_MAX).contains(&labels.len());
        told.then(|| Levels { key: key.clone(), labels, of, is_drawn })
    };
    plan.axes.iter().enumerate().filter_map(of).collect()
}

/// Labels in the order of the plan.
fn word_levels(view: &View<'_>, axis: usize) -> (Vec<String>, Vec<Option<usize>>) {
    let (mut labels, mut of, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
    for planned in &view.results.plan.configurations {
        let label = &planned.labels[axis];
        let at = *known.entry(label.clone()).or_insert_with(|| {
            labels.push(label.clone());
            labels.len() - 1
        });
        of.push((label != "-").then_some(at));
    }
    (labels, of)
}

/// Values ascending, or bins of them.
fn number_levels(view: &View<'_>, key: &str, axis: usize, log: bool) -> (Vec<String>, Vec<Option<usize>>) {
    let values: Vec<Option<f64>> =
        (0..view.configurations()).map(|c| selection::number(view, c, key)).collect();
    let mut distinct: Vec<f64> = values.iter().copied().flatten().collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() <= LEVELS_MAX / 2 {
        let label = |x: &f64| {
            let at = values.iter().position(|v| *v == Some(*x)).unwrap_or(0);
            view.results.plan.configurations[at].labels[axis].clone()
        };
        let place = |x: f64| distinct.iter().position(|d| *d == x);
        return (distinct.iter().map(label).collect(), values.iter().map(|v| v.and_then(place)).collect());
    }
    let to = |x: f64| if log { libm::log10(x) } else { x };
    let (low, high) = (to(distinct[0]), to(distinct[distinct.len() - 1]));
    let edge = |bin: usize| {
        let x = low + (high - low) * bin as f64 / BINS as f64;
        text::significant(if log { libm::pow(10.0, x) } else { x }, 3)
    };
    let bin = |x: f64| (((to(x) - low) / (high - low) * BINS as f64) as usize).min(BINS - 1);
    let labels = (0..BINS).map(|b| format!("{} to {}", edge(b), edge(b + 1))).collect();
    (labels, values.iter().map(|v| v.map(bin)).collect())
}

/// The score of each configuration that trained for its whole budget.
fn scores(view: &View<'_>) -> Vec<Option<f64>> {
    let whole = |c: usize| view.rung(c).is_none().then(|| view.mean_score(c)).flatten();
    (0..view.configurations()).map(whole).collect()
}

/// One for each axis.
pub(super) fn main(view: &View<'_>, levels: &[Levels]) -> Vec<Effect> {
    let scores = scores(view);
    levels.iter().map(|axis| effect(view, axis, &scores)).collect()
}

fn effect(view: &View<'_>, axis: &Levels, scores: &[Option<f64>]) -> Effect {
    let level = |(index, label): (usize, &String)| {
        let own = || (0..scores.len()).filter(|c| axis.of[*c] == Some(index));
        let all: Vec<f64> = own().filter_map(|c| scores[c]).collect();
        let (mean, interval) = match axis.is_drawn {
            true => (stats::mean(&all), of_configurations(view, &all)),
            false => of_seeds(view, own()),
        };
        Level {
            label: label.clone(),
            mean: mean.and_then(drawn),
            low: interval.and_then(|i| drawn(i.low)),
            high: interval.and_then(|i| drawn(i.high)),
            n: all.len(),
        }
    };
    let levels = axis.labels.iter().enumerate().map(level).collect();
    Effect { axis: axis.key.clone(), levels, over: if axis.is_drawn { "configurations" } else { "seeds" } }
}

fn of_configurations(view: &View<'_>, scores: &[f64]) -> Option<Interval> {
    if scores.len() < SEEDS_MIN { None } else { stats::mean_interval(scores, view.confidence) }
}

/// The mean over all trials of a level that did not fail, seed by seed (and fold), and the interval over these.
fn of_seeds(view: &View<'_>, own: impl Iterator<Item = usize>) -> (Option<f64>, Option<Interval>) {
    let mut by_seed: BTreeMap<(usize, Option<Fold>), (f64, usize)> = BTreeMap::new();
    for done in own.filter(|c| view.rung(*c).is_none()).flat_map(|c| view.choosing(c)) {
        let value = done.value(view.chooses, &view.metric);
        if !done.record.end.failed() && value.is_finite() {
            let sum = by_seed.entry((done.trial.replicate, done.trial.fold)).or_default();
            *sum = (sum.0 + value, sum.1 + 1);
        }
    }
    let means: Vec<f64> = by_seed.into_values().map(|(sum, n)| sum / n as f64).collect();
    (stats::mean(&means), view.interval(&means))
}

/// One for each two axes.
pub(super) fn heats(view: &View<'_>, levels: &[Levels]) -> Vec<Heat> {
    let scores = scores(view);
    let axes = levels.len().min(AXES_MAX);
    let pairs = (0..axes).flat_map(|a| (a + 1..axes).map(move |b| (a, b)));
    let heat = |(rows, columns): (usize, usize)| {
        let (a, b) = (&levels[rows], &levels[columns]);
        let mut sums = vec![(0.0, 0); a.labels.len() * b.labels.len()];
        for (configuration, score) in scores.iter().enumerate() {
            if let (Some(row), Some(column), Some(score)) = (a.of[configuration], b.of[configuration], score)
            {
                let cell: &mut (f64, usize) = &mut sums[row * b.labels.len() + column];
                *cell = (cell.0 + score, cell.1 + 1);
            }
        }
        Heat {
            rows,
            columns,
            mean: sums.iter().map(|(sum, n)| if *n > 0 { drawn(sum / *n as f64) } else { None }).collect(),
            n: sums.iter().map(|s| s.1).collect(),
        }
    };
    pairs.map(heat).collect()
}
