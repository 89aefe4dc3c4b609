//! `[data]`: where rows come from, how they are encoded, scaled, and split.

use super::{Parsed, fields, rows};
use crate::catalog::{Choice, Value, sections};
use crate::config::files::Found;
use crate::config::read::{Fields, Reader, as_text};
use crate::config::tree::{Item, Node, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{
    Data, Encoding, Enlarge, Format, Interpolation, Missing, Places, Source, Split, Task, Weights,
};
use crate::text;

/// Keys that only some sources use.
const FILE_KEYS: [&str; 14] = [
    "target",
    "features",
    "ignore",
    "sequence",
    "time",
    "mask",
    "categorical",
    "delimiter",
    "header",
    "labels",
    "x",
    "y",
    "sha256",
    "labels_sha256",
];

/// Keys about the columns of a text.
const COLUMN_KEYS: [&str; 9] =
    ["target", "features", "ignore", "sequence", "time", "mask", "categorical", "delimiter", "header"];

pub(crate) fn data(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Data>> {
    let before = r.faults.len();
    let mut fields = fields(r, root, "data", sections::DATA)?;
    let table = root.get("data")?.table()?;
    let source = source(r, table, &mut fields);
    digests(r, table, &fields);
    columns(r, table, &fields);
    timeless(r, table);
    let split = fields.member("split").and_then(|c| split(r, table, &c));
    let enlarge = fields.get("enlarge").and_then(|value| enlarge(r, table.get("enlarge")?, value));
    if r.faults.len() > before {
        return None;
    }
    let value = Data {
        source: source?,
        target: fields.texts("target"),
        features: fields.texts("features"),
        ignore: fields.texts("ignore"),
        sequence: fields.owned("sequence"),
        time: fields.owned("time"),
        mask: fields.texts("mask"),
        categorical: fields.texts("categorical"),
        encoding: if fields.text("encoding")? == "ordinal" { Encoding::Ordinal } else { Encoding::OneHot },
        task: fields.text("task").and_then(task_named),
        scale: fields.member("scale")?,
        target_scale: fields.member("target_scale")?,
        enlarge,
        polynomial: fields.count("polynomial")? as u32,
        missing: match fields.text("missing")? {
            "drop_row" => Missing::DropRow,
            "mean" => Missing::Mean,
            "median" => Missing::Median,
            _ => Missing::Error,
        },
        limit: fields.count("limit"),
        split: split?,
        weights: weights(fields.get("weights")?),
        label_noise: fields.number("label_noise")?,
        places: places(table),
    };
    Some(Parsed { value, fields })
}

/// Where columns are named.
fn places(table: &Table) -> Places {
    let keys = ["target", "features", "ignore", "sequence", "time", "mask", "categorical"];
    let named = |key: &'static str, item: &Item| Some((key, item.text()?.to_string(), item.span.clone()));
    let mut found = Vec::new();
    for (key, item) in keys.iter().filter_map(|key| Some((*key, table.get(key)?))) {
        match &item.node {
            Node::List(items) => found.extend(items.iter().filter_map(|item| named(key, item))),
            _ => found.extend(named(key, item)),
        }
    }
    found.extend(table.at(&["split", "column"]).and_then(|item| named("split.column", item)));
    Places(found)
}

fn task_named(word: &str) -> Option<Task> {
    match word {
        "classification" => Some(Task::Classification),
        "multi_label" => Some(Task::MultiLabel),
        "regression" => Some(Task::Regression),
        _ => None,
    }
}

fn weights(value: &Value) -> Weights {
    match value {
        Value::Text(t) if t == "balanced" => Weights::Balanced,
        Value::Table(pairs) => {
            let number = |v: &Value| if let Value::Real(x) = v { *x } else { 1.0 };
            Weights::Given(pairs.iter().map(|(k, v)| (k.clone(), number(v))).collect())
        }
        _ => Weights::Equal,
    }
}

fn enlarge(r: &mut Reader<'_>, item: &Item, value: &Value) -> Option<Enlarge> {
    let Value::Table(pairs) = value else { return None };
    let get = |key: &str| pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v);
    let mut edges = |key: &str| {
        let Some(Value::List(edges)) = get(key) else { return None };
        if let [Value::Count(height), Value::Count(width)] = edges.as_slice() {
            return Some([*height as usize, *width as usize]);
        }
        let title = format!("`data.enlarge.{key}` must hold two numbers, not {}", edges.len());
        let place = item.table().and_then(|t| t.get(key)).map_or(&item.span, |i| &i.span);
        r.fault(Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(place, "expected `[height, width]`"));
        None
    };
    let (from, to) = (edges("from"), edges("to"));
    let (from, to) = (from?, to?);
    if to[0] < from[0] || to[1] < from[1] {
        let shown = |[height, width]: [usize; 2]| format!("{height} × {width}");
        let title = format!("`data.enlarge` makes {} pixels of {}", shown(to), shown(from));
        let fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, title)
            .at(&item.span, "neither edge may become shorter")
            .help("`from` and `to` are `[height, width]`");
        r.fault(fault);
        return None;
    }
    let nearest = matches!(get("method"), Some(Value::Text(word)) if word == "nearest");
    let method = if nearest { Interpolation::Nearest } else { Interpolation::Bilinear };
    Some(Enlarge { from, to, method })
}

fn source(r: &mut Reader<'_>, table: &Table, fields: &mut Fields) -> Option<Source> {
    let item = table.get("source")?;
    match fields.get("source")?.clone() {
        Value::Member(choice) => {
            unused(r, table, &FILE_KEYS, "a generator");
            if choice.name() == "rows" {
                rows::check(r, item);
            }
            fields.clear("header");
            Some(Source::Generator { choice: *choice, span: item.span.clone() })
        }
        Value::Text(written) => file(r, table, fields, &written, &item.span),
        _ => None,
    }
}

/// The kinds of file, told by the name.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Csv,
    Idx,
    Npy,
    Npz,
}

/// Whether a source is named as a file is, and not as a generator.
pub(crate) fn is_data_file(written: &str) -> bool {
    shape_of(written).is_some()
}

fn shape_of(written: &str) -> Option<Shape> {
    let name = written.rsplit('/').next().unwrap_or(written).to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    match extension {
        "csv" | "tsv" | "txt" | "data" => Some(Shape::Csv),
        "npy" => Some(Shape::Npy),
        "npz" => Some(Shape::Npz),
        // MNIST's own names: `train-images-idx3-ubyte`, also with a point before `idx`.
        _ if name.contains("idx") => Some(Shape::Idx),
        _ => None,
    }
}

fn file(
    r: &mut Reader<'_>,
    table: &Table,
    fields: &mut Fields,
    written: &str,
    span: &Span,
) -> Option<Source> {
    let Some(shape) = shape_of(written) else {
        unknown_shape(r, written, span);
        return None;
    };
    let path = r.files.find(written, span).map_err(|d| r.fault(with_generators(r, *d, written))).ok();
    let labels = labels(r, table, fields);
    if shape != Shape::Csv {
        fields.clear("header");
    }
    let format = format(r, table, fields, shape, labels, span);
    let path = path?;
    fields.set("source", Value::Text(path.written.clone()));
    Some(Source::File { written: path.written, path: path.path, format: format?, span: span.clone() })
}

fn labels(r: &mut Reader<'_>, table: &Table, fields: &mut Fields) -> Option<Found> {
    let (name, item) = (fields.owned("labels")?, table.get("labels")?);
    match r.files.find(&name, &item.span) {
        Ok(found) => {
            fields.set("labels", Value::Text(found.written.clone()));
            Some(found)
        }
        Err(fault) => {
            r.fault(*fault);
            None
        }
    }
}

/// How the file is read, with a fault for each key that this kind of file needs or cannot use.
fn format(
    r: &mut Reader<'_>,
    table: &Table,
    fields: &Fields,
    shape: Shape,
    labels: Option<Found>,
    span: &Span,
) -> Option<Format> {
    let digest = |key: &str| fields.owned(key).map(|s| s.to_lowercase());
    let (sha256, labels_sha256) = (digest("sha256"), digest("labels_sha256"));
    match shape {
        Shape::Csv => {
            need(r, table, span, "target", "a table of rows and columns");
            unused(r, table, &["labels", "x", "y", "labels_sha256"], "a CSV file");
            Some(Format::Csv {
                delimiter: delimiter(r, table, fields),
                header: fields.flag("header").unwrap_or(true),
                sha256,
            })
        }
        Shape::Idx => {
            need(r, table, span, "labels", "an IDX file");
            unused(r, table, &[&COLUMN_KEYS[..], &["x", "y"]].concat(), "an IDX file");
            labels.map(|l| Format::Idx { labels_written: l.written, labels: l.path, sha256, labels_sha256 })
        }
        Shape::Npy | Shape::Npz => {
            unused(r, table, &COLUMN_KEYS, "a NumPy file");
            if shape == Shape::Npy {
                need(r, table, span, "labels", "an NPY file");
                unused(r, table, &["x", "y"], "an NPY file");
            } else {
                unused(r, table, &["labels", "labels_sha256"], "an NPZ file");
            }
            let (x, y) = (fields.owned("x"), fields.owned("y"));
            let (labels_written, labels) = labels.map(|l| (l.written, l.path)).unzip();
            Some(Format::Npy { labels_written, labels, x, y, sha256, labels_sha256 })
        }
    }
}

fn need(r: &mut Reader<'_>, table: &Table, span: &Span, key: &str, why: &str) {
    if table.get(key).is_none() {
        let fault = Diagnostic::error(&diagnostic::MISSING_KEY, format!("`data.{key}` is missing"))
            .at(span, format!("{why} needs `{key}`"))
            .help(format!("write `{key} = \"...\"` in `[data]`"));
        r.fault(fault);
    }
}

fn unknown_shape(r: &mut Reader<'_>, written: &str, span: &Span) {
    let names: Vec<&str> = r.catalog.family(crate::catalog::Family::Source).map(|e| e.name).collect();
    if let Some(planned) = sections::planned_at(&format!("data.source={written}")) {
        return r.fault(crate::config::read::planned_fault(
            planned,
            &format!("the source `{written}`"),
            span,
        ));
    }
    let title = format!(
        "`{}` is neither a generator nor a kind of file that can be read",
        crate::config::read::shown(written)
    );
    let mut fault = Diagnostic::error(&diagnostic::UNKNOWN_NAME, title).at(
        span,
        "expected a generator, or a path ending in .csv, .tsv, .txt, .data, .npy, .npz, or an IDX file",
    );
    if let Some(near) = text::did_you_mean(written, names.iter().copied()) {
        fault = fault.help(format!("did you mean the generator `{near}`?"));
    }
    r.fault(fault.note(format!("generators: {}", names.join(", "))));
}

/// A misspelt generator looks like a missing file.
fn with_generators(r: &Reader<'_>, fault: Diagnostic, written: &str) -> Diagnostic {
    let names = r.catalog.family(crate::catalog::Family::Source).map(|e| e.name);
    match text::did_you_mean(written, names) {
        Some(near) if fault.helps.is_empty() => fault.help(format!("did you mean the generator `{near}`?")),
        _ => fault,
    }
}

fn delimiter(r: &mut Reader<'_>, table: &Table, fields: &Fields) -> Option<u8> {
    let written = fields.text("delimiter")?;
    match written.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
        _ => {
            let span = &table.get("delimiter")?.span;
            let title = format!("`data.delimiter` cannot be {written:?}");
            let fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, title)
                .at(span, "expected one ASCII character")
                .help("for example `\";\"`, or `\"\\t\"` for a tab");
            r.fault(fault);
            None
        }
    }
}

fn digests(r: &mut Reader<'_>, table: &Table, fields: &Fields) {
    for key in ["sha256", "labels_sha256"] {
        let Some(digest) = fields.text(key) else { continue };
        if digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            let Some(item) = table.get(key) else { continue };
            let fault =
                Diagnostic::error(&diagnostic::OUT_OF_RANGE, format!("`data.{key}` is not a SHA-256 digest"))
                    .at(&item.span, "expected 64 hexadecimal digits")
                    .help("`sha256sum FILE` prints it");
            r.fault(fault);
        }
    }
}

/// A column has one use. A feature or target may be declared categorical; nothing else is read as a category.
fn columns(r: &mut Reader<'_>, table: &Table, fields: &Fields) {
    let uses = ["target", "features", "ignore", "sequence", "time", "mask"];
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (i, first) in uses.iter().enumerate() {
        pairs.extend(uses[i + 1..].iter().map(|second| (*first, *second)));
    }
    pairs.extend(uses[3..].iter().map(|use_| ("categorical", *use_)));
    for key in ["target", "features", "mask"] {
        let all = fields.texts(key);
        let again = all.iter().enumerate().find(|(i, column)| all[..*i].contains(column));
        let (Some((_, twice)), Some(item)) = (again, table.get(key)) else { continue };
        let title = format!("the column `{twice}` is twice in `{key}`");
        let fault = Diagnostic::error(&diagnostic::COLUMN_TWICE, title)
            .at(&item.span, "each column once")
            .help("remove it, or name the column that was meant");
        r.fault(fault);
    }
    for (first, second) in pairs {
        let theirs: std::collections::BTreeSet<String> = fields.texts(second).into_iter().collect();
        let Some(twice) = fields.texts(first).into_iter().find(|c| theirs.contains(c)) else { continue };
        let (Some(a), Some(b)) = (table.get(first), table.get(second)) else { continue };
        let title = format!("the column `{twice}` is in `{first}` and in `{second}`");
        let fault = Diagnostic::error(&diagnostic::COLUMN_TWICE, title)
            .at(&b.span, format!("also in `{second}`"))
            .also(&a.span, format!("in `{first}`"))
            .help("a column has one use: remove it from one of the two");
        r.fault(fault);
    }
}

/// Time orders the rows of a sequence; without sequences it orders nothing.
fn timeless(r: &mut Reader<'_>, table: &Table) {
    if let (Some(time), None) = (table.slot("time").filter(|s| !s.carried), table.get("sequence")) {
        let fault = Diagnostic::error(
            &diagnostic::KEY_NOT_USED,
            "`data.time` has no meaning without `data.sequence`",
        )
        .at(&time.key_span, "orders the rows of a sequence")
        .help("name the column that tells the sequences apart: `sequence = \"...\"`, or remove the key");
        r.fault(fault);
    }
}

fn unused(r: &mut Reader<'_>, table: &Table, keys: &[&str], source: &str) {
    for slot in table.entries.iter().filter(|s| !s.carried && keys.contains(&s.key.as_str())) {
        let title = format!("`data.{}` has no meaning for {source}", slot.key);
        let fault = Diagnostic::error(&diagnostic::KEY_NOT_USED, title)
            .at(&slot.key_span, "changes nothing here")
            .help("remove the key");
        r.fault(fault);
    }
}

fn split(r: &mut Reader<'_>, table: &Table, choice: &Choice) -> Option<Split> {
    let number = |key: &str| choice.maybe_number(key).unwrap_or(0.0);
    let split = match choice.name() {
        "none" => Split::None,
        "k_fold" => Split::KFold {
            folds: choice.count("folds") as usize,
            repeats: choice.count("repeats") as usize,
            validation: number("validation"),
            stratified: choice.flag("stratified"),
        },
        "holdout_with_replacement" => Split::HoldoutWithReplacement { test: number("test") },
        "predefined" => Split::Predefined { column: choice.get("column").and_then(as_text)? },
        _ => Split::Holdout {
            test: number("test"),
            validation: number("validation"),
            stratified: choice.flag("stratified"),
        },
    };
    if let Split::Holdout { test, validation, .. } = split
        && test + validation >= 1.0
    {
        let total = text::significant(test + validation, 6);
        let title = format!("test and validation take {total} of the rows and leave none to train on");
        let fault = Diagnostic::error(&diagnostic::SPLIT_TOO_LARGE, title)
            .at(&table.get("split")?.span, "the shares must sum to less than 1")
            .help("for example `split = { test = 0.2, validation = 0.2 }`");
        r.fault(fault);
        return None;
    }
    Some(split)
}
