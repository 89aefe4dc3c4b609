//! Hidden layers that see one time step after another: Elman, GRU, and LSTM cells, and backpropagation through time.
//!
//! States are `[P, N, H]` and start at 0, or at the first step that is no padding. What an activation, a dense layer, and the outputs
//! are is in `network`; nothing here knows a loss.
//!
//! The gradient of step t's loss reaches all steps before it, unless `truncate` says otherwise. With a window the steps that it
//! reaches are computed anew for each t, from a state that is a constant: the values are the same, the gradient is that of Werbos'
//! (1990, "Backpropagation through time") truncated form.

use burn::tensor::Tensor;

use super::activation::logistic;
use super::network::{Layer, Network, Stage, Wiring};
use crate::spec::{Cell, HiddenDerivative, Recurrent, Truncate};

/// What a layer hands on to its next time step: the state, and the memory of an LSTM.
#[derive(Clone)]
struct State {
    h: Tensor<3>,
    c: Option<Tensor<3>>,
}

impl State {
    fn map(self, f: impl Fn(Tensor<3>) -> Tensor<3>) -> State {
        State { h: f(self.h), c: self.c.map(f) }
    }
}

/// Layers at work on a batch.
struct Run<'a> {
    network: &'a Network,
    hidden: &'a [Stage],
    wiring: &'a Wiring,
    cell: Cell,
    /// `[P, T · N, F + 1]`, one time step after another.
    x: &'a Tensor<3>,
    rows: usize,
    /// `[1, N, 1]`.
    ones: Tensor<3>,
    /// A factor for each unit of a layer, the same at every step.
    masks: &'a [Option<Tensor<3>>],
    is_padded: bool,
}

/// Pre-activations of the outputs, `[P, A · N, K]`; see [`Network::forward`].
pub(super) fn forward(
    network: &Network,
    x: &Tensor<3>,
    hidden: &[Stage],
    wiring: &Wiring,
    recurrent: Recurrent,
    masks: &[Option<Tensor<3>>],
    see: &mut dyn FnMut(usize, &Tensor<3>),
) -> Tensor<3> {
    let rows = x.dims()[1] / wiring.steps;
    let ones = Tensor::ones([1, rows, 1], (&x.device(), x.dtype()));
    let is_padded = super::device::values(x.clone().narrow(2, x.dims()[2] - 1, 1)).contains(&0.0);
    let run = Run { network, hidden, wiring, cell: recurrent.cell, x, rows, ones, masks, is_padded };
    let tops = run.tops(recurrent, see);
    let (_, output) = network.parts();
    let form = wiring.bias[hidden.len()];
    let outputs = tops.into_iter().map(|top| output.affine(top, form, &run.ones));
    Tensor::cat(outputs.collect(), 1)
}

impl Run<'_> {
    /// The last hidden layer at every step that has an answer.
    fn tops(&self, recurrent: Recurrent, see: &mut dyn FnMut(usize, &Tensor<3>)) -> Vec<Tensor<3>> {
        let (steps, each) = (self.wiring.steps, recurrent.return_sequences);
        let start = self.start();
        let (hidden, _) = self.network.parts();
        let is_recorded = hidden[0].recurrent.as_ref().is_some_and(|weight| weight.val().is_autodiff());
        if let (Truncate::Window(window), true) = (recurrent.truncate, is_recorded) {
            return self.windows(window, start, each);
        }
        let mut states = start;
        let mut tops = Vec::new();
        for step in 0..steps {
            if let (Truncate::Chunk(chunk), true) = (recurrent.truncate, is_recorded)
                && step.is_multiple_of(chunk)
            {
                states = constants(states);
            }
            let top;
            (states, top) = self.step(step, states, see);
            if each || step + 1 == steps {
                tops.push(top);
            }
        }
        tops
    }

    /// The same where the gradient of each step's loss reaches `window` steps further back.
    fn windows(&self, window: usize, start: Vec<State>, each: bool) -> Vec<Tensor<3>> {
        let steps = self.wiring.steps;
        let first_answer = if each { 0 } else { steps - 1 };
        // The states before each step, as constants.
        let mut before = vec![constants(start)];
        for step in 0..steps - 1 {
            let (states, _) = self.step(step, before[step].clone(), &mut |_, _| ());
            before.push(constants(states));
        }
        let answer = |step: usize| {
            let first = step.saturating_sub(window);
            let begin = (before[first].clone(), None);
            let passed = (first..=step).fold(begin, |(states, _), at| {
                let (states, top) = self.step(at, states, &mut |_, _| ());
                (states, Some(top))
            });
            passed.1.expect("a window has at least its own step")
        };
        (first_answer..steps).map(answer).collect()
    }

    /// All states 0.
    fn start(&self) -> Vec<State> {
        let (hidden, _) = self.network.parts();
        let zeros = |layer: &Layer| {
            let weight = layer.recurrent.as_ref().expect("a recurrent layer sees itself").val();
            let [members, units, _] = weight.dims();
            let options = (&self.ones.device(), self.ones.dtype());
            let h: Tensor<3> = Tensor::zeros([members, self.rows, units], options);
            State { c: (self.cell == Cell::Lstm).then(|| h.clone()), h }
        };
        hidden.iter().map(zeros).collect()
    }

    /// One time step of all layers; gives the states after it and what the last layer hands to the outputs.
    fn step(
        &self,
        step: usize,
        states: Vec<State>,
        see: &mut dyn FnMut(usize, &Tensor<3>),
    ) -> (Vec<State>, Tensor<3>) {
        let (hidden, _) = self.network.parts();
        let features = self.x.dims()[2] - 1;
        let x = self.x.clone().narrow(1, step * self.rows, self.rows);
        let present = self.is_padded.then(|| x.clone().narrow(2, features, 1));
        let mut input = x.narrow(2, 0, features);
        let mut after = Vec::with_capacity(states.len());
        for (index, (layer, state)) in hidden.iter().zip(states).enumerate() {
            let z = layer.affine(input, self.wiring.bias[index], &self.ones);
            let (state, wrong) = self.cell(layer, &self.hidden[index], z, state, &mut |z| see(index, z));
            // Before its first step a sequence has no state. Where a step is there, the factor is 1 and changes no bit, forward or
            // backward: others in the pack may have padding where this member has none.
            let here = |h: Tensor<3>| match &present {
                Some(present) => h * present.clone(),
                None => h,
            };
            let state = state.map(here);
            let told = wrong.map_or_else(|| state.h.clone(), here);
            input = match self.masks.get(index) {
                Some(Some(mask)) => told * mask.clone(),
                _ => told,
            };
            after.push(state);
        }
        (after, input)
    }

    /// The next state of one layer, and what it tells the layer above where that is not the state: for a mistake that is made on the way
    /// back in time alone. `z` is `x · U + b`, `[P, N, gates · H]`.
    fn cell(
        &self,
        layer: &Layer,
        stage: &Stage,
        z: Tensor<3>,
        state: State,
        see: &mut dyn FnMut(&Tensor<3>),
    ) -> (State, Option<Tensor<3>>) {
        let weight = layer.recurrent.as_ref().expect("a recurrent layer sees itself").val();
        let units = weight.dims()[1];
        let gate = |all: &Tensor<3>, index: usize| all.clone().narrow(2, index * units, units);
        let mut activate = |z: Tensor<3>| {
            see(&z);
            self.wiring.activate(stage, z)
        };
        let state = match self.cell {
            Cell::Elman => {
                let z = z + state.h.matmul(weight);
                let h = activate(z.clone());
                if self.wiring.hidden_derivative == Some(HiddenDerivative::DerivativeAtState) {
                    let told = stage.activation.forward(z, &stage.parameters);
                    return (State { h, c: None }, Some(told));
                }
                State { h, c: None }
            }
            Cell::Gru => {
                let both = weight.clone().narrow(2, 0, 2 * units);
                let gates = z.clone().narrow(2, 0, 2 * units) + state.h.clone().matmul(both);
                let (update, reset) = (sigmoid(gate(&gates, 0)), sigmoid(gate(&gates, 1)));
                let candidate =
                    gate(&z, 2) + (reset * state.h.clone()).matmul(weight.narrow(2, 2 * units, units));
                let candidate = activate(candidate);
                State { h: update.clone() * state.h + update.neg().add_scalar(1.0) * candidate, c: None }
            }
            Cell::Lstm => {
                let gates = z + state.h.matmul(weight);
                let memory = state.c.expect("an LSTM has a memory");
                let (input, forget, output) =
                    (sigmoid(gate(&gates, 0)), sigmoid(gate(&gates, 1)), sigmoid(gate(&gates, 3)));
                let memory = forget * memory + input * activate(gate(&gates, 2));
                let h = output * activate(memory.clone());
                State { h, c: Some(memory) }
            }
        };
        (state, None)
    }
}

/// States that no gradient passes.
fn constants(states: Vec<State>) -> Vec<State> {
    states.into_iter().map(|state| state.map(Tensor::inner)).collect()
}

/// The logistic function of a gate.
fn sigmoid(z: Tensor<3>) -> Tensor<3> {
    if !z.is_autodiff() {
        return logistic(&z);
    }
    let plain = z.clone().inner();
    let a = logistic(&plain);
    let slope = a.clone() * a.clone().neg().add_scalar(1.0);
    (z - plain) * slope + a
}
