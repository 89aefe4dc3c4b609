//! `[model]`: the network between the features and the outputs.

use crate::catalog::Choice;

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub hidden: Vec<Layer>,
    /// `None`: dense layers; else the hidden layers are recurrent.
    pub recurrent: Option<Recurrent>,
    /// Initializers of the output layer (units and activation follow from data and pairing).
    pub output_init: Choice,
    pub output_bias_init: Choice,
    pub output_bias: Bias,
    pub precision: Precision,
}

impl Model {
    /// Whether it answers at every time step.
    pub fn answers_each_step(&self) -> bool {
        self.recurrent.is_some_and(|recurrent| recurrent.return_sequences)
    }
}

/// How hidden layers see time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrent {
    pub cell: Cell,
    /// The network answers at every time step, not only at the last.
    pub return_sequences: bool,
    pub truncate: Truncate,
}

/// What a recurrent layer does in one time step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Elman,
    Gru,
    Lstm,
}

impl Cell {
    pub const ALL: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];

    pub fn name(self) -> &'static str {
        match self {
            Cell::Elman => "elman",
            Cell::Gru => "gru",
            Cell::Lstm => "lstm",
        }
    }

    /// Pre-activations of one unit: the state's, and one for each gate.
    pub fn gates(self) -> usize {
        match self {
            Cell::Elman => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }
}

/// How far back in time a gradient reaches. Steps are counted from 0; a truncated gradient is not the gradient of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncate {
    /// To the first step.
    Never,
    /// The loss of step t reaches the steps t, t - 1, ..., t - k; the state before them is a constant for it.
    Window(usize),
    /// The sequence is cut at multiples of k; the state that enters a piece is a constant.
    Chunk(usize),
}

/// What is added to the weighted inputs of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    None,
    /// One number for each unit.
    Unit,
    /// One number for all units of the layer.
    Tied,
    /// A further input that is always -1: its weights are weights like all others, penalties included.
    ConstantInput,
}

impl Bias {
    pub const ALL: [Bias; 4] = [Bias::None, Bias::Unit, Bias::Tied, Bias::ConstantInput];

    pub fn name(self) -> &'static str {
        match self {
            Bias::None => "none",
            Bias::Unit => "unit",
            Bias::Tied => "tied",
            Bias::ConstantInput => "constant_input",
        }
    }
}

/// A layer: `activation(x · w + b)`, then dropout; in a recurrent network with the cell's own formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub units: usize,
    pub activation: Choice,
    pub init: Choice,
    /// From the layer to itself, in a recurrent network.
    pub recurrent_init: Choice,
    pub bias_init: Choice,
    pub bias: Bias,
    /// Probability that a unit is zeroed in training (inverted dropout: the rest is scaled by 1 / (1 - p)).
    pub dropout: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F32,
    F64,
}

impl Precision {
    pub const ALL: [Precision; 2] = [Precision::F32, Precision::F64];

    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }
}
