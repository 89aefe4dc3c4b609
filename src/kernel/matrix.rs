//! One member of a pack, its units in the lanes, and everything it needs while it computes.
//!
//! Made once for a pack and used for one member after another, as a `Block` is for many at once. It passes one chunk of
//! samples forward and back; the loops over steps are `matrix_route`'s. Layers lie `[sample][units]`, except where a formula
//! needs all units of a sample: there they are turned to `[unit][samples]`, so that each lane is a sample.

mod outputs;

use self::outputs::OutputMemory;
use super::forms::{ActivationForm, Grid, Losing, NUMBERS_MAX};
use super::memory::Buffer;
use super::noise;
use super::product::{self, CHUNK, Dense, Gradient, Rows};
use super::sets::Set;
use super::table::Table;
use super::task::{Bias, Masking, Network, Numbers, Span};
use super::tiles;
use super::update::Run;
use super::wrong::{Place, WrongDelta};
use crate::rng::{Stream, Streams};

pub(super) use super::block::Pass;

/// See the module.
pub(super) struct Member<'a> {
    pub(super) set: Set,
    network: &'a Network,
    /// Layer by layer in panels, filled up to whole vectors with zeros.
    pub(super) parameters: Buffer,
    pub(super) gradient: Buffer,
    layers: Vec<LayerMemory>,
    outputs: OutputMemory,
    loss_numbers: Buffer,
    /// Room for the products.
    panels: Buffer,
    packed: Buffer,
}

/// What a layer keeps of a chunk.
struct LayerMemory {
    dense: Dense,
    /// Its first parameter.
    start: usize,
    /// Pre-activations, then values, `[sample][units]`; of the outputs pre-activations only.
    values: Matrix,
    deltas: Matrix,
    /// The weights, turned to lead from the deltas to those of the layer before.
    back: Buffer,
    /// Slopes of the layer's activation, where they cannot be told from its values.
    slopes: Option<Buffer>,
    /// Values and deltas of an activation of all units together, `[unit][samples]`.
    turned: Option<[Matrix; 2]>,
    masks: Option<Masks>,
    numbers: Buffer,
}

/// Dropout's factors for a chunk, and the stream that they come from.
struct Masks {
    factors: Buffer,
    dropout: noise::Dropout,
    /// None outside training; then nothing is left out.
    stream: Option<Stream>,
}

/// Rows of whole vectors.
struct Matrix {
    numbers: Buffer,
    rows: usize,
    stride: usize,
}

impl Matrix {
    fn zeros(rows: usize, stride: usize) -> Matrix {
        Matrix { numbers: Buffer::zeros(rows * stride), rows, stride }
    }

    fn rows(&self) -> Rows {
        Rows::new(self.numbers.at(0, self.rows * self.stride), self.stride)
    }

    fn all(&mut self) -> *mut f32 {
        self.numbers.at_mut(0, self.rows * self.stride)
    }

    /// Makes rows of the first `columns` columns of the other's first `count` rows. The rest of a last vector repeats the
    /// last (`repeats`), or is 0.
    fn turn(&mut self, set: Set, other: &Matrix, count: usize, columns: usize, repeats: bool) {
        let width = set.width();
        assert!(count <= other.rows && count.next_multiple_of(width) <= self.stride);
        assert!(columns <= other.stride && columns <= self.rows && (repeats || columns <= CHUNK));
        let (rows, stride) = (other.rows(), self.stride);
        // SAFETY: both hold whole vectors of these rows and columns.
        unsafe { product::turn().of(set)(rows, count, repeats, columns, self.all(), stride) }
    }
}

/// The samples of a chunk.
#[derive(Clone, Copy)]
pub(super) struct Samples<'a> {
    table: &'a Table,
    /// Rows of the table, at most [`CHUNK`].
    order: &'a [u32],
}

impl<'a> Samples<'a> {
    /// Samples `from ..` of a batch.
    ///
    /// The order names rows of the table ([`super::Feed::check`]).
    pub(super) fn new(table: &'a Table, order: &'a [u32], from: usize) -> Samples<'a> {
        let len = CHUNK.min(order.len() - from);
        Samples { table, order: &order[from..][..len] }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    fn rows(&self) -> Rows {
        Rows { first: self.table.values.as_ptr(), stride: self.table.stride(), order: self.order.as_ptr() }
    }
}

/// How a layer's numbers lie: units together, or samples.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    Units,
    Samples,
}

impl Lie {
    /// Where a chunk's vectors are.
    fn grid(self, set: Set, units: usize, real: usize) -> Grid {
        let width = set.width();
        match self {
            Lie::Units => {
                let len = real * units.div_ceil(width);
                Grid { units: 1, len, stride: len }
            }
            Lie::Samples => Grid { units, len: real.div_ceil(width), stride: CHUNK / width },
        }
    }
}

impl<'a> Member<'a> {
    pub(super) fn new(set: Set, network: &'a Network) -> Member<'a> {
        let width = set.width();
        let last = network.layers.len() - 1;
        let (mut start, mut widest) = (0, 0);
        let mut layers = Vec::new();
        for (index, (inputs, layer)) in network.pairs().enumerate() {
            let dense = Dense { inputs, units: layer.units, bias: layer.bias };
            let padded = dense.vectors(width) * width;
            widest = widest.max(padded);
            let by_value = is_by_value(layer.activation.form);
            let is_mix = matches!(layer.activation.form, ActivationForm::Mix { .. });
            let has_slopes = index < last && !is_mix && (!by_value || layer.dropout.is_some());
            let turned = || std::array::from_fn(|_| Matrix::zeros(layer.units, CHUNK));
            let back = if index == 0 { 0 } else { layer.units * inputs.next_multiple_of(width) };
            let masks = layer.dropout.as_ref().map(|_| Masks {
                factors: Buffer::zeros(CHUNK * padded),
                dropout: noise::Dropout::new(0.0),
                stream: None,
            });
            layers.push(LayerMemory {
                dense,
                start,
                values: Matrix::zeros(CHUNK, padded),
                deltas: Matrix::zeros(CHUNK, padded),
                back: Buffer::zeros(back),
                slopes: has_slopes.then(|| Buffer::zeros(CHUNK * padded)),
                turned: (index < last && is_mix).then(turned),
                masks,
                numbers: Buffer::zeros(NUMBERS_MAX * width),
            });
            start += dense.rows() * padded;
        }
        Member {
            set,
            network,
            parameters: Buffer::zeros(start),
            gradient: Buffer::zeros(start),
            layers,
            outputs: OutputMemory::new(network, width),
            loss_numbers: Buffer::zeros(NUMBERS_MAX * width),
            panels: Buffer::zeros(CHUNK * widest),
            packed: Buffer::zeros(product::packed_len(width)),
        }
    }

    /// Where a member's parameters lie: its own order first.
    pub(super) fn runs(&self) -> Vec<Run> {
        let width = self.set.width();
        let mut runs: Vec<Run> = Vec::new();
        let mut index = 0;
        for layer in &self.layers {
            let dense = layer.dense;
            for row in 0..dense.rows() {
                for (before, vectors) in dense.panels(width) {
                    let len = (vectors * width).min(dense.units - before * width);
                    let place = layer.start + (before * dense.rows() + row * vectors) * width;
                    match runs.last_mut() {
                        Some(last) if last.place + last.len == place => last.len += len,
                        _ => runs.push(Run { index, place, len }),
                    }
                    index += len;
                }
            }
        }
        runs
    }

    /// Where weights and biases lie, in vectors.
    pub(super) fn spans(&self) -> Vec<Span> {
        let width = self.set.width();
        let mut spans = Vec::new();
        for layer in &self.layers {
            let dense = layer.dense;
            for (before, vectors) in dense.panels(width) {
                let start = layer.start / width + before * dense.rows();
                let len = dense.inputs * vectors;
                spans.push(Span { start, len, is_weight: true });
                let bias = dense.bias.rows() * vectors;
                let is_weight = dense.bias == Bias::ConstantInput;
                spans.push(Span { start: start + len, len: bias, is_weight });
            }
        }
        spans
    }

    /// Makes room for a member: its numbers.
    pub(super) fn enter(&mut self, member: usize) {
        let width = self.set.width();
        let fill = |buffer: &mut Buffer, numbers: &Numbers| {
            for (number, values) in buffer.numbers_mut().chunks_exact_mut(width).zip(numbers) {
                number.fill(values[member]);
            }
        };
        fill(&mut self.loss_numbers, &self.network.loss_numbers);
        for (memory, layer) in self.layers.iter_mut().zip(&self.network.layers) {
            fill(&mut memory.numbers, &layer.numbers);
            if let (Some(masks), Some(p)) = (&mut memory.masks, &layer.dropout) {
                masks.dropout = noise::Dropout::new(p[member]);
            }
        }
    }

    /// The streams of dropout for a step.
    pub(super) fn begin_noise(&mut self, streams: &Streams, step: u64) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Some(masks) = &mut layer.masks {
                masks.stream = Some(noise::stream(streams, step, index));
            }
        }
    }

    /// Turns the weights for the way back; once for each step.
    pub(super) fn begin_back(&mut self) {
        let width = self.set.width();
        for layer in self.layers.iter_mut().skip(1) {
            let dense = layer.dense;
            let w = self.parameters.at(layer.start, dense.rows() * dense.vectors(width) * width);
            let to = layer.back.at_mut(0, dense.units * dense.inputs.next_multiple_of(width));
            // SAFETY: the buffers hold the whole of the layer's weights, both ways.
            unsafe { product::turn_weights().of(self.set)(dense, w, to) }
        }
    }

    /// Passes a chunk to the outputs' pre-activations.
    pub(super) fn forward(&mut self, samples: Samples<'_>, pass: Pass) {
        let (set, width, real) = (self.set, self.set.width(), samples.len());
        let last = self.layers.len() - 1;
        for index in 0..=last {
            let (before, after) = self.layers.split_at_mut(index);
            let layer = &mut after[0];
            let dense = layer.dense;
            let rows = before.last().map_or_else(|| samples.rows(), |previous| previous.values.rows());
            let w = self.parameters.at(layer.start, dense.rows() * dense.vectors(width) * width);
            // SAFETY: rows hold the layer's inputs; the buffers hold its weights and a chunk.
            unsafe { product::forward().of(set)(dense, rows, real, w, layer.values.all()) }
            if index < last {
                layer.activate(set, self.network.layers[index].activation.form, real, pass);
            }
        }
        let outputs = self.network.outputs();
        self.outputs.values.turn(set, &self.layers[last].values, real, outputs, true);
        self.outputs.gather(set, samples, outputs);
        self.outputs.switch_logits(set, real, self.network.masking);
    }

    /// Makes of the outputs' pre-activations what the loss takes.
    pub(super) fn finish_before_loss(&mut self, real: usize, pass: Pass) {
        if !self.network.loss_is_fused {
            self.finish_outputs(real, pass);
        }
    }

    /// From the outputs' pre-activations to their values.
    pub(super) fn finish_outputs(&mut self, real: usize, pass: Pass) {
        let last = self.layers.len() - 1;
        let grid = Lie::Samples.grid(self.set, self.network.outputs(), real);
        let OutputMemory { values, slopes, .. } = &mut self.outputs;
        let slopes = slopes_for(slopes, pass);
        let numbers = self.layers[last].numbers.at(0, NUMBERS_MAX * self.set.width());
        // SAFETY: values and slopes hold a chunk of the outputs, the numbers NUMBERS_MAX vectors.
        unsafe {
            match self.network.layers[last].activation.form {
                ActivationForm::Curve { forward, .. } => {
                    forward.of(self.set)(grid, values.all(), slopes, numbers)
                }
                ActivationForm::Mix { forward, .. } => forward.of(self.set)(grid, values.all()),
            }
        }
        if let Some(Masking::Outputs(off)) = self.network.masking {
            self.outputs.keep();
            self.outputs.switch(self.set, real, true, off);
        }
    }

    /// The loss of each sample (weighted, not yet divided); leaves the derivative by what the loss takes, times `factor`.
    pub(super) fn loss(&mut self, samples: Samples<'_>, factor: &Buffer, pass: Pass) -> &[f32] {
        let (set, width, real) = (self.set, self.set.width(), samples.len());
        let outputs = self.network.outputs();
        let memory = &mut self.outputs;
        let size = outputs * CHUNK;
        memory.deltas.numbers.numbers_mut().copy_from_slice(memory.values.numbers.numbers());
        let wrong = self.network.delta.filter(|_| pass == Pass::Train);
        if wrong.is_some() {
            memory.kept_targets.numbers_mut().copy_from_slice(memory.targets.numbers());
        }
        let grid = Lie::Samples.grid(set, outputs, real);
        let task = Losing {
            grid,
            values: memory.deltas.all(),
            targets: memory.targets.at_mut(0, size),
            on: match self.network.masking {
                Some(_) => memory.on.at_mut(0, size),
                None => std::ptr::null_mut(),
            },
            sums: memory.sums.at_mut(0, CHUNK),
        };
        // SAFETY: the buffers hold a chunk of outputs, a number for each sample, or a vector.
        unsafe { (self.network.loss.0.of(set))(task, self.loss_numbers.at(0, NUMBERS_MAX * width)) }
        if let Some(wrong) = wrong {
            self.mislead(wrong, real);
        }
        let memory = &mut self.outputs;
        let task = tiles::Weigh {
            deltas: memory.deltas.all(),
            sums: memory.sums.at_mut(0, CHUNK),
            weights: match samples.table.has_weight {
                true => memory.weights.at(0, CHUNK),
                false => std::ptr::null(),
            },
            factor: factor.at(0, width),
            total: memory.total.at_mut(0, width),
        };
        // SAFETY: as above.
        unsafe { tiles::weigh().of(set)(grid, 0, task) }
        if self.network.masking.is_some() && self.network.blocks_back() {
            self.outputs.switch(set, real, false, 0.0);
        }
        &self.outputs.sums.numbers()[..real]
    }

    /// Makes of the derivative that the loss left what a mistake sends back from the outputs.
    fn mislead(&mut self, wrong: WrongDelta, real: usize) {
        if self.network.loss_is_fused {
            self.finish_outputs(real, Pass::Train);
        }
        if wrong.place == Place::AfterActivation && !self.network.loss_is_fused {
            self.back_outputs(real);
        }
        let outputs = self.network.outputs();
        let grid = Lie::Samples.grid(self.set, outputs, real);
        let OutputMemory { values, deltas, kept_targets, .. } = &mut self.outputs;
        let y = kept_targets.at_mut(0, outputs * CHUNK);
        // SAFETY: all three hold a chunk of the outputs.
        unsafe { wrong.form.of(self.set)(grid, values.all(), y, deltas.all()) }
        if wrong.place == Place::BeforeActivation {
            self.back_outputs(real);
        }
    }

    /// Passes the derivatives back through all layers; the gradient of the weights joins what earlier chunks left.
    pub(super) fn backward(&mut self, samples: Samples<'_>, first: bool) {
        let (set, width, real) = (self.set, self.set.width(), samples.len());
        let last = self.layers.len() - 1;
        if !self.network.loss_is_fused && self.network.delta.is_none() {
            self.back_outputs(real);
        }
        let outputs = self.network.outputs();
        self.layers[last].deltas.turn(set, &self.outputs.deltas, outputs, real, false);
        for index in (0..=last).rev() {
            let (before, after) = self.layers.split_at_mut(index);
            let layer = &mut after[0];
            let dense = layer.dense;
            let size = dense.rows() * dense.vectors(width) * width;
            let rows = before.last().map_or_else(|| samples.rows(), |previous| previous.values.rows());
            let task = Gradient {
                dense,
                samples: real,
                rows,
                deltas: layer.deltas.all(),
                panels: self.panels.at_mut(0, CHUNK * dense.vectors(width) * width),
                packed: self.packed.at_mut(0, product::packed_len(width)),
                is_first: first,
            };
            let g = self.gradient.at_mut(layer.start, size);
            // SAFETY: rows hold the layer's inputs; the buffers hold its weights and a chunk.
            unsafe {
                product::gradient().of(set)(&task, g);
                if let Some(previous) = before.last_mut() {
                    let back = Dense { inputs: dense.units, units: dense.inputs, bias: Bias::None };
                    let w = layer.back.at(0, dense.units * dense.inputs.next_multiple_of(width));
                    product::forward().of(set)(back, layer.deltas.rows(), real, w, previous.deltas.all());
                    previous.back(set, self.network.layers[index - 1].activation.form, real);
                }
            }
        }
    }

    /// From the derivative by the outputs' values to that by their pre-activations.
    fn back_outputs(&mut self, real: usize) {
        let (set, last) = (self.set, self.layers.len() - 1);
        let grid = Lie::Samples.grid(set, self.network.outputs(), real);
        let OutputMemory { values, deltas, slopes, unmoved, .. } = &mut self.outputs;
        let size = values.rows * CHUNK;
        let numbers = self.layers[last].numbers.at(0, NUMBERS_MAX * set.width());
        // SAFETY: all hold a chunk of the outputs, the numbers NUMBERS_MAX vectors.
        unsafe {
            match (self.network.layers[last].activation.form, slopes) {
                (ActivationForm::Mix { back, .. }, _) => {
                    let values = unmoved.as_mut().map_or(values.all(), |kept| kept.at_mut(0, size));
                    back.of(set)(grid, values, deltas.all());
                }
                (ActivationForm::Curve { .. }, Some(slopes)) => {
                    tiles::multiply().of(set)(grid, deltas.all(), slopes.at(0, size))
                }
                (ActivationForm::Curve { back, .. }, None) => {
                    back.of(set)(grid, values.all(), deltas.all(), numbers)
                }
            }
        }
    }

    /// The chunk's outputs: `to(sample, values)`.
    pub(super) fn outputs(&self, real: usize, mut to: impl FnMut(usize, &mut dyn Iterator<Item = f32>)) {
        let out = self.outputs.values.numbers.numbers();
        for sample in 0..real {
            to(sample, &mut (0..self.network.outputs()).map(|k| out[k * CHUNK + sample]));
        }
    }
}

fn is_by_value(form: ActivationForm) -> bool {
    matches!(form, ActivationForm::Mix { .. } | ActivationForm::Curve { from_value: true, .. })
}

/// Where a forward pass leaves slopes.
fn slopes_for(slopes: &mut Option<Buffer>, pass: Pass) -> *mut f32 {
    match slopes {
        Some(slopes) if pass == Pass::Train => slopes.numbers_mut().as_mut_ptr(),
        _ => std::ptr::null_mut(),
    }
}

impl LayerMemory {
    /// Pre-activations to values in place, and slopes where the layer keeps them; in training some units are left out.
    fn activate(&mut self, set: Set, form: ActivationForm, real: usize, pass: Pass) {
        let units = self.dense.units;
        let slopes = slopes_for(&mut self.slopes, pass);
        // SAFETY: values and slopes hold a chunk of the layer, the numbers NUMBERS_MAX vectors.
        unsafe {
            match (form, &mut self.turned) {
                (ActivationForm::Curve { forward, .. }, _) => {
                    let numbers = self.numbers.at(0, NUMBERS_MAX * set.width());
                    forward.of(set)(Lie::Units.grid(set, units, real), self.values.all(), slopes, numbers);
                }
                (ActivationForm::Mix { forward, .. }, Some([values, _])) => {
                    values.turn(set, &self.values, real, units, true);
                    forward.of(set)(Lie::Samples.grid(set, units, real), values.all());
                    self.values.turn(set, values, units, real, false);
                }
                (ActivationForm::Mix { .. }, None) => unreachable!("a mix has turned values"),
            }
        }
        if pass == Pass::Train {
            self.drop_out(set, real);
        }
    }

    /// Leaves units out: their values and, with them, their slopes.
    fn drop_out(&mut self, set: Set, real: usize) {
        let (units, stride) = (self.dense.units, self.values.stride);
        let Some(masks) = &mut self.masks else { return };
        let Some(stream) = &mut masks.stream else { return };
        for factors in masks.factors.numbers_mut().chunks_exact_mut(stride).take(real) {
            factors[..units].fill_with(|| masks.dropout.factor(stream));
        }
        let grid = Lie::Units.grid(set, units, real);
        let factors = masks.factors.at(0, CHUNK * stride);
        // SAFETY: all three hold a chunk of the layer.
        unsafe {
            tiles::multiply().of(set)(grid, self.values.all(), factors);
            if let Some(slopes) = &mut self.slopes {
                tiles::multiply().of(set)(grid, slopes.at_mut(0, CHUNK * stride), factors);
            }
        }
    }

    /// Derivatives by the values to derivatives by the pre-activations.
    fn back(&mut self, set: Set, form: ActivationForm, real: usize) {
        let (units, stride) = (self.dense.units, self.values.stride);
        let grid = Lie::Units.grid(set, units, real);
        let numbers = self.numbers.at(0, NUMBERS_MAX * set.width());
        let (values, deltas) = (&mut self.values, &mut self.deltas);
        // SAFETY: values, deltas, slopes, and factors hold a chunk of the layer, the numbers NUMBERS_MAX vectors.
        unsafe {
            match (form, &mut self.slopes, &mut self.turned) {
                (ActivationForm::Curve { .. }, Some(slopes), _) => {
                    tiles::multiply().of(set)(grid, deltas.all(), slopes.at(0, CHUNK * stride))
                }
                (ActivationForm::Curve { back, .. }, None, _) => {
                    back.of(set)(grid, values.all(), deltas.all(), numbers);
                }
                (ActivationForm::Mix { back, .. }, _, Some([kept, turned])) => {
                    if let Some(masks) = self.masks.as_ref().filter(|masks| masks.stream.is_some()) {
                        tiles::multiply().of(set)(grid, deltas.all(), masks.factors.at(0, CHUNK * stride));
                    }
                    turned.turn(set, deltas, real, units, true);
                    back.of(set)(Lie::Samples.grid(set, units, real), kept.all(), turned.all());
                    deltas.turn(set, turned, units, real, false);
                }
                (ActivationForm::Mix { .. }, _, None) => unreachable!("a mix has turned values"),
            }
        }
    }
}
