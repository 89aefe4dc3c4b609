//! The only place that writes to the terminal: results to stdout, everything else to stderr.
//!
//! A reader that closes the pipe (`runner list | head`) is no error: what cannot be written is dropped.

use std::io::{IsTerminal as _, Write as _};

use crate::diagnostic::{self, Diagnostic, Sources};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document per experiment.
    Json,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) quiet: bool,
}

impl Output {
    /// Text on stdout.
    pub(super) fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// A JSON document on one line of stdout.
    pub(super) fn json(&self, value: &serde_json::Value) {
        self.print(&value.to_string());
    }

    /// A remark on stderr, unless `--quiet`.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Something that must be seen, on stderr.
    pub(super) fn complain(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }

    /// Every diagnostic, then how many there were. Warnings are left out under `--quiet`.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        use diagnostic::Severity;
        let colour = std::io::stderr().is_terminal();
        let shown = diagnostics.iter().filter(|d| !self.quiet || d.severity == Severity::Error);
        for diagnostic in shown {
            self.complain(&format!("{}\n", diagnostic::render(diagnostic, sources, colour)));
        }
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if errors > 0 {
            let faults = crate::text::count(errors, "error");
            self.complain(&format!("{faults}; nothing was trained or written"));
        }
    }

    /// Columns for text on stdout. Fixed, so that what is printed can be compared and quoted.
    pub(super) fn width(&self) -> usize {
        100
    }
}
