//! Reads a working log tolerantly: what is sound is used, the rest is named and set aside.
//!
//! A pure function of the bytes; it opens and writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Header, line};
use crate::diagnostic::{
    Code, DAMAGED_RECORD, DUPLICATE_RECORD, Diagnostic, OTHER_SETTINGS_RECORD, UNPLANNED_RECORD,
};
use crate::event::TrialRecord;
use crate::plan::Plan;
use crate::text;

/// What a log came to.
pub(super) struct Read<'a> {
    /// Trials of the plan, by trial index.
    pub records: Vec<TrialRecord>,
    /// The log as it should be: this run's header and every sound line, also of trials that are not in the plan.
    /// Lines are where they were read, since a log may be large.
    header: String,
    lines: Vec<&'a str>,
    pub warnings: Vec<Diagnostic>,
}

/// `bytes` may be anything; `name` is the path in messages. Without bytes it is a log that has just begun.
pub(super) fn read<'a>(bytes: &'a [u8], name: &str, plan: &Plan, header: &Header) -> Read<'a> {
    let first = line::of_header(header);
    let mut read = Read { records: Vec::new(), header: first, lines: Vec::new(), warnings: Vec::new() };
    if bytes.is_empty() {
        return read;
    }
    let mut lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|b| *b == b'\n').map(as_text);
    let first = lines.next().unwrap_or_default();
    match line::header_differences(first, header) {
        Some(differences) if differences.is_empty() => read.trials(lines, name, plan, header),
        differences => read.warnings.push(not_continued(name, differences)),
    }
    read
}

/// A line without the carriage return some editors add; bytes that are no text become a line that is not sound.
fn as_text(line: &[u8]) -> &str {
    std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default()
}

impl<'a> Read<'a> {
    fn all_lines(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.header.as_str()).chain(self.lines.iter().copied())
    }

    /// Whether `log` is as it should be.
    pub(super) fn is_sound(&self, log: &[u8]) -> bool {
        let mut rest = Some(log);
        for line in self.all_lines() {
            rest = rest.and_then(|r| r.strip_prefix(line.as_bytes())?.strip_prefix(b"\n"));
        }
        rest.is_some_and(<[u8]>::is_empty)
    }

    /// The log as it should be.
    pub(super) fn sound(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in self.all_lines() {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        bytes
    }

    fn trials(&mut self, lines: impl Iterator<Item = &'a str>, name: &str, plan: &Plan, header: &Header) {
        let planned: BTreeMap<&str, usize> = plan.trials.iter().map(|t| (t.id.as_str(), t.index)).collect();
        let mut seen = BTreeSet::new();
        let mut names = Vec::new();
        let mut damaged = Vec::new();
        let mut repeated = Vec::new();
        let mut unplanned = Vec::new();
        for (number, line) in (2..).zip(lines) {
            let Some(mut record) = line::to_trial(line, header.curve_columns.len()) else {
                damaged.push(number);
                continue;
            };
            if !seen.insert(record.id.clone()) {
                repeated.push(number);
                continue;
            }
            self.lines.push(line);
            match planned.get(record.id.as_str()) {
                Some(index) => {
                    record.trial = *index;
                    record.metrics.share_names(&mut names);
                    self.records.push(record);
                }
                None => unplanned.push(number),
            }
        }
        self.records.sort_by_key(|r| r.trial);
        let told = [
            aside(&DAMAGED_RECORD, name, &damaged, "damaged; what they held is trained again"),
            aside(&DUPLICATE_RECORD, name, &repeated, "repetitions of a trial that stands above them"),
            aside(&UNPLANNED_RECORD, name, &unplanned, "trials that the experiment does not ask for"),
        ];
        self.warnings.extend(told.into_iter().flatten());
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

/// The whole log is set aside: its first line is no header, or that of other settings.
fn not_continued(name: &str, differences: Option<Vec<&'static str>>) -> Diagnostic {
    let again = "all trials are trained again";
    match differences {
        None => Diagnostic::warning(
            &DAMAGED_RECORD,
            format!("`{name}:1`: not the first line of a working log; {again}"),
        ),
        Some(what) => Diagnostic::warning(
            &OTHER_SETTINGS_RECORD,
            format!("`{name}:1`: the interrupted run had other settings; {again}"),
        )
        .note(format!("not the same as then: {}", what.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    use crate::event::{CurvePoint, End};
    use crate::plan::Trial;
    use crate::spec::Part;

    const NAME: &str = "results/x/.runner.log";

    fn header() -> Header {
        Header {
            numerics: "1".into(),
            curve_columns: vec!["train_loss".into()],
            metrics: vec!["accuracy".into()],
            recorded_every: Some(1),
        }
    }

    fn plan(trials: usize) -> Plan {
        let trial = |index| Trial {
            index,
            id: id(index),
            lineage: id(index),
            configuration: 0,
            seed: 0,
            replicate: index,
            fold: None,
            until: None,
        };
        Plan {
            axes: Vec::new(),
            configurations: Vec::new(),
            trials: (0..trials).map(trial).collect(),
            duplicates: 0,
            excluded: 0,
        }
    }

    fn id(index: usize) -> String {
        format!("{index:012x}")
    }

    fn record(trial: usize) -> TrialRecord {
        TrialRecord {
            trial,
            id: id(trial),
            end: End::Finished,
            epochs: 1,
            steps: 2,
            best_epoch: 1,
            skill: 0.1 * trial as f64,
            metrics: [(Part::Test, Cow::Borrowed("accuracy"), 0.7)].into_iter().collect(),
            confusion: vec![(Part::Test, vec![vec![1, 0], vec![0, 2]])],
            curve: vec![CurvePoint { epoch: 0, step: 0, values: vec![f64::MIN_POSITIVE] }],
            seconds: 0.25,
        }
    }

    fn sound(trials: usize) -> Vec<u8> {
        let lines = (0..trials).map(|t| line::of_trial(&record(t)) + "\n");
        format!("{}\n{}", line::of_header(&header()), lines.collect::<String>()).into_bytes()
    }

    fn check(bytes: &[u8]) -> Read<'_> {
        let read = read(bytes, NAME, &plan(3), &header());
        for found in &read.records {
            assert_eq!(*found, record(found.trial));
        }
        let sound = read.sound();
        assert_eq!(read.is_sound(bytes), sound == bytes);
        let again = super::read(&sound, NAME, &plan(3), &header());
        assert_eq!(again.records, read.records, "what is kept reads back");
        assert!(again.is_sound(&sound));
        read
    }

    #[test]
    fn a_log_cut_at_any_byte_gives_its_whole_lines() {
        let bytes = sound(3);
        let ends: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i] == b'\n').collect();
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let read = check(&bytes[..cut]);
            assert_eq!(read.records.len(), whole.saturating_sub(1), "cut at {cut}");
            let clean = cut == 0 || ends.iter().any(|end| cut == *end || cut == end + 1);
            assert_eq!(read.warnings.is_empty(), clean, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_at_most_the_lines_it_touches() {
        let bytes = sound(3);
        let first_line = bytes.iter().position(|b| *b == b'\n').unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let read = check(&flipped);
                // A flipped line feed joins two lines.
                let kept = if at <= first_line { 0 } else { 3 - 1 - usize::from(bytes[at] == b'\n') };
                let last = at + 1 == bytes.len();
                assert_eq!(read.records.len(), if last { 2 } else { kept }, "bit {bit} of byte {at}");
                assert!(!read.warnings.is_empty());
            }
        }
    }

    #[test]
    fn set_aside_lines_are_named() {
        let text = String::from_utf8(sound(3)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let unplanned = line::of_trial(&record(7));
        let crlf = format!("{}\r", lines[3]);
        let mixed = [lines[0], lines[2], "", "1,2,3", lines[2], &unplanned, &crlf].join("\n");
        let read = check(mixed.as_bytes());
        let trials: Vec<usize> = read.records.iter().map(|r| r.trial).collect();
        assert_eq!(trials, [1, 2]);
        let told: Vec<(&str, &str)> =
            read.warnings.iter().map(|w| (w.code.name, w.notes[0].as_str())).collect();
        let expected = [
            ("damaged-record", "set aside: line 3, 4"),
            ("duplicate-record", "set aside: line 5"),
            ("unplanned-record", "set aside: line 6"),
        ];
        assert_eq!(told, expected);
        assert!(read.warnings[0].title.starts_with("`results/x/.runner.log:3`"));
        assert!(String::from_utf8(read.sound()).unwrap().contains(&unplanned), "kept for another plan");
    }

    #[test]
    fn other_settings_set_the_whole_log_aside() {
        let other = Header { recorded_every: Some(2), ..header() };
        let bytes = sound(3);
        let read = read(&bytes, NAME, &plan(3), &other);
        assert!(read.records.is_empty());
        assert_eq!(read.warnings[0].code.name, "other-settings-record");
        assert_eq!(read.warnings[0].notes, ["not the same as then: which epochs are recorded"]);

        for foreign in [&b"PK\x03\x04\xff\xfe"[..], b"\n\n", b"trial,seed\n1,2\n", b"{}"] {
            let read = check(foreign);
            assert_eq!(read.warnings[0].code.name, "damaged-record");
        }
    }
}
