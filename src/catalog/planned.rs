//! Words that are not part of the language and get a message of their own rather than "unknown": those planned and not run yet, and
//! those of other programs.
//!
//! What can be written is in `sections`.

/// Part of the language that this version does not run yet.
#[derive(Debug)]
pub struct Planned {
    /// A section, a dotted key, or `KEY=WORD` for one value of a key.
    pub at: &'static str,
    pub what: &'static str,
    /// What to do today.
    pub instead: &'static str,
}

/// Known words that are not built yet: they get a message of their own rather than "unknown".
pub static PLANNED: &[Planned] = &[
    planned("model.normalize", "normalisation layers", "scale the features with `[data] scale`"),
    planned("model.hidden.normalize", "normalisation layers", "scale the features with `[data] scale`"),
    planned("pairing.from", "a key for losses on probabilities", "use the loss `probability_cross_entropy`"),
    planned("optimizer.name=rprop", "this optimizer", "use another: `runner list optimizer`"),
    planned("train.device", "a choice of device", "remove the key; the device is the processor"),
    planned("train.threads", "threads in the file", "use `--threads N`; it does not change results"),
    planned("record.probes", "probes inside the network", "remove the key"),
];

const fn planned(at: &'static str, what: &'static str, instead: &'static str) -> Planned {
    Planned { at, what, instead }
}

pub fn planned_at(at: &str) -> Option<&'static Planned> {
    PLANNED.iter().find(|p| p.at == at)
}

/// What other programs call things, written as [`Planned::at`], and how they are written here.
pub static FOREIGN: &[(&str, &str)] = &[
    ("model.kind=elman", "write `kind = \"rnn\"`; `cell = \"elman\"` is its default"),
    ("model.kind=simple_rnn", "write `kind = \"rnn\"`; its cells are `elman` unless `cell` says otherwise"),
    ("model.kind=recurrent", "write `kind = \"rnn\"`"),
    ("model.kind=gru", "write `kind = \"rnn\"` and `cell = \"gru\"`"),
    ("model.kind=lstm", "write `kind = \"rnn\"` and `cell = \"lstm\"`"),
    ("model.kind=mlp", "write `kind = \"dense\"`, which is the default"),
    ("model.type", "the kind of network is `kind = \"rnn\"`, that of its cells `cell = \"lstm\"`"),
    ("model.units", "the layers are a list: `hidden = [8]` is one of 8 units"),
    ("model.layers", "the layers are a list: `hidden = [8]` is one of 8 units"),
    ("model.hidden_size", "the layers are a list: `hidden = [8]` is one of 8 units"),
    ("model.bptt", "how far a gradient reaches back in time is `truncate`; without it, to the first step"),
    ("model.tbptt", "how far a gradient reaches back in time is `truncate`; without it, to the first step"),
    ("data.timestep", "the column that orders the rows of a sequence is `time`"),
    ("data.timesteps", "the column that orders the rows of a sequence is `time`"),
    ("data.time_step", "the column that orders the rows of a sequence is `time`"),
    ("data.sequence_id", "the column that tells sequences apart is `sequence`"),
    ("optimizer.lr", "write `learning_rate`"),
    ("optimizer.name=cg", "write `name = \"conjugate_gradient\"`"),
    ("optimizer.name=fmin_cg", "write `name = \"conjugate_gradient\"`"),
    ("optimizer.name=bfgs", "write `name = \"lbfgs\"`, which remembers the last steps only"),
    ("optimizer.name=l_bfgs_b", "write `name = \"lbfgs\"`; it takes no bounds"),
    ("optimizer.name=fmin_l_bfgs_b", "write `name = \"lbfgs\"`; it takes no bounds"),
    ("pairing.loss.smoothing", "write `label_smoothing`"),
    ("train.batch_size", "write `batch`"),
];

/// How a word of another program is written here.
pub fn foreign_at(at: &str) -> Option<&'static str> {
    FOREIGN.iter().find(|(foreign, _)| *foreign == at).map(|(_, help)| *help)
}
