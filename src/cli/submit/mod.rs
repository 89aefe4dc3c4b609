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
use super::output::{Format, Output};
use super::run::lost;
use super::suite;
use crate::launch::{Job, Journal, LaunchError, Queued, Sent, Slurm, ranges};
use crate::record::LAUNCH;
use crate::{disk, text};

mod outlook;
mod size;

use outlook::Outlook;
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
    let mut ready = experiment::ready(&arguments.file, &arguments.experiment, output)?;
    let folder = arguments.results.join(&ready.experiment.name);
    let outlook = Outlook::of(&mut ready, &folder, output)?;
    let journal = journal(&folder, output)?;
    if outlook.missing.is_empty() {
        output.note(&format!(
            "nothing is missing: {} known\nhelp: `runner merge {} --results {}` unites what shards have and writes the report",
            text::count(outlook.trials, "trial"),
            disk::shown(&folder),
            disk::shown(&arguments.results)
        ));
        return Ok(Exit::Done);
    }
    let Engine::Slurm = arguments.to;
    let queue = match arguments.dry_run {
        // A script can be looked at where there is no cluster.
        true => Slurm.queue(&journal.jobs()).unwrap_or_default(),
        false => Slurm.queue(&journal.jobs()).map_err(|error| refused(&error, output))?,
    };
    let size = Size::of(arguments, &ready, &outlook, &journal, output)?;
    let Some(tasks) = to_send(&outlook, &size, &journal, &queue, output)? else { return Ok(Exit::Done) };
    let plan =
        Plan { arguments, outlook: &outlook, size, tasks, folder, name: ready.experiment.name.clone() };
    plan.carry_out(journal, &queue, output)
}

/// What was submitted before.
fn journal(folder: &Path, output: &Output) -> Result<Journal, Exit> {
    let path = folder.join(LAUNCH).join(JOURNAL);
    if !disk::is_file(&path) {
        return Ok(Journal::default());
    }
    let bytes = disk::read(&path).map_err(|error| lost(output, &error.to_string()))?;
    Ok(Journal::read(&String::from_utf8_lossy(&bytes)))
}

/// [`journal`], for `runner status`.
pub(super) fn submitted(folder: &Path, output: &Output) -> Result<Journal, Exit> {
    journal(folder, output)
}

pub(super) const JOURNAL: &str = "submitted.jsonl";
pub(super) const LOGS: &str = "logs";
const ARRAY: &str = "array.sh";
const MERGE: &str = "merge.sh";

pub(super) fn refused(error: &LaunchError, output: &Output) -> Exit {
    let help = match error {
        LaunchError::NotThere { .. } => {
            "run this where Slurm's commands are; `--dry-run` prints the scripts, to be submitted by hand elsewhere"
        }
        LaunchError::Refused { .. } => {
            "nothing was submitted by this call to Slurm; options after `--` are given to sbatch as they are"
        }
    };
    output.complain(&format!("error: {error}\nhelp: {help}"));
    Exit::Disk
}

/// The shards to submit: those with missing trials that no job in the queue will train. `None`: there are none, which was said.
fn to_send(
    outlook: &Outlook,
    size: &Size,
    journal: &Journal,
    queue: &[Queued],
    output: &Output,
) -> Result<Option<Vec<usize>>, Exit> {
    let arrays: Vec<&Sent> = journal.sent.iter().filter(|s| s.tasks.is_some()).collect();
    let active: Vec<(&Sent, &Queued)> =
        (queue.iter()).filter_map(|q| Some((*arrays.iter().find(|s| s.job == q.job)?, q))).collect();
    let jobs = || {
        let jobs: std::collections::BTreeSet<u64> = active.iter().map(|(sent, _)| sent.job).collect();
        jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    };
    if let Some((sent, _)) = active.iter().find(|(sent, _)| sent.of != size.shards) {
        output.complain(&format!(
            "error: an earlier submission in {} is still in the queue (job {})\n\
             help: wait for it, `scancel {}`, or submit with `--shards {}`",
            text::count(sent.of, "shard"),
            jobs(),
            jobs().replace(',', ""),
            sent.of
        ));
        return Err(Exit::Held);
    }
    // Arrays of later rounds wait for those of earlier ones: none is sent beside them.
    if outlook.rounds_left > 0 && !active.is_empty() {
        output
            .note(&format!("nothing to submit: job {} is still in the queue and goes on by itself", jobs()));
        return Ok(None);
    }
    let is_active = |index: &usize| active.iter().any(|(_, q)| q.task.is_none_or(|task| task == *index));
    let lacking = outlook.shards(size.shards);
    let tasks: Vec<usize> = lacking.iter().copied().filter(|index| !is_active(index)).collect();
    if tasks.is_empty() {
        output.note(&format!(
            "nothing to submit: every shard with missing trials is still in the queue (job {})",
            jobs()
        ));
        return Ok(None);
    }
    Ok(Some(tasks))
}

/// What is to be submitted.
struct Plan<'a> {
    arguments: &'a SubmitArguments,
    outlook: &'a Outlook,
    size: Size,
    tasks: Vec<usize>,
    folder: PathBuf,
    name: String,
}

/// Arrays that wait for one another; what rounds there are beyond, the next call submits.
const ARRAYS_MAX: usize = 50;

impl Plan<'_> {
    fn carry_out(&self, mut journal: Journal, queue: &[Queued], output: &Output) -> Result<Exit, Exit> {
        let failed = |error: &dyn std::fmt::Display| lost(output, &error.to_string());
        let directory = disk::canonical(Path::new(".")).map_err(|error| failed(&error))?;
        let launch = self.folder.join(LAUNCH);
        let job = self.job(directory.clone(), directory.join(&launch).join(LOGS));
        let scripts = [(ARRAY, job.array_script(&self.tasks)), (MERGE, job.merge_script())];
        let mut commands: Vec<String> = Vec::new();
        if self.arguments.dry_run {
            self.tell(output, &scripts, &self.commands(&launch), &[]);
            return Ok(Exit::Done);
        }
        disk::create_folder(&launch.join(LOGS)).map_err(|error| failed(&error))?;
        for (name, text) in &scripts {
            disk::replace(&launch.join(name), text.as_bytes()).map_err(|error| failed(&error))?;
        }
        let mut send = |after: &[u64], script: &str, sent: &dyn Fn(u64) -> Sent| -> Result<u64, Exit> {
            let mut words: Vec<String> = Vec::new();
            if !after.is_empty() {
                let ids: Vec<String> = after.iter().map(u64::to_string).collect();
                words.push(format!("--dependency=afterany:{}", ids.join(":")));
            }
            // Rounds after the first are trained by all shards.
            if script == ARRAY && !after.is_empty() {
                words.push(format!("--array=0-{}", self.size.shards - 1));
            }
            words.push(disk::shown(&launch.join(script)));
            let number = Slurm.sbatch(&words).map_err(|error| refused(&error, output))?;
            commands.push(format!("sbatch {}", words.join(" ")));
            journal.sent.push(sent(number));
            let lines: String = journal.sent.iter().map(|sent| Journal::line(sent) + "\n").collect();
            disk::replace(&launch.join(JOURNAL), lines.as_bytes()).map_err(|error| failed(&error))?;
            Ok(number)
        };
        let of = self.size.shards;
        let all = format!("0-{}", of - 1);
        let mut arrays: Vec<u64> = Vec::new();
        for round in 0..self.arrays() {
            let tasks = if round == 0 { ranges(&self.tasks) } else { all.clone() };
            let sent = |job| Sent { job, tasks: Some(tasks.clone()), of, after: round };
            arrays.push(send(arrays.last().map(std::slice::from_ref).unwrap_or_default(), ARRAY, &sent)?);
        }
        // Jobs of earlier submissions that are still in the queue end first: the report is written of everything.
        let mut after: Vec<u64> = arrays.last().copied().into_iter().collect();
        let mut earlier: Vec<u64> = queue.iter().map(|q| q.job).collect();
        earlier.dedup();
        after.extend(earlier);
        let merge = send(&after, MERGE, &|job| Sent { job, tasks: None, of, after: arrays.len() })?;
        arrays.push(merge);
        self.tell(output, &scripts, &commands, &arrays);
        Ok(Exit::Done)
    }

    /// One for each round.
    fn arrays(&self) -> usize {
        (1 + self.outlook.rounds_left).min(ARRAYS_MAX)
    }

    /// The commands of a dry run: numbers of jobs are not known yet.
    fn commands(&self, launch: &Path) -> Vec<String> {
        let script = |name: &str| disk::shown(&launch.join(name));
        let mut commands = vec![format!("job=$(sbatch --parsable {})", script(ARRAY))];
        for _ in 1..self.arrays() {
            commands.push(format!(
                "job=$(sbatch --parsable --dependency=afterany:$job --array=0-{} {})",
                self.size.shards - 1,
                script(ARRAY)
            ));
        }
        commands.push(format!("sbatch --dependency=afterany:$job {}", script(MERGE)));
        commands
    }

    fn job(&self, directory: PathBuf, logs: PathBuf) -> Job {
        let SubmitArguments { file, experiment, results, partition, time, mem, cpus, more, .. } =
            self.arguments;
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("runner"));
        let (program, results) = (program.display().to_string(), results.display().to_string());
        let mut train =
            vec![program.clone(), file.display().to_string(), "--results".into(), results.clone()];
        train.extend(experiment.all_overrides().into_iter().flat_map(|key| ["--set".into(), key]));
        train.extend(experiment.memory.map(|bytes| format!("--memory={bytes}")));
        train.extend(experiment.allow_outside.then(|| "--allow-outside".to_string()));
        if self.outlook.rounds_left > 0 {
            // What another node has just written may not be seen at once.
            train.extend(["--wait".into(), ROUND_WAIT.into()]);
        }
        let whole = self.folder.display().to_string();
        let merge = ["merge", whole.as_str(), "--results", results.as_str(), "--partial"].map(String::from);
        let mut options: Vec<String> = partition.iter().map(|p| format!("--partition={p}")).collect();
        options.extend(more.iter().cloned());
        let mut array_options = vec![format!("--cpus-per-task={cpus}")];
        array_options.extend(time.iter().map(|limit| format!("--time={}", limit.text)));
        array_options.extend(mem.iter().map(|mem| format!("--mem={mem}")));
        Job {
            name: self.name.clone(),
            about: self.about(),
            directory,
            logs,
            train,
            merge: [program].into_iter().chain(merge).collect(),
            of: self.size.shards,
            array_options,
            options,
            notice_s: time.as_ref().map_or(size::NOTICE_S, size::Limit::notice_s),
            has_memory: experiment.memory.is_some(),
        }
    }

    /// The head of the script.
    fn about(&self) -> Vec<String> {
        let launch = self.folder.join(LAUNCH);
        let mut about = vec![
            format!(
                "Trains the experiment `{}`, written by runner {}.",
                self.name,
                env!("CARGO_PKG_VERSION")
            ),
            self.size.told(self.outlook),
            "A task may be run again at any time: what is known is not trained again. By hand:".into(),
        ];
        about.extend(self.commands(&launch).into_iter().map(|command| format!("    {command}")));
        about
    }

    fn tell(&self, output: &Output, scripts: &[(&str, String)], commands: &[String], jobs: &[u64]) {
        let launch = self.folder.join(LAUNCH);
        if output.format == Format::Json {
            output.json(&json!({
                "experiment": self.name,
                "trials": self.outlook.trials,
                "missing": self.outlook.missing.len(),
                "seconds_on_one_core": self.outlook.seconds(),
                "shards": self.size.shards,
                "tasks": self.tasks,
                "rounds": self.arrays(),
                "jobs": jobs,
                "commands": commands,
                "scripts": scripts.iter().map(|(name, text)| json!({
                    "file": disk::shown(&launch.join(name)), "text": text,
                })).collect::<Vec<_>>(),
            }));
            return;
        }
        let mut out = format!("{}: {}\n", self.name, self.size.told(self.outlook));
        if self.arguments.dry_run {
            for (name, text) in scripts {
                out += &format!("\n# ---- {}\n{text}", disk::shown(&launch.join(name)));
            }
            out += "\n# ---- commands (nothing was written or submitted)\n";
            commands.iter().for_each(|command| out += &format!("{command}\n"));
            return output.print(&out);
        }
        let (merge, arrays) = jobs.split_last().expect("the job that merges was submitted");
        let arrays: Vec<String> = arrays.iter().map(u64::to_string).collect();
        out += &format!(
            "submitted: array {} (tasks {}), then {merge}, which unites the shards and writes the report\n\
             help: `runner status {}` says how far it is; scripts and logs are in `{}`\n",
            arrays.join(", "),
            ranges(&self.tasks),
            disk::shown(&self.folder),
            disk::shown(&launch)
        );
        output.print(&out);
    }
}

/// How long a shard waits for the others of its round before it leaves that to the next array.
const ROUND_WAIT: &str = "90s";
