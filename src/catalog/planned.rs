//! Words that the language knows and this version does not run yet.
//!
//! They get a message of their own rather than "unknown". What can be written is in `sections`.

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
    planned("diagnose", "rules that judge a run", "remove the section"),
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
