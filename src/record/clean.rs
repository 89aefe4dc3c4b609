//! Removes from a results folder what runner made and can make again, and nothing else.
//!
//! Only names that runner itself gives are removed; a published file only where it holds what its manifest says.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::exported::{self, EXPORTED};
use super::known::{self, Kept};
use super::line::{self, Line};
use super::models::{self, MODELS, ModelFiles};
use super::publish::{self, FIGURES, KNOWN, MANIFEST};
use super::{LAUNCH, RECORDS, RecordError, SHARDS, lock};
use crate::disk::{self, DiskError, Part};

/// What was removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// With its bytes.
    pub removed: Vec<(PathBuf, u64)>,
    /// Lines of the records that nothing asks for, and their bytes.
    pub lines: (usize, u64),
    /// Published files that were changed since.
    pub changed: Vec<PathBuf>,
}

/// Names of what is made again without being asked for: set-aside records, states of trials in training, the log of an earlier
/// version of runner, and what was begun for other programs. Each may have something behind it.
const SPARE: [&str; 5] =
    [".runner.records.old", ".runner.states", ".runner.log", ".runner.verify", ".runner.export"];

/// Names of what cannot be made again without training.
const KEPT: [&str; 4] = [RECORDS, SHARDS, models::KEPT, LAUNCH];

/// Whether runner wrote results, or began to, into this folder.
pub fn is_results(folder: &Path) -> bool {
    let has = |name: &str| disk::is_file(&folder.join(name));
    has(RECORDS) || has(MANIFEST) || disk::is_folder(&folder.join(SHARDS))
}

/// Removes a folder that runner made for itself, with everything in it.
pub fn discard(folder: &Path) -> Result<(), RecordError> {
    if disk::is_folder(folder) {
        Cleaned::default().tree(folder, false)?;
    }
    Ok(())
}

/// The trials that an experiment asks for: id, and hash of the settings.
pub type Asked = BTreeSet<(String, String)>;

/// Removes what can be made again at no cost; with `all` also the records and what was published. With `dry_run` only tells.
///
/// Records of trials that are not asked for go too; `asked` is called when nobody else can write, and says `None` where it cannot tell.
pub fn clean(
    folder: &Path,
    all: bool,
    dry_run: bool,
    asked: impl FnOnce() -> Option<Asked>,
) -> Result<Cleaned, RecordError> {
    let _lock = lock(folder)?;
    let mut cleaned = Cleaned::default();
    for path in disk::list(folder)? {
        let name = name(&path);
        let is_spare = SPARE.iter().any(|spare| name.starts_with(spare)) || is_part(&name);
        if is_spare || (all && KEPT.contains(&name.as_str())) {
            cleaned.tree(&path, dry_run)?;
        }
    }
    for inner in [FIGURES, MODELS, models::KEPT].map(|inner| folder.join(inner)) {
        if disk::is_folder(&inner) {
            for path in disk::list(&inner)?.into_iter().filter(|p| is_part(&name(p))) {
                cleaned.file(&path, dry_run)?;
            }
        }
    }
    if all {
        cleaned.published(folder, dry_run)?;
    } else if let Some(asked) = asked().filter(|_| disk::is_file(&folder.join(RECORDS))) {
        cleaned.lines = forget(&folder.join(RECORDS), &asked, dry_run)?;
        let trials: BTreeSet<&str> = asked.iter().map(|(trial, _)| trial.as_str()).collect();
        for path in ModelFiles::new(folder).not_of(&trials)? {
            cleaned.file(&path, dry_run)?;
        }
    }
    if !dry_run {
        let inner = [FIGURES, MODELS, models::KEPT];
        inner.iter().for_each(|inner| disk::remove_empty_folder(&folder.join(inner)));
    }
    drop(_lock);
    if !dry_run && all {
        disk::remove_empty_folder(folder);
    }
    Ok(cleaned)
}

/// Leaves lines of trials that are not asked for out of the records, with what only they need. How many, and their bytes.
fn forget(path: &Path, asked: &Asked, dry_run: bool) -> Result<(usize, u64), RecordError> {
    let known = known::read(path)?.known;
    let kept = known.trials.iter().flat_map(|(id, all)| all.iter().map(move |kept| (id, kept)));
    let is_asked = |id: &str, settings: &str| asked.contains(&(id.to_string(), settings.to_string()));
    let needed: Vec<&Kept> =
        kept.filter(|(id, kept)| is_asked(id, &kept.settings)).map(|(_, kept)| kept).collect();
    let configurations: BTreeSet<&str> = needed.iter().map(|k| k.about.configuration.as_str()).collect();
    let settings: BTreeSet<&str> = needed.iter().map(|k| &*k.settings).collect();
    let stays = |line: &[u8]| match line::parse(std::str::from_utf8(line).unwrap_or_default().trim_end()) {
        Some(Line::Trial(trial)) => is_asked(&trial.record.id, &trial.settings),
        Some(Line::Configuration(configuration)) => configurations.contains(configuration.id.as_str()),
        Some(Line::Settings(of)) => settings.contains(of.hash().as_str()),
        Some(Line::Experiment(frozen)) => known.experiment.as_ref() == Some(&frozen),
        // What cannot be read is not this command's business: the next run sets it aside.
        Some(Line::Format) | None => true,
    };
    let (mut lines, mut bytes) = (0, 0);
    let mut part = Part::new(path);
    let mut written = Ok(());
    disk::each_line(path, |line| {
        if !stays(line) {
            lines += 1;
            bytes += line.len() as u64;
        } else if written.is_ok() && !dry_run {
            written = part.write_all(line);
        }
    })?;
    written.map_err(|source| DiskError { action: "write", path: path.to_path_buf(), source })?;
    if lines > 0 && !dry_run {
        disk::place(vec![part.finish()?])?;
    }
    Ok((lines, bytes))
}

/// What a write that was cut off leaves of one of our files.
fn is_part(name: &str) -> bool {
    let of = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".part"));
    let ours = |of: &str| {
        KNOWN.contains(&of)
            || of.starts_with(".runner.")
            || of.ends_with(models::ENDING)
            || publish::is_figure(&format!("{FIGURES}/{of}"))
    };
    of.is_some_and(ours)
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

impl Cleaned {
    fn file(&mut self, path: &Path, dry_run: bool) -> Result<(), DiskError> {
        self.removed.push((path.to_path_buf(), disk::size(path).unwrap_or(0)));
        if dry_run { Ok(()) } else { disk::remove_file(path) }
    }

    /// A file, or a folder with all that is in it. Links are removed and not followed.
    fn tree(&mut self, path: &Path, dry_run: bool) -> Result<(), DiskError> {
        let parent = disk::canonical(path.parent().unwrap_or(Path::new(".")))?;
        let is_itself = disk::canonical(path).is_ok_and(|real| real == parent.join(name(path)));
        if !(is_itself && disk::is_folder(path)) {
            return self.file(path, dry_run);
        }
        for inner in disk::list(path)? {
            self.tree(&inner, dry_run)?;
        }
        if !dry_run {
            disk::remove_empty_folder(path);
        }
        Ok(())
    }

    /// Folders in the form of other programs, each whole or not at all.
    fn exported(&mut self, folder: &Path, dry_run: bool) -> Result<(), DiskError> {
        for path in EXPORTED.map(|name| folder.join(name)).into_iter().filter(|path| disk::is_folder(path)) {
            match exported::foreign(&path)? {
                Some(changed) => self.changed.push(changed),
                None => self.tree(&path, dry_run)?,
            }
        }
        Ok(())
    }

    /// The published files; the manifest last, so that a clean that is cut off can be repeated.
    fn published(&mut self, folder: &Path, dry_run: bool) -> Result<(), DiskError> {
        for (_, path) in publish::published(folder)? {
            self.file(&path, dry_run)?;
        }
        self.exported(folder, dry_run)?;
        let manifest = folder.join(MANIFEST);
        if !disk::is_file(&manifest) {
            return Ok(());
        }
        for (name, digest) in publish::listed(&disk::read(&manifest)?) {
            let path = folder.join(&name);
            if !disk::is_file(&path) {
                continue;
            }
            if disk::sha256(&disk::read(&path)?) == digest {
                self.file(&path, dry_run)?;
            } else {
                self.changed.push(path);
            }
        }
        // In no manifest.
        for path in ["timings.csv", "report.html"].map(|name| folder.join(name)) {
            if disk::is_file(&path) {
                self.file(&path, dry_run)?;
            }
        }
        if self.changed.is_empty() { self.file(&manifest, dry_run) } else { Ok(()) }
    }
}
