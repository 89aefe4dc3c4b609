//! `runner report RESULTS...`: the files of a results folder anew from its records, without training.

use std::path::{Path, PathBuf};

use super::arguments::ReportArguments;
use super::exit::Exit;
use super::merge_command::{self, Gathered};
use super::output::Output;
use super::run::{self, lost};
use super::{frozen, publication, published};
use crate::diagnostic::Sources;
use crate::record::{self, Known, Store};
use crate::{disk, text};

pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    let named = match published::folders(&arguments.folders, &output) {
        Ok(folders) => folders,
        Err(exit) => return exit,
    };
    // Of a folder of results, those that can be made again are; the committed ones have no records.
    let is_asked = |folder: &PathBuf| {
        arguments.folders.contains(folder) || has_records(folder) || arguments.export.is_asked()
    };
    let (folders, without): (Vec<PathBuf>, Vec<PathBuf>) = named.into_iter().partition(is_asked);
    if !without.is_empty() {
        output.note(&format!(
            "{} left as they are: they hold no records",
            text::count(without.len(), "folder")
        ));
    }
    let mut worst = Exit::Done;
    for folder in &folders {
        worst = worst.max(match again(folder, arguments, &output) {
            Ok(exit) | Err(exit) => exit,
        });
    }
    worst
}

fn has_records(folder: &Path) -> bool {
    disk::is_file(&folder.join(record::RECORDS))
}

/// Writes every file of a folder again from its records.
fn again(folder: &Path, arguments: &ReportArguments, output: &Output) -> Result<Exit, Exit> {
    let shown = disk::shown(folder);
    if arguments.export.is_asked() && (published::is_of_a_suite(folder) || !has_records(folder)) {
        output.note(&format!("`{shown}` holds no records of trials; what is exported is what was published"));
        // Of a folder of results, a suite gives what it has.
        return match published::is_of_a_suite(folder)
            && !arguments.folders.iter().any(|named| named == folder)
        {
            true => arguments.export.of_suite(folder, output).map(|()| Exit::Done),
            false => arguments.export.of(folder, Exit::Done, output),
        };
    }
    if published::is_of_a_suite(folder) {
        output.complain(&format!(
            "error: `{shown}` is the report of a suite, which has no records of its own\n\
             help: `runner FILE` of the suite makes it anew from its experiments; what is trained is not trained again"
        ));
        return Err(Exit::Disk);
    }
    if !has_records(folder) {
        output.complain(&format!(
            "error: `{shown}` holds no records, from which a report is made\n\
             help: records are not committed; `runner verify {shown}` trains its trials again and compares, `runner FILE` makes it anew"
        ));
        return Err(Exit::Disk);
    }
    let (known, warnings) =
        Known::read_with_warnings(folder).map_err(|error| lost(output, &error.to_string()))?;
    output.diagnostics(&warnings, &Sources::default());
    let frozen = merge_command::experiment_of(&known, folder, output)?;
    drop(known);
    let unplanned = |why: String| merge_command::unplanned(&frozen, &why, output);
    let mut thawed = frozen::thaw(&frozen).map_err(unplanned)?;
    let mut store = run::opened(Store::open(folder), output)?;
    let Gathered { records, columns, missing } =
        merge_command::gather(&mut thawed, &mut store).map_err(unplanned)?;
    if !missing.is_empty() {
        let total = text::count(thawed.plan.trials.len(), "trial");
        output.note(&format!(
            "{} of {total} are missing in `{shown}`; the report is of the others\nhelp: `runner {}` trains them",
            text::grouped(missing.len() as u64),
            thawed.experiment.file
        ));
    }
    let results = merge_command::results(&thawed, &records, columns);
    let exit = publication::publish(&results, store, folder, output)?;
    arguments.export.of(folder, exit, output)
}
