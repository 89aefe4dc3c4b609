//! Small facts: file 25, the dynamic model of B3 and the tied thresholds of E5. The corrected run of B3 is stored
//! without the weights it began with.

use std::sync::Arc;

use runner::nn::{Feed, Member, Parameter, Shape, Trainer};
use runner::spec::{Bias, Reduction};

use super::{close, numbers, read};
use crate::networks::{Setup, activation, layer, loss, optimizer};

/// 2-3-1 with sigmoid twice: what comes out of it before any training.
#[test]
fn the_dynamic_model_gives_a_half() {
    let file = read("25_small_facts.json");
    let model = &file["dynamic_model"];
    let mut setup = Setup::new();
    setup.hidden = vec![layer(3, activation("sigmoid"))];
    (setup.output, setup.loss) = (activation("sigmoid"), loss("mse"));
    let configuration = setup.configuration();
    let shape = Shape::rows(2, 1);
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let names = trainer.parameters(0);
    trainer.set_parameters(0, &super::parameters(&names, &model["init"]));
    let (x, y) = (numbers(&model["x"]), numbers(&model["y"]));
    let samples = runner::nn::Samples::new(shape, setup.precision, &x, &y, &[]);
    let seen = trainer.evaluate(&Feed::whole(vec![Arc::new(samples)], vec![0]), true);
    close("outputs", &seen.outputs, &numbers(&model["forward_2-3-1_sigmoid_sigmoid"]), 1e-9, 1e-12);
    let errors = numbers(&model["elementwise_squared_error"]);
    close("loss", &seen.loss, &[errors.iter().sum::<f64>() / 3.0], 1e-9, 1e-12);
}

/// One threshold for all units of a layer.
#[test]
fn tied_thresholds() {
    let file = read("25_small_facts.json");
    let net = &file["tied_threshold_mlp"];
    let mut setup = Setup::new();
    setup.hidden = vec![layer(3, activation("sigmoid")), layer(3, activation("sigmoid"))];
    setup.hidden.iter_mut().for_each(|l| l.bias = Bias::Tied);
    setup.output_bias = Bias::Tied;
    (setup.output, setup.loss, setup.reduction) = (activation("sigmoid"), loss("mse"), Reduction::Sum);
    // 100 steps of 0.001 with one gradient, which is half of ours.
    setup.optimizer = optimizer("sgd", &[("learning_rate", 0.05)]);
    let configuration = setup.configuration();
    let shape = Shape::rows(3, 1);
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let names = trainer.parameters(0);
    let of = |block: &serde_json::Value| -> Vec<Parameter> {
        let named = |p: &Parameter| {
            let (layer, kind) = p.name.strip_prefix("layer_").unwrap().split_once('.').unwrap();
            let key = format!("{}{layer}", if kind == "weight" { "w" } else { "t" });
            Parameter { values: numbers(&block[&key]), ..p.clone() }
        };
        names.iter().map(named).collect()
    };
    trainer.set_parameters(0, &of(&net["params"]));
    let samples = runner::nn::Samples::new(shape, setup.precision, &numbers(&net["x"]), &[0.0], &[]);
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
    for (ours, theirs) in trainer.gradients(&feed)[0].iter().zip(&of(&net["grad"])) {
        let halved: Vec<f64> = ours.values.iter().map(|v| v / 2.0).collect();
        close(&format!("gradient of {}", ours.name), &halved, &theirs.values, 1e-9, 1e-12);
    }
    let half_loss = trainer.advance(&feed, 1, None)[0] / 2.0;
    close("loss", &[half_loss], &[net["loss"].as_f64().unwrap()], 1e-9, 1e-12);
    for (ours, theirs) in trainer.parameters(0).iter().zip(&of(&net["after_100_stale_steps_0.001"])) {
        close(&format!("{} after a step", ours.name), &ours.values, &theirs.values, 1e-9, 1e-12);
    }
}
