//! From paths and `--set` to one merged tree: reads files, follows `extends`, lays overrides on top. It checks no values.

use std::path::{Path, PathBuf};

use crate::config::files::{FILE_BYTES_MAX, Files, normal};
use crate::config::read::shown;
use crate::config::tree::{self, Item, Node, Table};
use crate::diagnostic::{self, Diagnostic, SourceId, Sources, Span};
use crate::{disk, text};

/// Longest chain of `extends`.
const CHAIN_MAX: usize = 16;

/// What was read, with faults of reading only.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) root: Table,
    pub(crate) sources: Sources,
    pub(crate) files: Files,
    pub(crate) faults: Vec<Diagnostic>,
    /// The text could not be read or is not TOML, so that what is missing says nothing.
    pub(crate) broken: bool,
}

pub(crate) fn open(request: &super::Request) -> Opened {
    let path = request.path.as_path();
    let mut opened = Opened {
        root: Table::default(),
        sources: Sources::default(),
        files: Files::new(path, request.allow_outside),
        faults: Vec::new(),
        broken: false,
    };
    let folder = folder_of(path);
    let mut chain = Vec::new();
    match &request.text {
        None => opened.root = opened.file(path, &disk::shown(path), &folder, Path::new(""), None, &mut chain),
        Some((place, text)) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_string();
            opened.root = opened.table(path, place, (&folder, Path::new("")), Some(text), &mut chain);
        }
    }
    for text in &request.overrides {
        opened.set(text, &folder);
    }
    opened
}

/// A text that was resolved before: no other file belongs to it.
pub(crate) fn open_resolved(text: &str, name: &str) -> Opened {
    let mut opened = Opened {
        root: Table::default(),
        sources: Sources::default(),
        files: Files::unseen(),
        faults: Vec::new(),
        broken: false,
    };
    let source = opened.sources.add(name, text);
    opened.files.add(Path::new(""), Path::new(""));
    (opened.root, opened.faults) = tree::parse(text, source);
    opened.broken = !opened.faults.is_empty();
    opened
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

impl Opened {
    /// The tree of a file, with what it extends below it. `chain`: the files that led here.
    fn file(
        &mut self,
        path: &Path,
        name: &str,
        folder: &Path,
        prefix: &Path,
        named_at: Option<&Span>,
        chain: &mut Vec<(PathBuf, String)>,
    ) -> Table {
        let text = self.text(path, name, named_at);
        self.table(path, name, (folder, prefix), text, chain)
    }

    /// The same of its text; `None` where that could not be read.
    fn table(
        &mut self,
        path: &Path,
        name: &str,
        (folder, prefix): (&Path, &Path),
        text: Option<String>,
        chain: &mut Vec<(PathBuf, String)>,
    ) -> Table {
        let source = self.sources.add(name, text.as_deref().unwrap_or_default());
        self.files.add(folder, prefix);
        let Some(text) = text else {
            self.broken = true;
            return Table::default();
        };
        let (mut table, faults) = tree::parse(&text, source);
        self.broken |= !faults.is_empty();
        self.faults.extend(faults);
        if text.trim().is_empty() {
            let fault = Diagnostic::error(&diagnostic::EMPTY_EXPERIMENT, format!("`{name}` is empty"))
                .at(&Span { source, range: 0..0 }, "expected an experiment")
                .help("`runner new NAME` writes one to start from");
            self.faults.push(fault);
            self.broken = true;
        }
        let Some(extends) = table.remove("extends") else { return table };
        let identity = disk::canonical(path).unwrap_or_else(|_| normal(path));
        chain.push((identity, name.to_string()));
        let mut base = self.extended(&extends.item, chain);
        chain.pop();
        base.merge(&table);
        base
    }

    fn extended(&mut self, item: &Item, chain: &mut Vec<(PathBuf, String)>) -> Table {
        let Node::Text(written) = &item.node else {
            let title = format!("`extends` must be a path in quotes, not {}", item.what());
            self.faults
                .push(Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&item.span, "expected a text"));
            return Table::default();
        };
        let found = match self.files.find(written, &item.span) {
            Ok(found) => found,
            Err(fault) => {
                self.faults.push(*fault);
                self.broken = true;
                return Table::default();
            }
        };
        let identity = disk::canonical(&found.path).unwrap_or_else(|_| found.path.clone());
        if let Some(start) = chain.iter().position(|(known, _)| *known == identity) {
            let mut names: Vec<&str> = chain[start..].iter().map(|(_, n)| n.as_str()).collect();
            names.push(&chain[start].1);
            let fault =
                Diagnostic::error(&diagnostic::EXTENDS_CYCLE, "the files extend one another in a circle")
                    .at(&item.span, "leads back to a file that is being read")
                    .note(format!("the circle: {}", names.join(" -> ")));
            self.faults.push(fault);
            self.broken = true;
            return Table::default();
        }
        if chain.len() >= CHAIN_MAX {
            let title = format!("more than {CHAIN_MAX} files extend one another");
            self.faults
                .push(Diagnostic::error(&diagnostic::EXTENDS_CYCLE, title).at(&item.span, "one too many"));
            self.broken = true;
            return Table::default();
        }
        let name = disk::shown(&normal(&found.path));
        let prefix = normal(&self.files.prefix(item.span.source).join(folder_of(Path::new(written))));
        self.file(&found.path, &name, &folder_of(&found.path), &prefix, Some(&item.span), chain)
    }

    fn text(&mut self, path: &Path, name: &str, named_at: Option<&Span>) -> Option<String> {
        let bytes = match disk::read_at_most(path, FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) => {
                let mut fault = Diagnostic::error(&diagnostic::UNREADABLE_FILE, error.to_string());
                if let Some(span) = named_at {
                    fault = fault.at(span, "named here");
                } else if !disk::is_file(path) {
                    fault = suggest(fault, path);
                }
                self.faults.push(fault);
                return None;
            }
        };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let bytes = error.as_bytes();
                let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
                let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
                let title = format!("`{name}` is not UTF-8 text: byte {} on line {line}", at + 1);
                let help =
                    if wide { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8 text" };
                self.faults.push(Diagnostic::error(&diagnostic::NOT_UTF8, title).help(help));
                None
            }
        }
    }

    /// Lays one `KEY=VALUE` over the tree.
    fn set(&mut self, text: &str, folder: &Path) {
        let source = self.sources.add("--set", text);
        self.files.add(folder, Path::new(""));
        let whole = Span { source, range: 0..text.len() };
        let Some((key, value)) = text.split_once('=') else {
            let title = format!("`--set {}` has no `=`", shown(text));
            let fault = Diagnostic::error(&diagnostic::SET_FORM, title)
                .at(&whole, "expected `KEY=VALUE`")
                .help("for example `--set optimizer.learning_rate=0.1`");
            return self.faults.push(fault);
        };
        let parts = parts(key);
        let path: Vec<&str> = parts.iter().map(String::as_str).collect();
        if path.iter().any(|p| p.is_empty()) {
            let fault =
                Diagnostic::error(&diagnostic::SET_FORM, format!("`{}` is not a dotted key", shown(key)))
                    .at(&Span { source, range: 0..key.len() }, "expected `SECTION.KEY`");
            return self.faults.push(fault);
        }
        if path[0] == "extends" {
            let fault =
                Diagnostic::error(&diagnostic::SET_FORM, "`extends` cannot be set on the command line")
                    .at(&Span { source, range: 0..key.len() }, "belongs into the file");
            return self.faults.push(fault);
        }
        let item = set_value(value, key.len() + 1, source);
        // An axis and an expectation are one key with dots in it.
        let joined = path[1..].join(".");
        let path = match path[0] {
            "sweep" | "expect" if path.len() > 2 => vec![path[0], joined.as_str()],
            _ => path,
        };
        self.root.set(&path, &Span { source, range: 0..key.len() }, item);
    }
}

/// The key that a `--set` names, unless it is not well formed.
pub(crate) fn set_key(text: &str) -> Option<Vec<String>> {
    text.split_once('=').map(|(key, _)| parts(key))
}

/// The parts of a dotted key. As in TOML, a quoted part may hold dots: `sweep."optimizer.learning_rate"`.
fn parts(key: &str) -> Vec<String> {
    let (mut parts, mut quote) = (vec![String::new()], None);
    for c in key.trim().chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '.') => parts.push(String::new()),
            _ => parts.last_mut().expect("there is always a part").push(c),
        }
    }
    parts.iter().map(|p| p.trim().to_string()).collect()
}

/// The value as TOML, or the text itself: a bare word needs no quotes on a command line.
fn set_value(value: &str, start: usize, source: SourceId) -> Item {
    let trimmed = value.trim();
    let offset = start + (value.len() - value.trim_start().len());
    let prefix = "x = ";
    let span = Span { source, range: offset..offset + trimmed.len() };
    let document = format!("{prefix}{trimmed}");
    let (mut table, faults) = tree::parse(&document, source);
    match table.remove("x") {
        Some(slot) if faults.is_empty() && table.entries.is_empty() => {
            let mut item = slot.item;
            shift(&mut item, prefix.len(), offset);
            item
        }
        _ => Item { node: Node::Text(trimmed.to_string()), span },
    }
}

/// Moves places from the parsed document to the argument as typed.
fn shift(item: &mut Item, from: usize, to: usize) {
    let moved = |span: &mut Span| {
        span.range = (span.range.start + to).saturating_sub(from)..(span.range.end + to).saturating_sub(from);
    };
    moved(&mut item.span);
    match &mut item.node {
        Node::List(items) => items.iter_mut().for_each(|i| shift(i, from, to)),
        Node::Table(table) => {
            for slot in &mut table.entries {
                moved(&mut slot.key_span);
                shift(&mut slot.item, from, to);
            }
        }
        _ => {}
    }
}

/// The nearest file of the folder, for a misspelt argument.
fn suggest(fault: Diagnostic, path: &Path) -> Diagnostic {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = (disk::list(folder).unwrap_or_default().iter())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .filter_map(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
        .collect();
    let wanted = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match text::did_you_mean(&wanted, names.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean `{}`?", disk::shown(&path.with_file_name(near)))),
        None => fault,
    }
}
