//! Pages about what is spread over several keys: the formulas of recurrent cells, truncation, the forms of a bias; and about words of
//! results that are no keys: skill, learned, hopeless.
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

/// Those of results: what a report, the doctor, and the progress of a run say.
pub static RESULT_TOPICS: &[Topic] = &[
    Topic {
        title: "Skill",
        words: &["skill"],
        text: "\
How much of the way from a constant answer (the `baseline`) to a perfect one a network covers: 0 is no better than the constant answer,
1 is perfect, and below 0 the constant answer is better.

- Of one class a row: `(accuracy - majority share) / (1 - majority share)`, where the majority share is what comes of answering every row
  with the most frequent class of the training part. An accuracy of 0.9 is a skill of 0.75 where six of ten rows have one class.
- Of several labels a row: the same of accuracy, each label answered with what most rows have.
- Of numbers: R², which is 0 for the mean of the targets. (The mean is that of the training part, so that on another part the constant
  answer may have an R² a little below 0; skill counts from there.)

It is that of the validation part; of the training part where there is no validation part; never of the test part. A trial that failed
has none.

Where classes are weighted (`data.weights`) the network was asked for something else than accuracy: `runner doctor` and the rules of
diagnosis then take the mean recall over the K classes that occur, `(mean recall - 1/K) / (1 - 1/K)`. The column `skill` of `trials.csv`,
and who counts as `learned`, go by accuracy all the same.",
    },
    Topic {
        title: "The baseline",
        words: &["baseline", "majority", "constant answer"],
        text: "\
What a network is worth that knows nothing of the inputs: it gives every row the same answer, that which fits the training part best. Of
one class a row that is the most frequent class (where outputs are masked, of the classes that are on), of several labels what most rows
have of each, of numbers the mean of each target. `skill` is counted from there.

`baseline` is an outcome too (`trials.csv`): a trial that did not fail, and did not beat the baseline by the margin. See `learned`.",
    },
    Topic {
        title: "Learned",
        words: &["learned", "outcome", "success_margin", "compare.success_margin"],
        text: "\
The column `outcome` of `trials.csv` says what came of a trial:

- `learned`: it did not fail, and its `skill` is `compare.success_margin` or more (0.1 where the file says nothing): it covers at least that
  share of the way from the baseline to perfect.
- `baseline`: it did not fail, and covers less. A trial that was ended as `hopeless` is one of these, whatever its skill was by chance.
- `diverged`: at its end the training loss is more than ten times the first.
- `non_finite`: a loss or a parameter became NaN or infinite.

`diverged` and `non_finite` are failures. How a trial ended (`finished`, `early_stopped`, ...) stands in the column `end`.

`runner doctor` asks for more, since a start may be worth something by chance: a skill of 0.1, a training loss that changed by 1 % of the
first or more, and, where layers were looked at, one that moved by 5 % of its parameters or more.",
    },
    Topic {
        title: "Hopeless trials",
        words: &["hopeless", "stop_hopeless", "sweep.stop_hopeless"],
        text: "\
With `[sweep] stop_hopeless = true` a trial that will not learn is ended before its budget is spent. It is asked after 10, 20, 30, 40, 50,
and 60 % of it, rounded up to whole epochs, and ended at the fifth or the sixth time if

- each time its `skill` was below 0.05, on the training and on the validation part, and
- its training loss is not below all that it had when it was asked before.

So a budget of fewer than 7 epochs is never cut, nor a trial whose loss still falls, however slowly. A trial is compared with no other.

Its `end` is `hopeless`, its metrics are those of that moment, and it counts as not `learned`. Where its loss had risen tenfold by then it
is `diverged`.

Of 366 trials that this ended in experiments it had not been made for, none learned with its whole budget. Of those that do not learn it
finds three or four of ten.

Without the key nothing is ended; of a long trial that would have been, a run says so while it trains.",
    },
    Topic {
        title: "The doctor",
        words: &["doctor", "diagnosis"],
        text: "\
`runner doctor FILE` says why networks do not learn. Rules (`runner list finding`) judge each configuration by

- the file, and what is measured of its data;
- the network before its first step: its gradient against central differences, its first loss, whether it learns 16 rows by heart, whether
  its answers depend on the inputs (`runner check FILE` shows the same);
- a training with some of its seeds, in memory, stopped after some seconds.

A finding holds where at least half of the seeds have it. Causes are told first, in the order in which one makes another; then what comes
of them, and what is worth knowing. Rules never look at the test part, nor at `[fault]`, which would be the answer. What is expected is
silenced with its reason in `[diagnose] allow`. Nothing is written.

A plain run asks the same rules about what it has seen itself. It looks neither at the gradient nor at few rows learned by heart, and rules
that find by elimination are silent there.",
    },
    Topic {
        title: "The probe batch",
        words: &["probe", "probe batch"],
        text: "\
Looks inside a network are taken on a fixed batch of rows, the same at each look: rows at even distances over the training part, never
those that choose or judge. They are up to 32 rows for the numbers that rules read while a network trains (units that are off, values at
the ends of an activation, norms of gradients), and up to 256 for the activations that `report.html` shows. What holds of the rows
looked at may not hold of others.

Rules look before the first step, after a twentieth, a fifth, and a half of the budget, and at the end. In a plain run trials of fewer
than 50,000 samples are looked into at both ends only, and those of fewer than 20,000 not at all; `runner doctor` looks always.

A look changes nothing of the network, and depends on no neighbour in its pack.",
    },
];

/// Every topic.
pub(super) fn topics() -> impl Iterator<Item = &'static Topic> {
    MODEL_TOPICS.iter().chain(RESULT_TOPICS)
}

/// The topics that answer to a word.
pub fn topics_named(word: &str) -> impl Iterator<Item = &'static Topic> + '_ {
    topics().filter(move |topic| topic.words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::sections;
    use crate::text;

    #[test]
    fn words_that_results_are_told_in_have_a_page() {
        for word in ["skill", "learned", "baseline", "hopeless", "doctor", "probe"] {
            assert_eq!(topics_named(word).count(), 1, "{word}");
        }
        assert!(topics_named("skil").next().is_none());
    }

    /// What a page says of a default is the default.
    #[test]
    fn the_margin_is_that_of_the_language() {
        let learned = topics_named("learned").next().unwrap().text;
        let margin = text::exact(sections::SUCCESS_MARGIN);
        assert!(learned.contains(&format!("({margin} where the file says nothing)")), "{learned}");
    }
}
