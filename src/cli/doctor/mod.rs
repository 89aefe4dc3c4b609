//! `runner doctor FILE`: why does it not learn? The file, its data, its network before training, and a short run of some seeds are looked
//! at together; what was found is told with the most likely cause first. It writes nothing.

use std::path::PathBuf;

use clap::Args;

use super::arguments::ExperimentOptions;
use super::exit::Exit;
use super::experiment;
use super::output::{Format, Output};
use super::trace;
use crate::diagnostic::Sources;
use crate::text;

mod examine;
mod page;

pub(super) use examine::{Examined, chosen, examine};
pub(super) use page::{finding_json, verdict};

/// Configurations that are examined unless one is named; the rest are counted.
const CONFIGURATIONS_MAX: usize = 12;

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// The experiment.
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,

    /// Look at the configuration of this trial alone: its position in the plan, from 0, or its id.
    #[arg(long)]
    pub(super) trial: Option<String>,

    /// Seeds that are trained, of those of the experiment.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) seeds: u32,

    /// Text for people, or one JSON document.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

pub(super) fn doctor(arguments: &DoctorArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_doctor(arguments, &output) {
        Ok(true) => Exit::Done,
        Ok(false) => Exit::Missed,
        Err(exit) => exit,
    }
}

/// Whether nothing was found.
fn try_doctor(arguments: &DoctorArguments, output: &Output) -> Result<bool, Exit> {
    let ready = experiment::ready(&arguments.file, &arguments.experiment, output)?;
    let (trials, left) = match &arguments.trial {
        Some(which) => (vec![trace::find(&ready, which, output)?], 0),
        None => chosen(&ready, CONFIGURATIONS_MAX),
    };
    let memory = experiment::memory(&arguments.experiment);
    let found = examine(&ready, &trials, arguments.seeds as usize, memory).map_err(|faults| {
        output.diagnostics(&faults, &Sources::default());
        Exit::Invalid
    })?;
    match arguments.format {
        Format::Text => output.print(&page::as_text(&found, output.width())),
        Format::Json => output.json(&page::as_json(&ready.experiment.name, &found)),
    }
    if left > 0 {
        output.note(&format!("and {}; `--trial` names one", text::count(left, "further configuration")));
    }
    Ok(found.iter().all(Examined::is_healthy))
}
