//! Trajectories against `tests/golden`: reference numbers made by an independent NumPy program in float64 and rebuilt
//! with JAX and optax; initial weights and batches are stored, so nothing depends on a random generator.
//!
//! Runs that carry a fault on purpose have the true loss and a wrong gradient.

mod masks;
mod perceptron;
mod recurrent;
mod small;

mod losses;

use std::sync::Arc;

use runner::nn::{self, Feed, Member, Parameter, Shape, Trainer};
use runner::spec::{
    Bias, Engine, Fault, HiddenDerivative, OutputDelta, Precision, Reduction, TimeIndex, Update,
};
use serde_json::Value;

use crate::networks::{Samples, Setup, activation, layer, loss, optimizer};

/// An engine, and what its runs may differ by from the reference, relative and absolute.
struct Tolerance {
    engine: Engine,
    precision: Precision,
    relative: f64,
    absolute: f64,
    /// For parameters after all steps.
    relative_end: f64,
}

/// As suggested by the reference's own notes, which measured a float32 rerun at 1e-5 or better.
const TOLERANCES: [Tolerance; 3] = [
    Tolerance {
        engine: Engine::Burn,
        precision: Precision::F64,
        relative: 1e-9,
        absolute: 1e-12,
        relative_end: 1e-9,
    },
    Tolerance { engine: Engine::Burn, ..SINGLE },
    SINGLE,
];

const SINGLE: Tolerance = Tolerance {
    engine: Engine::Fused,
    precision: Precision::F32,
    relative: 1e-5,
    absolute: 1e-6,
    relative_end: 1e-4,
};

fn read(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = std::fs::File::open(&path).and_then(std::io::read_to_string);
    serde_json::from_str(&text.unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// All numbers of a nested array, in order; infinities and NaN are written as words.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::String(word) => vec![word.parse().unwrap()],
        number => vec![number.as_f64().unwrap()],
    }
}

fn parse(text: &str) -> f64 {
    text.parse().unwrap()
}

/// The layers of a file of kind `mlp`; file 4 tells them in words.
fn layers(file: &Value) -> Vec<Value> {
    let dense = |inputs: usize, units: usize, activation: &str| serde_json::json!({ "in": inputs, "out": units, "activation": activation });
    match file["model"]["layers"].as_array() {
        Some(layers) => layers.clone(),
        None => vec![dense(4, 5, "relu"), dense(5, 6, "relu"), dense(6, 3, "softmax")],
    }
}

/// A table of data, beside the reference numbers or among the data sets of the project.
fn table(name: &str) -> csv::Reader<std::fs::File> {
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = project.join("tests/golden").join(name);
    let path = if beside.exists() { beside } else { project.join("datasets").join(name) };
    csv::Reader::from_path(path).unwrap()
}

/// The samples of a file of kind `mlp`: inline, or a CSV beside it, scaled as the file says.
fn samples(file: &Value) -> Samples {
    let layers = layers(file);
    let features = layers[0]["in"].as_u64().unwrap() as usize;
    let outputs = layers[layers.len() - 1]["out"].as_u64().unwrap() as usize;
    let shape = Shape::rows(features, outputs);
    if let Some(x) = file.get("x") {
        let (x, y) = (numbers(x), numbers(&file["y"]));
        return Samples { shape, x, y };
    }
    let name = file["dataset"]["csv"].as_str().unwrap().trim_start_matches("datasets/");
    let rows = file["dataset"]["rows"].as_str().unwrap();
    let most = rows.strip_prefix("first ").map_or(usize::MAX, |rows| rows.parse().unwrap());
    let classes = file["dataset"]["class_order"].as_array().unwrap();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for record in table(name).records().take(most) {
        let record = record.unwrap();
        x.extend(record.iter().take(features).map(parse));
        let class = record.get(features).unwrap();
        y.extend(classes.iter().map(|c| f64::from(u8::from(c.as_str() == Some(class)))));
    }
    for step in file["dataset"]["preprocess"].as_array().unwrap() {
        if step["op"] == "divide" {
            x.iter_mut().for_each(|v| *v /= step["by"].as_f64().unwrap());
            continue;
        }
        assert_eq!(step["op"], "min_max");
        let (low, high) = (numbers(&step["min"]), numbers(&step["max"]));
        for row in x.chunks_mut(features) {
            for ((v, low), high) in row.iter_mut().zip(&low).zip(&high) {
                *v = (*v - low) / (high - low);
            }
        }
    }
    Samples { shape, x, y }
}

/// The configuration of a run, and the factor from our loss to the file's.
///
/// `sse_half_mean_samples` with one output is half our mse: the learning rate is halved and our loss too, both exact.
fn setup(file: &Value, run: &Value) -> (Setup, f64) {
    let ours = |name: &str| activation(if name == "linear" { "identity" } else { name });
    let mut setup = Setup::new();
    let layers = layers(file);
    let (last, hidden) = layers.split_last().unwrap();
    let hidden = hidden
        .iter()
        .map(|l| layer(l["out"].as_u64().unwrap() as usize, ours(l["activation"].as_str().unwrap())));
    setup.hidden = hidden.collect();
    setup.output = ours(last["activation"].as_str().unwrap());
    let (name, reduction, factor) = match run["loss"]["kind"].as_str().unwrap() {
        "mse_mean_all" => ("mse", Reduction::Mean, 1.0),
        "softmax_ce_mean" => ("cross_entropy", Reduction::Mean, 1.0),
        "softmax_ce_sum" => ("cross_entropy", Reduction::Sum, 1.0),
        "sse_half_mean_samples" => ("mse", Reduction::Mean, 0.5),
        "sse_half_sum" => ("mse", Reduction::Sum, 0.5),
        "bce_sum_outputs_mean_samples" => ("binary_cross_entropy", Reduction::SumOverOutputs, 1.0),
        other => panic!("no loss for {other}"),
    };
    setup.loss = loss(name);
    setup.reduction = reduction;
    let given = &run["optimizer"];
    let number = |key: &str| given.get(key).and_then(Value::as_f64);
    let keys = [
        ("beta1", "beta1"),
        ("beta2", "beta2"),
        ("eps", "epsilon"),
        ("momentum", "momentum"),
        ("dampening", "dampening"),
    ];
    let mut parameters = vec![("learning_rate", number("lr").unwrap() * factor)];
    parameters.extend(keys.iter().filter_map(|(theirs, ours)| Some((*ours, number(theirs)?))));
    for flag in ["nesterov", "amsgrad"] {
        if given.get(flag) == Some(&Value::Bool(true)) {
            parameters.push((flag, 1.0));
        }
    }
    let kind = match given["kind"].as_str().unwrap() {
        "multiplicative" | "accumulate" => "sgd",
        other => other,
    };
    setup.optimizer = optimizer(kind, &parameters);
    setup.fault = fault(&run["fault"]);
    // File 4 names the head by the loss.
    if file["case"] == "04_iris_faults" {
        setup.output = activation(if name == "mse" { "sigmoid" } else { "softmax" });
    }
    setup.optimizer.weight_decay = number("weight_decay").unwrap_or(0.0);
    (setup, factor)
}

/// The mistake of a run, with the words of the language.
fn fault(given: &Value) -> Fault {
    fn case<T: Copy>(all: &[T], name: fn(T) -> &'static str, word: &Value) -> Option<T> {
        let word = word.as_str()?;
        Some(*all.iter().find(|case| name(**case) == word).unwrap_or_else(|| panic!("no fault {word}")))
    }
    Fault {
        hidden_derivative: case(HiddenDerivative::ALL, HiddenDerivative::name, &given["hidden_derivative"]),
        output_delta: case(OutputDelta::ALL, OutputDelta::name, &given["output_delta"]),
        update: case(Update::ALL, Update::name, &given["update"]),
        time_index: case(TimeIndex::ALL, TimeIndex::name, &given["time_index"]),
        ..Fault::default()
    }
}

/// The file's `w0, b0, w1, ...` as our parameters.
fn parameters(like: &[Parameter], values: &Value) -> Vec<Parameter> {
    let named = |p: &Parameter| {
        let (layer, kind) = p.name.strip_prefix("layer_").unwrap().split_once('.').unwrap();
        let theirs = format!("{}{layer}", if kind == "weight" { "w" } else { "b" });
        Parameter { values: numbers(&values[theirs]), ..p.clone() }
    };
    like.iter().map(named).collect()
}

#[track_caller]
fn close(what: &str, ours: &[f64], theirs: &[f64], relative: f64, absolute: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let error = (a - b).abs();
        assert!(error <= relative * b.abs() + absolute, "{what}[{i}]: {a} is not {b} (difference {error:e})");
    }
}

fn is_weight(parameter: &Parameter) -> bool {
    parameter.name.ends_with("weight")
}

/// `l2 · Σw²`, which the files add to the loss, biases left out.
fn penalty(l2: f64, parameters: &[Parameter]) -> f64 {
    let weights = parameters.iter().filter(|p| is_weight(p)).flat_map(|p| &p.values);
    l2 * weights.map(|w| w * w).sum::<f64>()
}

/// Gradients at step 0, the loss of every step, and the final parameters of one run.
fn check(id: &str, samples: &Samples, setup: &Setup, factor: f64, run: &Value, steps: usize, t: &Tolerance) {
    let configuration = setup.configuration();
    // Mistakes on purpose too are made by the engine that is asked.
    assert_eq!(nn::chosen(&configuration).is_fused, t.engine == Engine::Fused, "{id}");
    let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
    let mut trainer = Trainer::new(&[member], samples.shape);
    let names = trainer.parameters(0);
    trainer.set_parameters(0, &parameters(&names, &run["start"]));

    let table = nn::Samples::new(samples.shape, t.precision, &samples.x, &samples.y, &[]);
    let whole = Feed::whole(vec![Arc::new(table)], vec![0]);
    let orders = run["batch"].get("row_indices_per_step").map(|o| o.as_array().unwrap());
    let feed = |step: usize| -> Feed {
        let Some(orders) = orders else { return whole.clone() };
        let rows: Arc<[u32]> = numbers(&orders[step]).iter().map(|r| *r as u32).collect();
        Feed { rows: rows.len(), batch: rows.len(), orders: vec![rows], ..whole.clone() }
    };
    let expected = parameters(&names, &run["grad_step0"]);
    let l2 = setup.optimizer.l2;
    for (ours, theirs) in trainer.gradients(&feed(0))[0].iter().zip(&expected) {
        let largest = theirs.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let mut scaled: Vec<f64> = ours.values.iter().map(|v| v * factor).collect();
        if is_weight(ours) {
            let start = numbers(&run["start"][ours.name.replace("layer_", "w").trim_end_matches(".weight")]);
            scaled.iter_mut().zip(start).for_each(|(slope, w)| *slope += 2.0 * l2 * w);
        }
        let what = format!("{id}: gradient of {}", ours.name);
        close(&what, &scaled, &theirs.values, t.relative, t.absolute + t.relative * largest);
    }
    let mut loss = |step: usize| {
        let before = penalty(l2, &trainer.parameters(0));
        trainer.advance(&feed(step), 1, None)[0] * factor + before
    };
    let losses: Vec<f64> = (0..steps).map(&mut loss).collect();
    let theirs = numbers(&run["loss_per_step"]);
    let broken = theirs.iter().position(|loss| !loss.is_finite());
    // Where parameters overflow, the file has one more loss of saturated units; infinity minus infinity is not a number with us.
    // In f32 that is soon after the fifth step, from which on numbers are squared in every step.
    let most = if t.precision == Precision::F32 { 5 } else { steps };
    let told = broken.map_or(steps, |step| step.saturating_sub(1).min(most));
    close(&format!("{id}: loss"), &losses[..told], &theirs[..told], t.relative, t.absolute);
    if let Some(step) = broken {
        assert!(losses[step..].iter().all(|loss| !loss.is_finite()), "{id}: {losses:?}");
    } else if steps == theirs.len() {
        for (ours, theirs) in trainer.parameters(0).iter().zip(&parameters(&names, &run["final_params"])) {
            let what = format!("{id}: final {}", ours.name);
            close(&what, &ours.values, &theirs.values, t.relative_end, t.absolute.max(t.relative_end * 1e-2));
        }
    }
}

/// Every run of a file, on the reference path in f64 and f32 and on the fused engine where it can; gives how many there were.
fn check_file(name: &str) -> usize {
    let file = read(name);
    let samples = samples(&file);
    let runs = file["runs"].as_array().unwrap();
    let mut count = 0;
    for run in runs {
        let (mut setup, factor) = setup(&file, run);
        let mut run = run.clone();
        run["start"] = file["init"].clone();
        // The penalty of the files is `l2 / 2N · Σw²`.
        let rows = (samples.y.len() / samples.shape.outputs) as f64;
        setup.optimizer.l2 = run["loss"]["l2"].as_f64().unwrap_or(0.0) / (2.0 * rows);
        let steps = run["steps"].as_u64().unwrap() as usize;
        for t in &TOLERANCES {
            (setup.engine, setup.precision) = (t.engine, t.precision);
            check(
                &format!("{name} {} {:?} {:?}", run["id"], t.engine, t.precision),
                &samples,
                &setup,
                factor,
                &run,
                steps,
                t,
            );
        }
        count += 1;
    }
    count
}

#[test]
fn iris_sigmoid_with_mse() {
    assert_eq!(check_file("01_iris_sigmoid_mse.json"), 2);
}

#[test]
fn iris_softmax_with_cross_entropy() {
    assert_eq!(check_file("02_iris_softmax_ce.json"), 3);
}

#[test]
fn iris_softmax_with_mse() {
    assert_eq!(check_file("03_iris_softmax_mse.json"), 2);
}

#[test]
fn iris_faults() {
    assert_eq!(check_file("04_iris_faults.json"), 6);
}

#[test]
fn xor_full_batch_online_and_faults() {
    assert_eq!(check_file("05_xor_softmax_ce.json"), 6);
}

#[test]
fn xor_tanh_with_half_the_sum_of_squares() {
    assert_eq!(check_file("06_xor_tanh_linear_sse.json"), 3);
}

/// Binary cross-entropy summed over outputs, with a penalty on squared weights.
#[test]
fn golden_13_bce_l2_sigmoid_digits() {
    assert_eq!(check_file("13_bce_l2_sigmoid_digits.json"), 2);
}

#[test]
fn optimizers() {
    assert_eq!(check_file("17_optimisers.json"), 12);
}

#[test]
fn spiral() {
    assert_eq!(check_file("22_spiral_2_3_3.json"), 2);
}

/// One linear layer; the raw features `[1, x, x²]` without bias, the standardised `[x, x²]` with one.
#[test]
fn quadratic_regression() {
    let file = read("15_quadratic_regression.json");
    let points = numbers(&file["x"]);
    for run in file["runs"].as_array().unwrap() {
        let is_raw = run.get("psi").is_none();
        let (x, y) = match is_raw {
            true => (points.iter().flat_map(|x| [1.0, *x, x * x]).collect(), numbers(&file["y"])),
            false => (numbers(&run["psi"]), numbers(&run["target"])),
        };
        let shape = Shape::rows(x.len() / points.len(), 1);
        let samples = Samples { shape, x, y };
        let mut setup = Setup::new();
        setup.hidden = Vec::new();
        setup.output = activation("identity");
        setup.loss = loss("mse");
        setup.output_bias = if is_raw { Bias::None } else { Bias::Unit };
        setup.optimizer = optimizer("sgd", &[("learning_rate", run["optimizer"]["lr"].as_f64().unwrap())]);
        let mut run = run.clone();
        run["start"] = run["init"].clone();
        for block in ["start", "grad_step0", "final_params"] {
            run[block]["w0"] = run[block]["w"].clone();
            run[block]["b0"] = run[block].get("b").cloned().unwrap_or_default();
        }
        for t in &TOLERANCES {
            (setup.engine, setup.precision) = (t.engine, t.precision);
            // The raw features diverge at the posted rate: rounding grows with the loss, so f32 is held to fewer steps.
            let diverges = run["id"] == "raw_posted_lr0.01";
            let steps = if diverges && t.precision == Precision::F32 { 5 } else { 31 };
            let id = format!("15 {} {:?} {:?}", run["id"], t.engine, t.precision);
            check(&id, &samples, &setup, 1.0, &run, steps, t);
        }
    }
}

/// Features and targets on wild scales; three of the four runs diverge or saturate, so their first 5 steps count. With
/// standardised features these agree in f32 as closely as anywhere. With raw ones rounding decides which units saturate:
/// our f32 losses stray by 4e-8, 4e-8, 8e-3, 4e-2 in steps 0 to 3, so there two steps count, to the 1e-3 of the notes.
#[test]
fn regression_with_and_without_scaling() {
    let file = read("23_regression_11_11_1.json");
    let raw = samples(&file);
    let standardised = |values: &[f64], mean: &Value, deviation: &Value| -> Vec<f64> {
        let (mean, deviation) = (numbers(mean), numbers(deviation));
        let scaled =
            values.iter().enumerate().map(|(i, v)| (v - mean[i % mean.len()]) / deviation[i % mean.len()]);
        scaled.collect()
    };
    for run in file["runs"].as_array().unwrap() {
        let mut samples = raw.clone();
        if run["data"]["x"] != "raw" {
            samples.x = standardised(&raw.x, &file["x_mean"], &file["x_std_ddof0"]);
        }
        if run["data"]["y"] != "raw" {
            samples.y = standardised(&raw.y, &file["y_mean"], &file["y_std_ddof0"]);
        }
        let is_sound = run["id"] == "both_standardised";
        let (mut setup, factor) = setup(&file, run);
        let mut run = run.clone();
        run["start"] = file["init"].clone();
        for t in &TOLERANCES {
            (setup.engine, setup.precision) = (t.engine, t.precision);
            let loose = Tolerance { relative: 1e-3, ..*t };
            let t = if run["id"] == "raw" && t.precision == Precision::F32 { &loose } else { t };
            let id = format!("23 {} {:?} {:?}", run["id"], t.engine, t.precision);
            let steps = match (is_sound, t.precision) {
                (true, _) => 50,
                (false, Precision::F32) if run["id"] == "raw" => 2,
                (false, _) => 5,
            };
            check(&id, &samples, &setup, factor, &run, steps, t);
        }
    }
}
