//! `runner compare A B`: two results folders against the noise of seeds.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{Format, Output};
use super::run;
use crate::report::{self, Published, Side};
use crate::{disk, record};

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
    let (a, b) = (read(&arguments.a, output)?, read(&arguments.b, output)?);
    let (name_a, name_b) = (disk::shown(&arguments.a), disk::shown(&arguments.b));
    let side_a = Side { name: &name_a, published: &a.0, trials: &a.1 };
    let side_b = Side { name: &name_b, published: &b.0, trials: &b.1 };
    let found = report::against(side_a, side_b, arguments.part.as_deref(), arguments.metric.as_deref())
        .map_err(|fault| {
            output.complain(&format!("error: {fault}"));
            Exit::Invalid
        })?;
    match output.format {
        Format::Json => output.json(&found.json(&name_a, &name_b)),
        Format::Text => output.print(&found.text(&name_a, &name_b)),
    }
    Ok(Exit::Done)
}

/// The manifest and the table of trials of a folder.
fn read(folder: &Path, output: &Output) -> Result<(Published, Vec<u8>), Exit> {
    let file = |name: &str| disk::read(&folder.join(name)).map_err(|error| run::unread(output, &error));
    let published = Published::read(&file(record::MANIFEST)?).map_err(|why| {
        output.complain(&format!(
            "error: `{}` cannot be read: {why}",
            disk::shown(&folder.join(record::MANIFEST))
        ));
        Exit::Disk
    })?;
    Ok((published, file("trials.csv")?))
}
