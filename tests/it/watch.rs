//! `runner watch`: what is said of a running, finished, or interrupted experiment is what its records hold and its report says, and
//! looking changes nothing. The last tests drive the program on a pseudo-terminal.
#![expect(clippy::disallowed_methods, reason = "tests read and write files directly")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::idempotent::BASE;
use crate::support::Project;

#[cfg(unix)]
mod terminal;

const FILE: &str = "experiments/grown.toml";
const RESULTS: &str = "results/grown";

fn published() -> Project {
    let project = Project::in_memory().file(FILE, BASE);
    project.expect(0, &[FILE, "--quiet"]);
    project
}

fn text(project: &Project, folder: &str) -> String {
    project.expect(0, &["watch", folder, "--once"]).stdout
}

fn json(project: &Project, folder: &str) -> Value {
    // Standard output is no terminal: once is enough said.
    serde_json::from_str(&project.expect(0, &["watch", folder, "--format", "json"]).stdout).unwrap()
}

fn records(project: &Project, folder: &str) -> Vec<String> {
    let bytes = fs::read(project.path(folder).join(".runner.records")).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(String::from).collect()
}

/// A folder with these bytes of records and nothing else.
fn folder_of(project: &Project, folder: &str, bytes: &[u8]) {
    fs::create_dir_all(project.path(folder)).unwrap();
    fs::write(project.path(folder).join(".runner.records"), bytes).unwrap();
}

/// The records up to and with the n-th trial.
fn first_trials(lines: &[String], n: usize) -> Vec<u8> {
    let mut trials = 0;
    let kept = lines.iter().take_while(|line| {
        trials += usize::from(line.contains("\"trial\":{"));
        trials <= n
    });
    kept.flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// Rows of a CSV file by column name.
fn rows(project: &Project, folder: &str, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(project.path(folder).join(name)).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |r: csv::StringRecord| header.iter().zip(r.iter()).map(|(h, c)| (h.into(), c.into())).collect();
    reader.records().map(|r| row(r.unwrap())).collect()
}

/// Each arm says of its configuration what `summary.csv` says.
#[track_caller]
fn agrees_with_summary(told: &Value, summary: &[BTreeMap<String, String>]) {
    let arms = told["arms"].as_array().unwrap();
    assert!(!arms.is_empty());
    for arm in arms {
        let row = summary.iter().find(|r| r["configuration"] == arm["configuration"]).unwrap();
        for (ours, theirs) in [("done", "n"), ("failed", "n_failed"), ("learned", "n_learned")] {
            assert_eq!(arm[ours].to_string(), row[theirs], "{arm} {row:?}");
        }
        for statistic in ["mean", "low", "high"] {
            let column = format!(
                "{}_{}_{statistic}",
                told["part"].as_str().unwrap(),
                told["metric"].as_str().unwrap()
            );
            let theirs = row[&column].parse::<f64>().ok();
            assert_eq!(arm[statistic].as_f64(), theirs, "{column}: {arm} {row:?}");
        }
    }
}

/// Every file with its bytes and when it was written to, those of runner itself too.
fn everything(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                found.insert(path.display().to_string(), (fs::read(&path).unwrap(), modified));
            }
        }
    }
    found
}

#[test]
fn a_finished_run_says_what_its_report_says() {
    let project = published();
    let before = everything(&project.path("results"));
    let told = text(&project, RESULTS);
    assert!(told.contains("finished (12 of 12 trials)"), "{told}");
    let report = String::from_utf8(project.files(RESULTS)["README.md"].clone()).unwrap();
    let section = report.split("## Arms").nth(1).unwrap();
    let arms: Vec<&str> = section.lines().filter(|l| l.starts_with("| `")).take(2).collect();
    for row in arms {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(|c| c.trim().trim_matches('`')).collect();
        let line = told.lines().find(|l| l.starts_with(cells[0])).unwrap();
        cells.iter().for_each(|cell| assert!(line.contains(cell), "{cell} of {row} is not in {line}"));
    }
    let value = json(&project, RESULTS);
    assert_eq!(value["state"], "finished");
    agrees_with_summary(&value, &rows(&project, RESULTS, "summary.csv"));
    assert!(report.contains(value["verdict"].as_str().unwrap()));
    let trials = rows(&project, RESULTS, "trials.csv");
    for (outcome, count) in value["outcomes"].as_object().unwrap() {
        let found = trials.iter().filter(|r| r["outcome"] == *outcome).count();
        assert_eq!(count.as_u64(), Some(found as u64), "{outcome}");
    }
    // The best mean of a configuration is the largest score.
    let scores = rows(&project, RESULTS, "summary.csv");
    let best = scores.iter().map(|r| r["score"].parse::<f64>().unwrap()).reduce(f64::max);
    assert_eq!(value["best"].as_array().unwrap().last().unwrap()[1].as_f64(), best);
    assert!(everything(&project.path("results")) == before, "looking changes nothing");
}

#[test]
fn an_interrupted_run_says_what_a_report_of_its_records_says() {
    let project = published();
    let cut = first_trials(&records(&project, RESULTS), 7);
    folder_of(&project, "cut/grown", &cut);
    let before = everything(&project.path("cut"));
    let told = text(&project, "cut/grown");
    assert!(
        told.contains("interrupted: no runner holds the folder; the same command goes on (7 of 12 trials)"),
        "{told}"
    );
    assert!(told.contains("of training left on one thread"), "{told}");
    assert!(
        told.contains("validation accuracy") && !told.contains("test"),
        "the test part stays closed:\n{told}"
    );
    let value = json(&project, "cut/grown");
    assert_eq!((&value["state"], &value["trials"]["done"]), (&"interrupted".into(), &7.into()));
    assert!(!value.to_string().contains("test_"), "{value}");
    assert!(everything(&project.path("cut")) == before, "looking changes nothing");
    project.expect(0, &["report", "cut/grown", "--quiet"]);
    agrees_with_summary(&value, &rows(&project, "cut/grown", "summary.csv"));
    // With a lock somebody is at work.
    fs::write(project.path("cut/grown/.runner.lock"), "process 1").unwrap();
    assert!(text(&project, "cut/grown").contains("running (7 of 12 trials)"));
}

#[test]
fn torn_and_damaged_lines_are_left_out() {
    let project = published();
    let lines = records(&project, RESULTS);
    let mut bytes = first_trials(&lines, 6);
    bytes.truncate(bytes.len() - 20);
    folder_of(&project, "torn/grown", &bytes);
    let before = everything(&project.path("torn"));
    let value = json(&project, "torn/grown");
    assert_eq!((&value["trials"]["done"], &value["damaged_lines"]), (&5.into(), &0.into()));
    assert!(everything(&project.path("torn")) == before, "a torn line is not mended");
    let at = lines.iter().position(|l| l.contains("\"trial\":{")).unwrap();
    let mut damaged = lines.clone();
    damaged[at] = damaged[at].replacen("\"epochs\"", "\"epoch\"", 1);
    folder_of(&project, "damaged/grown", (damaged.join("\n") + "\n").as_bytes());
    let told = text(&project, "damaged/grown");
    assert!(
        told.contains("(11 of 12 trials)") && told.contains("1 line of the records cannot be read"),
        "{told}"
    );
}

#[test]
fn trials_that_fail_are_named() {
    // No bounds on the outputs, and steps that overshoot by far.
    let failing = BASE
        .replace("[0.1, 0.3]", "[0.1, 1e6]")
        .replace("\"softmax+cross_entropy\"", "\"identity+mse\"")
        .replace("activation = \"tanh\"", "activation = \"relu\"");
    let project = Project::in_memory().file(FILE, &failing);
    project.expect(0, &[FILE, "--quiet"]);
    let value = json(&project, RESULTS);
    let failed: Vec<_> = (rows(&project, RESULTS, "trials.csv").into_iter())
        .filter(|r| r["outcome"] == "diverged" || r["outcome"] == "non_finite")
        .collect();
    assert!(!failed.is_empty());
    assert_eq!(value["trials"]["failed"].as_u64(), Some(failed.len() as u64));
    let told = text(&project, RESULTS);
    for row in &failed {
        let found =
            value["failures"].as_array().unwrap().iter().find(|f| f["trial"] == row["trial"]).unwrap();
        assert_eq!(found["end"], row["end"]);
        assert_eq!(found["epoch"].to_string(), row["epochs"]);
        assert!(told.contains(&format!("trial {} (", row["trial"])), "{told}");
    }
    assert!(told.contains("NaN or infinite") || told.contains("ten times the first"), "{told}");
}

#[test]
fn shards_are_told_apart_and_together() {
    let project = Project::in_memory().file(FILE, BASE);
    for shard in ["0/3", "2/3"] {
        project.expect(0, &[FILE, "--quiet", "--shard", shard]);
    }
    let value = json(&project, RESULTS);
    assert_eq!((&value["state"], &value["trials"]["done"]), (&"interrupted".into(), &8.into()));
    let parts: Vec<(&str, &str, u64, u64)> = (value["parts"].as_array().unwrap().iter())
        .map(|p| {
            let count = |key: &str| p[key].as_u64().unwrap();
            (p["part"].as_str().unwrap(), p["state"].as_str().unwrap(), count("planned"), count("done"))
        })
        .collect();
    assert_eq!(parts, [("shard 0 of 3", "done", 4, 4), ("shard 2 of 3", "done", 4, 4)]);
    // A run takes their records in and trains the rest: no trial is counted twice.
    project.expect(0, &[FILE, "--quiet"]);
    let value = json(&project, RESULTS);
    assert_eq!((&value["state"], &value["trials"]["done"]), (&"finished".into(), &12.into()));
    agrees_with_summary(&value, &rows(&project, RESULTS, "summary.csv"));
}

/// A plan that grows is followed round by round.
#[test]
fn rounds_are_followed() {
    let search = BASE
        .replace(
            "[sweep]",
            "[sweep]\nmethod = { name = \"tpe\", startup = 2, round = 2 }\nconfigurations = 4",
        )
        .replace("[0.1, 0.3]", "{ log_uniform = [0.01, 1.0] }")
        + "confirm = 2\n";
    let project = Project::in_memory().file(FILE, &search);
    project.expect(0, &[FILE, "--quiet"]);
    let trials = rows(&project, RESULTS, "trials.csv").len();
    let value = json(&project, RESULTS);
    assert_eq!((&value["state"], &value["trials"]["done"]), (&"finished".into(), &trials.into()));
    agrees_with_summary(&value, &rows(&project, RESULTS, "summary.csv"));
    // Two configurations of each arm with three seeds each are the first round.
    folder_of(&project, "cut/grown", &first_trials(&records(&project, RESULTS), 13));
    let value = json(&project, "cut/grown");
    assert_eq!(value["trials"]["rounds_may_follow"], true);
    assert_eq!((&value["trials"]["done"], &value["trials"]["planned"]), (&13.into(), &24.into()));
    assert!(text(&project, "cut/grown").contains("13 of 24 trials of the rounds so far"));
}

/// The folder is not there at first; then records come in pieces that end anywhere.
#[test]
fn a_run_is_followed_from_before_its_first_record() {
    let project = published();
    let bytes = fs::read(project.path(RESULTS).join(".runner.records")).unwrap();
    let folder = project.path("results/later");
    let mut command = project.command(&["watch", "results/later", "--every", "0.1", "--format", "json"]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".runner.lock"), "process 1").unwrap();
        thread::sleep(Duration::from_millis(300));
        let mut file = fs::File::create(folder.join(".runner.records")).unwrap();
        for piece in bytes.chunks(bytes.len() / 17) {
            file.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(60));
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let told: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(told[0]["state"], "waiting");
    assert!(told[0]["told"].as_str().unwrap().contains("there is no folder"), "{}", told[0]);
    let done: Vec<u64> = told.iter().map(|v| v["trials"]["done"].as_u64().unwrap()).collect();
    assert!(done.is_sorted() && done.iter().any(|n| *n > 0 && *n < 12), "{done:?}");
    let last = told.last().unwrap();
    assert_eq!((&last["state"], &last["trials"]["done"]), (&"finished".into(), &12.into()));
    // Somewhere on the way trials came while somebody looked.
    assert!(told.iter().any(|v| v["state"] == "running" && v["trials_per_minute"].is_number()));
    agrees_with_summary(last, &rows(&project, RESULTS, "summary.csv"));
}

/// Whoever follows a folder sees it begin anew, and another experiment take its place.
#[test]
fn records_that_are_replaced_are_read_again() {
    let project = published();
    let mut command = project.command(&["watch", "results/followed", "--every", "0.1", "--format", "json"]);
    let cut = first_trials(&records(&project, RESULTS), 9);
    folder_of(&project, "results/followed", &cut);
    fs::write(project.path("results/followed/.runner.lock"), "process 1").unwrap();
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(400));
    // Three seeds more: another plan, whose first trials are known.
    let more = BASE.replace("seeds = 3", "seeds = 5");
    fs::write(project.path(FILE), more).unwrap();
    project.expect(0, &[FILE, "--quiet"]);
    let grown = project.path("results/grown/.runner.records");
    fs::copy(&grown, project.path("results/followed/other")).unwrap();
    fs::rename(project.path("results/followed/other"), project.path("results/followed/.runner.records"))
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((&told[0]["trials"]["done"], &told[0]["trials"]["planned"]), (&9.into(), &12.into()));
    let last = told.last().unwrap();
    assert_eq!((&last["trials"]["done"], &last["trials"]["planned"]), (&20.into(), &20.into()));
    agrees_with_summary(last, &rows(&project, RESULTS, "summary.csv"));
}

#[test]
fn what_is_no_results_folder_is_refused_or_waited_for() {
    let project = published();
    for (code, folder, what) in [
        (2, "datasets", "is no results folder"),
        (
            2,
            "results",
            "holds 1 results folder and is none itself\nhelp: name one of them; `results/grown` was written to last",
        ),
        (2, "datasets/iris.csv", "is a file"),
        (3, "no/such/place", "is not there, nor the folder it would be in"),
    ] {
        let told = project.expect(code, &["watch", folder]);
        assert!(told.stderr.contains(what) && told.stdout.is_empty(), "{}", told.stderr);
    }
    let told = text(&project, "results/grwon");
    assert!(
        told.contains("waiting: there is no folder `results/grwon` yet; did you mean `results/grown`?"),
        "{told}"
    );
    fs::create_dir(project.path("results/empty")).unwrap();
    assert!(text(&project, "results/empty").contains("waiting: no records in `results/empty` yet"));
    fs::remove_file(project.path(RESULTS).join(".runner.records")).unwrap();
    assert!(text(&project, RESULTS).contains("holds a report and no records"));
    project.expect(2, &["watch", RESULTS, "--every", "0"]);
}

/// What one version of runner froze another one may not know.
#[test]
fn an_experiment_that_cannot_be_planned_is_told() {
    let project = published();
    let at = |lines: &[String]| lines.iter().position(|l| l.contains("\"experiment\":{")).unwrap();
    let lines = records(&project, RESULTS);
    let line = &lines[at(&lines)];
    let body = line.split_once("\"experiment\":").unwrap().1.strip_suffix('}').unwrap();
    let body = body.replace("activation = \\\"tanh\\\"", "activation = \\\"tanhh\\\"");
    // The seal of a line is the beginning of the SHA-256 of its body.
    let seal = &runner::disk::sha256(body.as_bytes())[..16];
    let mut changed = lines.clone();
    changed[at(&lines)] = format!("{{\"check\":\"{seal}\",\"experiment\":{body}}}");
    assert_ne!(changed, lines);
    folder_of(&project, "other/grown", (changed.join("\n") + "\n").as_bytes());
    let told = project.expect(2, &["watch", "other/grown"]).stderr;
    assert!(told.contains("cannot be planned again: there is no activation `tanhh`"), "{told}");
}

/// A suite trains nothing itself: nothing would ever come.
#[test]
fn a_suite_is_not_waited_for() {
    let project = published();
    fs::create_dir_all(project.path("results/all")).unwrap();
    let manifest = "format = 1\nsuite = \"all\"\nfile = \"experiments/all.toml\"\n";
    fs::write(project.path("results/all/manifest.toml"), manifest).unwrap();
    let told = project.expect(2, &["watch", "results/all"]).stderr;
    assert!(told.contains("is the report of a suite"), "{told}");
}

/// Between the rounds of a search over an axis of `[data]` nobody has read the data that the next round asks for: what has come counts all
/// the same.
#[test]
fn a_search_over_data_is_watched_between_its_rounds() {
    const OVER_DATA: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/iris.csv"
target = "species"
split = { validation = 0.3 }
[model]
hidden = [3]
[train]
epochs = 2
seeds = 1
[sweep]
method = { name = "tpe", startup = 4, round = 2 }
configurations = 8
"data.limit" = { int = [120, 150] }
"#;
    let project = Project::in_memory().file("experiments/limits.toml", OVER_DATA);
    project.expect(0, &["experiments/limits.toml", "--quiet", "--shard", "0/1"]);
    let told = text(&project, "results/limits");
    assert!(told.contains("(4 of 4 trials"), "{told}");
    project.expect(0, &["experiments/limits.toml", "--quiet"]);
    let told = text(&project, "results/limits");
    assert!(told.contains("finished (8 of 8 trials"), "{told}");
}
