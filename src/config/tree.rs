//! The text of an experiment as an owned tree in which every key and value keeps its place.
//!
//! Parsing recovers, so that several syntax errors are told at once. It gives no meaning to keys: `read` does.

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{self, Diagnostic, SourceId, Span};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) node: Node,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(String),
    Int(i64),
    /// A whole number beyond 64 bits, as written.
    Huge(String),
    Real(f64),
    Flag(bool),
    Date(String),
    List(Vec<Item>),
    Table(Table),
}

/// Keys in the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Slot>,
}

#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) item: Item,
    /// Belonged to a member that an override has since replaced by another: ignored where the new member does not have it.
    pub(crate) carried: bool,
}

impl Item {
    pub(crate) fn table(&self) -> Option<&Table> {
        match &self.node {
            Node::Table(t) => Some(t),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(t) => Some(t),
            _ => None,
        }
    }

    /// What it is, for messages: `text "abc"`, `a list`, `the number 3`.
    pub(crate) fn what(&self) -> String {
        match &self.node {
            Node::Text(t) if t.chars().count() > 40 => "a long text".into(),
            Node::Text(t) => format!("the text {t:?}"),
            Node::Int(i) => format!("the number {i}"),
            Node::Huge(t) => format!("the number {t}"),
            Node::Real(x) => format!("the number {}", crate::text::exact(*x)),
            Node::Flag(b) => format!("{b}"),
            Node::Date(_) => "a date".into(),
            Node::List(_) => "a list".into(),
            Node::Table(_) => "a table".into(),
        }
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        self.slot(key).map(|s| &s.item)
    }

    pub(crate) fn slot(&self, key: &str) -> Option<&Slot> {
        self.entries.iter().find(|s| s.key == key)
    }

    fn slot_mut(&mut self, key: &str) -> Option<&mut Slot> {
        self.entries.iter_mut().find(|s| s.key == key)
    }

    /// The value at a path of keys. A member written as its bare name has no keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Item> {
        let (first, rest) = path.split_first()?;
        let item = self.get(first)?;
        if rest.is_empty() { Some(item) } else { item.table()?.at(rest) }
    }

    /// The deepest place known for a path: of its value, else of the table that should hold it.
    pub(crate) fn place(&self, path: &[&str]) -> Option<Span> {
        (1..=path.len()).rev().find_map(|n| self.at(&path[..n]).map(|i| i.span.clone()))
    }

    /// Lays `over` on top: tables merge key by key, anything else is replaced.
    pub(crate) fn merge(&mut self, over: &Table) {
        if over.get("name").is_some_and(|name| self.is_renamed_by(name)) {
            self.carry();
        }
        for slot in &over.entries {
            match self.slot_mut(&slot.key) {
                Some(mine) => {
                    mine.carried = false;
                    if mine.key == "pairing" && slot.item.table().is_some() {
                        // Its text is short for a table.
                        mine.item.open_joined();
                    }
                    match (&mut mine.item.node, &slot.item.node) {
                        (Node::Table(a), Node::Table(b)) => a.merge(b),
                        _ => {
                            mine.item = slot.item.clone();
                            mine.key_span = slot.key_span.clone();
                        }
                    }
                }
                None => self.entries.push(slot.clone()),
            }
        }
    }

    /// Whether a name makes another member of this table. Where none was written, what stands here belonged to the default.
    fn is_renamed_by(&self, name: &Item) -> bool {
        match (self.get("name"), name.text()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(new)) => old.text().is_some_and(|old| old != new),
        }
    }

    /// Forgets which slots belonged to another member: what one hand wrote belongs together.
    pub(crate) fn own_all(&mut self) {
        for slot in &mut self.entries {
            slot.carried = false;
            if let Node::Table(table) = &mut slot.item.node {
                table.own_all();
            }
        }
    }

    fn carry(&mut self) {
        for slot in &mut self.entries {
            slot.carried = slot.key != "name";
        }
    }

    /// Sets one value. Tables on the way are made; a bare name on the way becomes `{ name = ... }`, a pairing its table.
    pub(crate) fn set(&mut self, path: &[&str], key_span: &Span, item: Item) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            if *first == "name" && self.is_renamed_by(&item) {
                self.carry();
            }
            match self.slot_mut(first) {
                Some(slot) => {
                    slot.item = item;
                    slot.key_span = key_span.clone();
                    slot.carried = false;
                }
                None => self.push(first, key_span.clone(), item),
            }
            return;
        }
        if self.slot(first).is_none() {
            let empty = Item { node: Node::Table(Table::default()), span: item.span.clone() };
            self.push(first, key_span.clone(), empty);
        }
        let Some(slot) = self.slot_mut(first) else { return };
        slot.carried = false;
        slot.item.open();
        if let Node::Table(table) = &mut slot.item.node {
            table.set(rest, key_span, item);
        }
    }

    pub(crate) fn push(&mut self, key: &str, key_span: Span, item: Item) {
        self.entries.push(Slot { key: key.into(), key_span, item, carried: false });
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Slot> {
        let index = self.entries.iter().position(|s| s.key == key)?;
        Some(self.entries.remove(index))
    }
}

impl Item {
    /// Makes a table of `"activation+loss"`.
    fn open_joined(&mut self) {
        if self.text().is_some_and(|text| text.contains('+')) {
            self.open();
        }
    }

    /// Makes a table of a bare name, so that a key can be set in it.
    fn open(&mut self) {
        let mut table = Table::default();
        match &self.node {
            Node::Table(_) => return,
            Node::Text(text) => {
                let mut put = |key: &str, value: &str| {
                    let item = Item { node: Node::Text(value.into()), span: self.span.clone() };
                    table.push(key, self.span.clone(), item);
                };
                match text.split_once('+') {
                    Some((activation, loss)) => {
                        put("activation", activation.trim());
                        put("loss", loss.trim());
                    }
                    None => put("name", text),
                }
            }
            _ => {}
        }
        self.node = Node::Table(table);
    }
}

/// The tree of a TOML text, and its syntax errors.
pub(crate) fn parse(text: &str, source: SourceId) -> (Table, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let faults = errors.iter().map(|e| syntax_fault(e, text, source)).collect();
    (table_of(table.get_ref(), source), faults)
}

fn syntax_fault(error: &toml::de::Error, text: &str, source: SourceId) -> Diagnostic {
    let range = error.span().unwrap_or(0..0);
    let span = Span { source, range: range.start.min(text.len())..range.end.min(text.len()) };
    let message = error.message().replace('\n', ", ");
    if message.contains("duplicate key") {
        return Diagnostic::error(&diagnostic::DUPLICATE_KEY, "a key is written twice in one table")
            .at(&span, "it was written before")
            .help("keep one of the two");
    }
    let fault = Diagnostic::error(&diagnostic::SYNTAX, format!("not valid TOML: {message}"))
        .at(&span, "the reader stopped here");
    if message.contains("must be quoted") { fault.help("text stands in quotes: `\"relu\"`") } else { fault }
}

fn table_of(table: &DeTable<'_>, source: SourceId) -> Table {
    let span = |range: std::ops::Range<usize>| Span { source, range };
    let mut entries: Vec<Slot> = (table.iter())
        .map(|(key, value)| Slot {
            key: key.get_ref().to_string(),
            key_span: span(key.span()),
            item: Item { node: node_of(value.get_ref(), source), span: span(value.span()) },
            carried: false,
        })
        .collect();
    // The parser sorts keys by name; the order of the file is the order people think in.
    entries.sort_by_key(|s| s.key_span.range.start);
    Table { entries }
}

fn node_of(value: &DeValue<'_>, source: SourceId) -> Node {
    match value {
        DeValue::String(s) => Node::Text(s.to_string()),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(n) => Node::Int(n),
            Err(_) => Node::Huge(i.to_string()),
        },
        DeValue::Float(f) => Node::Real(f.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Node::Flag(*b),
        DeValue::Datetime(d) => Node::Date(d.to_string()),
        DeValue::Array(items) => Node::List(
            (items.iter())
                .map(|v| Item { node: node_of(v.get_ref(), source), span: Span { source, range: v.span() } })
                .collect(),
        ),
        DeValue::Table(t) => Node::Table(table_of(t, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Table {
        let (table, faults) = parse(text, SourceId(0));
        assert!(faults.is_empty(), "{faults:?}");
        table
    }

    fn keys(table: &Table) -> Vec<(&str, bool)> {
        table.entries.iter().map(|s| (s.key.as_str(), s.carried)).collect()
    }

    #[test]
    fn keys_keep_the_order_of_the_file() {
        assert_eq!(keys(&tree("b = 1\na = 2\nc = 3")), [("b", false), ("a", false), ("c", false)]);
    }

    #[test]
    fn a_new_name_marks_what_belonged_to_the_old_one() {
        let mut base = tree("name = 'sgd'\nmomentum = 0.9\nl2 = 1");
        base.merge(&tree("name = 'adam'\nl2 = 2"));
        assert_eq!(keys(&base), [("name", false), ("momentum", true), ("l2", false)]);
    }

    #[test]
    fn a_name_where_there_was_none_replaces_the_default() {
        let mut base = tree("optimizer = { momentum = 0.9 }");
        base.merge(&tree("optimizer = { name = 'lbfgs' }"));
        let optimizer = base.at(&["optimizer"]).and_then(Item::table).unwrap();
        assert_eq!(keys(optimizer), [("momentum", true), ("name", false)]);
        let mut base = tree("momentum = 0.9");
        let item = tree("name = 'lbfgs'").entries.remove(0).item;
        let span = item.span.clone();
        base.set(&["name"], &span, item);
        assert_eq!(keys(&base), [("momentum", true), ("name", false)]);
    }

    #[test]
    fn a_table_over_a_joined_text_keeps_what_it_does_not_name() {
        let mut base = tree("pairing = 'a+b'");
        base.merge(&tree("pairing = { masking = 'outputs' }"));
        let text = |key| base.at(&["pairing", key]).and_then(Item::text);
        assert_eq!(
            [text("activation"), text("loss"), text("masking")],
            [Some("a"), Some("b"), Some("outputs")]
        );
    }

    #[test]
    fn a_key_of_a_bare_name_makes_its_table() {
        let mut root = tree("pairing = 'a+b'\nmodel = { activation = 'elu' }");
        let item = Item { node: Node::Int(2), span: Span { source: SourceId(0), range: 0..1 } };
        let span = item.span.clone();
        root.set(&["model", "activation", "alpha"], &span, item.clone());
        root.set(&["pairing", "reduction"], &span, item);
        assert_eq!(root.at(&["model", "activation", "name"]).and_then(Item::text), Some("elu"));
        assert_eq!(root.at(&["pairing", "loss"]).and_then(Item::text), Some("b"));
        assert!(root.at(&["pairing", "reduction"]).is_some());
    }

    #[test]
    fn several_syntax_errors_are_found_at_once() {
        assert!(parse("a = \nb 1\nc = 3", SourceId(0)).1.len() >= 2);
    }
}
