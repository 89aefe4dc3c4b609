//! Taking in what other folders know: the base for shards and for merging.
//!
//! Two records of one trial must be equal but for the time they took; where they are not, a promise is broken, and nobody may choose
//! between them silently.

use super::known::Kept;
use super::line;
use super::{Known, RecordError, Store};
use crate::event::{CurvePoint, Portrait, TrialRecord};

/// Two folders tell different things of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The id of the trial.
    pub trial: String,
    /// The first thing that differs, with both values.
    pub what: String,
}

impl Store {
    /// Takes in every trial that `other` knows and this folder does not, under whatever settings; how many. Conflicts are told and
    /// change nothing here.
    pub fn absorb(&mut self, other: &Known) -> Result<(usize, Vec<Conflict>), RecordError> {
        for (hash, settings) in &other.settings {
            if !self.known.settings.contains_key(hash) {
                self.log.append(&line::of_settings(settings))?;
                self.known.settings.insert(hash.clone(), settings.clone());
            }
        }
        for (id, configuration) in &other.configurations {
            if !self.known.configurations.contains_key(id) {
                self.log.append(&line::of_configuration(configuration))?;
                self.known.configurations.insert(id.clone(), configuration.clone());
            }
        }
        let (mut new, mut conflicts) = (0, Vec::new());
        for theirs in other.trials.values().flatten() {
            let Some(record) = &theirs.record else { continue };
            match self.known.trials.get(&record.id).and_then(|all| all.iter().find(|k| k.is_like(theirs))) {
                None => {
                    let line = line::of_trial(record, &theirs.about, &theirs.settings, |p| {
                        p.values.as_slice().into()
                    });
                    self.log.append(&line)?;
                    self.known.add_trial(line::Trial {
                        about: theirs.about.clone(),
                        settings: theirs.settings.to_string(),
                        record: (**record).clone(),
                    });
                    new += 1;
                }
                Some(ours) => {
                    let what = ours.record.as_ref().and_then(|ours| difference(ours, record));
                    conflicts.extend(what.map(|what| Conflict { trial: record.id.clone(), what }));
                }
            }
        }
        self.log.flush()?;
        Ok((new, conflicts))
    }
}

impl Kept {
    fn is_like(&self, other: &Kept) -> bool {
        self.settings == other.settings
    }
}

/// The first thing in which two records of one trial differ, bit for bit, with both values; the time they took is nothing.
fn difference(a: &TrialRecord, b: &TrialRecord) -> Option<String> {
    let words = [
        ("how it ended", a.end.name().to_string(), b.end.name().to_string()),
        ("epochs", a.epochs.to_string(), b.epochs.to_string()),
        ("steps", a.steps.to_string(), b.steps.to_string()),
        ("best epoch", a.best_epoch.to_string(), b.best_epoch.to_string()),
    ];
    if let Some((what, a, b)) = words.into_iter().find(|(_, a, b)| a != b) {
        return Some(format!("{what}: {a} and {b}"));
    }
    if a.search != b.search {
        return Some("what its optimizer counted".into());
    }
    if a.skill.to_bits() != b.skill.to_bits() {
        return Some(format!("skill: {:?} and {:?}", a.skill, b.skill));
    }
    if a.metrics.names() != b.metrics.names() {
        return Some("which metrics it has".into());
    }
    for (a, b) in a.metrics.iter().zip(b.metrics.iter()) {
        if a.value.to_bits() != b.value.to_bits() {
            return Some(format!("{} {}: {:?} and {:?}", a.part.name(), a.name, a.value, b.value));
        }
    }
    if a.confusion != b.confusion {
        return Some("confusion".into());
    }
    let bits = |p: &CurvePoint| (p.epoch, p.step, p.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
    if a.curve.len() != b.curve.len() {
        return Some(format!("recorded epochs: {} and {}", a.curve.len(), b.curve.len()));
    }
    if let Some((a, b)) = a.curve.iter().zip(&b.curve).find(|(a, b)| bits(a) != bits(b)) {
        return Some(format!("its curve at epoch {}: {:?} and {:?}", a.epoch, a.values, b.values));
    }
    if a.looks != b.looks || a.broke != b.broke {
        return Some("what was measured inside its network".into());
    }
    // An earlier version kept none, and another plan none of this trial.
    let differ = |a: &Portrait, b: &Portrait| {
        let calibration = a.calibration.as_ref().zip(b.calibration.as_ref()).is_some_and(|(a, b)| a != b);
        calibration || a.inside.as_ref().zip(b.inside.as_ref()).is_some_and(|(a, b)| a != b)
    };
    let both = a.portrait.as_deref().zip(b.portrait.as_deref());
    both.is_some_and(|(a, b)| differ(a, b)).then(|| "its portrait".into())
}
