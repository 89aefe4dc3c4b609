//! `[sweep]` and `[variants]`: which keys take several values, and how the values combine.
//!
//! Each value is checked alone, as if it stood in the file. Whether it suits the rest is seen when a point is resolved.

mod points;
mod values;

use crate::catalog::explain::{lookup, swept_keys};
use crate::catalog::{Catalog, Choice, Entry, Facts, Family, Kind, Param, Value, sections};
use crate::config::parse::pairing_label;
use crate::config::read::{Path, Reader, planned_fault, shown};
use crate::config::tree::{Item, Node, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Axis, AxisValue, Sweep, VARIANT};
use crate::{disk, text};

pub(crate) use points::axis_named;

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

    /// The same change with another number; what is no number stays.
    pub(crate) fn with_number(&self, x: f64) -> Change {
        let mut change = self.clone();
        if let Change::Set { item, .. } = &mut change {
            item.node = match item.node {
                Node::Int(_) => Node::Int(x as i64),
                Node::Real(_) => Node::Real(x),
                ref other => other.clone(),
            };
        }
        change
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
    /// See [`crate::spec::Train::stop_hopeless`].
    pub(crate) stop_hopeless: bool,
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
        flatten(r.catalog, slot.key.clone(), &slot.key_span, &slot.item, &mut written);
    }
    for one in written {
        if let Some((axis, change)) = axis(r, &one, &axes) {
            axes.push(axis);
            changes.push(change);
        }
    }
    conflicts(r, &axes, &changes);
    let zip = points::zip(r, table, &axes);
    let exclude = points::exclude(r, table, &axes);
    points::when(r, table, &mut axes);
    // A fault in the method must not hide what is wrong with the arms.
    let method = fields.member("method").or_else(|| grid(r))?;
    let limit = fields.count("limit").unwrap_or(sections::TRIALS_LIMIT as usize);
    let configurations = fields.count("configurations");
    let seed = fields.count("seed").unwrap_or(0) as u64;
    // Which axes are drawn depends on the comparison, which is read later: see `sampled`.
    let sweep = Sweep { method, axes, zip, exclude, drawn: Vec::new(), configurations, seed, limit };
    let stop_hopeless = fields.flag("stop_hopeless").unwrap_or(false);
    Some(Swept { sweep, stop_hopeless, changes })
}

fn grid(r: &Reader<'_>) -> Option<Choice> {
    let crosses = |e: &&'static Entry| matches!(e.facts, Facts::Sampler { draws: false, .. });
    r.catalog.family(Family::Sampler).find(crosses).map(Choice::defaults)
}

/// Keys of `[sweep]` that are not axes, built or planned.
fn is_setting(key: &str) -> bool {
    sections::SWEEP.iter().any(|p| p.key == key) || sections::planned_at(&format!("sweep.{key}")).is_some()
}

/// The keys by which a table is known as a form of an axis.
const FORMS: [&str; 7] = ["from", "to", "log", "points", "uniform", "log_uniform", "int"];

/// `optimizer.learning_rate = [...]` without quotes is a table in a table; it means the same.
fn flatten<'t>(
    catalog: &Catalog,
    key: String,
    key_span: &'t Span,
    item: &'t Item,
    out: &mut Vec<Written<'t>>,
) {
    // A number has no keys below it: a table is a form of an axis, perhaps misspelt.
    let is_number = |(_, param): &(_, &Param)| matches!(param.kind, Kind::Real(_) | Kind::Count { .. });
    let leads_on = |t: &Table| {
        !t.entries.is_empty()
            && !t.entries.iter().any(|s| FORMS.contains(&s.key.as_str()))
            && !lookup(catalog, &key).iter().any(is_number)
    };
    match &item.node {
        Node::Table(t) if leads_on(t) => {
            for slot in &t.entries {
                flatten(catalog, format!("{key}.{}", slot.key), &slot.key_span, &slot.item, out);
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
    let (key, span) = (VARIANT.into(), slot.key_span.clone());
    Some((Axis { key, values, domain: None, numeric: false, when: Vec::new(), span }, changes))
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
    tree.own_all();
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
    let path: Vec<String> = key.split('.').map(str::to_string).collect();
    let set = |item: Item| Change::Set { path: path.clone(), key_span: written.key_span.clone(), item };
    let axis = |values: Vec<AxisValue>, domain, numeric| Axis {
        key: key.into(),
        values,
        domain,
        numeric,
        when: Vec::new(),
        span: written.key_span.clone(),
    };
    if let Some(found) = values::domain(r, written) {
        let (domain, ends) = found.ok()?;
        // A range is sound where its ends are.
        let sound = ends.iter().filter(|end| value_of(r, key, &kinds, end).is_some()).count();
        return (sound == 2).then(|| (axis(Vec::new(), Some(domain), true), ends.map(set).to_vec()));
    }
    let items = values::items(r, written, &kinds)?;
    let mut values: Vec<AxisValue> = Vec::with_capacity(items.len());
    let mut changes = Vec::with_capacity(items.len());
    for item in items {
        let Some(value) = value_of(r, key, &kinds, &item) else { continue };
        let label = label_of(key, &value);
        // A value may stand twice: zipped axes need it, and a configuration met again is trained once.
        values.push(AxisValue { label, value, span: item.span.clone() });
        changes.push(set(item));
    }
    tell_apart(&mut values);
    let numeric = values.iter().all(|v| matches!(v.value, Value::Real(_) | Value::Count(_)));
    Some((axis(values, None, numeric), changes))
}

/// Different members of one short label get the beginning of a digest behind it, which depends on the value alone.
fn tell_apart(values: &mut [AxisValue]) {
    let plain: Vec<(String, String)> =
        values.iter().map(|v| (v.label.clone(), v.value.to_string())).collect();
    for (value, (label, text)) in values.iter_mut().zip(&plain) {
        let is_member = matches!(value.value, Value::Member(_));
        if is_member && plain.iter().any(|(other, written)| other == label && written != text) {
            let digest = disk::sha256(text.as_bytes());
            value.label = format!("{label} {}", &digest[..LABEL_DIGITS]);
        }
    }
}

/// Digits of a digest that tell labels apart.
const LABEL_DIGITS: usize = 6;

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
    if ["trials", "n_trials", "num_samples", "count"].contains(&key) {
        let help = "`configurations` says how many points a sampler tries; each is trained once for every seed and fold";
        return r.fault(fault.help(help));
    }
    if let Some(help) = sections::foreign_at(key) {
        return r.fault(fault.help(help));
    }
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
        Value::Member(choice) if choice.name() == "rows" => match choice.get("x") {
            // A table has no name, and is too long for one.
            Some(Value::List(rows)) => format!("rows ({})", rows.len()),
            _ => value.to_string(),
        },
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
