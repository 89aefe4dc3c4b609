//! The OR gate of one unit: file 20, four update rules from the same weights, and two runs with a bias.

use std::sync::Arc;

use runner::nn::{Feed, Member, Parameter, Shape, Trainer};
use runner::spec::{Bias, OutputDelta, Reduction};
use serde_json::json;

use super::{TOLERANCES, check, close, numbers, read};
use crate::networks::{Samples, Setup, activation, loss, optimizer};

fn perceptron() -> Setup {
    let mut setup = Setup::new();
    setup.hidden = Vec::new();
    (setup.output, setup.loss, setup.reduction) = (activation("sigmoid"), loss("mse"), Reduction::Sum);
    setup
}

#[test]
fn four_rules_without_bias() {
    let file = read("20_or_gate.json");
    let shape = Shape::rows(2, 1);
    let (x, y) = (numbers(&file["x"]), numbers(&file["y"]));
    let samples = runner::nn::Samples::new(shape, perceptron().precision, &x, &y, &[]);
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
    let rules = file["no_bias_rules"].as_array().unwrap();
    for rule in rules {
        let wrong = match rule["rule"].as_str().unwrap() {
            "v1_squared_error_as_signal" => Some(OutputDelta::SquaredError),
            "v2_two_e4_times_sigmoid_derivative" => Some(OutputDelta::SquaredErrorSquared),
            "v3_answer_listing_derivative_of_error" => Some(OutputDelta::DerivativeOfError),
            "correct_half_sse" => None,
            other => panic!("no rule {other}"),
        };
        let mut setup = perceptron();
        setup.output_bias = Bias::None;
        setup.fault.output_delta = wrong;
        // Our loss is twice the file's, and so is its gradient; the wrong rules know no loss.
        let factor = if wrong.is_none() { 0.5 } else { 1.0 };
        let rate = rule["lr"].as_f64().unwrap() * factor;
        setup.optimizer = optimizer("sgd", &[("learning_rate", rate)]);
        let configuration = setup.configuration();
        let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
        let mut trainer = Trainer::new(&[member], shape);
        let weight = Parameter { values: numbers(&file["w_init"]), ..trainer.parameters(0)[0].clone() };
        trainer.set_parameters(0, &[weight]);
        let (mut losses, mut weights) = (Vec::new(), Vec::new());
        for step in 0..50 {
            losses.push(trainer.advance(&feed, 1, None)[0] / 2.0);
            if [0, 1, 49].contains(&step) {
                weights.extend(trainer.parameters(0)[0].values.clone());
            }
        }
        let id = format!("{} {}", rule["rule"], rule["lr"]);
        close(&format!("{id}: loss"), &losses, &numbers(&rule["half_sse_per_step"]), 1e-9, 1e-12);
        close(&format!("{id}: weights"), &weights, &numbers(&rule["w_after_step_0_1_49"]), 1e-9, 1e-12);
    }
    assert_eq!(rules.len(), 8);
}

#[test]
fn with_a_bias() {
    let file = read("20_or_gate.json");
    let shape = Shape::rows(2, 1);
    let samples = Samples { shape, x: numbers(&file["x"]), y: numbers(&file["y"]) };
    for (block, name, reduction, factor) in [
        ("with_bias", "mse", Reduction::Sum, 0.5),
        ("with_bias_bce", "binary_cross_entropy", Reduction::SumOverOutputs, 1.0),
    ] {
        let mut run = file[block].clone();
        let mut setup = perceptron();
        (setup.loss, setup.reduction) = (loss(name), reduction);
        setup.optimizer = optimizer("sgd", &[("learning_rate", 0.5 * factor)]);
        run["start"] =
            run.get("init").cloned().unwrap_or_else(|| json!({ "w0": [[0.3], [0.8]], "b0": [0.0] }));
        for t in &TOLERANCES {
            (setup.engine, setup.precision) = (t.engine, t.precision);
            check(&format!("20 {block} {:?}", t.precision), &samples, &setup, factor, &run, 50, t);
        }
    }
}
