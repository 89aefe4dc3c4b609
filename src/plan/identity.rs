//! What a configuration means, as text to be hashed: equal text, equal training.
//!
//! One line for each key, `optimizer.learning_rate = 0.1`, so that a difference of two meanings can be told in the words of the file.
//!
//! Everything that can change a result is in it, with defaults filled in; nothing else is. Spans, spelling, and key order are gone
//! by the time a [`Configuration`] exists. A new field of `spec` must be added here: the destructuring below makes forgetting it an error.

use std::fmt::{Debug, Display, Write as _};

use sha2::{Digest as _, Sha256};

use super::Fold;
use crate::catalog::{self, Choice, Value};
use crate::spec::{
    Batch, Bias, Budget, Configuration, Data, Engine, Layer, Model, Optimizer, Pairing, Precision, Recurrent,
    Source, Train,
};

/// Raised whenever the same experiment would give other bits: a changed formula, stream, order of summation, or default.
pub const NUMERICS_VERSION: u32 = 2;

/// The same for what only mistakes on purpose compute, so that trials without one keep their ids. 2: in lanes.
const FAULT_NUMERICS_VERSION: u32 = 2;

/// The same for what only recurrent networks and masks compute. 2: in lanes.
const TIME_NUMERICS_VERSION: u32 = 2;
const MASK_NUMERICS_VERSION: u32 = 2;

/// Raised when `diagnose::hopeless` would end other trials, or these at other epochs.
const HOPELESS_VERSION: u32 = 1;

/// The first 12 hex digits of the SHA-256 of `text`: 48 bits, so that among 100,000 trials a collision has a chance of 2e-5.
pub fn short_hash(text: &str) -> String {
    shown(Sha256::new_with_prefix(text))
}

fn shown(hash: Sha256) -> String {
    let digits = hash.finalize().into_iter().take(6).flat_map(|b| [b >> 4, b & 15]);
    digits.filter_map(|d| char::from_digit(d.into(), 16)).collect()
}

/// The ids of the trials of one configuration: its meaning is hashed once for all of them.
pub(super) struct TrialIds {
    configuration: Sha256,
    /// The first seed belongs to an id where `vary` holds a stream at that seed.
    held: String,
}

impl TrialIds {
    pub(super) fn new(meaning: &str, configuration: &Configuration, first_seed: u64) -> TrialIds {
        let varied = configuration.train.vary.len();
        let held = if varied < 4 { format!(" held {first_seed}") } else { String::new() };
        TrialIds { configuration: Sha256::new_with_prefix(meaning), held }
    }

    pub(super) fn of(&self, seed: u64, fold: Option<Fold>) -> String {
        let trial = format!("\nseed {seed}{} fold {fold:?}", self.held);
        shown(self.configuration.clone().chain_update(trial))
    }
}

/// The id of a trial of this lineage that a sampler stops.
pub(super) fn until(lineage: &str, until: Option<usize>) -> String {
    until.map_or_else(|| lineage.to_string(), |epochs| short_hash(&format!("{lineage} until {epochs}")))
}

/// The meaning of a configuration, a line `KEY = VALUE` for each key. `data` is the digest of its data, in the line
/// [`CONTENT`].
pub fn meaning(configuration: &Configuration, data: &str) -> String {
    let Configuration { data: spec, model, pairing, optimizer, train, fault } = configuration;
    let mut lines = Lines(String::new());
    lines.put(NUMERICS, NUMERICS_VERSION);
    lines.put(CONTENT, data);
    lines.preparation(spec);
    lines.network(model);
    lines.ending(pairing);
    if !spec.mask.is_empty() {
        lines.put("pairing.masking", pairing.masking.name());
    }
    // What the fused engine never trained is what it was.
    let may_be_fused = model.precision == Precision::F32 && train.engine != Engine::Burn;
    if !spec.mask.is_empty() && may_be_fused {
        lines.put("mask.numerics", MASK_NUMERICS_VERSION);
    }
    if model.recurrent.is_some() && may_be_fused {
        lines.put("time.numerics", TIME_NUMERICS_VERSION);
    }
    lines.updates(optimizer);
    lines.budget(train);
    for (key, word) in fault.all() {
        lines.put(&format!("fault.{key}"), word);
    }
    if !fault.is_none() {
        lines.put("fault.numerics", FAULT_NUMERICS_VERSION);
    }
    lines.0
}

/// The key of a meaning that holds [`NUMERICS_VERSION`].
pub const NUMERICS: &str = "numerics";

/// The key of a meaning that holds the digest of its data.
pub const CONTENT: &str = "data.content";

/// The source in messages: the path of a file as written, or a generator with its parameters.
pub fn source_name(data: &Data) -> String {
    match &data.source {
        Source::File { written, .. } => written.clone(),
        Source::Generator { choice, .. } => member(choice),
    }
}

/// Parameters that joined a member when there were results of it already, and whose default is what it did before: at that they have
/// no line, so that ids stay.
const LATER: &[(&str, &str)] = &[("cross_entropy", "label_smoothing")];

/// The text of a meaning while it is written. Texts of the user stand in quotes with line breaks escaped: no value makes a line.
struct Lines(String);

impl Lines {
    fn put(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn debug(&mut self, key: &str, value: impl Debug) {
        self.put(key, format_args!("{value:?}"));
    }

    /// A member with its parameters below it.
    fn choice(&mut self, key: &str, choice: &Choice) {
        self.put(key, choice.name());
        self.parameters(key, choice);
    }

    fn parameters(&mut self, key: &str, choice: &Choice) {
        for (param, value) in choice.entry.params.iter().zip(&choice.values) {
            let is_later = LATER.contains(&(choice.name(), param.key));
            if is_later && catalog::is_default(param, value.as_ref()) {
                continue;
            }
            if let Some(value) = value {
                self.put(&format!("{key}.{}", param.key), written(value));
            }
        }
    }

    /// What happens between the source's table and the network. The columns chosen are part of the data digest as well;
    /// they stand here too, because before loading nothing else tells two such configurations apart.
    fn preparation(&mut self, data: &Data) {
        let Data {
            source: _,
            target,
            features,
            ignore,
            sequence,
            time,
            mask,
            categorical,
            encoding,
            task,
            scale,
            target_scale,
            enlarge,
            polynomial,
            missing,
            limit,
            split,
            weights,
            label_noise,
            places: _,
        } = data;
        self.debug("data.target", target);
        self.debug("data.features", features);
        self.debug("data.ignore", ignore);
        for (key, column) in [("data.sequence", sequence), ("data.time", time)] {
            if let Some(column) = column {
                self.debug(key, column);
            }
        }
        if !mask.is_empty() {
            self.debug("data.mask", mask);
        }
        self.debug("data.categorical", categorical);
        self.debug("data.encoding", encoding);
        self.debug("data.task", task);
        self.choice("data.scale", scale);
        self.choice("data.target_scale", target_scale);
        if let Some(enlarge) = enlarge {
            self.debug("data.enlarge", enlarge);
        }
        self.put("data.polynomial", polynomial);
        self.debug("data.missing", missing);
        self.debug("data.limit", limit);
        self.debug("data.split", split);
        self.debug("data.weights", weights);
        // It joined when there were results already.
        if *label_noise != 0.0 {
            self.put("data.label_noise", label_noise);
        }
    }

    fn network(&mut self, model: &Model) {
        let Model { hidden, recurrent, output_init, output_bias_init, output_bias, precision } = model;
        let units: Vec<usize> = hidden.iter().map(|l| l.units).collect();
        self.debug("model.hidden", units);
        for (index, layer) in hidden.iter().enumerate() {
            self.put(&format!("model.hidden[{index}]"), layer_text(layer));
        }
        if let Some(Recurrent { cell, return_sequences, truncate }) = recurrent {
            self.put("model.kind", "rnn");
            self.put("model.cell", cell.name());
            self.put("model.return_sequences", return_sequences);
            self.debug("model.truncate", truncate);
            for (index, layer) in hidden.iter().enumerate() {
                self.put(&format!("model.hidden[{index}].recurrent_init"), member(&layer.recurrent_init));
            }
        }
        self.choice("model.output.init", output_init);
        self.choice("model.output.bias_init", output_bias_init);
        self.put("model.output.bias", bias_text(*output_bias));
        self.put("model.precision", precision.name());
    }

    fn ending(&mut self, pairing: &Pairing) {
        // What masking does shows only with a mask, and stands there.
        let Pairing { activation, loss, reduction, masking: _ } = pairing;
        self.choice("pairing.activation", activation);
        self.choice("pairing.loss", loss);
        self.put("pairing.reduction", reduction.name());
    }

    fn updates(&mut self, optimizer: &Optimizer) {
        let Optimizer { method, schedule, weight_decay, l1, l2, clip_norm, clip_value } = optimizer;
        self.put("optimizer.name", method.name());
        self.parameters("optimizer", method);
        self.choice("optimizer.schedule", schedule);
        self.debug("optimizer.weight_decay", weight_decay);
        self.debug("optimizer.l1", l1);
        self.debug("optimizer.l2", l2);
        self.debug("optimizer.clip_norm", clip_norm);
        self.debug("optimizer.clip_value", clip_value);
    }

    fn budget(&mut self, train: &Train) {
        // How often a trial is saved is no part of what it becomes.
        let Train {
            budget,
            batch,
            sampling,
            engine,
            vary,
            early_stop,
            stop_when,
            checkpoint: _,
            stop_hopeless,
        } = train;
        match budget {
            Budget::Epochs(n) => self.put("train.epochs", n),
            Budget::Steps(n) => self.put("train.steps", n),
        }
        match batch {
            Batch::Full => self.put("train.batch", "full"),
            Batch::Size(n) => self.put("train.batch", n),
        }
        self.debug("train.sampling", sampling);
        // `auto` and `fused` are one engine wherever the fused one can train, and a file that asks for it elsewhere is refused.
        if *engine == Engine::Burn {
            self.put("train.engine", "burn");
        }
        let mut vary = vary.clone();
        vary.sort();
        self.debug("train.vary", vary);
        self.debug("train.early_stop", early_stop);
        self.debug("train.stop_when", stop_when);
        // It joined when there were results already.
        if *stop_hopeless {
            self.put("sweep.stop_hopeless", format_args!("rule {HOPELESS_VERSION}"));
        }
    }
}

fn layer_text(layer: &Layer) -> String {
    // What only recurrent layers have is told apart.
    let Layer { units, activation, init, recurrent_init: _, bias_init, bias, dropout } = layer;
    let bias = bias_text(*bias);
    format!(
        "{units} {}, init {}, bias_init {}, bias {bias}, dropout {dropout:?}",
        member(activation),
        member(init),
        member(bias_init)
    )
}

/// The two forms that were there first have the words that they had. The constant input got another when it was first computed in
/// lanes, with other bits.
fn bias_text(bias: Bias) -> &'static str {
    match bias {
        Bias::Unit => "true",
        Bias::None => "false",
        Bias::ConstantInput => "input of -1",
        Bias::Tied => bias.name(),
    }
}

/// A member with every parameter on one line.
fn member(choice: &Choice) -> String {
    let parameters: Vec<String> = (choice.entry.params.iter().zip(&choice.values))
        .filter_map(|(param, value)| value.as_ref().map(|v| format!("{} = {}", param.key, written(v))))
        .collect();
    if parameters.is_empty() {
        choice.name().to_string()
    } else {
        format!("{{ {}, {} }}", choice.name(), parameters.join(", "))
    }
}

/// Other than the text in tables it leaves no default out: a default that changes is another meaning.
fn written(value: &Value) -> String {
    match value {
        Value::Real(x) => format!("{x:?}"),
        Value::Member(choice) => member(choice),
        Value::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Table(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k} = {}", written(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Count(_) | Value::Flag(_) | Value::Text(_) => value.to_string(),
    }
}
