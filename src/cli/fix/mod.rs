//! `runner fix FILE`: which of the changes that the rules propose make the networks learn? Each is made in the text of the file, trained with
//! the same seeds, and kept if it was shown to help. What was kept becomes a new file; nothing else is written, and no file is replaced.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::ExperimentOptions;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::trace;
use crate::{disk, text};

mod healing;
mod page;
mod place;

use healing::Patient;
use page::Written;

/// Configurations that are repaired together; of more, one must be named.
const CONFIGURATIONS_MAX: usize = 12;
/// Seeds that are trained unless the command line says how many: fewer have no interval (`stats::SEEDS_MIN`).
const SEEDS: std::ops::RangeInclusive<usize> = 5..=10;

#[derive(Debug, Args)]
pub(super) struct FixArguments {
    /// The experiment.
    file: PathBuf,

    #[command(flatten)]
    experiment: ExperimentOptions,

    /// The new file, in the folder of the experiment, since its paths start there [default: NAME.fixed.toml].
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Seeds that every version is trained with: the first of the experiment, and those that follow its largest [default: those of the
    /// experiment, at least 5 and at most 10]. Fewer than 5 show nothing; 5 that all learn where none did are enough.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1000))]
    seeds: Option<u16>,

    /// Repair the configuration of this trial alone: its position in the plan, from 0, or its id.
    #[arg(long)]
    trial: Option<String>,

    /// Write nothing.
    #[arg(long)]
    dry_run: bool,

    /// Text for people, or one JSON document.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn fix(arguments: &FixArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_fix(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_fix(arguments: &FixArguments, output: &Output) -> Result<Exit, Exit> {
    let file = &arguments.file;
    let ready = experiment::ready(file, &arguments.experiment, output)?;
    let new = new_file(arguments, output)?;
    let patients = patients(&ready, arguments, output)?;
    let text = read(file, output)?;
    let patient = Patient {
        file,
        set: arguments.experiment.all_overrides(),
        options: with_seeds(&ready, arguments),
        memory: experiment::memory(&arguments.experiment),
        configurations: patients,
    };
    drop(ready);
    let healing = healing::heal(&patient, text.clone()).map_err(|faults| {
        output.diagnostics(&faults, &crate::diagnostic::Sources::default());
        Exit::Invalid
    })?;
    // What was found in all this time is safe before it is told.
    let written = match (healing.is_fixed(), arguments.dry_run) {
        (true, false) => write(&new, &healing.text, output),
        _ => Ok(()),
    };
    let diff = text::diff::unified((&disk::shown(file), &text), (&disk::shown(&new), &healing.text));
    let set = &patient.set;
    let state = match (arguments.dry_run, &written) {
        (true, _) => Written::Dry,
        (false, Ok(())) => Written::Whole,
        (false, Err(_)) => Written::Failed,
    };
    let told = page::Told { healing: &healing, diff: &diff, file, new: &new, set, written: state };
    match arguments.format {
        Format::Text => output.print(&page::as_text(&told, output.width())),
        Format::Json => output.json(&page::as_json(&told)),
    }
    written?;
    Ok(if healing.is_fixed() || healing.was_healthy() { Exit::Done } else { Exit::Missed })
}

/// The name of the new file, which must be free, and beside the experiment.
fn new_file(arguments: &FixArguments, output: &Output) -> Result<PathBuf, Exit> {
    let file = &arguments.file;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let new = arguments.output.clone().unwrap_or_else(|| file.with_file_name(format!("{stem}.fixed.toml")));
    let shown = disk::shown(&new);
    let folder = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        disk::canonical(folder.unwrap_or(Path::new("."))).ok()
    };
    let beside = |name: &str| disk::shown(&file.with_file_name(name));
    let option = |name: &str| format!("`--output {}`", text::shell(&beside(name)));
    let complaint = if !arguments.dry_run && disk::is_taken(&new) && !disk::is_folder(&new) {
        format!(
            "error: `{shown}` exists already, and runner replaces no file of yours\n\
             help: name another with `--output`, or look first with `--dry-run`"
        )
    } else if disk::is_folder(&new) {
        format!(
            "error: `{shown}` is a folder\nhelp: {} names a new file",
            option(&format!("{stem}.fixed.toml"))
        )
    } else if new.extension().is_none_or(|e| e != "toml") {
        let name =
            new.file_name().map_or_else(|| format!("{stem}.fixed"), |name| name.to_string_lossy().into());
        format!("error: `{shown}` does not end in .toml\nhelp: {}", option(&format!("{name}.toml")))
    } else if folder(&new) != folder(file) {
        let name = new.file_name().map_or("NEW.toml".into(), |name| name.to_string_lossy());
        format!(
            "error: `{shown}` is not in the folder of `{}`, from which the paths in it start\nhelp: {}, and move it afterwards",
            disk::shown(file),
            option(&name)
        )
    } else {
        return Ok(new);
    };
    output.complain(&complaint);
    Err(Exit::Invalid)
}

/// The labels of the configurations that are repaired.
fn patients(ready: &Ready, arguments: &FixArguments, output: &Output) -> Result<Vec<Vec<String>>, Exit> {
    let labels = |configuration: usize| ready.plan.configurations[configuration].labels.clone();
    if let Some(which) = &arguments.trial {
        return Ok(vec![labels(trace::find(ready, which, output)?.configuration)]);
    }
    let all = ready.plan.configurations.len();
    if all > CONFIGURATIONS_MAX {
        output.complain(&format!(
            "error: `{}` has {}, more than the {CONFIGURATIONS_MAX} that are repaired together\n\
             help: name one with `--trial`; `runner plan {0} --format json` lists the trials",
            disk::shown(&arguments.file),
            text::count(all, "configuration"),
        ));
        return Err(Exit::Invalid);
    }
    Ok((0..all).map(labels).collect())
}

/// The options with the seeds that every version is trained with, as `--set` gives them.
fn with_seeds(ready: &Ready, arguments: &FixArguments) -> ExperimentOptions {
    let own = &ready.experiment.seeds;
    let count = match arguments.seeds {
        Some(count) => count.into(),
        None => own.len().clamp(*SEEDS.start(), *SEEDS.end()),
    };
    let next = own.iter().max().map_or(0, |seed| seed.saturating_add(1));
    let seeds: Vec<String> =
        own.iter().copied().chain(next..).take(count).map(|seed| seed.to_string()).collect();
    let mut options = arguments.experiment.clone();
    options.overrides.push(format!("train.seeds=[{}]", seeds.join(", ")));
    options
}

fn read(file: &Path, output: &Output) -> Result<String, Exit> {
    let lost = |message: String| {
        output.complain(&format!("error: {message}"));
        Exit::Disk
    };
    let bytes = disk::read(file).map_err(|error| lost(error.to_string()))?;
    // It was read before, so this is a file that changed meanwhile.
    String::from_utf8(bytes).map_err(|_| lost(format!("`{}` is not UTF-8 text", disk::shown(file))))
}

/// Training takes its time, and who knows what has come to the name since it was found free.
fn write(new: &Path, text: &str, output: &Output) -> Result<(), Exit> {
    disk::create(new, text.as_bytes()).map_err(|error| {
        if error.source.kind() == std::io::ErrorKind::AlreadyExists {
            output.complain(&format!(
                "error: `{}` has come to exist while networks were trained, and runner replaces no file of yours\n\
                 help: name another with `--output`",
                disk::shown(new)
            ));
            return Exit::Invalid;
        }
        output.complain(&format!("error: {error}\nhelp: `--dry-run` tells the same and writes nothing"));
        Exit::Disk
    })
}
