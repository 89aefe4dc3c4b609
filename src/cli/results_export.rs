//! `--export`: published results in the form of other programs, in folders beside them.
//!
//! A trained network is exported by `runner export`.

use std::path::Path;

use super::exit::Exit;
use super::output::Output;
use crate::disk;
use crate::export::results::{self, Fault, Folder, Program};
use crate::record::{self, ExportError, Exported, RecordError};

/// [`Program`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum To {
    /// Every table as a file for pandas, polars, DuckDB: parquet/*.parquet.
    Parquet,
    /// Curves and hyperparameters for TensorBoard: tensorboard/.
    Tensorboard,
    /// Runs with a script that imports them into MLflow: mlflow/import_runs.py.
    Mlflow,
}

/// Of every command that publishes results.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ResultsExport {
    /// Write the results for other programs too, each into a folder of this name in the results folder (may be repeated). A trained
    /// network is exported by `runner export`.
    #[arg(long = "export", value_name = "FORMAT", value_enum, value_delimiter = ',')]
    to: Vec<To>,
}

impl ResultsExport {
    pub(super) fn is_asked(&self) -> bool {
        !self.to.is_empty()
    }

    fn programs(&self) -> impl Iterator<Item = Program> {
        let name = |to: &To| match to {
            To::Parquet => Program::Parquet,
            To::Tensorboard => Program::Tensorboard,
            To::Mlflow => Program::Mlflow,
        };
        // Each once, in one order.
        let asked: Vec<Program> = self.to.iter().map(name).collect();
        Program::ALL.into_iter().filter(move |program| asked.contains(program))
    }

    /// Writes what is asked for of a folder that was published; `exit` where nothing stands against it.
    pub(super) fn of(&self, folder: &Path, exit: Exit, output: &Output) -> Result<Exit, Exit> {
        if self.is_asked() {
            let source = Folder::open(folder).map_err(|fault| refused(&fault, output))?;
            // One that is refused keeps none of the others from being written.
            let written: Vec<Result<(), Exit>> =
                self.programs().map(|program| write(&source, folder, program, output)).collect();
            written.into_iter().collect::<Result<(), Exit>>()?;
        }
        for name in record::outdated(folder) {
            let (results, place) = (disk::shown(folder), disk::shown(&folder.join(name)));
            output.note(&format!(
                "`{place}` is of earlier results; `runner report {results} --export {name}` writes it again"
            ));
        }
        Ok(exit)
    }

    /// The same for a suite, of whose trials the folders of its experiments tell.
    pub(super) fn of_suite(&self, folder: &Path, output: &Output) -> Result<(), Exit> {
        let to = self.to.iter().copied().filter(|to| *to == To::Parquet).collect();
        ResultsExport { to }.of(folder, Exit::Done, output).map(|_| ())
    }
}

fn write(source: &Folder, folder: &Path, program: Program, output: &Output) -> Result<(), Exit> {
    let name = program.name();
    let mut exported =
        Exported::begin(folder, name, &source.manifest).map_err(|error| held(&error, output))?;
    let place = folder.join(name);
    let told = results::write(source, program, &mut |file, write| {
        exported.put(file, write).map_err(|fault: Fault| fault.at(&place.join(file)))
    });
    let told = told.map_err(|fault| refused(&fault, output))?;
    exported.place().map_err(|error| held(&error.into(), output))?;
    let place = disk::shown(&place);
    output.note(&match program {
        Program::Parquet => format!("parquet: {told} in `{place}`"),
        Program::Tensorboard => format!("tensorboard: {told}; `tensorboard --logdir {place}` shows them"),
        Program::Mlflow => format!("mlflow: {told}; `python {place}/import_runs.py` imports them"),
    });
    Ok(())
}

fn refused(fault: &Fault, output: &Output) -> Exit {
    output.complain(&format!("error: {fault}"));
    if matches!(fault, Fault::Suite { .. }) { Exit::Invalid } else { Exit::Disk }
}

fn held(error: &ExportError, output: &Output) -> Exit {
    output.complain(&format!("error: {error}"));
    let is_held = matches!(error, ExportError::Record(RecordError::Held { .. }));
    if is_held { Exit::Held } else { Exit::Disk }
}
