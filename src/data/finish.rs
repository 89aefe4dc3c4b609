//! What every source goes through last: the checks of a whole table, its targets, and its digest.
//!
//! It sees numbers only; texts have been encoded, and faults of single cells reported, before.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::data::fault::{self, Faulty, one};
use crate::data::sequence::Layout;
use crate::data::{Column, Dataset, Targets, polynomial, targets};
use crate::diagnostic::{
    Diagnostic, NO_FEATURES, NO_ROWS, OUT_OF_RANGE, SHAPE_MISMATCH, Span, TOO_LARGE, UNKNOWN_CLASS,
    WRONG_TASK,
};
use crate::spec::{self, Part, Task, Weights};
use crate::{disk, text};

/// Most numbers in the table of features, polynomial expansion included: 2 GiB of double precision.
pub(crate) const VALUES_MAX: u128 = 1 << 28;

/// A table as a reader hands it over, a row for each row of the source.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) feature_names: Vec<String>,
    /// `[rows × features]`; NaN where missing.
    pub(crate) x: Vec<f64>,
    pub(crate) categorical: Vec<Range<usize>>,
    /// What the features are made of, where that is not a column of numbers each.
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) target_names: Vec<String>,
    /// `[rows × targets]`: values, or class indices where `classes` is given.
    pub(crate) y: Vec<f64>,
    pub(crate) classes: Option<Vec<String>>,
    /// The task asked for or found; `None`: suggested by the targets' values.
    pub(crate) task: Option<Task>,
    /// `[rows × outputs]` of 0 and 1; empty where every output is on.
    pub(crate) mask: Vec<f64>,
    pub(crate) parts: Option<Vec<Part>>,
    /// Where each row goes, if rows are time steps.
    pub(crate) layout: Option<Layout>,
    /// Places of the layout without a target; NaN in `y`.
    pub(crate) unanswered: Vec<u32>,
    pub(crate) dropped: usize,
    pub(crate) remarks: Vec<Diagnostic>,
}

/// Refuses a table that would not fit, before memory is asked for it.
pub(crate) fn check_size(rows: usize, features: usize, spec: &spec::Data, at: &Span) -> Faulty<()> {
    let features = spec.enlarge.map_or(features, |enlarge| enlarge.to[0] * enlarge.to[1]);
    let width = polynomial::width(features, spec.polynomial);
    let values = width.saturating_mul(rows as u128);
    if values <= VALUES_MAX && rows <= u32::MAX as usize {
        return Ok(());
    }
    let shown = |n: u128| text::grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let title = format!(
        "{} of {} are more than the {} values that are held in memory",
        text::count(rows, "row"),
        text::count(usize::try_from(width).unwrap_or(usize::MAX), "feature"),
        shown(VALUES_MAX)
    );
    one(&TOO_LARGE, title, at, "use `limit`, fewer `features`, or a lower `polynomial` degree")
}

/// The data set of a table, or what is wrong with it as a whole.
pub(crate) fn dataset(
    raw: Raw,
    spec: &spec::Data,
    name: &str,
    files: Vec<(String, String)>,
    at: &Span,
) -> Faulty<Dataset> {
    let rows = raw.y.len() / raw.target_names.len().max(1);
    if rows == 0 {
        let title = format!("no row of `{name}` is left");
        let why = if raw.dropped > 0 { "every row has a missing value" } else { "it has no rows" };
        return one(&NO_ROWS, title, at, why);
    }
    if raw.feature_names.is_empty() {
        return one(
            &NO_FEATURES,
            format!("`{name}` has no feature column"),
            at,
            "every column is used otherwise",
        );
    }
    let number = |name: &String| Column { name: name.clone(), categories: None };
    let columns = raw.columns.unwrap_or_else(|| raw.feature_names.iter().map(number).collect());
    let target_columns = raw.target_names.clone();
    let task = raw.task.unwrap_or_else(|| targets::suggested(&raw.y, raw.target_names.len()));
    let targets = targets::build(task, raw.y, raw.target_names, raw.classes, at)?;
    let dataset = Dataset {
        name: name.to_string(),
        task,
        feature_names: raw.feature_names,
        steps: 1,
        lengths: Vec::new(),
        x: raw.x,
        categorical: raw.categorical,
        columns,
        target_columns,
        targets,
        mask: raw.mask,
        parts: raw.parts,
        digest: String::new(),
        unanswered: raw.unanswered,
        files,
        dropped: raw.dropped,
        remarks: raw.remarks,
    };
    let mut dataset = match raw.layout {
        Some(layout) => folded(dataset, &layout),
        None => dataset,
    };
    check(&dataset, spec)?;
    dataset.digest = digest(&dataset);
    Ok(dataset)
}

/// Rows that are time steps as padded sequences. What padding holds is never looked at.
fn folded(rows: Dataset, layout: &Layout) -> Dataset {
    let outputs = rows.outputs();
    let x = layout.fold(&rows.x, rows.features(), 0.0);
    let mask = if rows.mask.is_empty() { Vec::new() } else { layout.fold(&rows.mask, outputs, 1.0) };
    let targets = match rows.targets {
        Targets::Classes { index, names } => Targets::Classes { index: layout.fold(&index, 1, 0), names },
        Targets::Values { values, names } => {
            Targets::Values { values: layout.fold(&values, outputs, 0.0), names }
        }
    };
    let parts = rows.parts.map(|parts| layout.last(&parts));
    Dataset { steps: layout.steps, lengths: layout.lengths.clone(), x, targets, mask, parts, ..rows }
}

/// Whether a table can be prepared as a section asks: its expansion fits into memory, and its weights are for its classes.
///
/// [`load`](crate::data::load::load) has done this for the section it was given; another section that shares the table needs it of its own,
/// since `polynomial` and `weights` are no part of the table.
pub fn check(dataset: &Dataset, section: &spec::Data) -> Faulty<()> {
    let at = section.source.span();
    let size = check_size(dataset.rows() * dataset.steps, dataset.features(), section, at);
    let faults: Vec<Diagnostic> = [
        check_image(dataset, section, at),
        size,
        check_weights(&section.weights, &dataset.targets, at),
        check_noise(dataset, section, at),
    ]
    .into_iter()
    .filter_map(Result::err)
    .flatten()
    .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Features that are enlarged must be the pixels of an image.
fn check_image(dataset: &Dataset, section: &spec::Data, at: &Span) -> Faulty<()> {
    let Some(spec::Enlarge { from: [height, width], .. }) = section.enlarge else { return Ok(()) };
    if height * width == dataset.features() {
        return Ok(());
    }
    let found = text::count(dataset.features(), "feature");
    let title = format!("`enlarge.from` says {height} × {width} pixels, but there are {found}");
    one(&SHAPE_MISMATCH, title, at, "every feature must be a pixel, row by row")
}

/// Only a class has others in its place, and one that is switched off is none of them.
fn check_noise(dataset: &Dataset, section: &spec::Data, at: &Span) -> Faulty<()> {
    if section.label_noise == 0.0 {
        return Ok(());
    }
    match &dataset.targets {
        Targets::Values { .. } => {
            one(&WRONG_TASK, "`label_noise` needs a classification", at, "this data has no classes")
        }
        Targets::Classes { .. } if !dataset.mask.is_empty() => one(
            &WRONG_TASK,
            "`label_noise` and `mask` exclude each other",
            at,
            "a label might fall on a class that is off",
        ),
        Targets::Classes { .. } => Ok(()),
    }
}

fn check_weights(weights: &Weights, targets: &Targets, at: &Span) -> Faulty<()> {
    match (weights, targets) {
        (Weights::Equal, _) | (Weights::Balanced, Targets::Classes { .. }) => Ok(()),
        (_, Targets::Values { .. }) => {
            one(&WRONG_TASK, "class weights need a classification", at, "this data has no classes")
        }
        (Weights::Given(given), Targets::Classes { names, .. }) => {
            let unknown = given.iter().filter(|(name, _)| !names.contains(name));
            let faults: Vec<Diagnostic> = unknown.map(|(name, _)| unknown_class(name, names, at)).collect();
            let is_nothing =
                |class: &String| given.iter().any(|(name, weight)| name == class && *weight == 0.0);
            match faults.is_empty() {
                false => Err(faults),
                true if names.iter().all(is_nothing) => {
                    let title = "`weights` gives every class the weight 0: there is nothing to learn from";
                    one(&OUT_OF_RANGE, title, at, "no row of this data would count")
                }
                true => Ok(()),
            }
        }
    }
}

fn unknown_class(name: &str, names: &[String], at: &Span) -> Diagnostic {
    let title = format!("`weights` names the class `{name}`, which the data does not have");
    let fault = Diagnostic::error(&UNKNOWN_CLASS, title).at(at, "this data");
    let fault = match text::did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault,
    };
    fault.note(format!("the classes are {}", fault::list(names)))
}

/// SHA-256 of what was read: task, names, values, targets, parts, and, where there are any, lengths of sequences, masks, and time steps
/// without a target. Equal tables agree whatever file they came from.
///
/// All NaN count as one value, and so do both zeros.
fn digest(dataset: &Dataset) -> String {
    let mut hash = Sha256::new();
    let word = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    word(&mut hash, "runner data 1");
    word(
        &mut hash,
        match dataset.task {
            Task::Classification => "classification",
            Task::MultiLabel => "multi_label",
            Task::Regression => "regression",
        },
    );
    hash.update((dataset.rows() as u64).to_le_bytes());
    for names in [&dataset.feature_names, dataset.output_names()] {
        hash.update((names.len() as u64).to_le_bytes());
        names.iter().for_each(|name| word(&mut hash, name));
    }
    let mut number = |value: f64| {
        let plain = if value.is_nan() { f64::NAN } else { value + 0.0 };
        hash.update(plain.to_bits().to_le_bytes());
    };
    dataset.x.iter().copied().for_each(&mut number);
    match &dataset.targets {
        Targets::Classes { index, .. } => index.iter().copied().map(f64::from).for_each(&mut number),
        Targets::Values { values, .. } => values.iter().copied().for_each(&mut number),
    }
    for part in dataset.parts.iter().flatten() {
        hash.update(part.name().as_bytes());
    }
    if dataset.steps > 1 {
        word(&mut hash, "steps");
        hash.update((dataset.steps as u64).to_le_bytes());
        dataset.lengths.iter().for_each(|length| hash.update(length.to_le_bytes()));
    }
    if !dataset.mask.is_empty() {
        word(&mut hash, "mask");
        dataset.mask.iter().for_each(|on| hash.update([u8::from(*on == 1.0)]));
    }
    if !dataset.unanswered.is_empty() {
        word(&mut hash, "unanswered");
        dataset.unanswered.iter().for_each(|place| hash.update(place.to_le_bytes()));
    }
    disk::hex(&hash.finalize())
}
