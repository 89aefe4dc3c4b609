//! Samples of a population on the device, laid out for a forward pass.
//!
//! It knows neither data sets nor which rows come into a batch.

use burn::tensor::Tensor;

use super::{Rows, Shape, device};
use crate::spec::Precision;

/// Samples for every member, on the device.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Features and a last column of ones, `[P, T · N, F + 1]`, one time step after another, or `[1, ...]` when all members see the
    /// same samples. In padding the last column is 0.
    pub(super) x: Tensor<3>,
    /// `[P, A · N, K]`, one time step after another where each has a target.
    pub(super) y: Tensor<3>,
    /// Weight of each target in the loss, per member, in the order of `y`; empty when all are 1.
    pub(super) weight: Vec<Vec<f64>>,
    /// 1 where an output is on and 0 where it is off, as `y`; `None` where all are on.
    pub(super) mask: Option<Tensor<3>>,
    /// Targets of a sample.
    pub(super) answers: usize,
}

impl Batch {
    /// Each member its own samples: `x` is `[members, rows, features]`, `y` `[members, rows, outputs]`, and `weight`, if
    /// given, `[members, rows]`, all row-major.
    pub fn new(
        members: usize,
        rows: usize,
        shape: Shape,
        precision: Precision,
        x: &[f64],
        y: &[f64],
        weight: Option<&[f64]>,
    ) -> Batch {
        Batch::of(
            members,
            rows,
            shape,
            precision,
            Rows { x, y, weight: weight.unwrap_or(&[]), ..Rows::default() },
        )
    }

    /// Each member its own samples, one member's after the other's, sequences and masks included.
    pub fn of(members: usize, rows: usize, shape: Shape, precision: Precision, samples: Rows<'_>) -> Batch {
        let Shape { features, outputs, steps, answers } = shape;
        let order =
            |values: &[f64], count: usize, width: usize| by_step(values, [members, rows, count, width]);
        // A network without time sees padding as the zeros that it is.
        let lengths = if steps > 1 { samples.lengths } else { &[] };
        let x = with_ones(samples.x, lengths, [members * rows, steps, features]);
        let x =
            device::tensor(&order(&x, steps, features + 1), [members, steps * rows, features + 1], precision);
        let targets = |values: &[f64]| {
            let shape = [members, answers * rows, outputs];
            owned(device::tensor(&order(values, answers, outputs), shape, precision))
        };
        let weight = order(samples.weight, answers, 1);
        Batch {
            x: owned(x),
            y: targets(samples.y),
            weight: weight.chunks(answers * rows).map(<[f64]>::to_vec).collect(),
            mask: (!samples.mask.is_empty()).then(|| targets(samples.mask)),
            answers,
        }
    }

    /// The same samples for all members, held once: `x` is `[rows, features]`, `y` `[rows, outputs]`, `weight` `[rows]`.
    pub fn shared(
        members: usize,
        rows: usize,
        shape: Shape,
        precision: Precision,
        x: &[f64],
        y: &[f64],
        weight: Option<&[f64]>,
    ) -> Batch {
        let weight = weight.unwrap_or(&[]);
        Batch::of(1, rows, shape, precision, Rows { x, y, weight, ..Rows::default() }).spread(members)
    }

    /// The samples of a batch of one member, for so many.
    pub fn spread(self, members: usize) -> Batch {
        let spread = |tensor: Tensor<3>| {
            let [_, rows, columns] = tensor.dims();
            owned(tensor.expand([members, rows, columns]))
        };
        Batch {
            y: spread(self.y),
            weight: self.weight.iter().cycle().take(self.weight.len() * members).cloned().collect(),
            mask: self.mask.map(spread),
            ..self
        }
    }

    /// The samples of these members, in this order.
    pub fn select(&self, keep: &[usize]) -> Batch {
        let index = super::population::index(keep);
        let is_shared = self.x.dims()[0] == 1;
        Batch {
            x: if is_shared { self.x.clone() } else { self.x.clone().select(0, index.clone()) },
            y: self.y.clone().select(0, index.clone()),
            mask: self.mask.clone().map(|mask| mask.select(0, index)),
            answers: self.answers,
            weight: if self.weight.is_empty() {
                Vec::new()
            } else {
                keep.iter().map(|m| self.weight[*m].clone()).collect()
            },
        }
    }

    /// Samples of a member.
    pub fn rows(&self) -> usize {
        self.y.dims()[1] / self.answers
    }

    pub fn members(&self) -> usize {
        self.y.dims()[0]
    }
}

/// Features with a column of ones behind them, which the first layer multiplies with its bias; 0 where a step is padding.
fn with_ones(x: &[f64], lengths: &[u32], [rows, steps, features]: [usize; 3]) -> Vec<f64> {
    let mut wide = Vec::with_capacity(rows * steps * (features + 1));
    for (at, step) in x.chunks_exact(features).enumerate() {
        let padding = lengths.get(at / steps).map_or(0, |length| steps - *length as usize);
        wide.extend_from_slice(step);
        wide.push(f64::from(u8::from(at % steps >= padding)));
    }
    wide
}

/// From `[members, rows, count, width]` to `[members, count, rows, width]`.
fn by_step(values: &[f64], [members, rows, count, width]: [usize; 4]) -> Vec<f64> {
    if count == 1 || values.is_empty() {
        return values.to_vec();
    }
    let mut ordered = Vec::with_capacity(values.len());
    for member in 0..members {
        for step in 0..count {
            for row in 0..rows {
                ordered.extend_from_slice(&values[((member * rows + row) * count + step) * width..][..width]);
            }
        }
    }
    ordered
}

/// A copy that belongs to the device: tensors that still borrow the host's bytes are copied anew by every operation.
pub(super) fn owned(tensor: Tensor<3>) -> Tensor<3> {
    tensor.mul_scalar(1.0)
}
