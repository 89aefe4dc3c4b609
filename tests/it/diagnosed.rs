//! What the doctor says of the posted mistakes of the zoo, and of one small experiment for each of its rules: two pages are written by it.
//!
//! `UPDATE=1 cargo test --test it diagnosed` writes them and their figures anew. How often the doctor is right is the business of
//! `benches/diagnosis`.

use std::path::{Path, PathBuf};

#[path = "../../benches/diagnosis/doctor.rs"]
#[allow(dead_code, reason = "the bench reads more of it")]
mod doctor;
mod rules;
mod zoo;

pub(crate) use doctor::{Examined, Finding, doctor};

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[expect(clippy::disallowed_methods, reason = "the one switch of the tests, as in insta")]
fn update() -> bool {
    std::env::var("UPDATE").is_ok_and(|v| v == "1")
}

fn read(path: &str) -> String {
    String::from_utf8(runner::disk::read(&project(path)).unwrap_or_default()).unwrap()
}

/// What stands between the markers of a page is `text`, or is made so.
#[track_caller]
fn up_to_date(path: &str, text: &str) {
    let (open, close) = ("<!-- written by the tests -->\n", "<!-- end -->\n");
    let page = read(path);
    let (before, rest) = page.split_once(open).expect("the page has a line that opens the written part");
    let (committed, after) =
        rest.split_once(close).expect("the page has a line that closes the written part");
    if update() {
        let page = format!("{before}{open}{text}{close}{after}");
        runner::disk::replace(&project(path), page.as_bytes()).unwrap();
        return;
    }
    let differs = committed.lines().zip(text.lines()).find(|(was, is)| was != is);
    assert!(
        committed == text,
        "{path} is out of date; `UPDATE=1 cargo test --test it diagnosed` writes it\n{differs:#?}"
    );
}

/// One line of a Markdown table.
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}
