//! `runner clean [RESULTS...]`: removes what runner made and can make again.

use std::path::{Path, PathBuf};

use super::arguments::CleanArguments;
use super::exit::Exit;
use super::frozen;
use super::output::{Format, Output};
use crate::record::{self, Asked, Cleaned, Known, RecordError};
use crate::{disk, text};

pub(super) fn clean(arguments: &CleanArguments) -> Exit {
    let output = Output { format: Format::Text, quiet: false };
    let mut worst = Exit::Done;
    for named in &arguments.results {
        match folders(named) {
            Ok(folders) if folders.is_empty() => {
                output.note(&format!("`{}` holds no results", disk::shown(named)));
            }
            Ok(folders) => {
                for folder in folders {
                    worst = worst.max(one(&folder, arguments, &output));
                }
            }
            Err(exit) => {
                output.complain(&format!("error: there is no folder `{}`", disk::shown(named)));
                worst = worst.max(exit);
            }
        }
    }
    worst
}

/// The folder itself where it is that of an experiment; else those in it.
fn folders(named: &Path) -> Result<Vec<PathBuf>, Exit> {
    if !disk::is_folder(named) {
        return Err(Exit::Invalid);
    }
    if record::is_results(named) {
        return Ok(vec![named.to_path_buf()]);
    }
    let inner = disk::list(named).map_err(|_| Exit::Disk)?;
    Ok(inner.into_iter().filter(|path| record::is_results(path)).collect())
}

fn one(folder: &Path, arguments: &CleanArguments, output: &Output) -> Exit {
    match record::clean(folder, arguments.all, arguments.dry_run, || asked(folder)) {
        Ok(cleaned) => {
            tell(folder, &cleaned, arguments.dry_run, output);
            Exit::Done
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            if matches!(error, RecordError::Held { .. }) { Exit::Held } else { Exit::Disk }
        }
    }
}

/// Every trial that the experiment of a folder asks for; `None` where that cannot be told: it has no records, another version of runner
/// made them, or rounds that depend on missing trials may follow.
fn asked(folder: &Path) -> Option<Asked> {
    let mut known = Known::read(folder).ok()?;
    let mut thawed = frozen::thaw(known.experiment()?).ok()?;
    let mut records = Vec::new();
    let mut asked = Asked::new();
    loop {
        let recordings = thawed.recordings();
        for trial in &thawed.plan.trials[records.len()..] {
            let recording = recordings.get(trial);
            asked.insert((trial.id.clone(), recording.hash().to_string()));
            records.extend(known.take(trial, recording));
        }
        if records.len() < thawed.plan.trials.len() {
            return None;
        }
        thawed.tell(&records);
        if !thawed.grow().ok()? {
            return Some(asked);
        }
    }
}

fn tell(folder: &Path, cleaned: &Cleaned, dry_run: bool, output: &Output) {
    let verb = if dry_run { "would remove" } else { "removed" };
    for (path, bytes) in &cleaned.removed {
        output.print(&format!("{verb} `{}` ({})", disk::shown(path), text::bytes(*bytes)));
    }
    if cleaned.lines.0 > 0 {
        let (lines, bytes) = (text::count(cleaned.lines.0, "line"), text::bytes(cleaned.lines.1));
        let records = disk::shown(&folder.join(record::RECORDS));
        output
            .print(&format!("{verb} {lines} ({bytes}) of `{records}` that the experiment does not ask for"));
    }
    for path in &cleaned.changed {
        output
            .note(&format!("kept `{}`: runner did not write it, or it was changed since", disk::shown(path)));
    }
    if cleaned.removed.is_empty() && cleaned.lines.0 == 0 {
        output.print(&format!("nothing to remove in `{}`", disk::shown(folder)));
    }
}
