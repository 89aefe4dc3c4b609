//! A block: as many members as there are lanes, one in each, and everything they need while they compute.
//!
//! Made once for a pack and used for one block of members after another. It passes one chunk of samples forward and back;
//! the loops over steps are `lanes_route`'s. Recurrent layers are `time`'s: here what follows them is a network of one layer, and
//! each answer of a chunk is a chunk of its own.

use std::borrow::Cow;

use super::dropout::Dropout;
use super::forms::{ActivationForm, Grid, InProduct, Losing, NUMBERS_MAX, Plain};
use super::lanes::WIDEST;
use super::memory::Buffer;
use super::sets::Set;
use super::task::{Feed, Masking, Network, Numbers};
use super::tiles::{self, CHUNK, Gather, Product, Weigh};
use super::time::Cells;
use super::wrong::{Place, WrongDelta};
use crate::rng::Streams;

/// See the module.
pub(super) struct Block<'a> {
    pub(super) set: Set,
    pub(super) width: usize,
    /// The dense layers.
    network: Cow<'a, Network>,
    /// The whole network.
    all: &'a Network,
    cells: Option<Cells>,
    pub(super) lanes: Lanes,
    /// `[parameter]` vectors, as [`Network::spans`] says.
    pub(super) parameters: Buffer,
    pub(super) gradient: Buffer,
    layers: Vec<LayerMemory>,
    /// Pre-activations, then values, of the outputs.
    out: Buffer,
    targets: Buffer,
    /// Targets that no loss writes over, where a mistake asks for them.
    kept_targets: Buffer,
    weights: Buffer,
    /// Which outputs are on, where samples say so.
    on: Buffer,
    sums: Buffer,
    total: Buffer,
    loss_numbers: Buffer,
    numbers: Vec<Buffer>,
    tables: [*const f32; WIDEST],
}

/// Who is in the lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    /// The member in each lane; lanes without one repeat the first.
    pub(super) members: [usize; WIDEST],
    pub(super) width: usize,
    /// Lanes with a member of their own.
    pub(super) used: usize,
    /// All members have one table and one order.
    pub(super) is_shared: bool,
}

impl Lanes {
    /// One number per member as a vector.
    pub(super) fn spread(&self, values: &[f32], to: &mut [f32]) {
        to.iter_mut().zip(&self.members).for_each(|(lane, member)| *lane = values[*member]);
    }

    /// One number per member each as vectors.
    pub(super) fn fill(&self, to: &mut Buffer, numbers: &Numbers) {
        for (number, values) in to.numbers_mut().chunks_exact_mut(self.width).zip(numbers) {
            self.spread(values, number);
        }
    }

    /// Rows of `length` numbers, one for each member, to vectors.
    pub(super) fn load(&self, rows: &[f32], length: usize, to: &mut [f32]) {
        for (lane, member) in self.members.iter().enumerate().take(self.width) {
            let row = &rows[member * length..][..length];
            to.chunks_exact_mut(self.width).zip(row).for_each(|(vector, value)| vector[lane] = *value);
        }
    }

    /// Vectors to the rows of the members.
    pub(super) fn store(&self, from: &[f32], rows: &mut [f32], length: usize) {
        for (lane, member) in self.members.iter().enumerate().take(self.used) {
            let row = &mut rows[member * length..][..length];
            from.chunks_exact(self.width).zip(row).for_each(|(vector, value)| *value = vector[lane]);
        }
    }
}

/// What a layer keeps of a chunk.
struct LayerMemory {
    product: Product,
    /// Its first parameter, in vectors.
    start: usize,
    /// `[inputs + 1][CHUNK]` vectors; the last row is the bias's input.
    inputs: Buffer,
    /// Derivatives by the pre-activations, `[units][CHUNK]`.
    deltas: Buffer,
    /// Slopes of the layer's activation, where they cannot be told from its values.
    slopes: Option<Buffer>,
    dropout: Option<Dropout>,
    /// Its activation treats each unit alone.
    is_curve: bool,
}

/// What masks move.
#[derive(Clone, Copy)]
enum Switched {
    Out,
    Deltas,
}

/// What is done with a chunk after its forward pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pass {
    Train,
    Evaluate,
}

impl<'a> Block<'a> {
    pub(super) fn new(set: Set, all: &'a Network) -> Block<'a> {
        let width = set.width();
        let vectors = |count: usize| Buffer::zeros(count * width);
        let cells = all.time.map(|time| Cells::new(set, all, time));
        let network = if all.time.is_some() { Cow::Owned(all.tail()) } else { Cow::Borrowed(all) };
        let mut start = cells.as_ref().map_or(0, Cells::len);
        let mut layers = Vec::new();
        for (index, (inputs, layer)) in network.pairs().enumerate() {
            let units = layer.units;
            let product = Product { inputs, units, columns: units, len: 0, bias: layer.bias };
            let mut values = vectors((inputs + 1) * CHUNK);
            values.numbers_mut()[inputs * CHUNK * width..].fill(layer.bias.input());
            let grid = units * CHUNK;
            let dropout = layer.dropout.as_ref().map(|_| Dropout::new(units, width));
            let by_value = matches!(
                layer.activation.form,
                ActivationForm::Mix { .. } | ActivationForm::Curve { from_value: true, .. }
            );
            let is_fused_output = index + 1 == network.layers.len() && network.ends_in_loss();
            let is_moved = index + 1 == network.layers.len() && network.moves_outputs();
            let slopes =
                (!is_fused_output && (!by_value || dropout.is_some() || is_moved)).then(|| vectors(grid));
            let is_curve = matches!(layer.activation.form, ActivationForm::Curve { .. });
            let deltas = vectors(grid);
            layers.push(LayerMemory { product, start, inputs: values, deltas, slopes, dropout, is_curve });
            start += (inputs + layer.bias.rows()) * units;
        }
        let outputs = network.outputs() * CHUNK;
        Block {
            set,
            width,
            all,
            cells,
            lanes: Lanes { members: [0; WIDEST], width, used: 0, is_shared: false },
            parameters: vectors(start),
            gradient: vectors(start),
            layers,
            out: vectors(outputs),
            targets: vectors(outputs),
            kept_targets: vectors(if network.delta.is_some() { outputs } else { 0 }),
            weights: vectors(CHUNK),
            on: vectors(if network.masking.is_some() { outputs } else { 0 }),
            sums: vectors(CHUNK),
            total: vectors(1),
            loss_numbers: vectors(NUMBERS_MAX),
            numbers: network.layers.iter().map(|_| vectors(NUMBERS_MAX)).collect(),
            tables: [std::ptr::null(); WIDEST],
            network,
        }
    }

    /// Makes room for the members from `first` on: their numbers and their tables.
    pub(super) fn enter(&mut self, first: usize, feed: &Feed<'_>) {
        let used = self.width.min(self.network.members() - first);
        let members = std::array::from_fn(|lane| if lane < used { first + lane } else { first });
        let sees = |member: usize| (feed.table_of[member], feed.order_of[member]);
        let is_shared = members.iter().all(|member| sees(*member) == sees(first));
        self.lanes = Lanes { members, width: self.width, used, is_shared };
        self.tables = members.map(|member| feed.tables[feed.table_of[member]].values.as_ptr());
        let lanes = self.lanes;
        lanes.fill(&mut self.loss_numbers, &self.network.loss_numbers);
        for (index, layer) in self.network.layers.iter().enumerate() {
            lanes.fill(&mut self.numbers[index], &layer.numbers);
            if let (Some(dropout), Some(p)) = (&mut self.layers[index].dropout, &layer.dropout) {
                dropout.enter(&members, p);
            }
        }
        if let Some(cells) = &mut self.cells {
            cells.enter(&lanes, self.all);
        }
    }

    /// The streams of dropout for a step; `before` counts the steps that each member made before the first.
    pub(super) fn begin_noise(&mut self, streams: &[Streams], before: &[u64], step: u64) {
        let lanes = &self.lanes.members[..self.width];
        if let Some(cells) = &mut self.cells {
            // The outputs have no dropout.
            return cells.begin_noise(lanes, streams, before, step);
        }
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Some(dropout) = &mut layer.dropout {
                dropout.begin(lanes, index, streams, before, step);
            }
        }
    }

    /// Where samples `from ..` of a batch lie whose rows each lane's order names; at most [`CHUNK`].
    ///
    /// Orders name rows of their tables ([`Feed::check`]).
    pub(super) fn samples(&self, feed: &Feed<'_>, orders: &[&[u32]; WIDEST], from: usize) -> Gather {
        let len = CHUNK.min(orders[0].len() - from);
        let mut task = Gather {
            tables: self.tables,
            orders: [std::ptr::null(); WIDEST],
            is_shared: self.lanes.is_shared,
            len,
            filled: len.next_multiple_of(4),
            stride: feed.tables[0].stride(),
        };
        for (lane, order) in task.orders.iter_mut().zip(orders) {
            *lane = order[from..].as_ptr();
        }
        task
    }

    /// Lays out what a chunk of samples has that no answer has for itself, and passes it through recurrent layers.
    pub(super) fn begin_chunk(&mut self, samples: &Gather, feed: &Feed<'_>, pass: Pass) {
        let gather = tiles::gather().of(self.set);
        let features = self.all.features;
        let Some(cells) = &mut self.cells else {
            let x = self.layers[0].inputs.at_mut(0, features * CHUNK * self.width);
            // SAFETY: orders name rows of their tables, whose first numbers are features; the buffer holds a chunk.
            return unsafe { gather(samples, 0, features, x) };
        };
        for step in 0..cells.time.steps {
            // SAFETY: as above, for the features of each step.
            unsafe { gather(samples, step * features, features, cells.inputs(step)) }
        }
        if let Some(at) = feed.tables[0].length_at() {
            // SAFETY: as above; a vector for each sample.
            unsafe { gather(samples, at, 1, cells.lengths()) }
        }
        cells.forward(&self.parameters, samples.len, pass);
    }

    /// Lays out the targets of an answer with their weights and masks, and what the dense layers see for it.
    pub(super) fn begin_answer(&mut self, samples: &Gather, feed: &Feed<'_>, answer: usize) {
        let (width, outputs, table) = (self.width, self.network.outputs(), feed.tables[0]);
        let gather = tiles::gather().of(self.set);
        let size = outputs * CHUNK * width;
        // SAFETY: orders name rows of their tables, which have all of this for every answer; the buffers hold a chunk.
        unsafe {
            gather(samples, table.target_at() + answer * outputs, outputs, self.targets.at_mut(0, size));
            if let Some(at) = table.weight_at() {
                gather(samples, at + answer, 1, self.weights.at_mut(0, CHUNK * width));
            }
            if let Some(at) = table.mask_at() {
                gather(samples, at + answer * outputs, outputs, self.on.at_mut(0, size));
            }
        }
        if let Some(cells) = &mut self.cells {
            let size = self.layers[0].product.inputs * CHUNK * width;
            cells.top(answer, samples.len, self.layers[0].inputs.at_mut(0, size));
        }
    }

    /// Passes the gathered chunk to the outputs' pre-activations.
    pub(super) fn forward(&mut self, real: usize, pass: Pass) {
        let len = real.next_multiple_of(4);
        let (set, width) = (self.set, self.width);
        let last = self.layers.len() - 1;
        for index in 0..=last {
            let (before, after) = self.layers.split_at_mut(index + 1);
            let layer = &mut before[index];
            let p = Product { len, ..layer.product };
            let grid = p.units * CHUNK * width;
            let a = layer.inputs.at(0, (p.inputs + 1) * CHUNK * width);
            let w = self.parameters.at(layer.start * width, weights_len(p) * width);
            let z = match after.first_mut() {
                Some(next) => next.inputs.at_mut(0, grid),
                // A loss from pre-activations turns them into deltas where they lie.
                None if pass == Pass::Train && self.network.ends_in_loss() => layer.deltas.at_mut(0, grid),
                None => self.out.at_mut(0, grid),
            };
            let numbers = &self.numbers[index];
            let in_product = in_product(layer, &self.network, index);
            let forward = in_product.map_or(tiles::forward::<Plain>(), |f| f.forward).of(set);
            // SAFETY: the buffers hold the whole of the layer's grids and weights, the numbers NUMBERS_MAX vectors.
            unsafe { forward(p, a, w, z, numbers.at(0, NUMBERS_MAX * width)) };
            if index < last && in_product.is_none() {
                activate(set, layer, self.network.layers[index].activation.form, numbers, z, len, pass);
                if pass == Pass::Train {
                    drop_out(set, width, layer, z, real);
                }
            }
        }
        if let Some(Masking::Logits(off)) = self.network.masking {
            match pass == Pass::Train && self.network.ends_in_loss() {
                true => self.switch(Switched::Deltas, off, len),
                false => self.switch(Switched::Out, off, len),
            }
        }
    }

    /// Replaces what lies there for outputs that are off.
    fn switch(&mut self, what: Switched, to: f32, len: usize) {
        let outputs = self.network.outputs();
        let size = outputs * CHUNK * self.width;
        let grid = Grid { units: outputs, len, stride: CHUNK };
        let values = match what {
            Switched::Out => &mut self.out,
            Switched::Deltas => &mut self.layers.last_mut().expect("a network has layers").deltas,
        };
        // SAFETY: both hold a chunk of outputs.
        unsafe { tiles::switch().of(self.set)(grid, values.at_mut(0, size), self.on.at(0, size), to) }
    }

    /// Makes of the outputs' pre-activations what the loss takes.
    pub(super) fn finish_before_loss(&mut self, real: usize, pass: Pass) {
        if !self.network.loss_is_fused {
            self.finish_outputs(real, pass);
        }
    }

    /// From the outputs' pre-activations to their values.
    pub(super) fn finish_outputs(&mut self, real: usize, pass: Pass) {
        let index = self.layers.len() - 1;
        let (layer, numbers) = (&mut self.layers[index], &self.numbers[index]);
        let z = self.out.at_mut(0, layer.product.units * CHUNK * self.width);
        let form = self.network.layers[index].activation.form;
        activate(self.set, layer, form, numbers, z, real.next_multiple_of(4), pass);
        if let Some(Masking::Outputs(off)) = self.network.masking {
            self.switch(Switched::Out, off, real.next_multiple_of(4));
        }
    }

    /// The loss of the chunk just passed forward, summed over its samples (weighted, not yet divided), one per lane; leaves the
    /// derivative by what the loss takes, times `factor`, in the last layer's deltas.
    pub(super) fn loss(&mut self, real: usize, is_weighted: bool, factor: &Buffer, pass: Pass) -> &[f32] {
        let (set, width, outputs) = (self.set, self.width, self.network.outputs());
        let size = outputs * CHUNK * width;
        let grid = Grid { units: outputs, len: real.next_multiple_of(4), stride: CHUNK };
        let deltas = &mut self.layers.last_mut().expect("a network has layers").deltas;
        if pass == Pass::Evaluate || !self.network.ends_in_loss() {
            deltas.numbers_mut()[..size].copy_from_slice(&self.out.numbers()[..size]);
        }
        let wrong = self.network.delta.filter(|_| pass == Pass::Train);
        if wrong.is_some() {
            self.kept_targets.numbers_mut().copy_from_slice(&self.targets.numbers()[..size]);
        }
        let is_masked = self.network.masking.is_some();
        let task = Losing {
            grid,
            values: deltas.at_mut(0, size),
            targets: self.targets.at_mut(0, size),
            on: if is_masked { self.on.at_mut(0, size) } else { std::ptr::null_mut() },
            sums: self.sums.at_mut(0, CHUNK * width),
        };
        // SAFETY: the buffers hold a chunk of outputs, a vector a sample, or a vector.
        unsafe { (self.network.loss.0.of(set))(task, self.loss_numbers.at(0, NUMBERS_MAX * width)) }
        if let Some(wrong) = wrong {
            self.mislead(wrong, real);
        }
        let task = Weigh {
            deltas: self.layers.last_mut().expect("a network has layers").deltas.at_mut(0, size),
            sums: self.sums.at_mut(0, CHUNK * width),
            weights: if is_weighted { self.weights.at(0, CHUNK * width) } else { std::ptr::null() },
            factor: factor.at(0, width),
            total: self.total.at_mut(0, width),
        };
        // SAFETY: as above.
        unsafe { tiles::weigh().of(set)(grid, real, task) }
        if is_masked && self.network.blocks_back() && pass == Pass::Train {
            self.switch(Switched::Deltas, 0.0, grid.len);
        }
        &self.total.numbers()[..width]
    }

    /// Makes of the derivative that the loss left in the last layer's deltas what a mistake sends back from the outputs.
    fn mislead(&mut self, wrong: WrongDelta, real: usize) {
        let len = real.next_multiple_of(4);
        if self.network.loss_is_fused {
            self.finish_outputs(real, Pass::Train);
        }
        if wrong.place == Place::AfterActivation && !self.network.loss_is_fused {
            self.back_outputs(len);
        }
        let outputs = self.network.outputs();
        let size = outputs * CHUNK * self.width;
        let grid = Grid { units: outputs, len, stride: CHUNK };
        let layer = self.layers.last_mut().expect("a network has layers");
        let (p, y) = (self.out.at_mut(0, size), self.kept_targets.at_mut(0, size));
        // SAFETY: all three hold a chunk of outputs.
        unsafe { wrong.form.of(self.set)(grid, p, y, layer.deltas.at_mut(0, size)) }
        if wrong.place == Place::BeforeActivation {
            self.back_outputs(len);
        }
    }

    /// From the derivative by the outputs' values to that by their pre-activations.
    fn back_outputs(&mut self, len: usize) {
        let last = self.layers.len() - 1;
        let values = self.out.at_mut(0, self.network.outputs() * CHUNK * self.width);
        let form = self.network.layers[last].activation.form;
        back(self.set, &mut self.layers[last], form, &self.numbers[last], values, len);
    }

    /// Passes the derivatives of an answer back through all dense layers; the gradient of the weights joins what earlier chunks left.
    pub(super) fn backward(&mut self, real: usize, first: bool, answer: usize) {
        let (set, width) = (self.set, self.width);
        let len = real.next_multiple_of(4);
        let last = self.layers.len() - 1;
        if !self.network.loss_is_fused && self.network.delta.is_none() {
            self.back_outputs(len);
        }
        for index in (0..=last).rev() {
            let (before, after) = self.layers.split_at_mut(index);
            let layer = &mut after[0];
            let p = Product { len, ..layer.product };
            let d = layer.deltas.at(0, p.units * CHUNK * width);
            let w = self.parameters.at(layer.start * width, weights_len(p) * width);
            let g = self.gradient.at_mut(layer.start * width, weights_len(p) * width);
            // SAFETY: the buffers hold the whole of the layer's grids and weights.
            unsafe {
                if let Some(previous) = before.last_mut() {
                    let in_product = in_product(previous, &self.network, index - 1);
                    let inputs = in_product.map_or(tiles::inputs::<Plain>(), |f| f.inputs).of(set);
                    let numbers = &self.numbers[index - 1];
                    let values = layer.inputs.at_mut(0, p.inputs * CHUNK * width);
                    let x = previous.deltas.at_mut(0, p.inputs * CHUNK * width);
                    inputs(p, d, w, values, x, numbers.at(0, NUMBERS_MAX * width));
                    if in_product.is_none() {
                        back(
                            set,
                            previous,
                            self.network.layers[index - 1].activation.form,
                            numbers,
                            values,
                            len,
                        );
                    }
                }
                if let (Some(cells), 0) = (&mut self.cells, index) {
                    let (values, x) = (layer.inputs.at(0, p.inputs * CHUNK * width), cells.by_answer(answer));
                    tiles::inputs::<Plain>().of(set)(
                        p,
                        d,
                        w,
                        values,
                        x,
                        self.numbers[0].at(0, NUMBERS_MAX * width),
                    );
                }
                let a = layer.inputs.at(0, (p.inputs + 1) * CHUNK * width);
                tiles::weights().of(set)(Product { len: real, ..p }, a, d, g, first);
            }
        }
    }

    /// Passes what all answers of a chunk left back through recurrent layers.
    pub(super) fn end_chunk(&mut self, real: usize, first: bool) {
        if let Some(cells) = &mut self.cells {
            cells.backward(&self.parameters, &mut self.gradient, real, first);
        }
    }

    /// The answer's outputs of each member with a lane: `to(member, sample, values)`.
    pub(super) fn outputs(
        &self,
        real: usize,
        mut to: impl FnMut(usize, usize, &mut dyn Iterator<Item = f32>),
    ) {
        let out = self.out.numbers();
        for (lane, member) in self.lanes.members.iter().enumerate().take(self.lanes.used) {
            for sample in 0..real {
                let mut values =
                    (0..self.network.outputs()).map(|k| out[(k * CHUNK + sample) * self.width + lane]);
                to(*member, sample, &mut values);
            }
        }
    }
}

fn weights_len(p: Product) -> usize {
    (p.inputs + p.bias.rows()) * p.units
}

/// The products that do a hidden layer's activation too, where there are such and nothing stands between.
fn in_product(layer: &LayerMemory, network: &Network, index: usize) -> Option<InProduct> {
    match network.layers[index].activation.form {
        ActivationForm::Curve { in_product, .. }
            if index + 1 < network.layers.len() && layer.slopes.is_none() =>
        {
            in_product
        }
        _ => None,
    }
}

/// Pre-activations to values in place, and slopes where the layer keeps them.
fn activate(
    set: Set,
    layer: &mut LayerMemory,
    form: ActivationForm,
    numbers: &Buffer,
    z: *mut f32,
    len: usize,
    pass: Pass,
) {
    let width = set.width();
    let units = layer.product.units;
    let grid = Grid { units, len, stride: CHUNK };
    let slopes = match &mut layer.slopes {
        Some(slopes) if pass == Pass::Train => slopes.at_mut(0, units * CHUNK * width),
        _ => std::ptr::null_mut(),
    };
    // SAFETY: `z` and the slopes hold a chunk of the layer, the numbers NUMBERS_MAX vectors.
    unsafe {
        match form {
            ActivationForm::Curve { forward, .. } => {
                forward.of(set)(grid, z, slopes, numbers.at(0, NUMBERS_MAX * width))
            }
            ActivationForm::Mix { forward, .. } => {
                forward.of(set)(grid, z);
                // A mix with dropout keeps its values where others keep slopes.
                if !slopes.is_null() {
                    std::ptr::copy_nonoverlapping(z, slopes, units * CHUNK * width);
                }
            }
        }
    }
}

/// Derivatives by the values to derivatives by the pre-activations, in the layer's deltas.
fn back(
    set: Set,
    layer: &mut LayerMemory,
    form: ActivationForm,
    numbers: &Buffer,
    values: *mut f32,
    len: usize,
) {
    let width = set.width();
    let units = layer.product.units;
    let size = units * CHUNK * width;
    let grid = Grid { units, len, stride: CHUNK };
    let deltas = layer.deltas.at_mut(0, size);
    // SAFETY: values, deltas, and slopes hold a chunk of the layer, the numbers NUMBERS_MAX vectors.
    unsafe {
        match (form, &mut layer.slopes) {
            (ActivationForm::Curve { .. }, Some(slopes)) => {
                tiles::multiply().of(set)(grid, deltas, slopes.at(0, size))
            }
            (ActivationForm::Curve { back, .. }, None) => {
                back.of(set)(grid, values, deltas, numbers.at(0, NUMBERS_MAX * width));
            }
            (ActivationForm::Mix { back, .. }, slopes) => {
                if let Some(dropout) = layer.dropout.as_ref().filter(|dropout| dropout.is_on()) {
                    tiles::multiply().of(set)(grid, deltas, dropout.factors.at(0, size));
                }
                let values = slopes.as_mut().map_or(values, |kept| kept.at_mut(0, size));
                back.of(set)(grid, values, deltas);
            }
        }
    }
}

/// Leaves units out: their values and, with them, their slopes.
fn drop_out(set: Set, width: usize, layer: &mut LayerMemory, values: *mut f32, real: usize) {
    let units = layer.product.units;
    let Some(dropout) = layer.dropout.as_mut().filter(|dropout| dropout.is_on()) else {
        return;
    };
    dropout.draw(real, width);
    let size = units * CHUNK * width;
    let grid = Grid { units, len: real.next_multiple_of(4), stride: CHUNK };
    let factors = dropout.factors.at(0, size);
    // SAFETY: all three hold a chunk of the layer.
    unsafe {
        tiles::multiply().of(set)(grid, values, factors);
        if let (Some(slopes), true) = (&mut layer.slopes, layer.is_curve) {
            tiles::multiply().of(set)(grid, slopes.at_mut(0, size), factors);
        }
    }
}
