//! The binary as a user meets it: exit codes, files, and the promise that nothing but the experiment changes a result.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::support::Project;

/// Small, and with everything that could tempt bits to differ: uneven batches, dropout, early stopping, momentum, two structures.
const MIXED: &str = r#"
title = "Mixed"
question = "Do two pairings differ on iris?"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [{ units = 7, dropout = 0.2 }, 5]
activation = "tanh"

[optimizer]
name = "sgd"
learning_rate = 0.1
momentum = 0.9

[train]
epochs = 12
batch = 16
seeds = 4
early_stop = { metric = "validation.loss", patience = 3, restore_best = true }

[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = [0.03, 0.1, 0.3]

[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"]
"#;

/// Some trials overflow within the first epoch, some after several, some not at all; epochs are recorded sparsely.
const DIVERGING: &str = r#"
pairing = "identity+mse"

[data]
source = "../datasets/diabetes.csv"
target = "target"
task = "regression"
scale = "standardize"
split = { test = 0.2, validation = 0.2 }

[model]
hidden = [8]
activation = "tanh"

[optimizer]
name = "sgd"

[train]
epochs = 20
batch = 16
seeds = 3
early_stop = { metric = "validation.loss", patience = 2 }

[sweep]
"optimizer.learning_rate" = [1e-4, 1e-2, 1e-1, 1.0, 10.0]

[record]
every = 7
"#;

#[test]
fn threads_packs_and_repetition_change_no_byte() {
    for (name, text) in [("mixed", MIXED), ("diverging", DIVERGING)] {
        unchanged(name, text);
    }
    let project = Project::new().file("experiments/diverging.toml", DIVERGING);
    project.expect(0, &["experiments/diverging.toml", "--quiet"]);
    let trials = String::from_utf8(project.files("results/diverging")["trials.csv"].clone()).unwrap();
    assert!(trials.contains("non_finite") && trials.contains("early_stopped"), "{trials}");
}

fn unchanged(name: &str, text: &str) {
    let file = format!("experiments/{name}.toml");
    let project = Project::new().file(&file, text);
    let variants: [&[&str]; 7] = [
        &["--threads", "1"],
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "3"],
        &["--threads", "2", "--pack", "1"],
        &["--threads", "1", "--pack", "5"],
        &["--threads", "8", "--pack", "17"],
    ];
    let mut expected = None;
    for (index, options) in variants.into_iter().enumerate() {
        let results = format!("results_{index}");
        let mut arguments = vec![file.as_str(), "--quiet", "--results", &results];
        arguments.extend(options);
        project.expect(0, &arguments);
        let files = project.files(&format!("{results}/{name}"));
        assert!(files.len() >= 7, "{:?}", files.keys());
        let expected = expected.get_or_insert_with(|| files.clone());
        for (name, bytes) in expected.iter() {
            assert!(files.get(name) == Some(bytes), "{name} differs with {options:?}");
        }
        assert_eq!(files.len(), expected.len());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_finished_and_goes_on_to_the_same_bytes() {
    let project = Project::new().file("experiments/mixed.toml", MIXED);
    let long = [
        "--set",
        "train.epochs=400",
        "--set",
        "train.early_stop.patience=400",
        "--pack",
        "1",
        "--threads",
        "1",
    ];
    let with = |results: &'static str| {
        let mut all = vec!["experiments/mixed.toml", "--results", results];
        all.extend(long);
        all
    };
    project.expect(0, &with("whole"));

    let mut child =
        project.command(&with("cut")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let records = project.path("cut/mixed/.runner.records");
    let has_trial = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains("\"trial\":{");
    while !runner::disk::read(&records).is_ok_and(has_trial) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!project.path("cut/mixed/trials.csv").exists(), "an interrupted run publishes nothing");

    let resumed = project.expect(0, &with("cut"));
    assert!(resumed.stderr.contains("known from earlier runs; training"), "{}", resumed.stderr);
    assert!(project.files("whole/mixed") == project.files("cut/mixed"));
}

#[test]
fn an_expectation_missed_is_exit_code_1_and_the_results_are_written() {
    let text = format!("{MIXED}\n[expect]\n\"sigmoid+mse.test.accuracy\" = {{ mean_min = 0.9999 }}\n");
    let project = Project::new().file("experiments/mixed.toml", &text);
    let outcome = project.expect(1, &["experiments/mixed.toml", "--quiet", "--set", "train.epochs=1"]);
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
    assert!(project.path("results/mixed/README.md").exists());
}

#[test]
fn a_fault_is_exit_code_2_and_touches_no_folder() {
    let project = Project::new().file("experiments/bad.toml", "[optimizer]\nlearning_rat = 0.1\n");
    let outcome = project.expect(2, &["experiments/bad.toml"]);
    assert!(outcome.stderr.contains("experiments/bad.toml:2:1"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("learning_rate"), "{}", outcome.stderr);
    assert!(!project.path("results").exists());
}

#[test]
fn all_files_are_checked_before_the_first_trains() {
    let project = Project::new().file("experiments/a.toml", MIXED).file("experiments/b.toml", "epochs = 1\n");
    project.expect(2, &["experiments/"]);
    assert!(!project.path("results").exists());
}

#[test]
fn a_data_file_that_cannot_be_read_is_exit_code_3() {
    let project = Project::new()
        .file("experiments/mixed.toml", &MIXED.replace("iris.csv", "torn.csv"))
        .file("datasets/torn.csv", "sepal_length,species\n5.1,setosa\n4.9\n");
    let outcome = project.expect(3, &["experiments/mixed.toml"]);
    assert!(outcome.stderr.contains("torn.csv:3"), "{}", outcome.stderr);
    assert!(!project.path("results").exists());
}

#[test]
fn a_folder_held_by_another_runner_is_exit_code_4() {
    let project = Project::new().file("experiments/mixed.toml", MIXED).file("results/mixed/keep.txt", "mine");
    let lock = runner::disk::Lock::take(&project.path("results/mixed/.runner.lock"), "process 1").unwrap();
    let outcome = project.expect(4, &["experiments/mixed.toml"]);
    assert!(outcome.stderr.contains("process 1"), "{}", outcome.stderr);
    drop(lock);
    project.expect(0, &["experiments/mixed.toml", "--quiet", "--set", "train.epochs=1"]);
    assert!(project.path("results/mixed/keep.txt").exists(), "a file that is not ours stays");
}

#[test]
fn what_is_no_experiment_gets_one_sentence() {
    let project = Project::new().file("experiments/...toml", MIXED);
    for (file, answer) in [
        ("datasets/iris.csv", "runner data datasets/iris.csv"),
        ("experiments/...toml", "has no name"),
        ("experiments/none.toml", "none.toml"),
    ] {
        let outcome = project.expect(2, &[file]);
        assert!(outcome.stderr.contains(answer), "{}", outcome.stderr);
        assert!(outcome.stderr.lines().count() < 8, "{}", outcome.stderr);
    }
    assert!(!project.path("README.md").exists() && !project.path("results").exists());
}

#[test]
fn of_a_folder_what_has_its_data_is_trained() {
    let short = MIXED.replace("epochs = 12", "epochs = 1");
    let project = Project::new()
        .file("experiments/a.toml", &short.replace("iris.csv", "absent.csv"))
        .file("experiments/b.toml", &short);
    let outcome = project.expect(3, &["experiments", "--quiet"]);
    assert!(outcome.stderr.contains("skipped `experiments/a.toml`"), "{}", outcome.stderr);
    assert!(project.path("results/b/README.md").exists() && !project.path("results/a").exists());
}

#[test]
fn a_part_that_a_split_column_does_not_make_is_a_fault_before_training() {
    let rows: String =
        (0..40).map(|i| format!("{i},{},{}\n", i % 2, if i < 30 { "train" } else { "test" })).collect();
    let text = MIXED.replace("iris.csv", "parts.csv").replace("species", "class").replace(
        "split = { test = 0.2, validation = 0.2, stratified = true }",
        "split = { column = \"part\" }",
    );
    let project = Project::new()
        .file("datasets/parts.csv", &format!("x,class,part\n{rows}"))
        .file("experiments/parts.toml", &text);
    let outcome = project.expect(2, &["experiments/parts.toml"]);
    assert!(outcome.stderr.contains("`early_stop` looks at the validation part"), "{}", outcome.stderr);
}

#[test]
fn equal_data_under_two_names_is_trained_once() {
    let text = MIXED.replace(
        "\"optimizer.learning_rate\" = [0.03, 0.1, 0.3]",
        "\"data.source\" = [\"../datasets/iris.csv\", \"../datasets/copy.csv\"]",
    );
    let text = text.replace("tune = [\"optimizer.learning_rate\"]", "");
    let iris =
        String::from_utf8(runner::disk::read(&Project::new().path("datasets/iris.csv")).unwrap()).unwrap();
    let project = Project::new().file("experiments/twice.toml", &text).file("datasets/copy.csv", &iris);
    let outcome = project.expect(0, &["plan", "experiments/twice.toml", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((plan["trials"].as_u64(), plan["duplicates"].as_u64()), (Some(8), Some(2)));
    let told = project.expect(0, &["plan", "experiments/twice.toml"]).stdout;
    assert_eq!(told.matches("iris.csv: 150 rows").count(), 1, "{told}");
    project.expect(0, &["experiments/twice.toml", "--quiet"]);
}

#[test]
fn folds_start_anew() {
    let text = DIVERGING
        .replace("split = { test = 0.2, validation = 0.2 }", "split = { folds = 4, validation = 0.2 }");
    let project = Project::new().file("experiments/folds.toml", &text);
    let weights = |trial: &str| {
        let outcome =
            project.expect(0, &["trace", "experiments/folds.toml", "--steps", "1", "--trial", trial]);
        let trace: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        trace["layers"][0]["w"].clone()
    };
    // Trials 0 and 3 are the first seed's first two folds.
    assert_ne!(weights("0"), weights("3"));
    assert_eq!(weights("0"), weights("0"));
}

#[test]
fn a_misspelt_command_is_not_taken_for_a_file() {
    let outcome = Project::new().expect(2, &["plna"]);
    assert!(outcome.stderr.contains("did you mean `runner plan`"), "{}", outcome.stderr);
}

#[test]
fn what_new_writes_runs() {
    let project = Project::new();
    project.expect(0, &["new", "experiments/mine.toml"]);
    project.expect(2, &["new", "experiments/mine.toml"]);
    project.expect(0, &["experiments/mine.toml", "--quiet"]);
    assert!(project.path("results/mine/README.md").exists());
}

#[test]
fn a_plan_of_ten_thousand_trials_counts_them() {
    let project = Project::new().file("experiments/mixed.toml", MIXED);
    let learning_rates = "sweep.\"optimizer.learning_rate\"={ log = [1e-4, 1.0], points = 500 }";
    let arguments = [
        "plan",
        "experiments/mixed.toml",
        "--format",
        "json",
        "--set",
        learning_rates,
        "--set",
        "train.seeds=10",
    ];
    let outcome = project.expect(0, &arguments);
    let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(plan["trials"], 10_000);
    assert_eq!(plan["configurations"], 1_000);
    assert_eq!(plan["duplicates"], 0);
    assert!(plan["memory_bytes"].as_u64().unwrap() > 0);
    assert!(!project.path("results").exists(), "a plan writes nothing");
}

#[test]
fn repeated_values_are_trained_once() {
    let project = Project::new().file("experiments/mixed.toml", MIXED);
    let learning_rates = "sweep.\"optimizer.learning_rate\"=[0.1, 1e-1, 0.3]";
    let outcome =
        project.expect(0, &["plan", "experiments/mixed.toml", "--format", "json", "--set", learning_rates]);
    let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((plan["configurations"].as_u64(), plan["duplicates"].as_u64()), (Some(4), Some(2)));
}

#[test]
fn ids_contain_only_meaning() {
    let ids = |text: &str| {
        let project = Project::new().file("experiments/mixed.toml", text);
        project.expect(0, &["experiments/mixed.toml", "--quiet", "--set", "train.epochs=1"]);
        let trials = String::from_utf8(project.files("results/mixed")["trials.csv"].clone()).unwrap();
        trials.lines().skip(1).map(|l| l.split(',').next().unwrap().to_string()).collect::<Vec<_>>()
    };
    let base = ids(MIXED);
    assert_eq!(base.len(), 24);
    let spelt = MIXED.replace("momentum = 0.9", "momentum = 9e-1 # the same").replace(
        "[train]\nepochs = 12\nbatch = 16",
        "[train]\nbatch = 16\nsampling = \"shuffle\"\nepochs = 12",
    );
    assert_ne!(spelt, MIXED);
    assert_eq!(base, ids(&spelt));
    let changed = ids(&MIXED.replace("momentum = 0.9", "momentum = 0.8"));
    assert!(base.iter().all(|id| !changed.contains(id)));
}

#[test]
fn json_output_is_one_document_and_nothing_else() {
    let project = Project::new().file("experiments/mixed.toml", MIXED);
    let arguments = ["experiments/mixed.toml", "--format", "json", "--set", "train.epochs=2"];
    let outcome = project.expect(0, &arguments);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(report.is_object());
}

#[test]
fn mnist_trains_on_the_real_test_images_where_they_are() {
    let images = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets/mnist_t10k");
    if !images.is_dir() {
        skipped(&images);
        return;
    }
    let project = Project::new().committed("mnist.toml");
    std::fs::create_dir(project.path("datasets/mnist")).unwrap();
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
        std::fs::copy(images.join(name), project.path("datasets/mnist").join(name)).unwrap();
    }
    let outcome = project.expect(
        0,
        &[
            "experiments/mnist.toml",
            "--format",
            "json",
            "--set",
            "data.source=../datasets/mnist/t10k-images-idx3-ubyte.gz",
            "--set",
            "data.labels=../datasets/mnist/t10k-labels-idx1-ubyte.gz",
            "--set",
            "data.sha256=8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "--set",
            "data.labels_sha256=f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            "--set",
            "train.seeds=1",
            "--set",
            "train.epochs=1",
        ],
    );
    assert!(outcome.stdout.contains("accuracy"), "{}", outcome.stdout);
}

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn skipped(images: &std::path::Path) {
    eprintln!("not tested on MNIST: {} is not there", images.display());
}

#[test]
fn help_of_every_command() {
    let project = Project::new();
    let mut page = String::new();
    for command in [
        "",
        "run",
        "plan",
        "merge",
        "clean",
        "predict",
        "export",
        "list",
        "explain",
        "data",
        "schema",
        "new",
        "trace",
        "completions",
    ] {
        let arguments = if command.is_empty() { vec!["--help"] } else { vec![command, "--help"] };
        page.push_str(&format!(
            "$ runner {}\n{}\n",
            arguments.join(" "),
            project.expect(0, &arguments).stdout
        ));
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_mistake_made_on_purpose_is_marked_wherever_its_trials_are_told() {
    let text = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/iris.csv"
target = "species"
[model]
hidden = []
[train]
epochs = 2
seeds = 2
[variants.right]
[variants.climbs]
fault.output_delta = "wrong_sign"
[compare]
by = "variant"
[record]
models = "chosen"
"#;
    let project = Project::new().file("experiments/marked.toml", text);
    let file = "experiments/marked.toml";
    let mark = "output_delta = wrong_sign";
    assert!(project.expect(0, &["plan", file]).stdout.contains(mark));
    let trace: serde_json::Value =
        serde_json::from_str(&project.expect(0, &["trace", file, "--trial", "2", "--steps", "1"]).stdout)
            .unwrap();
    assert_eq!(trace["fault"], mark);
    assert!(project.expect(0, &[file]).stdout.contains(mark));
    let files = project.files("results/marked");
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    for (name, rows) in [("trials.csv", 2), ("summary.csv", 1)] {
        let marked = text(name).lines().filter(|line| line.ends_with(&format!(",{mark}"))).count();
        assert_eq!(marked, rows, "{name}\n{}", text(name));
        assert!(text(name).lines().next().unwrap().ends_with(",fault"));
    }
    let page = text("README.md");
    assert!(
        page.contains("| arm | mistake |")
            && page.contains(mark)
            && page.contains("what is measured is true"),
        "{page}"
    );
    let asked = |arm: &str| {
        project.expect(0, &["predict", "results/marked", "--arm", arm, "datasets/iris.csv"]).stderr
    };
    assert!(asked("climbs").contains(mark) && !asked("right").contains("mistake"), "{}", asked("climbs"));
    for (to, file) in [("numpy", "climbs.py"), ("onnx", "climbs.onnx")] {
        project.expect(0, &["export", "results/marked", "--arm", "climbs", "--to", to, "--output", file]);
        let bytes = project.files("")[file].clone();
        assert!(String::from_utf8_lossy(&bytes).contains(mark), "{file}");
    }
}

/// A learning rate of 100 without scaled features: whatever rules there are, some say so.
const HOPELESS: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/wine.csv"
target = "class"
split = { test = 0.2, validation = 0.2 }
[model]
hidden = [8]
[optimizer]
learning_rate = 100.0
[train]
epochs = 30
seeds = 3
"#;

#[test]
fn a_finding_is_told_once_while_training_and_unless_quiet() {
    let project = Project::new().file("experiments/x.toml", HOPELESS);
    let outcome = project.expect(0, &["experiments/x.toml"]);
    let csv = String::from_utf8(project.files("results/x").remove("findings.csv").unwrap()).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let causes: Vec<&str> =
        rows.iter().filter(|r| &r[3] == "cause" && &r[2] != "note").map(|r| &r[1]).collect();
    assert!(!causes.is_empty(), "{csv}");
    for code in causes {
        let lines =
            outcome.stderr.lines().filter(|l| l.contains(&format!(": {code}, softmax+cross_entropy: ")));
        assert_eq!(lines.count(), 1, "{code}: {}", outcome.stderr);
    }
    let quiet = project.expect(0, &["experiments/x.toml", "--fresh", "--quiet"]);
    assert_eq!(quiet.stderr, "");
    // Expected with a reason, it is not told, and changes no trial.
    let code = rows[0][1].to_string();
    let allow = format!("diagnose.allow={{ \"{code}\" = \"that is the question\" }}");
    let allowed = project.expect(0, &["experiments/x.toml", "--set", &allow]);
    assert!(allowed.stderr.contains("nothing to train"), "{}", allowed.stderr);
    let files = project.files("results/x");
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    assert!(text("findings.csv").contains(&format!("{code},allowed,")), "{}", text("findings.csv"));
    assert!(text("findings.csv").contains("that is the question"));
    assert!(!text("README.md").contains(&format!("- `{code}`")));
    assert!(text("experiment.toml").contains("\n[diagnose]\nallow = { "));
}
