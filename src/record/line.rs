//! One line of the records: JSON with a checksum, `{"check":"<16 hex>","trial":{..}}`.
//!
//! The checksum is over the bytes of the inner object, so any change is seen. Real numbers are the hexadecimal digits of their
//! bits, so that NaN and infinities come back as they were. It does not decide what to do with a bad line.

use std::borrow::Cow;
use std::slice;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{About, Frozen, Settings};
use crate::disk;
use crate::event::{Break, CurvePoint, End, FinalMetrics, Look, Portrait, SearchCounts, TrialRecord};
use crate::plan::Fold;
use crate::spec::Part;

/// Raised when a line changes its form; older records are then set aside.
const FORMAT: u32 = 3;

/// What a line holds.
pub(super) enum Line {
    /// The first line: these are records of this form.
    Format,
    Settings(Settings),
    Configuration(Configuration),
    Experiment(Frozen),
    Trial(Box<Trial>),
}

/// A configuration that trials were trained of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Configuration {
    pub id: String,
    /// The source of its data, as written.
    pub data: String,
    /// See [`crate::plan::meaning`].
    pub meaning: String,
}

pub(super) struct Trial {
    pub about: About,
    /// The hash of its [`Settings`].
    pub settings: String,
    /// Its index in the plan still 0.
    pub record: TrialRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatLine {
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialLine<'a> {
    id: Cow<'a, str>,
    settings: Cow<'a, str>,
    configuration: Cow<'a, str>,
    seed: u64,
    /// Repeat, index.
    fold: Option<(usize, usize)>,
    until: Option<usize>,
    end: Cow<'a, str>,
    epochs: usize,
    steps: usize,
    best_epoch: usize,
    /// Iterations, function calls, gradient calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search: Option<(u64, u64, u64)>,
    skill: Bits<'a>,
    seconds: Bits<'a>,
    metrics: Vec<Group<'a>>,
    confusion: Vec<Counts<'a>>,
    /// Epoch, step, values.
    curve: Vec<(usize, usize, Bits<'a>)>,
    #[serde(default, skip_serializing_if = "is_empty")]
    looks: Cow<'a, [Look]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    broke: Option<Cow<'a, Break>>,
    /// Records of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portrait: Option<Cow<'a, Portrait>>,
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

fn is_empty(looks: &[Look]) -> bool {
    looks.is_empty()
}

/// The first line.
pub(super) fn of_format() -> String {
    seal("records", &FormatLine { format: FORMAT })
}

pub(super) fn of_settings(settings: &Settings) -> String {
    seal("settings", settings)
}

pub(super) fn of_configuration(configuration: &Configuration) -> String {
    seal("configuration", configuration)
}

pub(super) fn of_experiment(frozen: &Frozen) -> String {
    seal("experiment", frozen)
}

/// `values` gives those of a curve point that belong to `settings`.
pub(super) fn of_trial<'a>(
    record: &'a TrialRecord,
    about: &'a About,
    settings: &'a str,
    values: impl Fn(&'a CurvePoint) -> Cow<'a, [f64]>,
) -> String {
    let line = TrialLine {
        id: record.id.as_str().into(),
        settings: settings.into(),
        configuration: about.configuration.as_str().into(),
        seed: about.seed,
        fold: about.fold.map(|f| (f.repeat, f.index)),
        until: about.until,
        end: record.end.name().into(),
        epochs: record.epochs,
        steps: record.steps,
        best_epoch: record.best_epoch,
        search: record.search.map(|s| (s.iterations, s.function_calls, s.gradient_calls)),
        skill: Bits::of(slice::from_ref(&record.skill)),
        seconds: Bits::of(slice::from_ref(&record.seconds)),
        metrics: groups(&record.metrics),
        confusion: record.confusion.iter().map(|(p, c)| (p.name().into(), c.as_slice().into())).collect(),
        curve: record.curve.iter().map(|p| (p.epoch, p.step, Bits(values(p)))).collect(),
        looks: record.looks.as_slice().into(),
        broke: record.broke.as_ref().map(Cow::Borrowed),
        portrait: record.portrait.as_deref().map(Cow::Borrowed),
    };
    seal("trial", &line)
}

/// What a line holds, or `None` for one that is not whole and sound.
pub(super) fn parse(line: &str) -> Option<Line> {
    let (key, body) = unseal(line)?;
    match key {
        "records" => {
            let line: FormatLine = serde_json::from_str(body).ok()?;
            (line.format == FORMAT).then_some(Line::Format)
        }
        "settings" => Some(Line::Settings(serde_json::from_str(body).ok()?)),
        "configuration" => Some(Line::Configuration(serde_json::from_str(body).ok()?)),
        "experiment" => Some(Line::Experiment(serde_json::from_str(body).ok()?)),
        "trial" => Some(Line::Trial(Box::new(to_trial(serde_json::from_str(body).ok()?)?))),
        _ => None,
    }
}

/// The trial that a line which is not sound seems to have been about.
pub(super) fn damaged_id(line: &[u8]) -> Option<String> {
    const BEFORE: &[u8] = br#""trial":{"id":""#;
    let at = line.windows(BEFORE.len()).position(|w| w == BEFORE)? + BEFORE.len();
    let id = line.get(at..at + 12)?;
    id.iter().all(u8::is_ascii_hexdigit).then(|| String::from_utf8_lossy(id).into_owned())
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

fn to_trial(line: TrialLine<'_>) -> Option<Trial> {
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
    let point = |(epoch, step, values): (usize, usize, Bits<'_>)| CurvePoint {
        epoch,
        step,
        values: values.0.into_owned(),
    };
    let confusion =
        |(name, counts): (Cow<'_, str>, Cow<'_, [Vec<u64>]>)| Some((part(&name)?, counts.into_owned()));
    let counts = |(iterations, function_calls, gradient_calls): (u64, u64, u64)| SearchCounts {
        iterations,
        function_calls,
        gradient_calls,
    };
    let record = TrialRecord {
        trial: 0,
        end: End::ALL.into_iter().find(|e| e.name() == line.end)?,
        epochs: line.epochs,
        steps: line.steps,
        best_epoch: line.best_epoch,
        search: line.search.map(counts),
        skill: line.skill.value()?,
        metrics: metrics.into_iter().collect::<FinalMetrics>(),
        confusion: line.confusion.into_iter().map(confusion).collect::<Option<_>>()?,
        curve: line.curve.into_iter().map(point).collect(),
        looks: line.looks.into_owned(),
        broke: line.broke.map(Cow::into_owned),
        portrait: line.portrait.map(|portrait| Box::new(portrait.into_owned())),
        seconds: line.seconds.value()?,
        id: line.id.into_owned(),
    };
    let about = About {
        configuration: line.configuration.into_owned(),
        seed: line.seed,
        fold: line.fold.map(|(repeat, index)| Fold { repeat, index }),
        until: line.until,
    };
    Some(Trial { about, settings: line.settings.into_owned(), record })
}

fn part(name: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|p| p.name() == name)
}

fn seal(key: &str, body: &impl Serialize) -> String {
    let body = serde_json::to_string(body).expect("plain fields with text keys always serialize");
    format!(r#"{{"check":"{}","{key}":{body}}}"#, check(&body))
}

/// Key and body of a line whose checksum holds.
fn unseal(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix(r#"{"check":""#)?;
    let (stated, rest) = rest.split_at_checked(16)?;
    let (key, rest) = rest.strip_prefix(r#"",""#)?.split_once(r#"":"#)?;
    let body = rest.strip_suffix('}')?;
    (check(body) == stated).then_some((key, body))
}

fn check(body: &str) -> String {
    disk::sha256(body.as_bytes())[..16].to_string()
}
