//! The resolved experiment as canonical TOML: `extends` merged, `--set` applied, every default written out, keys in the
//! order of the reference. Reading it again from the experiment's folder gives the same experiment.

use std::fmt::Write as _;

use crate::catalog::{Choice, Value, sections};
use crate::config::files::Files;
use crate::config::parse::{KIND_DEFAULTS, is_data_file};
use crate::config::read::Fields;
use crate::config::sweep::{Change, Swept};
use crate::config::tree::{Item, Node, Slot, Table};
use crate::spec::{Axis, AxisValue, Condition, Domain, Expectation, VARIANT};
use crate::text;

pub(crate) struct Parts<'a> {
    /// The experiment file's name without folders: the same wherever it is called from.
    pub(crate) file: String,
    /// Paths of other files start from other folders.
    pub(crate) files: &'a Files,
    pub(crate) root: &'a Table,
    /// The same without what only variants give.
    pub(crate) own: &'a Table,
    /// Those of `data`, `model`, `optimizer`, and `train`.
    pub(crate) sections: [&'a Fields; 4],
    pub(crate) pairing: &'a Fields,
    pub(crate) fault: &'a Fields,
    pub(crate) swept: &'a Swept,
    pub(crate) compare: Option<&'a Fields>,
    pub(crate) expect: &'a [(Expectation, Value)],
    pub(crate) record: &'a Fields,
    pub(crate) report: &'a Fields,
    pub(crate) diagnose: &'a Fields,
}

impl Parts<'_> {
    /// Whether the file, or the first value of an axis, says what stands at a path.
    fn gives(&self, path: &[&str]) -> bool {
        // A pairing written as text names both.
        let is_named = matches!(path, ["pairing", "activation" | "loss"])
            && self.own.get("pairing").is_some_and(|item| item.text().is_some());
        is_named || self.own.at(path).is_some()
    }

    /// Whether the value that the base has for this key is one that a variant gives.
    fn is_of_variants(&self, path: &[&str]) -> bool {
        let gives = |change: &Change| matches!(change, Change::Merge(table) if table.at(path).is_some());
        !self.gives(path) && self.swept.changes.iter().filter_map(|c| c.first()).any(gives)
    }

    /// Whether some point of the sweep sets this very key.
    fn is_set_by_the_sweep(&self, path: &[&str]) -> bool {
        let sets = |change: &Change| match change {
            Change::Set { path: set, .. } => set.iter().map(String::as_str).eq(path.iter().copied()),
            Change::Merge(table) => table.at(path).is_some(),
        };
        self.swept.changes.iter().flatten().any(sets)
    }

    /// The fields of a section without those that only variants give, and without defaults that depend on a choice which the sweep
    /// makes anew: at another of its points they are others.
    fn of_the_file(&self, section: &str, fields: &Fields) -> Fields {
        let mut own = fields.clone();
        let is_chosen = self.is_set_by_the_sweep(&[section, "name"]);
        let fixed = sections::section_named(section).map_or(&[][..], |known| known.keys);
        let of_the_kind: &[&str] = match section {
            _ if self.is_set_by_the_sweep(&[section, "kind"]) => &KIND_DEFAULTS,
            "data" if self.is_set_by_the_sweep(&["data", "source"]) => &SOURCE_DEFAULTS,
            _ => &[],
        };
        for (param, value) in &mut own.all {
            let path = [section, param.key];
            // The parameters of a member that the sweep may replace are its own too.
            let depends = of_the_kind.contains(&param.key)
                || is_chosen && !fixed.is_empty() && !fixed.iter().any(|known| known.key == param.key);
            *value = value
                .take()
                .filter(|_| !depends || self.gives(&path))
                .and_then(|value| self.own_value(&path, value));
        }
        own
    }

    /// A path that is a value of an axis, from the folder of the experiment; `None` for any other value.
    fn path_of(&self, axis: usize, value: usize) -> Option<String> {
        let swept = &self.swept.sweep.axes[axis];
        let key = swept.key.strip_prefix("data.").filter(|key| PATHS.contains(key))?;
        match self.swept.changes[axis].get(value)? {
            Change::Set { item, .. } => self.path(key, item),
            Change::Merge(_) => None,
        }
    }

    fn path(&self, key: &str, item: &Item) -> Option<String> {
        let text = item.text().filter(|text| key != "source" || is_data_file(text))?;
        self.files.as_of_the_experiment(text, &item.span)
    }

    /// The same within a value.
    fn own_value(&self, path: &[&str], value: Value) -> Option<Value> {
        if self.is_of_variants(path) {
            return None;
        }
        Some(match value {
            Value::Member(mut choice) => {
                let is_chosen = self.is_set_by_the_sweep(&[path, &["name"]].concat());
                for (param, value) in choice.entry.params.iter().zip(&mut choice.values) {
                    let inner = [path, &[param.key]].concat();
                    *value = value
                        .take()
                        .filter(|_| !is_chosen || self.gives(&inner))
                        .and_then(|value| self.own_value(&inner, value));
                }
                Value::Member(choice)
            }
            Value::Table(pairs) => {
                let inner = |(key, value): (String, Value)| {
                    let value = self.own_value(&[path, &[key.as_str()]].concat(), value)?;
                    Some((key, value))
                };
                Value::Table(pairs.into_iter().filter_map(inner).collect())
            }
            other => other,
        })
    }
}

/// Keys of `[data]` that name files.
const PATHS: [&str; 2] = ["source", "labels"];

/// Keys of `[data]` whose default depends on the kind of source.
const SOURCE_DEFAULTS: [&str; 1] = ["header"];

pub(crate) fn resolved(parts: &Parts<'_>) -> String {
    let mut out = format!(
        "# Resolved from {}: every default written out. Paths are relative to the folder of that file.\n",
        parts.file.replace(['\n', '\r'], " ")
    );
    for key in ["title", "question", "notes"] {
        if let Some(text) = parts.root.get(key).and_then(Item::text).filter(|t| !t.is_empty()) {
            let _ = writeln!(out, "{key} = {}", quoted(text));
        }
    }
    if !parts.is_of_variants(&["pairing"]) {
        out.push_str("pairing = ");
        inline(&mut out, &parts.of_the_file("pairing", parts.pairing));
        out.push('\n');
    }
    for (name, fields) in ["data", "model", "optimizer", "train"].into_iter().zip(parts.sections) {
        let own = parts.of_the_file(name, fields);
        section(&mut out, name, &own);
    }
    let fault = parts.of_the_file("fault", parts.fault);
    if fault.all.iter().any(|(_, value)| value.is_some()) {
        section(&mut out, "fault", &fault);
    }
    sweep(&mut out, parts);
    variants(&mut out, parts);
    if let Some(fields) = parts.compare {
        section(&mut out, "compare", fields);
    }
    if !parts.expect.is_empty() {
        out.push_str("\n[expect]\n");
        for (expectation, bounds) in parts.expect {
            let _ = writeln!(out, "{} = {}", quoted(&expectation.key), toml(bounds));
        }
    }
    section(&mut out, "record", parts.record);
    section(&mut out, "report", parts.report);
    if parts.diagnose.all.iter().any(|(_, value)| value.is_some()) {
        section(&mut out, "diagnose", parts.diagnose);
    }
    out
}

fn section(out: &mut String, name: &str, fields: &Fields) {
    let _ = writeln!(out, "\n[{name}]");
    for (param, value) in &fields.all {
        if let Some(value) = value {
            let _ = writeln!(out, "{} = {}", param.key, toml(value));
        }
    }
}

fn inline(out: &mut String, fields: &Fields) {
    let pairs = fields.all.iter().filter_map(|(p, v)| v.as_ref().map(|v| format!("{} = {}", p.key, toml(v))));
    let _ = write!(out, "{{ {} }}", pairs.collect::<Vec<_>>().join(", "));
}

fn sweep(out: &mut String, parts: &Parts<'_>) {
    let sweep = &parts.swept.sweep;
    let _ = writeln!(out, "\n[sweep]\nmethod = {}", member(&sweep.method));
    let key = |a: &usize| quoted(&sweep.axes[*a].key);
    if !sweep.zip.is_empty() {
        let groups =
            sweep.zip.iter().map(|g| format!("[{}]", g.iter().map(key).collect::<Vec<_>>().join(", ")));
        let _ = writeln!(out, "zip = [{}]", groups.collect::<Vec<_>>().join(", "));
    }
    if !sweep.exclude.is_empty() {
        let pair = |(a, v): &(usize, Value)| {
            let index = sweep.axes[*a].values.iter().position(|x| x.value == *v);
            let label = index.map(|i| {
                quoted(&parts.path_of(*a, i).unwrap_or_else(|| sweep.axes[*a].values[i].label.clone()))
            });
            let number = matches!(v, Value::Real(_) | Value::Count(_) | Value::Flag(_));
            format!("{} = {}", key(a), if number { toml(v) } else { label.unwrap_or_else(|| toml(v)) })
        };
        let points = sweep
            .exclude
            .iter()
            .map(|p| format!("{{ {} }}", p.iter().map(pair).collect::<Vec<_>>().join(", ")));
        let _ = writeln!(out, "exclude = [{}]", points.collect::<Vec<_>>().join(", "));
    }
    if let Some(configurations) = sweep.configurations {
        let _ = writeln!(out, "configurations = {configurations}");
    }
    if sweep.is_drawn() {
        let _ = writeln!(out, "seed = {}", sweep.seed);
    }
    let _ = writeln!(out, "limit = {}", sweep.limit);
    // It joined when there were results already.
    if parts.swept.stop_hopeless {
        out.push_str("stop_hopeless = true\n");
    }
    let conditional: Vec<String> =
        sweep.axes.iter().filter(|a| !a.when.is_empty()).map(|a| when(parts, a)).collect();
    if !conditional.is_empty() {
        let _ = writeln!(out, "when = {{ {} }}", conditional.join(", "));
    }
    for (index, axis) in sweep.axes.iter().enumerate().filter(|(_, a)| a.key != VARIANT) {
        let value = |(i, v): (usize, &AxisValue)| match (&axis.key[..], &v.value) {
            // A pairing is read from its name or from a table, not from a list.
            ("pairing", Value::List(_)) => quoted(&v.label),
            (_, value) => parts.path_of(index, i).map_or_else(|| toml(value), |path| quoted(&path)),
        };
        let values: Vec<String> = axis.values.iter().enumerate().map(value).collect();
        let written = match axis.domain {
            None => format!("[{}]", values.join(", ")),
            Some(domain) => domain_text(&domain),
        };
        let _ = writeln!(out, "{} = {written}", quoted(&axis.key));
    }
}

fn domain_text(domain: &Domain) -> String {
    let form = match domain {
        Domain::Uniform { .. } => "uniform",
        Domain::LogUniform { .. } => "log_uniform",
        Domain::Int { .. } => "int",
    };
    let (low, high) = domain.ends();
    format!("{{ {form} = [{}, {}] }}", text::exact(low), text::exact(high))
}

/// `"optimizer.momentum" = { "optimizer.name" = ["sgd"] }`.
fn when(parts: &Parts<'_>, axis: &Axis) -> String {
    let of = |condition: &Condition| {
        let other = &parts.swept.sweep.axes[condition.axis];
        let name = |v: &usize| match parts.path_of(condition.axis, *v) {
            Some(path) => quoted(&path),
            None => named(&other.values[*v]),
        };
        let values: Vec<String> = condition.values.iter().map(name).collect();
        // A list that is itself the value stands alone.
        let values = match other.values[condition.values[0]].value {
            Value::List(_) if other.key != "pairing" => values.concat(),
            _ => format!("[{}]", values.join(", ")),
        };
        format!("{} = {values}", quoted(&other.key))
    };
    let conditions: Vec<String> = axis.when.iter().map(of).collect();
    format!("{} = {{ {} }}", quoted(&axis.key), conditions.join(", "))
}

/// A value of an axis as `exclude` and `when` name it.
fn named(value: &AxisValue) -> String {
    match value.value {
        Value::Real(_) | Value::Count(_) | Value::Flag(_) | Value::List(_) if !value.label.contains('+') => {
            toml(&value.value)
        }
        _ => quoted(&value.label),
    }
}

fn variants(out: &mut String, parts: &Parts<'_>) {
    let swept = parts.swept;
    let Some(index) = swept.sweep.axes.iter().position(|a| a.key == VARIANT) else { return };
    for (value, change) in swept.sweep.axes[index].values.iter().zip(&swept.changes[index]) {
        let Change::Merge(table) = change else { continue };
        let _ = writeln!(out, "\n[variants.{}]", bare(&value.label));
        for slot in &table.entries {
            let data = slot.item.table().filter(|_| slot.key == "data");
            let value = data.map_or_else(|| written(&slot.item), |data| of_data(parts, data));
            let _ = writeln!(out, "{} = {value}", bare(&slot.key));
        }
    }
}

/// What a variant says of `data`, its paths from the folder of the experiment.
fn of_data(parts: &Parts<'_>, data: &Table) -> String {
    let value = |slot: &Slot| {
        let path = Some(&slot.item).filter(|_| PATHS.contains(&slot.key.as_str()));
        path.and_then(|item| parts.path(&slot.key, item)).map_or_else(|| written(&slot.item), |p| quoted(&p))
    };
    let pairs: Vec<String> =
        data.entries.iter().map(|s| format!("{} = {}", bare(&s.key), value(s))).collect();
    if pairs.is_empty() { "{}".into() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// As written, in canonical spelling.
fn written(item: &Item) -> String {
    match &item.node {
        Node::Table(t) if t.entries.is_empty() => "{}".into(),
        Node::Table(t) => {
            let pairs: Vec<String> =
                t.entries.iter().map(|s| format!("{} = {}", bare(&s.key), written(&s.item))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Node::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Node::Text(t) => quoted(t),
        Node::Int(i) => i.to_string(),
        Node::Huge(t) | Node::Date(t) => t.clone(),
        Node::Real(x) => text::exact(*x),
        Node::Flag(b) => b.to_string(),
    }
}

fn toml(value: &Value) -> String {
    match value {
        Value::Real(x) => text::exact(*x),
        Value::Count(n) => n.to_string(),
        Value::Flag(b) => b.to_string(),
        Value::Text(t) => quoted(t),
        Value::Member(m) => member(m),
        Value::List(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Table(pairs) if pairs.is_empty() => "{}".into(),
        Value::Table(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(k, v)| format!("{} = {}", bare(k), toml(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// The name, or a table with every parameter.
fn member(choice: &Choice) -> String {
    let pairs: Vec<String> = (choice.entry.params.iter().zip(&choice.values))
        .filter_map(|(p, v)| v.as_ref().map(|v| format!("{} = {}", p.key, toml(v))))
        .collect();
    let name = quoted(choice.name());
    if pairs.is_empty() { name } else { format!("{{ name = {name}, {} }}", pairs.join(", ")) }
}

fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain { key.into() } else { quoted(key) }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
