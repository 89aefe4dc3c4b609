//! Trained networks that are kept: what their files hold, when they are trained again, and what `predict` says with them.
//!
//! That an interrupted run keeps them whole is held in `crash/`; what `export` writes, in `models/exports.rs`.

use std::collections::BTreeMap;

use runner::disk;
use runner::record::TensorFile;
use serde_json::Value;

use crate::crash::{Files, tree};
use crate::support::Project;

mod exports;
mod sequences;

/// Two arms, each with its own learning rate.
const IRIS: &str = r#"
[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [5]
activation = "tanh"

[train]
epochs = 12
batch = 16
seeds = 4

[sweep]
pairing = ["sigmoid+mse", "softmax+cross_entropy"]
"optimizer.learning_rate" = [0.03, 0.3]

[compare]
by = "pairing"
metric = "accuracy"
tune = ["optimizer.learning_rate"]
"#;

const FILE: &str = "experiments/x.toml";
const CHOSEN: [&str; 3] = [FILE, "--set", "record.models=chosen"];
const ALL: [&str; 3] = [FILE, "--set", "record.models=all"];

fn project(text: &str) -> Project {
    Project::new().file(FILE, text)
}

fn folder(project: &Project) -> Files {
    tree(&project.path("results/x"))
}

/// Those of a folder, without its name.
fn below(files: &Files, folder: &str) -> Files {
    let inner =
        |(name, bytes): (&String, &Vec<u8>)| Some((name.strip_prefix(folder)?.to_string(), bytes.clone()));
    files.iter().filter_map(inner).collect()
}

fn table(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("`{column}` of {row:?}"))
}

/// The format as its documentation has it, read without our reader: eight bytes, a header, numbers.
#[test]
fn a_saved_network_is_a_safetensors_file_with_names_and_shapes() {
    let project = project(IRIS);
    project.expect(0, &CHOSEN);
    let models = below(&folder(&project), "models/");
    assert_eq!(
        models.keys().collect::<Vec<_>>(),
        ["sigmoid+mse.safetensors", "softmax+cross_entropy.safetensors"]
    );
    let bytes = &models["softmax+cross_entropy.safetensors"];
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let data = &bytes[8 + length..];
    let shapes = [
        ("inputs.shift", "F64", vec![4]),
        ("inputs.scale", "F64", vec![4]),
        ("layer_0.weight", "F32", vec![4, 5]),
        ("layer_0.bias", "F32", vec![5]),
        ("layer_1.weight", "F32", vec![5, 3]),
        ("layer_1.bias", "F32", vec![3]),
    ];
    assert_eq!(header.as_object().unwrap().len(), shapes.len() + 1);
    let mut end = 0;
    for (name, dtype, shape) in shapes {
        let size = if dtype == "F64" { 8 } else { 4 };
        let count: usize = shape.iter().product();
        assert_eq!(header[name]["dtype"], dtype, "{name}");
        assert_eq!(header[name]["shape"], serde_json::json!(shape), "{name}");
        assert_eq!(header[name]["data_offsets"], serde_json::json!([end, end + size * count]), "{name}");
        end += size * count;
    }
    assert_eq!(end, data.len());
    let notes = &header["__metadata__"];
    assert_eq!(notes["format"], "runner-model 2");
    assert_eq!(notes["experiment"], "x");
    assert_eq!(notes["arm"], "softmax+cross_entropy");
    assert_eq!(notes["precision"], "f32");
    assert_eq!(notes["outputs"], r#"["setosa","versicolor","virginica"]"#);
    assert_eq!(notes["features"], r#"["sepal_length","sepal_width","petal_length","petal_width"]"#);
    let layers: Value = serde_json::from_str(notes["layers"].as_str().unwrap()).unwrap();
    let units =
        |layer: &Value| (layer["name"].clone(), layer["units"].clone(), layer["activation"]["name"].clone());
    let told: Vec<_> = layers.as_array().unwrap().iter().map(units).collect();
    assert_eq!(
        told,
        [("layer_0".into(), 5.into(), "tanh".into()), ("layer_1".into(), 3.into(), "softmax".into()),]
    );
    // The checksum is of the file with zeros in its place.
    let stated = notes["sha256"].as_str().unwrap();
    let at = bytes.windows(64).position(|w| w == stated.as_bytes()).unwrap();
    let zeroed = [&bytes[..at], &[b'0'; 64], &bytes[at + 64..]].concat();
    assert_eq!(disk::sha256(&zeroed), stated);
}

#[test]
fn the_chosen_trial_is_the_median_of_its_arm_on_validation() {
    let project = project(IRIS);
    project.expect(0, &CHOSEN);
    let files = folder(&project);
    let trials = table(&files["trials.csv"]);
    for (name, bytes) in below(&files, "models/") {
        let file = TensorFile::read(&bytes).unwrap();
        let chosen = trials.iter().find(|t| t["trial"] == file.note("trial").unwrap()).unwrap();
        assert_eq!(chosen["pairing"], name.trim_end_matches(".safetensors"));
        let same = |t: &&BTreeMap<String, String>| t["configuration"] == chosen["configuration"];
        let mut scores: Vec<f64> =
            trials.iter().filter(same).map(|t| number(t, "validation_accuracy")).collect();
        scores.sort_by(f64::total_cmp);
        // Four seeds: the worse of the two in the middle.
        assert_eq!(number(chosen, "validation_accuracy"), scores[1], "{name}: {scores:?}");
        // Of the learning rates the one with the better mean on validation is selected: only its test part is told.
        assert!(!chosen["test_accuracy"].is_empty(), "{name}");
    }
}

#[test]
fn asked_for_after_a_run_networks_are_trained_again_and_records_stay() {
    let project = project(IRIS);
    project.expect(0, &[FILE]);
    let before = folder(&project);
    assert!(below(&before, "models/").is_empty() && below(&before, ".runner.models/").is_empty());
    let why = project.expect(0, &["plan", FILE, "--why", "--set", "record.models=chosen"]).stdout;
    assert!(why.contains("16  its trained network, which `record.models` asks for, is not there"), "{why}");
    let outcome = project.expect(0, &CHOSEN);
    let told = "16 trials are known from earlier runs without the trained network that `record.models` asks for, and trained again";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let after = folder(&project);
    assert_eq!(below(&after, ".runner.models/").len(), 16, "of every trial, since any may be chosen later");
    for name in ["trials.csv", "summary.csv", "metrics.csv"] {
        assert!(before[name] == after[name], "{name}");
    }
    // The lines of the trials are those of the first run, none is there twice.
    let (old, new) = (&before[".runner.records"], &after[".runner.records"]);
    assert!(new.starts_with(old));
    assert!(!String::from_utf8_lossy(&new[old.len()..]).contains("\"trial\""));
    let again = project.expect(0, &CHOSEN);
    assert!(again.stderr.contains("16 trials known from earlier runs; nothing to train"), "{}", again.stderr);
    assert_eq!(below(&folder(&project), "models/"), below(&after, "models/"));
}

#[test]
fn networks_are_the_same_bytes_whatever_the_packs_and_threads() {
    let of = |more: &[&str]| {
        let project = project(IRIS);
        project.expect(0, &[&ALL[..], more].concat());
        below(&folder(&project), "models/")
    };
    let one = of(&["--threads", "1", "--pack", "3"]);
    assert_eq!(one.len(), 18, "16 trials and 2 arms");
    assert!(one == of(&["--threads", "4"]));
}

#[test]
fn a_network_that_is_lost_or_damaged_is_trained_again_to_the_same_bytes() {
    let project = project(IRIS);
    project.expect(0, &ALL);
    let whole = folder(&project);
    let names: Vec<String> = below(&whole, ".runner.models/").into_keys().collect();
    disk::remove_file(&project.path(&format!("results/x/.runner.models/{}", names[0]))).unwrap();
    let path = project.path(&format!("results/x/.runner.models/{}", names[1]));
    let mut damaged = disk::read(&path).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    disk::replace(&path, &damaged).unwrap();
    let outcome = project.expect(0, &ALL);
    assert!(outcome.stderr.contains("2 trials are known"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("14 trials known from earlier runs; training 2 more"),
        "{}",
        outcome.stderr
    );
    let mut after = folder(&project);
    after.remove("timings.csv");
    let mut whole = whole;
    whole.remove("timings.csv");
    assert!(after == whole, "every file is as before");
}

#[test]
fn no_longer_asked_for_networks_are_unpublished_and_kept() {
    let project = project(IRIS)
        .file("results/x/models/notes.txt", "mine")
        .file("results/x/models/mine.safetensors", "not a network of runner's");
    project.expect(0, &ALL);
    assert_eq!(below(&folder(&project), "models/").len(), 20);
    let outcome = project.expect(0, &[FILE]);
    assert!(outcome.stderr.contains("nothing to train"), "{}", outcome.stderr);
    let files = folder(&project);
    assert_eq!(below(&files, "models/").into_keys().collect::<Vec<_>>(), ["mine.safetensors", "notes.txt"]);
    assert_eq!(below(&files, ".runner.models/").len(), 16);
    let outcome = project.expect(0, &CHOSEN);
    assert!(outcome.stderr.contains("nothing to train"), "{}", outcome.stderr);
    // Two seeds are asked for no more.
    project.expect(0, &[FILE, "--set", "record.models=chosen", "--set", "train.seeds=2"]);
    project.expect(0, &["clean", "results/x"]);
    assert_eq!(below(&folder(&project), ".runner.models/").len(), 8);
    project.expect(0, &["clean", "results/x", "--all"]);
    assert_eq!(
        folder(&project).into_keys().collect::<Vec<_>>(),
        ["models/mine.safetensors", "models/notes.txt"],
        "what others put there stays"
    );
}

#[test]
fn networks_travel_with_shards_and_merges() {
    let project = project(IRIS);
    project.expect(0, &CHOSEN);
    let expected = below(&folder(&project), "models/");
    for shard in ["0/2", "1/2"] {
        project.expect(0, &[&CHOSEN[..], &["--results", "parts", "--shard", shard]].concat());
    }
    project.expect(0, &["merge", "parts/x", "--results", "merged"]);
    let merged = tree(&project.path("merged/x"));
    assert!(below(&merged, "models/") == expected);
    // A run takes them in, too.
    let outcome = project.expect(0, &[&CHOSEN[..], &["--results", "parts"]].concat());
    assert!(
        outcome.stderr.contains("16 trials known from earlier runs; nothing to train"),
        "{}",
        outcome.stderr
    );
    assert!(below(&tree(&project.path("parts/x")), "models/") == expected);
    // Records that came alone are enough to merge, and say what is missing.
    let bare: Files = [(".runner.records".to_string(), merged[".runner.records"].clone())].into();
    crate::crash::plant(&project.path("bare/x"), &bare);
    let outcome = project.expect(0, &["merge", "bare/x", "--results", "from_bare"]);
    assert!(
        outcome.stderr.contains("2 networks that `record.models` asks for did not come"),
        "{}",
        outcome.stderr
    );
}

/// A trial that broke has no network: what is left of it depends on how long others trained.
#[test]
fn a_trial_that_broke_has_no_network() {
    let text = IRIS
        .replace("[0.03, 0.3]", "[0.3]")
        .replace("[sweep]", "[sweep]\n\"data.scale\" = [\"standardize\"]")
        .replace("pairing = [\"sigmoid+mse\", \"softmax+cross_entropy\"]", "pairing = [\"identity+mse\"]")
        .replace("activation = \"tanh\"", "activation = \"relu\"")
        .replace("\"optimizer.learning_rate\" = [0.3]", "\"optimizer.learning_rate\" = [0.3, 1e9]")
        .replace("tune = [\"optimizer.learning_rate\"]", "")
        .replace("by = \"pairing\"", "by = \"optimizer.learning_rate\"");
    let project = project(&text);
    let outcome = project.expect(0, &ALL);
    assert!(
        outcome.stderr.contains("no network of 1e9 is kept: every trial failed")
            || outcome.stderr.contains("is kept: every trial failed"),
        "{}",
        outcome.stderr
    );
    let files = folder(&project);
    let trials = table(&files["trials.csv"]);
    let broken: Vec<&String> =
        trials.iter().filter(|t| t["outcome"] == "non_finite").map(|t| &t["trial"]).collect();
    assert_eq!(broken.len(), 4);
    let kept = below(&files, ".runner.models/");
    assert!(broken.iter().all(|id| !kept.contains_key(&format!("{id}.safetensors"))));
    let again = project.expect(0, &ALL);
    assert!(again.stderr.contains("8 trials known from earlier runs; nothing to train"), "{}", again.stderr);
}

/// Rows of a table of which every fifth judges and another fifth chooses.
fn parts(rows: usize) -> impl Iterator<Item = &'static str> {
    (0..rows).map(|row| ["train", "test", "train", "validation", "train"][row % 5])
}

/// A data set with a column that says its parts, and the rows of its test part alone.
fn with_parts(name: &str) -> (String, String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(name);
    let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<(&str, &str)> = rows.lines().zip(parts(1_000)).collect();
    let all: String = rows.iter().map(|(row, part)| format!("{row},{part}\n")).collect();
    let test: String =
        rows.iter().filter(|(_, part)| *part == "test").map(|(row, _)| format!("{row}\n")).collect();
    (format!("{header},part\n{all}"), format!("{header}\n{test}"))
}

/// What `predict` says of the rows of the test part are the test metrics of the run, digit for digit.
fn agrees_with_the_run(data: &str, text: &str, metrics: &[&str]) {
    let (all, test) = with_parts(data);
    agrees(&all, &test, text, metrics, test.lines().count() - 1);
}

/// The same for a table and the rows of its test part, about which there are so many answers.
fn agrees(all: &str, test: &str, text: &str, metrics: &[&str], count: usize) {
    let project = project(text).file("datasets/all.csv", all).file("datasets/test.csv", test);
    project.expect(0, &ALL);
    let files = folder(&project);
    for trial in table(&files["trials.csv"]) {
        let model = format!("results/x/models/{}.safetensors", trial["trial"]);
        let outcome = project.expect(
            0,
            &["predict", "results/x", "--model", &model, "datasets/test.csv", "--output", "a.csv"],
        );
        for metric in metrics {
            let said = format!("{metric} {}", trial[&format!("test_{metric}")]);
            assert!(outcome.stdout.contains(&said), "{said}: {}", outcome.stdout);
        }
        let answers = table(&disk::read(&project.path("a.csv")).unwrap());
        assert_eq!(answers.len(), count);
    }
}

/// Training weighs classes, and the weights are not kept: no loss is told rather than another one.
#[test]
fn a_loss_that_weighs_classes_is_not_told() {
    let said = |weights: &str| {
        let text = IRIS.replace("split =", &format!("weights = \"{weights}\"\nsplit ="));
        let project = project(&text);
        project.expect(0, &CHOSEN);
        let arguments =
            ["predict", "results/x", "--arm", "sigmoid+mse", "datasets/iris.csv", "--output", "a.csv"];
        project.expect(0, &arguments).stdout
    };
    let (weighted, equal) = (said("balanced"), said("equal"));
    assert!(weighted.contains(" accuracy ") && !weighted.contains(": loss "), "{weighted}");
    assert!(equal.contains("150 rows: loss "), "{equal}");
}

#[test]
fn answers_have_the_test_metrics_of_the_run_for_classes() {
    let text = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/all.csv"
target = "species"
scale = "min_max"
polynomial = 2
split = { column = "part" }

[model]
hidden = [6, 5]
activation = "elu"

[train]
epochs = 20
batch = 16
seeds = 2

[sweep]
"model.precision" = ["f32", "f64"]
"train.engine" = ["auto", "burn"]
"#;
    agrees_with_the_run("iris.csv", text, &["loss", "accuracy", "log_loss"]);
}

#[test]
fn answers_have_the_test_metrics_of_the_run_in_the_units_of_the_target() {
    let text = r#"
pairing = "identity+mse"

[data]
source = "../datasets/all.csv"
target = "target"
scale = "standardize"
target_scale = "standardize"
split = { column = "part" }

[model]
hidden = [7]
activation = "relu"

[train]
epochs = 15
batch = 32
seeds = 2
early_stop = { metric = "validation.loss", patience = 3, restore_best = true }
"#;
    agrees_with_the_run("diabetes.csv", text, &["loss", "rmse", "r2"]);
}

#[test]
fn answers_are_those_of_a_network_worked_out_by_hand() {
    // Two inputs, no hidden layer, f64: sigmoid(x · w + b) from the file's own numbers.
    let text = r#"
pairing = "sigmoid+mse"

[data]
source = { name = "xor", samples = 40, noise = 0.2 }
scale = "standardize"

[model]
hidden = []
precision = "f64"

[train]
epochs = 5
"#;
    let project = project(text).file("rows.csv", "y,x2,x1\n1,0.25,-0.5\n,1,2\n");
    project.expect(0, &CHOSEN);
    let (_, bytes) = below(&folder(&project), "models/").into_iter().next().unwrap();
    let file = TensorFile::read(&bytes).unwrap();
    let values = |name: &str| file.tensor(name).unwrap().values.clone();
    let (weight, bias) = (values("layer_0.weight"), values("layer_0.bias"));
    let (shift, scale) = (values("inputs.shift"), values("inputs.scale"));
    let outcome = project.expect(0, &["predict", "results/x", "rows.csv", "--format", "json"]);
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap();
    for (row, x) in [[-0.5, 0.25], [2.0, 1.0]].into_iter().enumerate() {
        for class in 0..2 {
            let z: f64 = (0..2).map(|i| (x[i] - shift[i]) / scale[i] * weight[2 * i + class]).sum();
            let expected = 1.0 / (1.0 + (-(z + bias[class])).exp());
            let found = said["rows"][row][format!("output_{class}")].as_f64().unwrap();
            // A few roundings of numbers of order 1.
            assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
        }
    }
    // One of the two rows has a target: it alone is judged, and a loss over all is not told.
    assert_eq!(said["metrics"]["rows"], 1);
    assert!(said["metrics"]["values"]["loss"].is_null());
    assert!(said["metrics"]["values"]["accuracy"].is_number());
}

/// Categories, gaps, and a delimiter of its own.
const MIXED: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/mixed.csv"
target = "class"
categorical = ["level"]
scale = "standardize"
missing = "mean"
delimiter = ";"

[model]
hidden = [4]

[train]
epochs = 5
"#;

fn mixed() -> String {
    let row = |i: usize| {
        let x = if i == 7 { String::new() } else { format!("{}.5", i % 9) };
        let colour = ["red", "green", "blue"][i / 2 % 3];
        format!("{x};{};{colour};{}\n", i % 3 + 1, ["no", "yes"][(i * 7 / 3) % 2])
    };
    format!("x;level;colour;class\n{}", (0..60).map(row).collect::<String>())
}

#[test]
fn rows_that_a_network_cannot_answer_are_told_with_their_places() {
    let rows = "colour;level;x;class\nred;1.0;;yes\npurple;2;1;no\nblue;2;z;maybe\n;9;inf;\n";
    let project = project(MIXED).file("datasets/mixed.csv", &mixed()).file("rows.csv", rows);
    project.expect(0, &CHOSEN);
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    let told: Vec<&str> =
        outcome.stderr.lines().filter(|l| l.starts_with("error") || l.contains("-->")).collect();
    assert_eq!(
        told,
        [
            "error[unknown-category]: row 2, column `colour`: `purple` is no category that the network knows",
            " --> rows.csv:3:1",
            "error[not-a-number]: row 3, column `x`: `z` is not a number",
            " --> rows.csv:4:8",
            "error[unknown-category]: row 3, column `class`: `maybe` is no class that the network knows",
            " --> rows.csv:4:10",
            "error[infinite-value]: row 4, column `x`: `inf` is not finite",
            " --> rows.csv:5:4",
            "error[unknown-category]: row 4, column `level`: `9` is no category that the network knows",
            " --> rows.csv:5:2",
        ]
    );
    // Gaps are filled as in training, and a target that is not there is not compared.
    let project = project.file("rows.csv", "colour;level;x\nred;1.0;\n;;\n");
    let outcome = project.expect(0, &["predict", "results/x", "rows.csv"]);
    assert_eq!(table(outcome.stdout.as_bytes()).len(), 2);
    assert!(outcome.stderr.contains("2 rows; without their targets"), "{}", outcome.stderr);
    let project = project.file("rows.csv", "color;level;x\nred;1;2\n");
    let outcome = project.expect(3, &["predict", "results/x", "rows.csv"]);
    assert!(
        outcome.stderr.contains("error[missing-column]: there is no column `colour`"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("did you mean `color`?"), "{}", outcome.stderr);
}

#[test]
fn what_names_no_network_is_told() {
    let project = project(IRIS);
    let outcome = project.expect(2, &["predict", "results/x", "datasets/iris.csv"]);
    assert!(outcome.stderr.contains("is no folder with the results of an experiment"), "{}", outcome.stderr);
    project.expect(0, &[FILE]);
    let outcome = project.expect(3, &["predict", "results/x", "datasets/iris.csv"]);
    assert!(
        outcome.stderr.contains("`results/x` holds no trained network\nhelp: add `[record]`"),
        "{}",
        outcome.stderr
    );
    project.expect(0, &CHOSEN);
    let outcome = project.expect(2, &["predict", "results/x", "datasets/iris.csv"]);
    assert!(
        outcome.stderr.contains("`--arm`: `sigmoid+mse` or `softmax+cross_entropy`"),
        "{}",
        outcome.stderr
    );
    let outcome = project.expect(2, &["export", "results/x", "--to", "numpy", "--arm", "sigmoid+mes"]);
    assert!(outcome.stderr.contains("did you mean `sigmoid+mse`?"), "{}", outcome.stderr);
    let damaged = project.path("results/x/models/sigmoid+mse.safetensors");
    let bytes = disk::read(&damaged).unwrap();
    disk::replace(&damaged, &bytes[..bytes.len() - 4]).unwrap();
    let outcome = project.expect(3, &["predict", "results/x", "--arm", "sigmoid+mse", "datasets/iris.csv"]);
    assert!(outcome.stderr.contains("error[damaged-model]"), "{}", outcome.stderr);
    // The experiment is another now, and this network is none of its trials.
    disk::replace(&project.path("aside.safetensors"), &bytes).unwrap();
    project.expect(0, &[FILE, "--fresh", "--set", "train.epochs=2"]);
    let other = ["predict", "results/x", "--model", "aside.safetensors", "datasets/iris.csv"];
    let outcome = project.expect(3, &other);
    assert!(outcome.stderr.contains("its experiment has no trial"), "{}", outcome.stderr);
}

/// A sampler that learns, with rounds and with confirmation on fresh seeds: the plan is that of the results.
#[test]
fn the_network_of_a_search_is_found_by_its_trial() {
    let text = IRIS
        .replace("[sweep]", "[sweep]\nmethod = \"halving\"\nconfigurations = 4")
        .replace("[0.03, 0.3]", "{ log_uniform = [0.01, 1.0] }")
        .replace("tune = [", "confirm = 2\ntune = [");
    let project = project(&text);
    project.expect(0, &CHOSEN);
    let said = ["predict", "results/x", "--arm", "sigmoid+mse", "datasets/iris.csv"];
    let outcome = project.expect(0, &said);
    assert_eq!(table(outcome.stdout.as_bytes()).len(), 150);
    assert!(outcome.stderr.contains("150 rows: loss "), "{}", outcome.stderr);
}
