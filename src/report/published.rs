//! What a published results folder says of itself, read back from its `manifest.toml`.
//!
//! It reads text and no files; whether the folder holds what is said, nobody asks here.

use serde::Deserialize;

/// A manifest. What a later version adds is left out; what an earlier one lacks is empty.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Published {
    pub format: u32,
    /// The name of a suite; then there is no experiment.
    pub suite: Option<String>,
    /// The suite's file, from the project's folder.
    #[serde(default)]
    pub file: String,
    /// `fused`, `burn 0.22.1`, or both.
    #[serde(default)]
    pub engine: String,
    #[serde(default)]
    pub numerics: u32,
    pub experiment: Option<PublishedExperiment>,
    #[serde(default)]
    pub told: Told,
    /// Data sets by name and content.
    #[serde(default)]
    pub data: Vec<PublishedData>,
    #[serde(default)]
    pub files: Vec<PublishedFile>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PublishedExperiment {
    pub name: String,
    /// From the project's folder.
    #[serde(default)]
    pub file: String,
    /// `--set` of the run.
    #[serde(default)]
    pub set: Vec<String>,
    pub trials: usize,
    pub done: usize,
}

/// For an index of many folders.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Told {
    pub title: String,
    pub question: String,
    /// The verdict first.
    pub statements: Vec<String>,
    /// The figure that shows most, or nothing.
    pub figure: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PublishedData {
    pub name: String,
    pub rows: usize,
    /// Of the content.
    pub sha256: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PublishedFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// The axis whose values a resolved experiment compares, if it compares any.
pub fn compared_by(experiment: &[u8]) -> Option<String> {
    let table: toml::Table = std::str::from_utf8(experiment).ok()?.parse().ok()?;
    Some(table.get("compare")?.get("by")?.as_str()?.to_string())
}

impl Published {
    /// The manifest in these bytes, or what is wrong with them.
    pub fn read(bytes: &[u8]) -> Result<Published, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_string())?;
        let read: Published = toml::from_str(text).map_err(|error| error.message().to_string())?;
        if read.format != super::FORMAT_VERSION {
            let (found, known) = (read.format, super::FORMAT_VERSION);
            return Err(format!("it has format {found}, and this version of runner reads format {known}"));
        }
        Ok(read)
    }

    /// The name of what was published.
    pub fn name(&self) -> &str {
        match (&self.suite, &self.experiment) {
            (Some(suite), _) => suite,
            (None, Some(experiment)) => &experiment.name,
            (None, None) => "",
        }
    }
}
