//! Sequences in an ONNX graph: padding, and recurrent layers as a `Scan` over time steps.
//!
//! The operators `RNN`, `GRU`, and `LSTM` have few activations and pad behind; a scan of products and activations has all of them, in both
//! precisions, for any number of steps.

use super::super::layers::Layer;
use super::{Axis, DOUBLE, GRAPH, Graph, INT, INT64, INTS, SEQUENCES, value_info};
use crate::data::Preparation;
use crate::export::protobuf::Message;
use crate::spec::{Cell, Recurrent};

/// Sequences while the graph is written: names of values.
pub(super) struct Sequences {
    /// `[sequences, steps, inputs]`, prepared, 0 in padding.
    pub(super) inputs: String,
    /// `[sequences, steps, 1]`, whether a step is there.
    present: String,
    /// Both sizes, `[2]`.
    shape: String,
}

/// The state of a layer: `h`, and of an LSTM `c`.
type State = Vec<String>;

fn parts_of(cell: Cell) -> usize {
    if cell == Cell::Lstm { 2 } else { 1 }
}

impl Graph {
    /// The inputs `columns` and `lengths`, prepared.
    pub(super) fn sequences(&mut self, preparation: &Preparation) -> Sequences {
        let rows = self.reshaped("columns", &[-1, preparation.columns.len() as i64]);
        let x = self.prepared(preparation, &rows);
        let shape = self.make_with("Shape", &["columns"], &[("start", 0), ("end", 2)]);
        let present = self.present(&shape);
        let inputs = self.indices(&[preparation.inputs() as i64]);
        let wide = self.make_with("Concat", &[&shape, &inputs], &[("axis", 0)]);
        let x = self.make("Reshape", &[&x, &wide]);
        let zero = self.real(0.0);
        let inputs = self.make("Where", &[&present, &x, &zero]);
        Sequences { inputs, present, shape }
    }

    /// `[sequences, steps, 1]`: a step is there if it is one of the last `lengths`.
    fn present(&mut self, shape: &str) -> String {
        let last = self.constant(&[], INT64, &1_i64.to_le_bytes());
        let steps = self.make("Gather", &[shape, &last]);
        let (zero, one) =
            (self.constant(&[], INT64, &[0; 8]), self.constant(&[], INT64, &1_i64.to_le_bytes()));
        let range = self.make("Range", &[&zero, &steps, &one]);
        let first = self.make("Sub", &[&steps, "lengths"]);
        let behind = self.indices(&[1]);
        let first = self.make("Unsqueeze", &[&first, &behind]);
        let present = self.make("GreaterOrEqual", &[&range, &first]);
        let last = self.indices(&[2]);
        self.make("Unsqueeze", &[&present, &last])
    }

    /// Hidden layers over all steps: the last of them at every step that has an answer, `[answers, units]`.
    pub(super) fn recurrent(
        &mut self,
        layers: &[Layer<'_>],
        recurrent: Recurrent,
        x: &str,
        sequences: &Sequences,
    ) -> String {
        let present = self.cast(&sequences.present, self.real);
        let states: Vec<State> =
            layers.iter().map(|layer| self.start(layer, recurrent.cell, sequences)).collect();
        let each = recurrent.return_sequences;
        let (body, parts) = self.body(layers, recurrent.cell, each);
        let inputs = states.iter().flatten().map(String::as_str).chain([x, &present]);
        let ends: Vec<String> = (0..parts).map(|_| self.name()).collect();
        let node = inputs.fold(Message::default(), |node, input| node.text(1, input));
        let all = each.then(|| self.name());
        let node = ends.iter().chain(&all).fold(node, |node, output| node.text(2, output));
        let axes = |name: &str, count: usize| {
            let axes = (0..count).fold(Message::default().text(1, name), |attribute, _| attribute.int(8, 1));
            axes.int(20, INTS)
        };
        let attributes = [
            Message::default().text(1, "body").message(6, body).int(20, GRAPH),
            Message::default().text(1, "num_scan_inputs").int(3, 2).int(20, INT),
            // Time is the second axis of what is scanned.
            axes("scan_input_axes", 2),
        ];
        let outputs = each.then(|| axes("scan_output_axes", 1));
        self.nodes.push(node.text(4, "Scan").messages(5, attributes.into_iter().chain(outputs)));
        let units = layers[layers.len() - 1].units() as i64;
        match all {
            Some(all) => self.reshaped(&all, &[-1, units]),
            // The state of the last layer.
            None => ends[parts - parts_of(recurrent.cell)].clone(),
        }
    }

    /// All 0, `[sequences, units]`.
    fn start(&mut self, layer: &Layer<'_>, cell: Cell, sequences: &Sequences) -> State {
        let first = self.indices(&[0]);
        let count = self.make("Gather", &[&sequences.shape, &first]);
        let units = self.indices(&[layer.units() as i64]);
        let shape = self.make_with("Concat", &[&count, &units], &[("axis", 0)]);
        let zero = self.real(0.0);
        (0..parts_of(cell)).map(|_| self.make("Expand", &[&zero, &shape])).collect()
    }

    /// One time step of all layers as a graph of its own, and how many parts their states have. Its inputs are the states, the step's
    /// inputs `[sequences, inputs]`, and whether it is there `[sequences, 1]`; its outputs are the states and, with `each`, the last layer.
    fn body(&mut self, layers: &[Layer<'_>], cell: Cell, each: bool) -> (Message, usize) {
        let outer = std::mem::take(&mut self.nodes);
        let (x, present) = (self.name(), self.name());
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let mut a = x.clone();
        let real = self.real;
        let info = |name: &str, width: usize| value_info(name, real, &[SEQUENCES, Axis::Of(width)]);
        for layer in layers {
            let before: State = (0..parts_of(cell)).map(|_| self.name()).collect();
            inputs.extend(before.iter().map(|part| info(part, layer.units())));
            let after: State = self.step(layer, cell, &a, &before);
            // Before its first step a sequence has no state.
            let after: State = after.iter().map(|part| self.make("Mul", &[part, &present])).collect();
            outputs.extend(after.iter().map(|part| info(part, layer.units())));
            a.clone_from(&after[0]);
        }
        let parts = outputs.len();
        if each {
            let top = self.make("Identity", &[&a]);
            outputs.push(info(&top, layers[layers.len() - 1].units()));
        }
        inputs.extend([info(&x, layers[0].inputs), info(&present, 1)]);
        let nodes = std::mem::replace(&mut self.nodes, outer);
        let body =
            Message::default().messages(1, nodes).text(2, "step").messages(11, inputs).messages(12, outputs);
        (body, parts)
    }

    /// The state of a layer after a time step.
    fn step(&mut self, layer: &Layer<'_>, cell: Cell, a: &str, state: &[String]) -> State {
        let h = &state[0];
        match cell {
            Cell::Elman => {
                let z = self.gate(layer, 0, a, h);
                vec![self.activation(&layer.activation, &z)]
            }
            Cell::Gru => {
                let (update, reset) = (self.gate(layer, 0, a, h), self.gate(layer, 1, a, h));
                let (update, reset) = (self.make("Sigmoid", &[&update]), self.make("Sigmoid", &[&reset]));
                let kept = self.make("Mul", &[&reset, h]);
                let candidate = self.gate(layer, 2, a, &kept);
                let candidate = self.activation(&layer.activation, &candidate);
                let old = self.make("Mul", &[&update, h]);
                let one = self.real(1.0);
                let share = self.make("Sub", &[&one, &update]);
                let new = self.make("Mul", &[&share, &candidate]);
                vec![self.make("Add", &[&old, &new])]
            }
            Cell::Lstm => {
                let [entry, forget, candidate, output] =
                    [0, 1, 2, 3].map(|index| self.gate(layer, index, a, h));
                let [entry, forget, output] =
                    [entry, forget, output].map(|gate| self.make("Sigmoid", &[&gate]));
                let candidate = self.activation(&layer.activation, &candidate);
                let (old, new) =
                    (self.make("Mul", &[&forget, &state[1]]), self.make("Mul", &[&entry, &candidate]));
                let c = self.make("Add", &[&old, &new]);
                let told = self.activation(&layer.activation, &c);
                vec![self.make("Mul", &[&output, &told]), c]
            }
        }
    }

    /// The pre-activation of a gate: `a · weight + h · recurrent + bias`.
    fn gate(&mut self, layer: &Layer<'_>, index: usize, a: &str, h: &str) -> String {
        let (gate, units) = (layer.gate(index), layer.units());
        let weight = self.reals(&[layer.inputs, units], &gate.weight);
        let recurrent = self.reals(&[units, units], &gate.recurrent);
        let (from_below, from_itself) =
            (self.make("MatMul", &[a, &weight]), self.make("MatMul", &[h, &recurrent]));
        let z = self.make("Add", &[&from_below, &from_itself]);
        match gate.bias {
            Some(bias) => {
                let bias = self.reals(&[units], &bias);
                self.make("Add", &[&z, &bias])
            }
            None => z,
        }
    }

    /// `outputs` and `predicted` at every step, from answers `[sequences · steps, outputs]`; NaN in padding.
    pub(super) fn by_step(
        &mut self,
        sequences: &Sequences,
        a: &str,
        predicted: Option<&str>,
        outputs: usize,
    ) {
        debug_assert_eq!(self.real, DOUBLE, "outputs are in double precision");
        let width = self.indices(&[outputs as i64]);
        let wide = self.make_with("Concat", &[&sequences.shape, &width], &[("axis", 0)]);
        let a = self.make("Reshape", &[a, &wide]);
        let nothing = self.real(f64::NAN);
        self.node("Where", &[&sequences.present, &a, &nothing], "outputs", &[]);
        if let Some(predicted) = predicted {
            self.node("Reshape", &[predicted, &sequences.shape], "predicted", &[]);
        }
    }
}
