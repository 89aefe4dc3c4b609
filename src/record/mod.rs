//! What is kept of a run: finished trials while it goes on, the results folder when it is done.
//!
//! [`Store`] is the one runner of a results folder. It observes training and appends each finished trial to a working log,
//! so that an interrupted run is continued and not repeated; at the end it publishes the result files and removes the log.
//! It does not know what the files mean (`report` makes them), and it never changes a file of another name.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::disk::{self, DiskError, Lock, LockError, Log};
use crate::event::{Event, Observer, TrialRecord};
use crate::plan::Plan;

mod line;
mod log;
mod publish;
mod states;

pub use states::StateFiles;

/// What must be equal for the trials of an interrupted run to be used: everything that shapes a trial's record and is not
/// part of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version of the numerics.
    pub numerics: String,
    /// Column names of [`crate::event::CurvePoint::values`].
    pub curve_columns: Vec<String>,
    /// Names of the final metrics.
    pub metrics: Vec<String>,
    /// Every n-th epoch is in the curve.
    pub recorded_every: usize,
}

/// Why a results folder cannot be used. The message names the path.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Another process is running this experiment.
    #[error("another runner ({owner}) is writing to `{}`", disk::shown(folder))]
    Held { folder: PathBuf, owner: String },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The only writer of a results folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    log: Log,
    /// Released last: fields drop in this order.
    lock: Lock,
    warnings: Vec<Diagnostic>,
    fault: Option<DiskError>,
    /// A write failed once: a line after a torn one would be lost with it.
    broken: bool,
}

const LOG: &str = ".runner.log";
const LOCK: &str = ".runner.lock";
/// The last working log that could not be used whole.
const ASIDE: &str = ".runner.log.old";

/// What git is to leave out of any results folder.
const GIT_IGNORE: &[u8] = b"timings.csv\n.runner.*\n.*.part\n";

impl Store {
    /// Makes the folder if need be, locks it, and reads the working log of an interrupted run.
    ///
    /// Returned are the trials of `plan` that are done already, by trial index. What the log holds beside them is told in
    /// [`Store::warnings`] and never stops a run. Published files are not touched.
    pub fn open(
        folder: &Path,
        plan: &Plan,
        header: &Header,
    ) -> Result<(Store, Vec<TrialRecord>), RecordError> {
        disk::create_folder(folder)?;
        let lock = lock(folder)?;
        ignore_in_git(folder)?;
        let path = folder.join(LOG);
        let old = if disk::is_file(&path) { disk::read(&path)? } else { Vec::new() };
        let read = log::read(&old, &disk::shown(&path), plan, header);
        let mut length = old.len();
        if !read.is_sound(&old) {
            // What cannot be continued may still be wanted: it is set aside, never deleted.
            if !old.is_empty() {
                disk::replace(&folder.join(ASIDE), &old)?;
            }
            let sound = read.sound();
            disk::replace(&path, &sound)?;
            length = sound.len();
        }
        let log = Log::open(&path, length as u64)?;
        let folder = folder.to_path_buf();
        Ok((Store { folder, log, lock, warnings: read.warnings, fault: None, broken: false }, read.records))
    }

    /// What was set aside when the log was read.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The write that failed, once: ask after each event, and stop the run on an error. Nothing is written after it.
    pub fn check(&mut self) -> Result<(), RecordError> {
        self.fault.take().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Leaves an interrupted run so that it can be continued: the log stays, published files stay as they are.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.check()?;
        Ok(self.log.sync()?)
    }

    /// Writes the result files (name relative to the folder with `/`, bytes), each whole or not at all, `manifest.toml` last;
    /// removes those of an earlier publication that are no longer among them; then removes the working log.
    ///
    /// On an error the log stays, so that the next run publishes without training again.
    pub fn publish(mut self, files: &[(&str, &[u8])]) -> Result<(), RecordError> {
        self.check()?;
        self.log.sync_seldom()?;
        publish::publish(&self.folder, files)?;
        let Store { folder, log, lock, .. } = self;
        drop(log); // Some systems do not remove a file that is open.
        disk::remove_file(&folder.join(LOG))?;
        drop(lock);
        Ok(())
    }

    fn write(&mut self, event: &Event<'_>) -> Result<(), DiskError> {
        match event {
            Event::TrialDone(record) => self.log.append(&line::of_trial(record)),
            // Of trials that end in one epoch the lines are written together.
            Event::PackStarted { .. } | Event::Progress { .. } => self.log.flush(),
            Event::PackDone { .. } => self.log.sync_seldom(),
        }
    }
}

impl Observer for Store {
    /// Appends finished trials, written with the next event of another kind; a power cut costs no pack that ended more than a moment
    /// before the last one did. See [`Store::check`] for errors.
    fn on(&mut self, event: &Event<'_>) {
        if !self.broken {
            self.fault = self.write(event).err();
            self.broken = self.fault.is_some();
        }
    }
}

fn lock(folder: &Path) -> Result<Lock, RecordError> {
    let owner = format!("process {}", std::process::id());
    Lock::take(&folder.join(LOCK), &owner).map_err(|error| match error {
        LockError::Held { owner, .. } => RecordError::Held { folder: folder.to_path_buf(), owner },
        LockError::Disk(error) => RecordError::Disk(error),
    })
}

/// Timings and working files are never committed. A `.gitignore` that exists is the user's.
fn ignore_in_git(folder: &Path) -> Result<(), DiskError> {
    let path = match folder.parent() {
        Some(parent) => parent.join(".gitignore"),
        None => return Ok(()),
    };
    if disk::is_file(&path) { Ok(()) } else { disk::replace(&path, GIT_IGNORE) }
}
