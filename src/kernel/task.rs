//! What the kernel is asked to do: a network, its data, its optimizer, with numbers of their own for every member.
//!
//! Plain data, checked where it is used. It knows neither names nor files.

use std::ops::Range;

use super::forms::{Activation, Decay, Loss, Optimizer};
use super::table::{Table, Widths};
use super::wrong::WrongDelta;

/// Networks of one structure.
#[derive(Clone, Debug)]
pub struct Network {
    /// Of one time step.
    pub features: usize,
    /// Hidden layers, then the outputs.
    pub layers: Vec<Layer>,
    /// What the hidden layers are where they see one time step after another; else all layers are dense.
    pub time: Option<Time>,
    /// What becomes of outputs that are off, where samples have masks.
    pub masking: Option<Masking>,
    pub loss: Loss,
    /// The loss takes pre-activations of the outputs, and the numbers of their activation before its own.
    pub loss_is_fused: bool,
    pub loss_numbers: Numbers,
    /// What is sent back in the place of the loss's derivative, by mistake.
    pub delta: Option<WrongDelta>,
    /// What the sum of a batch is divided by, for each member.
    pub reduction: Vec<Reduction>,
}

/// Hidden layers that see one time step after another. States are 0 before the first step that is no padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub cell: Cell,
    pub steps: usize,
    /// An answer after every step, not only after the last.
    pub answers_each: bool,
    pub reach: Reach,
}

/// What a recurrent unit is; gates lie side by side in its weights, in the order given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Elman,
    /// Update, reset, candidate.
    Gru,
    /// Input, forget, candidate, output.
    Lstm,
}

impl Cell {
    pub(crate) fn gates(self) -> usize {
        match self {
            Cell::Elman => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }
}

/// How far back in time a gradient reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To the first step.
    All,
    /// From the loss of each step so many steps further back.
    Window(usize),
    /// Not across the multiples of so many steps.
    Chunk(usize),
}

/// What becomes of outputs that are off. They add nothing to a loss, and nothing comes back to what was moved. Values of outputs are
/// moved only where they are: a loss of whole samples that takes pre-activations sees all of these, and sends back to all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Masking {
    /// Their pre-activations are this, which stays finite when others are subtracted.
    Logits(f32),
    /// Their values are this.
    Outputs(f32),
}

/// A layer: dense, or recurrent as [`Time`] says.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Of a recurrent layer the width of its state.
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

    /// Whether values of outputs are moved that their activation gave.
    pub(crate) fn moves_outputs(&self) -> bool {
        matches!(self.masking, Some(Masking::Outputs(_)))
    }

    /// Whether masks move what the loss takes: then nothing comes back to it.
    pub(crate) fn blocks_back(&self) -> bool {
        !self.loss_is_fused || matches!(self.masking, Some(Masking::Logits(_)))
    }

    /// What one sample holds.
    pub(crate) fn widths(&self) -> Widths {
        let (steps, each) = self.time.map_or((1, false), |time| (time.steps, time.answers_each));
        let answers = if each { steps } else { 1 };
        Widths { features: self.features, outputs: self.outputs(), steps, answers }
    }

    /// Columns of a layer's weights, and rows of those from the layer to itself.
    fn columns_and_states(&self, layer: usize) -> (usize, usize) {
        let units = self.layers[layer].units;
        match self.time {
            Some(time) if layer + 1 < self.layers.len() => (units * time.cell.gates(), units),
            _ => (units, 0),
        }
    }

    /// The layer of the outputs alone, as a network of its own.
    pub(crate) fn tail(&self) -> Network {
        let last = self.layers.len() - 1;
        let layers = self.layers[last..].to_vec();
        Network { features: self.inputs(last), layers, time: None, ..self.clone() }
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
        if let Some(time) = self.time {
            assert!((1..=UNITS_MAX).contains(&time.steps), "a sequence has steps, and not too many");
        }
        let mut parameters = 0_usize;
        for (index, (inputs, layer)) in self.pairs().enumerate() {
            assert!((1..=UNITS_MAX).contains(&layer.units), "a layer has units, and not too many");
            let (columns, states) = self.columns_and_states(index);
            let more = (inputs + states + layer.bias.rows()).checked_mul(columns);
            let all = more.and_then(|more| parameters.checked_add(more));
            parameters = all.filter(|all| *all <= PARAMETERS_MAX).expect("not too many parameters");
        }
    }

    /// Where each layer's weights, recurrent weights, and bias lie among a member's parameters. A bias that is a weight like the others
    /// is the last row of the weights.
    pub(crate) fn spans(&self) -> Spans {
        let mut start = 0;
        let mut spans = Spans::new();
        for (index, (inputs, layer)) in self.pairs().enumerate() {
            let (columns, states) = self.columns_and_states(index);
            let constant = usize::from(layer.bias == Bias::ConstantInput);
            let bias = layer.bias.rows() - constant;
            for (rows, is_weight) in [(inputs + constant, true), (states, true), (bias, false)] {
                spans.push(Span { start, len: rows * columns, is_weight });
                start += rows * columns;
            }
        }
        spans
    }

    /// Numbers a member has to learn: layer by layer `[inputs][columns]`, `[units][columns]` of a recurrent layer, then the bias.
    pub fn parameters(&self) -> usize {
        self.spans().iter().map(|span| span.len).sum()
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

    /// The sum of the weights of all targets of these rows of a member's table.
    pub(crate) fn weight(&self, member: usize, rows: &[u32]) -> f64 {
        let table = self.tables[self.table_of[member]];
        rows.iter().flat_map(|row| table.weight(*row as usize)).copied().map(f64::from).sum()
    }

    /// Panics unless every row exists that an order names for these steps, so that the kernel need not look again.
    pub(crate) fn check(&self, network: &Network, steps: usize) {
        let members = network.members();
        assert_eq!((self.table_of.len(), self.order_of.len()), (members, members), "one of each a member");
        let first = self.tables[0];
        for table in &self.tables {
            assert_eq!(table.widths, network.widths(), "widths");
            assert_eq!((table.has_weight, table.has_mask), (first.has_weight, first.has_mask), "layouts");
            assert_eq!(table.values.len(), table.rows * table.stride(), "rows");
        }
        assert_eq!(first.has_mask, network.masking.is_some(), "masks are asked for where there are any");
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
