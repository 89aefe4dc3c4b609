//! A suite: several experiments asked one question together.

use std::path::PathBuf;

/// One file with `[suite]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// The file's stem; names the results folder.
    pub name: String,
    /// The file, relative to the project folder, with `/`.
    pub file: String,
    pub title: String,
    pub question: String,
    pub notes: String,
    /// The experiments' files, in the order of the file.
    pub experiments: Vec<PathBuf>,
    /// How often each sampler searches, each time with another seed of its own.
    pub searches: usize,
}
