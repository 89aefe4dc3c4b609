//! Masked outputs: file 16, both rules and a network trained with one.

use std::sync::Arc;

use runner::nn::{Evaluation, Feed, Member, Parameter, Rows, Samples, Shape, Trainer};
use runner::spec::{Bias, Masking};
use serde_json::Value;

use super::{SINGLE, TOLERANCES, close, numbers, read};
use crate::networks::{Setup, activation, loss, optimizer};

/// Softmax with cross-entropy right after the features.
fn setup(masking: Masking) -> Setup {
    let mut setup = Setup::new();
    setup.hidden = Vec::new();
    (setup.output, setup.loss) = (activation("softmax"), loss("cross_entropy"));
    (setup.has_mask, setup.masking) = (true, masking);
    setup
}

/// One row of logits as features of a network whose weight is the identity: its outputs, its loss, and the derivative of the loss by the
/// logits, read from the gradient of the weight.
fn look(masking: Masking, logits: &[f64], mask: &[f64], class: usize) -> (Evaluation, Vec<f64>) {
    let outputs = logits.len();
    let shape = Shape::rows(outputs, outputs);
    let mut setup = setup(masking);
    setup.output_bias = Bias::None;
    let configuration = setup.configuration();
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let identity = (0..outputs * outputs).map(|i| f64::from(u8::from(i % (outputs + 1) == 0)));
    let weight = Parameter { values: identity.collect(), ..trainer.parameters(0)[0].clone() };
    trainer.set_parameters(0, &[weight]);
    let y: Vec<f64> = (0..outputs).map(|k| f64::from(u8::from(k == class))).collect();
    let samples = Samples::of(shape, setup.precision, Rows { x: logits, y: &y, mask, ..Rows::default() });
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
    let gradient = trainer.gradients(&feed)[0][0].values.clone();
    let by_logit = (0..outputs).map(|k| gradient[k] / logits[0]).collect();
    (trainer.evaluate(&feed, true), by_logit)
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

#[test]
fn outputs_losses_and_gradients_of_both_rules() {
    let file = read("16_masked_softmax.json");
    let (logits, masks) = (rows(&file["logits"]), rows(&file["mask"]));
    let classes = numbers(&file["target_class"]);
    let cases = [
        (Masking::Logits, "mask_after_renormalised", "renormalised_loss", "renormalised_grad"),
        (Masking::Outputs, "mask_after_no_renorm", "no_renorm_loss", "no_renorm_grad"),
    ];
    for (masking, outputs, mean, gradient) in cases {
        let (outputs, gradient) = (rows(&file[outputs]), rows(&file["ce_mean"][gradient]));
        let mut sum = 0.0;
        for row in 0..logits.len() {
            let (seen, by_logit) = look(masking, &logits[row], &masks[row], classes[row] as usize);
            close(&format!("{masking:?} {row}"), &seen.outputs, &outputs[row], 1e-9, 1e-12);
            // The file's gradient is that of the mean over its rows.
            let theirs: Vec<f64> = gradient[row].iter().map(|g| g * logits.len() as f64).collect();
            close(&format!("{masking:?} {row} by logits"), &by_logit, &theirs, 1e-9, 1e-12);
            sum += seen.loss[0];
        }
        let theirs = file["ce_mean"][mean].as_f64().unwrap();
        close(&format!("{masking:?} loss"), &[sum / logits.len() as f64], &[theirs], 1e-9, 0.0);
    }
    // Minus infinity for what is off is the same as sharing anew.
    assert!(file["max_abs_diff_renormalised_vs_logit_mask"].as_f64().unwrap() < 1e-15);
}

#[test]
fn a_network_trained_with_a_mask() {
    let file = read("16_masked_softmax.json");
    let net = &file["masked_net"];
    let (x, mask) = (numbers(&net["x"]), numbers(&net["mask"]));
    let classes = numbers(&net["target_class"]);
    let y: Vec<f64> =
        classes.iter().flat_map(|c| (0..4).map(|k| f64::from(u8::from(*c as usize == k)))).collect();
    let mut setup = setup(Masking::Logits);
    setup.optimizer = optimizer("sgd", &[("learning_rate", net["optimizer"]["lr"].as_f64().unwrap())]);
    let shape = Shape::rows(3, 4);
    for t in [&TOLERANCES[0], &SINGLE] {
        setup.precision = t.precision;
        let configuration = setup.configuration();
        let member = Member { configuration: &configuration, init_seed: 0, noise_seed: 0 };
        let mut trainer = Trainer::new(&[member], shape);
        let of = |block: &str| -> Vec<Parameter> {
            let named = [("w", "layer_0.weight", vec![3, 4]), ("b", "layer_0.bias", vec![4])];
            let parameter = |(theirs, ours, shape): &(&str, &str, Vec<usize>)| Parameter {
                name: ours.to_string(),
                shape: shape.clone(),
                values: numbers(&net[block][*theirs]),
            };
            named.iter().map(parameter).collect()
        };
        trainer.set_parameters(0, &of("init"));
        let samples = Samples::of(shape, t.precision, Rows { x: &x, y: &y, mask: &mask, ..Rows::default() });
        let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
        let id = format!("masked net {:?}", t.precision);
        for (ours, theirs) in trainer.gradients(&feed)[0].iter().zip(&of("grad_step0")) {
            close(&format!("{id}: {}", ours.name), &ours.values, &theirs.values, t.relative, t.absolute);
        }
        let losses: Vec<f64> = (0..50).map(|_| trainer.advance(&feed, 1, None)[0]).collect();
        close(&format!("{id}: loss"), &losses, &numbers(&net["loss_per_step"]), t.relative, t.absolute);
        for (ours, theirs) in trainer.parameters(0).iter().zip(&of("final_params")) {
            let absolute = t.absolute.max(t.relative_end * 1e-2);
            close(
                &format!("{id}: last {}", ours.name),
                &ours.values,
                &theirs.values,
                t.relative_end,
                absolute,
            );
        }
    }
}
