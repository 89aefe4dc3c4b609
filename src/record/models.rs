//! Trained networks on disk: one file for each trial, beside the records, and those that are published.
//!
//! A file is whole and sound or it is not there: its trial is then trained again. Which trials are published, under which names,
//! is told from outside. What the notes mean is known to those who write and read them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::TensorFile;
use crate::disk::{self, DiskError};
use crate::event::Model;

/// The networks of the trials of one results folder.
#[derive(Debug)]
pub(super) struct ModelFiles {
    folder: PathBuf,
}

/// Beside the records.
pub(super) const KEPT: &str = ".runner.models";
/// In a results folder: published ones.
pub(super) const MODELS: &str = "models";
pub(super) const ENDING: &str = ".safetensors";
/// The first of the notes; the number is that of the names of tensors and notes.
const FORMAT: (&str, &str) = ("format", "runner-model 2");

impl ModelFiles {
    pub(super) fn new(results: &Path) -> ModelFiles {
        ModelFiles { folder: results.join(KEPT) }
    }

    fn path(&self, trial: &str) -> PathBuf {
        self.folder.join(format!("{trial}{ENDING}"))
    }

    /// The network of a trial, if there is a sound one that was trained by the same arithmetic.
    pub(super) fn load(&self, trial: &str, numerics: &str) -> Option<TensorFile> {
        let is_of =
            |file: &TensorFile| file.note("trial") == Some(trial) && file.note("numerics") == Some(numerics);
        read(&self.path(trial)).filter(is_of)
    }

    /// Takes the place of what is kept of that trial.
    pub(super) fn save(&self, model: &Model, experiment: &str, numerics: &str) -> Result<(), DiskError> {
        let mut file =
            TensorFile { notes: model.notes.iter().cloned().collect(), tensors: model.tensors.clone() };
        for (name, text) in
            [FORMAT, ("trial", &model.trial), ("experiment", experiment), ("numerics", numerics)]
        {
            file.notes.insert(name.to_string(), text.to_string());
        }
        disk::create_folder(&self.folder)?;
        disk::replace(&self.path(&model.trial), &file.to_bytes())
    }

    /// Takes in the networks of another results folder that are not here.
    pub(super) fn absorb(&self, results: &Path) -> Result<(), DiskError> {
        let other = ModelFiles::new(results);
        for path in other.listed()? {
            let name = path.file_name().unwrap_or_default();
            if read(&self.folder.join(name)).is_none() && read(&path).is_some() {
                disk::create_folder(&self.folder)?;
                disk::replace(&self.folder.join(name), &disk::read(&path)?)?;
            }
        }
        Ok(())
    }

    /// Those of trials that are not among these.
    pub(super) fn not_of(&self, trials: &BTreeSet<&str>) -> Result<Vec<PathBuf>, DiskError> {
        let is_of = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_suffix(ENDING).is_some_and(|trial| trials.contains(trial))
        };
        Ok(self.listed()?.into_iter().filter(|path| !is_of(path)).collect())
    }

    fn listed(&self) -> Result<Vec<PathBuf>, DiskError> {
        files(&self.folder)
    }
}

/// The network in a file; `None` where it is not one of ours, unchanged.
pub fn read_model(path: &Path) -> Option<TensorFile> {
    read(path)
}

fn read(path: &Path) -> Option<TensorFile> {
    let file = disk::is_file(path).then(|| disk::read(path).ok())?.and_then(|bytes| TensorFile::read(&bytes));
    file.filter(|file| file.note(FORMAT.0) == Some(FORMAT.1))
}

/// The published networks of a results folder, by their names without folder and ending.
pub fn published_models(results: &Path) -> Result<Vec<(String, PathBuf)>, DiskError> {
    let name = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().strip_suffix(ENDING)?.to_string();
        Some((name, path))
    };
    Ok(files(&results.join(MODELS))?.into_iter().filter_map(name).collect())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let all = if disk::is_folder(folder) { disk::list(folder)? } else { Vec::new() };
    Ok(all.into_iter().filter(|path| path.to_string_lossy().ends_with(ENDING)).collect())
}

/// A name for the file of an arm's network.
pub fn model_name(arm: &str) -> String {
    plain_name(arm, "model")
}

/// A name for a file from any text: letters, digits, and `_+-.` stay, all else becomes `_`. `nothing` where nothing is left.
pub fn plain_name(text: &str, nothing: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_+-.".contains(c) { c } else { ' ' };
    let words: String = text.chars().map(plain).collect();
    let name = words.split_whitespace().collect::<Vec<_>>().join("_");
    let name = name.trim_matches('.');
    // Longer ones are refused by file systems.
    let name: String = name.chars().take(NAME_MAX).collect();
    if name.is_empty() { nothing.to_string() } else { name }
}

const NAME_MAX: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_arms_become_names_of_files() {
        let named = ["softmax+cross_entropy", "[32, 32]", "a/b (data = ../x.csv)", "..", "ä"].map(model_name);
        assert_eq!(named, ["softmax+cross_entropy", "32_32", "a_b_data_.._x.csv", "model", "model"]);
    }
}
