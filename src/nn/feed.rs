//! Where a population finds its samples: tables that members share, and the rows that each member sees in each step.
//!
//! It holds samples in the precision that they are trained in and knows neither data sets nor seeds.

use std::sync::Arc;

use super::{Batch, Shape};
use crate::kernel;
use crate::spec::Precision;

/// The samples of one part of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    rows: usize,
    shape: Shape,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    Single(kernel::Table),
    Double { x: Vec<f64>, y: Vec<f64>, weight: Vec<f64> },
}

impl Samples {
    /// `x` is `[rows][features]`, `y` `[rows][outputs]`, `weight` `[rows]` or empty.
    pub fn new(shape: Shape, precision: Precision, x: &[f64], y: &[f64], weight: &[f64]) -> Samples {
        let rows = y.len() / shape.outputs.max(1);
        let values = match precision {
            Precision::F32 => Values::Single(kernel::Table::new(shape.features, shape.outputs, x, y, weight)),
            Precision::F64 => Values::Double { x: x.to_vec(), y: y.to_vec(), weight: weight.to_vec() },
        };
        Samples { rows, shape, values }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    fn table(&self) -> &kernel::Table {
        match &self.values {
            Values::Single(table) => table,
            Values::Double { .. } => panic!("the fused engine computes in f32"),
        }
    }

    fn has_weight(&self) -> bool {
        match &self.values {
            Values::Single(table) => table.has_weight(),
            Values::Double { weight, .. } => !weight.is_empty(),
        }
    }

    /// Adds a row's features, targets, and weight if any.
    fn push(&self, row: usize, x: &mut Vec<f64>, y: &mut Vec<f64>, weights: &mut Vec<f64>) {
        let Shape { features, outputs, .. } = self.shape;
        match &self.values {
            Values::Single(table) => {
                x.extend(table.x(row).iter().map(|v| f64::from(*v)));
                y.extend(table.y(row).iter().map(|v| f64::from(*v)));
                weights.extend(table.weight(row).map(f64::from));
            }
            Values::Double { x: all_x, y: all_y, weight } => {
                x.extend_from_slice(&all_x[row * features..][..features]);
                y.extend_from_slice(&all_y[row * outputs..][..outputs]);
                weights.extend(weight.get(row));
            }
        }
    }
}

/// The samples of every member, batch by batch.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Samples that at least one member sees, and each member's among them.
    pub samples: Vec<Arc<Samples>>,
    pub samples_of: Vec<usize>,
    /// Rows of one epoch after another, and each member's among them.
    pub orders: Vec<Arc<[u32]>>,
    pub order_of: Vec<usize>,
    /// Steps of the first epoch that were made before.
    pub first: usize,
    /// Rows of one epoch.
    pub rows: usize,
    /// Rows of one batch; the last of an epoch may be smaller.
    pub batch: usize,
    /// From one epoch's rows to the next in an order: `rows`, or 0 where every epoch is the same.
    pub apart: usize,
}

impl Feed {
    /// All rows of every member's samples in one batch, in their order.
    pub fn whole(samples: Vec<Arc<Samples>>, samples_of: Vec<usize>) -> Feed {
        let rows = samples[0].rows;
        let order: Arc<[u32]> = (0..rows as u32).collect();
        let order_of = vec![0; samples_of.len()];
        Feed { samples, samples_of, orders: vec![order], order_of, first: 0, rows, batch: rows, apart: 0 }
    }

    /// The samples of these members alone, in this order.
    pub fn of(&self, members: &[usize]) -> Feed {
        let pick = |of: &[usize]| members.iter().map(|m| of[*m]).collect();
        Feed { samples_of: pick(&self.samples_of), order_of: pick(&self.order_of), ..self.clone() }
    }

    pub fn members(&self) -> usize {
        self.samples_of.len()
    }

    /// Batches of one epoch.
    pub fn batches(&self) -> usize {
        self.rows.div_ceil(self.batch)
    }

    /// The batch of a step, counted from the start of the orders, for the reference path.
    pub fn batch(&self, step: usize) -> Batch {
        let step = self.first + step;
        let (epoch, index) = (step / self.batches(), step % self.batches());
        let rows = self.batch.min(self.rows - index * self.batch);
        let (mut x, mut y, mut weight) = (Vec::new(), Vec::new(), Vec::new());
        for (samples, order) in self.samples_of.iter().zip(&self.order_of) {
            let order = &self.orders[*order][epoch * self.apart + index * self.batch..][..rows];
            order
                .iter()
                .for_each(|row| self.samples[*samples].push(*row as usize, &mut x, &mut y, &mut weight));
        }
        let first = &self.samples[0];
        let precision = match first.values {
            Values::Single(_) => Precision::F32,
            Values::Double { .. } => Precision::F64,
        };
        let weight = first.has_weight().then_some(weight.as_slice());
        Batch::new(self.members(), rows, first.shape, precision, &x, &y, weight)
    }

    /// The same for the fused engine, whose samples are `f32`.
    pub(super) fn lanes(&self) -> kernel::Feed<'_> {
        kernel::Feed {
            tables: self.samples.iter().map(|s| s.table()).collect(),
            table_of: self.samples_of.clone(),
            orders: self.orders.iter().map(|o| &o[..]).collect(),
            order_of: self.order_of.clone(),
            first: self.first,
            rows: self.rows,
            batch: self.batch,
            apart: self.apart,
        }
    }
}
