//! Results for other programs: tables as Parquet, curves as TensorBoard's event files, trials as runs for MLflow.
//!
//! Each is a folder of files made from the published tables alone: a pure function of their bytes. Where the folder lies, and that
//! it replaces an earlier one whole, is not known here.

mod events;
mod mlflow;
mod parquet;
mod runs;
mod source;
mod tensorboard;
mod thrift;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use source::Folder;

use crate::disk::{self, DiskError};
use crate::text;

/// What results are exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// Every table as a Parquet file with typed columns.
    Parquet,
    /// Event files: curves, final metrics, hyperparameters.
    Tensorboard,
    /// Every trial as a run, with the script that imports them.
    Mlflow,
}

impl Program {
    pub const ALL: [Program; 3] = [Program::Parquet, Program::Tensorboard, Program::Mlflow];

    /// Also the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Program::Parquet => "parquet",
            Program::Tensorboard => "tensorboard",
            Program::Mlflow => "mlflow",
        }
    }
}

/// Why results cannot be exported. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(
        "`{}` holds no results\nhelp: name a results folder that a run has finished, such as `results/iris_softmax`",
        disk::shown(folder)
    )]
    NoResults { folder: PathBuf },
    #[error(
        "`{}` is not as the manifest says: it was changed, or is not there\n\
         help: bring it back (`git checkout`, or `runner report` where the records are), then export",
        disk::shown(path)
    )]
    Changed { path: PathBuf },
    #[error("`{}` cannot be read: {why}", disk::shown(path))]
    Damaged { path: PathBuf, why: String },
    #[error(
        "`{suite}` is a suite, whose trials are in the folders of its experiments\n\
         help: export these, or its tables with `--export parquet`"
    )]
    Suite { suite: String },
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

impl Fault {
    /// With the path of the file that could not be written.
    pub fn at(self, path: &Path) -> Fault {
        match self {
            Fault::Write(source) => Fault::Disk(DiskError { action: "write", path: path.into(), source }),
            other => other,
        }
    }
}

/// Takes a file: its name within the folder, with `/`, and what writes it.
pub type Put<'a> =
    dyn FnMut(&str, &mut dyn FnMut(&mut dyn Write) -> Result<(), Fault>) -> Result<(), Fault> + 'a;

/// Gives every file of the folder to `put`; what they hold, in words.
pub fn write(folder: &Folder, program: Program, put: &mut Put<'_>) -> Result<String, Fault> {
    if folder.is_suite() && program != Program::Parquet {
        return Err(Fault::Suite { suite: folder.published.name().to_string() });
    }
    match program {
        Program::Parquet => tables(folder, put),
        Program::Tensorboard => tensorboard::write(folder, put),
        Program::Mlflow => mlflow::write(folder, put),
    }
}

fn tables(folder: &Folder, put: &mut Put<'_>) -> Result<String, Fault> {
    let (names, mut rows) = (folder.tables(), 0);
    for name in &names {
        let stem = name.strip_suffix(".csv").unwrap_or(name);
        put(&format!("{stem}.parquet"), &mut |out| {
            rows += parquet::write(folder.rows(name)?, out)?;
            Ok(())
        })?;
    }
    Ok(format!("{}, {} rows", text::count(names.len(), "table"), text::grouped(rows as u64)))
}
