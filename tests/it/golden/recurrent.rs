//! Recurrent networks: files 07a to 07d, full and truncated backpropagation through time, and mistakes; file 30, GRU and LSTM cells,
//! stacked layers, and padding.

use std::ops::Range;
use std::sync::Arc;

use runner::nn::{Feed, Member, Parameter, Rows, Samples, Shape, Trainer};
use runner::spec::{Bias, Cell, Precision, Recurrent, Truncate};
use serde_json::{Value, json};

use super::{SINGLE, TOLERANCES, Tolerance, close, fault, numbers, read};
use crate::networks::{Setup, activation, layer, loss, optimizer};

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Where each of our parameters stands in the file.
fn parameters(like: &[Parameter], values: &Value) -> Vec<Parameter> {
    let theirs = [
        ("layer_0.weight", "u"),
        ("layer_0.recurrent_weight", "w"),
        ("layer_0.bias", "bh"),
        ("layer_1.weight", "v"),
        ("layer_1.bias", "bo"),
    ];
    let named = |p: &Parameter| {
        let (_, key) = theirs.iter().find(|(ours, _)| *ours == p.name).unwrap();
        Parameter { values: numbers(&values[*key]), ..p.clone() }
    };
    like.iter().map(named).collect()
}

fn setup(file: &Value, run: &Value, is_softmax: bool, return_sequences: bool) -> Setup {
    let truncate = match run["truncation"]["kind"].as_str() {
        None => Truncate::Never,
        Some("window") => Truncate::Window(count(&run["truncation"]["k"])),
        Some("chunk") => Truncate::Chunk(count(&run["truncation"]["k"])),
        Some(other) => panic!("no truncation {other}"),
    };
    let mut setup = Setup::new();
    setup.hidden = vec![layer(count(&file["dims"]["hidden"]), activation("tanh"))];
    setup.hidden[0].bias = Bias::Unit;
    setup.recurrent = Some(Recurrent { cell: Cell::Elman, return_sequences, truncate });
    setup.output = activation(if is_softmax { "softmax" } else { "identity" });
    setup.loss = loss(if is_softmax { "cross_entropy" } else { "mse" });
    setup.optimizer = optimizer("sgd", &[("learning_rate", run["optimizer"]["lr"].as_f64().unwrap())]);
    setup.fault = fault(&run["fault"]);
    setup
}

fn check(file: &Value, run: &Value, setup: &Setup, t: &Tolerance) {
    let id = format!("{} {} {:?}", file["case"], run["id"], t.precision);
    let dims = &file["dims"];
    let return_sequences = setup.recurrent.unwrap().return_sequences;
    let steps = count(&dims["time"]);
    let shape = Shape {
        features: count(&dims["input"]),
        outputs: count(&dims["output"]),
        steps,
        answers: if return_sequences { steps } else { 1 },
    };
    let configuration = setup.configuration();
    let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
    let mut trainer = Trainer::new(&[member], shape);
    let names = trainer.parameters(0);
    trainer.set_parameters(0, &parameters(&names, &file["init"]));
    let (x, y) = (numbers(&file["x"]), numbers(&file["y"]));
    let samples = Samples::of(shape, t.precision, Rows { x: &x, y: &y, ..Rows::default() });
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
    for (ours, theirs) in trainer.gradients(&feed)[0].iter().zip(&parameters(&names, &run["grad_step0"])) {
        let largest = theirs.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let absolute = t.absolute + t.relative * largest;
        close(
            &format!("{id}: gradient of {}", ours.name),
            &ours.values,
            &theirs.values,
            t.relative,
            absolute,
        );
    }
    let steps = count(&run["steps"]);
    let losses: Vec<f64> = (0..steps).map(|_| trainer.advance(&feed, 1, None)[0]).collect();
    close(&format!("{id}: loss"), &losses, &numbers(&run["loss_per_step"]), t.relative, t.absolute);
    let last = trainer.evaluate(&feed, false).loss;
    close(
        &format!("{id}: last loss"),
        &last,
        &[run["loss_final_full_data"].as_f64().unwrap()],
        t.relative,
        t.absolute,
    );
    for (ours, theirs) in trainer.parameters(0).iter().zip(&parameters(&names, &run["final_params"])) {
        let absolute = t.absolute.max(t.relative_end * 1e-2);
        close(&format!("{id}: {}", ours.name), &ours.values, &theirs.values, t.relative_end, absolute);
    }
}

/// Every run of a file, in f64 and f32; gives how many there were.
fn check_file(name: &str, is_softmax: bool, return_sequences: bool) -> usize {
    let file = read(name);
    let runs = file["runs"].as_array().unwrap();
    for run in runs {
        let mut setup = setup(&file, run, is_softmax, return_sequences);
        // Thirty steps of feedback magnify the rounding of f32; 1e-4 is what it is held to everywhere at the end.
        for t in [&TOLERANCES[0], &Tolerance { relative: 1e-4, ..SINGLE }] {
            setup.precision = t.precision;
            check(&file, run, &setup, t);
        }
    }
    assert!(runs.iter().any(|run| run["id"] == "full_bptt"));
    runs.len()
}

#[test]
fn many_to_one_softmax() {
    assert_eq!(check_file("07a_rnn_many_to_one_softmax.json", true, false), 9);
}

#[test]
fn many_to_many_softmax() {
    assert_eq!(check_file("07b_rnn_many_to_many_softmax.json", true, true), 13);
}

#[test]
fn many_to_one_linear() {
    assert_eq!(check_file("07c_rnn_many_to_one_linear.json", false, false), 9);
}

#[test]
fn many_to_many_linear() {
    assert_eq!(check_file("07d_rnn_many_to_many_linear.json", false, true), 13);
}

// ---- cells, stacked layers, padding ----------------------------------------------------------------------------------

/// A network of file 30: two recurrent layers and a linear one.
fn stacked(file: &Value, case: &Value) -> Setup {
    let cell = Cell::ALL.into_iter().find(|cell| cell.name() == case["cell"].as_str().unwrap()).unwrap();
    let return_sequences = case["return_sequences"].as_bool().unwrap();
    let units = numbers(&file["units"]);
    let mut setup = Setup::new();
    setup.hidden = units.iter().map(|units| layer(*units as usize, activation("tanh"))).collect();
    setup.recurrent = Some(Recurrent { cell, return_sequences, truncate: Truncate::Never });
    (setup.output, setup.loss) = (activation("identity"), loss("mse"));
    setup
}

fn named(like: &[Parameter], values: &Value) -> Vec<Parameter> {
    like.iter().map(|p| Parameter { values: numbers(&values[p.name.as_str()]), ..p.clone() }).collect()
}

/// Outputs `[sequences][answers that are there]`, loss, and gradients of a case, as `runner` computes them, and the gradients of the file.
struct Computed {
    outputs: Vec<f64>,
    loss: f64,
    gradients: Vec<Parameter>,
    expected: Vec<Parameter>,
}

/// `sequences` and `steps` are taken from the end of the case's: fewer steps where those left out are padding of all.
fn compute(
    file: &Value,
    case: &Value,
    precision: Precision,
    sequences: Range<usize>,
    steps: usize,
) -> Computed {
    let setup = Setup { precision, ..stacked(file, case) };
    let (all_steps, each) = (count(&file["steps"]), setup.recurrent.unwrap().return_sequences);
    let answers = if each { steps } else { 1 };
    let of = |key: &str, taken: usize| -> Vec<f64> {
        let rows = case[key].as_array().unwrap()[sequences.clone()].iter();
        rows.flat_map(|row| {
            let row = row.as_array().unwrap();
            row[row.len() - taken..].iter().flat_map(numbers).collect::<Vec<f64>>()
        })
        .collect()
    };
    let (x, y) = (of("x", steps), of("y", answers));
    let lengths: Vec<u32> = numbers(&case["lengths"])[sequences].iter().map(|n| *n as u32).collect();
    assert!(steps <= all_steps && lengths.iter().all(|n| *n as usize <= steps));
    let is_there = |place: usize| place % steps >= steps - lengths[place / steps] as usize;
    let weight: Vec<f64> = (0..lengths.len() * steps).map(|p| f64::from(u8::from(is_there(p)))).collect();
    let shape = Shape {
        features: x.len() / lengths.len() / steps,
        outputs: y.len() / lengths.len() / answers,
        steps,
        answers,
    };
    let configuration = setup.configuration();
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let like = trainer.parameters(0);
    trainer.set_parameters(0, &named(&like, &case["parameters"]));
    let weight = if each { weight.as_slice() } else { &[] };
    let rows = Rows { x: &x, y: &y, weight, lengths: &lengths, mask: &[] };
    let feed = Feed::whole(vec![Arc::new(Samples::of(shape, precision, rows))], vec![0]);
    let evaluation = trainer.evaluate(&feed, true);
    let told = evaluation.outputs.chunks(shape.outputs).enumerate();
    let told =
        told.filter(|(place, _)| !each || is_there(*place)).flat_map(|(_, row)| row).copied().collect();
    let gradients = trainer.gradients(&feed).remove(0);
    Computed { outputs: told, loss: evaluation.loss[0], gradients, expected: named(&like, &case["gradient"]) }
}

/// PyTorch's autograd of cells held to `torch.nn.LSTM` and Keras' layers (the file says which versions), in f64 and f32; padded sequences
/// are there sequences of their own.
#[test]
fn cells_stacked_layers_and_padding() {
    let file = read("30_gru_lstm.json");
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        for t in [&TOLERANCES[0], &SINGLE] {
            let id = format!(
                "{} {} {} {:?}",
                case["cell"], case["return_sequences"], case["lengths"], t.precision
            );
            let found = compute(&file, case, t.precision, 0..4, count(&file["steps"]));
            close(
                &format!("{id}: outputs"),
                &found.outputs,
                &numbers(&case["outputs"]),
                t.relative,
                t.absolute,
            );
            close(
                &format!("{id}: loss"),
                &[found.loss],
                &numbers(&json!([case["loss"]])),
                t.relative,
                t.absolute,
            );
            for (ours, theirs) in found.gradients.iter().zip(&found.expected) {
                let largest = theirs.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
                let absolute = t.absolute + t.relative * largest;
                close(
                    &format!("{id}: gradient of {}", ours.name),
                    &ours.values,
                    &theirs.values,
                    t.relative,
                    absolute,
                );
            }
        }
    }
}

/// A sequence in front of which three steps of padding stand, and the same sequence alone without any. Sums have more terms, all of them 0,
/// so nothing but the last bits of f64 may differ.
#[test]
fn padding_changes_neither_outputs_nor_gradients() {
    let file = read("30_gru_lstm.json");
    let is_padded = |case: &&Value| numbers(&case["lengths"]) == [5.0, 2.0, 1.0, 4.0];
    for case in file["cases"].as_array().unwrap().iter().filter(is_padded) {
        let id = format!("{} {}", case["cell"], case["return_sequences"]);
        let [padded, alone] = [5, 2].map(|steps| compute(&file, case, Precision::F64, 1..2, steps));
        close(&id, &padded.outputs, &alone.outputs, 1e-14, 1e-16);
        close(&id, &[padded.loss], &[alone.loss], 1e-14, 0.0);
        for (a, b) in padded.gradients.iter().zip(&alone.gradients) {
            close(&format!("{id}: gradient of {}", a.name), &a.values, &b.values, 1e-13, 1e-16);
        }
    }
}
