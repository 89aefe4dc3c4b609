//! A trained network of a results folder, found by its arm: what `predict` and `export` begin with.
//!
//! Its configuration is that of its trial in the plan of the frozen experiment, so neither the experiment's file nor its data is needed.

use std::path::{Path, PathBuf};

use super::arguments::SavedOptions;
use super::exit::Exit;
use super::frozen;
use super::output::Output;
use crate::diagnostic::{DAMAGED_MODEL, Diagnostic, Sources};
use crate::export::Network;
use crate::record::{self, Known, TensorFile};
use crate::{disk, text};

/// See the module.
pub(super) struct Saved {
    pub(super) network: Network,
    /// Where it lies.
    pub(super) path: PathBuf,
}

/// The network that the command line names, or the only one there is.
pub(super) fn find(options: &SavedOptions, output: &Output) -> Result<Saved, Exit> {
    let results = &options.results;
    let shown = disk::shown(results);
    if !record::is_results(results) {
        output.complain(&format!(
            "error: `{shown}` is no folder with the results of an experiment\n\
             help: name one, such as `results/iris_softmax`"
        ));
        return Err(Exit::Invalid);
    }
    let (path, file) = match &options.model {
        Some(path) => (path.clone(), read(path, output)?),
        None => of_arm(results, options.arm.as_deref(), output)?,
    };
    let trial = file.note("trial").unwrap_or_default().to_string();
    let known = Known::read(results).map_err(|error| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    })?;
    let planned = frozen::configuration(known, &trial).map_err(|why| {
        output.complain(&format!(
            "error: `{shown}` does not tell how `{}` was trained: {why}\n\
             help: run the experiment again, and name its results folder",
            disk::shown(&path)
        ));
        Exit::Disk
    })?;
    let network = Network::new(&file, &planned, &disk::shown(&path)).map_err(|fault| {
        output.diagnostics(&[*fault], &Sources::default());
        Exit::Disk
    })?;
    Ok(Saved { network, path })
}

fn read(path: &Path, output: &Output) -> Result<TensorFile, Exit> {
    if !disk::is_file(path) {
        output.complain(&format!("error: there is no file `{}`", disk::shown(path)));
        return Err(Exit::Disk);
    }
    record::read_model(path).ok_or_else(|| {
        let title = format!("`{}` is damaged, or no network that runner saved", disk::shown(path));
        let fault = Diagnostic::error(&DAMAGED_MODEL, title)
            .help("run the experiment again: what is missing is trained again");
        output.diagnostics(&[fault], &Sources::default());
        Exit::Disk
    })
}

/// The published network of an arm.
fn of_arm(results: &Path, arm: Option<&str>, output: &Output) -> Result<(PathBuf, TensorFile), Exit> {
    let shown = disk::shown(results);
    let published = record::published_models(results).map_err(|error| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    })?;
    let mut arms: Vec<(String, PathBuf, TensorFile)> = Vec::new();
    for (_, path) in published {
        // With `record.models = "all"` there are also networks that stand for no arm.
        let file = read(&path, output)?;
        if let Some(arm) = file.note("arm").map(str::to_string) {
            arms.push((arm, path, file));
        }
    }
    if arms.is_empty() {
        output.complain(&format!(
            "error: `{shown}` holds no trained network\n\
             help: add `[record]` with `models = \"chosen\"` to the experiment, or run it with `--set record.models=chosen`; \
             what was trained before is trained again, to the same bits"
        ));
        return Err(Exit::Disk);
    }
    let names: Vec<String> = arms.iter().map(|(arm, ..)| arm.clone()).collect();
    let index = match arm {
        None if arms.len() == 1 => Some(0),
        None => {
            output.complain(&format!(
                "error: `{shown}` holds the networks of several arms\nhelp: name one with `--arm`: {}",
                text::one_of(&names)
            ));
            return Err(Exit::Invalid);
        }
        Some(arm) => names.iter().position(|name| name == arm),
    };
    match index {
        Some(index) => {
            let (_, path, file) = arms.swap_remove(index);
            Ok((path, file))
        }
        None => {
            let arm = arm.unwrap_or_default();
            let near = text::did_you_mean(arm, names.iter().map(String::as_str));
            let near = near.map_or(String::new(), |near| format!("\nhelp: did you mean `{near}`?"));
            output.complain(&format!(
                "error: `{shown}` has no network of an arm `{arm}`{near}\nhelp: arms are {}",
                text::one_of(&names).replace(", or", ", and")
            ));
            Err(Exit::Invalid)
        }
    }
}
