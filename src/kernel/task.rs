//! What the kernel is asked to do: a network, its data, its optimizer, with numbers of their own for every member.
//!
//! Plain data, checked where it is used. It knows neither names nor files.

use std::ops::Range;

use super::forms::{Activation, Decay, Loss, Optimizer};
use super::wrong::WrongDelta;

/// Networks of one structure.
#[derive(Clone, Debug)]
pub struct Network {
    pub features: usize,
    /// Hidden layers, then the outputs.
    pub layers: Vec<Layer>,
    pub loss: Loss,
    /// The loss takes pre-activations of the outputs, and the numbers of their activation before its own.
    pub loss_is_fused: bool,
    pub loss_numbers: Numbers,
    /// What is sent back in the place of the loss's derivative, by mistake.
    pub delta: Option<WrongDelta>,
    /// What the sum of a batch is divided by, for each member.
    pub reduction: Vec<Reduction>,
}

/// A dense layer.
#[derive(Clone, Debug)]
pub struct Layer {
    pub units: usize,
    pub bias: Bias,
    pub activation: Activation,
    pub numbers: Numbers,
    /// Probability of each member; not on the outputs.
    pub dropout: Option<Vec<f64>>,
}

/// A last row of weights, of an input that is the same for all samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    None,
    /// Of 1; penalties leave it alone.
    Unit,
    /// Of -1; a weight like the others.
    ConstantInput,
}

impl Bias {
    pub(crate) fn rows(self) -> usize {
        usize::from(self != Bias::None)
    }

    /// The input; 1 where there is none.
    pub(crate) fn input(self) -> f32 {
        if self == Bias::ConstantInput { -1.0 } else { 1.0 }
    }
}

/// `[number][member]`.
pub type Numbers = Vec<Vec<f32>>;

/// From the sum over a batch to its loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reduction {
    Sum,
    /// Divided by this many times the samples, or the sum of their weights.
    Mean(f64),
}

impl Network {
    pub fn members(&self) -> usize {
        self.reduction.len()
    }

    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.units)
    }

    /// Whether the loss takes the place of the outputs' activation, so that what it leaves goes straight to the layer.
    pub(crate) fn ends_in_loss(&self) -> bool {
        self.loss_is_fused && self.delta.is_none()
    }

    /// `(inputs, layer)` of every layer.
    pub(crate) fn pairs(&self) -> impl DoubleEndedIterator<Item = (usize, &Layer)> {
        (0..self.layers.len()).map(|l| (self.inputs(l), &self.layers[l]))
    }

    pub(crate) fn inputs(&self, layer: usize) -> usize {
        layer.checked_sub(1).map_or(self.features, |l| self.layers[l].units)
    }

    /// Panics where sizes could not be multiplied: everything that the kernel counts stays far below `usize::MAX`.
    pub(crate) fn check(&self) {
        const UNITS_MAX: usize = 1 << 32;
        const PARAMETERS_MAX: usize = 1 << 40;
        const MEMBERS_MAX: usize = 1 << 18;
        const LAYERS_MAX: usize = 1 << 16;
        assert!((1..=LAYERS_MAX).contains(&self.layers.len()), "a network has layers, and not too many");
        assert!((1..=MEMBERS_MAX).contains(&self.members()), "a pack has members, and not too many");
        assert!((1..=UNITS_MAX).contains(&self.features), "a network has features, and not too many");
        let mut parameters = 0_usize;
        for (inputs, layer) in self.pairs() {
            assert!((1..=UNITS_MAX).contains(&layer.units), "a layer has units, and not too many");
            let more = (inputs + layer.bias.rows()).checked_mul(layer.units);
            let all = more.and_then(|more| parameters.checked_add(more));
            parameters = all.filter(|all| *all <= PARAMETERS_MAX).expect("not too many parameters");
        }
    }

    /// Where each layer's weights and bias lie among a member's parameters.
    pub(crate) fn spans(&self) -> Spans {
        let mut start = 0;
        let mut spans = Spans::new();
        for (inputs, layer) in self.pairs() {
            let is_weight = layer.bias == Bias::ConstantInput;
            for (rows, is_weight) in [(inputs, true), (layer.bias.rows(), is_weight)] {
                spans.push(Span { start, len: rows * layer.units, is_weight });
                start += rows * layer.units;
            }
        }
        spans
    }

    /// Numbers a member has to learn: layer by layer `[inputs][units]`, then the bias.
    pub fn parameters(&self) -> usize {
        self.pairs().map(|(inputs, l)| (inputs + l.bias.rows()) * l.units).sum()
    }
}

/// Parameters side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
    pub(crate) is_weight: bool,
}

pub(crate) type Spans = Vec<Span>;

/// Where members find their samples.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    pub tables: Vec<&'a Table>,
    /// Each member's table.
    pub table_of: Vec<usize>,
    /// Rows of one epoch after another (see [`Feed::apart`]).
    pub orders: Vec<&'a [u32]>,
    /// Each member's order.
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

/// Samples in rows of `f32`: features, targets, and a weight if any, each padded to a multiple of four numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) rows: usize,
    pub(crate) features: usize,
    pub(crate) outputs: usize,
    pub(crate) has_weight: bool,
    pub(crate) values: Vec<f32>,
}

const PAD: usize = 4;

impl Table {
    /// `x` is `[rows][features]`, `y` `[rows][outputs]`, `weight` `[rows]` or empty.
    pub fn new(features: usize, outputs: usize, x: &[f64], y: &[f64], weight: &[f64]) -> Table {
        let rows = y.len() / outputs.max(1);
        assert_eq!((x.len(), y.len()), (rows * features, rows * outputs), "as many features as targets");
        assert!(weight.is_empty() || weight.len() == rows, "a weight for each row");
        let mut table = Table { rows, features, outputs, has_weight: !weight.is_empty(), values: Vec::new() };
        table.values.reserve_exact(rows * table.stride());
        for row in 0..rows {
            table.push(&x[row * features..][..features]);
            table.push(&y[row * outputs..][..outputs]);
            if let Some(weight) = weight.get(row) {
                table.push(&[*weight]);
            }
        }
        table
    }

    fn push(&mut self, numbers: &[f64]) {
        self.values.extend(numbers.iter().map(|v| *v as f32));
        self.values.resize(self.values.len().next_multiple_of(PAD), 0.0);
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn has_weight(&self) -> bool {
        self.has_weight
    }

    /// Features of a row.
    pub fn x(&self, row: usize) -> &[f32] {
        &self.row(row)[..self.features]
    }

    /// Targets of a row.
    pub fn y(&self, row: usize) -> &[f32] {
        &self.row(row)[self.target_at()..][..self.outputs]
    }

    /// The weight of a row, if rows have one.
    pub fn weight(&self, row: usize) -> Option<f32> {
        self.weight_at().map(|at| self.row(row)[at])
    }

    pub(crate) fn target_at(&self) -> usize {
        self.features.next_multiple_of(PAD)
    }

    pub(crate) fn weight_at(&self) -> Option<usize> {
        self.has_weight.then(|| self.target_at() + self.outputs.next_multiple_of(PAD))
    }

    pub(crate) fn stride(&self) -> usize {
        self.target_at() + self.outputs.next_multiple_of(PAD) + if self.has_weight { PAD } else { 0 }
    }

    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride()..][..self.stride()]
    }
}

impl Feed<'_> {
    pub fn batches(&self) -> usize {
        self.rows.div_ceil(self.batch)
    }

    /// The epoch of a step, counted from the start of the orders, and the batch in it.
    pub(crate) fn place(&self, step: usize) -> (usize, usize) {
        let step = self.first + step;
        (step / self.batches(), step % self.batches())
    }

    /// Rows of batch `index` of an epoch.
    pub(crate) fn len(&self, index: usize) -> usize {
        self.batch.min(self.rows - index * self.batch)
    }

    /// Rows of batch `index` of `epoch`, both counted from the start of the orders, for a member.
    pub(crate) fn batch(&self, member: usize, epoch: usize, index: usize) -> &[u32] {
        &self.orders[self.order_of[member]][epoch * self.apart + index * self.batch..][..self.len(index)]
    }

    /// Where in the orders the rows of the first `steps` steps lie: a long epoch may be trained in many calls, and none should
    /// pay for all of it.
    fn used(&self, steps: usize) -> Range<usize> {
        let ((epoch, index), (last_epoch, last_index)) = (self.place(0), self.place(steps - 1));
        if self.apart == 0 && epoch != last_epoch {
            return 0..self.rows;
        }
        let begin = |epoch: usize, index: usize| epoch * self.apart + index * self.batch;
        begin(epoch, index)..begin(last_epoch, last_index) + self.len(last_index)
    }

    /// The sum of the weights of these rows of a member's table.
    pub(crate) fn weight(&self, member: usize, rows: &[u32]) -> f64 {
        let table = self.tables[self.table_of[member]];
        rows.iter().filter_map(|row| table.weight(*row as usize)).map(f64::from).sum()
    }

    /// Panics unless every row exists that an order names for these steps, so that the kernel need not look again.
    pub(crate) fn check(&self, network: &Network, steps: usize) {
        let members = network.members();
        assert_eq!((self.table_of.len(), self.order_of.len()), (members, members), "one of each a member");
        let first = self.tables[0];
        for table in &self.tables {
            assert_eq!((table.features, table.outputs), (network.features, network.outputs()), "widths");
            assert_eq!((table.stride(), table.has_weight), (first.stride(), first.has_weight), "layouts");
            assert_eq!(table.values.len(), table.rows * table.stride(), "rows");
        }
        assert!(self.batch > 0 && self.rows > 0, "an epoch has rows");
        let used = self.used(steps.max(1));
        assert!(self.orders.iter().all(|order| order.len() >= used.end), "an order covers its steps");
        let largest = |order: &&[u32]| order[used.clone()].iter().copied().max().unwrap_or(0);
        let last: Vec<u32> = self.orders.iter().map(largest).collect();
        for (table, order) in self.table_of.iter().zip(&self.order_of) {
            assert!((last[*order] as usize) < self.tables[*table].rows, "an order names rows of its table");
        }
    }
}

/// An optimizer and what surrounds it.
#[derive(Clone, Debug)]
pub struct Method {
    pub rule: Optimizer,
    /// The rule's numbers.
    pub numbers: Pace,
    /// Two numbers: the learning rate, and weight decay as [`Method::decay`] says.
    pub rate: Pace,
    pub decay: Decay,
    /// The step is multiplied by the parameters, by mistake.
    pub multiplies: bool,
    /// One number per member each.
    pub l1: Option<Vec<f32>>,
    /// Twice `l2`.
    pub twice_l2: Option<Vec<f32>>,
    pub clip_value: Option<Vec<f32>>,
    pub clip_norm: Option<Vec<f32>>,
}

/// Numbers that may differ between steps and members.
#[derive(Clone, Debug)]
pub struct Pace {
    pub values: Vec<f32>,
    pub count: usize,
    /// From one step to the next in `values`; 0 where all steps are the same.
    pub step: usize,
    /// From one member to the next; 0 where all members are the same.
    pub member: usize,
}

impl Pace {
    pub(crate) fn at(&self, step: usize, member: usize) -> &[f32] {
        &self.values[step * self.step + member * self.member..][..self.count]
    }
}

/// Dropout's random numbers.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Seed of each member.
    pub seeds: Vec<u64>,
    /// Steps that each member made before the first.
    pub steps: Vec<u64>,
}
