//! Running again: what is known is not trained, what is missing is, and the files are those of one run from nothing.

use std::collections::BTreeMap;

use runner::disk;
use serde_json::Value;

use crate::support::Project;

/// Two structures, rules that end trials early, and a plan that is easy to change.
pub(crate) const BASE: &str = r#"
[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [5]
activation = "tanh"

[optimizer]
name = "sgd"
learning_rate = 0.1

[train]
epochs = 60
batch = 16
seeds = 3
early_stop = { metric = "validation.loss", patience = 3, restore_best = true }

[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = [0.1, 0.3]

[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"]
"#;

/// What the file becomes, step by step, and how many trials each step trains.
fn history() -> Vec<(String, usize)> {
    let values = |values: &str| BASE.replace("[0.1, 0.3]", values);
    let seeds = |text: &str, n: usize| text.replace("seeds = 3", &format!("seeds = {n}"));
    let sets = |text: &str| text.replace("[sweep]\n", SETS);
    vec![
        (BASE.to_string(), 12),
        (BASE.to_string(), 0),
        // A value in the middle, so that every later trial has another place.
        (values("[0.1, 0.2, 0.3]"), 6),
        (seeds(&values("[0.1, 0.2, 0.3]"), 5), 12),
        (seeds(&values("[0.3, 0.1]"), 2), 0),
        (sets(&seeds(&values("[0.3, 0.1]"), 2)), 8),
        // Another epoch is recorded: what was recorded otherwise does not serve, and does again afterwards.
        (format!("{BASE}\n[record]\nevery = 7\n"), 12),
        (seeds(&values("[0.1, 0.2, 0.3]"), 5), 0),
        // Only longer trials are recorded less often.
        (BASE.replace("epochs = 60", "epochs = 61"), 12),
    ]
}

/// A second data set beside the first.
const SETS: &str = "[sweep]\n\"data.source\" = [\"../datasets/small.csv\", \"../datasets/iris.csv\"]\n";

/// How many trials a run said it would train.
fn trained(stderr: &str, all: usize) -> usize {
    match stderr.lines().find(|l| l.contains("known from earlier runs")) {
        None => all,
        Some(line) => match line.split_once("training ") {
            Some((_, rest)) => rest.split(' ').next().unwrap().parse().unwrap(),
            None => 0,
        },
    }
}

fn rows(files: &BTreeMap<String, Vec<u8>>) -> usize {
    files["trials.csv"].iter().filter(|b| **b == b'\n').count() - 1
}

#[test]
fn after_any_history_the_files_are_those_of_a_run_from_nothing() {
    let mut project = Project::new();
    let iris = String::from_utf8(disk::read(&project.path("datasets/iris.csv")).unwrap()).unwrap();
    let small: Vec<&str> = iris.lines().enumerate().filter(|(i, _)| i % 4 != 1).map(|(_, l)| l).collect();
    disk::replace(&project.path("datasets/small.csv"), (small.join("\n") + "\n").as_bytes()).unwrap();
    for (step, (text, new)) in history().into_iter().enumerate() {
        project = project.file("experiments/grown.toml", &text);
        let outcome = project.expect(0, &["experiments/grown.toml"]);
        let files = project.files("results/grown");
        assert_eq!(trained(&outcome.stderr, rows(&files)), new, "step {step}: {}", outcome.stderr);
        let fresh = format!("fresh_{step}");
        project.expect(0, &["experiments/grown.toml", "--quiet", "--results", &fresh]);
        let expected = project.files(&format!("{fresh}/grown"));
        assert_eq!(files.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, bytes) in &expected {
            assert!(files[name] == *bytes, "step {step}: {name} differs");
        }
    }
}

#[test]
fn a_finished_run_again_trains_nothing_and_replaces_no_file() {
    let project = Project::new().file("experiments/grown.toml", BASE);
    project.expect(0, &["experiments/grown.toml", "--quiet"]);
    let folder = project.path("results/grown");
    let times = || {
        let mut paths = disk::list(&folder).unwrap();
        paths.extend(disk::list(&folder.join("figures")).unwrap());
        paths.retain(|p| p.is_file() && !disk::shown(p).contains("/.runner."));
        paths.into_iter().map(|p| (p.clone(), p.metadata().unwrap().modified().unwrap())).collect::<Vec<_>>()
    };
    let before = times();
    assert!(before.len() > 8);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let outcome = project.expect(0, &["experiments/grown.toml"]);
    assert!(
        outcome.stderr.contains("12 trials known from earlier runs; nothing to train"),
        "{}",
        outcome.stderr
    );
    assert_eq!(times(), before);

    project.expect(0, &["experiments/grown.toml", "--quiet", "--fresh"]);
    assert!(folder.join(".runner.records.old").is_file(), "what was known is set aside");
}

#[test]
fn a_damaged_line_costs_its_trial_only() {
    let project = Project::new().file("experiments/grown.toml", BASE);
    project.expect(0, &["experiments/grown.toml", "--quiet"]);
    let (before, records) = (project.files("results/grown"), project.path("results/grown/.runner.records"));
    let mut text = String::from_utf8(disk::read(&records).unwrap()).unwrap();
    let at = text.find("\"end\":\"").unwrap();
    text.replace_range(at + 1..at + 2, "E");
    disk::replace(&records, text.as_bytes()).unwrap();
    let why = project.expect(0, &["plan", "experiments/grown.toml", "--why"]).stdout;
    assert!(
        why.contains("11 trials kept") && why.contains("   1  its line in the records was damaged"),
        "{why}"
    );
    let outcome = project.expect(0, &["experiments/grown.toml"]);
    assert!(outcome.stderr.contains("damaged-record"), "{}", outcome.stderr);
    assert_eq!(trained(&outcome.stderr, 12), 1);
    assert!(project.files("results/grown") == before);
}

/// Reasons of `plan --why --format json` with how many trials have each.
fn why(project: &Project, options: &[&str]) -> (u64, BTreeMap<(String, String), usize>) {
    let mut arguments = vec!["plan", "experiments/grown.toml", "--why", "--format", "json"];
    arguments.extend(options);
    let plan: Value = serde_json::from_str(&project.expect(0, &arguments).stdout).unwrap();
    let mut reasons = BTreeMap::new();
    for trial in plan["why"]["train"].as_array().unwrap() {
        let text = |key: &str| trial[key].as_str().unwrap().to_string();
        *reasons.entry((text("reason"), text("text"))).or_default() += 1;
    }
    (plan["why"]["kept"].as_u64().unwrap(), reasons)
}

#[test]
fn a_plan_says_why_a_trial_would_be_trained() {
    let project = Project::new().file("experiments/grown.toml", BASE);
    let check = |options: &[&str], kept: u64, expected: &[(&str, &str, usize)]| {
        let (found_kept, found) = why(&project, options);
        let expected: BTreeMap<(String, String), usize> =
            expected.iter().map(|(w, t, n)| (((*w).into(), (*t).into()), *n)).collect();
        assert_eq!((found_kept, found), (kept, expected), "{options:?}");
    };
    check(&[], 0, &[("new", "nothing like it is known", 12)]);
    assert!(!project.path("results").exists(), "a plan writes nothing");
    project.expect(0, &["experiments/grown.toml", "--quiet"]);
    check(&[], 12, &[]);
    check(&["--fresh"], 0, &[("fresh", "`--fresh` starts over", 12)]);
    check(&["--set", "train.seeds=5"], 12, &[("seed", "new seed", 8)]);
    let rates = "sweep.\"optimizer.learning_rate\"=[0.1, 0.4]";
    let differs = |what: &str| format!("differs from the nearest known configuration in {what}");
    let (kept, found) = why(&project, &["--set", rates]);
    assert_eq!((kept, found.values().sum::<usize>()), (6, 6));
    let texts: Vec<&str> = found.keys().map(|(_, text)| text.as_str()).collect();
    assert!(
        texts
            .iter()
            .all(|t| t.starts_with(&differs("`optimizer.learning_rate` 0.")) && t.ends_with("-> 0.4")),
        "{texts:?}"
    );
    let (_, found) = why(&project, &["--set", "model.hidden=[6]"]);
    let text = &found.keys().next().unwrap().1;
    assert!(text.contains("`model.hidden` [5] -> [6]"), "{text}");
    check(
        &["--set", "train.early_stop.patience=4", "--set", "train.batch=8"],
        0,
        &[(
            "configuration",
            &differs(
                "`train.batch` 16 -> 8, `train.early_stop` Some(EarlyStop { metric: MetricOf { part: Validation, metric: \"loss\", higher_is_better: false }, patience: 3, min_delta: 0.0, restore_best: true }) -> Some(EarlyStop { metric: MetricOf { part: Validation, metric: \"loss\", higher_is_better: false }, patience: 4, min_delta: 0.0, restore_best: true })",
            ),
            12,
        )],
    );
    check(
        &["--set", "record.every=7"],
        0,
        &[("recorded_otherwise", "recorded otherwise: `record.every` as long as a trial asks -> 7", 12)],
    );

    // One cell of the data changes.
    let iris = String::from_utf8(disk::read(&project.path("datasets/iris.csv")).unwrap()).unwrap();
    disk::replace(&project.path("datasets/iris.csv"), iris.replacen("5.1", "5.2", 1).as_bytes()).unwrap();
    let (kept, found) = why(&project, &[]);
    let ((word, text), count) = found.iter().next().unwrap();
    assert_eq!((kept, word.as_str(), *count, found.len()), (0, "data", 12, 1));
    assert!(text.starts_with("data changed: `../datasets/iris.csv`, digest of its content "), "{text}");

    let told = project.expect(0, &["plan", "experiments/grown.toml", "--why"]).stdout;
    assert!(told.contains("known          0 trials kept") && told.contains("  12  data changed"), "{told}");
}

#[test]
fn setting_a_swept_key_is_warned_about() {
    let project = Project::new().file("experiments/grown.toml", BASE);
    let stderr = |arguments: &[&str]| {
        let mut all = vec!["plan", "experiments/grown.toml"];
        all.extend(arguments);
        project.expect(0, &all).stderr
    };
    let told = stderr(&["--set", "optimizer.learning_rate=0.2"]);
    assert!(
        told.contains("warning[set-without-effect]")
            && told.contains("sweep.\"optimizer.learning_rate\"=[...]"),
        "{told}"
    );
    assert!(stderr(&["--set", "pairing=softmax+cross_entropy"]).contains("set-without-effect"));
    assert!(stderr(&["--set", "optimizer.momentum=0.2"]).is_empty());
    let engines = "sweep.\"train.engine\"=[\"auto\", \"burn\"]";
    assert!(stderr(&["--engine", "burn", "--set", engines]).contains("set-without-effect"));
}

#[test]
fn a_clean_drops_what_the_experiment_no_longer_asks_for() {
    let project = Project::new().file("experiments/grown.toml", BASE);
    project.expect(0, &["experiments/grown.toml", "--quiet", "--set", "train.seeds=5"]);
    project.expect(0, &["experiments/grown.toml", "--quiet", "--set", "train.batch=8"]);
    project.expect(0, &["experiments/grown.toml", "--quiet"]);
    let before = project.files("results/grown");
    let records = project.path("results/grown/.runner.records");
    let size = || disk::read(&records).unwrap().len();
    let all = size();
    let told = project.expect(0, &["clean", "--dry-run"]).stdout;
    assert_eq!(size(), all, "a dry run changes nothing");
    // Of two earlier experiments: 8 trials of further seeds, 12 of another batch with their 4 configurations, and the experiments.
    assert!(told.contains("would remove 26 lines"), "{told}");
    let told = project.expect(0, &["clean"]).stdout;
    assert!(told.contains("removed 26 lines"), "{told}");
    assert!(size() < all);
    assert!(project.expect(0, &["clean"]).stdout.contains("nothing to remove in `results/grown`"));
    let again = project.expect(0, &["experiments/grown.toml"]).stderr;
    assert!(again.contains("12 trials known from earlier runs; nothing to train"), "{again}");
    assert!(project.files("results/grown") == before);
    // While it runs elsewhere, or is not finished, nothing is dropped.
    let lock = runner::disk::Lock::take(&project.path("results/grown/.runner.lock"), "process 1").unwrap();
    assert!(project.expect(4, &["clean"]).stderr.contains("process 1"));
    drop(lock);
}
