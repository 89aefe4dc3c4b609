//! `runner report RESULTS...`: the files of a results folder anew from its records, without training.

use std::path::Path;

use super::arguments::ReportArguments;
use super::exit::Exit;
use super::merge_command::{self, Gathered};
use super::output::Output;
use super::run::{self, lost};
use super::{frozen, publication};
use crate::diagnostic::Sources;
use crate::record::{self, Known, Store};
use crate::{disk, text};

pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    let mut worst = Exit::Done;
    for folder in &arguments.folders {
        worst = worst.max(match again(folder, &output) {
            Ok(exit) | Err(exit) => exit,
        });
    }
    worst
}

/// Writes every file of a folder again from its records.
fn again(folder: &Path, output: &Output) -> Result<Exit, Exit> {
    let shown = disk::shown(folder);
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
    publication::publish(&results, store, folder, output)
}
