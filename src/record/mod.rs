//! What is kept of runs: every finished trial, and the results folder.
//!
//! [`Store`] is the one runner of a results folder. It observes training and appends each finished trial to the records of the
//! folder, `.runner.records`, which stay: any later run takes from them what its plan asks for and trains the rest.
//! At the end it publishes the result files. It does not know what the files mean (`report` makes them), and it never changes a
//! file of another name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::disk::{self, DiskError, Lock, LockError, Log};
use crate::event::{Event, Observer, TrialRecord};
use crate::plan::{Fold, Plan, Planned, Trial};

mod absorb;
mod clean;
mod exported;
mod follow;
mod frozen;
mod known;
mod line;
mod models;
mod publish;
mod settings;
mod several;
mod states;
mod tensors;
mod why;

pub use absorb::Conflict;
pub use clean::{Asked, Cleaned, clean, discard, is_results};
pub use exported::{ExportError, Exported, outdated};
pub use follow::{Follower, Heard, News, PartFollowed, Place, shard_of};
pub use frozen::{Frozen, FrozenData};
pub use known::Known;
pub use models::{model_name, plain_name, published_models, read_model};
pub use publish::{MANIFEST, Publication, is_published};
pub use settings::{Recording, Settings};
pub use several::Several;
pub use states::StateFiles;
pub use tensors::TensorFile;
pub use why::{Reason, why};

use known::Condition;
use models::ModelFiles;

/// Which trial of the plan a record is of.
#[derive(Clone, Debug, PartialEq)]
struct About {
    /// The id of its configuration.
    configuration: String,
    seed: u64,
    fold: Option<Fold>,
    until: Option<usize>,
}

/// Why a results folder cannot be used. The message names the path.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Another process is running this experiment; `elsewhere`: on another machine, if it still is.
    #[error("another runner ({owner}) is writing to `{}`", disk::shown(folder))]
    Held { folder: PathBuf, owner: String, elsewhere: bool },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The only writer of a results folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    known: Known,
    log: Log,
    /// Released last: fields drop in this order.
    _lock: Lock,
    warnings: Vec<Diagnostic>,
    /// By index in the plan: what is being trained, and which of `recordings` it has.
    begun: BTreeMap<usize, (About, usize)>,
    recordings: Vec<Recording>,
    models: ModelFiles,
    /// A record serves only where the trained network is there too.
    wants_models: bool,
    /// Arithmetic of the trials that are being trained.
    numerics: String,
    /// Records that did not serve because their networks are not there.
    without_model: usize,
    fault: Option<DiskError>,
    /// A write failed once: a line after a torn one would be lost with it.
    broken: bool,
}

/// The records of a results folder: one line for each finished trial, for ever.
pub const RECORDS: &str = ".runner.records";
/// What was submitted to a cluster, with its scripts and logs.
pub const LAUNCH: &str = ".runner.slurm";
/// Where shards keep their records.
const SHARDS: &str = ".runner.shards";
const LOCK: &str = ".runner.lock";
/// Records that could not be used whole, or that `--fresh` put away; a number is added where there are some already.
const ASIDE: &str = ".runner.records.old";

/// The folder below a results folder in which the trials of a shard are recorded, apart from those of all others. `attempt` is 1, or
/// more where another machine may still write to the folders of those before.
pub fn shard_folder(folder: &Path, index: usize, of: usize, attempt: usize) -> PathBuf {
    let name = format!("{index}-of-{of}");
    folder.join(SHARDS).join(if attempt == 1 { name } else { format!("{name}.{attempt}") })
}

/// The folders of all shards that were begun below a results folder.
pub fn shard_folders(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let shards = folder.join(SHARDS);
    let all = if disk::is_folder(&shards) { disk::list(&shards)? } else { Vec::new() };
    Ok(all.into_iter().filter(|path| disk::is_file(&path.join(RECORDS))).collect())
}

/// What git is to leave out of any results folder.
const GIT_IGNORE: &[u8] =
    b"timings.csv\nreport.html\n.runner.*\n.*.part\nmodels/\n*/mlflow/\n*/parquet/\n*/tensorboard/\n";

impl Store {
    /// Makes the folder if need be, locks it, and reads its records. Lines that cannot be used are told in [`Store::warnings`] and
    /// never stop a run. Published files are not touched.
    pub fn open(folder: &Path) -> Result<Store, RecordError> {
        Store::open_with(folder, false)
    }

    /// Like [`Store::open`], but knows nothing: records that exist are set aside.
    pub fn open_afresh(folder: &Path) -> Result<Store, RecordError> {
        Store::open_with(folder, true)
    }

    /// [`Store::open`] or, where all is to be trained again, [`Store::open_afresh`].
    pub fn open_or_afresh(folder: &Path, afresh: bool) -> Result<Store, RecordError> {
        Store::open_with(folder, afresh)
    }

    fn open_with(folder: &Path, afresh: bool) -> Result<Store, RecordError> {
        disk::create_folder(folder)?;
        let lock = lock(folder)?;
        if folder.parent().is_none_or(|parent| !parent.ends_with(SHARDS)) {
            ignore_in_git(folder)?;
        }
        let path = folder.join(RECORDS);
        if afresh && disk::is_file(&path) {
            disk::rename(&path, &unused(folder))?;
        }
        let read = known::read(&path)?;
        let (keep, is_ended) = match read.condition {
            Condition::Sound { bytes, is_ended } => (bytes, is_ended),
            Condition::Damaged => (mend(folder, &path)?, true),
        };
        let mut log = Log::open(&path, keep)?;
        if keep == 0 {
            log.append(&line::of_format())?;
        } else if !is_ended {
            log.append("")?;
        }
        Ok(Store {
            folder: folder.to_path_buf(),
            known: read.known,
            log,
            _lock: lock,
            warnings: read.warnings,
            begun: BTreeMap::new(),
            recordings: Vec::new(),
            models: ModelFiles::new(folder),
            wants_models: false,
            numerics: String::new(),
            without_model: 0,
            fault: None,
            broken: false,
        })
    }

    /// What was set aside when the records were read.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// From here on a record serves only where the trained network of its trial is there too, if it has one.
    pub fn want_models(&mut self) {
        self.wants_models = true;
    }

    /// The record of a trial that was trained under these settings, as a trial of the plan. It is given once.
    pub fn known(&mut self, trial: &Trial, recording: &Recording) -> Option<TrialRecord> {
        if self.wants_models
            && self.known.has(trial, recording)
            && !self.known.has_model(&self.folder, trial, recording)
        {
            self.without_model += 1;
            return None;
        }
        self.known.take(trial, recording)
    }

    /// How many records did not serve since this was asked, because their networks are not there.
    pub fn without_model(&mut self) -> usize {
        std::mem::take(&mut self.without_model)
    }

    /// The trained network of a trial, where it is kept.
    pub fn model(&self, trial: &Trial, recording: &Recording) -> Option<TensorFile> {
        self.models.load(&trial.id, &recording.settings.numerics)
    }

    /// Takes in the trained networks that another results folder keeps.
    pub fn absorb_models(&self, folder: &Path) -> Result<(), RecordError> {
        Ok(self.models.absorb(folder)?)
    }

    /// Keeps what the experiment is now, for [`Known::experiment`].
    pub fn freeze(&mut self, frozen: Frozen) -> Result<(), RecordError> {
        if self.known.experiment.as_ref() != Some(&frozen) {
            self.log.append(&line::of_experiment(&frozen))?;
            self.known.experiment = Some(frozen);
        }
        Ok(())
    }

    /// Says what is trained next: these trials of the plan. Must come before an event tells of one of them.
    ///
    /// `meaning` tells the source and the meaning of a configuration, for [`why()`].
    pub fn begin<'r>(
        &mut self,
        plan: &Plan,
        trials: &[usize],
        recording: impl Fn(&Trial) -> &'r Recording,
        meaning: impl Fn(&Planned) -> (String, String),
    ) -> Result<(), RecordError> {
        // A round may have wider columns than the one before.
        self.begun.clear();
        self.recordings.clear();
        for &index in trials {
            let trial = &plan.trials[index];
            let Planned { id, .. } = &plan.configurations[trial.configuration];
            if !self.known.configurations.contains_key(id) {
                let (data, meaning) = meaning(&plan.configurations[trial.configuration]);
                let line = line::Configuration { id: id.clone(), data, meaning };
                self.log.append(&line::of_configuration(&line))?;
                self.known.configurations.insert(id.clone(), line);
            }
            let recording = self.recording(recording(trial))?;
            let about =
                About { configuration: id.clone(), seed: trial.seed, fold: trial.fold, until: trial.until };
            self.begun.insert(index, (about, recording));
        }
        Ok(())
    }

    /// The index of a recording among ours.
    fn recording(&mut self, wanted: &Recording) -> Result<usize, DiskError> {
        // One process computes in one way.
        self.numerics.clone_from(&wanted.settings.numerics);
        if let Some(index) = self.recordings.iter().position(|r| r.hash == wanted.hash) {
            return Ok(index);
        }
        if !self.known.settings.contains_key(&wanted.hash) {
            self.log.append(&line::of_settings(&wanted.settings))?;
            self.known.settings.insert(wanted.hash.clone(), wanted.settings.clone());
        }
        self.recordings.push(wanted.clone());
        Ok(self.recordings.len() - 1)
    }

    /// The write that failed, once: ask after each event, and stop the run on an error. Nothing is written after it.
    pub fn check(&mut self) -> Result<(), RecordError> {
        self.fault.take().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Leaves an interrupted run: published files stay as they are.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.check()?;
        Ok(self.log.sync()?)
    }

    /// Writes the result files (name relative to the folder with `/`, bytes), each whole or not at all, `manifest.toml` last;
    /// removes those of an earlier publication that are no longer among them. A file that holds its bytes already is left alone.
    ///
    /// On an error the next run publishes without training again.
    pub fn publish(self, files: &[(&str, &[u8])]) -> Result<(), RecordError> {
        let mut publication = self.publication();
        for (name, bytes) in files {
            publication.put(name, |out| out.write_all(bytes))?;
        }
        self.place(publication)
    }

    /// A publication in which files are written piece by piece; [`Store::place`] is its end.
    pub fn publication(&self) -> Publication {
        Publication::new(&self.folder)
    }

    /// See [`Store::publish`].
    pub fn place(mut self, publication: Publication) -> Result<(), RecordError> {
        self.check()?;
        self.log.sync()?;
        Ok(publication.place()?)
    }

    fn write(&mut self, event: &Event<'_>) -> Result<(), DiskError> {
        match event {
            // Before the record, which says that the trial need not be trained again.
            Event::Trained(model) => {
                let experiment = self.known.experiment.as_ref().map_or("", |frozen| frozen.name.as_str());
                self.models.save(model, experiment, &self.numerics)
            }
            Event::TrialDone(record) => {
                let (about, recording) =
                    self.begun.remove(&record.trial).expect("a trial is begun before it is done");
                let recording = &self.recordings[recording];
                if self.known.has_line(&record.id, &recording.hash) {
                    // It was trained again for its network alone.
                    return Ok(());
                }
                let line = line::of_trial(record, &about, &recording.hash, |p| recording.narrow(p));
                self.log.append(&line)
            }
            // Of trials that end in one epoch the lines are written together.
            Event::PackStarted { .. } => self.log.flush(),
            Event::Progress { .. } | Event::Underway(_) | Event::PackDone { .. } => self.log.sync_seldom(),
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

/// Replaces records by what of them is sound. What they were may still be wanted: it is set aside, never deleted.
/// Returns the bytes that are left.
fn mend(folder: &Path, path: &Path) -> Result<u64, DiskError> {
    let old = disk::read(path)?;
    disk::replace(&unused(folder), &old)?;
    let sound = known::sound(&old);
    disk::replace(path, &sound)?;
    Ok(sound.len() as u64)
}

/// A name for what is set aside that nothing has yet.
fn unused(folder: &Path) -> PathBuf {
    let numbered = |n: usize| if n == 1 { ASIDE.to_string() } else { format!("{ASIDE}-{n}") };
    let free = (1..).map(|n| folder.join(numbered(n))).find(|path| !disk::is_file(path));
    free.expect("numbers do not end")
}

fn lock(folder: &Path) -> Result<Lock, RecordError> {
    let host = disk::host();
    let owner = format!("process {} on {host}", std::process::id());
    Lock::take(&folder.join(LOCK), &owner).map_err(|error| match error {
        LockError::Held { owner, .. } => {
            let elsewhere = owner.split_once(" on ").is_some_and(|(_, other)| other != host);
            RecordError::Held { folder: folder.to_path_buf(), owner, elsewhere }
        }
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
