//! `report.html` in headless Chromium: `tests/browser/page.mjs` works its controls, in both themes, and listens to its console.
//!
//! Needs `node`, playwright-core in `target/browser`, and Chromium (`.ci/run` fetches them). Where one is missing, the test says on
//! stderr that nothing was tried.

use std::path::Path;
use std::process::{Command, Stdio};

use super::fixture::Fixture;
use super::{findings, html, iris};

/// The exit status of a test that cannot run here.
const LACKING: i32 = 77;

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn skipped(why: &str) {
    eprintln!("report.html was not opened in a browser: {why}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests write files directly")]
fn the_controls_of_the_page_work_and_its_console_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let page = |name: &str, fixture: &Fixture| {
        let own = folder.path().join(name);
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("report.html"), fixture.file("report.html")).unwrap();
        own.join("report.html")
    };
    let pages = [
        page("compared", &iris()),
        page("hostile", &html::hostile()),
        page("large", &html::large()),
        page("marked", &findings::marked()),
        page("portrayed", &html::portrayed()),
        page("single", &html::single()),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/page.mjs");
    let mut command = Command::new("node");
    command.arg(script).args(&pages).stdin(Stdio::null());
    let Ok(output) = command.output() else {
        return skipped("there is no node here");
    };
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(LACKING) {
        return skipped(told.trim());
    }
    assert!(output.status.success(), "{told}");
}
