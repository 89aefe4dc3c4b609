//! The records of a results folder as they grow, its shards' too: for whoever looks on while others train.
//!
//! It reads each line once, takes no lock, and changes nothing. Of a trial it gives what a table needs; its curve stays on the disk
//! until it is asked for, so that memory grows with the trials and not with the size of the files. It does not decide what belongs
//! to a plan.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::line::{self, Line};
use super::{Frozen, LOCK, RECORDS, RecordError, Recording, shard_folders};
use crate::disk::{self, DiskError, Tail};
use crate::event::{CurvePoint, MetricNames, TrialRecord};
use crate::plan::Trial;

/// See the module.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    /// The folder itself, then its shards in the order in which they were seen.
    files: Vec<Followed>,
    /// What lists of metrics share.
    names: Vec<MetricNames>,
    hashes: Vec<Arc<str>>,
    damaged: usize,
}

#[derive(Debug)]
struct Followed {
    folder: PathBuf,
    shard: Option<(usize, usize)>,
    tail: Tail,
    experiment: Option<Frozen>,
}

/// A trial as it was recorded.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Without its curve and its counts of classes; its index in the plan still 0.
    pub record: TrialRecord,
    /// The hash of the settings it was recorded under.
    pub settings: Arc<str>,
    pub place: Place,
}

/// Where the line of a trial stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of [`Follower::parts`].
    pub part: usize,
    at: u64,
    length: usize,
}

/// What came since the last look.
#[derive(Debug, Default)]
pub struct News {
    /// In the order of the files.
    pub heard: Vec<Heard>,
    /// Records were replaced or set aside: what was heard before no longer stands, and all is read again.
    pub is_anew: bool,
    /// Everything that is there was read.
    pub is_at_end: bool,
    /// Bytes read so far, and bytes there are.
    pub bytes: u64,
    pub size: u64,
}

/// A file that trials are recorded in: that of the folder, or of one of its shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartFollowed {
    /// Index and number of shards.
    pub shard: Option<(usize, usize)>,
    /// A lock lies there: a runner is at work, or was killed.
    pub is_locked: bool,
    /// When it was last written to, by the clock of whoever keeps the file.
    pub changed: Option<SystemTime>,
}

impl Follower {
    pub fn new(folder: &Path) -> Follower {
        Follower {
            folder: folder.to_path_buf(),
            files: vec![Followed::new(folder, None)],
            names: Vec::new(),
            hashes: Vec::new(),
            damaged: 0,
        }
    }

    /// Reads what was added, about `most` bytes of it.
    pub fn read(&mut self, most: u64) -> Result<News, RecordError> {
        self.find_shards()?;
        let mut news = News { is_at_end: true, ..News::default() };
        for part in 0..self.files.len() {
            let left = most.saturating_sub(news.heard.iter().map(|h| h.place.length as u64).sum());
            let grown = self.read_part(part, left.max(1), &mut news.heard)?;
            if grown.is_anew {
                *self = Follower::new(&self.folder);
                return Ok(News { is_anew: true, ..News::default() });
            }
            news.is_at_end &= grown.is_at_end;
            news.bytes += grown.at;
            news.size += grown.size;
        }
        Ok(news)
    }

    fn find_shards(&mut self) -> Result<(), RecordError> {
        for folder in shard_folders(&self.folder)? {
            if !self.files.iter().any(|f| f.folder == folder) {
                let shard = shard_of(&folder);
                self.files.push(Followed::new(&folder, shard));
            }
        }
        Ok(())
    }

    fn read_part(
        &mut self,
        part: usize,
        most: u64,
        heard: &mut Vec<Heard>,
    ) -> Result<disk::Grown, DiskError> {
        let Follower { files, names, hashes, damaged, .. } = self;
        let Followed { tail, experiment, .. } = &mut files[part];
        tail.read(most, |at, bytes| {
            let text = std::str::from_utf8(bytes.strip_suffix(b"\r").unwrap_or(bytes)).unwrap_or_default();
            match line::parse(text) {
                Some(Line::Trial(trial)) => {
                    let line::Trial { settings, mut record, .. } = *trial;
                    record.curve = Vec::new();
                    record.confusion = Vec::new();
                    record.metrics.share_names(names);
                    let settings = shared(hashes, &settings);
                    heard.push(Heard { record, settings, place: Place { part, at, length: bytes.len() } });
                }
                Some(Line::Experiment(frozen)) => *experiment = Some(frozen),
                Some(_) => {}
                None => *damaged += 1,
            }
        })
    }

    /// The experiment that trials are recorded of: what the file says that was written to last.
    pub fn experiment(&self) -> Option<&Frozen> {
        let told = self.files.iter().filter_map(|f| Some((f.changed(), f.experiment.as_ref()?)));
        told.max_by_key(|(changed, frozen)| (*changed, frozen.data.len())).map(|(_, frozen)| frozen)
    }

    /// Lines that are not whole and sound; the next run trains again what they held.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Whose records there are, or may come: the folder itself first.
    pub fn parts(&self) -> Vec<PartFollowed> {
        let part = |f: &Followed| PartFollowed {
            shard: f.shard,
            is_locked: disk::is_file(&f.folder.join(LOCK)),
            changed: f.changed(),
        };
        self.files.iter().map(part).collect()
    }

    /// The curve of a trial, with the columns of the run; `None` where its line is no longer there.
    pub fn curve(&self, place: Place, trial: &Trial, recording: &Recording) -> Option<Vec<CurvePoint>> {
        let bytes = disk::read_piece(self.files.get(place.part)?.tail.path(), place.at, place.length).ok()?;
        let text = std::str::from_utf8(bytes.strip_suffix(b"\r").unwrap_or(&bytes)).ok()?;
        let Some(Line::Trial(found)) = line::parse(text) else { return None };
        let mut curve = found.record.curve;
        if found.record.id != trial.id || *found.settings != *recording.hash || !recording.fits(&curve) {
            return None;
        }
        recording.widen(&mut curve);
        Some(curve)
    }
}

impl Followed {
    fn new(folder: &Path, shard: Option<(usize, usize)>) -> Followed {
        let tail = Tail::new(&folder.join(RECORDS));
        Followed { folder: folder.to_path_buf(), shard, tail, experiment: None }
    }

    fn changed(&self) -> Option<SystemTime> {
        disk::modified(self.tail.path())
    }
}

/// `.../0-of-3`, or a further attempt `.../0-of-3.2`: which shard of how many.
pub fn shard_of(folder: &Path) -> Option<(usize, usize)> {
    let name = folder.file_name()?.to_str()?;
    let (index, of) = name.split('.').next()?.split_once("-of-")?;
    Some((index.parse().ok()?, of.parse().ok()?))
}

/// One text for all that are equal.
fn shared(known: &mut Vec<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(found) = known.iter().find(|k| ***k == *text) {
        return found.clone();
    }
    known.push(text.into());
    known[known.len() - 1].clone()
}
