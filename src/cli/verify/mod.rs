//! `runner verify RESULTS...`: trains what a results folder tells of again, and compares byte for byte.
//!
//! It changes nothing in the folder. What is compared with what, and which promise holds where, the README says.

mod again;
mod claims;
mod difference;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use self::again::Again;
use self::claims::Named;
use self::difference::Difference;
use super::exit::Exit;
use super::output::{Format, Output};
use super::run::{self, Stop};
use super::units::size;
use super::{publication, published};
use crate::report::{File, Published, PublishedExperiment, PublishedFile};
use crate::{disk, record, text};

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// Results folders, or folders of them.
    #[arg(required = true, value_name = "RESULTS")]
    folders: Vec<PathBuf>,

    /// Train a share of the trials again instead of all of them, e.g. 10%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    sample: Option<f64>,

    /// Accept numbers that differ by no more than another machine may make them differ.
    #[arg(long)]
    tolerant: bool,

    /// The folder that paths of experiment files start from [default: found above each results folder].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,

    /// Memory that training may use, e.g. 4GB [default: half of what is free].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,

    /// Allow data files outside the project folder.
    #[arg(long)]
    allow_outside: bool,

    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Print nothing but what differs.
    #[arg(long, short)]
    quiet: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// `10%`, `0.1`, `100%`.
fn share(text: &str) -> Result<f64, String> {
    let (number, by) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map_or(f64::NAN, |number| number / by);
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("expected a share such as 10% or 0.1".into()) }
}

/// Numbers that differ by no more than this, by the larger of them, may come from another machine.
const TOLERANCE: f64 = 1e-4;

pub(super) fn verify(arguments: &VerifyArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    let folders = match published::folders(&arguments.folders, &output) {
        Ok(folders) => folders,
        Err(exit) => return exit,
    };
    let stop = run::listen(&output);
    let mut worst = Exit::Done;
    let (mut held, mut differing) = (0, 0);
    for folder in &folders {
        let exit = match one(folder, arguments, &output, &stop) {
            Ok(found) => found.tell(folder, &output),
            Err(exit @ (Exit::Interrupted | Exit::Terminated)) => return exit,
            Err(exit) => exit,
        };
        held += usize::from(exit == Exit::Done);
        differing += usize::from(exit == Exit::Missed);
        worst = worst.max(exit);
    }
    if folders.len() > 1 {
        let rest = folders.len() - held - differing;
        output.note(&format!("{held} held, {differing} differ, {rest} could not be verified"));
    }
    worst
}

/// What verifying a folder found.
struct Found {
    /// What was done, in words.
    done: String,
    /// What differs, and by how much.
    differences: Vec<Named>,
    /// What the results were promised to be.
    promise: &'static str,
    is_tolerated: bool,
}

const BITS: &str = "the fused engine gives the same bits on every machine";
const TOLERATED: &str = "Burn's functions are those of the platform: the same bits on one machine, and on another what rounding makes of them";
const DIGESTS: &str = "what a suite says of its experiments is held by its digests";

fn one(folder: &Path, arguments: &VerifyArguments, output: &Output, stop: &Stop) -> Result<Found, Exit> {
    if !disk::is_file(&folder.join(record::MANIFEST)) && record::is_results(folder) {
        let shown = disk::shown(folder);
        output.complain(&format!(
            "error: `{shown}` holds records of a run and no report of it\n\
             help: the command that began the run goes on with it, `runner report {shown}` tells what is there; then it can be verified"
        ));
        return Err(Exit::Incomplete);
    }
    let published = published::manifest(folder, output)?;
    let mut differences = claims::changed(folder, &published);
    let Some(experiment) = published.experiment.as_ref().filter(|_| published.suite.is_none()) else {
        let done = format!("{} compared with their digests", text::count(published.files.len(), "file"));
        return Ok(Found { done, differences, promise: DIGESTS, is_tolerated: false });
    };
    can_be_verified(folder, experiment, output)?;
    let resolved = published::file(folder, "experiment.toml", output)?;
    let ready = again::ready(folder, &String::from_utf8_lossy(&resolved), experiment, arguments, output)?;
    let promise = if publication::engine(&ready.plan) == "fused" { BITS } else { TOLERATED };
    let data = claims::data(&published, &ready);
    if !data.is_empty() {
        // Whatever training gives from other data says nothing.
        differences.splice(0..0, data);
        return Ok(Found { done: "nothing trained again".into(), differences, promise, is_tolerated: false });
    }
    differences.extend(claims::plan(&published, experiment, &ready));
    // What training says of trials is in the report that is there.
    let quiet = Output { format: Format::Text, quiet: true };
    let again = again::train(ready, folder, arguments, &quiet, stop)?;
    let trained = compare(folder, &published, &again);
    // A file that was changed is told of by its place, where training shows it.
    differences.retain(|(name, _)| !trained.iter().any(|(other, _)| other == name));
    differences.splice(0..0, trained);
    Ok(Found { done: done(experiment, &again), differences, promise, is_tolerated: arguments.tolerant })
}

/// What was done, in words.
fn done(experiment: &PublishedExperiment, again: &Again) -> String {
    let trials = text::count(again.trials.len(), "trial");
    if again.is_sample {
        let all = text::grouped(experiment.trials as u64);
        format!("{trials} of {all} trained again and their rows compared, all files with their digests")
    } else {
        format!("{trials} trained again, {} compared", text::count(again.files.len(), "file"))
    }
}

/// Says why where results cannot be trained again as they are.
fn can_be_verified(folder: &Path, experiment: &PublishedExperiment, output: &Output) -> Result<(), Exit> {
    let shown = disk::shown(folder);
    if experiment.file.is_empty() {
        output.complain(&format!(
            "error: the manifest of `{shown}` does not say which file its experiment is\nhelp: `runner FILE` with this version of runner writes one that does"
        ));
        return Err(Exit::Disk);
    }
    if experiment.done < experiment.trials {
        output.complain(&format!(
            "error: `{shown}` is incomplete: {} of {} are done\nhelp: `runner {}` trains the rest; then it can be verified",
            text::grouped(experiment.done as u64),
            text::count(experiment.trials, "trial"),
            experiment.file
        ));
        return Err(Exit::Incomplete);
    }
    Ok(())
}

/// What differs from what was trained again, each file with its first place. The manifest is told of only where nothing else differs:
/// it holds the digests of the others.
fn compare(folder: &Path, published: &Published, again: &Again) -> Vec<Named> {
    let there = |name: &str| disk::read(&folder.join(name)).unwrap_or_default();
    let mut found = Vec::new();
    let is_there = |file: &&File| disk::is_file(&folder.join(&file.name));
    for file in again.files.iter().filter(is_there) {
        let difference = match (again.is_sample, file.name.as_str()) {
            (true, "trials.csv") => difference::common(&there(&file.name), &file.bytes, &again.trials),
            (true, "metrics.csv") => difference::common(&there(&file.name), &file.bytes, &[]),
            (true, _) => None,
            (false, record::MANIFEST) if !found.is_empty() => None,
            (false, name) => difference::first(name, &there(name), &file.bytes),
        };
        found.extend(difference.map(|difference| (file.name.clone(), difference)));
    }
    if !again.is_sample {
        let is_made = |name: &str| again.files.iter().any(|file| file.name == name);
        let is_gone = |file: &&PublishedFile| record::is_published(&file.name) && !is_made(&file.name);
        let gone = published.files.iter().filter(is_gone);
        let place = || "trained again, there is no such file".to_string();
        found.extend(
            gone.map(|file| (file.name.clone(), Difference { place: place(), largest: f64::INFINITY })),
        );
    }
    found
}

impl Found {
    fn tell(self, folder: &Path, output: &Output) -> Exit {
        let shown = disk::shown(folder);
        let largest = self.differences.iter().fold(0.0, |most: f64, (_, d)| most.max(d.largest));
        let is_same = self.differences.is_empty();
        // Where bits are promised everywhere, no machine is an excuse.
        let is_near = largest <= TOLERANCE && self.promise != BITS;
        let held = is_same || (is_near && self.is_tolerated);
        if output.format == Format::Json {
            let list: Vec<serde_json::Value> =
                self.differences.iter().map(|(name, d)| json!({ "file": name, "first": d.place })).collect();
            output.json(&json!({
                "results": shown, "held": held, "same": is_same, "done": self.done, "promise": self.promise, "differences": list,
            }));
        } else if is_same {
            if !output.quiet {
                output.print(&format!("same     {shown}: {}; {}", self.done, self.promise));
            }
        } else {
            let verdict = if held { "near    " } else { "DIFFERS " };
            output.print(&format!("{verdict} {shown}: {}; {}", self.done, self.promise));
            for (name, difference) in &self.differences {
                output.print(&format!("  {name}: {}", difference.place));
            }
            if is_near {
                output.print(&format!(
                    "  all differences are of numbers, by at most {largest:.1e} of their size: what another machine may give; `--tolerant` accepts that"
                ));
            }
        }
        if held { Exit::Done } else { Exit::Missed }
    }
}
