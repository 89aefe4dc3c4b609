//! How the weights and activations of one network of each arm lie: histograms layer by layer.
//!
//! Only where records hold it. It judges nothing: what a dead or a saturated unit is stands in the note, whether it does harm nowhere.

use serde::Serialize;

use super::{Head, Number, drawn};
use crate::event::{Inside, Weights};
use crate::report::page::Page;
use crate::report::selection::Arm;
use crate::report::view::{Done, View};
use crate::text;

/// Arms that can be chosen.
const ARMS_MAX: usize = 12;

#[derive(Serialize)]
pub(super) struct Histograms {
    #[serde(flatten)]
    pub(super) head: Head,
    arms: Vec<Network>,
}

#[derive(Serialize)]
struct Network {
    name: String,
    /// `seed 0`.
    trial: String,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Layer {
    /// `layer_0`, as in saved networks.
    name: String,
    /// `tanh`.
    activation: String,
    parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activations: Option<Activations>,
}

#[derive(Serialize)]
struct Parameter {
    /// `weight`.
    name: String,
    range: [Option<Number>; 2],
    start: Vec<u32>,
    end: Vec<u32>,
}

#[derive(Serialize)]
struct Activations {
    units: usize,
    range: [Option<Number>; 2],
    counts: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead: Option<usize>,
    /// In percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    saturated: Option<Number>,
}

/// The network of an arm that was looked into.
#[derive(Clone)]
pub(super) struct Seen<'a> {
    pub(super) name: String,
    /// `seed 0`.
    pub(super) trial: String,
    pub(super) configuration: usize,
    pub(super) inside: &'a Inside,
}

/// Of the first trial of an arm that was looked into and did not fail.
pub(super) fn of_arm<'a>(view: &View<'a>, arm: &Arm) -> Option<Seen<'a>> {
    let place = |d: &&Done<'_>| (d.trial.seed, d.trial.fold.map(|f| (f.repeat, f.index)));
    let inside = |d: &&Done<'a>| d.record.portrait.as_deref()?.inside.as_deref();
    // Which of several were looked into may depend on earlier runs; the smallest seed does not.
    let looked = view.done(arm.selected).iter().filter(|d| !d.record.end.failed() && inside(d).is_some());
    looked.min_by_key(place).and_then(|done| {
        let inside = done.record.portrait.as_deref()?.inside.as_deref()?;
        let fold = done.trial.fold.map_or(String::new(), |f| format!(", fold {}.{}", f.repeat, f.index));
        let trial = format!("seed {}{fold}", done.trial.seed);
        Some(Seen { name: arm.name(), trial, configuration: arm.selected, inside })
    })
}

/// `None` where no record has any.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Histograms> {
    let all = &page.selection.arms;
    let found: Vec<Seen<'_>> = all.iter().filter_map(|arm| of_arm(page.view, arm)).collect();
    let first = found.first()?;
    let network = |seen: &Seen<'_>| network(page.view, seen);
    let arms: Vec<Network> = found.iter().take(ARMS_MAX).map(network).collect();
    let mut note = format!(
        "Of one trial of each arm; other seeds differ. Filled: at the end; line: before the first step. Activations \
         are those on {} of the training part, without dropout. Dead: a unit that gives exactly 0 on all of them. Saturated: a value so \
         near an end of what the activation can give that a sigmoid or tanh has a hundredth of its largest slope there.",
        text::count(first.inside.probe, "row"),
    );
    let is_recurrent = |network: &Network| network.layers.iter().any(|layer| layer.activations.is_none());
    if arms.iter().any(is_recurrent) {
        note.push_str(" Layers that see time, and outputs at every step, have no activations here.");
    }
    if found.len() > ARMS_MAX {
        note.push_str(&format!(" The first {ARMS_MAX} of {} arms.", found.len()));
    }
    if found.len() < all.len() {
        let left_out = text::count(all.len() - found.len(), "arm");
        note.push_str(&format!(
            " {left_out} left out: the trial that was looked into failed, or nobody looked."
        ));
    }
    let head =
        Head { id: "inside".into(), title: "Weights and activations".into(), note, file: "summary.csv" };
    Some(Histograms { head, arms })
}

fn network(view: &View<'_>, seen: &Seen<'_>) -> Network {
    let configuration = &view.results.plan.configurations[seen.configuration].configuration;
    let layer = |(index, weights): (usize, &[Weights])| {
        let hidden = configuration.model.hidden.get(index);
        let activation = hidden.map_or(&configuration.pairing.activation, |layer| &layer.activation);
        Layer {
            name: layer_of(&weights[0]).to_string(),
            activation: activation.name().to_string(),
            parameters: weights.iter().map(parameter).collect(),
            activations: seen.inside.activations.iter().find(|a| a.layer == index).map(activations),
        }
    };
    let layers = seen.inside.weights.chunk_by(|a, b| layer_of(a) == layer_of(b));
    Network {
        name: seen.name.clone(),
        trial: seen.trial.clone(),
        layers: layers.enumerate().map(layer).collect(),
    }
}

/// `layer_0` of `layer_0.weight`.
fn layer_of(weights: &Weights) -> &str {
    weights.name.split('.').next().unwrap_or_default()
}

fn edges(range: [f32; 2]) -> [Option<Number>; 2] {
    range.map(|v| drawn(f64::from(v)))
}

fn parameter(weights: &Weights) -> Parameter {
    Parameter {
        name: weights.name.split('.').nth(1).unwrap_or_default().replace('_', " "),
        range: edges(weights.range),
        start: weights.start.clone(),
        end: weights.end.clone(),
    }
}

fn activations(seen: &crate::event::Activations) -> Activations {
    Activations {
        units: seen.units,
        range: edges(seen.range),
        counts: seen.counts.clone(),
        dead: seen.dead,
        saturated: seen.saturated.and_then(|share| super::rounded(100.0 * f64::from(share), 3)),
    }
}
