//! What the records of a results folder hold: read tolerantly, what is sound is used and the rest is named.
//!
//! It writes nothing. Memory grows with the trials that are recorded, not with the size of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::line::{self, Configuration, Line};
use super::models::ModelFiles;
use super::{About, Frozen, RECORDS, RecordError, Recording, Settings};
use crate::diagnostic::{Code, DAMAGED_RECORD, DUPLICATE_RECORD, Diagnostic};
use crate::event::{End, MetricNames, TrialRecord};
use crate::plan::Trial;
use crate::{disk, text};

/// What is known of earlier runs.
#[derive(Debug, Default)]
pub struct Known {
    /// By id: one for each of the settings it was trained under.
    pub(super) trials: BTreeMap<String, Vec<Kept>>,
    /// By hash.
    pub(super) settings: BTreeMap<String, Settings>,
    /// By id.
    pub(super) configurations: BTreeMap<String, Configuration>,
    /// What was last asked for.
    pub(super) experiment: Option<Frozen>,
    /// Trials whose line cannot be trusted.
    pub(super) damaged: BTreeSet<String>,
    has_format: bool,
    /// What lists of metrics share.
    names: Vec<MetricNames>,
    hashes: BTreeSet<Arc<str>>,
}

/// A trial that was trained.
#[derive(Debug)]
pub(super) struct Kept {
    pub settings: Arc<str>,
    pub about: About,
    /// With the columns of its own settings; `None` once it was taken.
    pub record: Option<Box<TrialRecord>>,
}

/// In what state a file of records is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It goes on after this many bytes; a torn line may lie behind them. Its last line may lack its line feed.
    Sound { bytes: u64, is_ended: bool },
    /// It holds lines that must not stay.
    Damaged,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Used,
    Damaged,
    Repeated,
}

/// What a file came to.
pub(super) struct Read {
    pub known: Known,
    pub condition: Condition,
    pub warnings: Vec<Diagnostic>,
}

impl Known {
    /// What the records of this folder hold; nothing where there are none. Changes nothing, so another runner may be at work.
    pub fn read(folder: &Path) -> Result<Known, RecordError> {
        Ok(read(&folder.join(RECORDS))?.known)
    }

    /// Like [`Known::read`], with what could not be used.
    pub fn read_with_warnings(folder: &Path) -> Result<(Known, Vec<Diagnostic>), RecordError> {
        let read = read(&folder.join(RECORDS))?;
        Ok((read.known, read.warnings))
    }

    /// The experiment that was run last.
    pub fn experiment(&self) -> Option<&Frozen> {
        self.experiment.as_ref()
    }

    /// Whether this trial was trained under these settings.
    pub fn has(&self, trial: &Trial, recording: &Recording) -> bool {
        self.find(trial, recording).is_some_and(|kept| kept.record.is_some())
    }

    /// Whether the network of a trial that was trained under these settings is kept in `folder`, or there is none: it broke.
    pub fn has_model(&self, folder: &Path, trial: &Trial, recording: &Recording) -> bool {
        let record = self.find(trial, recording).and_then(|kept| kept.record.as_deref());
        let is_broken = record.is_some_and(|record| record.end == End::NonFinite);
        is_broken || ModelFiles::new(folder).load(&trial.id, &recording.settings.numerics).is_some()
    }

    /// Whether a trial is recorded under the settings with this hash.
    pub(super) fn has_line(&self, trial: &str, settings: &str) -> bool {
        self.trials.get(trial).is_some_and(|kept| kept.iter().any(|k| *k.settings == *settings))
    }

    fn find(&self, trial: &Trial, recording: &Recording) -> Option<&Kept> {
        let fits = |r: &TrialRecord| recording.fits(&r.curve);
        let serves = |k: &&Kept| *k.settings == *recording.hash && k.record.as_deref().is_some_and(fits);
        self.trials.get(&trial.id)?.iter().find(serves)
    }

    /// Takes out the record of a trial, if it was trained under these settings.
    pub fn take(&mut self, trial: &Trial, recording: &Recording) -> Option<TrialRecord> {
        self.find(trial, recording)?;
        let kept = self.trials.get_mut(&trial.id)?.iter_mut().find(|k| *k.settings == *recording.hash)?;
        let mut record = *kept.record.take()?;
        record.trial = trial.index;
        recording.widen(&mut record.curve);
        Some(record)
    }

    fn add(&mut self, line: &str) -> Verdict {
        let is_new = match line::parse(line) {
            None => return Verdict::Damaged,
            Some(Line::Format) => !std::mem::replace(&mut self.has_format, true),
            Some(Line::Settings(settings)) => self.settings.insert(settings.hash(), settings).is_none(),
            Some(Line::Configuration(configuration)) => {
                self.configurations.insert(configuration.id.clone(), configuration).is_none()
            }
            Some(Line::Experiment(frozen)) => self.experiment.replace(frozen.clone()) != Some(frozen),
            Some(Line::Trial(trial)) => self.add_trial(*trial),
        };
        if is_new { Verdict::Used } else { Verdict::Repeated }
    }

    pub(super) fn add_trial(&mut self, trial: line::Trial) -> bool {
        let line::Trial { about, settings, mut record } = trial;
        // Nearly always one: what a list would leave room for adds up.
        let kept = self.trials.entry(record.id.clone()).or_insert_with(|| Vec::with_capacity(1));
        if kept.iter().any(|k| *k.settings == *settings) {
            return false;
        }
        record.metrics.share_names(&mut self.names);
        let known = self.hashes.get(settings.as_str()).cloned();
        let settings = known.unwrap_or_else(|| settings.into());
        self.hashes.insert(settings.clone());
        kept.push(Kept { settings, about, record: Some(Box::new(record)) });
        true
    }
}

/// Reads a file of records, whatever it holds. One that does not exist is empty and sound.
pub(super) fn read(path: &Path) -> Result<Read, RecordError> {
    let mut reading = Reading::default();
    if disk::is_file(path) || disk::is_folder(path) {
        disk::each_line(path, |line| reading.take(line))?;
    }
    Ok(reading.end(&disk::shown(path)))
}

/// The lines of `bytes` that stay.
pub(super) fn sound(bytes: &[u8]) -> Vec<u8> {
    let mut known = Known { has_format: true, ..Known::default() };
    let mut sound = line::of_format() + "\n";
    for line in bytes.split(|b| *b == b'\n').map(as_text) {
        if known.add(line) == Verdict::Used {
            sound.push_str(line);
            sound.push('\n');
        }
    }
    sound.into_bytes()
}

/// A line without the carriage return some editors add; bytes that are no text become a line that is not sound.
fn as_text(line: &[u8]) -> &str {
    std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default()
}

/// A file half read.
#[derive(Default)]
struct Reading {
    known: Known,
    number: usize,
    bytes: u64,
    is_unended: bool,
    /// Numbers of lines.
    damaged: Vec<usize>,
    repeated: Vec<usize>,
    /// Lines that must not stay, but for the last one where it is torn.
    must_mend: bool,
    /// Bytes of a torn last line.
    torn: u64,
}

impl Reading {
    fn take(&mut self, line: &[u8]) {
        self.number += 1;
        self.bytes += line.len() as u64;
        let whole = line.strip_suffix(b"\n");
        self.is_unended = whole.is_none();
        let body = whole.unwrap_or(line);
        match self.known.add(as_text(body)) {
            Verdict::Used => self.must_mend |= body.ends_with(b"\r") || !self.known.has_format,
            Verdict::Repeated => {
                self.repeated.push(self.number);
                self.must_mend = true;
            }
            Verdict::Damaged => {
                self.damaged.push(self.number);
                self.known.damaged.extend(line::damaged_id(body));
                // A process that was killed leaves the beginning of a line; anything else was not ours.
                const BEGINNING: &[u8] = br#"{"check":""#;
                let shared = BEGINNING.len().min(line.len());
                if whole.is_none() && line[..shared] == BEGINNING[..shared] {
                    self.torn = line.len() as u64;
                } else {
                    self.must_mend = true;
                }
            }
        }
    }

    fn end(self, name: &str) -> Read {
        let condition = if self.must_mend {
            Condition::Damaged
        } else {
            let is_ended = !self.is_unended || self.torn > 0;
            Condition::Sound { bytes: self.bytes - self.torn, is_ended }
        };
        let warnings = [
            aside(&DAMAGED_RECORD, name, &self.damaged, "damaged; what they held is trained again"),
            aside(&DUPLICATE_RECORD, name, &self.repeated, "repetitions of what stands above them"),
        ];
        Read { known: self.known, condition, warnings: warnings.into_iter().flatten().collect() }
    }
}

/// More lines than this are counted, not named.
const NAMED_MAX: usize = 5;

/// One warning for all lines that share a fault, with the file and the numbers of the first few.
fn aside(code: &'static Code, name: &str, numbers: &[usize], what: &str) -> Option<Diagnostic> {
    let first = numbers.first()?;
    let shown: Vec<String> = numbers.iter().take(NAMED_MAX).map(usize::to_string).collect();
    let more = match numbers.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        n => format!(" and {}", text::count(n, "further line")),
    };
    let title = format!("`{name}:{first}`: set aside as {what}");
    let note = format!("set aside: line {}{more}", shown.join(", "));
    Some(Diagnostic::warning(code, title).note(note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    use crate::event::CurvePoint;
    use crate::spec::Part;

    const NAME: &str = "results/x/.runner.records";

    fn settings(every: usize) -> Settings {
        Settings {
            numerics: "1".into(),
            curve_columns: vec!["train_loss".into()],
            metrics: vec!["accuracy".into()],
            recorded_every: Some(every),
            looks: 1,
        }
    }

    fn recording(every: usize) -> Recording {
        Recording::new(settings(every), &["train_loss".to_string()])
    }

    fn trial(index: usize) -> Trial {
        Trial {
            index,
            id: format!("{index:012x}"),
            lineage: format!("{index:012x}"),
            configuration: 0,
            seed: 0,
            replicate: index,
            fold: None,
            confirms: false,
            until: None,
        }
    }

    fn record(index: usize) -> TrialRecord {
        TrialRecord {
            trial: index,
            id: trial(index).id,
            end: End::Finished,
            epochs: 1,
            steps: 2,
            search: None,
            best_epoch: 1,
            skill: 0.1 * index as f64,
            metrics: [(Part::Test, Cow::Borrowed("accuracy"), 0.7)].into_iter().collect(),
            confusion: vec![(Part::Test, vec![vec![1, 0], vec![0, 2]])],
            curve: vec![CurvePoint { epoch: 0, step: 0, values: vec![f64::MIN_POSITIVE] }],
            looks: Vec::new(),
            broke: None,
            portrait: None,
            seconds: 0.25,
        }
    }

    fn line(index: usize, every: usize) -> String {
        let about = About { configuration: "abc".into(), seed: 0, fold: None, until: None };
        line::of_trial(&record(index), &about, &settings(every).hash(), |p| p.values.as_slice().into())
    }

    fn file(trials: usize) -> Vec<u8> {
        let lines: String = (0..trials).map(|t| line(t, 1) + "\n").collect();
        format!("{}\n{}\n{lines}", line::of_format(), line::of_settings(&settings(1))).into_bytes()
    }

    /// Lines of [`file`] before its trials.
    const HEAD: usize = 2;

    fn read_bytes(bytes: &[u8]) -> Read {
        let mut reading = Reading::default();
        bytes.split_inclusive(|b| *b == b'\n').for_each(|line| reading.take(line));
        reading.end(NAME)
    }

    /// Reads, and checks that what is kept reads back as the same. Returns the trials of three that serve.
    #[track_caller]
    fn check(bytes: &[u8]) -> (Read, Vec<usize>) {
        let mut read = read_bytes(bytes);
        let mended = match read.condition {
            Condition::Damaged => sound(bytes),
            Condition::Sound { bytes: keep, is_ended } => {
                let mut kept = bytes[..keep as usize].to_vec();
                kept.extend(if is_ended { &b""[..] } else { b"\n" });
                kept
            }
        };
        let mut again = read_bytes(&mended);
        assert_eq!(again.condition, Condition::Sound { bytes: mended.len() as u64, is_ended: true });
        assert!(again.warnings.is_empty());
        let mut served = Vec::new();
        for index in 0..3 {
            let found = read.known.take(&trial(index), &recording(1));
            assert_eq!(found, again.known.take(&trial(index), &recording(1)));
            if let Some(found) = found {
                assert_eq!(found, record(index));
                served.push(index);
            }
        }
        (read, served)
    }

    #[test]
    fn a_file_cut_at_any_byte_gives_its_whole_lines() {
        let bytes = file(3);
        let ends: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i] == b'\n').collect();
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let (read, served) = check(&bytes[..cut]);
            assert_eq!(served.len(), whole.saturating_sub(HEAD), "cut at {cut}");
            let clean = cut == 0 || ends.iter().any(|end| cut == *end || cut == end + 1);
            assert_eq!(read.warnings.is_empty(), clean, "cut at {cut}");
            assert_ne!(read.condition, Condition::Damaged, "a torn end is cut off, cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_at_most_the_lines_it_touches() {
        let bytes = file(3);
        let head = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(HEAD - 1).unwrap().0;
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let (read, served) = check(&flipped);
                // A flipped line feed joins two lines.
                let joins = bytes[at] == b'\n' && at + 1 < bytes.len();
                let lost = usize::from(at >= head) + usize::from(joins && at > head);
                assert_eq!(served.len(), 3 - lost, "bit {bit} of byte {at}");
                assert!(!read.warnings.is_empty());
            }
        }
    }

    #[test]
    fn set_aside_lines_are_named_and_so_are_their_trials() {
        let text = String::from_utf8(file(3)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let torn = &lines[2][..lines[2].len() - 9];
        let crlf = format!("{}\r", lines[4]);
        let mixed = [lines[0], lines[1], lines[3], "", "1,2,3", torn, lines[3], &crlf].join("\n");
        let (read, served) = check(mixed.as_bytes());
        assert_eq!(served, [1, 2]);
        let told: Vec<(&str, &str)> =
            read.warnings.iter().map(|w| (w.code.name, w.notes[0].as_str())).collect();
        let expected =
            [("damaged-record", "set aside: line 4, 5, 6"), ("duplicate-record", "set aside: line 7")];
        assert_eq!(told, expected);
        assert!(read.warnings[0].title.starts_with("`results/x/.runner.records:4`"));
        assert_eq!(read.known.damaged.into_iter().collect::<Vec<_>>(), [trial(0).id]);
    }

    #[test]
    fn a_line_serves_only_under_its_settings() {
        let both = [file(1), (line(0, 2) + "\n").into_bytes()].concat();
        let mut read = read_bytes(&both);
        assert!(read.warnings.is_empty(), "one trial under two settings is no repetition");
        assert!(read.known.take(&trial(0), &recording(3)).is_none());
        assert!(read.known.take(&trial(0), &recording(2)).is_some());
        assert!(read.known.take(&trial(0), &recording(1)).is_some());
        assert!(read.known.take(&trial(0), &recording(1)).is_none(), "it was taken");
    }

    #[test]
    fn a_foreign_file_gives_nothing() {
        for foreign in [&b"PK\x03\x04\xff\xfe"[..], b"\n\n", b"trial,seed\n1,2\n", b"{}"] {
            let (read, served) = check(foreign);
            assert_eq!((read.warnings[0].code.name, served.len()), ("damaged-record", 0));
            assert_eq!(read.condition, Condition::Damaged);
        }
    }
}
