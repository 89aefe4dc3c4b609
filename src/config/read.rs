//! Reads values of the tree against the catalogue's definitions: types, ranges, names, unknown and missing keys, defaults.
//!
//! It goes on after every fault. What values mean together is not its business: `check` sees to that.

use crate::catalog::sections::{self, Planned};
use crate::catalog::{Catalog, Choice, Default, Entry, Family, Kind, Param, Value};
use crate::config::files::Files;
use crate::config::tree::{Item, Node, Slot, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::text;

/// Reads values and collects faults.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) files: &'a Files,
    pub(crate) faults: Vec<Diagnostic>,
}

/// Where a value stands: a chain of keys, told as `optimizer.schedule.step`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    key: &'a str,
}

impl<'a> Path<'a> {
    pub(crate) fn root(key: &'a str) -> Path<'a> {
        Path { parent: None, key }
    }

    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), key }
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.parent {
            Some(parent) if parent.key.is_empty() => f.write_str(self.key),
            Some(parent) => write!(f, "{parent}.{}", self.key),
            None => f.write_str(self.key),
        }
    }
}

/// The checked values of a table, in the order of its parameters, defaults filled in.
#[derive(Clone, Debug, std::default::Default)]
pub(crate) struct Fields {
    pub(crate) all: Vec<(&'static Param, Option<Value>)>,
}

impl Fields {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.all.iter().find(|(p, _)| p.key == key).and_then(|(_, v)| v.as_ref())
    }

    /// Replaces a value, where a default depends on other keys.
    pub(crate) fn set(&mut self, key: &str, value: Value) {
        if let Some(slot) = self.all.iter_mut().find(|(p, _)| p.key == key) {
            slot.1 = Some(value);
        }
    }

    /// Forgets a value, where a default has no meaning beside other keys.
    pub(crate) fn clear(&mut self, key: &str) {
        if let Some(slot) = self.all.iter_mut().find(|(p, _)| p.key == key) {
            slot.1 = None;
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }

    pub(crate) fn owned(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_string)
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        match self.get(key)? {
            Value::Real(x) => Some(*x),
            Value::Count(n) => Some(*n as f64),
            _ => None,
        }
    }

    pub(crate) fn count(&self, key: &str) -> Option<usize> {
        match self.get(key)? {
            Value::Count(n) => Some(*n as usize),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Flag(b) => Some(*b),
            _ => None,
        }
    }

    pub(crate) fn member(&self, key: &str) -> Option<Choice> {
        match self.get(key)? {
            Value::Member(m) => Some((**m).clone()),
            _ => None,
        }
    }

    /// A text or a list of texts, as a list; empty when absent.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Value::Text(t)) => vec![t.clone()],
            Some(Value::List(items)) => items.iter().filter_map(as_text).collect(),
            _ => Vec::new(),
        }
    }
}

pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(t) => Some(t.clone()),
        _ => None,
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(catalog: &'a Catalog, files: &'a Files) -> Reader<'a> {
        Reader { catalog, files, faults: Vec::new() }
    }

    pub(crate) fn fault(&mut self, diagnostic: Diagnostic) {
        self.faults.push(diagnostic);
    }

    /// Reads a table against `params`. `place` is where a missing key is told. Values with faults are `None`.
    pub(crate) fn fields(
        &mut self,
        params: impl IntoIterator<Item = &'static Param>,
        table: &Table,
        place: &Span,
        path: Path<'_>,
    ) -> Fields {
        let params: Vec<&'static Param> = params.into_iter().collect();
        // What an override left behind is ignored where it was a parameter of the member that was replaced, not where it is misspelt.
        let is_parameter = |key: &str| self.catalog.all().any(|e| e.params.iter().any(|p| p.key == key));
        let left = |slot: &Slot| slot.carried && is_parameter(&slot.key);
        let unknown: Vec<&Slot> = (table.entries.iter())
            .filter(|slot| !params.iter().any(|p| p.key == slot.key) && !left(slot))
            .collect();
        for slot in unknown {
            self.unknown_key(&slot.key, &slot.key_span, &params, path);
        }
        let read = |param: &'static Param| {
            let value = match table.get(param.key) {
                Some(item) => self.value(&param.kind, item, path.key(param.key)),
                None => self.default(param, place, path),
            };
            (param, value)
        };
        Fields { all: params.into_iter().map(read).collect() }
    }

    fn default(&mut self, param: &'static Param, place: &Span, path: Path<'_>) -> Option<Value> {
        if matches!(param.default, Default::Required) {
            self.missing(param, place, path);
        }
        default_value(self.catalog, param)
    }

    pub(crate) fn missing(&mut self, param: &Param, place: &Span, path: Path<'_>) {
        let key = path.key(param.key);
        let fault = Diagnostic::error(&diagnostic::MISSING_KEY, format!("`{key}` is missing"))
            .at(place, format!("needs `{}`", param.key))
            .help(format!("write `{} = ...`: {}", param.key, describe(&param.kind)))
            .note(param.docs);
        self.fault(fault);
    }

    fn unknown_key(&mut self, key: &str, span: &Span, params: &[&'static Param], path: Path<'_>) {
        let full = path.key(key).to_string();
        if let Some(planned) = sections::planned_at(&full) {
            return self.fault(planned_fault(planned, &format!("`{full}`"), span));
        }
        let inside = match path.to_string().as_str() {
            "" => "at the top of the file".to_string(),
            section if sections::section_named(section).is_some() => format!("in `[{section}]`"),
            other => format!("in `{other}`"),
        };
        let names: Vec<&str> = params.iter().map(|p| p.key).collect();
        let mut fault =
            Diagnostic::error(&diagnostic::UNKNOWN_KEY, format!("unknown key `{}` {inside}", shown(key)))
                .at(span, "not a key of this table");
        if let Some(help) = sections::foreign_at(&full) {
            fault = fault.help(help);
        } else if let Some(near) = text::did_you_mean(key, names.iter().copied()) {
            fault = fault.help(format!("did you mean `{near}`?"));
        } else if let Some(home) = sections::SECTIONS.iter().find(|s| s.keys.iter().any(|p| p.key == key)) {
            fault = fault.help(format!("`{key}` belongs to `[{}]`", home.name));
        }
        if names.is_empty() {
            fault = fault.note("no key is allowed here");
        } else {
            fault = fault.note(format!("allowed here: {}", text::one_of(&names)));
        }
        self.fault(fault);
    }

    /// The checked value, or `None` after telling what is wrong.
    pub(crate) fn value(&mut self, kind: &'static Kind, item: &Item, path: Path<'_>) -> Option<Value> {
        match (kind, &item.node) {
            (Kind::Real(range), Node::Int(i)) => self.real(*i as f64, range, kind, item, path),
            (Kind::Real(range), Node::Real(x)) => self.real(*x, range, kind, item, path),
            (Kind::Count { min, max }, Node::Int(i)) => {
                let inside = u64::try_from(*i).is_ok_and(|n| (*min..=*max).contains(&n));
                if inside { Some(Value::Count(*i as u64)) } else { self.out_of_range(kind, item, path) }
            }
            (Kind::Real(_) | Kind::Count { .. }, Node::Huge(_)) => self.out_of_range(kind, item, path),
            (Kind::Flag, Node::Flag(b)) => Some(Value::Flag(*b)),
            (Kind::Text, Node::Text(t)) => Some(Value::Text(t.clone())),
            (Kind::Choice(words), Node::Text(t)) => self.choice(words, t, item, path),
            (Kind::Member(family), Node::Text(t)) => {
                let entry = self.entry(*family, t, &item.span, path)?;
                self.member(entry, &Table::default(), &item.span, path)
            }
            (Kind::Member(family), Node::Table(t)) => self.member_table(*family, t, item, path),
            (Kind::Joined(families), Node::Text(t)) => self.joined(families, t, item, path),
            (Kind::List(inner), Node::List(items)) => {
                let values: Vec<Option<Value>> = items.iter().map(|i| self.value(inner, i, path)).collect();
                values.into_iter().collect::<Option<_>>().map(Value::List)
            }
            (Kind::Table(params), Node::Table(t)) => {
                let before = self.faults.len();
                let fields = self.fields(*params, t, &item.span, path);
                let pairs = fields.all.into_iter().filter_map(|(p, v)| Some((p.key.to_string(), v?)));
                (self.faults.len() == before).then(|| Value::Table(pairs.collect()))
            }
            (Kind::Map(inner), Node::Table(t)) => {
                let read = |s: &Slot| {
                    let value = self.value(inner, &s.item, path.key(&s.key))?;
                    Some((s.key.clone(), value))
                };
                let pairs: Vec<Option<(String, Value)>> = t.entries.iter().map(read).collect();
                pairs.into_iter().collect::<Option<_>>().map(Value::Table)
            }
            (Kind::OneOf(kinds), _) => self.one_of(kind, kinds, item, path),
            (Kind::Any, _) => Some(plain(item)),
            _ => self.wrong_type(kind, item, path),
        }
    }

    fn real(
        &mut self,
        x: f64,
        range: &crate::catalog::Range,
        kind: &'static Kind,
        item: &Item,
        path: Path<'_>,
    ) -> Option<Value> {
        if x.is_finite() && range.contains(x) {
            // `-0.0` and `0` are one value.
            return Some(Value::Real(if x == 0.0 { 0.0 } else { x }));
        }
        self.out_of_range(kind, item, path)
    }

    fn out_of_range(&mut self, kind: &'static Kind, item: &Item, path: Path<'_>) -> Option<Value> {
        let allowed = upper_limit(kind, item).unwrap_or_else(|| describe(kind));
        let found = item.what();
        let fault =
            Diagnostic::error(&diagnostic::OUT_OF_RANGE, format!("`{path}` must be {allowed}, not {found}"))
                .at(&item.span, format!("expected {allowed}"));
        self.fault(fault);
        None
    }

    fn wrong_type(&mut self, kind: &'static Kind, item: &Item, path: Path<'_>) -> Option<Value> {
        if let (Node::Flag(_) | Node::Text(_), Some(planned)) = (&item.node, self.planned_value(path, item)) {
            self.fault(planned_fault(planned, &format!("`{path}`"), &item.span));
            return None;
        }
        let allowed = describe(kind);
        let title = format!("`{path}` must be {allowed}, not {}", item.what());
        let mut fault =
            Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&item.span, format!("expected {allowed}"));
        let section = path.to_string();
        let section = section.split('.').next().unwrap_or_default();
        let sweepable = section == "pairing" || sections::section_named(section).is_some_and(|s| s.swept);
        if matches!(item.node, Node::List(_)) && sweepable {
            fault = fault
                .help(format!("to try several values, put the key into `[sweep]`: `\"{path}\" = [...]`"));
        }
        if let Some(repair) = repair(kind, item) {
            fault = fault.help(format!("write {repair}"));
        }
        self.fault(fault);
        None
    }

    fn planned_value(&self, path: Path<'_>, item: &Item) -> Option<&'static Planned> {
        sections::planned_at(&format!("{path}={}", item.text()?))
    }

    fn choice(&mut self, words: &[&'static str], word: &str, item: &Item, path: Path<'_>) -> Option<Value> {
        if words.contains(&word) {
            return Some(Value::Text(word.into()));
        }
        if let Some(planned) = self.planned_value(path, item) {
            self.fault(planned_fault(planned, &format!("`{word}`"), &item.span));
            return None;
        }
        let mut fault =
            Diagnostic::error(&diagnostic::UNKNOWN_NAME, format!("`{path}` cannot be {}", quoted(word)))
                .at(&item.span, format!("expected {}", words_of(words)));
        if let Some(help) = sections::foreign_at(&format!("{path}={word}")) {
            fault = fault.help(help);
        } else if let Some(near) = text::did_you_mean(word, words.iter().copied()) {
            fault = fault.help(format!("did you mean `{near}`?"));
        }
        self.fault(fault);
        None
    }

    /// The entry of this name, or a fault with a suggestion.
    pub(crate) fn entry(
        &mut self,
        family: Family,
        name: &str,
        span: &Span,
        path: Path<'_>,
    ) -> Option<&'static Entry> {
        if let Some(entry) = self.catalog.find(family, name) {
            return Some(entry);
        }
        let word = family.name();
        if let Some(planned) = sections::planned_at(&format!("{path}={name}")) {
            self.fault(planned_fault(planned, &format!("the {word} `{name}`"), span));
            return None;
        }
        let names: Vec<&str> = self.catalog.family(family).map(|e| e.name).collect();
        let mut fault =
            Diagnostic::error(&diagnostic::UNKNOWN_NAME, format!("there is no {word} `{}`", shown(name)))
                .at(span, format!("not a known {word}"));
        if let Some(help) = sections::foreign_at(&format!("{path}={}", name.replace('-', "_").to_lowercase()))
        {
            fault = fault.help(help);
        } else if let Some(near) = text::did_you_mean(name, names.iter().copied()) {
            fault = fault.help(format!("did you mean `{near}`?"));
        } else if let Some(other) = self.catalog.named(name).first() {
            fault = fault.help(format!("`{name}` is a name of the family `{}`", other.family.name()));
        }
        self.fault(fault.note(format!("`runner list {word}` shows them all: {}", names.join(", "))));
        None
    }

    fn member_table(&mut self, family: Family, table: &Table, item: &Item, path: Path<'_>) -> Option<Value> {
        let entry = match (table.get("name"), inferred(family, table)) {
            (Some(name), _) => match &name.node {
                Node::Text(text) => self.entry(family, text, &name.span, path)?,
                _ => return self.wrong_type(&Kind::Text, name, path.key("name")),
            },
            (None, Some(name)) => self.entry(family, name, &item.span, path)?,
            (None, None) => {
                let word = family.name();
                let fault = Diagnostic::error(&diagnostic::MISSING_KEY, format!("`{path}.name` is missing"))
                    .at(&item.span, format!("needs the name of {}", article(word)))
                    .help(format!("write `{{ name = \"...\", ... }}`; `runner list {word}` shows the names"));
                self.fault(fault);
                return None;
            }
        };
        let mut parameters = table.clone();
        parameters.remove("name");
        self.member(entry, &parameters, &item.span, path)
    }

    fn member(
        &mut self,
        entry: &'static Entry,
        table: &Table,
        place: &Span,
        path: Path<'_>,
    ) -> Option<Value> {
        let before = self.faults.len();
        let fields = self.fields(entry.params, table, place, path);
        if self.faults.len() > before {
            let title = |d: &mut Diagnostic| {
                if std::ptr::eq(d.code, &diagnostic::UNKNOWN_KEY) && entry.params.is_empty() {
                    d.notes = vec![format!("`{}` has no parameters", entry.name)];
                }
            };
            self.faults[before..].iter_mut().for_each(title);
            return None;
        }
        let values = fields.all.into_iter().map(|(_, v)| v).collect();
        Some(Value::Member(Box::new(Choice { entry, values })))
    }

    fn joined(&mut self, families: &[Family], word: &str, item: &Item, path: Path<'_>) -> Option<Value> {
        let names: Vec<&str> = word.split('+').map(str::trim).collect();
        if names.len() != families.len() {
            let wanted: Vec<&str> = families.iter().map(|f| f.name()).collect();
            let wanted = wanted.join("+");
            let fault = Diagnostic::error(
                &diagnostic::WRONG_TYPE,
                format!("`{path}` must be `{wanted}`, not {}", quoted(word)),
            )
            .at(&item.span, format!("expected `{wanted}`"))
            .help("for example `\"softmax+cross_entropy\"`");
            self.fault(fault);
            return None;
        }
        if let ([a, b], [first, second]) = (families, names.as_slice())
            && self.catalog.find(*a, second).is_some()
            && self.catalog.find(*b, first).is_some()
        {
            let title = format!("`{path}` names the {} first", b.name());
            let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
                .at(&item.span, format!("expected `{}+{}`", a.name(), b.name()))
                .help(format!("write `\"{second}+{first}\"`"));
            self.fault(fault);
            return None;
        }
        let read = |(family, name): (&Family, &str)| {
            let part = path.key(family.name());
            let entry = self.entry(*family, name, &item.span, part)?;
            self.member(entry, &Table::default(), &item.span, part)
        };
        let members: Vec<Option<Value>> = families.iter().zip(names).map(read).collect();
        members.into_iter().collect::<Option<_>>().map(Value::List)
    }

    /// The first alternative that accepts the value. If none does, the fault of the last one of fitting shape.
    fn one_of(
        &mut self,
        whole: &'static Kind,
        kinds: &'static [Kind],
        item: &Item,
        path: Path<'_>,
    ) -> Option<Value> {
        let before = self.faults.len();
        let fitting: Vec<&'static Kind> = kinds.iter().filter(|k| fits(k, item)).collect();
        if fitting.is_empty() {
            return self.wrong_type(whole, item, path);
        }
        for kind in &fitting {
            self.faults.truncate(before);
            if let Some(value) = self.value(kind, item, path) {
                self.faults.truncate(before);
                return Some(value);
            }
        }
        // A limit that was broken says more than all that is allowed.
        if fitting.iter().any(|k| upper_limit(k, item).is_some()) {
            return None;
        }
        for fault in &mut self.faults[before..] {
            let here = fault.primary.as_mut().filter(|l| l.span == item.span);
            if let Some(label) = here.filter(|l| l.text.starts_with("expected ")) {
                label.text = format!("expected {}", describe(whole));
            }
        }
        None
    }
}

/// What is allowed, where the largest number was exceeded: descriptions leave out a limit that is there for the machine's sake only.
fn upper_limit(kind: &Kind, item: &Item) -> Option<String> {
    let Kind::Count { min, max } = kind else { return None };
    let above = match &item.node {
        Node::Int(i) => u64::try_from(*i).is_ok_and(|n| n > *max),
        Node::Huge(digits) => !digits.starts_with('-'),
        _ => false,
    };
    above.then(|| format!("a whole number from {min} to {}", text::grouped(*max)))
}

/// The value of a parameter that is not written; `None` where absence has a meaning of its own or the key is required.
pub(crate) fn default_value(catalog: &Catalog, param: &Param) -> Option<Value> {
    match param.default {
        Default::Required | Default::Absent => None,
        Default::Real(x) => Some(Value::Real(x)),
        Default::Count(n) => Some(Value::Count(n)),
        Default::Flag(b) => Some(Value::Flag(b)),
        Default::Word(word) => Some(match member_family(&param.kind) {
            Some(family) => match catalog.find(family, word) {
                Some(entry) => {
                    let values = entry.params.iter().map(|p| default_value(catalog, p)).collect();
                    Value::Member(Box::new(Choice { entry, values }))
                }
                None => Value::Text(word.into()),
            },
            None => Value::Text(word.into()),
        }),
    }
}

fn member_family(kind: &Kind) -> Option<Family> {
    match kind {
        Kind::Member(family) => Some(*family),
        Kind::OneOf(kinds) => kinds.iter().find_map(member_family),
        _ => None,
    }
}

/// The member that a table without `name` means: only splits can be told by their keys.
pub(crate) fn inferred(family: Family, table: &Table) -> Option<&'static str> {
    let has = |key: &str| table.get(key).is_some();
    match family {
        Family::Split if has("folds") => Some("k_fold"),
        Family::Split if has("column") => Some("predefined"),
        Family::Split => Some("holdout"),
        _ => None,
    }
}

fn fits(kind: &Kind, item: &Item) -> bool {
    match &item.node {
        Node::Int(_) | Node::Huge(_) => matches!(kind, Kind::Real(_) | Kind::Count { .. } | Kind::Any),
        Node::Real(_) => matches!(kind, Kind::Real(_) | Kind::Any),
        Node::Flag(_) => matches!(kind, Kind::Flag | Kind::Any),
        Node::Text(_) => {
            matches!(kind, Kind::Text | Kind::Choice(_) | Kind::Member(_) | Kind::Joined(_) | Kind::Any)
        }
        Node::List(_) => matches!(kind, Kind::List(_) | Kind::Any),
        Node::Table(_) => matches!(kind, Kind::Table(_) | Kind::Map(_) | Kind::Member(_) | Kind::Any),
        Node::Date(_) => false,
    }
}

/// A value of no known kind: numbers stay whole where they are whole.
pub(crate) fn plain(item: &Item) -> Value {
    match &item.node {
        Node::Text(t) | Node::Huge(t) | Node::Date(t) => Value::Text(t.clone()),
        Node::Int(i) => u64::try_from(*i).map_or(Value::Real(*i as f64), Value::Count),
        Node::Real(x) => Value::Real(*x),
        Node::Flag(b) => Value::Flag(*b),
        Node::List(items) => Value::List(items.iter().map(plain).collect()),
        Node::Table(t) => Value::Table(t.entries.iter().map(|s| (s.key.clone(), plain(&s.item))).collect()),
    }
}

/// What may be written, in prose: `a number above 0`, `"full" or a whole number of at least 1`.
pub(crate) use crate::catalog::explain::describe;

/// What was probably meant, where only the notation is wrong.
fn repair(kind: &Kind, item: &Item) -> Option<String> {
    let wants = |test: fn(&Kind) -> bool| match kind {
        Kind::OneOf(kinds) => kinds.iter().any(test),
        one => test(one),
    };
    let number = |k: &Kind| matches!(k, Kind::Real(_) | Kind::Count { .. });
    match &item.node {
        Node::Text(t) if wants(number) && t.trim().parse::<f64>().is_ok() => {
            Some(format!("the number without quotes: `{}`", t.trim()))
        }
        Node::Text(t) if wants(|k| matches!(k, Kind::Flag)) => match t.as_str() {
            "true" | "yes" | "on" => Some("`true`".into()),
            "false" | "no" | "off" => Some("`false`".into()),
            _ => None,
        },
        Node::Real(x) if wants(|k| matches!(k, Kind::Count { .. })) && x.fract() == 0.0 && x.abs() < 1e15 => {
            Some(format!("it without a point or exponent: `{x:.0}`"))
        }
        Node::Int(_) | Node::Real(_) | Node::Table(_) | Node::Text(_)
            if wants(|k| matches!(k, Kind::List(_))) =>
        {
            Some("a list: `[...]`".into())
        }
        _ => None,
    }
}

fn words_of(words: &[&str]) -> String {
    describe_words(words)
}

use crate::catalog::explain::{article, describe_words};

/// Text of the user inside a title: on one line, not too long.
pub(crate) fn shown(word: &str) -> String {
    let mut short: String = word.chars().take(60).flat_map(char::escape_debug).collect();
    if word.chars().count() > 60 {
        short.push_str("...");
    }
    short
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", shown(word))
}

pub(crate) fn planned_fault(planned: &Planned, what: &str, span: &Span) -> Diagnostic {
    Diagnostic::error(&diagnostic::NOT_BUILT_YET, format!("{what} is known but not built yet"))
        .at(span, format!("planned: {}", planned.what))
        .help(planned.instead)
}
