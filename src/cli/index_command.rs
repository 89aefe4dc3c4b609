//! `runner index [RESULTS]`: one page over all results folders of a folder, from their manifests.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{Format, Output};
use super::published;
use super::run::{self, lost};
use crate::report::{self, Indexed};
use crate::{disk, record, text};

#[derive(Debug, Args)]
pub(super) struct IndexArguments {
    /// The folder that holds results folders; the index is written into it.
    #[arg(default_value = "results", value_name = "RESULTS")]
    folder: PathBuf,

    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn index(arguments: &IndexArguments) -> Exit {
    let output = Output { format: Format::Text, quiet: arguments.quiet };
    match try_index(&arguments.folder, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_index(folder: &Path, output: &Output) -> Result<Exit, Exit> {
    let shown = disk::shown(folder);
    let listed = disk::list(folder).map_err(|error| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    })?;
    let mut folders = Vec::new();
    for path in listed.iter().filter(|path| disk::is_file(&path.join(record::MANIFEST))) {
        let published = published::manifest(path, output)?;
        let folder = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        folders.push(Indexed { folder, published });
    }
    if folders.is_empty() {
        output.complain(&format!(
            "error: `{shown}` holds no results folder\nhelp: name the folder in which experiments were written, such as `results`"
        ));
        return Err(Exit::Invalid);
    }
    let files = report::index(&folders);
    for file in &files {
        not_ours(&folder.join(&file.name), output)?;
    }
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.name)).collect();
    let all: Vec<(&Path, &[u8])> =
        paths.iter().zip(&files).map(|(path, file)| (path.as_path(), file.bytes.as_slice())).collect();
    disk::replace_all(&all).map_err(|error| lost(output, &error.to_string()))?;
    if !output.quiet {
        output.print(&format!(
            "{} in {} and {}",
            text::count(folders.len(), "experiment"),
            disk::shown(&paths[0]),
            disk::shown(&paths[1])
        ));
    }
    Ok(Exit::Done)
}

/// A page that somebody wrote is never replaced.
fn not_ours(path: &Path, output: &Output) -> Result<(), Exit> {
    if !disk::is_file(path) {
        return Ok(());
    }
    let bytes = disk::read(path).map_err(|error| run::unread(output, &error))?;
    if bytes.starts_with(report::INDEX_MARK.as_bytes()) {
        return Ok(());
    }
    output.complain(&format!(
        "error: `{}` was not made by `runner index` and is not replaced\nhelp: rename it, or begin it with the line {}",
        disk::shown(path),
        report::INDEX_MARK
    ));
    Err(Exit::Disk)
}
