//! Folders beside the result files that hold them in the form of other programs: written whole, replaced whole, removed whole.
//!
//! A list of what was written lies in each, so that what somebody added or changed there is seen and never removed. What the files
//! mean is not known here.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{RecordError, discard, lock};
use crate::disk::{self, DiskError, Lock, Part};

/// The folders that runner makes; none is in a manifest or committed.
pub(super) const EXPORTED: [&str; 3] = ["mlflow", "parquet", "tensorboard"];

/// Where one is written before it has its name, and where the earlier one goes meanwhile.
const BEGUN: &str = ".runner.export";
const OLD: &str = ".runner.export.old";

/// What was written: the manifest of the results, then a digest and a name in each line, as `sha256sum` has them.
const LIST: &str = ".runner.files";

/// A folder that is being written; dropped before it is placed, what was written is removed by the next one.
#[derive(Debug)]
pub struct Exported {
    results: PathBuf,
    name: &'static str,
    list: String,
    _lock: Lock,
}

/// Why a folder was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "`{}` was not written by runner, or changed since, and is not replaced\nhelp: move it elsewhere, then export again",
        disk::shown(path)
    )]
    Foreign { path: PathBuf },
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl From<DiskError> for ExportError {
    fn from(error: DiskError) -> ExportError {
        ExportError::Record(error.into())
    }
}

impl Exported {
    /// Begins the folder `name` of results with this manifest.
    pub fn begin(results: &Path, name: &str, manifest: &str) -> Result<Exported, ExportError> {
        let name = EXPORTED.into_iter().find(|known| *known == name).expect("a name that runner gives");
        let _lock = lock(results)?;
        if let Some(path) = foreign(&results.join(name))? {
            return Err(ExportError::Foreign { path });
        }
        [BEGUN, OLD].iter().try_for_each(|left| discard(&results.join(left)))?;
        disk::create_folder(&results.join(BEGUN))?;
        Ok(Exported { results: results.into(), name, list: format!("{manifest}  manifest.toml\n"), _lock })
    }

    /// Adds a file, its name relative to the folder, with `/`. An error of `write` is given as it is.
    pub fn put<E: From<DiskError>>(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn io::Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.results.join(BEGUN).join(name);
        // Names come from tables that anybody may have written.
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "the name leads out of the folder");
            return Err(DiskError { action: "write", path, source }.into());
        }
        if let Some(parent) = path.parent().filter(|parent| !disk::is_folder(parent)) {
            disk::create_folder(parent)?;
        }
        let mut part = Part::new(&path);
        write(&mut part)?;
        let whole = part.finish()?;
        self.list.push_str(&format!("{}  {name}\n", whole.sha256));
        Ok(disk::place(vec![whole])?)
    }

    /// Puts the folder in the place of an earlier one.
    pub fn place(self) -> Result<(), RecordError> {
        let [begun, old, place] = [BEGUN, OLD, self.name].map(|name| self.results.join(name));
        disk::replace(&begun.join(LIST), self.list.as_bytes())?;
        if disk::is_folder(&place) {
            disk::rename(&place, &old)?;
        }
        if let Err(error) = disk::rename(&begun, &place) {
            if disk::is_folder(&old) {
                disk::rename(&old, &place)?;
            }
            return Err(error.into());
        }
        discard(&old)
    }
}

/// The folders that were made from other results than those that are there now.
pub fn outdated(results: &Path) -> Vec<&'static str> {
    let manifest = disk::digest(&results.join(super::MANIFEST)).unwrap_or_default();
    let is_of_others = |name: &&str| {
        let list = disk::read(&results.join(name).join(LIST));
        list.is_ok_and(|list| !list.starts_with(manifest.as_bytes()))
    };
    EXPORTED.into_iter().filter(is_of_others).collect()
}

/// A file of an exported folder that runner did not write, or that was changed since.
pub(super) fn foreign(folder: &Path) -> Result<Option<PathBuf>, DiskError> {
    if !disk::is_folder(folder) {
        return Ok(disk::is_file(folder).then(|| folder.into()));
    }
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let list = folder.join(LIST);
    let listed = if disk::is_file(&list) { disk::read(&list)? } else { Vec::new() };
    let listed = String::from_utf8_lossy(&listed);
    let digests: BTreeMap<PathBuf, &str> = (listed.lines())
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, name)| (folder.join(name), digest))
        .collect();
    for path in files.into_iter().filter(|path| *path != list) {
        match digests.get(&path) {
            Some(digest) if disk::digest(&path)? == *digest => {}
            _ => return Ok(Some(path)),
        }
    }
    Ok(None)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), DiskError> {
    for path in disk::list(folder)? {
        match disk::is_folder(&path) {
            // Runner makes no empty folder: it is somebody's.
            true if disk::list(&path)?.is_empty() => files.push(path),
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
