//! `runner submit FILE --to slurm`: what is missing of an experiment becomes an array job, and a job after it that unites its shards.
//!
//! It plans, writes two scripts below the results folder, and calls `sbatch`. It trains nothing, and what the jobs do is what
//! `runner FILE --shard I/N` and `runner merge` do anywhere.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::arguments::ExperimentOptions;
use super::exit::Exit;
use super::experiment;
use super::frozen;
use super::output::{Format, Output};
use super::run::lost;
use super::suite;
use crate::disk::{self, Lock, LockError};
use crate::launch::{Journal, LaunchError, Queued, Sent, Slurm};
use crate::record::LAUNCH;
use crate::text;

mod outlook;
mod sending;
mod size;

use outlook::Outlook;
use sending::Plan;
use size::Size;

/// An engine that can be submitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Slurm,
}

#[derive(Debug, Args)]
pub(super) struct SubmitArguments {
    /// The experiment.
    file: PathBuf,

    #[command(flatten)]
    experiment: ExperimentOptions,

    /// Folder in which EXPERIMENT/ is written, on a disk that all nodes see.
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,

    /// The engine that runs the shards.
    #[arg(long, value_enum, value_name = "ENGINE")]
    to: Engine,

    /// Parts that the trials are dealt out to [default: as many as make a shard take about ten minutes, or a third of --time].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    shards: Option<u16>,

    /// Partition of the cluster.
    #[arg(long, value_name = "P")]
    partition: Option<String>,

    /// Time limit of a shard, as Slurm writes it: 30 (minutes), 2:00:00, 1-0. What is not done by then is kept and goes on.
    #[arg(long, value_name = "T", value_parser = size::slurm_time)]
    time: Option<size::Limit>,

    /// Memory of a shard, as Slurm writes it: 2G, 500M.
    #[arg(long, value_name = "M")]
    mem: Option<String>,

    /// Processor cores, and threads, of a shard.
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    cpus: u16,

    /// Print scripts and commands; write and submit nothing.
    #[arg(long)]
    dry_run: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Further options of sbatch, for the array and the job after it: `-- --account=lab --qos=short`.
    #[arg(last = true, value_name = "SBATCH_OPTION")]
    more: Vec<String>,
}

pub(super) fn submit(arguments: &SubmitArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_submit(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_submit(arguments: &SubmitArguments, output: &Output) -> Result<Exit, Exit> {
    if suite::is_suite(&arguments.file) {
        output.complain(&format!(
            "error: `{}` is a suite, and a suite has no shards\n\
             help: submit each of its experiments; when all are merged, `runner {0}` trains nothing and writes the suite's report",
            disk::shown(&arguments.file)
        ));
        return Err(Exit::Invalid);
    }
    leaves_ours_alone(&arguments.more, output)?;
    let mut ready = experiment::ready(&arguments.file, &arguments.experiment, output)?;
    let folder = arguments.results.join(&ready.experiment.name);
    let fingerprint = frozen::freeze(&ready).fingerprint();
    let outlook = Outlook::of(&mut ready, &folder, output)?;
    if outlook.missing.is_empty() {
        let why = format!(
            "nothing is missing: {} known\nhelp: `{}` writes the report",
            text::count(outlook.trials, "trial"),
            line(&arguments.train("runner"))
        );
        return Ok(nothing(&outlook, &why, output));
    }
    let Engine::Slurm = arguments.to;
    // What another call submits must be in the journal before this one reads it.
    let _claim = if arguments.dry_run { None } else { Some(claim(&folder, output)?) };
    let journal = submitted(&folder, output)?;
    let queue = match arguments.dry_run {
        // A script can be looked at where there is no cluster.
        true => Slurm.queue(&journal.jobs()).unwrap_or_default(),
        false => Slurm.queue(&journal.jobs()).map_err(|error| refused(&error, output))?,
    };
    // The folders of the same shards are there, and so is what they have.
    let last = journal.last().filter(|sent| sent.experiment == fingerprint);
    let size = Size::of(arguments, &ready, &outlook, last.map(|sent| sent.of), output)?;
    let queued = Active::of(&journal, &queue);
    queued.is_ours(&fingerprint, size.shards, output)?;
    let tasks = match queued.lacking(&outlook, &size) {
        Ok(tasks) => tasks,
        Err(why) => return Ok(nothing(&outlook, &why, output)),
    };
    let name = ready.experiment.name.clone();
    let plan = Plan { arguments, outlook: &outlook, size, tasks, folder, name, fingerprint };
    plan.carry_out(journal, &queue, output)
}

/// Of two calls for one folder the second would send what the first is sending.
fn claim(folder: &Path, output: &Output) -> Result<Lock, Exit> {
    let launch = folder.join(LAUNCH);
    disk::create_folder(&launch).map_err(|error| lost(output, &error.to_string()))?;
    let owner = format!("process {} on {}", std::process::id(), disk::host());
    Lock::take(&launch.join("lock"), &owner).map_err(|error| match error {
        LockError::Held { owner, .. } => {
            output.complain(&format!(
                "error: another `runner submit` is at work in `{}` ({owner})\n\
                 help: wait for it; what it leaves, the next call submits",
                disk::shown(folder)
            ));
            Exit::Held
        }
        LockError::Disk(error) => lost(output, &error.to_string()),
    })
}

/// Says why nothing is submitted.
fn nothing(outlook: &Outlook, why: &str, output: &Output) -> Exit {
    output.note(why);
    if output.format == Format::Json {
        output.json(&json!({ "trials": outlook.trials, "missing": outlook.missing.len(), "jobs": [] }));
    }
    Exit::Done
}

/// Options of `sbatch` that this command has itself, or that its scripts depend on.
const OURS: [&str; 18] = [
    "--clusters",
    "-M",
    "--array",
    "-a",
    "--chdir",
    "-D",
    "--cpus-per-task",
    "-c",
    "--dependency",
    "-d",
    "--mem",
    "--open-mode",
    "--output",
    "-o",
    "--partition",
    "--signal",
    "--time",
    "-t",
];

/// The option of ours that this is: `-Mother`, `--cluster=other` (sbatch takes the beginning of a name) among them.
fn ours(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or_default();
    let is_name = |ours: &&&str| match ours.strip_prefix("--") {
        Some(_) => name.len() > 3 && ours.starts_with(name),
        None => !option.starts_with("--") && option.starts_with(**ours),
    };
    OURS.iter().find(is_name).copied()
}

/// What follows `--` must not undo what this command writes.
fn leaves_ours_alone(more: &[String], output: &Output) -> Result<(), Exit> {
    let Some(name) = more.iter().find_map(|option| ours(option)) else { return Ok(()) };
    let help = match name {
        // What asks for the queue later must ask the same cluster.
        "--clusters" | "-M" => "submit where that cluster is the one that Slurm's commands ask by themselves",

        _ => {
            "`--partition`, `--time`, `--mem`, `--cpus`, and `--shards` are options of `runner submit`; its scripts depend on the others"
        }
    };
    output.complain(&format!("error: `{name}` cannot stand behind `--`\nhelp: {help}"));
    Err(Exit::Invalid)
}

/// Words as a line for a shell.
fn line(words: &[String]) -> String {
    words.iter().map(|word| text::shell(word)).collect::<Vec<_>>().join(" ")
}

/// What was submitted before.
pub(super) fn submitted(folder: &Path, output: &Output) -> Result<Journal, Exit> {
    let path = folder.join(LAUNCH).join(JOURNAL);
    if !disk::is_file(&path) {
        return Ok(Journal::default());
    }
    let bytes = disk::read(&path).map_err(|error| lost(output, &error.to_string()))?;
    Ok(Journal::read(&String::from_utf8_lossy(&bytes)))
}

const JOURNAL: &str = "submitted.jsonl";
pub(super) const LOGS: &str = "logs";

fn refused(error: &LaunchError, output: &Output) -> Exit {
    let help = match error {
        LaunchError::NotThere { .. } => {
            "run this where Slurm's commands are; `--dry-run` prints the scripts, to be submitted by hand elsewhere"
        }
        LaunchError::Refused { .. } => {
            "`--dry-run` prints what is submitted; options after `--` are given as they are"
        }
    };
    output.complain(&format!("error: {error}\nhelp: {help}"));
    Exit::Disk
}

/// Arrays of earlier submissions that wait or run.
struct Active<'a> {
    all: Vec<(&'a Sent, &'a Queued)>,
}

impl<'a> Active<'a> {
    fn of(journal: &'a Journal, queue: &'a [Queued]) -> Active<'a> {
        let array = |q: &Queued| journal.sent.iter().find(|s| s.job == q.job && s.tasks.is_some());
        Active { all: queue.iter().filter_map(|q| Some((array(q)?, q))).collect() }
    }

    fn jobs(&self, between: &str) -> String {
        let mut jobs: Vec<u64> = self.all.iter().map(|(sent, _)| sent.job).collect();
        jobs.sort_unstable();
        jobs.dedup();
        jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(between)
    }

    /// They train the same, in the same parts; else nothing can be sent beside them.
    fn is_ours(&self, fingerprint: &str, shards: usize, output: &Output) -> Result<(), Exit> {
        let (told, help) = if self.all.iter().any(|(sent, _)| sent.experiment != fingerprint) {
            (
                "what was submitted before, with other settings or data,".to_string(),
                "take another `--results`".into(),
            )
        } else if let Some((sent, _)) = self.all.iter().find(|(sent, _)| sent.of != shards) {
            let parts = text::count(sent.of, "shard");
            (format!("an earlier submission in {parts}"), format!("submit with `--shards {}`", sent.of))
        } else {
            return Ok(());
        };
        output.complain(&format!(
            "error: {told} is still in the queue (job {})\nhelp: wait for it, `scancel {}`, or {help}",
            self.jobs(", "),
            self.jobs(" ")
        ));
        Err(Exit::Held)
    }

    /// The shards with missing trials that none of them trains; or why there are none.
    fn lacking(&self, outlook: &Outlook, size: &Size) -> Result<Vec<usize>, String> {
        let jobs = || self.jobs(", ");
        // Arrays of later rounds wait for those of earlier ones: none is sent beside them.
        if outlook.rounds_left > 0 && !self.all.is_empty() {
            return Err(format!(
                "nothing to submit: job {} is still in the queue and goes on by itself",
                jobs()
            ));
        }
        let trains = |index: &usize| self.all.iter().any(|(_, q)| q.task.is_none_or(|task| task == *index));
        let mut tasks = outlook.shards(size.shards);
        tasks.retain(|index| !trains(index));
        match tasks.is_empty() {
            false => Ok(tasks),
            true => Err(format!(
                "nothing to submit: every shard with missing trials is still in the queue (job {})",
                jobs()
            )),
        }
    }
}

impl SubmitArguments {
    /// The command that trains, by the path of the program: of a shard, or of everything.
    fn train(&self, program: &str) -> Vec<String> {
        let SubmitArguments { file, experiment, results, .. } = self;
        let mut words = vec![program.to_string(), file.display().to_string(), "--results".into()];
        words.push(results.display().to_string());
        words.extend(experiment.all_overrides().into_iter().flat_map(|key| ["--set".into(), key]));
        words.extend(experiment.memory.map(|bytes| format!("--memory={bytes}")));
        words.extend(experiment.allow_outside.then(|| "--allow-outside".to_string()));
        words
    }

    /// This command again.
    fn again(&self) -> Vec<String> {
        let mut words = self.train("runner");
        words.insert(1, "submit".into());
        words.extend(["--to".into(), "slurm".into()]);
        words.extend(self.partition.iter().map(|p| format!("--partition={p}")));
        words.extend(self.time.iter().map(|limit| format!("--time={}", limit.text)));
        words.extend(self.mem.iter().map(|mem| format!("--mem={mem}")));
        words.extend((self.cpus != 1).then(|| format!("--cpus={}", self.cpus)));
        if !self.more.is_empty() {
            words.push("--".into());
            words.extend(self.more.iter().cloned());
        }
        words
    }
}
