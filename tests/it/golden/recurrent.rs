//! Recurrent networks: files 07a to 07d, full and truncated backpropagation through time, and mistakes.

use std::sync::Arc;

use runner::nn::{Feed, Member, Parameter, Rows, Samples, Shape, Trainer};
use runner::spec::{Bias, Cell, Recurrent, Truncate};
use serde_json::Value;

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
