//! `--export`: results for other programs say what the CSV files say, as these programs themselves read them.
//!
//! pyarrow, TensorBoard, and MLflow are looked for as NumPy is for `runner export`; one that is nowhere is named on stderr, and what it
//! would have read is not tried. Nothing is compared with what our own code reads back: the scripts in `exits/` hold everything against
//! the CSV files. The formats themselves are held in unit tests, against the examples of their specifications.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use runner::disk;
use runner::export::results::{self, Folder, Program};
use runner::report::{self, Kind};

use crate::support::{Project, python_with};

/// Two arms, each with its own learning rate; names outside ASCII.
const TUNED: &str = r#"
title = "Tüned"
[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }
[model]
hidden = [4]
[train]
epochs = 6
batch = 16
seeds = 2
[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = [0.03, 0.3]
[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"]
"#;

/// Names that are paths, or the same once they are names of files; a network that breaks.
const HOSTILE: &str = r#"
pairing = "softmax+cross_entropy"
[data]
source = "../datasets/iris.csv"
target = "species"
[model]
hidden = [3]
[train]
epochs = 2
seeds = 2
[variants."../up"]
[variants."a b"]
model.hidden = [4]
[variants."a/b"]
model.hidden = [5]
[variants."häufig"]
optimizer.learning_rate = 1e30
"#;

const ALL: &str = "parquet,tensorboard,mlflow";

/// A project with the experiment `x`, run and exported.
#[track_caller]
fn exported(text: &str) -> Project {
    let project = Project::new().file("experiments/x.toml", text);
    project.expect(0, &["experiments/x.toml", "--quiet", "--export", ALL]);
    project
}

/// Files of the exported folders.
fn beside(project: &Project, results: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = project.files(results);
    files.retain(|name, _| Program::ALL.iter().any(|p| name.starts_with(&format!("{}/", p.name()))));
    files
}

/// What a script of `exits/` says of a results folder; `None`, and a line on stderr, where no Python has the module.
#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
#[track_caller]
fn checked(project: &Project, module: &str, script: &str, arguments: &[&str]) -> Option<String> {
    let Some(python) = python_with(module) else {
        eprintln!("not tested: what {module} reads of exported results, because no Python here has it");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/exits").join(script);
    let mut command = Command::new(python);
    command.arg(script).args(arguments).current_dir(project.path("")).stdin(Stdio::null());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    Some(out.into_owned())
}

/// Rows of a CSV file, and its fields that are not empty.
fn rows(project: &Project, name: &str) -> (usize, usize) {
    let bytes = disk::read(&project.path(name)).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    (rows.len(), rows.iter().flatten().filter(|field| !field.is_empty()).count())
}

#[test]
fn exports_are_made_from_the_published_files_alone() {
    let project = exported(TUNED);
    let first = beside(&project, "results/x");
    let names: Vec<&str> =
        first.keys().map(String::as_str).filter(|n| !n.starts_with("tensorboard")).collect();
    let expected = ["mlflow/import_runs.py", "mlflow/runs.jsonl"].into_iter().chain([
        "parquet/comparison.parquet",
        "parquet/curves.parquet",
        "parquet/findings.parquet",
        "parquet/metrics.parquet",
        "parquet/summary.parquet",
        "parquet/trials.parquet",
    ]);
    assert_eq!(names, expected.collect::<Vec<_>>());
    // A run for each trial, and one file of what all have.
    assert_eq!(first.len() - names.len(), 8 + 1);

    let ignored = String::from_utf8(disk::read(&project.path("results/.gitignore")).unwrap()).unwrap();
    let manifest = String::from_utf8(disk::read(&project.path("results/x/manifest.toml")).unwrap()).unwrap();
    for program in Program::ALL.map(Program::name) {
        assert!(ignored.lines().any(|line| line == format!("*/{program}/")), "{ignored}");
        assert!(!manifest.contains(&format!("{program}/")));
    }

    // Again, over what is there; and from a clone, where nothing else than the published files is.
    project.expect(
        0,
        &["report", "results/x", "--quiet", "--export", "mlflow", "--export", "parquet,tensorboard"],
    );
    assert!(first == beside(&project, "results/x"));
    for file in disk::list(&project.path("results/x")).unwrap().into_iter().filter(|f| disk::is_file(f)) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if !name.starts_with('.') && !["timings.csv", "report.html"].contains(&name) {
            let to = project.path("clone/x").join(name);
            disk::create_folder(to.parent().unwrap()).unwrap();
            disk::replace(&to, &disk::read(&file).unwrap()).unwrap();
        }
    }
    let outcome = project.expect(0, &["report", "clone/x", "--export", ALL]);
    assert!(outcome.stderr.contains("holds no records of trials"), "{}", outcome.stderr);
    assert!(first == beside(&project, "clone/x"));
    assert!(!disk::is_file(&project.path("clone/x/.runner.records")));
    // Without `--export` a report needs records, as before.
    project.expect(3, &["report", "clone/x"]);
}

#[test]
fn pyarrow_reads_what_the_csv_files_say_with_types() {
    for text in [TUNED, HOSTILE] {
        let project = exported(text);
        let Some(told) = checked(&project, "pyarrow", "check_parquet.py", &["results/x"]) else { return };
        for line in told.lines().filter(|line| line.contains(':')) {
            let mut words = line.split(' ');
            let file = format!("{}.csv", words.next().unwrap());
            let columns: Vec<(String, &str)> =
                words.map(|word| word.rsplit_once(':').unwrap()).map(|(n, t)| (n.to_string(), t)).collect();
            let header: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
            for ((name, found), kind) in columns.iter().zip(report::kinds(&file, &header).unwrap()) {
                let expected = match kind {
                    Kind::Count => "int64",
                    Kind::Number => "double",
                    Kind::Flag => "bool",
                    // All of its labels are numbers.
                    Kind::Text if name == "optimizer.learning_rate" => "double",
                    Kind::Word | Kind::Text => "string",
                };
                assert_eq!(*found, expected, "{file}: {name}");
            }
        }
        assert!(told.contains("trials trial:string"), "{told}");
    }
}

#[test]
fn tensorboard_reads_curves_final_metrics_and_hyperparameters() {
    let project = exported(TUNED);
    let arguments = ["results/x", "pairing", "optimizer.learning_rate"];
    let Some(told) = checked(&project, "tensorboard", "check_tensorboard.py", &arguments) else { return };
    // Four curves of 8 trials with 7 epochs, four final metrics of each, and on the test part two of the 4 that were selected.
    let points = rows(&project, "results/x/metrics.csv").0 * 4;
    assert_eq!(points, 8 * 7 * 4);
    let expected = format!(
        "{} scalars\nhyperparameters optimizer.learning_rate:number pairing:text\n\
         metrics final/train_loss final/train_accuracy final/validation_loss final/validation_accuracy final/test_loss \
         final/test_accuracy\ngroups 4 sessions 8\n",
        points + 8 * 4 + 4 * 2
    );
    assert_eq!(told, expected);
}

#[test]
fn mlflow_takes_every_trial_once() {
    let project = exported(TUNED);
    let Some(told) = checked(&project, "mlflow", "check_mlflow.py", &["results/x", "store"]) else { return };
    // Of each trial all fields that are filled but ten: two keys, two axes, seed, outcome, end, epochs, steps, and best epoch.
    let finals = rows(&project, "results/x/trials.csv").1 - 8 * 10;
    let expected = format!(
        "8 runs imported into `x`\n1 runs imported into `x`; 7 were there\n0 runs imported into `x`; 8 were there\n\
         8 runs 3 params {} points {finals} finals\n",
        8 * 7 * 4
    );
    assert_eq!(told, expected);
}

/// Anybody may have written a table, and its digest into the manifest: what stands there as a key is no path either.
#[test]
fn keys_of_tables_stay_inside_the_folder() {
    let project = Project::new().file("experiments/x.toml", HOSTILE);
    project.expect(0, &["experiments/x.toml", "--quiet"]);
    let read = |name: &str| {
        String::from_utf8(disk::read(&project.path(&format!("results/x/{name}"))).unwrap()).unwrap()
    };
    let write = |name: &str, text: &str| {
        disk::replace(&project.path(&format!("results/x/{name}")), text.as_bytes()).unwrap();
    };
    let (mut manifest, trials) = (read("manifest.toml"), read("trials.csv"));
    let ids: BTreeSet<&str> = trials.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    for name in ["trials.csv", "summary.csv", "metrics.csv", "curves.csv"] {
        let before = read(name);
        let after =
            ids.iter().fold(before.clone(), |text, id| text.replace(id, &format!("/../../../../{id}")));
        write(name, &after);
        manifest = manifest.replace(&disk::sha256(before.as_bytes()), &disk::sha256(after.as_bytes()));
    }
    write("manifest.toml", &manifest);
    project.expect(0, &["report", "results/x", "--export", "tensorboard", "--quiet"]);
    let files = project.files("");
    let named: Vec<&String> = files.keys().filter(|name| ids.iter().any(|id| name.contains(id))).collect();
    // Two of the names are the same once they are names of files: the key tells them apart.
    assert!(
        !named.is_empty() && named.iter().all(|name| name.starts_with("results/x/tensorboard/")),
        "{named:?}"
    );
}

/// `01` and `1` are two variants, and so they are for other programs.
#[test]
fn labels_that_are_no_numbers_as_numbers_are_written_stay_texts() {
    let text = TUNED.replace("[sweep]", "[variants.01]\n[variants.1]\nmodel.hidden = [5]\n[sweep]");
    let project = exported(&text);
    let lines = String::from_utf8(beside(&project, "results/x")["mlflow/runs.jsonl"].clone()).unwrap();
    for label in ["\"variant\":\"01\"", "\"variant\":\"1\""] {
        assert!(lines.contains(label), "{lines}");
    }
}

#[test]
fn names_of_arms_stay_inside_the_folder_and_apart() {
    let project = exported(HOSTILE);
    let files = beside(&project, "results/x");
    let is_run = |name: &&str| name.starts_with("tensorboard/") && name.matches('/').count() == 3;
    let runs: Vec<&str> = files.keys().map(String::as_str).filter(is_run).collect();
    assert_eq!(runs.len(), 8, "{runs:?}");
    for name in &runs {
        let plain = name.split('/').all(|part| part != ".." && part.chars().all(|c| c.is_ascii_graphic()));
        assert!(plain && name.starts_with("tensorboard/variant_"), "{name}");
    }
    // What failed is marked so, under its own name.
    let lines = String::from_utf8(files["mlflow/runs.jsonl"].clone()).unwrap();
    let failed: Vec<&str> = lines.lines().filter(|line| line.contains("\"status\":\"FAILED\"")).collect();
    assert!(
        failed.len() == 2 && failed.iter().all(|line| line.contains("\"variant\":\"häufig\"")),
        "{lines}"
    );
}

/// Trials that are missing, and a suite, which has none.
#[test]
fn what_is_there_is_exported() {
    let suite = "[suite]\nexperiments = [\"x.toml\", \"y.toml\"]\n";
    let other = TUNED.replace("iris.csv", "wine.csv").replace("species", "class");
    let project = Project::new()
        .file("experiments/x.toml", TUNED)
        .file("experiments/y.toml", &other)
        .file("experiments/both.toml", suite);
    project.expect(0, &["experiments/x.toml", "--quiet", "--shard", "0/2"]);
    let outcome = project.expect(2, &["experiments/x.toml", "--shard", "1/2", "--export", "parquet"]);
    assert!(outcome.stderr.contains("a shard has no results"), "{}", outcome.stderr);
    project.expect(0, &["merge", "results/x", "--partial", "--quiet", "--results", "partial"]);
    project.expect(0, &["report", "partial/x", "--quiet", "--export", ALL]);
    let files = beside(&project, "partial/x");
    assert_eq!(files.keys().filter(|name| name.starts_with("tensorboard/")).count(), 4 + 1);
    assert!(files["mlflow/runs.jsonl"].starts_with(b"{\"experiment\":\"x\""));

    project.expect(0, &["experiments/both.toml", "--quiet", "--export", "parquet,mlflow"]);
    for (folder, expected) in [("x", 2 + 6), ("y", 2 + 6), ("both", 3)] {
        let files = beside(&project, &format!("results/{folder}"));
        assert_eq!(files.len(), expected, "{folder}: {:?}", files.keys());
    }
    let outcome = project.expect(2, &["report", "results/both", "--export", "tensorboard"]);
    assert!(outcome.stderr.contains("`both` is a suite"), "{}", outcome.stderr);
}

#[test]
fn what_others_wrote_or_changed_is_neither_replaced_nor_exported() {
    let project = exported(TUNED);
    let report = ["report", "results/x", "--quiet", "--export", "mlflow"];
    for (name, is_new) in [("notes.txt", true), ("import_runs.py", false)] {
        let path = project.path("results/x/mlflow").join(name);
        let before = disk::read(&path).ok();
        disk::replace(&path, b"mine").unwrap();
        let outcome = project.expect(3, &report);
        assert!(
            outcome.stderr.contains(&format!("mlflow/{name}` was not written by runner")),
            "{}",
            outcome.stderr
        );
        assert_eq!(disk::read(&path).unwrap(), b"mine");
        let cleaned = project.run(&["clean", "results/x", "--all", "--dry-run"]);
        assert!(cleaned.stderr.contains(name) || cleaned.stdout.contains(name), "{cleaned:?}");
        match before {
            Some(bytes) if !is_new => disk::replace(&path, &bytes).unwrap(),
            _ => disk::remove_file(&path).unwrap(),
        }
    }
    // Of earlier results, and told so.
    let outcome = project.expect(0, &["experiments/x.toml", "--set", "train.seeds=3", "--export", "parquet"]);
    assert!(!outcome.stderr.contains("`results/x/parquet` is of earlier"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`results/x/mlflow` is of earlier results"), "{}", outcome.stderr);

    disk::remove_file(&project.path("results/x/.runner.records")).unwrap();
    let csv = project.path("results/x/trials.csv");
    let text = String::from_utf8(disk::read(&csv).unwrap()).unwrap();
    disk::replace(&csv, text.replacen("learned", "baseline", 1).as_bytes()).unwrap();
    let outcome = project.expect(3, &report);
    assert!(
        outcome.stderr.contains("`results/x/trials.csv` is not as the manifest says"),
        "{}",
        outcome.stderr
    );
    disk::replace(&csv, text.as_bytes()).unwrap();
    project.expect(0, &["clean", "results/x", "--all"]);
    assert!(!project.path("results/x").exists(), "nothing is left");
    project.expect(3, &["report", "results/x", "--export", "parquet"]);
}

/// At every change of the disk: told with exit code 3, and mended by the same command; never half a folder under its name.
#[test]
fn an_export_that_cannot_be_written_says_so_and_can_be_repeated() {
    let project = Project::in_memory().file("experiments/x.toml", TUNED);
    project.expect(0, &["experiments/x.toml", "--quiet", "--export", "mlflow"]);
    let expected = beside(&project, "results/x");
    disk::remove_file(&project.path("results/x/.runner.records")).unwrap();
    let report = ["report", "results/x", "--quiet", "--export", "mlflow"];
    let counted = project.run(&[&report[..], &["--disk-fault", "count"]].concat());
    let changes = counted.stderr.lines().filter(|line| line.contains("results/x")).count();
    assert!(changes > 20, "{}", counted.stderr);
    for fault in ["fail", "full", "kill"] {
        for at in 1..=changes {
            let outcome = project.run(&[&report[..], &["--disk-fault", &format!("{fault}:{at}")]].concat());
            match fault {
                "kill" => assert_eq!(outcome.code, -1, "{fault}:{at}: {}", outcome.stderr),
                _ if outcome.code == 0 => {}
                _ => {
                    assert_eq!(outcome.code, 3, "{fault}:{at}: {}", outcome.stderr);
                    assert!(outcome.stderr.starts_with("error: cannot "), "{fault}:{at}: {}", outcome.stderr);
                }
            }
            let there = beside(&project, "results/x");
            assert!(there.is_empty() || there == expected, "{fault}:{at}: half a folder");
            project.expect(0, &report);
            assert!(beside(&project, "results/x") == expected, "{fault}:{at}");
        }
    }
    let left: Vec<_> = disk::list(&project.path("results/x")).unwrap();
    assert!(!left.iter().any(|path| path.to_string_lossy().contains(".runner.export")), "{left:?}");
}

/// For who has no pyarrow: pyarrow 26.0.1 reads these bytes as the table below, by `exits/check_parquet.py`. Whoever changes what is
/// written tries that again.
#[test]
fn a_parquet_file_has_the_bytes_that_pyarrow_read() {
    let project = Project::new();
    let table = "experiment,sampler,search,budget,best\nä,tpe,0,1,0.5\nä,tpe,0,2,\n\"b, c\",random,1,1,inf\n";
    let digest = disk::sha256(table.as_bytes());
    let manifest = format!(
        "format = 1\nsuite = \"s\"\n[[files]]\nname = \"search.csv\"\nbytes = {}\nsha256 = \"{digest}\"\n",
        table.len()
    );
    let project = project.file("s/search.csv", table).file("s/manifest.toml", &manifest);
    let folder = Folder::open(&project.path("s")).unwrap();
    let mut written = Vec::new();
    let mut put =
        |name: &str, write: &mut dyn FnMut(&mut dyn std::io::Write) -> Result<(), results::Fault>| {
            let mut bytes = Vec::new();
            write(&mut bytes)?;
            written.push((name.to_string(), bytes));
            Ok(())
        };
    assert_eq!(results::write(&folder, Program::Parquet, &mut put).unwrap(), "1 table, 3 rows");
    let [(name, bytes)] = &written[..] else { panic!("{} files", written.len()) };
    assert_eq!(name, "search.parquet");
    let version = format!("runner version {}", env!("CARGO_PKG_VERSION"));
    let place = bytes.windows(version.len()).position(|window| window == version.as_bytes()).unwrap();
    // All but the version of runner, and the length of the footer, which depends on it.
    let kept = [&bytes[..place], &bytes[place + version.len()..bytes.len() - 8], b"PAR1"].concat();
    assert_eq!(disk::sha256(&kept), "eb7313f93dddb44beae99356740285f3917e9d40480ea60c1140075788333aca");
}
