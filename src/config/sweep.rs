//! `[sweep]` and `[variants]`: which keys take several values, and how the values combine.
//!
//! Each value is checked alone, as if it stood in the file. Whether it suits the rest is seen when a point is resolved.

use std::collections::BTreeSet;

use crate::catalog::explain::{lookup, swept_keys};
use crate::catalog::{Choice, Family, Kind, Param, Value, sections};
use crate::config::parse::pairing_label;
use crate::config::read::{Path, Reader, plain, planned_fault, shown};
use crate::config::tree::{Item, Node, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Axis, AxisValue, Sweep};
use crate::text;

/// The key of the axis that `[variants]` makes.
pub(crate) const VARIANT: &str = "variant";

/// Largest number of values of one axis.
const VALUES_MAX: usize = 100_000;

/// What a value of an axis does to the tree.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Set { path: Vec<String>, key_span: Span, item: Item },
    Merge(Table),
}

impl Change {
    /// The top-level keys that it touches.
    pub(crate) fn touched(&self) -> Vec<&str> {
        match self {
            Change::Set { path, .. } => path.first().map(String::as_str).into_iter().collect(),
            Change::Merge(table) => table.entries.iter().map(|s| s.key.as_str()).collect(),
        }
    }

    pub(crate) fn apply(&self, root: &mut Table) {
        match self {
            Change::Set { path, key_span, item } => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                root.set(&path, key_span, item.clone());
            }
            Change::Merge(table) => root.merge(table),
        }
    }

    /// Shorter paths first, and names before the parameters that belong to them.
    pub(crate) fn rank(&self) -> (usize, bool) {
        match self {
            Change::Merge(_) => (0, false),
            Change::Set { path, .. } => (path.len(), path.last().is_some_and(|k| k != "name")),
        }
    }
}

/// The sweep, with what each value of each axis changes.
#[derive(Clone, Debug)]
pub(crate) struct Swept {
    pub(crate) sweep: Sweep,
    /// By axis, then by value.
    pub(crate) changes: Vec<Vec<Change>>,
}

/// An axis as written.
struct Written<'t> {
    key: String,
    key_span: &'t Span,
    item: &'t Item,
}

pub(crate) fn sweep(r: &mut Reader<'_>, root: &Table) -> Option<Swept> {
    let mut changes = Vec::new();
    let mut axes = Vec::new();
    if let Some((axis, change)) = variants(r, root) {
        axes.push(axis);
        changes.push(change);
    }
    let empty = Table::default();
    let (table, place) = match root.get("sweep") {
        None => (&empty, super::parse::beginning()),
        Some(Item { node: Node::Table(t), span }) => (t, span.clone()),
        Some(other) => {
            let title = format!("`sweep` must be a table, not {}", other.what());
            r.fault(Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&other.span, "expected a table"));
            return None;
        }
    };
    let mut fixed = table.clone();
    fixed.entries.retain(|s| is_setting(&s.key));
    let fields = r.fields(sections::SWEEP, &fixed, &place, Path::root("sweep"));
    let mut written = Vec::new();
    for slot in table.entries.iter().filter(|s| !is_setting(&s.key)) {
        flatten(slot.key.clone(), &slot.key_span, &slot.item, &mut written);
    }
    for one in written {
        if let Some((axis, change)) = axis(r, &one, &axes) {
            axes.push(axis);
            changes.push(change);
        }
    }
    conflicts(r, &axes, &changes);
    let zip = zip(r, table, &axes);
    let exclude = exclude(r, table, &axes);
    // A fault in the method must not hide what is wrong with the arms.
    let method = fields.member("method").or_else(|| grid(r))?;
    let limit = fields.count("limit").unwrap_or(sections::TRIALS_LIMIT as usize);
    let sweep = Sweep { method, axes, zip, exclude, limit };
    Some(Swept { sweep, changes })
}

fn grid(r: &Reader<'_>) -> Option<Choice> {
    r.catalog.family(Family::Sampler).find(|e| e.params.is_empty()).map(Choice::defaults)
}

/// Keys of `[sweep]` that are not axes, built or planned.
fn is_setting(key: &str) -> bool {
    sections::SWEEP.iter().any(|p| p.key == key) || sections::planned_at(&format!("sweep.{key}")).is_some()
}

/// `optimizer.learning_rate = [...]` without quotes is a table in a table; it means the same.
fn flatten<'t>(key: String, key_span: &'t Span, item: &'t Item, out: &mut Vec<Written<'t>>) {
    let form = ["from", "to", "log", "points", "uniform", "log_uniform", "int"];
    match &item.node {
        Node::Table(t)
            if !t.entries.is_empty() && !t.entries.iter().any(|s| form.contains(&s.key.as_str())) =>
        {
            for slot in &t.entries {
                flatten(format!("{key}.{}", slot.key), &slot.key_span, &slot.item, out);
            }
        }
        _ => out.push(Written { key, key_span, item }),
    }
}

fn variants(r: &mut Reader<'_>, root: &Table) -> Option<(Axis, Vec<Change>)> {
    let slot = root.slot("variants")?;
    let Some(table) = slot.item.table() else {
        let title = format!("`variants` must be a table, not {}", slot.item.what());
        let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
            .at(&slot.item.span, "expected a table")
            .help("write `[variants.NAME]` and the keys that it overrides below");
        r.fault(fault);
        return None;
    };
    let mut values = Vec::new();
    let mut changes = Vec::new();
    for variant in &table.entries {
        let Some(keys) = variant.item.table() else {
            let title =
                format!("`variants.{}` must be a table, not {}", shown(&variant.key), variant.item.what());
            r.fault(
                Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&variant.item.span, "expected a table"),
            );
            continue;
        };
        changes.push(Change::Merge(overrides(r, keys)));
        let value = Value::Text(variant.key.clone());
        values.push(AxisValue { label: variant.key.clone(), value, span: variant.key_span.clone() });
    }
    if values.is_empty() {
        return None;
    }
    Some((Axis { key: VARIANT.into(), values, numeric: false, span: slot.key_span.clone() }, changes))
}

/// A variant's keys as a tree of sections; dotted keys in quotes are taken apart.
fn overrides(r: &mut Reader<'_>, keys: &Table) -> Table {
    let mut tree = Table::default();
    for slot in &keys.entries {
        let path: Vec<&str> = slot.key.split('.').collect();
        let allowed = path[0] == "pairing" || sections::section_named(path[0]).is_some_and(|s| s.swept);
        let seeds = slot.key == "train.seeds"
            || (slot.key == "train" && slot.item.table().is_some_and(|t| t.get("seeds").is_some()));
        if seeds {
            not_sweepable(r, "train.seeds", &slot.key_span);
        } else if !allowed {
            unknown_axis(r, &slot.key, &slot.key_span);
        } else if path.len() == 1 {
            match (tree.get(&slot.key).is_some(), &slot.item.node) {
                (true, Node::Table(_)) => {
                    let mut over = Table::default();
                    over.push(&slot.key, slot.key_span.clone(), slot.item.clone());
                    tree.merge(&over);
                }
                _ => tree.set(&path, &slot.key_span, slot.item.clone()),
            }
        } else {
            tree.set(&path, &slot.key_span, slot.item.clone());
        }
    }
    tree
}

fn axis(r: &mut Reader<'_>, written: &Written<'_>, others: &[Axis]) -> Option<(Axis, Vec<Change>)> {
    let key = written.key.as_str();
    let kinds = kinds_of(r, key, written.key_span)?;
    if let Some(first) = others.iter().find(|a| a.key == key) {
        let fault = Diagnostic::error(&diagnostic::DUPLICATE_KEY, format!("`{key}` is swept twice"))
            .at(written.key_span, "a second axis for the same key")
            .also(&first.span, "the first");
        r.fault(fault);
        return None;
    }
    let items = items(r, written, &kinds)?;
    let mut values: Vec<AxisValue> = Vec::with_capacity(items.len());
    let mut changes = Vec::with_capacity(items.len());
    let path: Vec<String> = key.split('.').map(str::to_string).collect();
    for item in items {
        let Some(value) = value_of(r, key, &kinds, &item) else { continue };
        let label = label_of(key, &value);
        // A value may stand twice: zipped axes need it, and a configuration met again is trained once.
        values.push(AxisValue { label, value, span: item.span.clone() });
        changes.push(Change::Set { path: path.clone(), key_span: written.key_span.clone(), item });
    }
    let numeric = values.iter().all(|v| matches!(v.value, Value::Real(_) | Value::Count(_)));
    Some((Axis { key: key.into(), values, numeric, span: written.key_span.clone() }, changes))
}

/// What a swept key may hold; a fault where there is no such key or it cannot be swept.
fn kinds_of(r: &mut Reader<'_>, key: &str, span: &Span) -> Option<Vec<&'static Param>> {
    let params: Vec<&'static Param> = lookup(r.catalog, key).into_iter().map(|(_, p)| p).collect();
    let first = key.split('.').next().unwrap_or(key);
    let sweepable = first == "pairing" || sections::section_named(first).is_some_and(|s| s.swept);
    if params.is_empty() || !sweepable || key == "train.seeds" {
        if params.is_empty() && key != VARIANT {
            unknown_axis(r, key, span)
        } else {
            not_sweepable(r, key, span)
        }
        return None;
    }
    Some(params)
}

fn unknown_axis(r: &mut Reader<'_>, key: &str, span: &Span) {
    if let Some(planned) = sections::planned_at(key) {
        return r.fault(planned_fault(planned, &format!("`{key}`"), span));
    }
    let exists = !lookup(r.catalog, key).is_empty() || sections::section_named(key).is_some();
    if exists {
        return not_sweepable(r, key, span);
    }
    let keys = swept_keys(r.catalog);
    let mut fault =
        Diagnostic::error(&diagnostic::UNKNOWN_AXIS, format!("there is no key `{}` to sweep", shown(key)))
            .at(span, "not a dotted key of the file");
    let last = key.rsplit('.').next().unwrap_or(key);
    let homes = keys.iter().filter(|k| k.rsplit('.').next() == Some(last));
    let near = text::did_you_mean(key, keys.iter().map(String::as_str));
    if let Some(near) = near.or(homes.map(String::as_str).next()) {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    r.fault(
        fault.note("a swept key is written `\"SECTION.KEY\"`, for example `\"optimizer.learning_rate\"`"),
    );
}

fn not_sweepable(r: &mut Reader<'_>, key: &str, span: &Span) {
    let help = match key {
        "train.seeds" => "every configuration is trained with every seed of `[train] seeds`",
        VARIANT => "write the variants as `[variants.NAME]`; they are an axis by themselves",
        _ => "a sweep can change keys of `[data]`, `[model]`, `[optimizer]`, `[train]`, and `pairing`",
    };
    let fault = Diagnostic::error(&diagnostic::NOT_SWEEPABLE, format!("`{}` cannot be swept", shown(key)))
        .at(span, "would not change what is trained")
        .help(help);
    r.fault(fault);
}

/// The values of an axis as they would stand in the file.
fn items(r: &mut Reader<'_>, written: &Written<'_>, params: &[&'static Param]) -> Option<Vec<Item>> {
    let key = &written.key;
    match &written.item.node {
        Node::List(items) if items.is_empty() => {
            let fault = Diagnostic::error(&diagnostic::EMPTY_AXIS, format!("the axis `{key}` has no values"))
                .at(&written.item.span, "expected at least one value");
            r.fault(fault);
            None
        }
        Node::List(items) if items.len() > VALUES_MAX => {
            let title = format!("the axis `{key}` has more than {} values", text::grouped(VALUES_MAX as u64));
            r.fault(Diagnostic::error(&diagnostic::SWEEP_TOO_LARGE, title).at(written.key_span, "too many"));
            None
        }
        Node::List(items) => Some(items.clone()),
        Node::Table(table) => spaced(r, written, table, params),
        _ => {
            let title = format!("the axis `{key}` must be a list or a range, not {}", written.item.what());
            let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
                .at(
                    &written.item.span,
                    "expected `[...]`, `{ from, to, points }`, or `{ log = [a, b], points }`",
                )
                .help("for one value, set the key itself; an axis has a list");
            r.fault(fault);
            None
        }
    }
}

fn spaced(
    r: &mut Reader<'_>,
    written: &Written<'_>,
    table: &Table,
    params: &[&'static Param],
) -> Option<Vec<Item>> {
    for form in ["uniform", "log_uniform", "int"] {
        if let (Some(slot), Some(planned)) = (table.slot(form), sections::planned_at(&format!("axis.{form}")))
        {
            r.fault(planned_fault(planned, &format!("`{form}`"), &slot.key_span));
            return None;
        }
    }
    let before = r.faults.len();
    let logarithmic = table.get("log").is_some();
    let form = if logarithmic { sections::AXIS_LOG } else { sections::AXIS_LINEAR };
    let fields = r.fields(form, table, &written.item.span, Path::root(&written.key));
    if r.faults.len() > before {
        return None;
    }
    let (from, to) = match fields.get("log") {
        Some(Value::List(ends)) => match ends.as_slice() {
            [Value::Real(a), Value::Real(b)] => (*a, *b),
            _ => {
                let span = &table.get("log")?.span;
                let title = format!("`{}.log` must hold two numbers, not {}", written.key, ends.len());
                r.fault(
                    Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(span, "expected `[first, last]`"),
                );
                return None;
            }
        },
        _ => (fields.number("from")?, fields.number("to")?),
    };
    let whole = params.iter().all(|p| only_counts(&p.kind));
    let span = written.item.span.clone();
    let points = spread(from, to, fields.count("points")?, logarithmic);
    let item = |x: f64| {
        let node = if whole && (logarithmic || x.fract() == 0.0) {
            Node::Int(x.round() as i64)
        } else {
            Node::Real(x)
        };
        Item { node, span: span.clone() }
    };
    Some(points.into_iter().map(item).collect())
}

fn only_counts(kind: &Kind) -> bool {
    match kind {
        Kind::Count { .. } => true,
        Kind::OneOf(kinds) => {
            kinds.iter().any(|k| matches!(k, Kind::Count { .. }))
                && !kinds.iter().any(|k| matches!(k, Kind::Real(_)))
        }
        _ => false,
    }
}

/// `n` values from `a` to `b`, both included. Rounded to 6 significant digits (logarithmic) or 12 (linear), so that a value
/// is what its label says.
fn spread(a: f64, b: f64, n: usize, logarithmic: bool) -> Vec<f64> {
    let at = |i: usize| {
        let share = i as f64 / (n - 1) as f64;
        let (x, digits) = if logarithmic {
            (libm::exp(libm::log(a) + share * (libm::log(b) - libm::log(a))), 6)
        } else {
            (a + share * (b - a), 12)
        };
        match i {
            0 => a,
            _ if i + 1 == n => b,
            _ => text::significant(x, digits).parse().unwrap_or(x),
        }
    };
    (0..n).map(at).collect()
}

/// The checked value of one item: by the first definition of the key that accepts it.
fn value_of(r: &mut Reader<'_>, key: &str, params: &[&'static Param], item: &Item) -> Option<Value> {
    if let (Some(family), Node::Text(name)) = (family_named_by(r, key), &item.node) {
        return r.entry(family, name, &item.span, Path::root(key)).map(|_| Value::Text(name.clone()));
    }
    let before = r.faults.len();
    for (i, param) in params.iter().enumerate() {
        let start = r.faults.len();
        if let Some(value) = r.value(&param.kind, item, Path::root(key)) {
            r.faults.truncate(before);
            return Some(value);
        }
        if i > 0 {
            r.faults.truncate(start);
        }
    }
    None
}

/// The family whose member `optimizer.name` or `model.activation.name` chooses.
fn family_named_by(r: &Reader<'_>, key: &str) -> Option<Family> {
    let parent = key.strip_suffix(".name")?;
    if let Some(section) = sections::section_named(parent) {
        return section.member;
    }
    lookup(r.catalog, parent).iter().find_map(|(_, p)| match p.kind {
        Kind::Member(family) => Some(family),
        _ => None,
    })
}

fn label_of(key: &str, value: &Value) -> String {
    match value {
        _ if key == "pairing" => pairing_label(value).unwrap_or_else(|| value.to_string()),
        Value::Text(t) => t.clone(),
        Value::Table(pairs) => {
            // Layers and the like: what was left at its default says nothing.
            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k} = {v}")).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// Two axes that set the same key: the first could never be seen.
fn conflicts(r: &mut Reader<'_>, axes: &[Axis], changes: &[Vec<Change>]) {
    let Some(first) = axes.first().filter(|a| a.key == VARIANT) else { return };
    for (i, axis) in axes.iter().enumerate().skip(1) {
        let path: Vec<&str> = axis.key.split('.').collect();
        let sets = |c: &&Change| matches!(c, Change::Merge(t) if t.at(&path).is_some());
        let Some(Change::Merge(table)) = changes[0].iter().find(sets) else { continue };
        let Some(place) = table.place(&path) else { continue };
        let title = format!("`{}` is set by a variant and swept", axis.key);
        let fault = Diagnostic::error(&diagnostic::AXIS_CONFLICT, title)
            .at(&axes[i].span, "the sweep would replace the variant's value")
            .also(&place, "set here")
            .also(&first.span, "in the axis `variant`")
            .help("leave the key to one of the two");
        r.fault(fault);
    }
}

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

fn zip(r: &mut Reader<'_>, table: &Table, axes: &[Axis]) -> Vec<Vec<usize>> {
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

fn exclude(r: &mut Reader<'_>, table: &Table, axes: &[Axis]) -> Vec<Vec<(usize, Value)>> {
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
    let known = axes.iter().any(|a| a.key == key);
    match &item.node {
        Node::Table(t) if !known && !t.entries.is_empty() => {
            for slot in &t.entries {
                excluded_keys(format!("{key}.{}", slot.key), &slot.key_span, &slot.item, axes, out);
            }
        }
        _ => out.push(Written { key, key_span, item }),
    }
}

fn excluded(r: &mut Reader<'_>, axes: &[Axis], written: &Written<'_>) -> Option<(usize, Value)> {
    let index = axis_named(r, axes, &written.key, written.key_span)?;
    let axis = &axes[index];
    let wanted = plain(written.item);
    let number = |v: &Value| match v {
        Value::Real(x) => Some(*x),
        Value::Count(n) => Some(*n as f64),
        _ => None,
    };
    let label = label_of("", &wanted);
    let same = |v: &&AxisValue| match (number(&v.value), number(&wanted)) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => v.label == label || v.value == wanted,
    };
    if let Some(value) = axis.values.iter().find(same) {
        return Some((index, value.value.clone()));
    }
    let labels: Vec<&str> = axis.values.iter().take(20).map(|v| v.label.as_str()).collect();
    let title = format!("the axis `{}` has no value {}", axis.key, shown(&label));
    let mut fault = Diagnostic::error(&diagnostic::UNKNOWN_NAME, title)
        .at(&written.item.span, "leaves nothing out")
        .also(&axis.span, "the axis");
    if number(&wanted).is_none()
        && let Some(near) = text::did_you_mean(&label, labels.iter().copied())
    {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    r.fault(fault.note(format!("its values: {}", text::one_of(&labels))));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaced_values_are_what_their_labels_say() {
        // Powers of ten are exact at 6 digits; a tenth of 3 is written without its binary tail.
        assert_eq!(spread(1e-3, 1e3, 7, true), [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3]);
        assert_eq!(spread(0.0, 0.3, 4, false), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(spread(2.0, 1.0, 2, false), [2.0, 1.0]);
    }
}
