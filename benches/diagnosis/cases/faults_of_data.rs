//! What can be wrong with data before a network sees it: scale, labels, order, and what the features tell.
//!
//! Some of these make a score look better than it is; they are shown by a measurement on the data, not by the score.

use super::kinds::{Kind, as_drawn};
use super::random::Random;
use super::recipe::{Recipe, plain};
use super::rows;
use super::sets::{self, Set::*};

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "unscaled-inputs",
        root: "scale",
        expected: &["scale"],
        shown_by: "skill",
        sets: &[Wine, BreastCancer, Diabetes, TwoClasses, Friedman],
        cases: 12,
        prepare: |recipe, r| {
            let name = r.pick(&["sgd", "momentum"]);
            sets::optimizer(recipe, name, r);
            if !recipe.table.x.is_empty() {
                let factors: Vec<f64> = (0..5).map(|_| r.log_uniform(0.01, 3000.0)).collect();
                let table = recipe.table.clone().scaled(&[&[1000.0], &factors[..]].concat());
                recipe.rows(table);
            }
        },
        seed: |recipe, _| {
            recipe.word("data.scale", "none");
            "features are in their own units, thousands of times apart".into()
        },
    },
    Kind {
        name: "unscaled-powers",
        root: "scale",
        expected: &["scale"],
        shown_by: "skill",
        sets: &[Iris, Diabetes, Wine, Polynomial, Friedman],
        cases: 8,
        prepare: |recipe, r| {
            if recipe.set == Polynomial {
                let source = format!(
                    "{{ name = \"polynomial\", samples = 200, low = 0, high = {}, coefficients = [0, 1, -0.1] }}",
                    r.between(8, 12)
                );
                recipe.set("data.source", source);
            }
            if recipe.set == Friedman {
                let table = recipe.table.clone().scaled(&[8.0; 5]);
                recipe.rows(table);
            }
            sets::optimizer(recipe, "sgd", r);
            recipe.set("data.polynomial", if matches!(recipe.set, Wine | Diabetes) { "2" } else { "3" });
            recipe.number("optimizer.learning_rate", r.log_uniform(0.01, 0.03));
        },
        seed: |recipe, _| {
            recipe.word("data.scale", "none");
            "powers of unscaled features differ by many orders of magnitude".into()
        },
    },
    Kind {
        name: "unscaled-target",
        root: "target-scale",
        expected: &["target-scale", "first-loss", "scale"],
        shown_by: "skill",
        sets: &[Diabetes, Friedman],
        cases: 9,
        prepare: |recipe, r| {
            if recipe.set == Friedman {
                recipe.rows(rows::large_targets(300, r.log_uniform(100.0, 10_000.0), r));
            }
        },
        seed: |recipe, _| {
            recipe.word("data.target_scale", "none");
            "targets are hundreds or more, so gradients are as large and steps too small or too large".into()
        },
    },
    Kind {
        name: "label-noise",
        root: "labels",
        expected: &["labels", "overfit"],
        shown_by: "skill",
        sets: &[Iris, Wine, BreastCancer, Digits, Moons, Circles, Blobs, Xor],
        cases: 10,
        prepare: as_drawn,
        seed: |recipe, r| {
            let classes = if matches!(recipe.set, BreastCancer | Moons | Circles | Xor) { 2 } else { 3 };
            let share = if classes == 2 { r.uniform(0.3, 0.45) } else { r.uniform(0.35, 0.6) };
            recipe.number("data.label_noise", share);
            format!("{} % of the labels are wrong", plain(100.0 * share))
        },
    },
    Kind {
        name: "shuffled-labels",
        root: "labels",
        expected: &["labels", "prior", "overfit", "depends", "use-of-inputs", "one-batch"],
        shown_by: "skill",
        sets: &[Iris, Wine, BreastCancer, Digits, Moons, Circles, Blobs, Diabetes, Friedman, Sine],
        cases: 10,
        prepare: as_drawn,
        seed: |recipe, _| {
            recipe.word("fault.labels", "shuffled");
            "targets belong to other rows: features and targets were shuffled apart".into()
        },
    },
    Kind {
        name: "inputs-do-not-matter",
        root: "depends",
        expected: &["depends", "use-of-inputs", "prior", "constant-features"],
        shown_by: "skill",
        sets: &[Digits, Wine, BreastCancer, Diabetes, TwoClasses, Friedman],
        cases: 10,
        prepare: as_drawn,
        seed: other_inputs,
    },
    Kind {
        name: "imbalance",
        root: "imbalance",
        expected: &["imbalance", "collapsed"],
        shown_by: "balanced_accuracy",
        sets: &[TwoClasses],
        cases: 8,
        prepare: |recipe, r| {
            recipe.rows(rows::two_classes(1000, r.uniform(0.035, 0.05), r.uniform(1.7, 2.0), r));
            recipe.word("data.weights", "balanced");
            recipe.set("data.split", "{ test = 0.2, validation = 0.3 }");
            recipe.word("record.metrics", "balanced_accuracy");
            recipe.hidden(&[r.between(4, 8)]);
            sets::steps(recipe, 500.0);
        },
        seed: |recipe, _| {
            recipe.word("data.weights", "equal");
            "one class has a twentieth of the rows and is never predicted".into()
        },
    },
    Kind {
        name: "duplicates",
        root: "duplicates",
        expected: &["duplicates"],
        shown_by: "duplicates",
        sets: &[TwoClasses, Friedman, OneLabel],
        cases: 8,
        prepare: |recipe, r| {
            if recipe.set == TwoClasses {
                recipe.rows(rows::two_classes(150, 0.5, 2.5, r));
            }
        },
        seed: |recipe, r| {
            let times = r.between(2, 4);
            let table = recipe.table.repeated(times, r);
            recipe.rows(table);
            format!("every row is there {times} times, so that test rows were trained on")
        },
    },
    Kind {
        name: "leak",
        root: "leak",
        expected: &["leak", "first-loss"],
        shown_by: "leak",
        sets: &[TwoClasses, Friedman],
        cases: 8,
        prepare: |recipe, r| {
            if recipe.set == TwoClasses {
                recipe.rows(rows::two_classes(300, 0.5, 1.5, r));
            }
        },
        seed: |recipe, r| {
            let table = recipe.table.clone().with_target_as_feature(r);
            recipe.rows(table);
            "one feature is the target, a little disguised".into()
        },
    },
    Kind {
        name: "not-shuffled",
        root: "order",
        expected: &["order", "oscillating"],
        shown_by: "skill",
        sets: &[Moons, Circles, Sine, Polynomial],
        cases: 8,
        prepare: |recipe, r| {
            sets::optimizer(recipe, "momentum", r);
            recipe.set("train.batch", r.between(5, 8).to_string());
            let (low, high) = if recipe.set.task() == "regression" { (0.015, 0.03) } else { (0.04, 0.07) };
            recipe.number("optimizer.learning_rate", r.log_uniform(low, high));
            sets::steps(recipe, 2000.0);
        },
        seed: |recipe, _| {
            recipe.word("train.sampling", "sequential");
            "rows come in the order of the file, which is sorted".into()
        },
    },
    Kind {
        name: "overfit",
        root: "overfit",
        expected: &["overfit"],
        shown_by: "generalisation",
        sets: &[Diabetes, TwoClasses, Friedman, Moons],
        cases: 12,
        prepare: overfitting,
        seed: |recipe, _| {
            recipe.remove("train.early_stop");
            "a large network learns few noisy rows by heart".into()
        },
    },
];

/// A large network, few noisy rows, long training, and early stopping, without which it overfits.
fn overfitting(recipe: &mut Recipe, r: &mut Random) {
    match recipe.set {
        TwoClasses => recipe.rows(rows::two_classes(120, 0.5, 2.0, r)),
        Friedman => recipe.rows(rows::friedman(80, 2.5, r)),
        Moons => {
            let seed = r.between(0, 999);
            recipe.set(
                "data.source",
                format!("{{ name = \"moons\", samples = 100, noise = 0.4, seed = {seed} }}"),
            );
            recipe.set("train.batch", "8");
        }
        _ => recipe.set("data.split", "{ test = 0.2, validation = 0.5 }"),
    }
    recipe.hidden(&[r.between(64, 96), r.between(48, 64)]);
    sets::activation(recipe, r.pick(&["relu", "tanh", "gelu"]), r);
    sets::optimizer(recipe, "adam", r);
    recipe.number("optimizer.learning_rate", r.log_uniform(0.002, 0.005));
    recipe.set("train.epochs", if recipe.set == Moons { "400" } else { "150" });
    recipe.set("train.early_stop", "{ metric = \"validation.loss\", patience = 10 }");
}

fn other_inputs(recipe: &mut Recipe, r: &mut Random) -> String {
    let constant = r.chance(0.5);
    match recipe.set {
        // These pixels are blank in every image.
        Digits => {
            recipe.set("data.features", "[\"pixel_0\", \"pixel_32\", \"pixel_39\"]");
            recipe.root = Some("constant-features");
        }
        Wine => recipe.set("data.features", "[\"ash\"]"),
        BreastCancer => {
            recipe.set("data.features", "[\"texture_error\", \"smoothness_error\", \"symmetry_error\"]")
        }
        Diabetes => recipe.set("data.features", "[\"sex\"]"),
        _ => {
            let table = recipe.table.clone().with_other_features(constant, r);
            recipe.rows(table);
            recipe.root = constant.then_some("constant-features");
        }
    }
    "the features that are left have little or nothing to do with the target".into()
}
