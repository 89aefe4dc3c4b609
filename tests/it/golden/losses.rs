//! Losses against `tests/golden`: values and gradients by the outputs, and the trajectory of a support vector machine.
//!
//! A linear network without bias, whose inputs are the rows of an identity matrix, gives its weights as outputs, and its gradient by
//! them is that by the outputs. So files that hold nothing but outputs are met on every engine, through all of it.

use std::sync::Arc;

use runner::catalog::{Choice, Value as Setting};
use runner::nn::{self, Feed, Member, Shape, Trainer};
use runner::spec::{Bias, Reduction};
use serde_json::json;

use super::{TOLERANCES, Tolerance, check, close, numbers, parameters, read, samples};
use crate::networks::{Samples, Setup, activation, loss, optimizer, set};

/// No hidden layer, no bias, identity at the outputs.
fn linear(loss: Choice, reduction: Reduction) -> Setup {
    let output = activation("identity");
    Setup { hidden: Vec::new(), output, loss, reduction, output_bias: Bias::None, ..Setup::new() }
}

fn with(mut choice: Choice, key: &str, value: Setting) -> Choice {
    let at = choice.entry.params.iter().position(|p| p.key == key).unwrap();
    choice.values[at] = Some(value);
    choice
}

/// The data loss of a linear network with weights `w`, `[features][outputs]`, and its gradient by them.
fn examine(setup: &Setup, samples: &Samples, w: &[f64], t: &Tolerance) -> (f64, Vec<f64>) {
    let setup = Setup { engine: t.engine, precision: t.precision, ..setup.clone() };
    let configuration = setup.configuration();
    let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
    let mut trainer = Trainer::new(&[member], samples.shape);
    let mut parameters = trainer.parameters(0);
    assert_eq!(parameters.len(), 1, "weights alone");
    parameters[0].values = w.to_vec();
    trainer.set_parameters(0, &parameters);
    let table = nn::Samples::new(samples.shape, t.precision, &samples.x, &samples.y, &[]);
    let feed = Feed::whole(vec![Arc::new(table)], vec![0]);
    (trainer.evaluate(&feed, false).loss[0], trainer.gradients(&feed)[0][0].values.clone())
}

/// Value, if known, and gradient of a loss at outputs `a` for targets `y`, all `[rows][outputs]`, on every engine.
#[track_caller]
fn check_outputs(setup: &Setup, [a, y]: [&[f64]; 2], rows: usize, loss: Option<f64>, gradient: &[f64]) {
    let one = |at: usize| f64::from(u8::from(at.is_multiple_of(rows + 1)));
    let samples = Samples {
        shape: Shape::rows(rows, a.len() / rows),
        x: (0..rows * rows).map(one).collect(),
        y: y.to_vec(),
    };
    for t in &TOLERANCES {
        let what = format!("{} {:?} {:?}", setup.loss, t.engine, t.precision);
        let (value, slopes) = examine(setup, &samples, a, t);
        if let Some(loss) = loss {
            close(&what, &[value], &[loss], t.relative, t.absolute);
        }
        close(&format!("{what}: gradient"), &slopes, gradient, t.relative, t.absolute);
    }
}

/// The penalty of the examples, `λ Σw²` without factor 1/2, is added here: it is the optimizer's, not the loss's.
#[test]
fn golden_10_hinge() {
    let file = read("10_hinge.json");
    let classes = numbers(&file["labels"]);
    let one_hot = |class: &f64| (0..3).map(|k| f64::from(u8::from(k as f64 == *class))).collect::<Vec<_>>();
    let samples = Samples {
        shape: Shape::rows(4, 3),
        x: numbers(&file["x"]),
        y: classes.iter().flat_map(one_hot).collect(),
    };
    let w = numbers(&file["w"]);
    let examples = file["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let number = |key: &str| example[key].as_f64().unwrap();
        let mut setup = linear(loss("hinge"), Reduction::Mean);
        set(&mut setup.loss, "margin", number("delta"));
        let lambda = number("l2_lambda");
        for t in &TOLERANCES {
            let what = format!("10 lambda {lambda} {:?} {:?}", t.engine, t.precision);
            let (value, slopes) = examine(&setup, &samples, &w, t);
            let squares: f64 = w.iter().map(|w| w * w).sum();
            close(&what, &[value + lambda * squares], &[number("loss")], t.relative, t.absolute);
            let slopes: Vec<f64> = slopes.iter().zip(&w).map(|(g, w)| g + 2.0 * lambda * w).collect();
            let expected = numbers(&example["grad_w"]);
            close(&format!("{what}: gradient"), &slopes, &expected, t.relative, t.absolute);
        }
    }
    let at_zero = &file["loss_at_zero_weights_must_be_classes_minus_one_times_delta"];
    let (value, _) = examine(&linear(loss("hinge"), Reduction::Mean), &samples, &[0.0; 12], &TOLERANCES[2]);
    assert_eq!(value, at_zero.as_f64().unwrap());
}

/// 50 steps of a linear network on iris: loss of every step, gradient, weights at the end, and accuracy.
#[test]
fn golden_10_hinge_on_iris() {
    let mut run = read("10_hinge.json")["iris_trajectory"].clone();
    run["model"] = json!({ "layers": [{ "in": 4, "out": 3, "activation": "linear" }] });
    run["start"] = run["init"].clone();
    for block in ["start", "grad_step0", "final_params"] {
        run[block]["w0"] = run[block]["w"].clone();
        run[block]["b0"] = run[block]["b"].clone();
    }
    let samples = samples(&run);
    let mut setup = linear(loss("hinge"), Reduction::Mean);
    setup.output_bias = Bias::Unit;
    setup.optimizer = optimizer("sgd", &[("learning_rate", run["optimizer"]["lr"].as_f64().unwrap())]);
    for t in &TOLERANCES {
        (setup.engine, setup.precision) = (t.engine, t.precision);
        let id = format!("10 iris {:?} {:?}", t.engine, t.precision);
        check(&id, &samples, &setup, 1.0, &run, 50, t);

        let configuration = setup.configuration();
        let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
        let mut trainer = Trainer::new(&[member], samples.shape);
        trainer.set_parameters(0, &parameters(&trainer.parameters(0), &run["start"]));
        let table = nn::Samples::new(samples.shape, t.precision, &samples.x, &samples.y, &[]);
        let feed = Feed::whole(vec![Arc::new(table)], vec![0]);
        (0..50).for_each(|_| drop(trainer.advance(&feed, 1, None)));
        let outputs = trainer.evaluate(&feed, true).outputs;
        let largest = |row: &[f64]| (1..3).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        let right = outputs.chunks(3).zip(samples.y.chunks(3)).filter(|(a, y)| y[largest(a)] == 1.0).count();
        assert_eq!(right as f64 / 150.0, run["accuracy_final"].as_f64().unwrap(), "{id}");
    }
}

/// The runs of the file with half the sum of squares, under its own name, without a factor.
#[test]
fn golden_06_xor_tanh_linear_sse() {
    let file = read("06_xor_tanh_linear_sse.json");
    let samples = samples(&file);
    let mut count = 0;
    for run in file["runs"].as_array().unwrap() {
        if !run["fault"].is_null() || run["loss"]["kind"] != "sse_half_sum" {
            continue;
        }
        // What is asked for is the rest of the configuration.
        let mut like = run.clone();
        like["loss"]["kind"] = json!("mse_mean_all");
        let (mut setup, _) = super::setup(&file, &like);
        (setup.loss, setup.reduction) = (loss("sum_of_squares"), Reduction::Sum);
        let mut run = run.clone();
        run["start"] = file["init"].clone();
        let steps = run["steps"].as_u64().unwrap() as usize;
        for t in &TOLERANCES {
            (setup.engine, setup.precision) = (t.engine, t.precision);
            let id = format!("06 {} {:?} {:?}", run["id"], t.engine, t.precision);
            check(&id, &samples, &setup, 1.0, &run, steps, t);
        }
        count += 1;
    }
    assert_eq!(count, 1);
}

#[test]
fn golden_11_range_wise_mae() {
    let file = read("11_rwmae.json");
    let of = |ranges: &str| {
        let loss = with(loss("range_wise_mae"), "ranges", Setting::Text(ranges.into()));
        linear(loss, Reduction::Mean)
    };
    let examples = file["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let (a, y) = (numbers(&example["y_pred"]), numbers(&example["y_true"]));
        for ranges in ["sum", "mean"] {
            let loss = example[format!("loss_{ranges}_over_ranges")].as_f64();
            let gradient = numbers(&example[format!("grad_{ranges}_over_ranges")]);
            check_outputs(&of(ranges), [&a, &y], 1, Some(loss.unwrap()), &gradient);
        }
    }
    let batch = &file["batch"];
    let (a, y) = (numbers(&batch["y_pred"]), numbers(&batch["y_true"]));
    let gradient = numbers(&batch["grad_of_mean_over_rows"]);
    check_outputs(&of("sum"), [&a, &y], 3, batch["mean_over_rows"].as_f64(), &gradient);
    let whole: Vec<f64> = gradient.iter().map(|g| 3.0 * g).collect();
    let setup = Setup { reduction: Reduction::Sum, ..of("sum") };
    check_outputs(&setup, [&a, &y], 3, batch["sum_over_rows"].as_f64(), &whole);
}

#[test]
fn golden_12_cross_entropy_of_what_does_not_sum_to_1() {
    let file = read("12_cce_unnormalised.json");
    let examples = file["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let (q, label) = (numbers(&example["q"]), numbers(&example["label"]));
        let setup = linear(loss("probability_cross_entropy"), Reduction::Mean);
        let gradient = numbers(&example["grad"]);
        check_outputs(&setup, [&q, &label], 1, example["loss"].as_f64(), &gradient);
        // As it stands, without the division; the file has no value for it.
        let plain = with(setup.loss, "normalize", Setting::Flag(false));
        let gradient = numbers(&example["grad_if_not_normalised_inside"]);
        check_outputs(&linear(plain, Reduction::Mean), [&q, &label], 1, None, &gradient);
    }
}
