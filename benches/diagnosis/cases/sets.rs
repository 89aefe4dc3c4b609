//! The data sets, and for each of them networks that are known to learn it: the ground that faults are put into.
//!
//! Settings are drawn from ranges in which training works; which ranges these are was found by training, not by theory.

use super::random::Random;
use super::recipe::{Recipe, plain};
use super::rows;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Set {
    Iris,
    Wine,
    BreastCancer,
    Digits,
    MaskedDigits,
    Diabetes,
    Spiral,
    Moons,
    Circles,
    Blobs,
    Xor,
    TwoClasses,
    Labels,
    OneLabel,
    Sine,
    Polynomial,
    Friedman,
    Signals,
    SignOfSum,
    Echo,
    Adding,
    Series,
    CopyMemory,
}

use Set::*;

/// Sets of one class per row.
pub(crate) const CLASSES: &[Set] = &[Iris, Wine, BreastCancer, Digits, Spiral, Moons, Circles, Blobs, Xor];
/// Those that no straight line separates.
pub(crate) const BENT: &[Set] = &[Spiral, Moons, Circles, Xor, Digits];
pub(crate) const NUMBERS: &[Set] = &[Diabetes, Sine, Polynomial, Friedman, Signals];
pub(crate) const DENSE: &[Set] =
    &[Iris, Wine, BreastCancer, Digits, Diabetes, Spiral, Moons, Circles, Blobs, Xor, Sine, Friedman];
pub(crate) const SEQUENCES: &[Set] = &[SignOfSum, Echo, Adding, Series];

impl Set {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Iris => "iris",
            Wine => "wine",
            BreastCancer => "breast_cancer",
            Digits => "digits",
            MaskedDigits => "masked_digits",
            Diabetes => "diabetes",
            Spiral => "spiral",
            Moons => "moons",
            Circles => "circles",
            Blobs => "blobs",
            Xor => "xor",
            TwoClasses => "two_classes",
            Labels => "labels",
            OneLabel => "one_label",
            Sine => "sine",
            Polynomial => "polynomial",
            Friedman => "friedman",
            Signals => "signals",
            SignOfSum => "sign_of_sum",
            Echo => "echo",
            Adding => "adding",
            Series => "series",
            CopyMemory => "copy_memory",
        }
    }

    pub(crate) fn task(self) -> &'static str {
        match self {
            Labels | OneLabel => "multi_label",
            Diabetes | Sine | Polynomial | Friedman | Signals | Echo | Adding | Series => "regression",
            _ => "classification",
        }
    }

    pub(crate) fn is_sequence(self) -> bool {
        matches!(self, SignOfSum | Echo | Adding | Series | CopyMemory)
    }

    /// Rows of the training part, about: 60 % of all.
    fn training_rows(self) -> usize {
        match self {
            Iris => 90,
            Wine => 107,
            BreastCancer => 341,
            Digits => 1079,
            Diabetes => 221,
            Echo | CopyMemory => 120,
            Series => 150,
            SignOfSum | Adding => 300,
            _ => 180,
        }
    }

    /// Optimizer steps after which a network with good settings has learned the set.
    fn steps(self) -> usize {
        match self {
            Wine => 500,
            BreastCancer => 400,
            Blobs => 800,
            Iris => 700,
            Diabetes => 200,
            Digits | MaskedDigits => 1200,
            Spiral => 4000,
            Sine => 3000,
            Moons => 2500,
            SignOfSum | Echo | Series | CopyMemory => 800,
            Adding => 1200,
            _ => 1500,
        }
    }

    fn widths(self) -> (usize, usize) {
        match self {
            Digits | MaskedDigits => (24, 48),
            Spiral => (32, 64),
            Signals => (32, 64),
            Iris | Wine | BreastCancer => (8, 24),
            Diabetes => (4, 10),
            _ => (12, 32),
        }
    }
}

/// A network that learns the set, with random settings; `folder` is where the data files are.
pub(crate) fn healthy(set: Set, folder: &str, r: &mut Random) -> Recipe {
    let mut recipe = Recipe::new(set);
    data(&mut recipe, folder, r);
    match set.task() {
        "regression" => recipe.pairing("identity", "mse"),
        "multi_label" => recipe.pairing("sigmoid", "binary_cross_entropy"),
        _ => recipe.pairing("softmax", "cross_entropy"),
    }
    let (low, high) = set.widths();
    let depth = if set == Spiral { 2 } else { r.between(1, 2) };
    recipe.set("train.epochs", "1");
    let batch = if set.is_sequence() { [20, 30][r.between(0, 1)] } else { [8, 16, 32][r.between(0, 2)] };
    recipe.set("train.batch", batch.to_string());
    let widths: Vec<usize> = (0..depth).map(|_| r.between(low, high)).collect();
    recipe.hidden(&widths);
    if set.is_sequence() {
        recurrent(&mut recipe, r);
    } else {
        let names: &[&str] = if set == Sine {
            &["tanh", "gelu", "silu"]
        } else {
            &["relu", "tanh", "leaky_relu", "elu", "gelu"]
        };
        activation(&mut recipe, r.pick(names), r);
        let names: &[&str] = match set {
            Spiral | Sine | Polynomial => &["adam", "momentum"],
            _ => &["sgd", "momentum", "adam"],
        };
        optimizer(&mut recipe, r.pick(names), r);
    }
    steps(&mut recipe, set.steps() as f64 * r.uniform(1.0, 1.4));
    let seeds: Vec<usize> = (0..2).map(|i| i * 500 + r.between(0, 499)).collect();
    recipe.set("train.seeds", format!("{seeds:?}"));
    recipe.set("record.every", "1");
    recipe
}

/// `data`: source, scale, split.
fn data(recipe: &mut Recipe, folder: &str, r: &mut Random) {
    let file = |recipe: &mut Recipe, name: &str, target: &str| {
        recipe.word("data.source", &format!("{folder}/{name}.csv"));
        recipe.word("data.target", target);
    };
    match recipe.set {
        Iris => file(recipe, "iris", "species"),
        Wine => file(recipe, "wine", "class"),
        BreastCancer => file(recipe, "breast_cancer", "diagnosis"),
        Digits => file(recipe, "digits", "label"),
        MaskedDigits => {
            file(recipe, "masked_digits", "label");
            let masks: Vec<String> = (0..10).map(|i| format!("\"mask_{i}\"")).collect();
            recipe.set("data.mask", format!("[{}]", masks.join(", ")));
        }
        Diabetes => file(recipe, "diabetes", "target"),
        _ => made(recipe, r),
    }
    match recipe.set {
        Digits | MaskedDigits => recipe.set("data.scale", "{ name = \"divide\", by = 16 }"),
        Iris | Wine | BreastCancer | Diabetes | Polynomial | Friedman | TwoClasses | Blobs | Xor | Sine => {
            recipe.word("data.scale", "standardize");
        }
        _ => {}
    }
    match recipe.set.task() {
        "classification" => {}
        task => recipe.word("data.task", task),
    }
    if matches!(recipe.set, Diabetes | Polynomial | Friedman) {
        recipe.word("data.target_scale", "standardize");
    }
    let validation = if recipe.set == Diabetes { 0.3 } else { 0.2 };
    recipe.set("data.split", format!("{{ test = 0.2, validation = {validation} }}"));
}

/// `data.source` of sets that are made.
fn made(recipe: &mut Recipe, r: &mut Random) {
    let seed = r.between(0, 999);
    let source = match recipe.set {
        Spiral => format!(
            "name = \"spiral\", samples = 300, arms = {}, turns = {}, noise = {}",
            r.between(2, 3),
            plain(r.uniform(0.6, 0.9)),
            plain(r.uniform(0.05, 0.1))
        ),
        Moons => format!("name = \"moons\", samples = 300, noise = {}", plain(r.uniform(0.05, 0.15))),
        Circles => format!(
            "name = \"circles\", samples = 300, noise = {}, factor = {}",
            plain(r.uniform(0.04, 0.08)),
            plain(r.uniform(0.35, 0.55))
        ),
        // The centres of a small box may coincide; these are seeds of boxes in which they do not.
        Blobs => format!(
            "name = \"blobs\", samples = 300, centers = {}, features = {}, noise = 1",
            r.between(3, 6),
            r.between(4, 10)
        ),
        Xor => format!("name = \"xor\", samples = 300, noise = {}", plain(r.uniform(0.1, 0.16))),
        Sine => format!(
            "name = \"sine\", samples = 300, noise = {}, frequency = {}",
            plain(r.uniform(0.05, 0.12)),
            plain(r.uniform(0.8, 1.5))
        ),
        Polynomial => format!(
            "name = \"polynomial\", samples = 300, noise = 0.05, coefficients = [0, {}, 1, {}]",
            plain(r.uniform(-0.5, 0.5)),
            plain(r.uniform(-1.0, 1.0))
        ),
        Signals => format!(
            "name = \"piecewise_constant\", samples = 300, outputs = {}, ranges = 3, noise = {}",
            r.between(6, 12),
            plain(r.uniform(0.02, 0.05))
        ),
        SignOfSum => format!("name = \"sign_of_sum\", samples = 500, steps = {}", r.between(5, 8)),
        Echo => format!(
            "name = \"echo\", samples = 200, steps = {}, delay = {}",
            r.between(8, 12),
            r.between(2, 3)
        ),
        Adding => format!("name = \"adding_problem\", samples = 500, steps = {}", r.between(4, 6)),
        Series => format!(
            "name = \"sine\", samples = 250, steps = {}, frequency = 6, noise = 0.05",
            r.between(5, 8)
        ),
        CopyMemory => format!(
            "name = \"copy_memory\", samples = 200, symbols = 3, length = 2, delay = {}",
            r.between(1, 2)
        ),
        TwoClasses => return recipe.rows(rows::two_classes(300, 0.5, 4.5, r)),
        Labels => return recipe.rows(rows::labels(300, r)),
        OneLabel => return recipe.rows(rows::one_label(300, r)),
        Friedman => return recipe.rows(rows::friedman(300, 0.5, r)),
        Iris | Wine | BreastCancer | Digits | MaskedDigits | Diabetes => return,
    };
    recipe.set("data.source", format!("{{ {source}, seed = {seed} }}"));
}

fn recurrent(recipe: &mut Recipe, r: &mut Random) {
    recipe.word("model.kind", "rnn");
    recipe.hidden(&[r.between(12, 24)]);
    recipe.word("model.activation", "tanh");
    recipe.word("model.init", "glorot_uniform");
    if matches!(recipe.set, Echo | CopyMemory) {
        recipe.set("model.return_sequences", "true");
    }
    recipe.word("optimizer.name", "adam");
    recipe.number("optimizer.learning_rate", r.log_uniform(0.006, 0.015));
}

/// Hidden activation, and the initial weights that suit it.
pub(crate) fn activation(recipe: &mut Recipe, name: &str, r: &mut Random) {
    recipe.word("model.activation", name);
    let init: &[&str] = match name {
        "tanh" | "sigmoid" | "softsign" | "softmax" | "hard_sigmoid" => &["glorot_uniform", "glorot_normal"],
        "selu" => &["lecun_normal"],
        "identity" => &["glorot_uniform", "lecun_uniform"],
        _ => &["he_normal", "he_uniform"],
    };
    recipe.word("model.init", r.pick(init));
}

/// The optimizer with a learning rate at which it works; `momentum` is `sgd` with momentum.
pub(crate) fn optimizer(recipe: &mut Recipe, name: &str, r: &mut Random) {
    recipe.remove("optimizer.");
    let is_regression = recipe.set.task() == "regression";
    let (low, high) = match (name, is_regression) {
        ("sgd", false) => (0.08, 0.25),
        ("sgd", true) => (0.03, 0.08),
        ("momentum", false) => (0.01, 0.04),
        ("momentum", true) => (0.005, 0.015),
        ("rmsprop", _) => (0.001, 0.004),
        ("adagrad", _) => (0.03, 0.1),
        ("adadelta", _) => (0.5, 1.0),
        ("lion", _) => (0.0005, 0.0015),
        ("adam" | "adamw" | "nadam", _) => (0.003, 0.01),
        _ => {
            recipe.word("optimizer.name", name);
            return;
        }
    };
    recipe.word("optimizer.name", if name == "momentum" { "sgd" } else { name });
    recipe.number("optimizer.learning_rate", r.log_uniform(low, high));
    if name == "momentum" {
        recipe.set("optimizer.momentum", "0.9");
    }
}

/// Epochs that make about so many optimizer steps with the batch that the recipe has, 400 at most.
pub(crate) fn steps(recipe: &mut Recipe, steps: f64) {
    let rows = recipe.set.training_rows();
    let batch = recipe.get("train.batch").and_then(|text| text.parse().ok()).unwrap_or(rows);
    let per_epoch = rows.div_ceil(batch.min(rows));
    let epochs = (steps / per_epoch as f64).round().clamp(1.0, 400.0);
    recipe.set("train.epochs", (epochs as usize).to_string());
}
