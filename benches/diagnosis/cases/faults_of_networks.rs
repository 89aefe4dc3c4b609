//! Architecture, start, and pairing: networks that cannot learn the task, or not from where they begin.
//!
//! What `runner` refuses outright (cross-entropy of outputs that are no distribution, a softmax over one output) cannot be a case.

use super::kinds::Kind;
use super::random::Random;
use super::recipe::{Recipe, plain};
use super::sets::{self, BENT, Set::*};

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "equal-units",
        root: "symmetry",
        expected: &["symmetry", "init"],
        shown_by: "skill",
        sets: &[Spiral, Moons, Circles, Xor, Digits, Wine, Sine, Friedman, Blobs],
        cases: 10,
        prepare: |_, _| {},
        seed: equal_units,
    },
    Kind {
        name: "init-too-large",
        root: "init",
        expected: &["init", "saturated", "saturating", "first-loss", "diverging"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Spiral, Circles, Friedman, BreastCancer, Moons],
        cases: 10,
        prepare: |recipe, r| {
            recipe.hidden(&[r.between(12, 24), r.between(12, 24), r.between(8, 16)]);
            sets::activation(recipe, "tanh", r);
        },
        seed: |recipe, r| {
            let size = r.log_uniform(8.0, 30.0);
            let init = if r.chance(0.5) {
                format!("{{ name = \"normal\", std = {} }}", plain(size))
            } else {
                format!("{{ name = \"uniform\", low = -{0}, high = {0} }}", plain(2.0 * size))
            };
            recipe.set("model.init", init.clone());
            recipe.set("model.output.init", init);
            "initial weights are far too large".into()
        },
    },
    Kind {
        name: "init-too-small",
        root: "init",
        expected: &["init", "vanishing", "fading", "prior"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Spiral, Circles, Xor, Friedman, BreastCancer, Blobs, Moons],
        cases: 10,
        prepare: |recipe, r| {
            recipe.hidden(&[r.between(12, 24), r.between(12, 24), r.between(12, 16)]);
            sets::activation(recipe, r.pick(&["tanh", "relu"]), r);
            sets::optimizer(recipe, if recipe.set == Spiral { "momentum" } else { "sgd" }, r);
        },
        seed: |recipe, r| {
            let init = format!("{{ name = \"normal\", std = {} }}", plain(r.log_uniform(3e-5, 1e-3)));
            recipe.set("model.init", init.clone());
            recipe.set("model.output.init", init);
            "initial weights are so small that no signal passes".into()
        },
    },
    Kind {
        name: "dead-relu",
        root: "dead",
        expected: &["dead", "dying"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Spiral, Circles, Xor, Friedman, BreastCancer, Sine, Moons],
        cases: 10,
        prepare: |recipe, r| {
            sets::activation(recipe, "relu", r);
            recipe.hidden(&[r.between(16, 32), r.between(12, 24)]);
        },
        seed: |recipe, r| {
            recipe.set(
                "model.bias_init",
                format!("{{ name = \"constant\", value = -{} }}", plain(r.uniform(8.0, 20.0))),
            );
            "relu units start with biases so negative that none is ever on".into()
        },
    },
    Kind {
        name: "vanishing",
        root: "vanishing",
        expected: &["vanishing", "fading", "init"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Moons, Circles, Xor, Friedman, BreastCancer, Blobs],
        cases: 10,
        prepare: |recipe, r| {
            let depth = r.between(5, 8);
            let widths: Vec<usize> = (0..depth).map(|_| r.between(12, 20)).collect();
            recipe.hidden(&widths);
            recipe.word("model.activation", "relu");
            recipe.word("model.init", "he_normal");
            sets::optimizer(recipe, "sgd", r);
            recipe.number("optimizer.learning_rate", r.log_uniform(0.02, 0.05));
        },
        seed: |recipe, r| {
            recipe.word("model.activation", "sigmoid");
            recipe.word("model.init", r.pick(&["glorot_uniform", "glorot_normal"]));
            "a deep stack of sigmoid layers: each divides the gradient by four or more".into()
        },
    },
    Kind {
        name: "saturated-outputs",
        root: "saturated",
        expected: &["saturated", "first-loss"],
        shown_by: "skill",
        sets: &[Digits, Wine, Iris, Spiral, Circles, BreastCancer, Blobs, Moons, Xor],
        cases: 9,
        prepare: |recipe, r| {
            recipe.pairing("sigmoid", "mse");
            if recipe.set != Spiral {
                sets::optimizer(recipe, "sgd", r);
                recipe.number("optimizer.learning_rate", r.log_uniform(1.0, 2.0));
            }
        },
        seed: |recipe, r| {
            let size = plain(r.uniform(9.0, 15.0));
            let sign = if r.chance(0.5) { "-" } else { "" };
            recipe.set("model.output.bias_init", format!("{{ name = \"constant\", value = {sign}{size} }}"));
            "outputs start saturated, where a squared error has no gradient".into()
        },
    },
    Kind {
        name: "only-linear",
        root: "linear",
        expected: &["linear"],
        shown_by: "skill",
        sets: &[Spiral, Moons, Circles, Xor, Sine, Friedman, Polynomial],
        cases: 10,
        prepare: |_, _| {},
        seed: |recipe, r| {
            sets::activation(recipe, "identity", r);
            "no layer bends: the network is a linear model".into()
        },
    },
    Kind {
        name: "too-few-units",
        root: "capacity",
        expected: &["capacity"],
        shown_by: "skill",
        sets: BENT,
        cases: 9,
        prepare: |_, _| {},
        seed: |recipe, r| {
            recipe.hidden(if r.chance(0.7) { &[1] } else { &[1, 1] });
            "one hidden unit cannot hold what the task needs".into()
        },
    },
    Kind {
        name: "output-range",
        root: "range",
        expected: &["range"],
        shown_by: "skill",
        sets: &[Diabetes, Sine, Polynomial, Friedman, Echo, Series],
        cases: 10,
        prepare: |_, _| {},
        seed: output_range,
    },
    Kind {
        name: "wrong-pairing",
        root: "pairing",
        expected: &["pairing"],
        shown_by: "skill",
        sets: &[Labels, Digits, MaskedDigits],
        cases: 10,
        prepare: |_, _| {},
        seed: wrong_pairing,
    },
    Kind {
        name: "hidden-softmax",
        root: "double-activation",
        expected: &["double-activation", "pairing"],
        shown_by: "skill",
        sets: &[Digits, Wine, Spiral, Moons, Circles, Blobs, Xor],
        cases: 10,
        prepare: |recipe, r| {
            sets::optimizer(recipe, if recipe.set == Spiral { "momentum" } else { "sgd" }, r);
            recipe.hidden(&[r.between(12, 32), r.between(12, 32)]);
        },
        seed: |recipe, r| {
            sets::activation(recipe, "softmax", r);
            "hidden layers are softmax layers, whose units share a sum of 1".into()
        },
    },
];

fn equal_units(recipe: &mut Recipe, r: &mut Random) -> String {
    let is_zero = r.chance(0.4);
    let value = if is_zero { "0".into() } else { plain(r.uniform(0.05, 0.5)) };
    let init = format!("{{ name = \"constant\", value = {value} }}");
    recipe.set("model.init", init.clone());
    recipe.set("model.output.init", init);
    "all weights of a layer start equal, so that its units stay equal".into()
}

fn output_range(recipe: &mut Recipe, r: &mut Random) -> String {
    let word = if recipe.set == Diabetes && r.chance(0.6) {
        recipe.word("data.target_scale", "none");
        r.pick(&["tanh", "sigmoid", "softsign"])
    } else {
        r.pick(&["sigmoid", "relu", "softplus", "hard_sigmoid"])
    };
    recipe.word("pairing.activation", word);
    format!("`{word}` cannot give the values that the targets have")
}

fn wrong_pairing(recipe: &mut Recipe, r: &mut Random) -> String {
    let (activation, loss) = match recipe.set {
        Labels => *r.pick(&[&("softmax", "binary_cross_entropy"), &("softmax", "mse")]),
        _ => ("sigmoid", "mae"),
    };
    recipe.pairing(activation, loss);
    format!("`{activation}` with `{loss}` does not suit these targets")
}
