//! The contract of `engines` for recurrent layers and for outputs that are off: one meaning on the fused engine and on the reference
//! path.
//!
//! What is right is not asked here: golden files 07, 16, and 30 hold both paths to NumPy and PyTorch.

use std::sync::Arc;

use runner::catalog::{Facts, Family, TargetRow};
use runner::nn::{self, Feed, Rows, Samples, Shape};
use runner::spec::{
    Bias, Cell, Engine, Fault, HiddenDerivative, Masking, OutputDelta, Precision, Recurrent, Reduction,
    Truncate,
};

use crate::contract::are_compatible;
use crate::engines::{Work, personal, reachable, under_way};
use crate::networks::{Setup, activation, family, layer, loss, numbers, set, targets};

/// Rows that fill one chunk of the fused engine and leave some over.
const ROWS: usize = 19;

/// What samples have beside features and targets.
#[derive(Clone, Copy, Default)]
struct With {
    padding: bool,
    weights: bool,
    masks: bool,
    /// Padding is found in the first rows only.
    only_first: bool,
}

/// Three members, each with numbers of its own, that take two tables in turn and are trained on all rows at once.
fn work(setup: &Setup, shape: Shape, with: With) -> Work {
    let table = |seed: u64| {
        let x = numbers(seed, ROWS * shape.steps * shape.features);
        let y = targets(setup.loss.entry, seed + 100, ROWS * shape.answers, shape.outputs);
        let mut y = reachable(setup, y);
        let weight: Vec<f64> =
            (0..ROWS * shape.answers).map(|at| [1.0, 0.5, 2.5, 0.0, 1.5][at % 5]).collect();
        let length = |row: usize| match with.only_first && row > 12 {
            true => shape.steps as u32,
            false => 1 + (row % shape.steps) as u32,
        };
        let lengths: Vec<u32> = (0..ROWS).map(length).collect();
        let mask = mask(&y, shape.outputs);
        if with.masks {
            leave_out(setup, &mut y, &mask, shape.outputs);
        }
        let samples = Rows {
            x: &x,
            y: &y,
            weight: if with.weights { &weight } else { &[] },
            lengths: if with.padding { &lengths } else { &[] },
            mask: if with.masks { &mask } else { &[] },
        };
        Arc::new(Samples::of(shape, Precision::F32, samples))
    };
    let feed = Feed { samples: vec![table(11), table(12)], ..Feed::whole(vec![table(11)], vec![0, 1, 0]) };
    let setup = Setup { has_mask: with.masks, ..setup.clone() };
    Work { setups: (0..3).map(|member| personal(&setup, member)).collect(), shape, feed, factors: None }
}

/// 0 for one output of each row, in turn, unless it is the row's largest: the true class is never off.
fn mask(y: &[f64], outputs: usize) -> Vec<f64> {
    let of = |(row, y): (usize, &[f64])| {
        let off = row % outputs;
        let is_largest = y.iter().all(|other| *other <= y[off]);
        let is_on = move |k: usize| f64::from(u8::from(k != off || is_largest));
        (0..outputs).map(is_on).collect::<Vec<f64>>()
    };
    y.chunks(outputs).enumerate().flat_map(of).collect()
}

/// Shares of what is on: no class has one that is off.
fn leave_out(setup: &Setup, y: &mut [f64], mask: &[f64], outputs: usize) {
    let Facts::Loss { row: TargetRow::Class | TargetRow::Shares, .. } = setup.loss.entry.facts else {
        return;
    };
    for (y, mask) in y.chunks_mut(outputs).zip(mask.chunks(outputs)) {
        y.iter_mut().zip(mask).for_each(|(y, on)| *y *= on);
        let sum: f64 = y.iter().sum();
        y.iter_mut().for_each(|y| *y /= sum);
    }
}

/// One layer of a cell, softmax with cross-entropy.
fn recurrent(cell: Cell, return_sequences: bool, truncate: Truncate) -> Setup {
    let mut setup = Setup { optimizer: under_way("sgd", &[]), ..Setup::new() };
    setup.hidden = vec![layer(5, activation("tanh"))];
    setup.recurrent = Some(Recurrent { cell, return_sequences, truncate });
    setup
}

fn shape(steps: usize, answers: usize) -> Shape {
    Shape { features: 3, outputs: 3, steps, answers }
}

#[test]
fn every_cell_at_one_step_and_at_every_step_however_far_the_gradient_reaches() {
    let reaches = [Truncate::Never, Truncate::Window(2), Truncate::Chunk(3), Truncate::Window(0)];
    for cell in Cell::ALL {
        for each in [false, true] {
            for truncate in reaches {
                let what = format!("{} {each} {truncate:?}", cell.name());
                let shape = shape(7, if each { 7 } else { 1 });
                work(&recurrent(cell, each, truncate), shape, With::default()).check(&what);
            }
        }
    }
}

#[test]
fn padding_weights_and_masks_at_every_step() {
    for cell in Cell::ALL {
        for (padding, weights, masks) in
            [(true, false, false), (false, true, true), (true, true, false), (true, true, true)]
        {
            for each in [false, true] {
                let what = format!("{} {each} {padding} {weights} {masks}", cell.name());
                let shape = shape(5, if each { 5 } else { 1 });
                let with = With { padding, weights, masks, ..With::default() };
                work(&recurrent(cell, each, Truncate::Never), shape, with).check(&what);
            }
        }
    }
}

/// Stacked layers of different widths, every form of bias that has a fused form, and dropout between them.
#[test]
fn stacked_layers_with_every_bias_and_dropout() {
    for cell in Cell::ALL {
        for (first, second) in [(Bias::Unit, Bias::None), (Bias::ConstantInput, Bias::Unit)] {
            for dropout in [0.0, 0.3] {
                let mut setup = recurrent(cell, true, Truncate::Chunk(2));
                setup.hidden = vec![layer(6, activation("tanh")), layer(3, activation("sigmoid"))];
                (setup.hidden[0].bias, setup.hidden[1].bias, setup.output_bias) = (first, second, first);
                setup.hidden.iter_mut().for_each(|layer| layer.dropout = dropout);
                let with = With { padding: true, ..With::default() };
                let what = format!("{} {first:?} {second:?} dropout {dropout}", cell.name());
                work(&setup, shape(4, 4), with).check(&what);
            }
        }
    }
}

/// A window with everything that may stand in its way, and masks of values at every step.
#[test]
fn windows_with_padding_layers_dropout_and_masked_values() {
    for cell in Cell::ALL {
        let mut setup = recurrent(cell, true, Truncate::Window(2));
        setup.hidden = vec![layer(4, activation("tanh")), layer(3, activation("gelu"))];
        setup.hidden[0].dropout = 0.2;
        setup.masking = Masking::Outputs;
        (setup.output, setup.loss) = (activation("softmax"), loss("mse"));
        let with = With { padding: true, masks: true, ..With::default() };
        work(&setup, shape(6, 6), with).check(cell.name());
    }
}

/// Of two chunks of samples in one batch only the first is padded.
#[test]
fn a_chunk_without_padding_after_one_with_padding() {
    for cell in Cell::ALL {
        let with = With { padding: true, only_first: true, ..With::default() };
        work(&recurrent(cell, false, Truncate::Never), shape(5, 1), with).check(cell.name());
    }
}

#[test]
fn every_activation_in_every_cell() {
    for a in family(Family::Activation) {
        for cell in Cell::ALL {
            let mut setup = recurrent(cell, false, Truncate::Never);
            setup.hidden = vec![layer(4, activation(a.name))];
            work(&setup, shape(4, 1), With::default()).check(&format!("{} {}", cell.name(), a.name));
        }
    }
}

#[test]
fn reductions_over_steps() {
    for reduction in [Reduction::Sum, Reduction::Mean, Reduction::SumOverOutputs] {
        let mut setup = recurrent(Cell::Elman, true, Truncate::Never);
        (setup.output, setup.loss) = (activation("tanh"), loss("mse"));
        setup.reduction = reduction;
        // A sum over all steps is a large step.
        set(&mut setup.optimizer.method, "learning_rate", 1e-3);
        let with = With { weights: true, padding: true, ..With::default() };
        work(&setup, shape(3, 3), with).check(&format!("{reduction:?}"));
    }
}

/// A single time step, and a sequence of more steps than there are units.
#[test]
fn short_and_long_sequences() {
    for cell in Cell::ALL {
        for steps in [1, 2, 30] {
            let setup = recurrent(cell, false, Truncate::Never);
            work(&setup, shape(steps, 1), With::default()).check(&format!("{} {steps} steps", cell.name()));
        }
    }
}

/// Mistakes at the outputs, and in the slopes of hidden activations.
#[test]
fn mistakes_in_recurrent_networks() {
    let at_outputs = [OutputDelta::WrongSign, OutputDelta::ExtraElementwise];
    let faults =
        at_outputs.map(|wrong| Fault { output_delta: Some(wrong), ..Fault::default() }).into_iter().chain(
            [HiddenDerivative::Missing, HiddenDerivative::DerivativeAtOutput]
                .map(|wrong| Fault { hidden_derivative: Some(wrong), ..Fault::default() }),
        );
    for fault in faults {
        for cell in Cell::ALL {
            let mut setup = recurrent(cell, true, Truncate::Never);
            setup.fault = fault.clone();
            // Uphill a network arrives nowhere: small steps.
            setup.optimizer = under_way("adam", &[]);
            work(&setup, shape(4, 4), With::default()).check(&format!("{} {fault:?}", cell.name()));
        }
    }
}

/// Every loss with every output activation that it goes with, where some outputs are off.
#[test]
fn masks_with_every_pairing_and_both_rules() {
    let mut walked = 0;
    for of in family(Family::Loss) {
        for output in family(Family::Activation) {
            for masking in Masking::ALL {
                let mut setup = Setup { optimizer: under_way("sgd", &[]), ..Setup::new() };
                (setup.output, setup.loss, setup.masking) = (activation(output.name), loss(of.name), masking);
                (setup.has_mask, setup.engine, setup.precision) = (true, Engine::Fused, Precision::F32);
                // Pre-activations that are far below zero belong to distributions.
                let is_distribution = matches!(
                    output.facts,
                    Facts::Activation { distribution: true, .. }
                        | Facts::Activation { log_distribution: true, .. }
                );
                // One over outputs near 0 makes any rounding large.
                let is_steep = (output.name, of.name) == ("relu", "probability_cross_entropy");
                let fits = are_compatible(output, of) && !is_steep;
                if !fits || masking == Masking::Logits && !is_distribution {
                    continue;
                }
                assert_eq!(nn::why_not_fused(&setup.configuration()), None, "{} {}", output.name, of.name);
                let with = With { masks: true, weights: true, ..With::default() };
                let what = format!("{}+{} {}", output.name, of.name, masking.name());
                work(&setup, Shape::rows(3, 4), with).check(&what);
                walked += 1;
            }
        }
    }
    assert!(walked > 40, "{walked}");
}

/// Smoothed labels are spread over the classes that are on.
#[test]
fn smoothed_labels_among_those_that_are_on() {
    let mut setup = Setup { optimizer: under_way("sgd", &[]), ..Setup::new() };
    set(&mut setup.loss, "label_smoothing", 0.2);
    work(&setup, Shape::rows(3, 4), With { masks: true, ..With::default() }).check("smoothed");
}
