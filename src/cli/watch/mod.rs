//! `runner watch RESULTS`: what a running experiment looks like, from its records alone.
//!
//! On a terminal it is a view that follows the records; elsewhere, and with `--once`, text or JSON. It writes nothing and takes no
//! lock, so it may look at any folder at any time, from any machine that sees it.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use clap::Args;

use super::exit::Exit;
use super::output::{Format, Output};
use super::published;
use crate::{disk, record, text};
use reader::{Reader, Trouble};
use state::{Phase, State};

#[cfg(unix)]
mod chart;
#[cfg(unix)]
mod keys;
#[cfg(unix)]
mod live;
mod model;
mod reader;
#[cfg(unix)]
mod screen;
mod snapshot;
mod state;
mod table;
#[cfg(unix)]
mod view;

#[derive(Debug, Args)]
pub(super) struct WatchArguments {
    /// The results folder of an experiment: of a run here or elsewhere, of shards, finished, or about to begin.
    results: PathBuf,

    /// Print how things stand now, and end. So it is where standard input or output is no terminal.
    #[arg(long)]
    once: bool,

    /// Seconds between two looks at the records [default: 1]. Where nothing is drawn: print each SECONDS until the run ends.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    every: Option<f64>,

    /// What is printed where nothing is drawn; with json nothing is drawn.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|s| (0.1..=86_400.0).contains(s));
    seconds.ok_or_else(|| "expected seconds, from 0.1 to 86400".to_string())
}

pub(super) fn watch(arguments: &WatchArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_watch(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_watch(arguments: &WatchArguments, output: &Output) -> Result<Exit, Exit> {
    let folder = &arguments.results;
    named_rightly(folder, output)?;
    #[cfg(unix)]
    if !arguments.once && arguments.format == Format::Text && live::is_possible() {
        return live::follow(folder, Duration::from_secs_f64(arguments.every.unwrap_or(1.0)), output);
    }
    let mut reader = Reader::new(folder);
    loop {
        let state = whole_look(&mut reader).map_err(|trouble| {
            output.complain(&format!("error: {}", trouble.message));
            trouble.exit
        })?;
        match output.format {
            Format::Text => output.print(&snapshot::text(&state, output.width())),
            Format::Json => output.json(&snapshot::json(&state)),
        }
        // A report without records is not waited for: nobody trains there.
        let is_read_only =
            matches!(state.phase, Phase::Waiting(_)) && disk::is_file(&folder.join(record::MANIFEST));
        let is_over = is_read_only
            || matches!(state.phase, Phase::Finished | Phase::Interrupted)
            || super::output::lost();
        match arguments.every.filter(|_| !arguments.once && !is_over) {
            Some(seconds) => sleep(Duration::from_secs_f64(seconds)),
            None => return Ok(Exit::Done),
        }
        if output.format == Format::Text {
            output.print("");
        }
    }
}

/// The state of everything that is there now.
fn whole_look(reader: &mut Reader) -> Result<State, Trouble> {
    loop {
        let state = reader.look(SystemTime::now())?;
        if !matches!(state.phase, Phase::Reading(_)) {
            return Ok(state);
        }
    }
}

/// Refuses what can never become the results folder of an experiment.
fn named_rightly(folder: &Path, output: &Output) -> Result<(), Exit> {
    const NAME: &str = "name a results folder, as `runner FILE` writes it: `results/EXPERIMENT`";
    let refuse = |exit: Exit, what: &str, help: &str| {
        output.complain(&format!("error: `{}` {what}\nhelp: {help}", disk::shown(folder)));
        Err(exit)
    };
    if disk::is_file(folder) {
        return refuse(Exit::Invalid, "is a file", NAME);
    }
    if !disk::is_folder(folder) {
        // A run makes it, and the first one `results` itself.
        let is_there = |above: &Path| above.as_os_str().is_empty() || disk::is_folder(above);
        let may_come = folder.ancestors().skip(1).take(2).any(is_there);
        let missing = "is not there, nor the folder it would be in";
        return if may_come { Ok(()) } else { refuse(Exit::Disk, missing, NAME) };
    }
    let there = disk::list(folder).map_err(|error| super::run::unread(output, &error))?;
    let is_begun =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".runner."));
    if published::is_of_a_suite(folder) {
        return refuse(
            Exit::Invalid,
            "is the report of a suite, which trains nothing itself",
            "name the folder of one of its experiments",
        );
    }
    if record::is_results(folder) || there.is_empty() || there.iter().any(is_begun) {
        return Ok(());
    }
    let inner: Vec<&PathBuf> = there.iter().filter(|path| record::is_results(path)).collect();
    match inner.iter().max_by_key(|path| disk::modified(&path.join(record::RECORDS))) {
        None => refuse(Exit::Invalid, "is no results folder", NAME),
        Some(newest) => refuse(
            Exit::Invalid,
            &format!("holds {} and is none itself", text::count(inner.len(), "results folder")),
            &format!("name one of them; `{}` was written to last", disk::shown(newest)),
        ),
    }
}
