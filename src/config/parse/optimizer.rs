//! `[optimizer]`: the method named by `name`, its parameters beside it, and what every method takes.

use super::{Parsed, table_of};
use crate::catalog::{Choice, Facts, Family, Param, Value, sections};
use crate::config::read::{Path, Reader};
use crate::config::tree::{Node, Table};
use crate::spec::Optimizer;

/// The optimizer where `name` is not written.
const METHOD_DEFAULT: &str = "sgd";

/// Keys of the section that `check` refuses beside a line search.
const NOT_ALONG_LINES: [&str; 4] = ["schedule", "l1", "clip_norm", "clip_value"];

pub(crate) fn optimizer(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Optimizer>> {
    let before = r.faults.len();
    let (table, place) = table_of(r, root, "optimizer")?;
    let path = Path::root("optimizer");
    let entry = match table.get("name") {
        None => r.entry(Family::Optimizer, METHOD_DEFAULT, &place, path.key("name")),
        Some(item) => match &item.node {
            Node::Text(name) => r.entry(Family::Optimizer, name, &item.span, path.key("name")),
            // The section's own definition says what is wrong with it.
            _ => None,
        },
    };
    // Where the method is not known, the keys of any method are let through: one mistake, one message.
    let own: Vec<&'static Param> = match entry {
        Some(entry) => entry.params.iter().collect(),
        None => r.catalog.family(Family::Optimizer).flat_map(|e| e.params).collect(),
    };
    if entry.is_none() {
        let known: Vec<&str> = sections::OPTIMIZER.iter().chain(own).map(|p| p.key).collect();
        let mut rest = table.clone().into_owned();
        rest.entries.retain(|s| {
            !known.contains(&s.key.as_str()) || sections::OPTIMIZER.iter().any(|p| p.key == s.key)
        });
        r.fields(sections::OPTIMIZER, &rest, &place, path);
        return None;
    }
    let fields = r.fields(sections::OPTIMIZER.iter().chain(own), &table, &place, path);
    if let Some(entry) = entry {
        beside_its_name(r, &table, entry.name, before);
        if matches!(entry.facts, Facts::LineSearch) {
            let keys = fields.all.iter().map(|(param, _)| param.key);
            let allowed: Vec<&str> = keys.filter(|key| !NOT_ALONG_LINES.contains(key)).collect();
            allow_only(r, &allowed, before);
        }
        owners(r, &table, before);
    }
    if r.faults.len() > before {
        return None;
    }
    let entry = entry?;
    let values: Vec<Option<Value>> = entry.params.iter().map(|p| fields.get(p.key).cloned()).collect();
    let value = Optimizer {
        method: Choice { entry, values },
        schedule: fields.member("schedule")?,
        weight_decay: fields.number("weight_decay")?,
        l1: fields.number("l1")?,
        l2: fields.number("l2")?,
        clip_norm: fields.number("clip_norm"),
        clip_value: fields.number("clip_value"),
    };
    Some(Parsed { value, fields })
}

/// Says which methods have a key that this one does not have.
fn owners(r: &mut Reader<'_>, table: &Table, before: usize) {
    for fault in &mut r.faults[before..] {
        let Some(place) = fault.primary.as_ref().map(|l| &l.span) else { continue };
        let Some(slot) = table.entries.iter().find(|s| s.key_span == *place) else { continue };
        let has = |e: &&'static crate::catalog::Entry| e.params.iter().any(|p| p.key == slot.key);
        let names: Vec<&str> = r.catalog.family(Family::Optimizer).filter(has).map(|e| e.name).collect();
        if !names.is_empty() {
            let names = crate::text::one_of(&names).replace(" or ", " and ");
            fault.helps.push(format!("`{}` is a parameter of {names}", slot.key));
        }
    }
}

/// Faults about unknown keys name these as what may be written.
fn allow_only(r: &mut Reader<'_>, keys: &[&str], before: usize) {
    for fault in &mut r.faults[before..] {
        if let Some(note) = fault.notes.iter_mut().find(|note| note.starts_with("allowed here: ")) {
            *note = format!("allowed here: {}", crate::text::one_of(keys));
        }
    }
}

/// Faults about the section's keys say which method they were read for.
fn beside_its_name(r: &mut Reader<'_>, table: &Table, name: &str, before: usize) {
    let chosen = table.get("name").map(|i| i.span.clone());
    for fault in &mut r.faults[before..] {
        if !std::ptr::eq(fault.code, &crate::diagnostic::UNKNOWN_KEY) {
            continue;
        }
        match &chosen {
            Some(span) => {
                fault
                    .secondary
                    .push(crate::diagnostic::Label { span: span.clone(), text: "for this optimizer".into() });
            }
            None => fault.notes.push(format!("the optimizer is `{name}`, the default")),
        }
    }
}
