//! Gradient check: autodiff against central differences, in f64.
//!
//! It checks the configuration as given (layers, activations, loss, reduction) but in f64 and without dropout, at given
//! parameters. Penalties and clipping belong to the optimizer and are not checked here.

use std::sync::Arc;

use super::{Batch, Member, Parameter, Population, Shape, activation, loss};
use crate::spec::{Configuration, Precision};

/// The agreement of one configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Largest |autodiff - differences| of any parameter, divided by the largest entry of either gradient in its tensor.
    pub worst: f64,
    /// The parameter it occurs in.
    pub name: String,
    pub checked: usize,
    /// Left out because a kink lies within the step of the differences.
    pub skipped: usize,
}

/// Checks the gradient at the initial parameters of `seed`, on samples `x` `[rows, features]` and `y` `[rows, outputs]`.
///
/// The step is `1e-5 · max(1, |w|)`. A parameter is left out if an activation or the loss has a kink between both ends.
pub fn check(
    configuration: &Configuration,
    seed: u64,
    shape: Shape,
    rows: usize,
    x: &[f64],
    y: &[f64],
    weight: Option<&[f64]>,
) -> Agreement {
    let configuration = smooth(configuration);
    let member = Member { configuration: &configuration, init_seed: seed, noise_seed: 0 };
    let single = Population::new(&[member], shape);
    let batch = |members| Batch::shared(members, rows, shape, Precision::F64, x, y, weight);
    let gradient = flat(&single.gradients(&batch(1))[0]);
    let parameters = single.parameters(0);
    let values = flat(&parameters);

    // Two members per parameter, one on each side.
    let steps: Vec<f64> = values.iter().map(|w| 1e-5 * w.abs().max(1.0)).collect();
    let count = values.len();
    let mut sides = Population::new(&vec![member; 2 * count], shape);
    for (i, step) in steps.iter().enumerate() {
        for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
            let mut moved = values.clone();
            moved[i] += sign * step;
            sides.set_parameters(2 * i + side, &unflat(&parameters, &moved));
        }
    }
    let batch = batch(2 * count);
    let losses = sides.evaluate(&batch).loss;
    let branches = branches(&configuration, &sides, &batch, y);
    let same = |i: usize| branches.iter().all(|b| b[2 * i] == b[2 * i + 1]);

    let differences: Vec<f64> =
        (0..count).map(|i| (losses[2 * i + 1] - losses[2 * i]) / (2.0 * steps[i])).collect();
    let checked: Vec<usize> = (0..count).filter(|i| same(*i)).collect();
    let size = |i: usize| gradient[i].abs().max(differences[i].abs());
    let tensors = tensor_of(&parameters);
    let mut scale = vec![0.0_f64; parameters.len()];
    checked.iter().for_each(|i| scale[tensors[*i]] = scale[tensors[*i]].max(size(*i)));
    let mut agreement =
        Agreement { worst: 0.0, name: String::new(), checked: checked.len(), skipped: count - checked.len() };
    for i in checked {
        let error = (gradient[i] - differences[i]).abs() / scale[tensors[i]].max(1e-12);
        // NaN counts as the worst.
        if error > agreement.worst || error.is_nan() {
            agreement.worst = error;
            agreement.name = name_of(&parameters, i);
        }
    }
    agreement
}

/// The configuration in f64 and without dropout.
fn smooth(configuration: &Configuration) -> Configuration {
    let mut model = configuration.model.as_ref().clone();
    model.precision = Precision::F64;
    model.hidden.iter_mut().for_each(|layer| layer.dropout = 0.0);
    Configuration { model: Arc::new(model), ..configuration.clone() }
}

/// For each layer and for the loss, the piece between kinks that every value lies in: `[member][value]`.
fn branches(
    configuration: &Configuration,
    sides: &Population,
    batch: &Batch,
    y: &[f64],
) -> Vec<Vec<Vec<usize>>> {
    let members = sides.members();
    let hidden = configuration.model.hidden.iter().map(|l| &l.activation);
    let activations: Vec<_> = hidden.chain([&configuration.pairing.activation]).collect();
    let mut all = Vec::new();
    for (layer, z) in sides.pre_activations(batch) {
        let kinks = activation::of(activations[layer].entry).kinks;
        let piece = |z: &f64| kinks.iter().filter(|k| z > *k).count();
        all.push(z.chunks(z.len() / members).map(|z| z.iter().map(piece).collect()).collect());
    }
    let loss = &configuration.pairing.loss;
    if let Some(sides_of) = loss::of(loss.entry).sides {
        let (outputs, width) = (sides.evaluate(batch).outputs, sides.shape().outputs);
        let row = |(a, y): (&[f64], &[f64])| sides_of(a, y, loss).into_iter().map(usize::from);
        let member = |a: &[f64]| a.chunks(width).zip(y.chunks(width)).flat_map(row).collect();
        all.push(outputs.chunks(y.len()).map(member).collect());
    }
    all
}

fn flat(parameters: &[Parameter]) -> Vec<f64> {
    parameters.iter().flat_map(|p| p.values.iter().copied()).collect()
}

fn unflat(like: &[Parameter], values: &[f64]) -> Vec<Parameter> {
    let mut rest = values;
    let mut take = |p: &Parameter| {
        let (mine, others) = rest.split_at(p.values.len());
        rest = others;
        Parameter { values: mine.to_vec(), ..p.clone() }
    };
    like.iter().map(&mut take).collect()
}

/// For each number, the index of the tensor it lies in.
fn tensor_of(parameters: &[Parameter]) -> Vec<usize> {
    parameters.iter().enumerate().flat_map(|(index, p)| vec![index; p.values.len()]).collect()
}

fn name_of(parameters: &[Parameter], mut index: usize) -> String {
    for p in parameters {
        if index < p.values.len() {
            return format!("{}[{index}]", p.name);
        }
        index -= p.values.len();
    }
    unreachable!("an index below the number of parameters lies in one of them")
}
