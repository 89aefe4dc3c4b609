//! What each column of a text is for, by the names in the experiment.
//!
//! That a column has one use has been checked before; what its cells hold is not looked at.

use super::Use;
use super::steps::TimeColumns;
use crate::data::fault::{self, Faults, Faulty};
use crate::data::source::csv::Table;
use crate::diagnostic::{Diagnostic, NO_TARGET, Sources, Span};
use crate::spec::{self, Split};

/// Columns by what they are for.
pub(super) struct Roles {
    pub(super) uses: Vec<Use>,
    pub(super) targets: Vec<usize>,
    pub(super) time: Option<TimeColumns>,
    pub(super) masks: Vec<usize>,
}

/// What each column is for, or the names that are not columns.
pub(super) fn roles(
    table: &Table<'_>,
    names: &[String],
    spec: &spec::Data,
    at: &Span,
    sources: &mut Sources,
) -> Faulty<Roles> {
    let mut faults = Faults::default();
    let mut find = |name: &String, key: &str, role: &str| {
        let found = names.iter().position(|n| n == name);
        if found.is_none() {
            faults.push(|| unknown(table, names, (name, role), (spec.places.of(key, name), at), sources));
        }
        found
    };
    let targets: Vec<usize> = spec.target.iter().filter_map(|n| find(n, "target", "target")).collect();
    let features: Vec<usize> = spec.features.iter().filter_map(|n| find(n, "features", "feature")).collect();
    let ignored: Vec<usize> =
        spec.ignore.iter().filter_map(|n| find(n, "ignore", "ignored column")).collect();
    for name in &spec.categorical {
        find(name, "categorical", "categorical column");
    }
    let part = match &spec.split {
        Split::Predefined { column } => find(column, "split.column", "split column"),
        _ => None,
    };
    let sequence = spec.sequence.as_ref().and_then(|n| find(n, "sequence", "sequence column"));
    let time = spec.time.as_ref().and_then(|n| find(n, "time", "time column"));
    let masks: Vec<usize> = spec.mask.iter().filter_map(|n| find(n, "mask", "mask column")).collect();
    faults.finish()?;
    if spec.target.is_empty() {
        let fault = Diagnostic::error(&NO_TARGET, format!("no target column is named for `{}`", table.name));
        let help = format!("name one: `target = \"{}\"`", names.last().map_or("", String::as_str));
        return Err(vec![
            fault
                .at(at, "which column is predicted?")
                .help(help)
                .note(format!("the columns are {}", fault::list(names))),
        ]);
    }
    let uses = (0..names.len()).map(|column| match column {
        c if targets.contains(&c) => Use::Target,
        c if part == Some(c) => Use::Part,
        c if sequence == Some(c) => Use::Sequence,
        c if time == Some(c) => Use::Time,
        c if masks.contains(&c) => Use::Mask,
        c if ignored.contains(&c) => Use::Unused,
        c if spec.features.is_empty() || features.contains(&c) => Use::Feature,
        _ => Use::Unused,
    });
    let uses = uses.collect();
    Ok(Roles { uses, targets, time: sequence.map(|sequence| TimeColumns { sequence, time }), masks })
}

/// `named` is where the experiment names the column, `at` where it names the file.
fn unknown(
    table: &Table<'_>,
    names: &[String],
    (name, role): (&str, &str),
    (named, at): (Option<&Span>, &Span),
    sources: &mut Sources,
) -> Diagnostic {
    let fault = fault::unknown_column(name, role, names);
    let fault = match (named, table.header_line(sources)) {
        (Some(named), Some(place)) => {
            fault.at(named, "no column has this name").also(&place, "the columns are named here")
        }
        (Some(named), None) => fault.at(named, "read without a header"),
        (None, Some(place)) => fault.at(&place, "the columns are named here"),
        (None, None) => fault.at(at, "read without a header"),
    };
    let fault =
        if table.header_is_data() { fault.help("without a header row set `header = false`") } else { fault };
    match table.other_delimiter() {
        Some(other) if names.len() == 1 => fault.help(format!("set `delimiter = {other}`")),
        _ => fault,
    }
}
