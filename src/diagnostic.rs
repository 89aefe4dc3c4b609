//! Diagnostics: a code, a place, what was found, what is allowed, what to do.
//!
//! Faults are collected in a [`Sink`]; nothing here stops at the first. The only file that names `annotate-snippets`.
//! It does not decide what is a fault and prints nothing.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

mod codes;
pub use codes::{ALL as CODES, *};

/// A kind of fault, explained by `runner explain <name>`. One constant each in `diagnostic/codes.rs`.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case; names the pattern, not the repair.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Markdown: why it is a fault, an example, what to do.
    pub docs: &'static str,
}

/// A text that spans point into: an experiment file, a data file, `--set` on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// As shown to the user, with `/` on every system.
    pub name: String,
    pub text: String,
    /// Line number of the first line of `text`; above 1 when `text` is an excerpt of a large data file.
    pub first_line: usize,
}

/// Index of a source in its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub usize);

/// All texts of one invocation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.add_excerpt(name, text, 1)
    }

    /// Adds a part of a text whose first line is line `first_line` (counted from 1) of the whole.
    pub fn add_excerpt(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        first_line: usize,
    ) -> SourceId {
        self.all.push(Source { name: name.into(), text: text.into(), first_line });
        SourceId(self.all.len() - 1)
    }

    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0]
    }
}

/// A byte range of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub source: SourceId,
    pub range: Range<usize>,
}

/// A value with the place it was written at.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs; the user should know.
    Warning,
}

/// A further place with a remark of its own.
#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One fault.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub code: &'static Code,
    pub severity: Severity,
    /// Makes sense alone: what is wrong, with the value found.
    pub title: String,
    /// Where, with what is allowed there. `None` for faults without a place (a missing file).
    pub primary: Option<Label>,
    pub secondary: Vec<Label>,
    /// What to do, one change each.
    pub helps: Vec<String>,
    pub notes: Vec<String>,
}

impl Diagnostic {
    pub fn error(code: &'static Code, title: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            title: title.into(),
            primary: None,
            secondary: Vec::new(),
            helps: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn warning(code: &'static Code, title: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, title) }
    }

    /// Where, and what is allowed there (may be empty).
    pub fn at(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.primary = Some(Label { span: span.clone(), text: label.into() });
        self
    }

    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.secondary.push(Label { span: span.clone(), text: label.into() });
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }
}

/// Collects diagnostics, in the order found.
#[derive(Debug, Default)]
pub struct Sink {
    all: Vec<Diagnostic>,
}

impl Sink {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.all.push(diagnostic);
    }

    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.all.extend(diagnostics);
    }

    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn all(&self) -> &[Diagnostic] {
        &self.all
    }

    /// The diagnostics by source and place, exact repetitions removed.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.all.sort_by_key(|d| {
            let place = d.primary.as_ref().map(|l| (l.span.source, l.span.range.start));
            (d.severity, place.is_none(), place)
        });
        self.all.dedup_by(|a, b| {
            a.code == b.code
                && a.title == b.title
                && a.primary.as_ref().map(|l| &l.span) == b.primary.as_ref().map(|l| &l.span)
        });
        self.all
    }
}

/// Line and column of a byte offset, both from 1, columns in characters.
pub fn position(source: &Source, offset: usize) -> (usize, usize) {
    let before = &source.text[..floor_boundary(&source.text, offset)];
    let line = before.matches('\n').count();
    let column = before.chars().rev().take_while(|c| *c != '\n').count();
    (line + source.first_line, column + 1)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text a person sees: title with code, `file:line:column`, the source line with a caret, help, and notes. Ends with a newline.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.clone().primary_title(diagnostic.title.as_str()).id(diagnostic.code.name);
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic, sources) {
        group = group.element(snippet);
    }
    for help in &diagnostic.helps {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let explain = format!("more with `runner explain {}`", diagnostic.code.name);
    group = group.element(Level::NOTE.message(explain.as_str()));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// One snippet per source that has a label, the primary's first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let Some(primary) = &diagnostic.primary else {
        return Vec::new();
    };
    let mut ids = vec![primary.span.source];
    for label in &diagnostic.secondary {
        if !ids.contains(&label.span.source) {
            ids.push(label.span.source);
        }
    }
    let annotate = |id: SourceId| {
        let source = sources.get(id);
        let mut snippet = Snippet::source(source.text.as_str())
            .path(source.name.as_str())
            .line_start(source.first_line)
            .fold(true);
        let of = |kind: AnnotationKind, label: &'a Label| {
            let text = (!label.text.is_empty()).then_some(label.text.as_str());
            kind.span(visible(&source.text, &label.span.range)).label(text)
        };
        if primary.span.source == id {
            snippet = snippet.annotation(of(AnnotationKind::Primary, primary));
        }
        for label in diagnostic.secondary.iter().filter(|l| l.span.source == id) {
            snippet = snippet.annotation(of(AnnotationKind::Context, label));
        }
        snippet
    };
    ids.into_iter().map(annotate).collect()
}

/// The part of a range on its first line (a whole table would be underlined otherwise), on character boundaries.
fn visible(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = floor_boundary(text, range.start);
    let end = floor_boundary(text, range.end).max(start);
    let line_end = text[start..end].find('\n').map_or(end, |n| start + n);
    start..line_end
}

/// One line without source text: `file:line:column: error[code]: title`. For logs and `--format json`.
pub fn one_line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = String::new();
    if let Some(label) = &diagnostic.primary {
        let source = sources.get(label.span.source);
        let (line, column) = position(source, label.span.range.start);
        let _ = write!(text, "{}:{line}:{column}: ", source.name);
    }
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let _ = write!(text, "{severity}[{}]: {}", diagnostic.code.name, diagnostic.title);
    text
}
