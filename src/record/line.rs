//! One line of the working log: JSON with a checksum, `{"check":"<16 hex>","trial":{..}}`.
//!
//! The checksum is over the bytes of the inner object, so any change is seen. Real numbers are the hexadecimal digits of their
//! bits, so that NaN and infinities come back as they were. It does not decide what to do with a bad line.

use std::borrow::Cow;
use std::slice;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Header;
use crate::disk;
use crate::event::{CurvePoint, End, FinalMetrics, TrialRecord};
use crate::spec::Part;

/// Raised when a line changes its form; older logs are then set aside.
const FORMAT: u32 = 2;

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    format: u32,
    numerics: String,
    curve_columns: Vec<String>,
    metrics: Vec<String>,
    recorded_every: Option<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialLine<'a> {
    id: Cow<'a, str>,
    end: Cow<'a, str>,
    epochs: usize,
    steps: usize,
    best_epoch: usize,
    skill: Bits<'a>,
    seconds: Bits<'a>,
    metrics: Vec<Group<'a>>,
    confusion: Vec<Counts<'a>>,
    /// Epoch, step, values.
    curve: Vec<(usize, usize, Bits<'a>)>,
}

/// Parts that follow one another with the same metrics: parts, names, values part by part. Names are most of what a trial has to say.
type Group<'a> = (Vec<Cow<'a, str>>, Vec<Cow<'a, str>>, Bits<'a>);

/// A part, and `[true class][predicted class]`.
type Counts<'a> = (Cow<'a, str>, Cow<'a, [Vec<u64>]>);

/// Real numbers, 16 hexadecimal digits of each one's bits after the other.
struct Bits<'a>(Cow<'a, [f64]>);

impl Bits<'_> {
    fn of(values: &[f64]) -> Bits<'_> {
        Bits(Cow::Borrowed(values))
    }

    fn value(&self) -> Option<f64> {
        match *self.0 {
            [value] => Some(value),
            _ => None,
        }
    }
}

impl Serialize for Bits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Vec::with_capacity(16 * self.0.len());
        for bits in self.0.iter().map(|v| v.to_bits()) {
            text.extend((0..16).rev().map(|place| DIGITS[(bits >> (4 * place)) as usize & 15]));
        }
        serializer.serialize_str(&String::from_utf8(text).expect("digits are text"))
    }
}

impl<'de> Deserialize<'de> for Bits<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let value = |chunk| u64::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok();
        let values = digits.as_bytes().chunks(16).map(|chunk| value(chunk).map(f64::from_bits));
        match values.collect::<Option<Vec<f64>>>() {
            Some(values) if digits.len().is_multiple_of(16) => Ok(Bits(values.into())),
            _ => Err(D::Error::custom("not the bits of real numbers")),
        }
    }
}

/// The first line of a log.
pub(super) fn of_header(header: &Header) -> String {
    seal("header", &HeaderLine::of(header))
}

pub(super) fn of_trial(record: &TrialRecord) -> String {
    let line = TrialLine {
        id: record.id.as_str().into(),
        end: record.end.name().into(),
        epochs: record.epochs,
        steps: record.steps,
        best_epoch: record.best_epoch,
        skill: Bits::of(slice::from_ref(&record.skill)),
        seconds: Bits::of(slice::from_ref(&record.seconds)),
        metrics: groups(&record.metrics),
        confusion: record.confusion.iter().map(|(p, c)| (p.name().into(), c.as_slice().into())).collect(),
        curve: record.curve.iter().map(|p| (p.epoch, p.step, Bits::of(&p.values))).collect(),
    };
    seal("trial", &line)
}

fn groups(metrics: &FinalMetrics) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let (mut first, mut end) = (0, 0);
    for chunk in metrics.names().chunk_by(|a, b| a.0 == b.0) {
        let part = Cow::Borrowed(chunk[0].0.name());
        let same = |group: &&mut Group<'_>| group.1.iter().eq(chunk.iter().map(|(_, name)| name));
        let continued = groups.last_mut().filter(same);
        if continued.is_none() {
            first = end;
        }
        end += chunk.len();
        let values = Bits::of(&metrics.values()[first..end]);
        match continued {
            Some(group) => {
                group.0.push(part);
                group.2 = values;
            }
            None => {
                groups.push((vec![part], chunk.iter().map(|(_, n)| n.as_ref().into()).collect(), values));
            }
        }
    }
    groups
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
    let line: TrialLine<'_> = unseal("trial", line)?;
    let mut metrics = Vec::new();
    for (parts, names, values) in line.metrics {
        if parts.len() * names.len() != values.0.len() {
            return None;
        }
        let mut values = values.0.iter();
        for part_name in parts {
            let part = part(&part_name)?;
            metrics.extend(names.iter().zip(&mut values).map(|(n, v)| (part, Cow::Owned(n.to_string()), *v)));
        }
    }
    let point = |(epoch, step, values): (usize, usize, Bits<'_>)| {
        let values = Some(values.0.into_owned()).filter(|v| v.len() == curve_columns)?;
        Some(CurvePoint { epoch, step, values })
    };
    let confusion =
        |(name, counts): (Cow<'_, str>, Cow<'_, [Vec<u64>]>)| Some((part(&name)?, counts.into_owned()));
    Some(TrialRecord {
        trial: 0,
        end: End::ALL.into_iter().find(|e| e.name() == line.end)?,
        epochs: line.epochs,
        steps: line.steps,
        best_epoch: line.best_epoch,
        skill: line.skill.value()?,
        metrics: metrics.into_iter().collect::<FinalMetrics>(),
        confusion: line.confusion.into_iter().map(confusion).collect::<Option<_>>()?,
        curve: line.curve.into_iter().map(point).collect::<Option<_>>()?,
        seconds: line.seconds.value()?,
        id: line.id.into_owned(),
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
