//! What does not count: outputs that are switched off, and samples without weight.
//!
//! Golden file 16 holds both rules of masking with cross-entropy (`golden/masks`); here are the other losses.

use std::sync::Arc;

use runner::catalog::{Entry, Facts, Family, TargetRow};
use runner::nn::{Evaluation, Feed, Member, Parameter, Rows, Samples, Shape, Trainer};
use runner::spec::{Bias, Engine, Masking, Precision};

use crate::contract::are_compatible;
use crate::networks::{Bits as _, Setup, activation, family, layer, loss, numbers, set, targets};
use crate::support::Project;

/// Two samples of three pre-activations, and which outputs of each are on.
const Z: [[f64; 3]; 2] = [[0.5, -1.0, 2.0], [0.1, 0.2, -0.3]];
const ON: [[f64; 3]; 2] = [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]];

/// An output activation with a loss, right after the features, without a bias.
fn bare(output: &str, of: &str, masking: Masking) -> Setup {
    let mut setup = Setup::new();
    setup.hidden = Vec::new();
    (setup.output, setup.loss) = (activation(output), loss(of));
    (setup.has_mask, setup.masking) = (true, masking);
    setup.output_bias = Bias::None;
    setup
}

/// One sample whose features are the pre-activations, as the weight is the identity: what is evaluated, and the derivative of its
/// loss by each pre-activation, read from the gradient of the weight.
fn look(setup: &Setup, z: [f64; 3], y: [f64; 3], mask: [f64; 3]) -> (Evaluation, [f64; 3]) {
    let shape = Shape::rows(3, 3);
    let configuration = setup.configuration();
    let mut trainer =
        Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
    let identity = (0..9).map(|i| f64::from(u8::from(i % 4 == 0)));
    let weight = Parameter { values: identity.collect(), ..trainer.parameters(0)[0].clone() };
    trainer.set_parameters(0, &[weight]);
    let samples = Samples::of(shape, setup.precision, Rows { x: &z, y: &y, mask: &mask, ..Rows::default() });
    let feed = Feed::whole(vec![Arc::new(samples)], vec![0]);
    let gradient = trainer.gradients(&feed)[0][0].values.clone();
    (trainer.evaluate(&feed, true), [0, 1, 2].map(|k| gradient[k] / z[0]))
}

/// The mean over both samples of [`Z`] and its derivative. Absolute tolerance for numbers of order 1 after a dozen roundings.
#[track_caller]
fn check(setup: &Setup, y: [[f64; 3]; 2], expected: f64, gradient: [[f64; 3]; 2]) {
    let mut sum = 0.0;
    for row in 0..2 {
        let (seen, by_z) = look(setup, Z[row], y[row], ON[row]);
        sum += seen.loss[0];
        for (ours, theirs) in by_z.iter().zip(gradient[row]) {
            assert!((ours / 2.0 - theirs).abs() <= 1e-13, "row {row}: {by_z:?} / 2 is not {gradient:?}");
        }
    }
    assert!((sum / 2.0 - expected).abs() <= 1e-13, "{} is not {expected}", sum / 2.0);
}

/// PyTorch 2.15.0 in float64: the elements of each loss with `reduction="none"` that are on, added up, by samples × outputs.
#[test]
fn targets_of_what_is_off_do_not_count() {
    let y = [[1.5, -0.5, 250.0], [77.0, 0.25, 1.0]];
    let by_z = [
        [-0.3333333333333333, -0.16666666666666666, 0.0],
        [0.0, -0.016666666666666663, -0.43333333333333335],
    ];
    check(&bare("identity", "mse", Masking::Outputs), y, 0.49041666666666667, by_z);
    let y = [[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]];
    let by_z =
        [[-0.02957448622487895, 0.01762569759475557, 0.0], [0.0, -0.0371411820455378, 0.034677021289194934]];
    check(&bare("sigmoid", "mse", Masking::Outputs), y, 0.0997691743663869, by_z);
    let by_z =
        [[-0.06292344479969089, 0.04482357022833251, 0.0], [0.0, -0.075027667114587, 0.07092624719805683]];
    check(&bare("sigmoid", "binary_cross_entropy", Masking::Outputs), y, 0.3233054642580747, by_z);
    // By hand: hard_sigmoid gives 7/12, 1/3, 8/15, 9/20, and has the slope 1/6; PyTorch's has that in float32.
    let loss = -(7.0_f64 / 12.0 * (2.0 / 3.0) * (8.0 / 15.0) * (11.0 / 20.0)).ln() / 6.0;
    let by_z = [[-1.0 / 21.0, 1.0 / 24.0, 0.0], [0.0, -5.0 / 96.0, 5.0 / 99.0]];
    check(&bare("hard_sigmoid", "binary_cross_entropy", Masking::Outputs), y, loss, by_z);
}

/// PyTorch 2.15.0 in float64, on the outputs of each sample that are on alone: `cross_entropy` with `label_smoothing=0.3`.
#[test]
fn labels_are_smoothed_among_what_is_on() {
    let mut setup = bare("softmax", "cross_entropy", Masking::Logits);
    set(&mut setup.loss, "label_smoothing", 0.3);
    let y = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let by_z =
        [[0.3337872380968218, -0.3337872380968218, 0.0], [0.0, 0.23622966560092729, -0.23622966560092729]];
    check(&setup, y, 1.1877451310814295, by_z);
    setup.precision = Precision::F32;
    let (seen, _) = look(&setup, Z[0], y[0], ON[0]);
    assert!(seen.loss[0] < 3.0, "a finite share of minus infinity: {}", seen.loss[0]);
}

/// PyTorch 2.15.0 in float64: `multi_margin_loss` with a margin of 0.7 on what is on alone, times the number of its classes.
#[test]
fn classes_that_are_off_compete_with_none() {
    let y = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut setup = bare("identity", "hinge", Masking::Outputs);
    set(&mut setup.loss, "margin", 0.7);
    check(&setup, y, 1.7000000000000002, [[0.5, -0.5, 0.0], [0.0, 0.5, -0.5]]);
    let mut setup = bare("identity", "squared_hinge", Masking::Outputs);
    set(&mut setup.loss, "margin", 0.7);
    check(&setup, y, 3.1400000000000006, [[2.2, -2.2, 0.0], [0.0, 1.2, -1.2]]);
}

/// By hand: without its second value the first sample is one range, of two at 0; the second is two ranges of one.
#[test]
fn ranges_are_those_of_what_is_on() {
    let setup = bare("identity", "range_wise_mae", Masking::Outputs);
    let (seen, by_z) = look(&setup, Z[0], [0.0, 7.0, 0.0], [1.0, 0.0, 1.0]);
    assert_eq!((seen.loss[0], by_z), (1.25, [0.5, 0.0, 0.5]));
    let (seen, by_z) = look(&setup, Z[1], [7.0, 0.25, 1.0], ON[1]);
    assert!((seen.loss[0] - 1.35).abs() <= 1e-15, "{}", seen.loss[0]);
    assert_eq!(by_z, [0.0, -1.0, -1.0]);
}

fn is_of_columns(loss: &Entry) -> bool {
    matches!(loss.facts, Facts::Loss { row: TargetRow::Separate | TargetRow::Signal, .. })
}

/// Whatever stands where an output is off, loss and gradient are the same bits, in every pairing whose targets are columns; and what is
/// off is 0.
#[test]
fn no_pairing_reads_a_target_that_is_off() {
    let mut count = 0;
    for of in family(Family::Loss).filter(|l| is_of_columns(l)) {
        for a in family(Family::Activation).filter(|a| are_compatible(a, of)) {
            for precision in [Precision::F32, Precision::F64] {
                let setup = Setup { precision, ..bare(a.name, of.name, Masking::Outputs) };
                let y = targets(of, 3, 1, 3);
                let all = [0.0, 0.125, 1.0].map(|other| {
                    let (seen, by_z) = look(&setup, Z[0], [y[0], y[1], other], ON[0]);
                    assert_eq!(seen.outputs[2], 0.0, "{}+{}", a.name, of.name);
                    assert!(seen.loss[0].is_finite(), "{}+{}", a.name, of.name);
                    [seen.loss, by_z.to_vec()].concat().map_bits()
                });
                assert!(all.iter().all(|bits| *bits == all[0]), "{}+{} {precision:?}", a.name, of.name);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// The same distribution whether it or its logarithms are computed: what is off has the probability 0.
#[test]
fn logarithms_of_what_is_off_are_probabilities_of_0() {
    for masking in [Masking::Outputs, Masking::Logits] {
        let of = |output| look(&bare(output, "cross_entropy", masking), Z[0], [1.0, 0.0, 0.0], ON[0]);
        let ((plain, by_z), (log, by_log)) = (of("softmax"), of("log_softmax"));
        assert_eq!((plain.outputs[2], log.outputs[2]), (0.0, 0.0), "{masking:?}");
        for (a, b) in plain.outputs.iter().zip(&log.outputs) {
            assert!((a - b).abs() <= 1e-15, "{masking:?}: {a} is not {b}");
        }
        assert_eq!((plain.loss, by_z), (log.loss, by_log), "{masking:?}");
    }
}

// ---- samples without weight ------------------------------------------------------------------------------------------

/// A mean over nothing is nothing, on both engines.
#[test]
fn a_batch_without_weight_has_no_loss_and_moves_nothing() {
    for engine in [Engine::Burn, Engine::Fused] {
        let mut setup = Setup { engine, precision: Precision::F32, ..Setup::new() };
        setup.hidden = vec![layer(4, activation("tanh"))];
        let (configuration, shape) = (setup.configuration(), Shape::rows(3, 3));
        let mut trainer =
            Trainer::new(&[Member { configuration: &configuration, init_seed: 0, noise_seed: 0 }], shape);
        let (x, y) = (numbers(1, 6 * 3), targets(setup.loss.entry, 2, 6, 3));
        let feed =
            Feed::whole(vec![Arc::new(Samples::new(shape, Precision::F32, &x, &y, &[0.0; 6]))], vec![0]);
        let before = trainer.parameters(0);
        assert_eq!(trainer.evaluate(&feed, false).loss, [0.0], "{engine:?}");
        assert_eq!(trainer.advance(&feed, 2, None), [0.0, 0.0], "{engine:?}");
        assert_eq!(trainer.parameters(0), before, "{engine:?}");
    }
}

/// Online training meets rows of a class of no weight one by one.
#[test]
fn a_class_without_weight_can_be_trained_online() {
    let text = "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/iris.csv\"\ntarget = \"species\"\n\
                scale = \"standardize\"\nweights = { setosa = 0 }\n[model]\nhidden = [4]\n[optimizer]\nlearning_rate = 0.1\n\
                [train]\nepochs = 2\nbatch = 1\nseeds = 1\n";
    for engine in ["burn", "fused"] {
        let project = Project::new().file("experiments/it.toml", text);
        project.expect(0, &["experiments/it.toml", "--quiet", "--set", &format!("train.engine={engine}")]);
        let files = project.files("results/it");
        let trials = std::str::from_utf8(&files["trials.csv"]).unwrap();
        assert!(trials.contains(",finished,") && !trials.contains("non_finite"), "{engine}: {trials}");
    }
}
