//! Puts result files in place of those of an earlier publication.
//!
//! Each file is replaced whole. Only names that runner itself gives are ever removed: a user may keep notes beside the results.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::models::{self, MODELS};
use super::{RecordError, TensorFile};
use crate::disk::{self, DiskError, Part, Whole};

/// Files a publication may have; figures are known from the manifest that lists them.
pub(super) const KNOWN: [&str; 16] = [
    "README.md",
    "budget.csv",
    "comparison.csv",
    "curves.csv",
    "dataset_pairs.csv",
    "datasets.csv",
    "experiment.toml",
    "findings.csv",
    "manifest.toml",
    "metrics.csv",
    "over_datasets.csv",
    "report.html",
    "search.csv",
    "summary.csv",
    "timings.csv",
    "trials.csv",
];

/// The file that lists and digests the others.
pub const MANIFEST: &str = "manifest.toml";
pub(super) const FIGURES: &str = "figures";

/// The files of a publication, written beside those they will replace. Dropped before it is placed, nothing of it stays.
#[derive(Debug)]
pub struct Publication {
    folder: PathBuf,
    files: Vec<(String, Whole)>,
}

impl Publication {
    pub(super) fn new(folder: &Path) -> Publication {
        Publication { folder: folder.into(), files: Vec::new() }
    }

    /// Adds a file (name relative to the folder, with `/`) from what `write` gives piece by piece.
    pub fn put(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), RecordError> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent().filter(|parent| !disk::is_folder(parent)) {
            disk::create_folder(parent)?;
        }
        let mut part = Part::new(&path);
        write(&mut part).map_err(|source| DiskError { action: "write", path, source })?;
        self.files.push((name.into(), part.finish()?));
        Ok(())
    }

    /// Adds a trained network under a name without folder and ending.
    pub fn put_model(&mut self, name: &str, model: &TensorFile) -> Result<(), RecordError> {
        let bytes = model.to_bytes();
        self.put(&format!("{MODELS}/{name}{}", models::ENDING), |out| out.write_all(&bytes))
    }

    /// Name, bytes, and digest of each file so far.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64, &str)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file.bytes, file.sha256.as_str()))
    }

    /// The manifest is placed last, after what is stale is gone.
    pub(super) fn place(self) -> Result<(), DiskError> {
        let Publication { folder, files } = self;
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let stale = stale(&folder, &names)?;
        let (last, first): (Vec<_>, Vec<_>) = files.into_iter().partition(|(name, _)| *name == MANIFEST);
        let whole = |files: Vec<(String, Whole)>| files.into_iter().map(|(_, whole)| whole).collect();
        disk::place(whole(first))?;
        for name in stale {
            disk::remove_file(&folder.join(name))?;
        }
        disk::place(whole(last))?;
        remove_parts(&folder)?;
        [FIGURES, MODELS].iter().for_each(|inner| disk::remove_empty_folder(&folder.join(inner)));
        Ok(())
    }
}

/// Removes what a process that was killed had begun to write, also of files that this publication does not have.
fn remove_parts(folder: &Path) -> Result<(), DiskError> {
    let mut paths = disk::list(folder)?;
    for inner in [FIGURES, MODELS].map(|inner| folder.join(inner)) {
        if disk::is_folder(&inner) {
            paths.extend(disk::list(&inner)?);
        }
    }
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let whole = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
        let is_ours = |whole: &str| {
            KNOWN.contains(&whole)
                || is_figure(&format!("{FIGURES}/{whole}"))
                || whole.ends_with(models::ENDING)
                || whole.starts_with(".runner.")
        };
        if whole.is_some_and(is_ours) {
            disk::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Names of an earlier publication that this one does not have.
fn stale(folder: &Path, files: &[&str]) -> Result<BTreeSet<String>, DiskError> {
    let manifest = folder.join(MANIFEST);
    let mut names: BTreeSet<String> = KNOWN.iter().map(ToString::to_string).collect();
    if disk::is_file(&manifest) {
        names.extend(listed_figures(&disk::read(&manifest)?));
    }
    names.extend(published(folder)?.into_iter().map(|(name, _)| name));
    names.retain(|name| !files.contains(&name.as_str()));
    Ok(names)
}

/// Published networks that are as they were written, by their names in the folder, and where they lie.
pub(super) fn published(folder: &Path) -> Result<Vec<(String, PathBuf)>, DiskError> {
    let all = models::published_models(folder)?;
    let ours = all.into_iter().filter(|(_, path)| models::read_model(path).is_some());
    Ok(ours.map(|(name, path)| (format!("{MODELS}/{name}{}", models::ENDING), path)).collect())
}

/// The figures that a manifest lists, whatever the form of its list: every quoted `figures/<name>.svg`.
fn listed_figures(manifest: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(manifest);
    text.split('"').filter(|quoted| is_figure(quoted)).map(String::from).collect()
}

/// The files that a manifest of ours lists, with their digests; names that runner does not give are left out.
pub(super) fn listed(manifest: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(manifest);
    let value = |line: &str, key: &str| {
        let quoted = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        quoted.strip_suffix('"').map(String::from)
    };
    let (mut files, mut name) = (Vec::new(), None);
    for line in text.lines() {
        name = value(line, "name").or(name.take());
        if let Some(digest) = value(line, "sha256")
            && let Some(name) = name.take().filter(|n| KNOWN.contains(&n.as_str()) || is_figure(n))
        {
            files.push((name, digest));
        }
    }
    files
}

/// Whether runner gives this name to a published file.
pub fn is_published(name: &str) -> bool {
    KNOWN.contains(&name) || is_figure(name)
}

/// `figures/<plain name>.svg`: a manifest that was edited cannot name a file elsewhere.
pub(super) fn is_figure(name: &str) -> bool {
    let stem = name.strip_prefix("figures/").and_then(|rest| rest.strip_suffix(".svg"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+.".contains(c);
    stem.is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.') && stem.chars().all(plain))
}
