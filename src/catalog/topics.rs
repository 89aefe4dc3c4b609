//! Pages about what is spread over several keys: the formulas of recurrent cells, truncation, the forms of a bias.
//!
//! A key says what may be written; a topic says what is computed. Nothing here is checked against the code but by tests of the code.

/// A page of `runner explain` and of the reference.
#[derive(Debug)]
pub struct Topic {
    pub title: &'static str,
    /// What it answers to, beside keys of these names.
    pub words: &'static [&'static str],
    /// Markdown.
    pub text: &'static str,
}

/// Those of `[model]`, in the order of the reference.
pub static MODEL_TOPICS: &[Topic] = &[
    Topic {
        title: "Recurrent networks",
        words: &["rnn", "elman", "cell", "model.cell", "return_sequences", "model.return_sequences", "kind", "model.kind"],
        text: "\
With `kind = \"rnn\"` the layers in `hidden` see one time step after another. A layer of H units gets `x_t`, the features of step t or
what the layer below tells at the same step (`[inputs]`), and `h_{t-1}`, its own state after the step before (`[H]`), which is 0 before
the first. The output layer is dense: it answers at the last step, or with `return_sequences = true` at each, with the same weights.

**elman** (Elman 1990), `f` the layer's `activation`:

    h_t = f(x_t U + h_{t-1} W + b)

`U` is `layer_k.weight` `[inputs, H]`, drawn by `init`; `W` is `layer_k.recurrent_weight` `[H, H]`, drawn by `recurrent_init`; `b` is
`layer_k.bias` `[H]`, drawn by `bias_init`. Of cells with gates each gate is drawn as a layer of its own, and they stand side by side:
`[inputs, gates · H]`, `[H, gates · H]`, `[gates · H]`.

**Sequences of unequal length** are padded in front: their states stay 0 until their own first step, and what a network would answer in
padding has weight 0.

**Dropout** draws one factor for each unit of a sequence and uses it at every time step. It scales what a layer hands to the layer above,
not the state that it hands to its own next step.

**Penalties** (`l1`, `l2`) are on `U` and `W` alike.",
    },
    Topic {
        title: "The GRU cell",
        words: &["gru"],
        text: "\
`kind = \"rnn\"`, `cell = \"gru\"` (Cho et al. 2014). `σ` is the logistic function, `f` the layer's `activation`, `⊙` the product by element:

    z_t = σ(x_t U_z + h_{t-1} W_z + b_z)              update
    r_t = σ(x_t U_r + h_{t-1} W_r + b_r)              reset
    c_t = f(x_t U_c + (r_t ⊙ h_{t-1}) W_c + b_c)      candidate
    h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ c_t

Columns of `weight` `[inputs, 3 H]`, `recurrent_weight` `[H, 3 H]`, and `bias` `[3 H]`: update, reset, candidate, H each. `activation` is
that of the candidate only.

The reset gate is applied before the product with `W_c`, and there is one bias: Keras with `reset_after=False`. PyTorch's GRU and Keras'
default (`reset_after=True`) apply it after the product and have a second bias inside; they are another cell, into which these weights
cannot be carried. PyTorch also has the gates in another order (reset, update, new).",
    },
    Topic {
        title: "The LSTM cell",
        words: &["lstm"],
        text: "\
`kind = \"rnn\"`, `cell = \"lstm\"` (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000, without peepholes). `σ` is the
logistic function, `f` the layer's `activation`, `⊙` the product by element; the memory `c` is 0 before the first step, as `h` is:

    i_t = σ(x_t U_i + h_{t-1} W_i + b_i)              input
    f_t = σ(x_t U_f + h_{t-1} W_f + b_f)              forget
    g_t = f(x_t U_g + h_{t-1} W_g + b_g)              candidate
    o_t = σ(x_t U_o + h_{t-1} W_o + b_o)              output
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
    h_t = o_t ⊙ f(c_t)

Columns of `weight` `[inputs, 4 H]`, `recurrent_weight` `[H, 4 H]`, and `bias` `[4 H]`: input, forget, candidate, output, H each; this is the
order of Keras and PyTorch. `activation` is that of the candidate and of the memory on its way out.

There is one bias for each gate (PyTorch adds two). The forget gate's is drawn by `bias_init` as the others, so it starts at 0; Keras starts
it at 1 (`unit_forget_bias=True`).",
    },
    Topic {
        title: "Truncated backpropagation through time",
        words: &["truncate", "model.truncate", "bptt", "window", "chunk"],
        text: "\
Without `truncate` the gradient of the loss at step t reaches every step before it. Truncation changes gradients only; outputs and losses
are those of the whole sequence.

**`truncate = k`**, or `{ window = k }`: the loss of step t reaches the steps t, t - 1, ..., t - k, which are k + 1 steps, and the state before
them is a constant (Werbos 1990). 0 is the step alone. A network that answers at the last step only then learns from the last k + 1 steps.
Each answer computes its window anew, so that training takes about k + 1 times as long.

**`truncate = { chunk = k }`**: sequences are cut before the steps 0, k, 2k, ..., counted from the first step of the longest sequence (padding
stands in front), and no gradient passes a cut. It costs nothing.

A truncated gradient is not the derivative of the loss: compare gradients with truncation off, and do not give it to a line search, which
refuses it. A truncation that reaches past every sequence is told.",
    },
    Topic {
        title: "Forms of a bias",
        words: &["bias", "model.bias", "unit", "tied", "constant_input", "none"],
        text: "\
`bias` says what is added to the weighted inputs of a layer, `z = x W + ...`, with H units and I inputs:

- `true` or `\"unit\"`: one number for each unit; `layer_k.bias` is `[H]`, `z = x W + b`.
- `false` or `\"none\"`: nothing.
- `\"tied\"`: one number that all units of the layer share (in a recurrent layer all gates too); `layer_k.bias` is `[1]`.
- `\"constant_input\"`: a further input that is always -1, as thresholds are written in some textbooks: `z = x W[..I] - W[I]`. There is no
  bias tensor; `layer_k.weight` is `[I + 1, H]`, its last row belongs to the constant input. They are weights like all others: drawn by
  `init`, and under the penalties `l1` and `l2`, which leave biases alone.",
    },
];

/// The topics that answer to a word.
pub fn topics_named(word: &str) -> impl Iterator<Item = &'static Topic> + '_ {
    MODEL_TOPICS.iter().filter(move |topic| topic.words.contains(&word))
}
