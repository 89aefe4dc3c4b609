//! What several rules read in a configuration, and how they write it down again as TOML.
//!
//! It judges nothing.

use super::{Change, Evidence, Finding, Severity};
use crate::catalog::{Choice, Facts, Range, TargetRow};
use crate::spec::{Layer, Model, Pairing, Reduction};
use crate::train::Preflight;

/// Whether a rule above found a cause, and not only something worth knowing.
pub(super) fn found(before: &[Finding], codes: &[&str]) -> bool {
    before.iter().any(|f| f.severity >= Severity::Warning && codes.contains(&f.rule.code))
}

/// From this skill on a run contradicts what is said against its settings. In the calibrating half of the corpus (`benches/diagnosis`)
/// 95 % of healthy runs reach it, and none of a network that one of these rules is about, although a third of those are not sick.
const LEARNED: f64 = 0.85;

/// A warning about a setting; a note where a run shows that it does little harm.
pub(super) fn unless_well(evidence: &Evidence<'_>) -> Severity {
    if evidence.is_well() && evidence.skill() >= LEARNED { Severity::Note } else { Severity::Warning }
}

/// What a rule of `runner check` says, as a symptom: a warning where it is one, and a note where a run came to something all the same.
pub(super) fn symptom_before_training(
    evidence: &Evidence<'_>,
    look: fn(&Preflight) -> Finding,
) -> Option<Finding> {
    let found = look(evidence.preflight?);
    let severity = if evidence.is_well() { Severity::Note } else { found.severity };
    (found.severity >= Severity::Warning).then(|| found.severity(severity).symptom())
}

/// The layer as parameters are named: `layer_0` is the first hidden one.
pub(super) fn layer(at: usize) -> String {
    format!("layer_{at}")
}

pub(super) fn gives(activation: &Choice) -> Range {
    match activation.entry.facts {
        Facts::Activation { gives, .. } => gives,
        _ => Range::REAL,
    }
}

/// Outputs that share a sum of 1.
pub(super) fn is_distribution(activation: &Choice) -> bool {
    matches!(activation.entry.facts, Facts::Activation { distribution: true, .. })
}

pub(super) fn is_log_distribution(activation: &Choice) -> bool {
    matches!(activation.entry.facts, Facts::Activation { log_distribution: true, .. })
}

/// It can give both ends of a finite range: a sigmoid, a tanh.
pub(super) fn is_squashing(activation: &Choice) -> bool {
    let range = gives(activation);
    range.low.is_finite() && range.high.is_finite() && !is_distribution(activation)
}

/// Loss and activation are differentiated together, so that the slope of the activation cancels.
pub(super) fn is_fused(pairing: &Pairing) -> bool {
    matches!(pairing.loss.entry.facts, Facts::Loss { fused_with, .. } if fused_with.contains(&pairing.activation.name()))
}

pub(super) fn target_row(loss: &Choice) -> TargetRow {
    match loss.entry.facts {
        Facts::Loss { row, .. } => row,
        _ => TargetRow::Separate,
    }
}

/// The initializer that keeps the spread of a signal from layer to layer: that of He for what passes one half of it on (He et al. 2015),
/// of LeCun for selu (Klambauer et al. 2017), of Glorot for the rest (Glorot and Bengio 2010).
pub(super) fn suited_init(activation: &Choice) -> &'static str {
    match activation.name() {
        "selu" => "lecun_normal",
        _ if is_squashing(activation) || is_distribution(activation) => "glorot_uniform",
        "identity" | "log_softmax" => "glorot_uniform",
        _ => "he_normal",
    }
}

/// The activation that goes with an initializer, for a layer that should have another: so one key is changed, not two.
pub(super) fn suited_activation(init: &Choice) -> &'static str {
    if init.name().starts_with("he_") { "relu" } else { "tanh" }
}

/// Every weight the same.
pub(super) fn is_flat(init: &Choice) -> bool {
    match init.name() {
        "zeros" | "constant" => true,
        "normal" => init.number("std") == 0.0,
        "uniform" => init.number("low") == init.number("high"),
        "orthogonal" => init.number("gain") == 0.0,
        _ => false,
    }
}

/// What a look keeps, as the decimal number that it is: 0.6 in single precision is a little more than 0.6.
pub(super) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// A member as TOML: `"relu"`, or the table with its parameters.
pub(super) fn word(choice: &Choice) -> String {
    let text = choice.to_string();
    if text.starts_with('{') { text } else { quoted(&text) }
}

pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// The pairing with another activation, another loss, or both; what else is said of it stays.
pub(super) fn pairing(old: &Pairing, activation: Option<&str>, loss: Option<&str>) -> Change {
    let activation = activation.map_or_else(|| word(&old.activation), quoted);
    let per_output =
        loss.is_none() || loss.is_some_and(|name| ["mse", "binary_cross_entropy"].contains(&name));
    let loss = loss.map_or_else(|| word(&old.loss), quoted);
    let is_plain = activation.starts_with('"') && loss.starts_with('"') && old.reduction == Reduction::Mean;
    if is_plain {
        let joined = format!("{}+{}", activation.trim_matches('"'), loss.trim_matches('"'));
        return Change::set("pairing", quoted(&joined));
    }
    // A loss of whole samples has no sum over outputs.
    let reduction = match old.reduction {
        Reduction::Mean => String::new(),
        Reduction::SumOverOutputs if !per_output => String::new(),
        other => format!(", reduction = {}", quoted(other.name())),
    };
    Change::set("pairing", format!("{{ activation = {activation}, loss = {loss}{reduction} }}"))
}

/// Another activation for all hidden layers. Where layers differ in it, they name it themselves.
pub(super) fn hidden_activation(model: &Model, name: &str) -> Change {
    let is_one = model.hidden.windows(2).all(|pair| pair[0].activation == pair[1].activation);
    if is_one {
        return Change::set("model.activation", quoted(name));
    }
    hidden(model, |layer| (layer.units, Some(quoted(name))))
}

/// A key of a layer, whether layers differ in it, and its value as TOML.
type Own = (&'static str, bool, fn(&Layer) -> String);

/// `model.hidden` with other units; `of` gives those of a layer, and its activation where that is to be another.
pub(super) fn hidden(model: &Model, of: impl Fn(&Layer) -> (usize, Option<String>)) -> Change {
    let differs = |same: fn(&Layer, &Layer) -> bool| !model.hidden.windows(2).all(|p| same(&p[0], &p[1]));
    let parts: [Own; 6] = [
        ("activation", differs(|a, b| a.activation == b.activation), |l| word(&l.activation)),
        ("init", differs(|a, b| a.init == b.init), |l| word(&l.init)),
        ("recurrent_init", differs(|a, b| a.recurrent_init == b.recurrent_init), |l| word(&l.recurrent_init)),
        ("bias_init", differs(|a, b| a.bias_init == b.bias_init), |l| word(&l.bias_init)),
        ("bias", differs(|a, b| a.bias == b.bias), |l| quoted(l.bias.name())),
        ("dropout", differs(|a, b| a.dropout == b.dropout), |l| crate::text::exact(l.dropout)),
    ];
    let one = |layer: &Layer| {
        let (units, activation) = of(layer);
        let mut keys = vec![format!("units = {units}")];
        for (key, is_own, value) in &parts {
            match &activation {
                Some(name) if *key == "activation" => keys.push(format!("activation = {name}")),
                _ if *is_own => keys.push(format!("{key} = {}", value(layer))),
                _ => {}
            }
        }
        if keys.len() == 1 { units.to_string() } else { format!("{{ {} }}", keys.join(", ")) }
    };
    let layers: Vec<String> = model.hidden.iter().map(one).collect();
    Change::set("model.hidden", format!("[{}]", layers.join(", ")))
}

#[cfg(test)]
pub(super) use tests::Example;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::diagnose::{Run, findings};
    use crate::event::{CurvePoint, End, FinalMetrics, LayerLook, Look, Traits, TrialRecord};
    use crate::spec::{Configuration, Task};

    /// Evidence made by hand: a file's text, and what is said to have been measured.
    #[derive(Clone, Debug)]
    pub(in crate::diagnose) struct Example {
        pub(in crate::diagnose) configuration: Configuration,
        pub(in crate::diagnose) task: Task,
        pub(in crate::diagnose) traits: Traits,
        record: Option<TrialRecord>,
        columns: Vec<String>,
    }

    impl Example {
        /// Of an experiment's text. Nothing is read but the text, so sources may be files that are not there.
        pub(in crate::diagnose) fn new(task: Task, text: &str) -> Example {
            let named =
                config::Named { name: "x".into(), file: "experiments/x.toml".into(), overrides: Vec::new() };
            let loaded = config::load_resolved(text, &named, &crate::cli::catalog());
            let experiment = loaded.experiment.unwrap_or_else(|| panic!("{text}\n{:?}", loaded.diagnostics));
            Example {
                configuration: experiment.base,
                task,
                traits: Traits::default(),
                record: None,
                columns: vec!["train_loss".into()],
            }
        }

        /// Blobs, `softmax+cross_entropy`, two hidden layers of 8 units, and these lines of `[model]`.
        pub(in crate::diagnose) fn classes(model: &str) -> Example {
            let text = format!(
                "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"blobs\"\n[model]\n{model}\n"
            );
            Example::new(Task::Classification, &text)
        }

        /// A trial of these losses and this skill.
        pub(in crate::diagnose) fn trained(mut self, losses: &[f64], skill: f64) -> Example {
            let point = |(epoch, loss): (usize, &f64)| CurvePoint { epoch, step: epoch, values: vec![*loss] };
            self.record = Some(TrialRecord {
                trial: 0,
                id: "x".into(),
                end: End::Finished,
                epochs: losses.len(),
                steps: losses.len(),
                best_epoch: losses.len(),
                search: None,
                skill,
                metrics: FinalMetrics::new([].into(), Vec::new()),
                confusion: Vec::new(),
                curve: losses.iter().enumerate().map(point).collect(),
                looks: Vec::new(),
                broke: None,
                portrait: None,
                seconds: 0.0,
            });
            self
        }

        /// One that learned.
        pub(in crate::diagnose) fn well(self) -> Example {
            self.trained(&[1.0, 0.1], 0.9)
        }

        /// One that did not.
        pub(in crate::diagnose) fn sick(self) -> Example {
            self.trained(&[1.0, 1.0], 0.0)
        }

        /// The same trial, broken off.
        pub(in crate::diagnose) fn failed(mut self) -> Example {
            self.record.iter_mut().for_each(|record| record.end = End::NonFinite);
            self
        }

        /// A look at its start, one entry a layer.
        pub(in crate::diagnose) fn start(self, layers: &[LayerLook]) -> Example {
            let mut example = if self.record.is_some() { self } else { self.sick() };
            let look = Look { epoch: 0, step: 0, layers: layers.to_vec() };
            example.record.iter_mut().for_each(|record| record.looks = vec![look.clone()]);
            example
        }

        pub(in crate::diagnose) fn evidence(&self) -> Evidence<'_> {
            let run = self.record.as_ref().map(|record| Run { record, columns: &self.columns });
            Evidence {
                configuration: &self.configuration,
                task: self.task,
                traits: Some(&self.traits),
                preflight: None,
                run,
            }
        }

        /// What the rule of this code says, with all rules above it.
        pub(in crate::diagnose) fn says(&self, code: &str) -> Option<Finding> {
            findings(&self.evidence()).into_iter().find(|f| f.rule.code == code)
        }

        /// The changes of a finding as they are shown.
        #[track_caller]
        pub(in crate::diagnose) fn changes(&self, code: &str) -> Vec<String> {
            let found = self.says(code).unwrap_or_else(|| panic!("`{code}` says nothing"));
            found.changes.iter().map(Change::to_string).collect()
        }
    }

    fn of(text: &str) -> Configuration {
        let text = format!("{text}\n[data]\nsource = \"blobs\"");
        let text = if text.contains("[model]") { text } else { format!("{text}\n[model]\nhidden = [4]") };
        Example::new(Task::Classification, &text).configuration
    }

    /// By hand: what is default needs no table, and a reduction or a parameter is kept.
    #[test]
    fn a_pairing_is_written_as_short_as_it_can_be() {
        let joined = of("pairing = \"tanh+mse\"");
        assert_eq!(
            pairing(&joined.pairing, Some("identity"), None).to_string(),
            "pairing = \"identity+mse\""
        );
        let summed = of(
            "pairing = { activation = \"tanh\", loss = { name = \"huber\", delta = 2 }, reduction = \"sum_over_outputs\" }",
        );
        assert_eq!(
            pairing(&summed.pairing, Some("identity"), None).to_string(),
            "pairing = { activation = \"identity\", loss = { name = \"huber\", delta = 2 }, reduction = \"sum_over_outputs\" }"
        );
        assert_eq!(
            pairing(&summed.pairing, Some("softmax"), Some("cross_entropy")).to_string(),
            "pairing = { activation = \"softmax\", loss = \"cross_entropy\" }"
        );
    }

    /// By hand: layers that are alike are numbers; what a layer has of its own is kept.
    #[test]
    fn layers_are_written_with_what_they_have_of_their_own() {
        let alike = of("pairing = \"softmax+mse\"\n[model]\nhidden = [4, 1]\nactivation = \"tanh\"");
        assert_eq!(hidden(&alike.model, |_| (16, None)).to_string(), "model.hidden = [16, 16]");
        assert_eq!(hidden_activation(&alike.model, "relu").to_string(), "model.activation = \"relu\"");
        let own = of(
            "pairing = \"softmax+mse\"\n[model]\nhidden = [4, { units = 1, activation = \"tanh\", dropout = 0.5 }]",
        );
        assert_eq!(
            hidden(&own.model, |l| (l.units + 1, None)).to_string(),
            "model.hidden = [{ units = 5, activation = \"relu\", dropout = 0 }, { units = 2, activation = \"tanh\", dropout = 0.5 }]"
        );
        assert_eq!(
            hidden_activation(&own.model, "elu").to_string(),
            "model.hidden = [{ units = 4, activation = \"elu\", dropout = 0 }, { units = 1, activation = \"elu\", dropout = 0.5 }]"
        );
    }
}
