//! What a results folder says of itself, read for commands that look at folders made before.

use std::path::Path;

use super::exit::Exit;
use super::output::Output;
use crate::report::Published;
use crate::{disk, record};

/// The manifest of a folder; shows why where it cannot be had.
pub(super) fn manifest(folder: &Path, output: &Output) -> Result<Published, Exit> {
    let path = folder.join(record::MANIFEST);
    Published::read(&file(folder, record::MANIFEST, output)?).map_err(|why| {
        output.complain(&format!(
            "error: `{}` cannot be read: {why}\nhelp: `runner report {}` writes it again where the records are",
            disk::shown(&path),
            disk::shown(folder)
        ));
        Exit::Disk
    })
}

/// A file of a results folder.
pub(super) fn file(folder: &Path, name: &str, output: &Output) -> Result<Vec<u8>, Exit> {
    let path = folder.join(name);
    if !disk::is_file(&path) {
        output.complain(&format!(
            "error: there is no `{}`\nhelp: name a results folder, as `runner FILE` writes one: `results/EXPERIMENT`",
            disk::shown(&path)
        ));
        return Err(Exit::Disk);
    }
    disk::read(&path).map_err(|error| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    })
}

/// Whether a folder holds results, with or without the manifest that a publication ends with.
pub(super) fn is_results(folder: &Path) -> bool {
    [record::MANIFEST, "trials.csv", "experiment.toml"].iter().any(|name| disk::is_file(&folder.join(name)))
}
