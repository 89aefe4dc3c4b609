//! What several folders know of the trials of one experiment: a results folder and its shards. Looked up by trial, so that a thousand
//! shards cost no more than one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Frozen, Known, RecordError, Recording, shard_folders};
use crate::event::TrialRecord;
use crate::plan::Trial;

/// See the module.
#[derive(Debug)]
pub struct Several {
    all: Vec<(PathBuf, Known)>,
    /// Which of them know a trial.
    of_trial: BTreeMap<String, Vec<usize>>,
}

impl Several {
    /// Of a results folder and the shards below it. Changes nothing, so others may be at work.
    pub fn read(folder: &Path) -> Result<Several, RecordError> {
        let folders = [folder.to_path_buf()].into_iter().chain(shard_folders(folder)?);
        let mut all = Vec::new();
        let mut of_trial: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, folder) in folders.enumerate() {
            let known = Known::read(&folder)?;
            for id in known.trials.keys() {
                of_trial.entry(id.clone()).or_default().push(index);
            }
            all.push((folder, known));
        }
        Ok(Several { all, of_trial })
    }

    /// The experiment that records are of, or that with this fingerprint: who went through more rounds may have read more data.
    pub fn experiment(&self, fingerprint: Option<&str>) -> Option<&Frozen> {
        let all = self.all.iter().filter_map(|(_, known)| known.experiment());
        all.filter(|frozen| fingerprint.is_none_or(|wanted| frozen.fingerprint() == wanted))
            .max_by_key(|frozen| frozen.data.len())
    }

    /// The record of a trial that was trained under these settings, with its network where that is wanted. It is given once.
    pub fn take(&mut self, trial: &Trial, recording: &Recording, wants_model: bool) -> Option<TrialRecord> {
        let serves = |index: &&usize| {
            let (folder, known) = &self.all[**index];
            known.has(trial, recording) && (!wants_model || known.has_model(folder, trial, recording))
        };
        let index = *self.of_trial.get(&trial.id)?.iter().find(serves)?;
        self.all[index].1.take(trial, recording)
    }
}
