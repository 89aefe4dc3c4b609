//! The keys of `[model]` and `[fault]`.

use super::Default::{Absent, Flag as B, Real as R, Required, Word};
use super::Kind::{self, Choice, Count, Flag, List, OneOf, Real, Table};
use super::Param;
use super::Role::Numeric;
use super::sections::{ACTIVATION, INIT, SHARE, key, numeric};

pub static MODEL: &[Param] = &[
    key(
        "kind",
        Choice(&["dense", "rnn"]),
        Word("dense"),
        "Kind of network; dense: every unit sees every unit of the layer before; rnn: hidden layers are recurrent and see one time step after another.",
    ),
    key(
        "cell",
        Choice(&["elman", "gru", "lstm"]),
        Absent,
        "Cell of the recurrent layers of an rnn; without it, `elman`. `runner explain elman`, `gru`, and `lstm` have the formulas.",
    ),
    key(
        "return_sequences",
        Flag,
        Absent,
        "Whether an rnn answers at every time step (many-to-many) or at the last one only (many-to-one); without it, the last.",
    ),
    key(
        "truncate",
        OneOf(&[Count { min: 0, max: 1_000_000 }, Table(TRUNCATE)]),
        Absent,
        "How far back the gradient of an rnn reaches (truncated backpropagation through time); a number is a window; without it, to the first step. `runner explain truncate` says which steps learn.",
    ),
    key(
        "hidden",
        List(&OneOf(&[Count { min: 1, max: 100_000 }, Table(LAYER)])),
        Required,
        "Hidden layers from input to output, as numbers of units or tables; `[]` is a model without hidden layers.",
    ),
    key(
        "activation",
        ACTIVATION,
        Word("relu"),
        "Activation of hidden layers that do not name one; of an rnn `tanh` unless written.",
    ),
    key("init", INIT, Word("he_normal"), "Initial weights of hidden layers that do not name one."),
    key(
        "recurrent_init",
        INIT,
        Absent,
        "Initial weights from a recurrent layer to itself, of layers that do not name them; without it, `orthogonal`.",
    ),
    key("bias_init", INIT, Word("zeros"), "Initial biases of hidden layers that do not name one."),
    key(
        "bias",
        BIAS,
        B(true),
        "The bias of hidden layers, unless they say so themselves: one number for each unit, none, one for the layer, or the weights of an input that is always -1; `runner explain bias` says more.",
    ),
    numeric(
        "dropout",
        Real(SHARE),
        R(0.0),
        "Probability that a hidden unit is zeroed in training, unless the layer says so itself.",
    ),
    key(
        "output",
        Table(OUTPUT),
        Absent,
        "The output layer; its units and activation follow from the data and the pairing.",
    ),
    key(
        "precision",
        Choice(&["f32", "f64"]),
        Word("f32"),
        "Floating-point type of all parameters and activations.",
    ),
];

pub static LAYER: &[Param] = &[
    key("units", Count { min: 1, max: 100_000 }, Required, "Number of units."),
    key("activation", ACTIVATION, Absent, "Without it, that of `[model]`."),
    key("init", INIT, Absent, "Initial weights; without it, that of `[model]`."),
    key("bias_init", INIT, Absent, "Initial biases; without it, that of `[model]`."),
    key(
        "recurrent_init",
        INIT,
        Absent,
        "Initial weights from the layer to itself; without it, those of `[model]`.",
    ),
    key("bias", BIAS, Absent, "The bias of the layer; without it, that of `[model]`."),
    Param {
        key: "dropout",
        kind: Real(SHARE),
        role: Numeric,
        default: Absent,
        docs: "Probability that a unit is zeroed in training; without it, that of `[model]`.",
    },
];

pub static OUTPUT: &[Param] = &[
    key("init", INIT, Word("glorot_uniform"), "Initial weights of the output layer."),
    key("bias_init", INIT, Word("zeros"), "Initial biases of the output layer."),
    key("bias", BIAS, B(true), "The bias of the output layer."),
];

/// `true` is `"unit"`, `false` is `"none"`.
const BIAS: Kind = OneOf(&[Flag, Choice(&["unit", "none", "tied", "constant_input"])]);

pub static TRUNCATE: &[Param] = &[
    key(
        "window",
        Count { min: 0, max: 1_000_000 },
        Absent,
        "The loss of a time step reaches so many steps further back, and no more; 0 is the step alone.",
    ),
    key(
        "chunk",
        Count { min: 1, max: 1_000_000 },
        Absent,
        "Sequences are cut after each so many steps, counted from the first step of the longest one (others end with it), and no gradient passes a cut; exactly one of `window` and `chunk`.",
    ),
];

pub static FAULT: &[Param] = &[
    key(
        "hidden_derivative",
        Choice(&[
            "relu_value",
            "formula_on_z",
            "derivative_at_output",
            "derivative_at_state",
            "softmax_elementwise",
            "missing",
        ]),
        Absent,
        "Backward through hidden layers: `relu_value` uses the activation itself as its derivative; `formula_on_z` puts the pre-activation where the formula of the derivative expects the value; `derivative_at_output` takes the derivative at the value instead of the pre-activation, `derivative_at_state` the same in a recurrent layer; `softmax_elementwise` uses a(1-a) for a hidden softmax (other layers keep their derivative); `missing` leaves the derivative out.",
    ),
    key(
        "output_delta",
        Choice(&[
            "wrong_sign",
            "extra_elementwise",
            "wrong_sign_and_extra_elementwise",
            "missing_derivative",
            "softmax_elementwise",
            "softmax_row_sum",
            "softmax_index_shadowed",
            "softmax_of_softmax",
            "squared_error",
            "squared_error_squared",
            "derivative_of_error",
        ]),
        Absent,
        "What is sent back from the outputs instead of the derivative by the pre-activation; `runner explain output_delta` has the formulas.",
    ),
    key(
        "update",
        Choice(&["multiplicative", "accumulate"]),
        Absent,
        "`multiplicative` multiplies every step by the weight; `accumulate` never sets the gradient back to zero.",
    ),
    key(
        "time_index",
        Choice(&["first_step_used"]),
        Absent,
        "In a recurrent network that answers at the last step: the gradient is made with input and state of the first step (of a shorter sequence: its own first step).",
    ),
    key(
        "labels",
        Choice(&["shuffled"]),
        Absent,
        "The targets that training sees belong to other rows; evaluation sees the right ones.",
    ),
    key(
        "loss",
        Choice(&["range_drop", "target_class_only", "parameters_ignored"]),
        Absent,
        "What training makes small instead: `range_drop` leaves out a last range of one element (`range_wise_mae`); `target_class_only` sums over the right class alone (`hinge`); `parameters_ignored` does not read the parameters that it is given, so that only penalties depend on them.",
    ),
];
