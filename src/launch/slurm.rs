//! Slurm: the scripts of an array job and of the job that unites its shards, and what the queue says of them.
//!
//! Scripts are plain `sbatch` scripts with everything in them, so that they can be read and submitted by hand. Words of the commands
//! are those of Slurm's manual pages (`sbatch`, `squeue`, `scontrol`, version 22.05). Nothing here knows what a trial is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::place::SHARDS_MAX;
use crate::text;

/// What the scripts of one experiment say.
#[derive(Clone, Debug)]
pub struct Job {
    pub name: String,
    /// What the array does, for whoever reads the script; one line each.
    pub about: Vec<String>,
    /// Where the commands run: paths among their words may be relative to it.
    pub directory: PathBuf,
    /// The folder of the logs.
    pub logs: PathBuf,
    /// The command that trains, but for which shard; and the one that unites them.
    pub train: Vec<String>,
    pub merge: Vec<String>,
    /// Shards in all.
    pub of: usize,
    /// Options of `sbatch`, as `--partition=long`; those of the array alone first.
    pub array_options: Vec<String>,
    pub options: Vec<String>,
    /// Seconds before the time limit at which a task is told.
    pub notice_s: u64,
    /// `--memory` is on the command line already.
    pub has_memory: bool,
}

/// A task that ended at its time limit is queued again so often at most: one whose single epoch takes longer than the limit would come
/// back for ever.
const REQUEUES_MAX: usize = 50;

impl Job {
    /// The script that trains these shards, one task each.
    pub fn array_script(&self, tasks: &[usize]) -> String {
        let mut out = String::from("#!/bin/bash\n");
        for line in &self.about {
            let _ = writeln!(out, "# {line}");
        }
        let array = [
            format!("--array={}", ranges(tasks)),
            "--requeue".into(),
            format!("--signal=B:USR1@{}", self.notice_s),
        ];
        self.directives(&mut out, &format!("{}/%A_%a.log", pattern(&self.logs)));
        out.extend(array.iter().chain(&self.array_options).map(|option| directive(option)));
        let memory = if self.has_memory { "" } else { MEMORY };
        let _ = write!(
            out,
            "\n{memory}words=({} --shard \"$SLURM_ARRAY_TASK_ID/{}\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\"{})\n",
            words(&self.train),
            self.of,
            if self.has_memory { "" } else { " \"${memory[@]}\"" },
        );
        out += &TASK.replace("REQUEUES_MAX", &REQUEUES_MAX.to_string());
        out
    }

    /// The script that unites what all shards have and writes the report.
    pub fn merge_script(&self) -> String {
        let mut out = format!(
            "#!/bin/bash\n# Unites the shards of `{}` and writes the report; its log names trials that are missing (exit 5).\n",
            self.name
        );
        self.directives(&mut out, &format!("{}/%j_merge.log", pattern(&self.logs)));
        let _ = write!(out, "\nexec {}\n", words(&self.merge));
        out
    }

    fn directives(&self, out: &mut String, log: &str) {
        let mut all = vec![
            format!("--job-name={}", self.name),
            format!("--chdir={}", self.directory.display()),
            format!("--output={log}"),
            "--open-mode=append".into(),
            "--ntasks=1".into(),
        ];
        all.extend(self.options.iter().cloned());
        out.extend(all.iter().map(|option| directive(option)));
    }
}

/// What Slurm grants, less what the program itself needs: packs are made for it.
const MEMORY: &str = r#"memory=()
granted=${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * ${SLURM_CPUS_PER_TASK:-1}))}
if [ "$granted" -gt 0 ]; then memory=(--memory "$((granted * 3 / 4))MiB"); fi
"#;

/// The way of a task: the command, told when its time is nearly up, and queued again if that ended it.
///
/// Slurm sends TERM to every process of a task, so that it need not be passed on; but a shell that it ended would leave the command
/// behind. CONT comes beside it and must not be trapped: of two trapped signals at once `wait` loses one (bash 5.2). The number of an
/// array's job may be that of one of its tasks, so that a task is named by both.
const TASK: &str = r#"
# Before the time limit Slurm sends USR1 to this script: runner then keeps what it has and ends with 143.
is_late=
trap 'is_late=yes; kill -USR1 "$child" 2>/dev/null' USR1
trap : TERM
"${words[@]}" &
child=$!
while kill -0 "$child" 2>/dev/null; do wait "$child"; done
wait "$child"
code=$?
if [ -n "$is_late" ] && [ "$code" = 143 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt REQUEUES_MAX ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
"#;

/// Words of a command line, for a shell.
fn words(words: &[String]) -> String {
    words.iter().map(|word| text::shell(word)).collect::<Vec<_>>().join(" ")
}

/// An option as `#SBATCH` takes it: a value with spaces in double quotes.
fn directive(option: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !"\"'\\#".contains(c);
    match option.split_once('=') {
        Some((name, value)) if !value.chars().all(is_plain) => {
            format!("#SBATCH {name}=\"{}\"\n", value.replace('\\', r"\\").replace('"', "\\\""))
        }
        _ => format!("#SBATCH {option}\n"),
    }
}

/// A path as a pattern of a log's name: `%` begins a replacement.
fn pattern(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// Ascending numbers as Slurm writes them: `0-3,7`.
pub fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let run = |run: &[usize]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    runs.map(run).collect::<Vec<_>>().join(",")
}

/// The numbers of such a list.
fn numbers(ranges: &str) -> Vec<usize> {
    let one = |text: &str| -> Option<Vec<usize>> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some((first.parse().ok()?..=last.parse().ok()?).collect())
    };
    ranges.split(',').filter_map(one).flatten().collect()
}

/// What was submitted: a line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub job: u64,
    /// The tasks of an array, as Slurm writes them; without them it is the job that unites the shards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tasks: Option<String>,
    /// Shards in all.
    pub of: usize,
    /// Of a sweep with rounds, how many arrays before this one it waits for.
    #[serde(default)]
    pub after: usize,
    /// What is trained, by the fingerprint of the experiment as the records freeze it.
    #[serde(default)]
    pub experiment: String,
    /// The command that submitted it.
    #[serde(default)]
    pub command: String,
}

impl Sent {
    pub fn has(&self, index: usize) -> bool {
        self.tasks.as_ref().is_some_and(|tasks| numbers(tasks).contains(&index))
    }
}

/// Everything that was submitted for a results folder, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub sent: Vec<Sent>,
}

impl Journal {
    /// Lines that are not whole are left out.
    pub fn read(text: &str) -> Journal {
        let is_sane = |sent: &Sent| (1..=SHARDS_MAX).contains(&sent.of);
        Journal {
            sent: text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(is_sane).collect(),
        }
    }

    pub fn line(sent: &Sent) -> String {
        serde_json::to_string(sent).expect("plain data has a text")
    }

    pub fn jobs(&self) -> Vec<u64> {
        self.sent.iter().map(|sent| sent.job).collect()
    }

    /// The last submission.
    pub fn last(&self) -> Option<&Sent> {
        self.sent.last()
    }
}

/// A job in the queue: waiting or running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub job: u64,
    /// The index of an array's task.
    pub task: Option<usize>,
    pub is_running: bool,
    /// `PENDING`, `RUNNING`, `COMPLETING`, ...
    pub state: String,
    /// Why it waits, or where it runs.
    pub why: String,
    /// How long it has run: `1:02:03`.
    pub elapsed: String,
}

/// A job that is no longer in the queue, and how it ended: `COMPLETED`, `FAILED`, `TIMEOUT`, `NODE_FAIL`, ...
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub job: u64,
    pub task: Option<usize>,
    pub state: String,
    /// `1:0`: exit code and signal.
    pub code: String,
}

/// Why Slurm did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("`{program}` cannot be started: {source}")]
    NotThere { program: &'static str, source: std::io::Error },
    /// In its own words.
    #[error("`{program}` says: {says}")]
    Refused { program: &'static str, says: String },
}

/// The commands of Slurm, as the environment finds them.
#[derive(Clone, Copy, Debug)]
pub struct Slurm;

impl Slurm {
    /// Submits a script; the number of its job.
    pub fn sbatch(self, arguments: &[String]) -> Result<u64, LaunchError> {
        let mut all = vec!["--parsable".to_string()];
        all.extend(arguments.iter().cloned());
        let told = call("sbatch", &all)?;
        // `1042`, or `1042;cluster` of a cluster that was asked for by name: what asks for jobs later would ask another.
        if let Some((job, cluster)) = told.trim().split_once(';') {
            let taken = call("scancel", &[format!("--clusters={cluster}"), job.to_string()]);
            let became = if taken.is_ok() { "was taken back" } else { "is still there" };
            let says = format!(
                "job {job} went to the cluster `{cluster}`; it {became}: run this where that cluster is Slurm's own, without \
                 `SLURM_CLUSTERS` and `SBATCH_CLUSTERS`"
            );
            return Err(LaunchError::Refused { program: "sbatch", says });
        }
        told.trim().parse().map_err(|_| LaunchError::Refused { program: "sbatch", says: told })
    }

    /// Takes jobs back, as far as they are still there.
    pub fn cancel(self, jobs: &[u64]) -> Result<(), LaunchError> {
        call("scancel", &jobs.iter().map(u64::to_string).collect::<Vec<_>>()).map(drop)
    }

    /// Those of these jobs that wait or run. Jobs that ended long ago are unknown to Slurm, which is no fault.
    pub fn queue(self, jobs: &[u64]) -> Result<Vec<Queued>, LaunchError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let list = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let words = ["-h", "-r", "-a", "-j", &list, "-o", "%F|%K|%T|%r|%N|%M|%A"].map(String::from);
        match call("squeue", &words) {
            Ok(told) => Ok(told.lines().filter_map(queued).filter(|q| jobs.contains(&q.job)).collect()),
            // A single job that ended long ago; of several it would be left out.
            Err(LaunchError::Refused { says, .. }) if says.contains("Invalid job id") => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// How these jobs ended, as far as Slurm still knows: from its accounts where it keeps them, else from the controller's memory.
    pub fn ended(self, jobs: &[u64]) -> Vec<Ended> {
        let list = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let sacct = ["-n", "-P", "-X", "-j", &list, "--format=JobID,State,ExitCode"].map(String::from);
        let told = call("sacct", &sacct).unwrap_or_default();
        let found: Vec<Ended> = told.lines().filter_map(accounted).collect();
        if !found.is_empty() {
            return found;
        }
        let show = |job: &u64| call("scontrol", &["show", "job", "-o", &job.to_string()].map(String::from));
        jobs.iter().filter_map(|job| show(job).ok()).flat_map(|told| shown(&told)).collect()
    }
}

fn call(program: &'static str, arguments: &[String]) -> Result<String, LaunchError> {
    let mut command = Command::new(program);
    // Called from within a job, what Slurm told that job is not for the next one.
    // And what users set for their own eyes is not for ours.
    let own = [
        "SLURM_ARRAY_",
        "SLURM_MEM_",
        "SLURM_CPUS_PER_TASK",
        "SLURM_RESTART_COUNT",
        "SQUEUE_",
        "SACCT_",
        "SCONTROL_",
    ];
    let of_job = std::env::vars_os().map(|(name, _)| name);
    for name in of_job.filter(|name| own.iter().any(|own| name.to_string_lossy().starts_with(own))) {
        command.env_remove(name);
    }
    let output = command.args(arguments).output();
    let output = output.map_err(|source| LaunchError::NotThere { program, source })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(LaunchError::Refused {
            program,
            says: [text(&output.stderr), text(&output.stdout)].join(" ").trim().into(),
        })
    }
}

/// A line of `squeue`: of an array the job's number is that of the array.
fn queued(line: &str) -> Option<Queued> {
    let [array, task, state, reason, node, elapsed, job] =
        line.split('|').collect::<Vec<_>>().try_into().ok()?;
    let is_running = !matches!(state, "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "SPECIAL_EXIT");
    Some(Queued {
        job: array.parse().or_else(|_| job.parse()).ok()?,
        task: task.parse().ok(),
        is_running,
        state: state.into(),
        why: if is_running { node } else { reason }.into(),
        elapsed: elapsed.into(),
    })
}

/// A line of `sacct`: `1042_3|TIMEOUT|0:15`.
fn accounted(line: &str) -> Option<Ended> {
    let [id, state, code] = line.split('|').collect::<Vec<_>>().try_into().ok()?;
    let (job, task) = id.split_once('_').map_or((id, None), |(job, task)| (job, task.parse().ok()));
    // `CANCELLED by 1000`
    let state = state.split(' ').next().filter(is_over)?;
    Some(Ended { job: job.parse().ok()?, task, state: state.into(), code: code.into() })
}

/// What keeps accounts may lag behind.
fn is_over(state: &&str) -> bool {
    !matches!(*state, "PENDING" | "RUNNING" | "COMPLETING" | "SUSPENDED" | "REQUEUED")
}

/// The lines of `scontrol show job -o`.
fn shown(told: &str) -> Vec<Ended> {
    let one = |line: &str| {
        let field = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let job = field("ArrayJobId").or_else(|| field("JobId"))?.parse().ok()?;
        let task = field("ArrayTaskId").and_then(|task| task.parse().ok());
        let state = field("JobState").filter(is_over)?;
        Some(Ended { job, task, state: state.into(), code: field("ExitCode")?.into() })
    };
    told.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_slurm_reads_them() {
        assert_eq!(ranges(&[0, 1, 2, 3, 7, 9, 10]), "0-3,7,9-10");
        assert_eq!(numbers("0-3,7,9-10"), [0, 1, 2, 3, 7, 9, 10]);
        assert_eq!((ranges(&[]), numbers("")), (String::new(), Vec::new()));
    }

    #[test]
    fn paths_with_spaces_stay_one_value() {
        assert_eq!(directive("--time=1:00"), "#SBATCH --time=1:00\n");
        assert_eq!(directive("--chdir=/a b"), "#SBATCH --chdir=\"/a b\"\n");
        assert_eq!(pattern(Path::new("/50%/a")), "/50%%/a");
    }

    /// As Slurm 22.05 prints them.
    #[test]
    fn what_slurm_says_is_read() {
        let running = queued("12|3|RUNNING|None|node7|1:02|15").unwrap();
        assert_eq!((running.job, running.task, running.is_running), (12, Some(3), true));
        assert_eq!((running.why.as_str(), running.elapsed.as_str()), ("node7", "1:02"));
        let waiting = queued("13|N/A|PENDING|Dependency||0:00|13").unwrap();
        assert_eq!((waiting.job, waiting.task, waiting.is_running), (13, None, false));
        assert_eq!(waiting.why, "Dependency");
        assert!(queued("slurm_load_jobs error: Invalid job id specified").is_none());
        let ended = accounted("12_3|CANCELLED by 0|0:15").unwrap();
        assert_eq!((ended.job, ended.task, ended.state.as_str()), (12, Some(3), "CANCELLED"));
        let told =
            "JobId=15 ArrayJobId=12 ArrayTaskId=3 JobName=x JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15";
        let ended = &shown(told)[0];
        assert_eq!((ended.job, ended.task, ended.state.as_str()), (12, Some(3), "TIMEOUT"));
        assert_eq!(ended.code, "0:15");
    }

    #[test]
    fn what_was_sent_is_known_again() {
        let (experiment, command) = ("0a".to_string(), "runner submit x.toml --to slurm".to_string());
        let array = Sent { job: 12, tasks: Some("0-3,7".into()), of: 8, after: 0, experiment, command };
        let merge = Sent { job: 13, tasks: None, ..array.clone() };
        let empty = Journal::line(&Sent { of: 0, ..array.clone() });
        let text = format!("{}\n{empty}\n{}\n{{\"job\": 1", Journal::line(&array), Journal::line(&merge));
        let journal = Journal::read(&text);
        assert_eq!(journal.sent, [array.clone(), merge.clone()]);
        assert_eq!((journal.last(), journal.jobs()), (Some(&merge), vec![12, 13]));
        assert!(array.has(7) && array.has(2) && !array.has(4));
    }
}
