//! A `[data]` section to a [`Dataset`]: which reader reads what, and how features meet labels.
//!
//! It neither splits nor scales.

use crate::catalog::{Facts, TaskKind};
use crate::data::fault::{Faulty, one};
use crate::data::finish::{self, Raw, VALUES_MAX};
use crate::data::matrix::{self, Matrix};
use crate::data::sequence::Layout;
use crate::data::source::csv::{self, Table};
use crate::data::source::file::{Array, EXPERIMENT, Named};
use crate::data::source::{idx, npy};
use crate::data::{Dataset, source, typed};
use crate::diagnostic::{SHAPE_MISMATCH, Sources, Span, TOO_LARGE, WRONG_TASK};
use crate::spec::{self, Format, Source, Task};
use crate::text;

/// Reads or makes the data of a `[data]` section, with every fault that can be found without a seed.
///
/// Excerpts of data files that the faults point into are added to `sources`. A split by shares is checked by
/// [`crate::data::split::split`], whose faults do not depend on the seed either.
pub fn load(spec: &spec::Data, sources: &mut Sources) -> Faulty<Dataset> {
    match &spec.source {
        Source::Generator { choice, span } => generated(choice, spec, span),
        Source::File { written, path, format, span } => match format {
            Format::Csv { delimiter, header, sha256 } => {
                let file = Named { written, path, sha256: sha256.as_deref(), at: span, folder: EXPERIMENT };
                let delimiter = csv::delimiter(*delimiter, written);
                table(&file, delimiter, *header, spec, sources)
            }
            Format::Idx { labels_written, labels, sha256, labels_sha256 } => {
                let file = Named { written, path, sha256: sha256.as_deref(), at: span, folder: EXPERIMENT };
                let labels = Named {
                    written: labels_written,
                    path: labels,
                    sha256: labels_sha256.as_deref(),
                    at: span,
                    folder: EXPERIMENT,
                };
                pair(&file, &labels, spec)
            }
            Format::Npy { labels_written, labels, x, y, sha256, labels_sha256 } => {
                let file = Named { written, path, sha256: sha256.as_deref(), at: span, folder: EXPERIMENT };
                let labels = labels_written.as_deref().zip(labels.as_deref());
                let sha256 = labels_sha256.as_deref();
                let labels = labels.map(|(written, path)| Named {
                    written,
                    path,
                    sha256,
                    at: span,
                    folder: EXPERIMENT,
                });
                arrays(&file, labels.as_ref(), (x.as_deref(), y.as_deref()), spec)
            }
        },
    }
}

fn table(
    file: &Named<'_>,
    delimiter: u8,
    header: bool,
    spec: &spec::Data,
    sources: &mut Sources,
) -> Faulty<Dataset> {
    let (bytes, sha256) = file.read()?;
    let text = csv::decode(file.written, &bytes, file.at, sources)?;
    let table = Table { name: file.written, text, delimiter, header };
    let raw = typed::read(&table, spec, file.at, sources)?;
    drop(bytes);
    finish::dataset(raw, spec, file.written, vec![(file.written.to_string(), sha256)], file.at)
}

fn pair(file: &Named<'_>, labels: &Named<'_>, spec: &spec::Data) -> Faulty<Dataset> {
    let limit = spec.limit.unwrap_or(usize::MAX);
    let (x, y) = match (idx::read(file, limit), idx::read(labels, limit)) {
        (Ok(x), Ok(y)) => (x, y),
        (x, y) => return Err([x.err(), y.err()].into_iter().flatten().flatten().collect()),
    };
    let files =
        vec![(file.written.to_string(), x.sha256.clone()), (labels.written.to_string(), y.sha256.clone())];
    let raw = matrix::raw(paired(x, Some(y), labels.written, file.at)?, spec, file.at)?;
    finish::dataset(raw, spec, file.written, files, file.at)
}

fn arrays(
    file: &Named<'_>,
    labels: Option<&Named<'_>>,
    (x, y): (Option<&str>, Option<&str>),
    spec: &spec::Data,
) -> Faulty<Dataset> {
    let limit = spec.limit.unwrap_or(usize::MAX);
    let mut labels_name = file.written;
    let (features, targets) = if file.written.to_ascii_lowercase().ends_with(".npz") {
        let x_names: &[&str] = x.as_ref().map_or(&["x", "X"], std::slice::from_ref);
        let y_names: &[&str] = y.as_ref().map_or(&["y", "Y"], std::slice::from_ref);
        let mut both = npy::read_npz(file, &[x_names, y_names], limit)?.into_iter().flatten();
        let x = both.next();
        (x, both.next())
    } else {
        let targets = match labels {
            Some(labels) => {
                labels_name = labels.written;
                Some(npy::read(labels, limit)?)
            }
            None => None,
        };
        (Some(npy::read(file, limit)?), targets)
    };
    let Some(features) = features else {
        return file.damaged("holds no array", "an array of features");
    };
    let mut files = vec![(file.written.to_string(), features.sha256.clone())];
    if let (Some(targets), true) = (&targets, labels_name != file.written) {
        files.push((labels_name.to_string(), targets.sha256.clone()));
    }
    let raw = matrix::raw(paired(features, targets, labels_name, file.at)?, spec, file.at)?;
    finish::dataset(raw, spec, file.written, files, file.at)
}

/// Features flattened to rows and labels beside them. Images have columns `pixel_0` ..., other arrays `column_1` ...
fn paired(x: Array, y: Option<Array>, labels: &str, at: &Span) -> Faulty<Matrix> {
    let width: usize = x.shape[1..].iter().product();
    if x.values.is_empty() {
        return one(
            &SHAPE_MISMATCH,
            format!("the features have the shape {:?}", x.shape),
            at,
            "no value at all",
        );
    }
    let names = match x.shape.len() {
        1 | 2 => (1..=width).map(|c| format!("column_{c}")).collect(),
        _ => (0..width).map(|c| format!("pixel_{c}")).collect(),
    };
    let Some(y) = y else {
        return Ok(Matrix { names, x: x.values, ..Matrix::default() });
    };
    let outputs: usize = y.shape[1..].iter().product();
    if y.shape.len() > 2 || outputs == 0 || y.shape[0] != x.shape[0] {
        let title = format!("`{labels}` has the shape {:?} and the features {:?}", y.shape, x.shape);
        return one(&SHAPE_MISMATCH, title, at, "labels need one row for each row of features");
    }
    let target_names = match outputs {
        1 => vec!["target".to_string()],
        _ => (1..=outputs).map(|c| format!("target_{c}")).collect(),
    };
    Ok(Matrix { names, x: x.values, target_names, y: y.values, task: None })
}

fn generated(choice: &crate::catalog::Choice, spec: &spec::Data, at: &Span) -> Faulty<Dataset> {
    let numbers = source::numbers(choice);
    if numbers > VALUES_MAX {
        let shown = text::grouped(u64::try_from(numbers).unwrap_or(u64::MAX));
        let title = format!("{} samples are {shown} numbers", text::grouped(choice.count("samples")));
        return one(&TOO_LARGE, title, at, "at most 268,435,456 values are held in memory");
    }
    let generator = source::generator(choice.entry);
    let mut made = (generator.make)(choice);
    let outputs = made.outputs();
    if let Some(limit) = spec.limit {
        made.x.truncate(limit.saturating_mul(made.steps * made.features));
        made.y.truncate(limit.saturating_mul(made.steps * outputs));
    }
    let task = match generator.entry.facts {
        _ if !made.classes.is_empty() => Some(Task::Classification),
        Facts::Source { task: TaskKind::Classification } => Some(Task::Classification),
        Facts::Source { task: TaskKind::Any } => None,
        _ => Some(Task::Regression),
    };
    let classes = named_classes(&mut made, spec, at)?;
    let names = |name: &str, count: usize| match count {
        1 => vec![name.to_string()],
        n => (1..=n).map(|c| format!("{name}{c}")).collect(),
    };
    let (names, target_names) = (names("x", made.features), names("y", outputs));
    let steps = made.steps;
    let raw = matrix::raw(Matrix { names, x: made.x, target_names, y: made.y, task }, spec, at)?;
    let rows = raw.y.len() / raw.target_names.len().max(1);
    let layout = (steps > 1).then(|| Layout::even(rows / steps, steps));
    finish::dataset(Raw { classes, layout, ..raw }, spec, choice.name(), Vec::new(), at)
}

/// The classes that occur, where a generator names them, numbered anew in `y`.
fn named_classes(made: &mut source::Made, spec: &spec::Data, at: &Span) -> Faulty<Option<Vec<String>>> {
    if made.classes.is_empty() {
        return Ok(None);
    }
    if !matches!(spec.task, None | Some(Task::Classification)) {
        let title = "the targets are words, and the task needs numbers";
        return one(&WRONG_TASK, title, at, "for classes set `task = \"classification\"`");
    }
    let used: Vec<usize> =
        (0..made.classes.len()).filter(|class| made.y.contains(&(*class as f64))).collect();
    for y in &mut made.y {
        *y = used.partition_point(|class| (*class as f64) < *y) as f64;
    }
    Ok(Some(used.into_iter().map(|class| made.classes[class].clone()).collect()))
}
