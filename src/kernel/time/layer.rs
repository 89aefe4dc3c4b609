//! One recurrent layer: what it keeps of a chunk of samples at every time step, and its cell forward and back.
//!
//! Everything it sees at a step lies in one grid: its inputs, its state before, and the input of its bias. So its weights and its
//! recurrent weights, which lie below one another among the parameters, are one product. Which steps are passed, and what joins
//! layers, is `super`'s.

use super::super::dropout::Dropout;
use super::super::forms::{ActivationForm, Grid, NUMBERS_MAX, Plain};
use super::super::memory::Buffer;
use super::super::sets::Set;
use super::super::task::{Bias, Cell, Layer};
use super::super::tiles::{self, CHUNK, Product};
use super::gates;

/// A layer's memory, and what it is.
pub(super) struct Memory {
    cell: Cell,
    form: ActivationForm,
    pub(super) numbers: Buffer,
    pub(super) dropout: Option<Dropout>,
    pub(super) inputs: usize,
    pub(super) units: usize,
    /// Its first parameter, in vectors.
    start: usize,
    /// From everything it sees to all gates.
    product: Product,
    /// The first row of the state among what is seen.
    state_at: usize,
    /// Rows of what is seen at one step.
    rows: usize,
    /// `[steps + 1][rows][CHUNK]`. The state after a step is that before the next.
    pub(super) seen: Buffer,
    /// The same for the candidate of a GRU, with the state times the reset gate.
    reset: Buffer,
    /// Values of gates and candidate, `[steps][gates · units][CHUNK]`; an Elman cell has none.
    gates: Buffer,
    /// Of an LSTM, `[steps + 1][units][CHUNK]`.
    memory: Buffer,
    /// What an LSTM's activation makes of its memory, `[steps][units][CHUNK]`.
    told: Buffer,
    /// Where values do not tell them, `[steps][1 or 2][units][CHUNK]`: of the candidate, and of an LSTM's memory.
    slopes: Buffer,
    /// Derivatives by the pre-activations of a step, `[gates · units][CHUNK]`.
    deltas: Buffer,
    /// By what is seen at a step, `[rows][CHUNK]`.
    pub(super) by_seen: Buffer,
    by_reset: Buffer,
    /// By the state after the step at work, `[units][CHUNK]`.
    pub(super) by_state: Buffer,
    by_memory: Buffer,
    by_told: Buffer,
}

/// Numbers that one row of a chunk takes.
fn row(set: Set) -> usize {
    CHUNK * set.width()
}

/// A step of a chunk.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) set: Set,
    /// Samples, and the same filled up to a multiple of four.
    pub(super) real: usize,
    pub(super) len: usize,
    pub(super) at: usize,
    /// A vector for each sample, or null where every sample has the step.
    pub(super) present: *const f32,
}

impl Memory {
    /// `start` is the layer's first parameter, in vectors.
    pub(super) fn new(
        set: Set,
        cell: Cell,
        steps: usize,
        inputs: usize,
        layer: &Layer,
        start: usize,
    ) -> Memory {
        let (row, units) = (row(set), layer.units);
        let constant = usize::from(layer.bias == Bias::ConstantInput);
        let (state_at, rows) = (inputs + constant, inputs + constant + units + 1);
        // A constant input is one of the inputs here.
        let bias = if layer.bias == Bias::ConstantInput { Bias::None } else { layer.bias };
        let columns = units * cell.gates();
        let product = Product { inputs: state_at + units, units: columns, columns, len: 0, bias };
        let mut seen = Buffer::zeros((steps + 1) * rows * row);
        let constants = |seen: &mut Buffer| {
            for step in seen.numbers_mut().chunks_exact_mut(rows * row) {
                step[inputs * row..state_at * row].fill(Bias::ConstantInput.input());
                step[(rows - 1) * row..].fill(Bias::Unit.input());
            }
        };
        constants(&mut seen);
        let when = |is: bool, rows: usize| Buffer::zeros(if is { rows * row } else { 0 });
        let (is_gru, is_lstm) = (cell == Cell::Gru, cell == Cell::Lstm);
        let mut reset = when(is_gru, steps * rows);
        constants(&mut reset);
        let form = layer.activation.form;
        let has_slopes = matches!(form, ActivationForm::Curve { from_value: false, .. });
        Memory {
            cell,
            form,
            numbers: Buffer::zeros(NUMBERS_MAX * set.width()),
            dropout: layer.dropout.as_ref().map(|_| Dropout::new(units, set.width())),
            inputs,
            units,
            start,
            product,
            state_at,
            rows,
            seen,
            reset,
            gates: when(cell != Cell::Elman, steps * columns),
            memory: when(is_lstm, (steps + 1) * units),
            told: when(is_lstm, steps * units),
            slopes: when(has_slopes, steps * units * (1 + usize::from(is_lstm))),
            deltas: Buffer::zeros(columns * row),
            by_seen: Buffer::zeros(rows * row),
            by_reset: when(is_gru, rows),
            by_state: Buffer::zeros(units * row),
            by_memory: when(is_lstm, units),
            by_told: when(is_lstm, units),
        }
    }

    /// Its parameters, in vectors.
    pub(super) fn len(&self) -> usize {
        (self.product.inputs + self.product.bias.rows()) * self.product.columns
    }

    /// Where a row of what is seen at a step begins, in numbers.
    pub(super) fn seen_at(&self, set: Set, step: usize, of: usize) -> usize {
        (step * self.rows + of) * row(set)
    }

    /// Where the state after a step begins among what is seen, in numbers.
    pub(super) fn state_after(&self, set: Set, step: usize) -> usize {
        self.seen_at(set, step + 1, self.state_at)
    }

    /// Nothing comes from later steps.
    pub(super) fn begin_back(&mut self) {
        self.by_state.numbers_mut().fill(0.0);
        self.by_memory.numbers_mut().fill(0.0);
    }

    /// From what is seen at a step to the state after it.
    pub(super) fn forward(&mut self, step: Step, parameters: &Buffer) {
        match self.cell {
            Cell::Elman => self.forward_elman(step, parameters),
            Cell::Gru => self.forward_gru(step, parameters),
            Cell::Lstm => self.forward_lstm(step, parameters),
        }
    }

    /// From the derivative by the state after a step to those by everything that is seen; the gradient of the weights joins what is
    /// there unless this is the `first`. With `recurs` that by the state takes the place of what was given, else it has no
    /// meaning; without `descends` that by the inputs has none.
    pub(super) fn back(
        &mut self,
        step: Step,
        parameters: &Buffer,
        gradient: &mut Buffer,
        first: bool,
        [recurs, descends]: [bool; 2],
    ) {
        if !step.present.is_null() {
            let grid = self.grid(step);
            let size = self.units * row(step.set);
            let scale = gates::scale().of(step.set);
            // SAFETY: states and memories are grids of the layer; a vector for each sample.
            unsafe {
                scale(grid, self.by_state.at_mut(0, size), step.present);
                if self.cell == Cell::Lstm {
                    scale(grid, self.by_memory.at_mut(0, size), step.present);
                }
            }
        }
        let task = Back { step, parameters, gradient, first, recurs, descends };
        match self.cell {
            Cell::Elman => self.back_elman(task),
            Cell::Gru => self.back_gru(task),
            Cell::Lstm => self.back_lstm(task),
        }
    }

    fn grid(&self, step: Step) -> Grid {
        Grid { units: self.units, len: step.len, stride: CHUNK }
    }

    /// The weights from everything that is seen to the gates from `gate` on.
    fn weights(&self, set: Set, parameters: &Buffer, gate: usize) -> *const f32 {
        let width = set.width();
        let all = parameters.at(self.start * width, self.len() * width);
        // SAFETY: a row of weights has all gates.
        unsafe { all.add(gate * self.units * width) }
    }

    /// Pre-activations of so many gates; see [`Memory::weights`].
    ///
    /// # Safety
    /// `seen` is what is seen at a step, `z` a grid of the gates.
    unsafe fn products(&self, step: Step, gates: usize, seen: *const f32, w: *const f32, z: *mut f32) {
        let p = Product { units: gates * self.units, len: step.len, ..self.product };
        let numbers = self.numbers.at(0, NUMBERS_MAX * step.set.width());
        // SAFETY: as the caller says.
        unsafe { tiles::forward::<Plain>().of(step.set)(p, seen, w, z, numbers) }
    }

    /// The slopes of a step: of the candidate, or of an LSTM's memory. Null where there are none.
    fn slopes(&mut self, step: Step, of: usize) -> *mut f32 {
        let each = 1 + usize::from(self.cell == Cell::Lstm);
        let size = self.units * row(step.set);
        if self.slopes.numbers().is_empty() {
            return std::ptr::null_mut();
        }
        self.slopes.at_mut((step.at * each + of) * size, size)
    }

    /// Pre-activations to values in place.
    ///
    /// # Safety
    /// `z` is a grid of the layer.
    unsafe fn activate(&mut self, step: Step, of: usize, z: *mut f32) {
        let (grid, slopes) = (self.grid(step), self.slopes(step, of));
        let numbers = self.numbers.at(0, NUMBERS_MAX * step.set.width());
        // SAFETY: as the caller says; the slopes are a grid too.
        unsafe {
            match self.form {
                ActivationForm::Curve { forward, .. } => forward.of(step.set)(grid, z, slopes, numbers),
                ActivationForm::Mix { forward, .. } => forward.of(step.set)(grid, z),
            }
        }
    }

    /// Pre-activations of so many gates to their values, in place.
    ///
    /// # Safety
    /// `z` is a grid of these gates.
    unsafe fn open(&self, step: Step, gates: usize, z: *mut f32) {
        let grid = Grid { units: gates * self.units, ..self.grid(step) };
        let numbers = self.numbers.at(0, NUMBERS_MAX * step.set.width());
        // SAFETY: as the caller says.
        unsafe { gates::open().of(step.set)(grid, z, std::ptr::null_mut(), numbers) }
    }

    /// Derivatives by values to those by pre-activations, in place.
    ///
    /// # Safety
    /// Both are grids of the layer.
    unsafe fn slope(&mut self, step: Step, of: usize, values: *mut f32, deltas: *mut f32) {
        let (grid, slopes) = (self.grid(step), self.slopes(step, of));
        let numbers = self.numbers.at(0, NUMBERS_MAX * step.set.width());
        // SAFETY: as the caller says; the slopes are a grid too.
        unsafe {
            match self.form {
                ActivationForm::Curve { from_value: false, .. } => {
                    tiles::multiply().of(step.set)(grid, deltas, slopes);
                }
                ActivationForm::Curve { back, .. } => back.of(step.set)(grid, values, deltas, numbers),
                ActivationForm::Mix { back, .. } => back.of(step.set)(grid, values, deltas),
            }
        }
    }

    /// What is seen at a step, and where the state after it goes.
    fn seen_and_after(&mut self, step: Step) -> (*mut f32, *mut f32) {
        let (at, after) = (self.seen_at(step.set, step.at, 0), self.state_after(step.set, step.at));
        let size = self.seen.numbers().len();
        let all = self.seen.at_mut(0, size);
        // SAFETY: there is one step more than a sample has.
        unsafe { (all.add(at), all.add(after)) }
    }

    fn forward_elman(&mut self, step: Step, parameters: &Buffer) {
        let w = self.weights(step.set, parameters, 0);
        let (seen, after) = self.seen_and_after(step);
        // SAFETY: what is seen, weights, and a state.
        unsafe {
            self.products(step, 1, seen, w, after);
            self.activate(step, 0, after);
            self.be_present(step, after);
        }
    }

    /// 0 in padding.
    ///
    /// # Safety
    /// `state` is a grid of the layer.
    unsafe fn be_present(&self, step: Step, state: *mut f32) {
        if !step.present.is_null() {
            // SAFETY: as the caller says; a vector for each sample.
            unsafe { gates::scale().of(step.set)(self.grid(step), state, step.present) }
        }
    }

    fn forward_gru(&mut self, step: Step, parameters: &Buffer) {
        let (set, grid) = (step.set, self.grid(step));
        let (all, candidates) = (self.weights(set, parameters, 0), self.weights(set, parameters, 2));
        let size = self.units * row(set);
        let (seen, after) = self.seen_and_after(step);
        let gates = self.gates.at_mut(step.at * 3 * size, 3 * size);
        let whole = self.rows * row(set);
        let reset = self.reset.at_mut(step.at * whole, whole);
        // SAFETY: what is seen, weights, and grids of the layer, of which `gates` has three.
        unsafe {
            let (update, r, candidate) = (gates, gates.add(size), gates.add(2 * size));
            let before = seen.add(self.state_at * row(set));
            self.products(step, 2, seen, all, gates);
            self.open(step, 2, gates);
            std::ptr::copy_nonoverlapping(seen, reset, self.inputs * row(set));
            gates::times().of(set)(grid, [r, before], [reset.add(self.state_at * row(set))]);
            self.products(step, 1, reset, candidates, candidate);
            self.activate(step, 0, candidate);
            gates::blend().of(set)(grid, [update, before, candidate], [after]);
            self.be_present(step, after);
        }
    }

    fn forward_lstm(&mut self, step: Step, parameters: &Buffer) {
        let (set, grid) = (step.set, self.grid(step));
        let w = self.weights(set, parameters, 0);
        let size = self.units * row(set);
        let (seen, after) = self.seen_and_after(step);
        let gates = self.gates.at_mut(step.at * 4 * size, 4 * size);
        let memory = self.memory.at_mut(step.at * size, 2 * size);
        let told = self.told.at_mut(step.at * size, size);
        // SAFETY: what is seen, weights, and grids of the layer, of which `gates` has four and `memory` two.
        unsafe {
            let (input, forget) = (gates, gates.add(size));
            let (candidate, output) = (gates.add(2 * size), gates.add(3 * size));
            let (before, now) = (memory, memory.add(size));
            self.products(step, 4, seen, w, gates);
            self.open(step, 2, gates);
            self.open(step, 1, output);
            self.activate(step, 0, candidate);
            gates::remember().of(set)(grid, [forget, before, input, candidate], [now, told]);
            self.activate(step, 1, told);
            gates::times().of(set)(grid, [output, told], [after]);
            self.be_present(step, after);
            self.be_present(step, now);
        }
    }

    /// From the derivatives by the pre-activations of gates to the gradient of their weights, and to those by some rows of what they
    /// saw.
    ///
    /// # Safety
    /// `seen` is what the gates saw, `by_seen` a grid of it, and `deltas` is a grid of the gates.
    unsafe fn through(
        &self,
        task: &mut Back<'_>,
        (gate, gates): (usize, usize),
        seen: *const f32,
        deltas: *const f32,
        by_seen: *mut f32,
    ) {
        let (step, set) = (task.step, task.step.set);
        let p = Product { units: gates * self.units, len: step.len, ..self.product };
        let w = self.weights(set, task.parameters, gate);
        let width = set.width();
        let g = task.gradient.at_mut(self.start * width, self.len() * width);
        let numbers = self.numbers.at(0, NUMBERS_MAX * width);
        let from = if task.descends { 0 } else { self.state_at };
        let to = if task.recurs { self.state_at + self.units } else { self.inputs };
        // SAFETY: as the caller says; a row of weights has all gates.
        unsafe {
            let g = g.add(gate * self.units * width);
            tiles::weights().of(set)(Product { len: step.real, ..p }, seen, deltas, g, task.first);
            if from < to {
                let part = Product { inputs: to - from, ..p };
                let w = w.add(from * p.columns * width);
                let (a, x) = (seen.add(from * row(set)), by_seen.add(from * row(set)));
                tiles::inputs::<Plain>().of(set)(part, deltas, w, a, x, numbers);
            }
        }
    }

    /// All derivatives by what is seen at a step, and those by the state.
    fn derivatives(&mut self, step: Step) -> (*mut f32, *mut f32) {
        let by_seen = self.by_seen.at_mut(0, self.rows * row(step.set));
        (by_seen, self.by_state.at_mut(0, self.units * row(step.set)))
    }

    fn back_elman(&mut self, mut task: Back<'_>) {
        let step = task.step;
        let size = self.units * row(step.set);
        let (seen, after) = self.seen_and_after(step);
        let (by_seen, by_state) = self.derivatives(step);
        // SAFETY: grids of the layer. Where a step is there its state is the activation's value; elsewhere what comes back is 0.
        unsafe {
            self.slope(step, 0, after, by_state);
            self.through(&mut task, (0, 1), seen, by_state, by_seen);
            std::ptr::copy_nonoverlapping(by_seen.add(self.state_at * row(step.set)), by_state, size);
        }
    }

    fn back_gru(&mut self, mut task: Back<'_>) {
        let (step, set, grid) = (task.step, task.step.set, self.grid(task.step));
        let size = self.units * row(set);
        let whole = self.rows * row(set);
        let (seen, _) = self.seen_and_after(step);
        let (by_seen, by_state) = self.derivatives(step);
        let gates = self.gates.at_mut(step.at * 3 * size, 3 * size);
        let reset = self.reset.at_mut(step.at * whole, whole);
        let by_reset = self.by_reset.at_mut(0, whole);
        let deltas = self.deltas.at_mut(0, 3 * size);
        let recurs = task.recurs;
        // SAFETY: grids of the layer; those of gates have three.
        unsafe {
            let (update, r, candidate) = (gates, gates.add(size), gates.add(2 * size));
            let (by_update, by_r, by_candidate) = (deltas, deltas.add(size), deltas.add(2 * size));
            let before = seen.add(self.state_at * row(set));
            let given = [by_state, update, before, candidate].map(<*mut f32>::cast_const);
            gates::blend_back().of(set)(grid, given, [by_state, by_update, by_candidate]);
            self.slope(step, 0, candidate, by_candidate);
            // The reset gate has its part in the gradient of the weights even where the state before is a constant.
            task.recurs = true;
            self.through(&mut task, (2, 1), reset, by_candidate, by_reset);
            task.recurs = recurs;
            let by_product = by_reset.add(self.state_at * row(set));
            let given = [by_state, by_product, r, before].map(<*mut f32>::cast_const);
            gates::reset_back().of(set)(grid, given, [by_state, by_r]);
            self.through(&mut task, (0, 2), seen, deltas, by_seen);
            let add = gates::add().of(set);
            if task.descends {
                add(Grid { units: self.inputs, ..grid }, [by_seen, by_reset], [by_seen]);
            }
            if recurs {
                add(grid, [by_state, by_seen.add(self.state_at * row(set))], [by_state]);
            }
        }
    }

    fn back_lstm(&mut self, mut task: Back<'_>) {
        let (step, set, grid) = (task.step, task.step.set, self.grid(task.step));
        let size = self.units * row(set);
        let (seen, _) = self.seen_and_after(step);
        let (by_seen, by_state) = self.derivatives(step);
        let gates = self.gates.at_mut(step.at * 4 * size, 4 * size);
        let before = self.memory.at_mut(step.at * size, size);
        let told = self.told.at_mut(step.at * size, size);
        let (by_memory, by_told) = (self.by_memory.at_mut(0, size), self.by_told.at_mut(0, size));
        let deltas = self.deltas.at_mut(0, 4 * size);
        // SAFETY: grids of the layer; those of gates have four.
        unsafe {
            let (input, forget) = (gates, gates.add(size));
            let (candidate, output) = (gates.add(2 * size), gates.add(3 * size));
            let by_output = deltas.add(3 * size);
            gates::tell_back().of(set)(grid, [by_state, output, told], [by_told, by_output]);
            self.slope(step, 1, told, by_told);
            let given = [by_memory, by_told, input, forget, candidate, before].map(<*mut f32>::cast_const);
            let made = [by_memory, deltas, deltas.add(size), deltas.add(2 * size)];
            gates::remember_back().of(set)(grid, given, made);
            self.slope(step, 0, candidate, deltas.add(2 * size));
            self.through(&mut task, (0, 4), seen, deltas, by_seen);
            std::ptr::copy_nonoverlapping(by_seen.add(self.state_at * row(set)), by_state, size);
        }
    }
}

/// What a way back through one step is given.
struct Back<'a> {
    step: Step,
    parameters: &'a Buffer,
    gradient: &'a mut Buffer,
    first: bool,
    /// Whether derivatives are wanted by the state before, and by the inputs.
    recurs: bool,
    descends: bool,
}
