//! How the loss changes with each parameter, found without any derivative.

use super::Point;
use crate::nn::{Batch, Parameter, Population, activation, loss};
use crate::rng::{self, Purpose};
use crate::spec::Fault;

/// The slopes of the loss at places of one tensor.
///
/// Central differences with the steps `h = 1e-4 · max(1, |w|)` and `h / 2`, extrapolated to 0 (Richardson): the error is of the order of
/// h⁴ where the loss is smooth. A place is left out if an activation or the loss has a kink between its four points.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    pub name: String,
    /// `[in, out]` or `[out]`.
    pub shape: Vec<usize>,
    /// Row-major, ascending: the places that were looked at and have no kink near them.
    pub places: Vec<usize>,
    /// At each place.
    pub slopes: Vec<f64>,
    /// How far each slope may be off: what halving the step changed, and the rounding of the loss divided by the step.
    pub doubt: Vec<f64>,
    /// Places left out.
    pub kinks: usize,
}

/// A place of a tensor.
#[derive(Clone, Copy)]
struct Place {
    tensor: usize,
    /// In the tensor.
    place: usize,
    /// Among all parameters.
    at: usize,
}

const STEP: f64 = 1e-4;

/// The points of each place, in steps.
const POINTS: [f64; 4] = [-1.0, -0.5, 0.5, 1.0];

/// About so many numbers are held at once, parameters and values of units together.
const NUMBERS_MAX: usize = 1 << 22;

impl Point {
    /// The slopes at up to `most` places of each tensor; which, if there are more, is drawn once and for all.
    pub fn differences(&self, most: usize) -> Vec<Differences> {
        let empty = |p: &Parameter| Differences {
            name: p.name.clone(),
            shape: p.shape.clone(),
            places: Vec::new(),
            slopes: Vec::new(),
            doubt: Vec::new(),
            kinks: 0,
        };
        let mut all: Vec<Differences> = self.parameters.iter().map(empty).collect();
        let places = places(&self.parameters, most);
        let values: Vec<f64> = self.parameters.iter().flat_map(|p| p.values.iter().copied()).collect();
        for places in places.chunks(self.places_at_once(values.len())) {
            let found = self.slopes(places, &values);
            for (place, found) in places.iter().zip(found) {
                let tensor = &mut all[place.tensor];
                match found {
                    Some((slope, doubt)) => {
                        tensor.places.push(place.place);
                        tensor.slopes.push(slope);
                        tensor.doubt.push(doubt);
                    }
                    None => tensor.kinks += 1,
                }
            }
        }
        all
    }

    fn places_at_once(&self, parameters: usize) -> usize {
        let gates = self.configuration.model.recurrent.map_or(1, |r| r.cell.gates());
        let units: usize = self.configuration.model.hidden.iter().map(|l| l.units * gates).sum();
        let values =
            self.batch.rows() * self.shape.steps * (self.shape.features + units + self.shape.outputs);
        (NUMBERS_MAX / (POINTS.len() * (parameters + values))).max(1)
    }

    /// Slope and doubt at each place; `None` at a kink.
    fn slopes(&self, places: &[Place], values: &[f64]) -> Vec<Option<(f64, f64)>> {
        let members = POINTS.len() * places.len();
        let step = |place: &Place| STEP * values[place.at].abs().max(1.0);
        let mut population = self.population(&Fault::default());
        population.retain(&vec![0; members]);
        let mut rows = Vec::with_capacity(members * values.len());
        for place in places {
            for point in POINTS {
                let start = rows.len();
                rows.extend_from_slice(values);
                rows[start + place.at] += point * step(place);
            }
        }
        population.replace(&rows);
        let batch = self.batch.clone().spread(members);
        let loss = population.evaluate(&batch).loss;
        let branches = self.branches(&population, &batch);
        let of = |(index, place): (usize, &Place)| {
            let first = POINTS.len() * index;
            let is_smooth = branches.iter().all(|b| (1..POINTS.len()).all(|p| b[first] == b[first + p]));
            is_smooth.then(|| extrapolated(&loss[first..first + POINTS.len()], step(place)))
        };
        places.iter().enumerate().map(of).collect()
    }

    /// For each layer with kinks, and for the loss, the pieces between kinks that every value lies in: `[member][value]`.
    fn branches(&self, sides: &Population, batch: &Batch) -> Vec<Vec<Vec<usize>>> {
        let (model, pairing) = (&self.configuration.model, &self.configuration.pairing);
        let hidden = model.hidden.iter().map(|l| &l.activation);
        let activations: Vec<_> = hidden.chain([&pairing.activation]).collect();
        let kinks = |layer: usize| activation::of(activations[layer].entry).kinks;
        let mut all = Vec::new();
        if (0..activations.len()).any(|layer| !kinks(layer).is_empty()) {
            for (layer, z) in sides.pre_activations(batch) {
                let piece = |z: &f64| kinks(layer).iter().filter(|k| z > *k).count();
                all.push(
                    z.chunks(z.len() / sides.members()).map(|z| z.iter().map(piece).collect()).collect(),
                );
            }
        }
        if let Some(sides_of) = loss::of(pairing.loss.entry).sides {
            let (outputs, width) = (sides.evaluate(batch).outputs, self.shape.outputs);
            let row = |(a, y): (&[f64], &[f64])| sides_of(a, y, &pairing.loss).into_iter().map(usize::from);
            let member = |a: &[f64]| a.chunks(width).zip(self.y.chunks(width)).flat_map(row).collect();
            all.push(outputs.chunks(self.y.len()).map(member).collect());
        }
        all
    }
}

/// Slope and doubt from the losses at [`POINTS`].
fn extrapolated(loss: &[f64], step: f64) -> (f64, f64) {
    let whole = (loss[3] - loss[0]) / (2.0 * step);
    let half = (loss[2] - loss[1]) / step;
    let slope = (4.0 * half - whole) / 3.0;
    let largest = loss.iter().fold(0.0_f64, |m, l| m.max(l.abs()));
    (slope, (slope - half).abs() + 8.0 * f64::EPSILON * largest / step)
}

/// All places of every tensor, or as many as are wanted, drawn.
fn places(parameters: &[Parameter], most: usize) -> Vec<Place> {
    let mut all = Vec::new();
    let mut start = 0;
    for (tensor, parameter) in parameters.iter().enumerate() {
        let count = parameter.values.len();
        let mut places: Vec<usize> = (0..count).collect();
        if count > most {
            rng::stream(0, Purpose::Statistics, tensor as u64).shuffle(&mut places);
            places.truncate(most);
            places.sort_unstable();
        }
        all.extend(places.into_iter().map(|place| Place { tensor, place, at: start + place }));
        start += count;
    }
    all
}
