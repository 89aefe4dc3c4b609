//! The two pages that say what the doctor says: of the posted mistakes of the zoo, and of one small experiment for each of its rules.
//!
//! What stands outside the markers of a page is written by hand. How often the doctor is right is told by `results`.

use std::path::{Path, PathBuf};

pub(crate) const PAGES: [&str; 2] = ["experiments/zoo/DIAGNOSIS.md", "experiments/diagnosis/README.md"];

const OPEN: &str = "<!-- written by the program -->\n";
const CLOSE: &str = "<!-- end -->\n";

pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn read(path: &str) -> String {
    let bytes = runner::disk::read(&project(path)).unwrap_or_else(|e| panic!("{path}: {e:?}"));
    String::from_utf8(bytes).expect("pages and experiments are UTF-8")
}

pub(crate) fn write(path: &str, text: &str) {
    runner::disk::replace(&project(path), text.as_bytes()).unwrap_or_else(|e| panic!("{path}: {e:?}"));
}

/// What is written by hand before, what the program wrote, and what is written by hand after.
pub(crate) fn parts(page: &str) -> (&str, &str, &str) {
    let (before, rest) = page.split_once(OPEN).expect("the page has a line that opens the written part");
    let (written, after) = rest.split_once(CLOSE).expect("the page has a line that closes the written part");
    (before, written, after)
}

pub(crate) fn replaced(page: &str, text: &str) -> String {
    let (before, _, after) = parts(page);
    format!("{before}{OPEN}{text}{CLOSE}{after}")
}

/// One line of a Markdown table.
pub(crate) fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}
