//! A function per section: from checked values to the types of `spec`. Each reads its own section only.

mod data;
mod fault;
mod judge;
mod model;
mod optimizer;
mod pairing;
mod rows;
mod train;

pub(crate) use data::{data, is_data_file};
pub(crate) use fault::fault;
pub(crate) use judge::{compare, diagnose, expect, record, report};
pub(crate) use model::{KIND_DEFAULTS, model};
pub(crate) use optimizer::optimizer;
pub(crate) use pairing::{label as pairing_label, pairing};
pub(crate) use train::train;

use crate::catalog::sections::{self, Section};
use crate::catalog::{Family, Param};
use crate::config::read::{Fields, Path, Reader, shown};
use crate::config::tree::Table;
use crate::diagnostic::{self, Diagnostic, SourceId, Span};
use crate::spec::MetricOf;

/// A section's meaning, and its values as they go into the resolved file.
#[derive(Clone, Debug)]
pub(crate) struct Parsed<T> {
    pub(crate) value: T,
    pub(crate) fields: Fields,
}

/// The beginning of the experiment file, for what is missing altogether.
pub(crate) fn beginning() -> Span {
    Span { source: SourceId(0), range: 0..0 }
}

/// The table of a section and where it is; an empty one where it may be left out.
fn table_of<'t>(
    r: &mut Reader<'_>,
    root: &'t Table,
    name: &'static str,
) -> Option<(std::borrow::Cow<'t, Table>, Span)> {
    use std::borrow::Cow;
    let section = sections::section_named(name)?;
    let Some(slot) = root.slot(name) else {
        if section.required {
            r.fault(missing_section(section));
            return None;
        }
        return Some((Cow::Owned(Table::default()), beginning()));
    };
    let Some(table) = slot.item.table() else {
        let title = format!("`{name}` must be a table, not {}", slot.item.what());
        let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
            .at(&slot.item.span, "expected a table")
            .help(format!("write `[{name}]` on a line of its own and its keys below"));
        r.fault(fault);
        return None;
    };
    Some((Cow::Borrowed(table), slot.item.span.clone()))
}

fn missing_section(section: &Section) -> Diagnostic {
    let required: Vec<&str> = (section.keys.iter())
        .filter(|p| matches!(p.default, crate::catalog::Default::Required))
        .map(|p| p.key)
        .collect();
    Diagnostic::error(&diagnostic::MISSING_SECTION, format!("the section `[{}]` is missing", section.name))
        .at(&beginning(), "nowhere in this file")
        .help(format!("add `[{}]` with at least `{} = ...`", section.name, required.join(" = ...`, `")))
}

/// Reads a section whose keys are fixed. The number of faults before it tells whether it is sound.
fn fields(r: &mut Reader<'_>, root: &Table, name: &'static str, params: &'static [Param]) -> Option<Fields> {
    let (table, place) = table_of(r, root, name)?;
    Some(r.fields(params, &table, &place, Path::root(name)))
}

/// `PART.METRIC` of `early_stop` and `stop_when`.
fn metric_of(r: &mut Reader<'_>, text: &str, span: &Span, path: &str) -> Option<MetricOf> {
    let parsed = text
        .split_once('.')
        .and_then(|(part, metric)| Some((crate::config::check::part_named(part)?, metric)));
    let Some((part, metric)) = parsed else {
        let fault =
            Diagnostic::error(&diagnostic::OUT_OF_RANGE, format!("`{path}` cannot be \"{}\"", shown(text)))
                .at(span, "expected `PART.METRIC`")
                .help("for example `\"validation.loss\"` or `\"train.accuracy\"`");
        r.fault(fault);
        return None;
    };
    let higher_is_better = metric_direction(r, metric, span, path)?;
    Some(MetricOf { part, metric: metric.into(), higher_is_better })
}

/// Whether more of this metric is better; a fault where there is no such metric.
pub(crate) fn metric_direction(r: &mut Reader<'_>, metric: &str, span: &Span, path: &str) -> Option<bool> {
    if metric == "loss" {
        return Some(false);
    }
    let entry = r.entry(Family::Metric, metric, span, Path::root(path))?;
    match entry.facts {
        crate::catalog::Facts::Metric { higher_is_better, .. } => Some(higher_is_better),
        _ => Some(true),
    }
}
