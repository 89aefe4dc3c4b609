//! Where a population finds its samples: tables that members share, and the rows that each member sees in each step.
//!
//! It holds samples in the precision that they are trained in and knows neither data sets nor seeds.

use std::sync::Arc;

use super::{Batch, Rows, Shape};
use crate::kernel;
use crate::spec::Precision;

/// The samples of one part of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    rows: usize,
    shape: Shape,
    precision: Precision,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    /// In single precision, as the fused engine takes it.
    Table(kernel::Table),
    /// In double precision, as [`Rows`].
    Plain { x: Vec<f64>, y: Vec<f64>, weight: Vec<f64>, lengths: Vec<u32>, mask: Vec<f64> },
}

/// Samples of a batch while it is gathered.
#[derive(Debug, Default)]
struct Gathered {
    x: Vec<f64>,
    y: Vec<f64>,
    weight: Vec<f64>,
    lengths: Vec<u32>,
    mask: Vec<f64>,
}

impl Samples {
    /// `x` is `[rows][features]`, `y` `[rows][outputs]`, `weight` `[rows]` or empty.
    pub fn new(shape: Shape, precision: Precision, x: &[f64], y: &[f64], weight: &[f64]) -> Samples {
        Samples::of(shape, precision, Rows { x, y, weight, ..Rows::default() })
    }

    /// The samples of one member, sequences and masks included.
    pub fn of(shape: Shape, precision: Precision, samples: Rows<'_>) -> Samples {
        let Rows { x, y, weight, lengths, mask } = samples;
        let rows = y.len() / (shape.outputs * shape.answers).max(1);
        let values = if precision == Precision::F64 {
            let (x, y, weight) = (x.to_vec(), y.to_vec(), weight.to_vec());
            // Other members' samples may be padded: in a batch each row says how many steps it has.
            let lengths = match lengths {
                [] if shape.steps > 1 => vec![shape.steps as u32; rows],
                lengths => lengths.to_vec(),
            };
            Values::Plain { x, y, weight, lengths, mask: mask.to_vec() }
        } else {
            let Shape { features, outputs, steps, answers } = shape;
            let widths = kernel::Widths { features, outputs, steps, answers };
            // A network without time sees padding as the zeros that it is.
            let lengths = if steps > 1 { lengths } else { &[] };
            Values::Table(kernel::Table::of(widths, Rows { x, y, weight, lengths, mask }))
        };
        Samples { rows, shape, precision, values }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn table(&self) -> &kernel::Table {
        match &self.values {
            Values::Table(table) => table,
            Values::Plain { .. } => panic!("the fused engine takes tables of f32"),
        }
    }

    /// Adds what a row has.
    fn push(&self, row: usize, to: &mut Gathered) {
        let Shape { features, outputs, steps, answers } = self.shape;
        match &self.values {
            Values::Table(table) => {
                let add = |to: &mut Vec<f64>, from: &[f32]| to.extend(from.iter().map(|v| f64::from(*v)));
                add(&mut to.x, table.x(row));
                add(&mut to.y, table.y(row));
                add(&mut to.weight, table.weight(row));
                add(&mut to.mask, table.mask(row));
                to.lengths.extend(table.length(row));
            }
            Values::Plain { x, y, weight, lengths, mask } => {
                let add = |to: &mut Vec<f64>, from: &[f64], width: usize| {
                    to.extend(from.iter().skip(row * width).take(width));
                };
                add(&mut to.x, x, steps * features);
                add(&mut to.y, y, answers * outputs);
                add(&mut to.weight, weight, answers);
                add(&mut to.mask, mask, answers * outputs);
                to.lengths.extend(lengths.get(row));
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
        let mut all = Gathered::default();
        for (samples, order) in self.samples_of.iter().zip(&self.order_of) {
            let order = &self.orders[*order][epoch * self.apart + index * self.batch..][..rows];
            order.iter().for_each(|row| self.samples[*samples].push(*row as usize, &mut all));
        }
        let first = &self.samples[0];
        let Gathered { x, y, weight, lengths, mask } = &all;
        let samples = Rows { x, y, weight, lengths, mask };
        Batch::of(self.members(), rows, first.shape, first.precision, samples)
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
