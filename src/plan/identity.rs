//! What a configuration means, as text to be hashed: equal text, equal training.
//!
//! Everything that can change a result is in it, with defaults filled in; nothing else is. Spans, spelling, and key order are gone
//! by the time a [`Configuration`] exists. A new field of `spec` must be added here: the destructuring below makes forgetting it an error.

use sha2::{Digest as _, Sha256};

use super::Fold;
use crate::spec::{
    Batch, Budget, Configuration, Data, Engine, Format, Layer, Model, Optimizer, Pairing, Source, Train,
};

/// Raised whenever the same experiment would give other bits: a changed formula, stream, order of summation, or default.
pub const NUMERICS_VERSION: u32 = 2;

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

/// The meaning of a configuration. `data` stands for the source: its digest where it is known, else its name.
pub(super) fn meaning(configuration: &Configuration, data: &str) -> String {
    let Configuration { data: spec, model, pairing, optimizer, train } = configuration;
    [
        format!("numerics {NUMERICS_VERSION}"),
        format!("data {data} {}", preparation(spec)),
        format!("model {}", network(model)),
        format!("pairing {}", ending(pairing)),
        format!("optimizer {}", updates(optimizer)),
        format!("train {}", loop_of(train)),
    ]
    .join("\n")
}

/// The source as written, with what decides how it is read.
pub(super) fn source_text(data: &Data) -> String {
    match &data.source {
        Source::File { written, format, .. } => format!("file {written} {}", format_text(format)),
        Source::Generator { choice, .. } => format!("generator {} {:?}", choice.name(), choice.values),
    }
}

fn format_text(format: &Format) -> String {
    match format {
        Format::Csv { delimiter, header, .. } => format!("csv {delimiter:?} {header}"),
        Format::Idx { labels_written, .. } => format!("idx {labels_written}"),
        Format::Npy { labels_written, x, y, .. } => format!("npy {labels_written:?} {x:?} {y:?}"),
    }
}

/// What happens between the source's table and the network. The columns chosen are part of the data digest as well;
/// they stand here too, because before loading nothing else tells two such configurations apart.
fn preparation(data: &Data) -> String {
    let Data {
        source: _,
        target,
        features,
        ignore,
        categorical,
        encoding,
        task,
        scale,
        target_scale,
        polynomial,
        missing,
        limit,
        split,
        weights,
    } = data;
    format!(
        "{target:?} {features:?} {ignore:?} {categorical:?} {encoding:?} {task:?} {} {:?} {} {:?} \
         {polynomial} {missing:?} {limit:?} {split:?} {weights:?}",
        scale.name(),
        scale.values,
        target_scale.name(),
        target_scale.values,
    )
}

fn network(model: &Model) -> String {
    let Model { hidden, output_init, output_bias_init, output_bias, precision } = model;
    let layers: Vec<String> = hidden.iter().map(layer_text).collect();
    format!(
        "[{}] {} {:?} {} {:?} {output_bias} {precision:?}",
        layers.join("; "),
        output_init.name(),
        output_init.values,
        output_bias_init.name(),
        output_bias_init.values,
    )
}

fn layer_text(layer: &Layer) -> String {
    let Layer { units, activation, init, bias_init, bias, dropout } = layer;
    let member = |c: &crate::catalog::Choice| format!("{} {:?}", c.name(), c.values);
    format!("{units} {} {} {} {bias} {dropout:?}", member(activation), member(init), member(bias_init))
}

fn ending(pairing: &Pairing) -> String {
    let Pairing { activation, loss, reduction } = pairing;
    format!("{} {:?} {} {:?} {reduction:?}", activation.name(), activation.values, loss.name(), loss.values)
}

fn updates(optimizer: &Optimizer) -> String {
    let Optimizer { method, schedule, weight_decay, l1, l2, clip_norm, clip_value } = optimizer;
    format!(
        "{} {:?} {} {:?} {weight_decay:?} {l1:?} {l2:?} {clip_norm:?} {clip_value:?}",
        method.name(),
        method.values,
        schedule.name(),
        schedule.values,
    )
}

fn loop_of(train: &Train) -> String {
    // How often a trial is saved is no part of what it becomes.
    let Train { budget, batch, sampling, engine, vary, early_stop, stop_when, checkpoint: _ } = train;
    let budget = match budget {
        Budget::Epochs(n) => format!("epochs {n}"),
        Budget::Steps(n) => format!("steps {n}"),
    };
    let batch = match batch {
        Batch::Full => "full".to_string(),
        Batch::Size(n) => n.to_string(),
    };
    let mut vary = vary.clone();
    vary.sort();
    // `auto` and `fused` are one engine wherever the fused one can train, and a file that asks for it elsewhere is refused.
    let engine = if *engine == Engine::Burn { " engine burn" } else { "" };
    format!("{budget} batch {batch} {sampling:?} {vary:?} {early_stop:?} {stop_when:?}{engine}")
}
