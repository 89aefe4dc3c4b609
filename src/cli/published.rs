//! What a results folder says of itself, read for commands that look at folders made before.

use std::path::{Path, PathBuf};

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
    let has = |name: &str| disk::is_file(&folder.join(name));
    record::is_results(folder) || has("trials.csv") || has("experiment.toml")
}

/// The results folders meant: those named, and of a folder of them all, by name. One that lacks its manifest is among them, so that
/// nothing goes unseen.
pub(super) fn folders(named: &[PathBuf], output: &Output) -> Result<Vec<PathBuf>, Exit> {
    let mut found = Vec::new();
    for path in named {
        if is_results(path) {
            found.push(path.clone());
            continue;
        }
        let listed = if disk::is_folder(path) { disk::list(path) } else { Ok(Vec::new()) };
        let listed = listed.map_err(|error| super::run::unread(output, &error))?;
        let before = found.len();
        found.extend(listed.into_iter().filter(|path| is_results(path)));
        if found.len() == before {
            let is_there = disk::is_folder(path) || disk::is_file(path);
            output.complain(&format!(
                "error: `{}` {}\nhelp: name what `runner FILE` writes: `results`, or `results/EXPERIMENT`",
                disk::shown(path),
                if is_there { "is no results folder and holds none" } else { "is not there" }
            ));
            return Err(if is_there { Exit::Invalid } else { Exit::Disk });
        }
    }
    Ok(found)
}

/// Whether a folder holds what several experiments say together.
pub(super) fn is_of_a_suite(folder: &Path) -> bool {
    let manifest = disk::read(&folder.join(record::MANIFEST)).ok();
    manifest.and_then(|bytes| Published::read(&bytes).ok()).is_some_and(|published| published.suite.is_some())
}
