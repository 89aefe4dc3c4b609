//! Looks inside networks while they train: when, and what is measured.
//!
//! A look reads networks and changes nothing of them. What it tells depends on the trial alone: when to look follows from the length of
//! the trial, the rows are those of `probe`, and what a layer gives is computed by the reference path, whose members do not see one another.

use super::member::Runner;
use super::order::Batches;
use super::{Setting, probe, shapes};
use crate::event::{LayerLook, Look};
use crate::nn::{self, Feed, LayerValues, Parameter, Trainer};
use crate::spec::{Configuration, Model};

/// Rows of the probe batch that looks take: enough to tell a dead unit, few enough to cost nearly nothing.
const ROWS: usize = 32;
/// Where in its budget a trial is looked into, beside its start and its end, as a divisor.
const PLACES: [usize; 3] = [20, 5, 2];
/// Samples that training passes, each step counted in whole chunks of [`CHUNK`], from which on these looks, or those at both ends alone,
/// take less than a twentieth of its time (`benches/README.md`, "looks").
const ALL_FROM: usize = 50_000;
const ENDS_FROM: usize = 20_000;
const CHUNK: usize = 16;

/// Raised when anything here changes: what is recorded of a trial then differs.
pub const LOOKS_VERSION: u32 = 1;

/// Which trials are looked into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Looking {
    /// Those that are long enough to take less than a twentieth of their time for it.
    #[default]
    Affordable,
    /// All.
    Always,
    /// None: for measuring what looks cost.
    Never,
}

/// The epochs before its last after which a trial is looked into, ascending; `None`: it is never looked into.
pub(super) fn epochs(looking: Looking, steps: usize, batches: Batches) -> Option<Vec<usize>> {
    let passes = steps.saturating_mul(batches.size.next_multiple_of(CHUNK));
    let budget = steps.div_ceil(batches.count);
    if looking == Looking::Never {
        return None;
    }
    let mut epochs = vec![0];
    if looking == Looking::Always || passes >= ALL_FROM {
        epochs.extend(PLACES.map(|part| budget.div_ceil(part)));
    } else if passes < ENDS_FROM {
        return None;
    }
    epochs.dedup();
    Some(epochs)
}

/// Looks into some members of a trainer; `train` holds their training parts.
pub(super) fn look(
    setting: &Setting<'_>,
    runners: &[&Runner<'_>],
    members: &[usize],
    trainer: &Trainer,
    train: Feed,
) -> Vec<Look> {
    let batch = probe::batch(train, ROWS);
    let (layers, gradients) = (trainer.layers(members, &batch), trainer.gradients_of(members, &batch));
    let parameters = trainer.parameters_of(members);
    let one = |(at, runner): (usize, &&Runner<'_>)| {
        let start = nn::initial_parameters(&runner.member(setting), shapes::widths(&runner.data));
        let tensors = Tensors { start: &start, now: &parameters[at], gradient: &gradients[at] };
        let model = &runner.configuration.model;
        let layer = |layer: usize| {
            let given = layers.iter().filter(|l| l.layer == layer);
            let look = of_values(given, at, members.len(), runner.configuration);
            of_parameters(look, &tensors, layer, model, runner.step == 0)
        };
        Look {
            epoch: runner.passed(),
            step: runner.step,
            layers: (0..=model.hidden.len()).map(layer).collect(),
        }
    };
    runners.iter().enumerate().map(one).collect()
}

/// Of one network.
struct Tensors<'a> {
    start: &'a [Parameter],
    now: &'a [Parameter],
    gradient: &'a [Parameter],
}

/// What a layer gives: one entry, or, of a layer that sees time, one for each step (and for gates).
fn of_values<'a>(
    given: impl Iterator<Item = &'a LayerValues>,
    at: usize,
    members: usize,
    configuration: &Configuration,
) -> LayerLook {
    let own = |values: &'a [f64]| {
        let each = values.len() / members;
        &values[at * each..][..each]
    };
    let given: Vec<&LayerValues> = given.collect();
    let Some(LayerValues { layer, units, .. }) = given.first() else { return LayerLook::default() };
    let spreads = given.iter().map(|step| probe::spread_of_units(own(&step.z), step.units));
    let values: Vec<f64> = given.iter().flat_map(|step| own(&step.a)).copied().collect();
    let hidden = configuration.model.hidden.get(*layer);
    let activation = hidden.map_or(&configuration.pairing.activation, |hidden| &hidden.activation);
    let (mean, sd) = probe::moments(&values).unzip();
    let dead = hidden.filter(|_| !values.is_empty()).map(|_| probe::dead(&values, *units));
    LayerLook {
        spread: spreads.reduce(f64::max).and_then(brief),
        mean: mean.and_then(brief),
        sd: sd.and_then(brief),
        dead: dead.and_then(|count| brief(count as f64 / *units as f64)),
        saturated: probe::saturated(&values, activation).and_then(|share| brief(share.into())),
        ..LayerLook::default()
    }
}

fn of_parameters(
    look: LayerLook,
    tensors: &Tensors<'_>,
    layer: usize,
    model: &Model,
    is_start: bool,
) -> LayerLook {
    let prefix = format!("layer_{layer}.");
    let of = |all: &'_ [Parameter]| -> Vec<f64> {
        let own = all.iter().filter(|p| p.name.starts_with(&prefix));
        own.flat_map(|p| p.values.iter().copied()).collect()
    };
    let norm = |values: &[f64]| brief(values.iter().map(|v| v * v).sum::<f64>().sqrt());
    let (start, now) = (of(tensors.start), of(tensors.now));
    let moved: Vec<f64> = start.iter().zip(&now).map(|(a, b)| b - a).collect();
    let tensor =
        |name: &str| tensors.now.iter().find(|p| p.name == format!("{prefix}{name}")).filter(|_| is_start);
    let units = model.hidden.get(layer).map(|hidden| hidden.units);
    LayerLook {
        gradient: norm(&of(tensors.gradient)),
        weight: norm(&now),
        moved: norm(&moved),
        twins: tensor("weight").and_then(|w| brief(probe::twins(w, units.unwrap_or(w.shape[1]))?)),
        recurrent: tensor("recurrent_weight").and_then(|w| brief(probe::largest_singular_value(w))),
        ..look
    }
}

/// Three significant digits.
fn brief(value: f64) -> Option<f32> {
    value.is_finite().then(|| format!("{value:.2e}").parse::<f32>().ok()).flatten().filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Batch;

    /// By hand: 200 epochs of 150 rows in batches of 30 (counted as 32) are 32,000 samples.
    #[test]
    fn long_trials_are_looked_into_more_often() {
        let batches = Batches::new(150, Batch::Size(30));
        assert_eq!(epochs(Looking::Affordable, 5 * 200, batches), Some(vec![0]));
        assert_eq!(epochs(Looking::Affordable, 5 * 400, batches), Some(vec![0, 20, 80, 200]));
        assert_eq!(epochs(Looking::Affordable, 5 * 10, batches), None);
        assert_eq!(epochs(Looking::Always, 5 * 10, batches), Some(vec![0, 1, 2, 5]));
        assert_eq!(epochs(Looking::Always, 3, batches), Some(vec![0, 1]));
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(brief(0.123_456), Some(0.123));
        assert_eq!(brief(-98_765.0), Some(-98_800.0));
        assert_eq!((brief(f64::NAN), brief(1e300)), (None, None));
    }
}
