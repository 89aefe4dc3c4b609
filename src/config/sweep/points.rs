//! Which points there are: axes that advance together (`zip`), apply only sometimes (`when`), or never meet (`exclude`).

use std::collections::BTreeSet;

use super::{Written, label_of};
use crate::catalog::Value;
use crate::config::read::{Reader, plain, shown};
use crate::config::tree::{Item, Node, Slot, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Axis, AxisValue, Condition};
use crate::text;

/// Index of an axis by key, or a fault with a suggestion.
pub(crate) fn axis_named(r: &mut Reader<'_>, axes: &[Axis], key: &str, span: &Span) -> Option<usize> {
    if let Some(index) = axes.iter().position(|a| a.key == key) {
        return Some(index);
    }
    let names: Vec<&str> = axes.iter().map(|a| a.key.as_str()).collect();
    let mut fault =
        Diagnostic::error(&diagnostic::UNKNOWN_AXIS, format!("there is no axis `{}`", shown(key)))
            .at(span, "not swept in this file");
    if let Some(near) = text::did_you_mean(key, names.iter().copied()) {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    fault = match names.as_slice() {
        [] => fault.note("this file has no axes: `[sweep]` and `[variants]` make them"),
        _ => fault.note(format!("axes of this file: {}", text::one_of(&names))),
    };
    r.fault(fault);
    None
}

pub(super) fn zip(r: &mut Reader<'_>, table: &Table, axes: &[Axis]) -> Vec<Vec<usize>> {
    let Some(Item { node: Node::List(groups), .. }) = table.get("zip") else { return Vec::new() };
    let mut out: Vec<Vec<usize>> = Vec::new();
    for group in groups {
        let Node::List(items) = &group.node else { continue };
        let mut indices = Vec::new();
        for item in items {
            let Some(key) = item.text() else { continue };
            let Some(index) = axis_named(r, axes, key, &item.span) else { continue };
            if indices.contains(&index) || out.iter().any(|g| g.contains(&index)) {
                let fault = Diagnostic::error(
                    &diagnostic::REPEATED_VALUE,
                    format!("the axis `{key}` is zipped twice"),
                )
                .at(&item.span, "each axis once");
                r.fault(fault);
                continue;
            }
            if axes[index].domain.is_some() {
                let fault = Diagnostic::error(
                    &diagnostic::ZIP_LENGTHS,
                    format!("the axis `{key}` has a range to draw from, which cannot advance with another"),
                )
                .at(&item.span, "has no values in an order");
                r.fault(fault);
                continue;
            }
            indices.push(index);
        }
        let lengths: BTreeSet<usize> = indices.iter().map(|i| axes[*i].values.len()).collect();
        if lengths.len() > 1 {
            let each = indices.iter().map(|i| format!("`{}` has {}", axes[*i].key, axes[*i].values.len()));
            let title = "zipped axes must have the same number of values";
            let fault = Diagnostic::error(&diagnostic::ZIP_LENGTHS, title)
                .at(&group.span, each.collect::<Vec<_>>().join(", "))
                .help("give them equally many values, or leave `zip` out to cross them");
            r.fault(fault);
            continue;
        }
        if indices.len() > 1 {
            out.push(indices);
        }
    }
    out
}

pub(super) fn exclude(r: &mut Reader<'_>, table: &Table, axes: &[Axis]) -> Vec<Vec<(usize, Value)>> {
    let Some(Item { node: Node::List(points), .. }) = table.get("exclude") else { return Vec::new() };
    let mut out = Vec::new();
    for point in points {
        let Some(table) = point.table() else { continue };
        let mut written = Vec::new();
        for slot in &table.entries {
            excluded_keys(slot.key.clone(), &slot.key_span, &slot.item, axes, &mut written);
        }
        let read: Vec<Option<(usize, Value)>> = written.iter().map(|w| excluded(r, axes, w)).collect();
        if let Some(all) = read.into_iter().collect::<Option<Vec<_>>>()
            && !all.is_empty()
        {
            out.push(all);
        }
    }
    out
}

fn excluded_keys<'t>(
    key: String,
    key_span: &'t Span,
    item: &'t Item,
    axes: &[Axis],
    out: &mut Vec<Written<'t>>,
) {
    // Without quotes a dotted key is a table in a table.
    let leads_on = axes.iter().any(|a| a.key.strip_prefix(&key).is_some_and(|rest| rest.starts_with('.')));
    let known = axes.iter().any(|a| a.key == key);
    match &item.node {
        Node::Table(t) if !known && leads_on && !t.entries.is_empty() => {
            for slot in &t.entries {
                excluded_keys(format!("{key}.{}", slot.key), &slot.key_span, &slot.item, axes, out);
            }
        }
        _ => out.push(Written { key, key_span, item }),
    }
}

fn excluded(r: &mut Reader<'_>, axes: &[Axis], written: &Written<'_>) -> Option<(usize, Value)> {
    let index = axis_named(r, axes, &written.key, written.key_span)?;
    let value = listed(r, &axes[index], written.item, "leaves nothing out")?;
    Some((index, axes[index].values[value].value.clone()))
}

/// The index of a value that an axis lists, or a fault that says what it lists.
fn listed(r: &mut Reader<'_>, axis: &Axis, item: &Item, otherwise: &str) -> Option<usize> {
    let wanted = plain(item);
    let number = |v: &Value| match v {
        Value::Real(x) => Some(*x),
        Value::Count(n) => Some(*n as f64),
        _ => None,
    };
    let label = label_of("", &wanted);
    let same = |v: &&AxisValue| match (number(&v.value), number(&wanted)) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => v.label == label || v.value == wanted || v.value.to_string() == label,
    };
    if let Some(index) = axis.values.iter().position(|v| same(&v)) {
        return Some(index);
    }
    let labels: Vec<&str> = axis.values.iter().take(20).map(|v| v.label.as_str()).collect();
    let title = format!("the axis `{}` has no value {}", axis.key, shown(&label));
    let mut fault = Diagnostic::error(&diagnostic::UNKNOWN_NAME, title)
        .at(&item.span, otherwise)
        .also(&axis.span, "the axis");
    if number(&wanted).is_none()
        && let Some(near) = text::did_you_mean(&label, labels.iter().copied())
    {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    r.fault(match axis.domain {
        Some(_) => fault.note("it has a range to draw from, and no values that could be named"),
        None => fault.note(format!("its values: {}", text::one_of(&labels))),
    });
    None
}

/// Gives each axis that `[sweep.when]` names its conditions.
pub(super) fn when(r: &mut Reader<'_>, table: &Table, axes: &mut [Axis]) {
    let Some(conditional) = table.get("when").and_then(Item::table) else { return };
    let mut written = Vec::new();
    for Slot { key, key_span, item, .. } in &conditional.entries {
        excluded_keys(key.clone(), key_span, item, axes, &mut written);
    }
    for one in &written {
        let Some(index) = axis_named(r, axes, &one.key, one.key_span) else { continue };
        let Some(table) = one.item.table().filter(|t| !t.entries.is_empty()) else {
            let title = format!("`sweep.when` must say for `{}` which axis has which value", one.key);
            let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
                .at(&one.item.span, "expected a table of axis and value")
                .help("for example `\"optimizer.momentum\" = { \"optimizer.name\" = \"sgd\" }`");
            r.fault(fault);
            continue;
        };
        let mut conditions = Vec::new();
        for Slot { key, key_span, item, .. } in &table.entries {
            excluded_keys(key.clone(), key_span, item, axes, &mut conditions);
        }
        let read: Vec<Option<Condition>> = conditions.iter().map(|c| condition(r, axes, c)).collect();
        axes[index].when = read.into_iter().flatten().collect();
        if circular(axes, index) {
            let title = format!("whether `{}` applies depends on itself", one.key);
            let fault = Diagnostic::error(&diagnostic::CONDITION_CYCLE, title)
                .at(one.key_span, "applies only where it applies")
                .help("let conditions lead from axis to axis without coming back");
            r.fault(fault);
            axes[index].when.clear();
        }
    }
}

/// One value, or any of several.
fn condition(r: &mut Reader<'_>, axes: &[Axis], written: &Written<'_>) -> Option<Condition> {
    let axis = axis_named(r, axes, &written.key, written.key_span)?;
    let items = match &written.item.node {
        // A list may itself be the value: `model.hidden`.
        Node::List(items) if !axes[axis].values.iter().any(|v| matches!(v.value, Value::List(_))) => {
            items.iter().collect()
        }
        _ => vec![written.item],
    };
    let found: Vec<Option<usize>> =
        items.into_iter().map(|item| listed(r, &axes[axis], item, "never holds")).collect();
    found.into_iter().collect::<Option<Vec<usize>>>().map(|values| Condition { axis, values })
}

/// Whether an axis is among those that its conditions lead to.
fn circular(axes: &[Axis], from: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = axes[from].when.iter().map(|c| c.axis).collect();
    while let Some(axis) = open.pop() {
        if axis == from {
            return true;
        }
        if seen.insert(axis) {
            open.extend(axes[axis].when.iter().map(|c| c.axis));
        }
    }
    false
}
