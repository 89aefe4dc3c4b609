//! Mistakes in a hand-written backward pass or update: what `[fault]` can put in.
//!
//! Many of them still learn, slowly: those are shown by comparing gradients, whatever the score says.

use super::kinds::{Kind, as_drawn};
use super::random::Random;
use super::recipe::Recipe;
use super::sets::{self, CLASSES, DENSE, Set::*};

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "wrong-sign",
        root: "gradient",
        expected: &["gradient", "ascending"],
        shown_by: "skill",
        sets: DENSE,
        cases: 12,
        prepare: as_drawn,
        seed: wrong_sign,
    },
    Kind {
        name: "extra-derivative",
        root: "gradient",
        expected: &["gradient"],
        shown_by: "gradient",
        sets: CLASSES,
        cases: 9,
        prepare: plain_descent,
        seed: |recipe, _| {
            recipe.word("fault.output_delta", "extra_elementwise");
            "p (1 - p) is multiplied onto p - y, which already is the derivative".into()
        },
    },
    Kind {
        name: "head-derivative",
        root: "gradient",
        expected: &["gradient", "prior"],
        shown_by: "gradient",
        sets: &[Digits, Wine, Iris, Blobs, BreastCancer, Moons],
        cases: 12,
        prepare: squared_head,
        seed: head_derivative,
    },
    Kind {
        name: "relu-as-derivative",
        root: "gradient",
        expected: &["gradient"],
        shown_by: "gradient",
        sets: DENSE,
        cases: 10,
        prepare: |recipe, r| {
            deeper(recipe, r);
            sets::activation(recipe, "relu", r);
        },
        seed: |recipe, _| {
            recipe.word("fault.hidden_derivative", "relu_value");
            "relu itself stands where its derivative belongs".into()
        },
    },
    Kind {
        name: "hidden-derivative",
        root: "gradient",
        expected: &["gradient"],
        shown_by: "gradient",
        sets: DENSE,
        cases: 10,
        prepare: |recipe, r| {
            let smooth = if recipe.set == Spiral { "tanh" } else { r.pick(&["tanh", "sigmoid"]) };
            deeper(recipe, r);
            sets::activation(recipe, smooth, r);
            if smooth == "sigmoid" {
                sets::optimizer(recipe, "adam", r);
            }
        },
        seed: hidden_derivative,
    },
    Kind {
        name: "update",
        root: "update",
        expected: &["update", "diverging", "oscillating", "nan"],
        shown_by: "skill",
        sets: &[Digits, Wine, Spiral, Moons, Circles, Xor, Diabetes, Blobs],
        cases: 9,
        prepare: plain_descent,
        seed: update,
    },
    Kind {
        name: "loss-of-nothing",
        root: "gradient",
        expected: &["gradient", "one-batch", "prior"],
        shown_by: "skill",
        sets: &[Iris, Wine, BreastCancer, Digits, Blobs, Moons],
        cases: 8,
        prepare: |recipe, r| {
            plain_descent(recipe, r);
            recipe.pairing("identity", "hinge");
            recipe.number("optimizer.learning_rate", r.log_uniform(0.01, 0.04));
        },
        seed: loss_of_nothing,
    },
];

/// Plain gradient descent: an optimizer that divides by the size of the gradient hides what is wrong with that size.
fn plain_descent(recipe: &mut Recipe, r: &mut Random) {
    let name = if recipe.set == Spiral { "momentum" } else { "sgd" };
    sets::optimizer(recipe, name, r);
}

fn deeper(recipe: &mut Recipe, r: &mut Random) {
    recipe.hidden(&[r.between(16, 32), r.between(12, 24)]);
}

fn squared_head(recipe: &mut Recipe, r: &mut Random) {
    let head = r.pick(&["sigmoid", "softmax"]);
    recipe.pairing(head, "mse");
    recipe.word("optimizer.name", "sgd");
    recipe.remove("optimizer.momentum");
    recipe.number("optimizer.learning_rate", r.log_uniform(1.0, 2.5));
}

fn wrong_sign(recipe: &mut Recipe, r: &mut Random) -> String {
    let word = r.pick(&["wrong_sign", "wrong_sign", "wrong_sign_and_extra_elementwise"]);
    let word = if recipe.set.task() == "regression" { "wrong_sign" } else { word };
    recipe.word("fault.output_delta", word);
    "the gradient of the outputs has the wrong sign".into()
}

fn head_derivative(recipe: &mut Recipe, r: &mut Random) -> String {
    let is_softmax = recipe.get("pairing.activation") == Some("\"softmax\"");
    let word = if is_softmax {
        r.pick(&["softmax_elementwise", "softmax_row_sum", "softmax_index_shadowed", "softmax_of_softmax"])
    } else {
        r.pick(&["squared_error", "squared_error_squared", "derivative_of_error", "missing_derivative"])
    };
    recipe.word("fault.output_delta", word);
    format!("the derivative of the outputs is `{word}`")
}

fn hidden_derivative(recipe: &mut Recipe, r: &mut Random) -> String {
    let word = r.pick(&["formula_on_z", "missing", "derivative_at_output"]);
    recipe.word("fault.hidden_derivative", word);
    format!("the derivative of the hidden units is `{word}`")
}

fn update(recipe: &mut Recipe, r: &mut Random) -> String {
    let word = r.pick(&["multiplicative", "accumulate"]);
    recipe.word("fault.update", word);
    match word {
        "accumulate" => "gradients are never set back to zero".into(),
        _ => "every step is multiplied by the weight, so that no weight changes its sign".into(),
    }
}

fn loss_of_nothing(recipe: &mut Recipe, r: &mut Random) -> String {
    let word = r.pick(&["target_class_only", "parameters_ignored"]);
    recipe.word("fault.loss", word);
    "the loss that training sees does not depend on the parameters".into()
}
