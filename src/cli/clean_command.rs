//! `runner clean [RESULTS...]`: removes what runner made and can make again.

use std::path::{Path, PathBuf};

use super::arguments::CleanArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use crate::record::{self, Cleaned, RecordError};
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
    match record::clean(folder, arguments.all, arguments.dry_run) {
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

fn tell(folder: &Path, cleaned: &Cleaned, dry_run: bool, output: &Output) {
    let verb = if dry_run { "would remove" } else { "removed" };
    for (path, bytes) in &cleaned.removed {
        output.print(&format!("{verb} `{}` ({})", disk::shown(path), text::bytes(*bytes)));
    }
    for path in &cleaned.changed {
        output.note(&format!("kept `{}`: it was changed since it was published", disk::shown(path)));
    }
    if cleaned.removed.is_empty() {
        output.print(&format!("nothing to remove in `{}`", disk::shown(folder)));
    }
}
