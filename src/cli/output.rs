//! The only place that writes to the terminal: results to stdout, everything else to stderr.
//!
//! A reader that closes the pipe (`runner list | head`) is no error. Anything else that keeps stdout from being written is, and ends
//! in an exit code of its own.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diagnostic::{self, Diagnostic, Sources};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document per experiment.
    Json,
}

/// More faults than this are counted, not shown: a data file taken for an experiment has one in every line.
const FAULTS_SHOWN: usize = 50;

/// Something for stdout was lost.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether something that was printed did not reach stdout.
pub(super) fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
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
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let written = write!(out, "{text}{end}").and_then(|()| out.flush());
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
            && !LOST.swap(true, Ordering::Relaxed)
        {
            self.complain(&format!("error: cannot write to standard output: {error}"));
        }
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
        for diagnostic in shown.take(FAULTS_SHOWN) {
            self.complain(&format!("{}\n", diagnostic::render(diagnostic, sources, colour)));
        }
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if diagnostics.len() > FAULTS_SHOWN {
            self.complain(&format!("and {} more\n", diagnostics.len() - FAULTS_SHOWN));
        }
        if errors > 0 {
            let faults = crate::text::count(errors, "error");
            self.complain(&format!("{faults}; nothing was written"));
        }
    }

    /// Columns for text on stdout. Fixed, so that what is printed can be compared and quoted.
    pub(super) fn width(&self) -> usize {
        116
    }
}
