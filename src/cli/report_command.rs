//! `runner report RESULTS...`: the files of a results folder anew from its records, without training.

use std::path::Path;

use super::arguments::ReportArguments;
use super::exit::Exit;
use super::merge_command::{self, Gathered};
use super::output::Output;
use super::results_export::ResultsExport;
use super::run::{self, lost};
use super::{frozen, publication};
use crate::diagnostic::Sources;
use crate::record::{self, Known, Store};
use crate::report::Published;
use crate::{disk, text};

pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    let mut worst = Exit::Done;
    for folder in &arguments.folders {
        worst = worst.max(match again(folder, &arguments.export, &output) {
            Ok(exit) | Err(exit) => exit,
        });
    }
    worst
}

/// Writes every file of a folder again from its records.
fn again(folder: &Path, export: &ResultsExport, output: &Output) -> Result<Exit, Exit> {
    let shown = disk::shown(folder);
    if export.is_asked() && !has_trials(folder) {
        output.note(&format!("`{shown}` holds no records of trials; what is exported is what was published"));
        return export.of(folder, Exit::Done, output);
    }
    if !disk::is_file(&folder.join(record::RECORDS)) {
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
    if missing > 0 {
        let total = text::count(thawed.plan.trials.len(), "trial");
        output.note(&format!(
            "{} of {total} are missing in `{shown}`; the report is of the others\nhelp: `runner {}` trains them",
            text::grouped(missing as u64),
            thawed.experiment.file
        ));
    }
    let results = merge_command::results(&thawed, &records, columns);
    let exit = publication::publish(&results, store, folder, output)?;
    export.of(folder, exit, output)
}

/// Whether a report can be made here: not in a folder that was cloned, and not in that of a suite.
fn has_trials(folder: &Path) -> bool {
    let manifest = disk::read(&folder.join(record::MANIFEST)).unwrap_or_default();
    let is_suite = Published::read(&manifest).is_ok_and(|published| published.suite.is_some());
    disk::is_file(&folder.join(record::RECORDS)) && !is_suite
}
