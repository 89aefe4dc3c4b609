//! An experiment as a list of dotted keys with TOML values, which kinds of faults change one by one, and its text.
//!
//! It knows nothing of what the keys mean: a key that `runner` does not have is refused by `runner`, not here.

use super::rows::Table;
use super::sets::Set;

#[derive(Clone)]
pub(crate) struct Recipe {
    pub(crate) set: Set,
    /// The rows of `data.source`, where they are written out; empty otherwise.
    pub(crate) table: Table,
    /// The finding that names the cause, where cases of one kind differ in it.
    pub(crate) root: Option<&'static str>,
    keys: Vec<(String, String)>,
}

/// Tables in the order in which they are written.
const TABLES: &[&str] = &["data", "model", "optimizer", "train", "fault", "record"];

impl Recipe {
    pub(crate) fn new(set: Set) -> Recipe {
        Recipe { set, table: Table::default(), root: None, keys: Vec::new() }
    }

    /// A TOML value as it stands.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        match self.keys.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key.to_string(), value)),
        }
    }

    pub(crate) fn word(&mut self, key: &str, word: &str) {
        self.set(key, format!("\"{word}\""));
    }

    pub(crate) fn number(&mut self, key: &str, number: f64) {
        self.set(key, plain(number));
    }

    pub(crate) fn rows(&mut self, table: Table) {
        self.set("data.source", table.source());
        self.table = table;
    }

    pub(crate) fn pairing(&mut self, activation: &str, loss: &str) {
        self.word("pairing.activation", activation);
        self.word("pairing.loss", loss);
    }

    pub(crate) fn hidden(&mut self, widths: &[usize]) {
        self.set("model.hidden", format!("{widths:?}"));
    }

    pub(crate) fn remove(&mut self, prefix: &str) {
        self.keys.retain(|(key, _)| !key.starts_with(prefix));
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The number that a key holds.
    ///
    /// # Panics
    /// If the key is not there or is no number: a mistake in the list of kinds.
    pub(crate) fn value(&self, key: &str) -> f64 {
        let text = self.get(key).unwrap_or_else(|| panic!("no key `{key}`"));
        text.parse().unwrap_or_else(|_| panic!("`{key} = {text}` is no number"))
    }

    pub(crate) fn scale_number(&mut self, key: &str, factor: f64) {
        self.number(key, self.value(key) * factor);
    }

    /// The text of the experiment; `comment` is its first line.
    pub(crate) fn toml(&self, comment: &str) -> String {
        let mut text = format!("# {comment}\n{} = {{ ", "pairing");
        let pairing: Vec<String> =
            self.of("pairing").map(|(key, value)| format!("{key} = {value}")).collect();
        text.push_str(&pairing.join(", "));
        text.push_str(" }\n");
        for table in TABLES {
            let lines: Vec<String> =
                self.of(table).map(|(key, value)| format!("{key} = {value}\n")).collect();
            if !lines.is_empty() {
                text.extend(["\n[", table, "]\n", &lines.concat()]);
            }
        }
        text
    }

    fn of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of_table = move |key: &'a str| key.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'));
        self.keys.iter().filter_map(move |(key, value)| Some((of_table(key)?, value.as_str())))
    }
}

/// Three significant digits, without trailing zeros: what a person would write, and the same on machines whose `exp` differs in its last bit.
pub(crate) fn plain(number: f64) -> String {
    let rounded: f64 = format!("{number:.2e}").parse().unwrap_or(number);
    let size = rounded.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) { format!("{rounded:e}") } else { format!("{rounded}") }
}
