//! One line of the working log: JSON with a checksum, `{"check":"<16 hex>","trial":{..}}`.
//!
//! The checksum is over the bytes of the inner object, so any change is seen. Real numbers are the hexadecimal digits of their
//! bits, so that NaN and infinities come back as they were. It does not decide what to do with a bad line.

use serde::{Deserialize, Serialize};

use super::Header;
use crate::disk;
use crate::event::{CurvePoint, End, FinalMetric, TrialRecord};
use crate::spec::Part;

/// Raised when a line changes its form; older logs are then set aside.
const FORMAT: u32 = 1;

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    format: u32,
    numerics: String,
    curve_columns: Vec<String>,
    metrics: Vec<String>,
    recorded_every: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialLine {
    id: String,
    end: String,
    epochs: usize,
    steps: usize,
    best_epoch: usize,
    skill: Bits,
    seconds: Bits,
    /// Part, name, value.
    metrics: Vec<(String, String, Bits)>,
    confusion: Vec<(String, Vec<Vec<u64>>)>,
    /// Epoch, step, values.
    curve: Vec<(usize, usize, Bits)>,
}

/// Real numbers, 16 hexadecimal digits of each one's bits after the other.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Bits(String);

impl Bits {
    fn of(values: &[f64]) -> Bits {
        Bits(values.iter().map(|v| format!("{:016x}", v.to_bits())).collect())
    }

    fn values(&self) -> Option<Vec<f64>> {
        let digits = self.0.as_bytes();
        if !digits.len().is_multiple_of(16) {
            return None;
        }
        let value = |chunk| u64::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok();
        digits.chunks(16).map(|chunk| value(chunk).map(f64::from_bits)).collect()
    }

    fn value(&self) -> Option<f64> {
        match self.values()?[..] {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// The first line of a log.
pub(super) fn of_header(header: &Header) -> String {
    seal("header", &HeaderLine::of(header))
}

pub(super) fn of_trial(record: &TrialRecord) -> String {
    let metric = |m: &FinalMetric| (m.part.name().to_string(), m.name.clone(), Bits::of(&[m.value]));
    let point = |p: &CurvePoint| (p.epoch, p.step, Bits::of(&p.values));
    let line = TrialLine {
        id: record.id.clone(),
        end: record.end.name().into(),
        epochs: record.epochs,
        steps: record.steps,
        best_epoch: record.best_epoch,
        skill: Bits::of(&[record.skill]),
        seconds: Bits::of(&[record.seconds]),
        metrics: record.metrics.iter().map(metric).collect(),
        confusion: record.confusion.iter().map(|(p, c)| (p.name().to_string(), c.clone())).collect(),
        curve: record.curve.iter().map(point).collect(),
    };
    seal("trial", &line)
}

/// What differs between the header in `line` and the one wanted, for people; empty if nothing does.
/// `None` if the line is no sound header.
pub(super) fn header_differences(line: &str, wanted: &Header) -> Option<Vec<&'static str>> {
    let found: HeaderLine = unseal("header", line)?;
    let wanted = HeaderLine::of(wanted);
    let differs = [
        ("the format of the log", found.format != wanted.format),
        ("the version of the numerics", found.numerics != wanted.numerics),
        ("the columns of the curves", found.curve_columns != wanted.curve_columns),
        ("the metrics", found.metrics != wanted.metrics),
        ("which epochs are recorded", found.recorded_every != wanted.recorded_every),
    ];
    Some(differs.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect())
}

/// The trial in a line, its index still 0, or `None` for a line that is not whole and sound.
pub(super) fn to_trial(line: &str, curve_columns: usize) -> Option<TrialRecord> {
    let line: TrialLine = unseal("trial", line)?;
    let metric = |(part_name, name, value): &(String, String, Bits)| {
        Some(FinalMetric { part: part(part_name)?, name: name.clone(), value: value.value()? })
    };
    let point = |(epoch, step, values): &(usize, usize, Bits)| {
        let values = values.values().filter(|v| v.len() == curve_columns)?;
        Some(CurvePoint { epoch: *epoch, step: *step, values })
    };
    let confusion = |(name, counts): &(String, Vec<Vec<u64>>)| Some((part(name)?, counts.clone()));
    Some(TrialRecord {
        trial: 0,
        end: End::ALL.into_iter().find(|e| e.name() == line.end)?,
        epochs: line.epochs,
        steps: line.steps,
        best_epoch: line.best_epoch,
        skill: line.skill.value()?,
        metrics: line.metrics.iter().map(metric).collect::<Option<_>>()?,
        confusion: line.confusion.iter().map(confusion).collect::<Option<_>>()?,
        curve: line.curve.iter().map(point).collect::<Option<_>>()?,
        seconds: line.seconds.value()?,
        id: line.id,
    })
}

impl HeaderLine {
    fn of(header: &Header) -> HeaderLine {
        HeaderLine {
            format: FORMAT,
            numerics: header.numerics.clone(),
            curve_columns: header.curve_columns.clone(),
            metrics: header.metrics.clone(),
            recorded_every: header.recorded_every,
        }
    }
}

fn part(name: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|p| p.name() == name)
}

fn seal(key: &str, body: &impl Serialize) -> String {
    let body = serde_json::to_string(body).expect("plain fields with text keys always serialize");
    format!(r#"{{"check":"{}","{key}":{body}}}"#, check(&body))
}

fn unseal<T: for<'a> Deserialize<'a>>(key: &str, line: &str) -> Option<T> {
    let rest = line.strip_prefix(r#"{"check":""#)?;
    let (stated, rest) = rest.split_at_checked(16)?;
    let rest = rest.strip_prefix(r#"",""#)?.strip_prefix(key)?;
    let body = rest.strip_prefix(r#"":"#)?.strip_suffix('}')?;
    if check(body) != stated {
        return None;
    }
    serde_json::from_str(body).ok()
}

fn check(body: &str) -> String {
    disk::sha256(body.as_bytes())[..16].to_string()
}
