//! `runner compare A B`: two results folders against the noise of seeds.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{Format, Output};
use super::published;
use crate::disk;
use crate::report::{self, Published, Side};

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// A results folder.
    a: PathBuf,

    /// Another one: of the same experiment made elsewhere or before, or of one with the same arms.
    b: PathBuf,

    /// The metric [default: the first of accuracy, subset_accuracy, rmse, and loss that both have].
    #[arg(long)]
    metric: Option<String>,

    /// The part [default: the first of test, validation, and train that both have].
    #[arg(long, value_parser = ["test", "validation", "train"])]
    part: Option<String>,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn compare(arguments: &CompareArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_compare(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_compare(arguments: &CompareArguments, output: &Output) -> Result<Exit, Exit> {
    let (a, b) = (Folder::read(&arguments.a, output)?, Folder::read(&arguments.b, output)?);
    let found = report::against(a.side(), b.side(), arguments.part.as_deref(), arguments.metric.as_deref())
        .map_err(|fault| {
        output.complain(&format!("error: {fault}"));
        Exit::Invalid
    })?;
    match output.format {
        Format::Json => output.json(&found.json(&a.name, &b.name)),
        Format::Text => output.print(&found.text(&a.name, &b.name)),
    }
    Ok(Exit::Done)
}

/// What a comparison needs of a folder.
struct Folder {
    name: String,
    published: Published,
    trials: Vec<u8>,
    experiment: Vec<u8>,
}

impl Folder {
    fn read(folder: &Path, output: &Output) -> Result<Folder, Exit> {
        Ok(Folder {
            name: disk::shown(folder),
            published: published::manifest(folder, output)?,
            trials: published::file(folder, "trials.csv", output)?,
            experiment: published::file(folder, "experiment.toml", output)?,
        })
    }

    fn side(&self) -> Side<'_> {
        let Folder { name, published, trials, experiment } = self;
        Side { name, published, trials, experiment }
    }
}
