//! `results/SCHEMA.md` documents the CSV files as they are: every column of every file, and nothing that no file has.
//!
//! Held against the committed results and against a folder written here that has what none of them has. It reads what the page says
//! of type and emptiness and the words it lists; what a column means is not checked, and neither are the snippets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use runner::disk;
use runner::event::End;
use runner::metric;
use runner::report;
use runner::spec::{Part, Task};

use crate::support::Project;

/// Keys of `[sweep]` that are no axes.
const NO_AXES: [&str; 7] = ["method", "zip", "exclude", "when", "configurations", "seed", "limit"];

/// Everything at once that makes columns and files come and go, in a tenth of a second.
const EVERYTHING: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "moons"
split = { name = "k_fold", folds = 2, repeats = 2, validation = 0.2 }
[model]
hidden = [3]
[optimizer]
name = "sgd"
[train]
epochs = 4
seeds = 1
[sweep]
method = { name = "halving", reduction = 2, min_epochs = 2 }
configurations = 3
"data.source" = ["moons", "spiral"]
"optimizer.learning_rate" = { log_uniform = [0.01, 1.0] }
[variants.right]
[variants.wrong]
fault = { output_delta = "wrong_sign" }
[compare]
tune = ["optimizer.learning_rate"]
confirm = 1
"#;

fn text(path: &Path) -> String {
    let bytes = disk::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    String::from_utf8(bytes).unwrap()
}

fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results")
}

/// A row of the table of a file.
struct Column<'a> {
    /// `seed`, or a pattern: `{part}_{metric}`.
    name: &'a str,
    kind: &'a str,
    meaning: &'a str,
    empty: &'a str,
}

impl Column<'_> {
    fn is_pattern(&self) -> bool {
        self.name.contains('{')
    }

    /// Whether only some files of its kind have it.
    fn is_optional(&self) -> bool {
        self.meaning.starts_with("Only ")
    }

    /// Whether the page allows this field. A word is one of those in backticks, where there are any.
    fn allows(&self, field: &str) -> bool {
        if field.is_empty() {
            return self.empty != "-";
        }
        match self.kind {
            "count" => field.bytes().all(|b| b.is_ascii_digit()),
            "flag" => ["yes", "no"].contains(&field),
            "number" => field.parse::<f64>().is_ok_and(|x| !x.is_nan()),
            "word" => {
                let words: Vec<&str> = in_backticks(self.meaning).collect();
                words.is_empty() || words.contains(&field)
            }
            kind => kind == "text",
        }
    }
}

fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What the page declares.
struct Page<'a> {
    /// By name of the file.
    files: BTreeMap<&'a str, Vec<Column<'a>>>,
    /// Files that the folder of every experiment has, and the others.
    always: BTreeSet<&'a str>,
    optional: BTreeSet<&'a str>,
    parts: Vec<&'a str>,
    /// Cells of the rows of the table of metrics: name, meaning, range, better, task.
    metrics: Vec<Vec<&'a str>>,
}

impl<'a> Page<'a> {
    fn of(text: &'a str) -> Page<'a> {
        // By heading, the rows that begin with a name in backticks.
        let mut tables: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
        let (mut always, mut optional, mut heading) = (BTreeSet::new(), BTreeSet::new(), "");
        for line in text.lines() {
            let mut cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            if let Some(title) = line.strip_prefix('#') {
                heading = title.trim_start_matches('#').trim().trim_matches('`');
            } else if line.starts_with("| [`") {
                let files = if cells[2] == "always" { &mut always } else { &mut optional };
                files.extend(in_backticks(cells[0]).next());
                let is_said = cells[2] == "always" || cells[2].starts_with("optional: ");
                assert!(is_said, "neither `always` nor `optional: ...`: {line}");
            } else if line.starts_with("| `") {
                cells[0] = cells[0].trim_matches('`');
                tables.entry(heading).or_default().push(cells);
            }
        }
        let column = |cells: &Vec<&'a str>| match cells[..] {
            [name, kind, meaning, empty] => Column { name, kind, meaning, empty },
            _ => panic!("not four cells: {cells:?}"),
        };
        let of_file = |name: &&'a str| {
            let rows = tables.get(name).unwrap_or_else(|| panic!("no table of {name}"));
            (*name, rows.iter().map(column).collect())
        };
        let files = always.iter().chain(&optional).map(of_file).collect();
        let parts = tables["{part}"].iter().map(|cells| cells[0]).collect();
        Page { files, always, optional, parts, metrics: tables["{metric}"].clone() }
    }

    /// The columns that a name on the page stands for, in an experiment with these axes.
    fn expanded(&self, name: &str, axes: &[String]) -> Vec<String> {
        let parts: Vec<String> = self.parts.iter().map(ToString::to_string).collect();
        let metrics: Vec<String> = self.metrics.iter().map(|cells| cells[0].to_string()).collect();
        let mut names = vec![name.to_string()];
        for (pattern, words) in [("{part}", &parts[..]), ("{metric}", &metrics[..]), ("{axis}", axes)] {
            if name.contains(pattern) {
                let with = |n: &String| words.iter().map(|w| n.replace(pattern, w)).collect::<Vec<String>>();
                names = names.iter().flat_map(with).collect();
            }
        }
        names
    }
}

/// Files held against the page.
struct Audit<'a> {
    page: &'a Page<'a>,
    faults: Vec<String>,
    /// File and name on the page of every column that was met.
    met: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Audit<'a> {
    fn folder(&mut self, folder: &Path) {
        let experiment = folder.join("experiment.toml");
        let axes = if disk::is_file(&experiment) { axes(&text(&experiment)) } else { Vec::new() };
        let files = disk::list(folder).unwrap();
        let names: Vec<&str> = files.iter().filter_map(|f| f.file_name()?.to_str()).collect();
        for name in self.page.always.iter().filter(|_| disk::is_file(&experiment)) {
            if !names.contains(name) {
                self.faults.push(format!("{}: no {name}", folder.display()));
            }
        }
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "csv")) {
            self.file(file, &axes);
        }
    }

    fn file(&mut self, path: &Path, axes: &[String]) {
        let (page, place) = (self.page, path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((file, columns)) = page.files.get_key_value(name) else {
            return self.faults.push(format!("{place}: the page does not know this file"));
        };
        let mut documented: BTreeMap<String, &'a Column<'a>> = BTreeMap::new();
        for column in columns {
            for one in page.expanded(column.name, axes) {
                let before = documented.insert(one, column);
                assert!(before.is_none(), "two rows of {file} say {}", column.name);
            }
        }
        let bytes = disk::read(path).unwrap();
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
        let mut found: Vec<&'a Column<'a>> = Vec::new();
        for column in &header {
            match documented.get(column) {
                Some(known) => found.push(known),
                None => return self.faults.push(format!("{place}: the page does not know `{column}`")),
            }
        }
        self.met.extend(found.iter().map(|c| (*file, c.name)));
        // Each in its place; patterns stand among them as often as they have columns.
        let there: Vec<&str> = found.iter().filter(|c| !c.is_pattern()).map(|c| c.name).collect();
        let is_due = |c: &&Column<'_>| !c.is_pattern() && (!c.is_optional() || there.contains(&c.name));
        let due: Vec<&str> = columns.iter().filter(is_due).map(|c| c.name).collect();
        if there != due {
            self.faults.push(format!("{place}: the page has {due:?}, the file {there:?}"));
        }
        let mut told = BTreeSet::new();
        for row in reader.records().map(Result::unwrap) {
            for (Column { name, .. }, field) in
                found.iter().zip(row.iter()).filter(|(column, field)| !column.allows(field))
            {
                if told.insert(*name) {
                    self.faults.push(format!("{place}: `{name}` is \"{field}\", not as the page says"));
                }
            }
        }
    }
}

/// The axes of an experiment that was written by a run.
fn axes(experiment: &str) -> Vec<String> {
    let table: toml::Table = experiment.parse().unwrap();
    let sweep = table.get("sweep").and_then(toml::Value::as_table);
    let keys = sweep.into_iter().flat_map(toml::Table::keys).filter(|k| !NO_AXES.contains(&k.as_str()));
    let variant = table.contains_key("variants").then(|| "variant".to_string());
    variant.into_iter().chain(keys.cloned()).collect()
}

#[test]
fn every_column_is_documented_and_nothing_else() {
    let text = text(&results().join("SCHEMA.md"));
    let page = Page::of(&text);
    let mut audit = Audit { page: &page, faults: Vec::new(), met: BTreeSet::new() };
    // A folder without a manifest is one that a run has not finished.
    let folders = disk::list(&results()).unwrap();
    let folders: Vec<_> = folders.iter().filter(|f| disk::is_file(&f.join("manifest.toml"))).collect();
    assert!(folders.len() > 30, "{folders:?}");
    folders.iter().for_each(|folder| audit.folder(folder));

    let project = Project::new().file("experiments/everything.toml", EVERYTHING);
    project.expect(0, &["experiments/everything.toml"]);
    audit.folder(&project.path("results/everything"));

    assert!(audit.faults.is_empty(), "{}", audit.faults.join("\n"));
    let on_page = page.files.iter().flat_map(|(file, columns)| columns.iter().map(|c| (*file, c.name)));
    let never: Vec<_> = on_page.filter(|c| !audit.met.contains(c)).collect();
    assert!(never.is_empty(), "on the page, and in no file: {never:?}");
}

#[test]
fn the_names_on_the_page_are_those_of_the_code() {
    let text = text(&results().join("SCHEMA.md"));
    let page = Page::of(&text);
    assert_eq!(page.parts, Part::ALL.map(Part::name));

    let better = |higher: bool| if higher { "higher" } else { "lower" };
    let tasks = |m: &metric::Metric| {
        let named = [
            (Task::Classification, "classification"),
            (Task::MultiLabel, "multi-label"),
            (Task::Regression, "regression"),
        ];
        let fitting: Vec<&str> =
            named.iter().filter(|(task, _)| m.fits(*task)).map(|(_, name)| *name).collect();
        fitting.join(", ")
    };
    let mut expected = vec![("loss", "lower", "any".to_string())];
    expected.extend(metric::ALL.iter().map(|m| (m.name(), better(m.higher_is_better()), tasks(m))));
    let told: Vec<_> = page.metrics.iter().map(|cells| (cells[0], cells[3], cells[4].to_string())).collect();
    assert_eq!(told, expected);

    let end = page.files["trials.csv"].iter().find(|c| c.name == "end").unwrap();
    for word in End::ALL.map(End::name) {
        assert!(end.allows(word), "the page does not know the end `{word}`");
    }
    assert!(page.optional.contains("timings.csv"));

    // What Parquet files are typed by.
    let on_page: BTreeMap<&str, Vec<(&str, &str)>> = (page.files.iter())
        .map(|(file, columns)| (*file, columns.iter().map(|c| (c.name, c.kind)).collect()))
        .collect();
    let in_code: BTreeMap<&str, Vec<(&str, &str)>> = (report::TABLES.iter())
        .map(|table| (table.name, table.columns.iter().map(|(name, kind)| (*name, kind.name())).collect()))
        .collect();
    assert_eq!(on_page, in_code);
}
