//! Scripts, `sbatch`, and the journal: carries out what is to be submitted, whole or not at all.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::exit::Exit;
use super::super::output::{Format, Output};
use super::super::run::lost;
use super::outlook::Outlook;
use super::size::{self, Size};
use super::{JOURNAL, LOGS, SubmitArguments, line, refused};
use crate::launch::{Job, Journal, Queued, Sent, Slurm, ranges};
use crate::record::LAUNCH;
use crate::{disk, text};

/// What is to be submitted.
pub(super) struct Plan<'a> {
    pub(super) arguments: &'a SubmitArguments,
    pub(super) outlook: &'a Outlook,
    pub(super) size: Size,
    /// Shards of the first array.
    pub(super) tasks: Vec<usize>,
    pub(super) folder: PathBuf,
    pub(super) name: String,
    pub(super) fingerprint: String,
}

/// Arrays that wait for one another; what rounds there are beyond, the next call submits.
const ARRAYS_MAX: usize = 50;
const ARRAY: &str = "array.sh";
const MERGE: &str = "merge.sh";
/// How long a shard waits for the others of its round before it leaves that to the next array.
const ROUND_WAIT: &str = "90s";

impl Plan<'_> {
    pub(super) fn carry_out(
        &self,
        journal: Journal,
        queue: &[Queued],
        output: &Output,
    ) -> Result<Exit, Exit> {
        let failed = |error: &dyn std::fmt::Display| lost(output, &error.to_string());
        let directory = disk::canonical(Path::new(".")).map_err(|error| failed(&error))?;
        let launch = self.folder.join(LAUNCH);
        let job = self.job(directory.clone(), directory.join(&launch).join(LOGS));
        let scripts = [(ARRAY, job.array_script(&self.tasks)), (MERGE, job.merge_script())];
        if self.arguments.dry_run {
            self.tell(output, &scripts, &self.commands(&launch), &[]);
            return Ok(Exit::Done);
        }
        disk::create_folder(&launch.join(LOGS)).map_err(|error| failed(&error))?;
        for (name, text) in &scripts {
            disk::replace(&launch.join(name), text.as_bytes()).map_err(|error| failed(&error))?;
        }
        let mut sending = Sending { journal, launch, jobs: Vec::new(), commands: Vec::new() };
        if let Err(exit) = self.send(&mut sending, queue, output) {
            sending.take_back(output);
            return Err(exit);
        }
        self.tell(output, &scripts, &sending.commands, &sending.jobs);
        Ok(Exit::Done)
    }

    /// Submits the arrays, each after the one before, and what unites their shards.
    fn send(&self, sending: &mut Sending, queue: &[Queued], output: &Output) -> Result<(), Exit> {
        let all = format!("0-{}", self.size.shards - 1);
        for round in 0..self.arrays() {
            let tasks = if round == 0 { ranges(&self.tasks) } else { all.clone() };
            let after: Vec<u64> = sending.jobs.last().copied().into_iter().collect();
            // Rounds after the first are trained by all shards.
            let other = (round > 0).then(|| format!("--array={all}"));
            sending.sbatch(&after, other, ARRAY, self.sent(Some(tasks), round), output)?;
        }
        // Jobs of earlier submissions that are still in the queue end first: the report is written of everything.
        let mut after: Vec<u64> = sending.jobs.last().copied().into_iter().collect();
        after.extend(queue.iter().map(|q| q.job));
        after.dedup();
        sending.sbatch(&after, None, MERGE, self.sent(None, self.arrays()), output)
    }

    /// A line of the journal, but for the number of its job.
    fn sent(&self, tasks: Option<String>, after: usize) -> Sent {
        let (experiment, command) = (self.fingerprint.clone(), line(&self.arguments.again()));
        Sent { job: 0, tasks, of: self.size.shards, after, experiment, command }
    }

    /// One for each round.
    fn arrays(&self) -> usize {
        (1 + self.outlook.rounds_left).min(ARRAYS_MAX)
    }

    /// The commands of a dry run: numbers of jobs are not known yet.
    fn commands(&self, launch: &Path) -> Vec<String> {
        let script = |name: &str| text::shell(&disk::shown(&launch.join(name)));
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
        let SubmitArguments { experiment, partition, time, mem, cpus, more, .. } = self.arguments;
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("runner"));
        let words = self.arguments.train(&program.display().to_string());
        let mut train = words.clone();
        if self.outlook.rounds_left > 0 {
            // What another node has just written may not be seen at once.
            train.extend(["--wait".into(), ROUND_WAIT.into()]);
        }
        let merge = words.into_iter().chain(["--no-train".to_string()]).collect();
        let mut options: Vec<String> = partition.iter().map(|p| format!("--partition={p}")).collect();
        options.extend(joined(more));
        let mut array_options = vec![format!("--cpus-per-task={cpus}")];
        array_options.extend(time.iter().map(|limit| format!("--time={}", limit.text)));
        array_options.extend(mem.iter().map(|mem| format!("--mem={mem}")));
        Job {
            name: self.name.clone(),
            about: self.about(),
            directory,
            logs,
            train,
            merge,
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
            text::shell(&disk::shown(&self.folder)),
            disk::shown(&launch)
        );
        output.print(&out);
    }
}

/// Options as words of their own: what has no `-` in front is the value of the option before it.
fn joined(more: &[String]) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for word in more {
        match options.last_mut() {
            Some(option) if !word.starts_with('-') && !option.contains(['=', ' ']) => {
                option.push(if option.starts_with("--") { '=' } else { ' ' });
                option.push_str(word);
            }
            _ => options.push(word.clone()),
        }
    }
    options
}

/// What one call submits, and what was submitted before it.
struct Sending {
    journal: Journal,
    /// The folder of scripts and journal.
    launch: PathBuf,
    jobs: Vec<u64>,
    commands: Vec<String>,
}

impl Sending {
    fn sbatch(
        &mut self,
        after: &[u64],
        other: Option<String>,
        script: &str,
        sent: Sent,
        output: &Output,
    ) -> Result<(), Exit> {
        let mut words: Vec<String> = Vec::new();
        if !after.is_empty() {
            let ids: Vec<String> = after.iter().map(u64::to_string).collect();
            words.push(format!("--dependency=afterany:{}", ids.join(":")));
        }
        words.extend(other);
        words.push(disk::shown(&self.launch.join(script)));
        let job = Slurm.sbatch(&words).map_err(|error| refused(&error, output))?;
        self.commands.push(format!("sbatch {}", line(&words)));
        self.jobs.push(job);
        self.journal.sent.push(Sent { job, ..sent });
        self.write(output)
    }

    fn write(&self, output: &Output) -> Result<(), Exit> {
        let lines: String = self.journal.sent.iter().map(|sent| Journal::line(sent) + "\n").collect();
        let path = self.launch.join(JOURNAL);
        disk::replace(&path, lines.as_bytes()).map_err(|error| lost(output, &error.to_string()))
    }

    /// Half a submission is none: what was sent of it is cancelled.
    fn take_back(&mut self, output: &Output) {
        if self.jobs.is_empty() {
            return;
        }
        let jobs: Vec<String> = self.jobs.iter().map(u64::to_string).collect();
        match Slurm.cancel(&self.jobs) {
            Ok(()) => {
                let taken = &self.jobs;
                self.journal.sent.retain(|sent| !taken.contains(&sent.job));
                let _ = self.write(output);
                output.complain(&format!(
                    "what this call had submitted was taken back: job {}",
                    jobs.join(", ")
                ));
            }
            Err(error) => output.complain(&format!("error: {error}\nhelp: `scancel {}`", jobs.join(" "))),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_option_and_its_value_are_one() {
        let more =
            ["--comment", "a b", "-A", "lab", "--qos=short", "--exclusive", "--hold"].map(String::from);
        let options = ["--comment=a b", "-A lab", "--qos=short", "--exclusive", "--hold"];
        assert_eq!(super::joined(&more), options);
    }
}
