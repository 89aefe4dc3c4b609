//! The house rules that a machine can check: who imports whom, how files open, how long things may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules it may use. The same table stands in `ARCHITECTURE.md`; a test compares them.
const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("text", &[]),
    ("diagnostic", &[]),
    ("rng", &[]),
    ("disk", &["text"]),
    ("stats", &["rng"]),
    ("catalog", &["text", "diagnostic"]),
    ("spec", &["text", "diagnostic", "rng", "catalog"]),
    ("config", &["text", "diagnostic", "rng", "disk", "catalog", "spec"]),
    ("plan", &["text", "diagnostic", "rng", "catalog", "spec"]),
    ("event", &["spec"]),
    ("data", &["text", "diagnostic", "rng", "disk", "catalog", "spec"]),
    ("metric", &["catalog", "spec"]),
    ("kernel", &["rng"]),
    ("nn", &["rng", "catalog", "spec", "kernel"]),
    ("train", &["text", "diagnostic", "rng", "catalog", "spec", "plan", "event", "data", "metric", "nn"]),
    ("diagnose", &["text", "catalog", "spec", "event", "nn", "train"]),
    ("record", &["text", "diagnostic", "disk", "spec", "plan", "event"]),
    ("launch", &["text"]),
    ("report", &["text", "disk", "stats", "catalog", "spec", "plan", "event", "diagnose"]),
    ("export", &["text", "diagnostic", "disk", "catalog", "spec", "data", "nn", "record", "report"]),
    (
        "cli",
        &[
            "text",
            "diagnostic",
            "disk",
            "catalog",
            "spec",
            "config",
            "plan",
            "event",
            "data",
            "metric",
            "nn",
            "train",
            "diagnose",
            "record",
            "launch",
            "report",
            "export",
        ],
    ),
];

/// Crates that only one place may name, so that they can be replaced there.
const HOMES: &[(&str, &[&str])] = &[
    ("burn::", &["src/nn/"]),
    ("burn_ndarray::", &["src/nn/"]),
    ("annotate_snippets::", &["src/diagnostic.rs"]),
    ("indicatif::", &["src/cli/"]),
    ("clap::", &["src/cli/"]),
    ("toml::", &["src/config/", "src/catalog/", "src/report/published.rs"]),
    ("std::fs", &["src/disk.rs", "src/disk/"]),
    ("sha2::", &["src/disk.rs", "src/disk/", "src/rng.rs", "src/plan/", "src/data/"]),
    ("statrs::", &["src/stats/"]),
    ("plotters::", &["src/report/"]),
    ("ratatui::", &["src/cli/watch/"]),
    ("rustix::", &["src/cli/watch/screen.rs"]),
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `folder`, sorted, as (path relative to the project, text).
fn rust_files(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    let relative = |p: &Path| p.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    paths.iter().map(|p| (relative(p), read(p))).collect()
}

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The part of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// `src/nn/loss/mse.rs` → `nn`.
fn module_of(path: &str) -> &str {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    rest.split(['/', '.']).next().unwrap_or(rest)
}

/// First path segments after `crate::`, also inside `use crate::{a, b::c}`.
fn used_modules(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            used.extend(top_level_names(group));
        } else {
            used.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used.retain(|name: &String| !name.is_empty());
    used
}

fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut name) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            _ if depth == 0 => name.push(c),
            _ => {}
        }
    }
    names.push(name);
    let first = |n: &String| n.trim().split("::").next().unwrap_or("").trim().to_string();
    names.iter().map(first).collect()
}

#[test]
fn imports_follow_the_table() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let Some(allowed) = table.get(module) else {
            wrong.push(format!("{path}: module `{module}` is not in the table"));
            continue;
        };
        for used in used_modules(without_tests(&text)) {
            if used != module && table.contains_key(used.as_str()) && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{path}: `{module}` may not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_cycle_and_stands_in_the_architecture_page() {
    let position = |name: &str| MAY_USE.iter().position(|(module, _)| *module == name);
    let page = read(&root().join("ARCHITECTURE.md"));
    for (module, uses) in MAY_USE.iter().skip(1) {
        for used in *uses {
            assert!(position(used) < position(module), "`{module}` uses `{used}`, which comes later");
        }
        let list = if uses.is_empty() { "-".to_string() } else { uses.join(", ") };
        let row = format!("| {list} |");
        let found = page.lines().any(|l| l.starts_with(&format!("| `{module}`")) && l.ends_with(&row));
        assert!(found, "ARCHITECTURE.md needs a row for `{module}` that ends with `{row}`");
    }
}

#[test]
fn the_table_allows_nothing_that_is_not_used() {
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in rust_files("src") {
        used.entry(module_of(&path).to_string()).or_default().extend(used_modules(without_tests(&text)));
    }
    for (module, uses) in MAY_USE.iter().skip(1) {
        for allowed in *uses {
            let is_used = used.get(*module).is_some_and(|u| u.iter().any(|m| m == allowed));
            assert!(is_used, "`{module}` may use `{allowed}`, and does not: take it out of the table");
        }
    }
}

#[test]
fn every_code_is_given_somewhere() {
    let sources: String = rust_files("src")
        .into_iter()
        .filter(|(p, _)| !p.ends_with("codes.rs"))
        .map(|(_, text)| text)
        .collect();
    for code in runner::diagnostic::CODES {
        let constant = code.name.to_uppercase().replace('-', "_");
        assert!(sources.contains(&constant), "nothing gives `{}`", code.name);
    }
}

#[test]
fn crates_stay_in_their_homes() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        for (name, homes) in HOMES {
            let code = without_tests(&text).lines().filter(|l| !l.trim_start().starts_with("//"));
            let named = code.into_iter().any(|l| {
                l.match_indices(name)
                    .any(|(at, _)| !l[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
            });
            if named && !homes.iter().any(|home| path.starts_with(home)) {
                wrong.push(format!("{path} names `{name}`, whose home is {}", homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The compiler denies it everywhere, and in the program only the kernel may allow it: there it is tested and interpreted.
/// (Benches are no part of the program; three of their files compile for instruction sets or ask for a thread's time.)
#[test]
fn pointers_stay_in_the_kernel() {
    let (word, lint) = (concat!("un", "safe"), concat!("un", "safe_code"));
    assert!(read(&root().join("Cargo.toml")).contains(&format!("{lint} = \"deny\"")));
    let holds = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|name| name == word || name == lint)
    };
    let files = ["src", "tests"].into_iter().flat_map(rust_files);
    let (inside, outside): (Vec<_>, Vec<_>) = files
        .filter(|(_, text)| text.lines().any(holds))
        .partition(|(path, _)| path.starts_with("src/kernel/"));
    assert!(inside.len() > 3, "the search finds what there is");
    let paths: Vec<&String> = outside.iter().map(|(path, _)| path).collect();
    assert!(outside.is_empty(), "{word} code belongs in src/kernel, not in {paths:?}");
}

#[test]
fn members_of_a_family_do_not_import_one_another() {
    let folders = [
        "src/nn/activation",
        "src/nn/loss",
        "src/nn/initializer",
        "src/nn/optimizer",
        "src/nn/schedule",
        "src/data/source",
        "src/data/scale",
        "src/metric",
        "src/plan/sampler",
    ];
    for folder in folders {
        let files = rust_files(folder);
        let members: Vec<&str> = (files.iter())
            .filter(|(_, text)| text.contains("pub static THIS"))
            .map(|(path, _)| path.rsplit('/').next().unwrap().trim_end_matches(".rs"))
            .collect();
        assert!(!members.is_empty(), "{folder} has no member");
        for (path, text) in &files {
            let own = path.rsplit('/').next().unwrap().trim_end_matches(".rs");
            if own == "mod" {
                continue;
            }
            for other in members.iter().filter(|m| **m != own) {
                let import = format!("super::{other}::");
                assert!(!without_tests(text).contains(&import), "{path} imports its sibling `{other}`");
            }
        }
    }
}

#[test]
fn files_open_with_their_purpose_and_hold_one_idea() {
    for (path, text) in rust_files("src").into_iter().chain(rust_files("tests")) {
        assert!(text.starts_with("//!"), "{path} does not open with `//!`");
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{path} has {lines} lines, more than {FILE_LINES_MAX}: split it");
        let unfinished = concat!("FIX", "ME");
        assert!(!text.contains(unfinished), "{path} holds a {unfinished}");
    }
}

#[test]
fn functions_fit_a_screen() {
    let mut long = Vec::new();
    for (path, text) in rust_files("src") {
        let mut open: Option<(usize, usize, String)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let is_fn = !code.starts_with("//")
                && (code.starts_with("fn ") || code.contains(" fn "))
                && code.contains('(');
            match &open {
                None if is_fn && !code.ends_with(';') && !code.ends_with('}') => {
                    open = Some((number, indent, code.to_string()));
                }
                Some((start, depth, name)) if indent == *depth && code.starts_with('}') => {
                    let lines = number - start + 1;
                    if lines > FUNCTION_LINES_MAX {
                        long.push(format!("{path}:{}: {lines} lines: {name}", start + 1));
                    }
                    open = None;
                }
                _ => {}
            }
        }
    }
    assert!(long.is_empty(), "functions of more than {FUNCTION_LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn committed_results_stay_small() {
    let results = root().join("results");
    if !results.is_dir() {
        return;
    }
    fn size(folder: &Path) -> u64 {
        // Records, timings, pages for a browser, and what is for other programs are not committed.
        let is_kept = |p: &PathBuf| {
            let name = p.file_name().unwrap().to_string_lossy();
            let beside = ["timings.csv", "report.html", "mlflow", "parquet", "tensorboard"];
            !name.starts_with(".runner.") && !beside.contains(&&*name)
        };
        let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(is_kept);
        entries.map(|p| if p.is_dir() { size(&p) } else { p.metadata().unwrap().len() }).sum()
    }
    for folder in fs::read_dir(results).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let bytes = size(&folder);
        assert!(bytes <= 9 << 18, "{} holds {bytes} bytes, more than 2.25 MiB", folder.display());
    }
}
