//! `runner status RESULTS`: how far each shard of an experiment is, from its records and from the queue of the cluster.
//!
//! It reads and asks; it writes nothing, takes no lock, and trains nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::exit::Exit;
use super::frozen::{self, Thawed};
use super::output::{Format, Output};
use super::shares::Costs;
use super::submit;
use crate::event::TrialRecord;
use crate::launch::{Ended, Journal, Queued, Sent, Slurm};
use crate::record::{self, LAUNCH, Several};
use crate::{disk, text};

#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// The results folder of an experiment.
    #[arg(value_name = "RESULTS")]
    folder: PathBuf,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn status(arguments: &StatusArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_status(&arguments.folder, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_status(folder: &Path, output: &Output) -> Result<Exit, Exit> {
    let journal = submit::submitted(folder, output)?;
    let folders = record::shard_folders(folder).map_err(|error| unread(&error, output))?;
    if journal.sent.is_empty() && folders.is_empty() && !disk::is_file(&folder.join(record::RECORDS)) {
        output.complain(&format!(
            "error: `{}` holds no records and nothing was submitted for it\n\
             help: name the results folder of an experiment, such as `results/digits`",
            disk::shown(folder)
        ));
        return Err(Exit::Invalid);
    }
    let recorded = Recorded::of(folder, &folders, journal.last(), output)?;
    let queue = if journal.sent.is_empty() { Ok(Vec::new()) } else { Slurm.queue(&journal.jobs()) };
    let (queue, silent) = match queue {
        Ok(queue) => (queue, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let asked: Vec<u64> = if silent.is_some() { Vec::new() } else { journal.jobs() };
    let ended = if asked.is_empty() { Vec::new() } else { Slurm.ended(&asked) };
    let standing = Standing { folder, recorded, journal, queue, ended, silent };
    match output.format {
        Format::Text => output.print(&standing.as_text()),
        Format::Json => output.json(&standing.as_json()),
    }
    Ok(standing.exit())
}

fn unread(error: &record::RecordError, output: &Output) -> Exit {
    output.complain(&format!("error: {error}"));
    Exit::Disk
}

/// What the records say.
struct Recorded {
    name: String,
    /// Trials of the rounds so far; none where no record says of which experiment they are.
    planned: usize,
    done: usize,
    grows: bool,
    /// By shard: trials planned in the current round, and done. Empty where there are no shards.
    shards: Vec<(usize, usize)>,
}

impl Recorded {
    fn of(
        folder: &Path,
        shards: &[PathBuf],
        submitted: Option<&Sent>,
        output: &Output,
    ) -> Result<Recorded, Exit> {
        let mut known = Several::read(folder).map_err(|error| unread(&error, output))?;
        let of = submitted
            .map(|sent| sent.of)
            .or_else(|| shards.iter().filter_map(|f| record::shard_of(f)).map(|s| s.1).max());
        let named = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(frozen) = known.experiment(submitted.map(|sent| sent.experiment.as_str())).cloned() else {
            let shards = vec![(0, 0); of.unwrap_or(0)];
            return Ok(Recorded { name: named, planned: 0, done: 0, grows: false, shards });
        };
        let unplanned = |why: String| super::merge_command::unplanned(&frozen, &why, output);
        let mut thawed = frozen::thaw(&frozen).map_err(unplanned)?;
        let (begin, is_done) = gone_through(&mut thawed, &mut known).map_err(unplanned)?;
        let planned = thawed.plan.trials.len();
        let recordings = thawed.recordings();
        let costs = Costs::new(&thawed.plan, thawed.facts(), &recordings.section_of);
        let mut by_shard = vec![(0, 0); of.unwrap_or(0)];
        if let Some(of) = of {
            for (at, shard) in costs.dealt(begin..planned, of).into_iter().enumerate() {
                by_shard[shard].0 += 1;
                by_shard[shard].1 += usize::from(is_done[begin + at]);
            }
        }
        let done = is_done.iter().filter(|is| **is).count();
        Ok(Recorded {
            name: frozen.name.clone(),
            planned,
            done,
            grows: !thawed.is_whole() && thawed.rounds_left() > 0,
            shards: by_shard,
        })
    }
}

/// Grows the plan to the first round that is not done: where that begins, and which trials are done.
fn gone_through(thawed: &mut Thawed, known: &mut Several) -> Result<(usize, Vec<bool>), String> {
    let mut records: Vec<TrialRecord> = Vec::new();
    let mut is_done: Vec<bool> = Vec::new();
    loop {
        let begin = is_done.len();
        let recordings = thawed.recordings();
        for trial in &thawed.plan.trials[begin..] {
            let found = known.take(trial, recordings.get(trial), false);
            is_done.push(found.is_some());
            records.extend(found);
        }
        if is_done.contains(&false) {
            return Ok((begin, is_done));
        }
        thawed.tell(&records);
        match thawed.grow() {
            Ok(true) => {}
            Ok(false) => return Ok((begin, is_done)),
            // The next round has data that no run has read: none has begun it.
            Err(why) if why == frozen::UNREAD => return Ok((begin, is_done)),
            Err(why) => return Err(why),
        }
    }
}

/// Everything there is to say.
struct Standing<'a> {
    folder: &'a Path,
    recorded: Recorded,
    journal: Journal,
    queue: Vec<Queued>,
    ended: Vec<Ended>,
    /// Why the queue is not known.
    silent: Option<String>,
}

/// One line of the table.
struct Row {
    name: String,
    state: &'static str,
    /// Planned and done; none of the job that unites.
    trials: Option<(usize, usize)>,
    job: String,
    why: String,
}

impl Standing<'_> {
    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = (0..self.recorded.shards.len()).map(|index| self.shard(index)).collect();
        if let Some(sent) = self.journal.sent.iter().rev().find(|sent| sent.tasks.is_none()) {
            rows.push(self.union(sent.job));
        }
        rows
    }

    fn shard(&self, index: usize) -> Row {
        let of = self.recorded.shards.len();
        let (planned, done) = self.recorded.shards[index];
        let sent = |job: u64| self.journal.sent.iter().any(|s| s.job == job && s.has(index));
        let is_this = |task: Option<usize>| task.is_none_or(|task| task == index);
        let mut queued = self.queue.iter().filter(|q| is_this(q.task) && sent(q.job));
        let queued: Option<&Queued> = {
            let all: Vec<&Queued> = queued.by_ref().collect();
            all.iter().find(|q| q.is_running).or_else(|| all.first()).copied()
        };
        let last = self.journal.sent.iter().rev().find(|s| s.has(index));
        let end_of = |s: &Sent| self.ended.iter().find(|e| e.job == s.job && e.task == Some(index));
        let end = self.journal.sent.iter().rev().filter(|s| s.has(index)).find_map(end_of);
        let is_complete = planned > 0 && done == planned;
        let (state, why) = match (queued, end) {
            (Some(q), _) if q.is_running => ("running", format!("{} on {}", q.elapsed, q.why)),
            _ if is_complete => ("done", String::new()),
            (Some(q), _) => ("pending", q.why.clone()),
            (None, Some(end)) if end.state == "COMPLETED" && planned == 0 => ("done", String::new()),
            (None, Some(end)) if end.state == "COMPLETED" => ("incomplete", String::new()),
            (None, Some(end)) => ("failed", format!("{}, exit {}", end.state, end.code)),
            (None, None) if self.silent.is_some() => ("unknown", "the queue was not asked".into()),
            (None, None) if last.is_some() => ("failed", "no longer in the queue".into()),
            (None, None) => ("incomplete", String::new()),
        };
        let job = queued.map(|q| q.job).or(last.map(|s| s.job));
        let job = job.map_or(String::new(), |job| format!("{job}_{index}"));
        Row { name: format!("{index} of {of}"), state, trials: Some((planned, done)), job, why }
    }

    /// The job that unites the shards.
    fn union(&self, job: u64) -> Row {
        let queued = self.queue.iter().find(|q| q.job == job);
        let end = self.ended.iter().find(|e| e.job == job);
        let (state, why) = match (queued, end) {
            (Some(q), _) if q.is_running => ("running", q.why.clone()),
            (Some(q), _) => ("pending", q.why.clone()),
            (None, Some(end)) if end.state == "COMPLETED" => ("done", String::new()),
            (None, Some(end)) if end.code == "1:0" => ("done", "an expectation was missed".into()),
            (None, Some(end)) if end.code == "5:0" => ("incomplete", "trials were missing".into()),
            (None, Some(end)) => ("failed", format!("{}, exit {}", end.state, end.code)),
            (None, None) if self.silent.is_some() => ("unknown", "the queue was not asked".into()),
            (None, None) => ("ended", "no longer in the queue".into()),
        };
        Row { name: "merge".into(), state, trials: None, job: job.to_string(), why }
    }

    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for row in self.rows().iter().filter(|row| row.trials.is_some()) {
            *counts.entry(row.state).or_default() += 1;
        }
        counts
    }

    fn is_whole(&self) -> bool {
        self.recorded.planned > 0 && self.recorded.done == self.recorded.planned && !self.recorded.grows
    }

    /// Nobody will train what is missing.
    fn is_stuck(&self) -> bool {
        !self.is_whole() && self.queue.is_empty() && self.silent.is_none()
    }

    fn exit(&self) -> Exit {
        if self.is_stuck() && !self.journal.sent.is_empty() { Exit::Incomplete } else { Exit::Done }
    }

    fn as_text(&self) -> String {
        let Recorded { name, planned, done, grows, .. } = &self.recorded;
        let so_far = if *grows { " of the rounds so far" } else { "" };
        let mut out = match planned {
            0 => format!("{name}: no trial is recorded yet"),
            _ => format!(
                "{name}: {} of {}{so_far} done",
                text::grouped(*done as u64),
                text::count(*planned, "trial")
            ),
        };
        let counts: Vec<String> = self.counts().iter().map(|(state, n)| format!("{n} {state}")).collect();
        if !counts.is_empty() {
            let _ = write!(out, "; shards: {}", counts.join(", "));
        }
        out.push('\n');
        if let Some(why) = &self.silent {
            let _ = writeln!(out, "the queue is not known: {why}");
        }
        out += &table(&self.rows());
        let launch = self.folder.join(LAUNCH);
        if let Some(last) = self.journal.last().filter(|_| self.is_stuck()) {
            let _ = writeln!(
                out,
                "help: `{}` sends what is missing; logs are in `{}`",
                last.command,
                disk::shown(&launch.join(submit::LOGS))
            );
        }
        out
    }

    fn as_json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "name": row.name, "state": row.state, "job": row.job, "why": row.why,
                "planned": row.trials.map(|t| t.0), "done": row.trials.map(|t| t.1),
            })
        };
        json!({
            "experiment": self.recorded.name,
            "trials": self.recorded.planned,
            "done": self.recorded.done,
            "is_whole": self.is_whole(),
            "further_rounds": self.recorded.grows,
            "queue_unknown": self.silent,
            "shards": self.counts(),
            "rows": self.rows().iter().map(row).collect::<Vec<_>>(),
        })
    }
}

/// Columns of equal width.
fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut lines = vec![["shard", "state", "trials", "job", ""].map(String::from)];
    for row in rows {
        let trials = match row.trials {
            Some((0, _)) | None => String::new(),
            Some((planned, done)) => format!("{done} of {planned}"),
        };
        lines.push([row.name.clone(), row.state.into(), trials, row.job.clone(), row.why.clone()]);
    }
    let width = |c: usize| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |cells: &[String; 5]| {
        let padded = cells.iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}", w = *w));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}
