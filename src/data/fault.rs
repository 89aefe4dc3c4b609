//! Faults of data: collected up to a cap, so that a file of the wrong kind does not give a million messages.
//!
//! It does not decide what is a fault.

use crate::diagnostic::{Code, Diagnostic, Span, UNKNOWN_COLUMN};
use crate::text;

/// Faults shown for one file; the rest is counted.
pub const FAULTS_MAX: usize = 20;

/// What a reader of data returns when it cannot.
pub type Faulty<T> = Result<T, Vec<Diagnostic>>;

/// Rows that are listed of a fault that many have.
const ROWS_LISTED: usize = 10;

/// Collects faults; beyond [`FAULTS_MAX`] it only counts. Of one kind in the cells of one column the first is shown, with the rows of
/// the others.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    shown: Vec<Diagnostic>,
    hidden: usize,
    alike: Vec<Alike>,
}

/// Cells of a column with one fault.
#[derive(Debug)]
struct Alike {
    code: &'static Code,
    column: usize,
    /// Which of those shown is the first.
    first: usize,
    /// The rows of the others, as far as they are listed.
    rows: Vec<usize>,
    more: usize,
}

impl Faults {
    /// `make` runs only for a fault that will be shown.
    pub(crate) fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        if self.shown.len() < FAULTS_MAX {
            self.shown.push(make());
        } else {
            self.hidden += 1;
        }
    }

    /// A fault in a cell. Rows are counted from 1.
    pub(crate) fn push_cell(
        &mut self,
        code: &'static Code,
        column: usize,
        row: usize,
        make: impl FnOnce() -> Diagnostic,
    ) {
        match self.alike.iter_mut().find(|a| (a.code, a.column) == (code, column)) {
            Some(alike) => {
                alike.more += 1;
                if alike.rows.len() < ROWS_LISTED {
                    alike.rows.push(row);
                }
            }
            None => {
                if self.shown.len() < FAULTS_MAX {
                    let first = self.shown.len();
                    self.alike.push(Alike { code, column, first, rows: Vec::new(), more: 0 });
                }
                self.push(make);
            }
        }
    }

    /// Counts cells with a fault that nobody kept a place of.
    pub(crate) fn count_cells(&mut self, code: &'static Code, column: usize, count: usize) {
        match self.alike.iter_mut().find(|a| (a.code, a.column) == (code, column)) {
            Some(alike) => alike.more += count,
            None => self.hidden += count,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The faults in the order of their places, the last one with the number of those not shown.
    pub(crate) fn finish(mut self) -> Faulty<()> {
        if self.shown.is_empty() {
            return Ok(());
        }
        for alike in self.alike.iter().filter(|alike| alike.more > 0) {
            let rows: Vec<String> = alike.rows.iter().map(usize::to_string).collect();
            let rest = if alike.more > rows.len() { ", ..." } else { "" };
            let count = text::count(alike.more, "more row");
            let note = format!("the same in {count} of this column: {}{rest}", rows.join(", "));
            self.shown[alike.first].notes.push(note);
        }
        if self.hidden > 0 {
            let last = self.shown.len() - 1;
            let rest = format!("and {} more faults in this file", text::grouped(self.hidden as u64));
            self.shown[last].notes.push(rest);
        }
        Err(self.shown)
    }
}

/// A single fault with a place in the experiment.
pub(crate) fn one<T>(code: &'static Code, title: impl Into<String>, at: &Span, label: &str) -> Faulty<T> {
    Err(vec![Diagnostic::error(code, title).at(at, label)])
}

/// A name that is not among the columns, with the nearest one and the list.
pub(crate) fn unknown_column(name: &str, role: &str, columns: &[String]) -> Diagnostic {
    let fault = Diagnostic::error(&UNKNOWN_COLUMN, format!("{role} `{name}` is not a column of the data"));
    let fault = match text::did_you_mean(name, columns.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault,
    };
    fault.note(format!("the columns are {}", list(columns)))
}

/// Names in prose, at most twelve of them.
pub(crate) fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{}`", cut(n))).collect();
    match names.len() {
        n if n > SHOWN => format!("{}, and {} more", quoted.join(", "), text::grouped((n - SHOWN) as u64)),
        _ => quoted.join(", "),
    }
}

/// A value as a message shows it: control characters escaped, at most 40 characters.
pub(crate) fn cut(value: &str) -> String {
    let mut shown: String = value.chars().take(40).flat_map(char::escape_debug).collect();
    if value.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown.replace("\\'", "'").replace("\\\"", "\"")
}
