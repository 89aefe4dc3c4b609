//! A suite: several experiments asked one question. Reads the file that names them; the experiments are read by themselves.

use std::path::PathBuf;

use super::Request;
use super::files;
use super::open;
use super::parse::beginning;
use super::read::{Path as Keys, Reader, shown};
use super::tree::{Item, Table};
use crate::catalog::{Catalog, sections};
use crate::diagnostic::{self, Diagnostic, Severity, Sink, Sources, Span};
use crate::spec::Suite;

/// What was understood of a suite's file. `suite` is there exactly where no diagnostic is an error.
#[derive(Debug)]
pub struct LoadedSuite {
    pub suite: Option<Suite>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
}

/// The suite in a file; `None` where the file is no suite: it has no `[suite]`, or cannot be read.
pub fn suite(request: &Request, catalog: &Catalog) -> Option<LoadedSuite> {
    let opened = open::open(&Request { overrides: Vec::new(), ..request.clone() });
    opened.root.get("suite")?;
    let mut sink = Sink::default();
    sink.extend(opened.faults);
    let mut reader = Reader::new(catalog, &opened.files);
    let suite = read(&mut reader, &opened.root, request);
    sink.extend(std::mem::take(&mut reader.faults));
    let suite = suite.filter(|_| !sink.has_errors());
    Some(LoadedSuite { suite, diagnostics: sink.into_sorted(), sources: opened.sources })
}

/// What a suite is answered where an experiment is wanted.
pub(super) fn no_experiment(span: &Span) -> Diagnostic {
    Diagnostic::error(&diagnostic::SUITE_FILE, "this file is a suite, and a single experiment is wanted here")
        .at(span, "names experiments and is none")
        .help("name one of the experiments that it lists; `runner FILE` trains them all")
}

fn read(r: &mut Reader<'_>, root: &Table, request: &Request) -> Option<Suite> {
    for slot in
        root.entries.iter().filter(|s| !["title", "question", "notes", "suite"].contains(&s.key.as_str()))
    {
        let title = format!("`{}` does not belong in a suite", shown(&slot.key));
        let fault = Diagnostic::error(&diagnostic::UNKNOWN_KEY, title)
            .at(&slot.key_span, "a suite only names experiments")
            .help("write it into the experiments, or into a file that they `extend`")
            .note("allowed here: `title`, `question`, `notes`, and `[suite]`");
        r.fault(fault);
    }
    for key in ["title", "question", "notes"] {
        if let (Some(item), Some(param)) = (root.get(key), sections::TOP.iter().find(|p| p.key == key)) {
            r.value(&param.kind, item, Keys::root(key));
        }
    }
    let item = root.get("suite")?;
    let Some(table) = item.table() else {
        let title = format!("`suite` must be a table, not {}", item.what());
        r.fault(Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&item.span, "expected a table"));
        return None;
    };
    let fields = r.fields(sections::SUITE, table, &item.span, Keys::root("suite"));
    let mut experiments: Vec<PathBuf> = Vec::new();
    for (written, item) in fields.texts("experiments").iter().zip(items(table)) {
        match r.files.find(written, &item.span) {
            Ok(found) if experiments.contains(&found.path) => {
                let title = format!("`{written}` is named twice");
                r.fault(
                    Diagnostic::error(&diagnostic::REPEATED_VALUE, title)
                        .at(&item.span, "each experiment once"),
                );
            }
            Ok(found) => experiments.push(found.path),
            Err(fault) => r.fault(*fault),
        }
    }
    let text = |key: &str| root.get(key).and_then(Item::text).unwrap_or_default().to_string();
    let name = request.path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    if experiments.is_empty() && r.faults.iter().all(|f| f.severity != Severity::Error) {
        let place = root.place(&["suite"]).unwrap_or_else(beginning);
        let fault = Diagnostic::error(&diagnostic::MISSING_KEY, "the suite names no experiment");
        r.fault(fault.at(&place, "needs `experiments`"));
    }
    Some(Suite {
        file: files::in_project(&request.path),
        title: Some(text("title")).filter(|t| !t.is_empty()).unwrap_or_else(|| name.clone()),
        name,
        question: text("question"),
        notes: text("notes"),
        experiments,
        searches: fields.count("searches")?,
    })
}

/// The places of the experiments' names.
fn items(table: &Table) -> Vec<&Item> {
    match table.get("experiments").map(|i| &i.node) {
        Some(super::tree::Node::List(items)) => items.iter().collect(),
        _ => Vec::new(),
    }
}
