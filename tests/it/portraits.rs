//! What records keep of trained networks for people to look at: that it is the same however trials are packed, that it is what the
//! networks are, and of which trials there is one. How the page draws it is tested in `report/html` and `report/browser`.

use std::collections::BTreeMap;

use runner::event::Portrait;
use runner::record::TensorFile;
use serde_json::Value;

use crate::support::Project;

const FILE: &str = "experiments/x.toml";

/// Two arms whose members end at different epochs, in classes of a plane, with inputs that are made of the features.
const SPIRAL: &str = r#"
[data]
source = "spiral"
scale = "standardize"
polynomial = 2
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [{ units = 6, activation = "relu" }, { units = 5, activation = "sigmoid", dropout = 0.2 }]

[optimizer]
name = "adam"
learning_rate = 0.02

[train]
epochs = 30
batch = 16
seeds = 3
early_stop = { metric = "validation.loss", patience = 4, restore_best = true }

[sweep]
pairing = ["softmax+cross_entropy", "sigmoid+mse"]

[compare]
by = "pairing"
"#;

/// A trial in the records.
struct Kept {
    end: String,
    portrait: Option<Portrait>,
    line: Value,
}

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn records(project: &Project, results: &str) -> BTreeMap<String, Kept> {
    let text = std::fs::read_to_string(project.path(results).join(".runner.records")).unwrap();
    let kept = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let trial = line.get("trial")?.clone();
        let portrait = trial.get("portrait").map(|p| serde_json::from_value(p.clone()).unwrap());
        let text = |key: &str| trial[key].as_str().unwrap().to_string();
        Some((text("id"), Kept { end: text("end"), portrait, line: trial }))
    };
    text.lines().filter_map(kept).collect()
}

/// Real numbers are 16 hexadecimal digits of their bits.
fn metric(line: &Value, part: &str, name: &str) -> f64 {
    for group in line["metrics"].as_array().unwrap() {
        let at = |list: &Value, word: &str| list.as_array().unwrap().iter().position(|w| w == word);
        if let (Some(p), Some(n)) = (at(&group[0], part), at(&group[1], name)) {
            let place = p * group[1].as_array().unwrap().len() + n;
            let digits = &group[2].as_str().unwrap()[16 * place..][..16];
            return f64::from_bits(u64::from_str_radix(digits, 16).unwrap());
        }
    }
    panic!("{part} has no {name}: {line}")
}

#[test]
fn portraits_are_the_same_however_trials_are_packed() {
    let f64s = SPIRAL.replace("[model]", "[model]\nprecision = \"f64\"");
    for text in [SPIRAL, &f64s] {
        let project = Project::new().file(FILE, text);
        let mut expected: Option<BTreeMap<String, String>> = None;
        for (threads, pack) in [("1", "64"), ("1", "1"), ("2", "4"), ("3", "5")] {
            let results = format!("results_{threads}_{pack}");
            let options = ["--quiet", "--results", &results, "--threads", threads, "--pack", pack];
            project.expect(0, &[&[FILE], &options[..]].concat());
            let portraits = records(&project, &format!("{results}/x"));
            assert_eq!(
                portraits.values().filter(|k| k.portrait.as_ref().unwrap().inside.is_some()).count(),
                2
            );
            let shown =
                portraits.into_iter().map(|(id, kept)| (id, kept.line["portrait"].to_string())).collect();
            let expected = expected.get_or_insert_with(|| BTreeMap::clone(&shown));
            assert!(shown == *expected, "{threads} threads, packs of {pack}");
        }
        assert_eq!(expected.unwrap().len(), 6);
    }
}

/// `runner predict` goes another way: through a file of the network, and text.
#[test]
fn regions_are_what_the_network_predicts_there() {
    let f64s = SPIRAL.replace("[model]", "[model]\nprecision = \"f64\"");
    for text in [SPIRAL, &f64s] {
        // With one seed the trial that was looked into is the one that is kept.
        let text = text.replace("seeds = 3", "seeds = 1");
        let mut project = Project::new().file(FILE, &text);
        project.expect(0, &[FILE, "--quiet", "--set", "record.models=chosen"]);
        let all = records(&project, "results/x");
        let mut seen = Vec::new();
        for kept in all.values() {
            let inside = kept.portrait.as_ref().unwrap().inside.as_ref().unwrap();
            let regions = inside.regions.as_ref().unwrap();
            let side = regions.side;
            let middle = |[low, high]: [f32; 2], i: usize| {
                let (low, high) = (f64::from(low), f64::from(high));
                low + (high - low) * (i as f64 + 0.5) / side as f64
            };
            let mut grid = "x1,x2\n".to_string();
            for cell in 0..side * side {
                let (x, y) = (middle(regions.x, cell % side), middle(regions.y, cell / side));
                grid.push_str(&format!("{x},{y}\n"));
            }
            project = project.file("grid.csv", &grid);
            for arm in ["softmax+cross_entropy", "sigmoid+mse"] {
                let outcome = project.expect(0, &["predict", "results/x", "grid.csv", "--arm", arm]);
                let mut reader = csv::Reader::from_reader(outcome.stdout.as_bytes());
                let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
                // Row, class, and what each of the three classes gets.
                let predicted: Vec<u16> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
                let cells: Vec<u16> = regions.cells();
                assert_eq!((cells.len(), predicted.len()), (side * side, side * side));
                if cells.iter().zip(&predicted).any(|(cell, class)| cell / 2 != *class) {
                    continue;
                }
                for (row, cell) in rows.iter().zip(&cells) {
                    let outputs: Vec<f64> = (2..5).map(|i| row[i].parse().unwrap()).collect();
                    let share = outputs[usize::from(cell / 2)] / outputs.iter().sum::<f64>();
                    // Written with nine digits.
                    assert!(
                        (share - 0.75).abs() < 1e-8 || (share < 0.75) == (cell % 2 == 1),
                        "{row:?} {cell}"
                    );
                }
                seen.push(arm);
            }
            assert!(!regions.points.is_empty() && regions.points.len() <= regions.rows);
        }
        seen.sort_unstable();
        assert_eq!(seen, ["sigmoid+mse", "softmax+cross_entropy"]);
    }
}

#[test]
fn histograms_count_every_parameter_and_every_activation() {
    let project = Project::new().file(FILE, SPIRAL);
    project.expect(0, &[FILE, "--quiet", "--set", "record.models=all"]);
    let mut seen = 0;
    for (id, kept) in records(&project, "results/x") {
        let Some(inside) = kept.portrait.unwrap().inside else { continue };
        seen += 1;
        let path = project.path(&format!("results/x/.runner.models/{id}.safetensors"));
        let file = TensorFile::read(&runner::disk::read(&path).unwrap()).unwrap();
        let names: Vec<&str> = inside.weights.iter().map(|w| w.name.as_str()).collect();
        let layers = [
            "layer_0.weight",
            "layer_0.bias",
            "layer_1.weight",
            "layer_1.bias",
            "layer_2.weight",
            "layer_2.bias",
        ];
        assert_eq!(names, layers);
        for weights in &inside.weights {
            let values = &file.tensor(&weights.name).unwrap().values;
            let count = |counts: &[u32]| counts.iter().sum::<u32>() as usize;
            assert_eq!((count(&weights.start), count(&weights.end)), (values.len(), values.len()));
            // By hand: those in the lower half of the range, of numbers that are no edges.
            let [low, high] = weights.range.map(f64::from);
            assert!(values.iter().all(|v| (low..=high).contains(v)), "{}", weights.name);
            let lower = values.iter().filter(|v| **v < f64::midpoint(low, high)).count();
            assert_eq!(count(&weights.end[..10]), lower, "{}", weights.name);
            // Biases start at 0.
            assert!(!weights.name.ends_with("bias") || weights.start.contains(&(values.len() as u32)));
        }
        // Three fifths of 300 rows are for training.
        assert_eq!(inside.probe, 180);
        let told: Vec<_> = inside
            .activations
            .iter()
            .map(|a| (a.layer, a.units, a.dead.is_some(), a.saturated.is_some()))
            .collect();
        assert_eq!(told, [(0, 6, true, false), (1, 5, true, true), (2, 3, false, false)]);
        for seen in &inside.activations {
            assert_eq!(seen.counts.iter().sum::<u32>() as usize, 180 * seen.units);
        }
        let [relu, sigmoid, outputs] = &inside.activations[..] else { panic!("three layers") };
        assert_eq!(relu.range[0], 0.0);
        assert!([sigmoid, outputs].iter().all(|a| a.range[0] > 0.0 && a.range[1] < 1.0));
    }
    assert_eq!(seen, 2);
}

#[test]
fn calibration_gives_the_metric() {
    let project = Project::new().file(FILE, SPIRAL);
    project.expect(0, &[FILE, "--quiet"]);
    for kept in records(&project, "results/x").values() {
        let calibration = kept.portrait.as_ref().unwrap().calibration.as_ref().unwrap();
        assert_eq!(calibration.part, runner::spec::Part::Test);
        let rows: u32 = calibration.bins.iter().map(|b| b.rows).sum();
        let right: u32 = calibration.bins.iter().map(|b| b.right).sum();
        assert_eq!(rows, 60);
        let accuracy = metric(&kept.line, "test", "accuracy");
        assert!((f64::from(right) / 60.0 - accuracy).abs() < 1e-12);
        let gap = |b: &runner::event::Bin| (f64::from(b.right) - f64::from(b.confidence)).abs();
        let error = calibration.bins.iter().map(gap).sum::<f64>() / 60.0;
        // Sums below 60 in single precision, of up to 15 bins.
        let expected = metric(&kept.line, "test", "expected_calibration_error");
        assert!((error - expected).abs() < 1e-6, "{error} {expected}");
    }
}

/// One learning rate breaks every network; scores of a straight line are no probabilities; a regression has no classes.
#[test]
fn what_broke_or_has_no_classes_has_less_of_a_portrait() {
    let text = SPIRAL
        .replace("pairing = [\"softmax+cross_entropy\", \"sigmoid+mse\"]", "pairing = [\"identity+mse\"]")
        .replace("name = \"adam\"", "name = \"sgd\"")
        .replace("[compare]\nby = \"pairing\"", "\"optimizer.learning_rate\" = [0.01, 1e9]");
    let regression =
        text.replace("source = \"spiral\"", "source = \"sine\"").replace(", stratified = true", "");
    let project = Project::new().file(FILE, &text).file("experiments/y.toml", &regression);
    project.expect(0, &[FILE, "experiments/y.toml", "--quiet"]);
    for name in ["x", "y"] {
        let all = records(&project, &format!("results/{name}"));
        let broken = all.values().filter(|k| k.end == "non_finite");
        assert_eq!(broken.clone().filter(|k| k.portrait.is_none()).count(), 3);
        assert_eq!(broken.count(), 3);
        let portraits: Vec<&Portrait> = all.values().filter_map(|k| k.portrait.as_ref()).collect();
        let insides: Vec<_> = portraits.iter().filter_map(|p| p.inside.as_ref()).collect();
        assert_eq!(insides.len(), 1);
        assert_eq!(insides[0].regions.is_some(), name == "x");
        assert!(name == "x" || portraits.iter().all(|p| p.calibration.is_none()));
    }
}

#[test]
fn large_plans_keep_no_looks_inside_and_recurrent_networks_no_hidden_activations() {
    let large = SPIRAL.replace("epochs = 30", "epochs = 1").replace("seeds = 3", "seeds = 1").replace(
        "[compare]\nby = \"pairing\"",
        "\"optimizer.learning_rate\" = { log = [0.001, 0.1], points = 129 }",
    );
    let recurrent = r#"
pairing = "identity+mse"
data = { source = { name = "adding_problem", samples = 60, steps = 5 }, split = { test = 0.2, validation = 0.2 } }
model = { kind = "rnn", cell = "gru", hidden = [4] }
train = { epochs = 2, seeds = 1 }
"#;
    let project = Project::new().file(FILE, &large).file("experiments/y.toml", recurrent);
    project.expect(0, &[FILE, "experiments/y.toml", "--quiet"]);
    let all = records(&project, "results/x");
    assert_eq!(all.len(), 258);
    assert!(
        all.values()
            .all(|k| k.portrait.as_ref().is_some_and(|p| p.inside.is_none() && p.calibration.is_some()))
    );
    let all = records(&project, "results/y");
    let inside = all.into_values().next().unwrap().portrait.unwrap().inside.unwrap();
    let names: Vec<&str> = inside.weights.iter().map(|w| w.name.as_str()).collect();
    assert!(names.contains(&"layer_0.recurrent_weight"), "{names:?}");
    assert_eq!(inside.activations.iter().map(|a| a.layer).collect::<Vec<_>>(), [1]);
}
