//! ONNX: one graph from the columns of a table to answers, opset 17.
//!
//! The input `columns` is `[rows, columns]` in double precision, a category as the number of its name and a gap as NaN; encoding,
//! filling, expansion, and scaling are nodes. The network computes in its own precision. `outputs` is `[rows, outputs]` in double
//! precision and the units of the targets; a classification has `predicted` beside it, the number of the class.
//! Activations are made of operators that runtimes have in both precisions.
//!
//! Of sequences, `columns` is `[sequences, steps, columns]`, with padding in front, whatever it holds, and `lengths` `[sequences]` counts
//! the steps that each has (`int64`). Outputs are `[sequences, outputs]`, or at every step `[sequences, steps, outputs]`, NaN in padding.
//! Where there are masks, `mask` is as the outputs (double precision), 0 where one is off.
//!
//! Field numbers are those of `onnx.proto`, IR version 8: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

use super::Network;
use super::layers::{Form, Layer};
use super::protobuf::Message;
use crate::data::{Preparation, monomials};
use crate::spec::{Encoding, Masking, Precision, Task};

mod recurrent;

const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;

// `TensorProto.DataType`.
const FLOAT: i64 = 1;
const INT64: i64 = 7;
const BOOL: i64 = 9;
const DOUBLE: i64 = 11;

// `AttributeProto.AttributeType`.
const INT: i64 = 2;
const GRAPH: i64 = 5;
const INTS: i64 = 7;

/// A graph while it is written. Values are named in the order in which they are made.
struct Graph {
    nodes: Vec<Message>,
    initializers: Vec<Message>,
    made: usize,
    /// The type of real numbers.
    real: i64,
}

/// An axis of a value: so long, or as long as others of this name.
#[derive(Clone, Copy)]
enum Axis {
    Of(usize),
    Named(&'static str),
}

const ROWS: Axis = Axis::Named("rows");
const SEQUENCES: Axis = Axis::Named("sequences");
const STEPS: Axis = Axis::Named("steps");

/// What outputs are told for, as axes before that of the outputs.
fn answered(network: &Network) -> Vec<Axis> {
    match &network.preparation.times {
        None => vec![ROWS],
        Some(_) if network.answers_sequences() => vec![SEQUENCES],
        Some(_) => vec![SEQUENCES, STEPS],
    }
}

/// The inputs of the graph.
fn inputs(network: &Network) -> Vec<Message> {
    let preparation = &network.preparation;
    let columns = Axis::Of(preparation.columns.len());
    let mut inputs = match &preparation.times {
        None => vec![value_info("columns", DOUBLE, &[ROWS, columns])],
        Some(times) => {
            let is_dense = network.configuration.model.recurrent.is_none();
            let steps = if is_dense { Axis::Of(times.steps) } else { STEPS };
            let lengths = value_info("lengths", INT64, &[SEQUENCES]);
            vec![value_info("columns", DOUBLE, &[SEQUENCES, steps, columns]), lengths]
        }
    };
    if !preparation.mask.is_empty() {
        let axes = [answered(network), vec![Axis::Of(preparation.outputs.len())]].concat();
        inputs.push(value_info("mask", DOUBLE, &axes));
    }
    inputs
}

/// The outputs of the graph.
fn outputs(network: &Network) -> Vec<Message> {
    let preparation = &network.preparation;
    let axes = answered(network);
    let wide = [axes.clone(), vec![Axis::Of(preparation.outputs.len())]].concat();
    let mut outputs = vec![value_info("outputs", DOUBLE, &wide)];
    if preparation.task == Task::Classification {
        outputs.push(value_info("predicted", INT64, &axes));
    }
    outputs
}

pub(super) fn model(network: &Network, layers: &[Layer<'_>]) -> Vec<u8> {
    let mut graph = Graph { nodes: Vec::new(), initializers: Vec::new(), made: 0, real: DOUBLE };
    graph.network(network, layers);
    let named = Message::default()
        .messages(1, graph.nodes)
        .text(2, "runner")
        .messages(5, graph.initializers)
        .text(10, "from columns to outputs, both in double precision")
        .messages(11, inputs(network))
        .messages(12, outputs(network));
    let fault = network.configuration.fault.to_string();
    let mut properties = vec![
        ("experiment", network.experiment.clone()),
        ("network", network.name.clone()),
        ("trial", network.trial.clone()),
        // Columns with their categories in order, and what the outputs are of.
        ("preparation", network.preparation.words()),
    ];
    // The mistakes it was trained with on purpose.
    properties.extend((!fault.is_empty()).then_some(("fault", fault)));
    let property = |(key, value): (&str, String)| Message::default().text(1, key).text(2, &value);
    Message::default()
        .int(1, IR_VERSION)
        .text(2, "runner")
        .text(3, env!("CARGO_PKG_VERSION"))
        .message(7, named)
        .message(8, Message::default().text(1, "").int(2, OPSET))
        .messages(14, properties.into_iter().map(property))
        .into_bytes()
}

/// A named value of a type and a shape.
fn value_info(name: &str, kind: i64, shape: &[Axis]) -> Message {
    let dimension = |axis: &Axis| match axis {
        Axis::Of(size) => Message::default().int(1, *size as i64),
        Axis::Named(name) => Message::default().text(2, name),
    };
    let shape = Message::default().messages(1, shape.iter().map(dimension));
    let tensor = Message::default().int(1, kind).message(2, shape);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor))
}

impl Graph {
    fn name(&mut self) -> String {
        self.made += 1;
        format!("v{}", self.made)
    }

    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) {
        let attribute =
            |(name, value): &(&str, i64)| Message::default().text(1, name).int(3, *value).int(20, INT);
        let node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = node.text(2, output).text(4, operator).messages(5, attributes.iter().map(attribute));
        self.nodes.push(node);
    }

    /// The value of an operator.
    fn make(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.make_with(operator, inputs, &[])
    }

    fn make_with(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, i64)]) -> String {
        let output = self.name();
        self.node(operator, inputs, &output, attributes);
        output
    }

    fn cast(&mut self, x: &str, to: i64) -> String {
        self.make_with("Cast", &[x], &[("to", to)])
    }

    /// A constant of real numbers.
    fn reals(&mut self, shape: &[usize], values: &[f64]) -> String {
        let bytes: Vec<u8> = match self.real {
            FLOAT => values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.constant(shape, self.real, &bytes)
    }

    fn real(&mut self, value: f64) -> String {
        self.reals(&[], &[value])
    }

    fn indices(&mut self, values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(&[values.len()], INT64, &bytes)
    }

    /// The same numbers in a shape, of which one may be -1.
    fn reshaped(&mut self, x: &str, shape: &[i64]) -> String {
        let shape = self.indices(shape);
        self.make("Reshape", &[x, &shape])
    }

    fn constant(&mut self, shape: &[usize], kind: i64, bytes: &[u8]) -> String {
        let name = self.name();
        let tensor = shape.iter().fold(Message::default(), |tensor, size| tensor.int(1, *size as i64));
        self.initializers.push(tensor.int(2, kind).text(8, &name).bytes(9, bytes));
        name
    }

    /// Some columns of a matrix, in this order.
    fn columns(&mut self, x: &str, columns: &[usize]) -> String {
        let columns: Vec<i64> = columns.iter().map(|c| *c as i64).collect();
        let index = self.indices(&columns);
        self.make_with("Gather", &[x, &index], &[("axis", 1)])
    }

    /// `operator(x, value)`.
    fn with(&mut self, operator: &str, x: &str, value: f64) -> String {
        let value = self.real(value);
        self.make(operator, &[x, &value])
    }

    // ---- preparation -------------------------------------------------------------------------------------------------

    fn prepared(&mut self, preparation: &Preparation, columns: &str) -> String {
        let mut x = self.encoded(preparation, columns);
        let fitted = &preparation.fitted;
        if !fitted.fills.is_empty() {
            let (gaps, fills) = (self.make("IsNaN", &[&x]), self.reals(&[fitted.fills.len()], &fitted.fills));
            x = self.make("Where", &[&gaps, &fills, &x]);
        }
        if let Some(matrix) = preparation.enlarging() {
            let matrix = self.reals(&[preparation.features(), preparation.enlarged()], &matrix);
            x = self.make("MatMul", &[&x, &matrix]);
        }
        if preparation.polynomial > 1 {
            x = self.expanded(&x, preparation.enlarged(), preparation.polynomial);
        }
        if !fitted.maps.is_empty() {
            let shifts: Vec<f64> = fitted.maps.iter().map(|m| m.shift).collect();
            let scales: Vec<f64> = fitted.maps.iter().map(|m| m.scale).collect();
            let (shifts, scales) =
                (self.reals(&[shifts.len()], &shifts), self.reals(&[scales.len()], &scales));
            x = self.make("Sub", &[&x, &shifts]);
            x = self.make("Div", &[&x, &scales]);
        }
        x
    }

    fn encoded(&mut self, preparation: &Preparation, columns: &str) -> String {
        let is_hot =
            |c: &crate::data::Column| c.categories.is_some() && preparation.encoding == Encoding::OneHot;
        if !preparation.columns.iter().any(is_hot) {
            return columns.to_string();
        }
        let mut features = Vec::new();
        for (index, column) in preparation.columns.iter().enumerate() {
            let mut x = self.columns(columns, &[index]);
            if is_hot(column) {
                let numbers: Vec<f64> = (0..preparation.width(column)).map(|n| n as f64).collect();
                let numbers = self.reals(&[numbers.len()], &numbers);
                let hot = self.make("Equal", &[&x, &numbers]);
                let hot = self.cast(&hot, DOUBLE);
                // A gap stays one: 0 · NaN is NaN.
                let nothing = self.with("Mul", &x, 0.0);
                x = self.make("Add", &[&hot, &nothing]);
            }
            features.push(x);
        }
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        self.make_with("Concat", &features, &[("axis", 1)])
    }

    /// Each monomial is one of a degree less times a feature.
    fn expanded(&mut self, x: &str, features: usize, degree: u32) -> String {
        let all = monomials(features, degree);
        let mut degrees = vec![x.to_string()];
        for of_degree in all.chunk_by(|a, b| a.len() == b.len()).skip(1) {
            let before: Vec<&Vec<usize>> = all.iter().filter(|m| m.len() + 1 == of_degree[0].len()).collect();
            let begin = |m: &Vec<usize>| before.iter().position(|b| m.starts_with(b)).unwrap_or(0);
            let begins: Vec<usize> = of_degree.iter().map(begin).collect();
            let lasts: Vec<usize> = of_degree.iter().map(|m| m[m.len() - 1]).collect();
            let last = degrees.last().cloned().unwrap_or_default();
            let (left, right) = (self.columns(&last, &begins), self.columns(x, &lasts));
            degrees.push(self.make("Mul", &[&left, &right]));
        }
        let degrees: Vec<&str> = degrees.iter().map(String::as_str).collect();
        self.make_with("Concat", &degrees, &[("axis", 1)])
    }

    fn in_original_units(&mut self, preparation: &Preparation, a: &str) -> String {
        let maps = &preparation.fitted.targets;
        if maps.is_empty() {
            return a.to_string();
        }
        let scales: Vec<f64> = maps.iter().map(|m| m.scale).collect();
        let shifts: Vec<f64> = maps.iter().map(|m| m.shift).collect();
        let (scales, shifts) = (self.reals(&[scales.len()], &scales), self.reals(&[shifts.len()], &shifts));
        let a = self.make("Mul", &[a, &scales]);
        self.make("Add", &[&a, &shifts])
    }

    // ---- network -----------------------------------------------------------------------------------------------------

    /// From the inputs of the graph to its outputs.
    fn network(&mut self, network: &Network, layers: &[Layer<'_>]) {
        let (preparation, model) = (&network.preparation, &network.configuration.model);
        let sequences = preparation.times.as_ref().map(|_| self.sequences(preparation));
        let x = match &sequences {
            Some(sequences) => sequences.inputs.clone(),
            None => self.prepared(preparation, "columns"),
        };
        self.real = match model.precision {
            Precision::F32 => FLOAT,
            Precision::F64 => DOUBLE,
        };
        let x = self.cast(&x, self.real);
        let (hidden, last) = layers.split_at(layers.len() - 1);
        let a = match (&sequences, model.recurrent) {
            (Some(sequences), Some(recurrent)) => self.recurrent(hidden, recurrent, &x, sequences),
            (Some(_), None) => {
                let side_by_side = self.reshaped(&x, &[-1, layers[0].inputs as i64]);
                self.dense(hidden, side_by_side)
            }
            (None, _) => self.dense(hidden, x),
        };
        // Answers in rows.
        let z = self.affine(&last[0], &a);
        let a = self.answer(network, &last[0].activation, &z);
        let predicted = (preparation.task == Task::Classification)
            .then(|| self.make_with("ArgMax", &[&a], &[("axis", 1), ("keepdims", 0)]));
        self.real = DOUBLE;
        let a = self.cast(&a, DOUBLE);
        let a = self.in_original_units(preparation, &a);
        match sequences.filter(|_| model.answers_each_step()) {
            Some(sequences) => self.by_step(&sequences, &a, predicted.as_deref(), preparation.outputs.len()),
            None => {
                self.node("Identity", &[&a], "outputs", &[]);
                predicted.iter().for_each(|predicted| self.node("Identity", &[predicted], "predicted", &[]));
            }
        }
    }

    fn dense(&mut self, layers: &[Layer<'_>], x: String) -> String {
        layers.iter().fold(x, |a, layer| {
            let z = self.affine(layer, &a);
            self.activation(&layer.activation, &z)
        })
    }

    fn affine(&mut self, layer: &Layer<'_>, a: &str) -> String {
        let weight = self.reals(&[layer.inputs, layer.columns], layer.weight);
        match &layer.bias {
            Some(bias) => {
                let bias = self.reals(&[layer.columns], bias);
                self.make("Gemm", &[a, &weight, &bias])
            }
            None => self.make("MatMul", &[a, &weight]),
        }
    }

    /// Outputs `[answers, outputs]` from pre-activations, switched off where the mask says so.
    fn answer(&mut self, network: &Network, form: &Form<'_>, z: &str) -> String {
        let outputs = network.preparation.mask.len();
        if outputs == 0 {
            return self.activation(form, z);
        }
        let mask = self.reshaped("mask", &[-1, outputs as i64]);
        let mask = self.make_with("Cast", &[&mask], &[("to", BOOL)]);
        match network.configuration.pairing.masking {
            Masking::Logits => {
                let off = self.real(-1e30);
                let z = self.make("Where", &[&mask, z, &off]);
                self.activation(form, &z)
            }
            Masking::Outputs => {
                let (a, off) = (self.activation(form, z), self.real(0.0));
                self.make("Where", &[&mask, &a, &off])
            }
        }
    }

    fn activation(&mut self, form: &Form<'_>, z: &str) -> String {
        match form.name {
            "elu" => self.exponential_below(z, 1.0, form.number("alpha")),
            "gelu" if form.text("approximate") == "tanh" => {
                let square = self.make("Mul", &[z, z]);
                let cubic = self.with("Mul", &square, 0.044715);
                let bend = self.with("Add", &cubic, 1.0);
                let inner = self.make("Mul", &[z, &bend]);
                let inner = self.with("Mul", &inner, 0.797_884_560_802_865_4);
                let tanh = self.make("Tanh", &[&inner]);
                self.half_of(z, &tanh)
            }
            "gelu" => {
                let inner = self.with("Mul", z, std::f64::consts::FRAC_1_SQRT_2);
                let erf = self.make("Erf", &[&inner]);
                self.half_of(z, &erf)
            }
            "hard_sigmoid" => {
                let inner = self.with("Div", z, 6.0);
                let inner = self.with("Add", &inner, 0.5);
                let inner = self.with("Min", &inner, 1.0);
                self.with("Max", &inner, 0.0)
            }
            "leaky_relu" => {
                let below = self.with("Mul", z, form.number("slope"));
                self.where_positive(z, z, &below)
            }
            "log_softmax" => self.make_with("LogSoftmax", &[z], &[("axis", -1)]),
            "mish" => {
                let inner = self.softplus(z, 1.0);
                let tanh = self.make("Tanh", &[&inner]);
                self.make("Mul", &[z, &tanh])
            }
            "relu" => self.make("Relu", &[z]),
            "selu" => self.exponential_below(z, 1.0507009873554805, 1.6732632423543772),
            "sigmoid" => {
                let inner = match form.number("slope") {
                    1.0 => z.to_string(),
                    slope => self.with("Mul", z, slope),
                };
                self.make("Sigmoid", &[&inner])
            }
            "silu" => {
                let sigmoid = self.make("Sigmoid", &[z]);
                self.make("Mul", &[z, &sigmoid])
            }
            "softmax" => self.make_with("Softmax", &[z], &[("axis", -1)]),
            "softplus" => self.softplus(z, form.number("beta")),
            "softsign" => {
                let size = self.make("Abs", &[z]);
                let size = self.with("Add", &size, 1.0);
                self.make("Div", &[z, &size])
            }
            "tanh" => self.make("Tanh", &[z]),
            // `identity`; what has no form was refused.
            _ => z.to_string(),
        }
    }

    /// `z / 2 · (1 + x)`.
    fn half_of(&mut self, z: &str, x: &str) -> String {
        let (half, bend) = (self.with("Mul", z, 0.5), self.with("Add", x, 1.0));
        self.make("Mul", &[&half, &bend])
    }

    fn where_positive(&mut self, z: &str, above: &str, below: &str) -> String {
        let is_positive = self.with("Greater", z, 0.0);
        self.make("Where", &[&is_positive, above, below])
    }

    /// `scale · z` above 0, `scale · alpha · (e^z - 1)` below.
    fn exponential_below(&mut self, z: &str, scale: f64, alpha: f64) -> String {
        let negative = self.with("Min", z, 0.0);
        let exp = self.make("Exp", &[&negative]);
        let below = self.with("Sub", &exp, 1.0);
        let below = self.with("Mul", &below, scale * alpha);
        let above = self.with("Mul", z, scale);
        self.where_positive(z, &above, &below)
    }

    /// `max(z, 0) + ln(1 + e^-|beta z|) / beta`.
    fn softplus(&mut self, z: &str, beta: f64) -> String {
        let size = self.make("Abs", &[z]);
        let size = self.with("Mul", &size, -beta);
        let exp = self.make("Exp", &[&size]);
        let sum = self.with("Add", &exp, 1.0);
        let log = self.make("Log", &[&sum]);
        let (log, positive) = (self.with("Div", &log, beta), self.with("Max", z, 0.0));
        self.make("Add", &[&positive, &log])
    }
}
