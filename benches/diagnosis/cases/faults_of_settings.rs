//! Optimizer, rate, length, and penalties set so that training cannot succeed.
//!
//! The factors are those that people get wrong: units, a zero too many, the default of another library.

use super::kinds::{Kind, as_drawn};
use super::random::Random;
use super::recipe::{Recipe, plain};
use super::sets::{self, DENSE, Set::*};

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "rate-too-high",
        root: "rate-scale",
        expected: &["rate-scale", "fast", "diverging", "nan", "oscillating"],
        shown_by: "skill",
        sets: &[Iris, Wine, Spiral, Digits, Diabetes, Friedman, Moons, Circles, Blobs, Xor, Sine],
        cases: 14,
        prepare: as_drawn,
        seed: |recipe, r| {
            let factor = 100.0 * r.uniform(1.0, 3.0);
            recipe.scale_number("optimizer.learning_rate", factor);
            format!("the learning rate is {} times too large", plain(factor))
        },
    },
    Kind {
        name: "rate-too-low",
        root: "rate-scale",
        expected: &["rate-scale", "slow", "short"],
        shown_by: "skill",
        sets: DENSE,
        cases: 14,
        prepare: as_drawn,
        seed: |recipe, r| {
            let divisor = 1000.0 * r.uniform(1.0, 3.0);
            recipe.scale_number("optimizer.learning_rate", 1.0 / divisor);
            format!("the learning rate is {} times too small", plain(divisor))
        },
    },
    Kind {
        name: "summed-loss",
        root: "sum-reduction",
        expected: &["sum-reduction", "fast", "diverging", "nan", "oscillating"],
        shown_by: "skill",
        sets: &[Digits, Wine, BreastCancer, Moons, Circles, Blobs, Diabetes, Friedman],
        cases: 10,
        prepare: |recipe, r| {
            sets::optimizer(recipe, "sgd", r);
            if !matches!(recipe.set, Diabetes | Friedman) {
                recipe.number("optimizer.learning_rate", r.log_uniform(0.15, 0.4));
            }
            recipe.set("train.batch", r.between(60, 90).to_string());
            sets::steps(recipe, 900.0);
        },
        seed: |recipe, _| {
            recipe.word("pairing.reduction", "sum");
            "the loss is a sum over the batch, the learning rate one for a mean".into()
        },
    },
    Kind {
        name: "momentum-too-high",
        root: "momentum",
        expected: &["momentum", "fast", "diverging", "oscillating", "nan"],
        shown_by: "skill",
        sets: &[Digits, Iris, Spiral, Moons, Circles, Xor, Diabetes, Friedman, Blobs],
        cases: 10,
        prepare: |recipe, r| {
            sets::optimizer(recipe, if recipe.set == Spiral { "momentum" } else { "sgd" }, r);
            recipe.set("optimizer.momentum", "0.5");
            let is_regression = recipe.set.task() == "regression";
            let (low, high) = if is_regression { (0.03, 0.08) } else { (0.15, 0.3) };
            recipe.number("optimizer.learning_rate", r.log_uniform(low, high));
        },
        seed: |recipe, r| {
            recipe.number("optimizer.momentum", r.uniform(0.995, 0.999));
            "momentum near 1 makes steps hundreds of times longer, and they overshoot".into()
        },
    },
    Kind {
        name: "optimizer-settings",
        root: "rate-scale",
        expected: &["rate-scale", "slow", "short", "optimizer", "one-batch"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Spiral, Moons, Circles, Xor, Friedman, BreastCancer],
        cases: 9,
        prepare: as_drawn,
        seed: optimizer_settings,
    },
    Kind {
        name: "schedule-too-steep",
        root: "schedule",
        expected: &["schedule", "slow", "short"],
        shown_by: "skill",
        sets: &[Digits, Spiral, Moons, Circles, Sine, Friedman],
        cases: 8,
        prepare: |recipe, r| {
            recipe.set("train.batch", "32");
            let usual = if matches!(recipe.set, Spiral | Sine) { 2400.0 } else { 1500.0 };
            sets::steps(recipe, usual);
            let name = if matches!(recipe.set, Spiral | Sine) { "momentum" } else { "sgd" };
            sets::optimizer(recipe, name, r);
        },
        seed: |recipe, r| {
            let schedule = if r.chance(0.5) {
                format!("{{ name = \"exponential\", decay = {} }}", plain(r.uniform(0.02, 0.15)))
            } else {
                "{ name = \"step\", every = 1, factor = 0.1 }".into()
            };
            recipe.set("optimizer.schedule", schedule);
            "the learning rate falls to nothing within a few epochs".into()
        },
    },
    Kind {
        name: "clipped",
        root: "clip",
        expected: &["clip", "slow", "short"],
        shown_by: "skill",
        sets: &[Digits, Wine, Spiral, Moons, Circles, Xor, Friedman, Iris, Diabetes],
        cases: 9,
        prepare: |recipe, r| {
            sets::optimizer(recipe, if recipe.set == Spiral { "momentum" } else { "sgd" }, r);
        },
        seed: |recipe, r| {
            recipe.number("optimizer.clip_norm", r.log_uniform(1e-5, 3e-4));
            "gradients are clipped to next to nothing".into()
        },
    },
    Kind {
        name: "penalty-too-strong",
        root: "penalty",
        expected: &["penalty", "prior", "collapsed"],
        shown_by: "skill",
        sets: DENSE,
        cases: 10,
        prepare: |recipe, r| {
            recipe.number("optimizer.l2", r.log_uniform(1e-6, 1e-5));
        },
        seed: |recipe, r| {
            let key = r.pick(&["l2", "weight_decay"]);
            recipe.remove("optimizer.l2");
            recipe.number(&format!("optimizer.{key}"), r.log_uniform(1.5, 5.0));
            format!("`{key}` holds all weights near zero")
        },
    },
    Kind {
        name: "dropout-too-high",
        root: "dropout",
        expected: &["dropout"],
        shown_by: "skill",
        sets: &[Digits, Spiral, Moons, Circles, Xor, Friedman, Wine, Blobs],
        cases: 9,
        prepare: |recipe, r| {
            recipe.hidden(&[r.between(16, 24), r.between(12, 16)]);
        },
        seed: |recipe, r| {
            recipe.number("model.dropout", r.uniform(0.9, 0.97));
            "nearly all hidden units are dropped".into()
        },
    },
    Kind {
        name: "too-short",
        root: "short",
        expected: &["short", "slow"],
        shown_by: "skill",
        sets: &[Iris, Wine, Digits, Spiral, Moons, Circles, Blobs, Sine, Friedman],
        cases: 12,
        prepare: |recipe, r| {
            let name = if matches!(recipe.set, Spiral | Sine) { "momentum" } else { "sgd" };
            sets::optimizer(recipe, name, r);
            recipe.set("train.batch", "32");
            recipe.scale_number("optimizer.learning_rate", if recipe.set == Spiral { 1.0 } else { 0.6 });
            sets::steps(recipe, if recipe.set == Diabetes { 400.0 } else { 3000.0 });
        },
        seed: |recipe, r| {
            let most = if matches!(recipe.set, Spiral | Circles | Xor | Sine) { 12 } else { 3 };
            recipe.set("train.epochs", r.between(1, most).to_string());
            "training ends long before the loss has settled".into()
        },
    },
];

fn optimizer_settings(recipe: &mut Recipe, r: &mut Random) -> String {
    recipe.remove("optimizer.");
    match r.between(0, 3) {
        0 => {
            recipe.set("optimizer.name", "\"sgd\"");
            recipe.number("optimizer.learning_rate", r.log_uniform(0.01, 0.05));
            recipe.set("optimizer.momentum", "0.9");
            recipe.set("optimizer.dampening", "1");
            "a dampening of 1 keeps every gradient but the first out of the momentum".into()
        }
        1 => {
            recipe.set("optimizer.name", "\"adadelta\"");
            recipe.number("optimizer.learning_rate", r.log_uniform(0.0003, 0.002));
            "adadelta with the learning rate of another library's default".into()
        }
        2 => {
            recipe.set("optimizer.name", "\"adam\"");
            recipe.number("optimizer.learning_rate", r.log_uniform(0.001, 0.005));
            recipe.number("optimizer.epsilon", r.log_uniform(30.0, 300.0));
            "an epsilon far above every gradient takes Adam's scaling away".into()
        }
        _ => {
            recipe.set("optimizer.name", "\"adagrad\"");
            recipe.number("optimizer.learning_rate", r.log_uniform(1e-4, 4e-4));
            "adagrad, whose steps only become smaller, with Adam's rate".into()
        }
    }
}
