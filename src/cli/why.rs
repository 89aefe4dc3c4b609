//! `runner plan FILE --why`: which trials are known from earlier runs, and why the others would be trained.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::exit::Exit;
use super::experiment::Ready;
use super::output::Output;
use super::recording::Recordings;
use crate::record::{self, Known, Reason};
use crate::spec::Models;
use crate::text;

/// What the records of a folder mean for a plan.
pub(super) struct Why {
    kept: usize,
    /// Trials to be trained, ascending, each with its reason.
    missing: Vec<(usize, Reason)>,
}

/// Reasons shown in text; the rest are counted.
const REASONS_SHOWN: usize = 20;

impl Why {
    pub(super) fn of(ready: &Ready, folder: &Path, fresh: bool, output: &Output) -> Result<Why, Exit> {
        let trials = &ready.plan.trials;
        if fresh {
            let missing = (0..trials.len()).map(|t| (t, Reason::fresh())).collect();
            return Ok(Why { kept: 0, missing });
        }
        let unreadable = |error: record::RecordError| {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        };
        // A run takes in what shards below the folder have trained.
        let mut folders = vec![(folder.to_path_buf(), Known::read(folder).map_err(unreadable)?)];
        for shard in record::shard_folders(folder).map_err(unreadable)? {
            let known = Known::read(&shard).map_err(unreadable)?;
            folders.push((shard, known));
        }
        let recordings = Recordings::of(ready);
        let wants_models = ready.experiment.record.models != Models::None;
        let is_missing = |t: &usize| {
            let (trial, recording) = (&trials[*t], recordings.get(&trials[*t]));
            let serves = |(folder, known): &(PathBuf, Known)| {
                known.has(trial, recording) && (!wants_models || known.has_model(folder, trial, recording))
            };
            !folders.iter().any(serves)
        };
        let missing: Vec<usize> = (0..trials.len()).filter(is_missing).collect();
        let recording = |t: &crate::plan::Trial| recordings.get(t);
        let reasons = record::why(&folders[0].1, &ready.plan, &missing, recording, |p| ready.meaning(p));
        Ok(Why { kept: trials.len() - missing.len(), missing: missing.into_iter().zip(reasons).collect() })
    }

    /// Reasons with how many trials have each, in the order of the plan.
    fn groups(&self) -> Vec<(usize, &Reason)> {
        let mut groups: Vec<(usize, &Reason)> = Vec::new();
        let mut place: std::collections::BTreeMap<&Reason, usize> = std::collections::BTreeMap::new();
        for (_, reason) in &self.missing {
            let index = *place.entry(reason).or_insert(groups.len());
            if index == groups.len() {
                groups.push((0, reason));
            }
            groups[index].0 += 1;
        }
        groups
    }

    pub(super) fn as_text(&self) -> String {
        let mut out = format!("  {:<15}{} kept\n", "known", text::count(self.kept, "trial"));
        let _ = writeln!(out, "  {:<15}{}", "to train", text::count(self.missing.len(), "trial"));
        let groups = self.groups();
        for (count, reason) in groups.iter().take(REASONS_SHOWN) {
            let _ = writeln!(out, "  {:<15}{:>4}  {}", "", text::grouped(*count as u64), reason.text);
        }
        if groups.len() > REASONS_SHOWN {
            let more = text::count(groups.len() - REASONS_SHOWN, "more reason");
            let _ = writeln!(out, "  {:<15}      {more}; `--format json` has all", "");
        }
        out
    }

    pub(super) fn as_json(&self, ready: &Ready) -> Value {
        let one = |(index, reason): &(usize, Reason)| {
            let trial = &ready.plan.trials[*index];
            json!({
                "trial": trial.id,
                "configuration": ready.plan.configurations[trial.configuration].id,
                "seed": trial.seed,
                "fold": trial.fold.map(|f| json!({ "repeat": f.repeat, "index": f.index })),
                "reason": reason.word,
                "text": reason.text,
            })
        };
        json!({ "kept": self.kept, "train": self.missing.iter().map(one).collect::<Vec<_>>() })
    }
}
