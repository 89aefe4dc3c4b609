//! Looks at a trained network: histograms of its parameters and activations, and its answers over the plane of two features.
//!
//! It reads networks and changes nothing of them: training computes the same bits whether anybody looks or not. What it tells of a
//! network depends on that network and its data alone.

use std::sync::Arc;

use super::member::Runner;
use super::{Setting, judge, probe, shapes};
use crate::data::{Dataset, Preparation, Prepared};
use crate::event::{Activations, Inside, PLACES, Regions, SURE, Weights};
use crate::metric;
use crate::nn::{self, Feed, Samples, Trainer};
use crate::plan::{Plan, Trial};
use crate::spec::{Configuration, Part, Task};

/// Plans of more configurations keep no looks inside, but of those that are confirmed: they are as large as a record, and a page shows
/// few.
const CONFIGURATIONS_MAX: usize = 256;
/// Rows of the training part that activations are shown of, at most.
const ROWS: usize = 256;
/// Cells along each axis of the plane.
const SIDE: usize = 48;
/// Room beside the data on each side, as a share of its range.
const MARGIN: f64 = 0.05;
/// Rows of the part that judges that are kept as points.
const POINTS_MAX: usize = 120;

/// Whether the network of a trial is looked into: that of the smallest seed (and its first fold) of each configuration, so that the order
/// in which seeds are listed, or added, makes no difference.
pub(super) fn is_looked_into(plan: &Plan, trial: &Trial) -> bool {
    let is_alike = |other: &Trial| {
        (other.configuration, other.confirms, other.until)
            == (trial.configuration, trial.confirms, trial.until)
    };
    // Trials that differ in seed and fold alone stand together.
    let place = |t: &Trial| (t.seed, t.fold.map(|f| (f.repeat, f.index)));
    let (before, after) = plan.trials.split_at(trial.index);
    let is_least = |other: &Trial| place(trial) <= place(other);
    let is_first = before.iter().rev().take_while(|t| is_alike(t)).all(is_least)
        && after.iter().take_while(|t| is_alike(t)).all(is_least);
    is_first && (trial.confirms || plan.configurations.len() <= CONFIGURATIONS_MAX)
}

/// What the networks of some members of a trainer look like; `train` holds their training parts. `None` where a parameter is not finite.
pub(super) fn insides(
    setting: &Setting<'_>,
    runners: &[&Runner<'_>],
    members: &[usize],
    trainer: &Trainer,
    train: Feed,
) -> Vec<Option<Inside>> {
    let batch = probe::batch(train, ROWS);
    let layers = trainer.activations(members, &batch);
    let mut regions = regions(setting, runners, members, trainer);
    let one = |(at, runner): (usize, &&Runner<'_>)| {
        let model = &runner.configuration.model;
        let activations = layers.iter().filter_map(|layer| {
            let each = layer.values.len() / members.len();
            let values = &layer.values[at * each..][..each];
            let range = probe::range(values)?;
            let hidden = model.hidden.get(layer.layer);
            Some(Activations {
                layer: layer.layer,
                units: layer.units,
                range,
                counts: probe::histogram(values, range),
                dead: hidden.map(|_| probe::dead(values, layer.units)),
                saturated: hidden.and_then(|hidden| probe::saturated(values, &hidden.activation)),
            })
        });
        Some(Inside {
            weights: weights(setting, runner, trainer.parameters(members[at]))?,
            activations: activations.collect(),
            probe: batch.rows,
            regions: regions[at].take(),
        })
    };
    runners.iter().enumerate().map(one).collect()
}

/// Of every parameter, at the end and before the first step.
fn weights(setting: &Setting<'_>, runner: &Runner<'_>, end: Vec<nn::Parameter>) -> Option<Vec<Weights>> {
    let start = nn::initial_parameters(&runner.member(setting), shapes::widths(&runner.data));
    let one = |(start, end): (nn::Parameter, nn::Parameter)| {
        let range = probe::range(start.values.iter().chain(&end.values))?;
        let [start, of_end] = [&start, &end].map(|p| probe::histogram(&p.values, range));
        Some(Weights { name: end.name, range, start, end: of_end })
    };
    start.into_iter().zip(end).map(one).collect()
}

/// Over the plane of the features, where there are two of them and classes.
fn regions(
    setting: &Setting<'_>,
    runners: &[&Runner<'_>],
    members: &[usize],
    trainer: &Trainer,
) -> Vec<Option<Regions>> {
    // Networks of one split see the same samples.
    let mut planes: Vec<(&Arc<Prepared>, Plane)> = Vec::new();
    let mut asked: Vec<(usize, usize)> = Vec::new();
    for (at, runner) in runners.iter().enumerate() {
        let known = planes.iter().position(|(data, _)| Arc::ptr_eq(data, &runner.data));
        let found = known.or_else(|| {
            let dataset = setting.inputs.dataset(&runner.configuration.data);
            planes.push((&runner.data, Plane::of(dataset, runner.configuration, &runner.data)?));
            Some(planes.len() - 1)
        });
        asked.extend(found.map(|plane| (at, plane)));
    }
    let mut told: Vec<Option<Regions>> = vec![None; runners.len()];
    if asked.is_empty() {
        return told;
    }
    let samples = planes.iter().map(|(_, plane)| plane.samples.clone()).collect();
    let feed = Feed::whole(samples, asked.iter().map(|(_, plane)| *plane).collect());
    let asked_members: Vec<usize> = asked.iter().map(|(at, _)| members[*at]).collect();
    let outputs = trainer.evaluate_some(&asked_members, &feed, true).outputs;
    let each = outputs.len() / asked.len();
    for ((at, plane), outputs) in asked.into_iter().zip(outputs.chunks(each)) {
        let width = runners[at].data.outputs;
        let cells: Option<Vec<u16>> = outputs.chunks(width).map(held).collect();
        told[at] = cells.map(|cells| Regions { runs: runs(&cells), ..planes[plane].1.empty.clone() });
    }
    told
}

/// The grid of two features, as a network sees it, and the rows of the part that judges.
struct Plane {
    samples: Arc<Samples>,
    /// Nothing predicted yet.
    empty: Regions,
}

impl Plane {
    /// `None` where there are not two numeric features, no classes, or outputs that are switched off.
    fn of(dataset: &Dataset, configuration: &Configuration, data: &Prepared) -> Option<Plane> {
        let section = &configuration.data;
        let [first, second] = &dataset.columns[..] else { return None };
        let is_numeric = first.categories.is_none() && second.categories.is_none();
        let is_plane =
            is_numeric && dataset.features() == 2 && dataset.steps == 1 && section.enlarge.is_none();
        // A cell holds twice its class, and one more, in 16 bits.
        let are_few = data.outputs <= usize::from(u16::MAX / 2);
        if !is_plane || !are_few || data.task != Task::Classification || !dataset.mask.is_empty() {
            return None;
        }
        let [x, y] = [edges(dataset, 0)?, edges(dataset, 1)?];
        let part = if data.test.is_some() {
            Part::Test
        } else if data.validation.is_some() {
            Part::Validation
        } else {
            Part::Train
        };
        let table = judge::table(data, part)?;
        let place = |value: f64, [low, high]: [f32; 2]| {
            let (low, high) = (f64::from(low), f64::from(high));
            ((value - low) / (high - low) * f64::from(PLACES)).round().clamp(0.0, f64::from(PLACES)) as u16
        };
        let point = |at: usize| {
            let row = &dataset.x[2 * table.source_row[at] as usize..][..2];
            let is_there = row.iter().all(|v| !v.is_nan());
            is_there.then(|| (place(row[0], x), place(row[1], y), table.class[at] as u16))
        };
        let points = probe::spread(table.rows, POINTS_MAX).filter_map(point).collect();
        let names = [first.name.clone(), second.name.clone()];
        let empty = Regions { names, x, y, side: SIDE, runs: Vec::new(), part, points, rows: table.rows };
        let inputs = Preparation::new(dataset, section, data.fitted.clone()).prepared(empty.middles());
        let targets = vec![0.0; SIDE * SIDE * data.outputs];
        let shape = shapes::widths(data).seen_by(&configuration.model);
        let samples = Samples::new(shape, configuration.model.precision, &inputs, &targets, &[]);
        Some(Plane { samples: Arc::new(samples), empty })
    }
}

/// Where a feature begins and ends over all rows, with room beside them.
fn edges(dataset: &Dataset, feature: usize) -> Option<[f32; 2]> {
    let values = dataset.x.iter().skip(feature).step_by(2).filter(|v| !v.is_nan());
    let [low, high] = probe::range(values)?.map(f64::from);
    let room = if high > low { MARGIN * (high - low) } else { 0.5 };
    let edges = [(low - room) as f32, (high + room) as f32];
    // Of numbers so large that single precision tells them not apart there is no picture.
    (edges[0] < edges[1] && edges[1].is_finite()).then_some(edges)
}

/// What a cell holds of these outputs, see [`Regions::runs`]; `None` where one is NaN.
fn held(outputs: &[f64]) -> Option<u16> {
    let class = metric::predicted_class(outputs)?;
    let sum: f64 = outputs.iter().sum();
    // Scores that are no shares say nothing of how sure they are.
    let is_shares = outputs.iter().all(|v| *v >= 0.0) && sum > 0.0;
    Some(2 * class as u16 + u16::from(is_shares && outputs[class] / sum < SURE))
}

fn runs(cells: &[u16]) -> Vec<(u16, u16)> {
    cells.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the second class leads with 0.8 and with 0.6 of the outputs; negative scores are no shares.
    #[test]
    fn a_cell_holds_the_class_and_whether_it_is_sure() {
        assert_eq!(held(&[0.1, 0.4, 0.0]), Some(2));
        assert_eq!(held(&[0.4, 0.6, 0.0]), Some(3));
        assert_eq!(held(&[-0.4, 0.1, 0.09]), Some(2));
        assert_eq!(held(&[f64::NAN, 0.1]), None);
        assert_eq!(runs(&[2, 2, 3, 2]), [(2, 2), (3, 1), (2, 1)]);
    }
}
