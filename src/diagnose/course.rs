//! What rules read of the course of a run: how far layers moved, and since when something is so.
//!
//! It judges nothing.

use super::{Evidence, Run, reading};
use crate::event::{End, LayerLook, Look};
use crate::spec::{Part, Task};

/// Looks in a row that must agree, and recorded points.
pub(super) const LOOKS: usize = 2;
pub(super) const POINTS: usize = 3;

/// The first of the points from which on all hold, if at least so many do.
pub(super) fn since<T>(points: &[T], least: usize, holds: impl Fn(&T) -> bool) -> Option<&T> {
    let held = points.iter().rev().take_while(|point| holds(point)).count();
    (held >= least.max(1)).then(|| &points[points.len() - held])
}

/// A number of every layer at a look, by its place in the network; those that it has.
pub(super) fn of_layers(look: &Look, of: impl Fn(&LayerLook) -> Option<f32>) -> Vec<(usize, f64)> {
    let all = look.layers.iter().enumerate();
    all.filter_map(|(at, layer)| of(layer).map(|value| (at, f64::from(value)))).collect()
}

/// Of hidden layers only: the outputs stand last.
pub(super) fn of_hidden(look: &Look, of: impl Fn(&LayerLook) -> Option<f32>) -> Vec<(usize, f64)> {
    let hidden = look.layers.len().saturating_sub(1);
    of_layers(look, of).into_iter().filter(|(at, _)| *at < hidden).collect()
}

/// How far each layer moved since the first look, in norms of its parameters there: `‖w_t - w_0‖ / ‖w_0‖`.
pub(super) fn movement(looks: &[Look], now: &Look) -> Vec<(usize, f64)> {
    relative_to_start(looks, now, |layer| layer.moved)
}

/// Norm of the parameters of each layer over that at the first look.
pub(super) fn growth(looks: &[Look], now: &Look) -> Vec<(usize, f64)> {
    relative_to_start(looks, now, |layer| layer.weight)
}

fn relative_to_start(
    looks: &[Look],
    now: &Look,
    of: impl Fn(&LayerLook) -> Option<f32>,
) -> Vec<(usize, f64)> {
    let Some(start) = looks.first() else { return Vec::new() };
    let norm = |at: usize| start.layers.get(at).and_then(|layer| layer.weight).map(f64::from);
    let relative = |(at, value): (usize, f64)| norm(at).filter(|norm| *norm > 0.0).map(|n| (at, value / n));
    of_layers(now, of).into_iter().filter_map(relative).collect()
}

/// A layer that moved by less of its norm stayed where it began. The layer of healthy runs of the corpus (`benches/diagnosis`) that
/// moved most moved 0.23 at least.
pub(super) const STILL: f64 = 0.05;

/// Whether no layer moved, where that was looked at.
pub(super) fn is_still(evidence: &Evidence<'_>) -> bool {
    farthest(evidence).is_some_and(|(_, far)| far < STILL)
}

/// The layer that moved most in the whole run, and how far.
pub(super) fn farthest(evidence: &Evidence<'_>) -> Option<(usize, f64)> {
    let looks = evidence.looks();
    let last = looks.last().filter(|look| look.step > 0)?;
    largest(movement(looks, last))
}

pub(super) fn largest(values: Vec<(usize, f64)>) -> Option<(usize, f64)> {
    values.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The layer where a number is largest, the first of equal ones; as the decimal number that a look keeps.
pub(super) fn worst(look: &Look, of: impl Fn(&LayerLook) -> Option<f32>) -> Option<(usize, f64)> {
    let all =
        look.layers.iter().enumerate().filter_map(|(at, layer)| Some((at, reading::decimal(of(layer)?))));
    all.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// The gradient of the first layer over the norm of its parameters, over the same of the outputs; of networks with hidden layers.
pub(super) fn reaches_first(look: &Look) -> Option<f64> {
    let relative = |layer: &LayerLook| {
        let weight = reading::decimal(layer.weight.filter(|weight| *weight > 0.0)?);
        Some(reading::decimal(layer.gradient?) / weight)
    };
    let (first, last) = (relative(look.layers.first()?)?, relative(look.layers.last()?)?);
    (look.layers.len() > 1 && last > 0.0).then(|| first / last)
}

pub(super) fn smallest(values: Vec<(usize, f64)>) -> Option<(usize, f64)> {
    values.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Euclidean norm of the whole gradient of the data loss on the probe batch; of a look at which it is finite.
pub(super) fn gradient(look: &Look) -> Option<f64> {
    let norms = of_layers(look, |layer| layer.gradient);
    let is_whole = norms.len() == look.layers.len() && !norms.is_empty();
    is_whole.then(|| norms.iter().map(|(_, norm)| norm * norm).sum::<f64>().sqrt())
}

/// The metric of a task that is better the larger it is and 1 at best.
pub(super) fn main_metric(task: Task) -> &'static str {
    match task {
        Task::Regression => "r2",
        Task::Classification | Task::MultiLabel => "accuracy",
    }
}

/// Share of the way from what knows nothing (the most frequent class, the mean) to perfect that a run covered on its training part.
pub(super) fn skill_in_training(evidence: &Evidence<'_>, run: &Run<'_>) -> Option<f64> {
    let metric = run.metric(Part::Train, main_metric(evidence.task))?;
    match evidence.task {
        Task::Regression => Some(metric),
        Task::Classification => majority(evidence).map(|share| (metric - share) / (1.0 - share)),
        Task::MultiLabel => None,
    }
}

/// The share of the most frequent class, of two classes and more that are there.
pub(super) fn majority(evidence: &Evidence<'_>) -> Option<f64> {
    let classes = &evidence.traits?.classes;
    let all: usize = classes.iter().sum();
    let most = *classes.iter().max()?;
    (all > most).then(|| most as f64 / all as f64)
}

/// Whether it came to its own end: it did not fail, and nobody stopped it to look at it.
pub(super) fn is_over(run: &Run<'_>) -> bool {
    !run.record.end.failed() && run.record.end != End::Halted
}

/// A loss that still falls by this share of itself at each of its last points is on its way. It tells a run whose steps are short from a
/// plateau, which creeps.
pub(super) const FALLS: f64 = 0.01;

/// By what share of itself the training loss fell at least at each of the last recorded points.
pub(super) fn falls(run: &Run<'_>) -> Option<f64> {
    last_falls(run).into_iter().reduce(f64::min)
}

/// By what share of itself it fell at most at one of them.
pub(super) fn falls_most(run: &Run<'_>) -> Option<f64> {
    last_falls(run).into_iter().reduce(f64::max)
}

fn last_falls(run: &Run<'_>) -> Vec<f64> {
    let losses: Vec<f64> = run.curve("train_loss").into_iter().map(|(.., loss)| loss).collect();
    let last = &losses[losses.len().saturating_sub(POINTS + 1)..];
    last.windows(2).map(|pair| (pair[0] - pair[1]) / pair[0]).collect()
}

/// How well the nearest other rows tell the target, in words that stand alone.
pub(super) fn told_by_neighbours(task: Task, nearest: f64) -> String {
    let constant = if task == Task::Regression { "the mean" } else { "the most frequent class" };
    format!(
        "answering with the nearest row covers {} of the way from {constant} to perfect",
        percent(nearest.max(0.0))
    )
}

/// Where the run ended: the epochs and the steps that it was trained.
pub(super) fn end(run: &Run<'_>) -> (usize, usize) {
    (run.record.epochs, run.record.steps)
}

/// A share in a sentence: `12 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", crate::text::significant(100.0 * share, 3))
}
