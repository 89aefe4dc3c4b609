//! `runner verify`: what is there is what training gives, and a changed digit is found and named. `runner report`: the same bytes from the
//! records.
#![expect(clippy::disallowed_methods, reason = "tests change files directly")]

use std::fs;

use serde_json::Value;

use crate::idempotent::BASE;
use crate::support::Project;

const FILE: &str = "experiments/grown.toml";
const RESULTS: &str = "results/grown";

/// An experiment that was run.
fn published() -> Project {
    let project = Project::new().file(FILE, BASE);
    project.expect(0, &[FILE, "--quiet"]);
    project
}

fn write(project: &Project, name: &str, bytes: &[u8]) {
    fs::write(project.path(RESULTS).join(name), bytes).unwrap();
}

/// Whether the manifest lists a file, or is it.
fn is_listed(name: &str) -> bool {
    !name.starts_with('.') && name != "report.html"
}

/// The text with its last digit before the end of `line` changed.
fn with_a_digit_changed(bytes: &[u8], line: usize) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let digit = lines[line].iter().rposition(u8::is_ascii_digit).unwrap();
    lines[line][digit] = if lines[line][digit] == b'7' { b'3' } else { b'7' };
    lines.join(&b'\n')
}

#[test]
fn results_as_they_were_written_are_the_same() {
    let project = published();
    let before = project.files(RESULTS);
    for named in [RESULTS, "results"] {
        let told = project.expect(0, &["verify", named, "--threads", "2"]).stdout;
        let files = before.keys().filter(|name| is_listed(name)).count();
        assert!(
            told.contains(&format!("same     {RESULTS}: 12 trials trained again, {files} files compared")),
            "{told}"
        );
        assert!(told.contains("the fused engine gives the same bits on every machine"), "{told}");
    }
    let told = project.expect(0, &["verify", RESULTS, "--sample", "25%"]).stdout;
    assert!(
        told.contains("3 trials of 12 trained again and their rows compared, all files with their digests"),
        "{told}"
    );
    assert_eq!(project.expect(0, &["verify", RESULTS, "--quiet"]).stdout, "");
    assert_eq!(project.files(RESULTS), before, "nothing changes");
    assert!(!project.path(RESULTS).join(".runner.verify").exists());
}

/// In every file, the manifest too, somewhere at its end.
#[test]
fn a_changed_digit_in_any_file_is_found_and_named() {
    let project = published();
    let files = project.files(RESULTS);
    let mut tried = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| is_listed(name)) {
        let has_digit = |line: &[u8]| line.iter().any(u8::is_ascii_digit);
        let line = bytes.split(|b| *b == b'\n').collect::<Vec<_>>().iter().rposition(|line| has_digit(line));
        // Of a network that learns there are no findings, and no digits in their header.
        let Some(line) = line else {
            assert_eq!(name, "findings.csv");
            continue;
        };
        write(&project, name, &with_a_digit_changed(bytes, line));
        let outcome = project.run(&["verify", RESULTS, "--quiet"]);
        // A resolved experiment may mean another one, or none.
        assert!(
            outcome.code == 1 || name == "experiment.toml",
            "{name}: {}\n{}",
            outcome.stdout,
            outcome.stderr
        );
        assert!(outcome.code != 0 && outcome.stdout.contains(name.as_str()), "{name}: {}", outcome.stdout);
        write(&project, name, bytes);
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
    project.expect(0, &["verify", RESULTS, "--quiet"]);
}

#[test]
fn the_first_trial_epoch_and_value_that_differ_are_named() {
    let project = published();
    let files = project.files(RESULTS);
    let metrics = std::str::from_utf8(&files["metrics.csv"]).unwrap();
    let row: Vec<&str> = metrics.lines().nth(5).unwrap().split(',').collect();
    write(&project, "metrics.csv", &with_a_digit_changed(metrics.as_bytes(), 5));
    let told = project.expect(1, &["verify", RESULTS, "--quiet"]).stdout;
    let place = format!("metrics.csv: trial {}, epoch {}:", row[0], row[1]);
    assert!(
        told.contains(&place) && told.contains(&format!("trained again `{}`", row[row.len() - 1])),
        "{told}"
    );

    // A sample sees the row of a trial that it trains, in the table of trials.
    write(&project, "metrics.csv", metrics.as_bytes());
    let trials = std::str::from_utf8(&files["trials.csv"]).unwrap();
    let header: Vec<&str> = trials.lines().next().unwrap().split(',').collect();
    let column = header.iter().position(|name| *name == "train_loss").unwrap();
    let mut rows: Vec<String> = trials.lines().map(String::from).collect();
    let mut cells: Vec<&str> = rows[1].split(',').collect();
    let (trial, was) = (cells[0].to_string(), cells[column].to_string());
    cells[column] = "0.125";
    rows[1] = cells.join(",");
    write(&project, "trials.csv", format!("{}\n", rows.join("\n")).as_bytes());
    let told = project.expect(1, &["verify", RESULTS, "--quiet", "--sample", "0.2"]).stdout;
    assert!(told.contains(&format!("trials.csv: trial {trial}")), "{told}");
    assert!(told.contains(&format!("train_loss is `0.125`, trained again `{was}`")), "{told}");
    let json = project.expect(1, &["verify", RESULTS, "--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["held"], &json["same"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(json["differences"][0]["file"], "trials.csv");
}

/// What another machine may give is accepted where that is asked for, and where Burn trained.
#[test]
fn rounding_is_tolerated_where_it_may_be() {
    for (engine, tolerated) in [("burn", 0), ("fused", 1)] {
        let project = Project::new().file(FILE, BASE);
        project.expect(0, &[FILE, "--quiet", "--engine", engine]);
        let metrics = project.files(RESULTS).remove("metrics.csv").unwrap();
        let text = std::str::from_utf8(&metrics).unwrap();
        let row = text.lines().nth(3).unwrap();
        let (start, cell) = row.rsplit_once(',').unwrap();
        // Nine digits, the last one other.
        let value: f64 = cell.parse().unwrap();
        let near = format!("{start},{}", value * (1.0 + 1e-7));
        write(&project, "metrics.csv", text.replace(row, &near).as_bytes());
        let told = project.expect(1, &["verify", RESULTS, "--quiet"]).stdout;
        assert_eq!(told.contains("`--tolerant` accepts that"), engine == "burn", "{told}");
        // The digest of a file that was changed by hand differs on any machine; what is told is where.
        project.expect(tolerated, &["verify", RESULTS, "--quiet", "--tolerant"]);
    }
}

#[test]
fn results_that_cannot_be_verified_say_why() {
    let project = published();
    let refused = |code: i32, arguments: &[&str], words: &[&str]| {
        let told = project.expect(code, arguments).stderr;
        words.iter().for_each(|word| assert!(told.contains(word), "{word}: {told}"));
    };
    refused(2, &["verify", "datasets"], &["is no results folder and holds none"]);
    refused(2, &["verify", RESULTS, "--sample", "0"], &["expected a share such as 10%"]);
    refused(3, &["verify", "nowhere"], &["nowhere"]);
    let manifest = project.files(RESULTS).remove("manifest.toml").unwrap();
    write(&project, "manifest.toml", b"format = 1\n[experiment\n");
    refused(3, &["verify", RESULTS], &["manifest.toml` cannot be read"]);
    write(&project, "manifest.toml", b"format = 99\n");
    refused(3, &["verify", RESULTS], &["it has format 99"]);
    let text = std::str::from_utf8(&manifest).unwrap();
    write(&project, "manifest.toml", text.replace("file = \"experiments/", "file = \"elsewhere/").as_bytes());
    refused(3, &["verify", RESULTS], &["no folder above", "`elsewhere`", "--project DIR"]);
    // A name that leads elsewhere is not followed.
    let outside = text.replace("name = \"README.md\"", "name = \"../../experiments/grown.toml\"");
    write(&project, "manifest.toml", outside.as_bytes());
    let told = project.expect(1, &["verify", RESULTS, "--quiet"]).stdout;
    assert!(told.contains("names a file that runner does not write"), "{told}");
}

/// What was trained from other data is not taken for a fault of training, and costs no training to find.
#[test]
fn changed_data_is_told_first() {
    let project = published();
    let data = project.path("datasets/iris.csv");
    let text = fs::read_to_string(&data).unwrap();
    fs::write(&data, text.replacen("0.", "0.1", 1)).unwrap();
    for more in [&[][..], &["--sample", "10%"]] {
        let told = project.expect(1, &[&["verify", RESULTS][..], more].concat()).stdout;
        assert!(told.contains("DIFFERS  results/grown: nothing trained again"), "{told}");
        assert!(told.contains("this data is not what the results were made from"), "{told}");
        assert!(!told.contains("metrics.csv"), "{told}");
    }
}

/// Neither a folder without a manifest nor one that is incomplete goes unseen among others.
#[test]
fn folders_that_cannot_be_verified_are_counted() {
    let project = published();
    let copy = |name: &str| {
        fs::create_dir_all(project.path(&format!("results/{name}"))).unwrap();
        for (file, bytes) in project.files(RESULTS) {
            let to = project.path(&format!("results/{name}/{file}"));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
    };
    copy("bare");
    fs::remove_file(project.path("results/bare/manifest.toml")).unwrap();
    copy("part");
    let manifest = project.path("results/part/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("\ndone = 12\n"), "{text}");
    fs::write(&manifest, text.replace("\ndone = 12\n", "\ndone = 7\n")).unwrap();
    copy("begun");
    fs::remove_file(project.path("results/begun/manifest.toml")).unwrap();
    fs::copy(project.path(RESULTS).join(".runner.records"), project.path("results/begun/.runner.records"))
        .unwrap();
    let outcome = project.expect(5, &["verify", "results"]);
    assert!(outcome.stdout.contains("same     results/grown"), "{}", outcome.stdout);
    let told = &outcome.stderr;
    assert!(told.contains("there is no `results/bare/manifest.toml`"), "{told}");
    assert!(told.contains("`results/part` is incomplete: 7 of 12 trials are done"), "{told}");
    assert!(told.contains("`results/begun` holds records of a run and no report of it"), "{told}");
    assert!(told.contains("1 held, 0 differ, 3 could not be verified"), "{told}");
}

/// What a manifest says of its plan is looked up too, where no more than a sample is trained.
#[test]
fn a_manifest_that_says_other_things_of_its_plan_is_found() {
    let project = published();
    let manifest = project.files(RESULTS).remove("manifest.toml").unwrap();
    let text = std::str::from_utf8(&manifest).unwrap();
    for (was, is, words) in [
        (
            "trials = 12\ndone = 12",
            "trials = 11\ndone = 11",
            "it says 11 trials, and the experiment has 12 trials",
        ),
        ("engine = \"fused\"", "engine = \"burn\"", "it says that `burn` trained, and `fused` does"),
    ] {
        assert!(text.contains(was), "{text}");
        write(&project, "manifest.toml", text.replace(was, is).as_bytes());
        let told = project.expect(1, &["verify", RESULTS, "--sample", "10%", "--tolerant"]).stdout;
        assert!(told.contains(words), "{told}");
    }
    fs::remove_file(project.path(RESULTS).join("summary.csv")).unwrap();
    write(&project, "manifest.toml", &manifest);
    let told = project.expect(1, &["verify", RESULTS, "--sample", "10%"]).stdout;
    assert!(told.contains("summary.csv: it is not there"), "{told}");
}

/// The experiment as it was resolved is what counts: its file may have changed, or gone, and the results may lie elsewhere.
#[test]
fn the_file_of_the_experiment_is_not_needed() {
    let project = published();
    fs::remove_file(project.path(FILE)).unwrap();
    project.expect(0, &["verify", RESULTS, "--quiet"]);
    fs::create_dir_all(project.path("moved/far")).unwrap();
    fs::rename(project.path(RESULTS), project.path("moved/far/grown")).unwrap();
    project.expect(0, &["verify", "moved/far/grown", "--quiet"]);
}

#[test]
fn a_report_is_made_again_from_its_records() {
    let project = published();
    let expected = project.files(RESULTS);
    for name in expected.keys().filter(|name| !name.starts_with('.')) {
        fs::remove_file(project.path(RESULTS).join(name)).unwrap();
    }
    let told = project.expect(0, &["report", RESULTS]);
    assert!(told.stdout.contains("report: results/grown/README.md"), "{}", told.stdout);
    assert!(project.files(RESULTS) == expected, "the same bytes");
    // Without the experiment's file and its data, too.
    fs::remove_file(project.path(FILE)).unwrap();
    fs::remove_dir_all(project.path("datasets")).unwrap();
    project.expect(0, &["report", RESULTS, "--quiet"]);
    assert!(project.files(RESULTS) == expected, "the same bytes");
    fs::remove_file(project.path(RESULTS).join(".runner.records")).unwrap();
    let told = project.expect(3, &["report", RESULTS]).stderr;
    assert!(told.contains("holds no records") && told.contains("runner verify"), "{told}");
}
