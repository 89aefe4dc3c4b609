//! Healthy runs of varied tasks: unusual is not faulty, and a rule that fires here is wrong.
//!
//! Every family varies a network that learns in a way that still lets it learn. Some look like a fault on purpose: a squared error after a
//! sigmoid, a summed loss with a rate for sums, features that need no scaling, rows in the order of the file with full batches.

use super::random::Random;
use super::recipe::{Recipe, plain};
use super::rows;
use super::sets::{self, CLASSES, NUMBERS, SEQUENCES, Set, Set::*};

pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) sets: &'static [Set],
    pub(crate) cases: usize,
    pub(crate) why: &'static str,
    pub(crate) vary: fn(&mut Recipe, &mut Random),
}

const fn family(
    name: &'static str,
    sets: &'static [Set],
    cases: usize,
    why: &'static str,
    vary: fn(&mut Recipe, &mut Random),
) -> Family {
    Family { name, sets, cases, why, vary }
}

pub(crate) const FAMILIES: &[Family] = &[
    family("classes", CLASSES, 36, "softmax and cross-entropy, as usual", |_, _| {}),
    family("sigmoid-mse", CLASSES, 18, "a squared error after a sigmoid: slow, valid", squared),
    family("softmax-mse", CLASSES, 9, "a squared error after a softmax: valid", |recipe, r| {
        squared(recipe, r);
        recipe.word("pairing.activation", "softmax");
    }),
    family("other-losses", CLASSES, 27, "losses that are not cross-entropy", other_loss),
    family("numbers", NUMBERS, 30, "a regression, as usual", |_, _| {}),
    family("robust-numbers", NUMBERS, 15, "losses for outliers", |recipe, r| {
        recipe.word("pairing.loss", r.pick(&["huber", "mae", "log_cosh", "pinball"]));
        if recipe.get("pairing.loss") == Some("\"pinball\"") {
            recipe.set("pairing.loss", "{ name = \"pinball\", quantile = 0.5 }");
        }
        longer(recipe, 1.5);
    }),
    family(
        "bounded-outputs",
        &[Friedman, Polynomial, Diabetes, Signals],
        12,
        "bounded outputs, targets within",
        bounded,
    ),
    family("labels", &[Labels, OneLabel], 12, "several labels a row, or a single output", |_, _| {}),
    family(
        "activations",
        CLASSES,
        27,
        "less usual activations with initial weights that suit them",
        |recipe, r| {
            let names = ["selu", "silu", "mish", "softplus", "softsign", "sigmoid", "hard_sigmoid", "elu"];
            let is_bent = sets::BENT.contains(&recipe.set) && recipe.set != Digits;
            let names = if is_bent { &names[..3] } else { &names[..] };
            sets::activation(recipe, r.pick(names), r);
            sets::optimizer(recipe, "adam", r);
            longer(recipe, 1.5);
        },
    ),
    family("optimizers", CLASSES, 27, "less usual optimizers at rates of their own", |recipe, r| {
        let names = ["rmsprop", "adagrad", "nadam", "adamw", "lion", "adadelta"];
        let names = if recipe.set == Spiral { &names[..4] } else { &names[..] };
        sets::optimizer(recipe, r.pick(names), r);
        longer(recipe, 1.3);
    }),
    family(
        "line-search",
        &[Iris, Wine, BreastCancer, Moons, Circles, Xor, Friedman, Polynomial, Blobs],
        18,
        "an optimizer that searches along lines",
        line_search,
    ),
    family("schedules", CLASSES, 18, "schedules, clipping, and early stopping", schedule),
    family("penalties", CLASSES, 18, "dropout and penalties of sensible size", penalty),
    family(
        "linear",
        &[Iris, Wine, BreastCancer, Blobs, Digits, TwoClasses],
        12,
        "no hidden layer, where none is needed",
        |recipe, r| {
            recipe.hidden(&[]);
            sets::optimizer(recipe, r.pick(&["sgd", "adam", "momentum"]), r);
            recipe.scale_number("optimizer.learning_rate", 2.0);
        },
    ),
    family(
        "batches",
        CLASSES,
        18,
        "online, full, or summed batches, each with a rate that suits it",
        batches,
    ),
    family(
        "deep",
        &[Digits, Wine, BreastCancer, Moons, Circles, Blobs, Friedman],
        14,
        "deep, with initial weights for depth",
        deep,
    ),
    family("starts", CLASSES, 18, "other initial weights and biases that work", starts),
    family(
        "unscaled",
        &[Iris, Blobs, Moons, TwoClasses, Digits],
        10,
        "features as they are, where that does no harm",
        |recipe, r| {
            let noise = recipe.get("data.source").map(str::to_string);
            if recipe.set == Digits {
                recipe.set("data.scale", "{ name = \"divide\", by = 4 }");
            } else {
                recipe.word("data.scale", "none");
            }
            debug_assert!(noise.is_some());
            sets::optimizer(recipe, r.pick(&["adam", "momentum"]), r);
        },
    ),
    family("rare-class", &[TwoClasses], 8, "classes of unequal size that are told apart", |recipe, r| {
        recipe.rows(rows::two_classes(300, r.uniform(0.15, 0.3), 5.0, r));
    }),
    family("masked", &[MaskedDigits], 6, "outputs that are switched off by row", |_, _| {}),
    family("recurrent", SEQUENCES, 24, "recurrent networks with every cell", |recipe, r| {
        recipe.word("model.cell", r.pick(&["elman", "gru", "lstm"]));
        longer(recipe, 1.5);
    }),
    family(
        "borderline",
        &[Iris, Wine, BreastCancer, Blobs, Xor, TwoClasses],
        24,
        "settings near those of a fault that still work",
        borderline,
    ),
    family(
        "long-window",
        &[Echo, CopyMemory],
        6,
        "truncation that reaches as far as the answer lies",
        |recipe, _| {
            let reach = if recipe.set == Echo { 4 } else { 8 };
            recipe.set("model.truncate", reach.to_string());
            longer(recipe, 1.5);
        },
    ),
];

/// Settings that are far from usual and still work: the nearest neighbours of a fault.
fn borderline(recipe: &mut Recipe, r: &mut Random) {
    match r.between(0, 5) {
        0 => {
            sets::optimizer(recipe, "momentum", r);
            recipe.number("optimizer.momentum", r.uniform(0.95, 0.98));
            recipe.scale_number("optimizer.learning_rate", 0.2);
        }
        1 => {
            recipe.number("model.dropout", r.uniform(0.4, 0.5));
            recipe.hidden(&[r.between(64, 96)]);
            longer(recipe, 1.5);
        }
        2 => {
            sets::optimizer(recipe, "sgd", r);
            recipe.number("optimizer.clip_norm", r.log_uniform(0.1, 0.5));
            longer(recipe, 2.0);
        }
        3 => {
            recipe.hidden(&[r.between(3, 4)]);
            sets::activation(recipe, "tanh", r);
            longer(recipe, 1.5);
        }
        // Rows of these sets do not come sorted.
        4 if matches!(recipe.set, BreastCancer | Xor | TwoClasses) => {
            recipe.word("train.sampling", "sequential");
        }
        _ => {
            recipe.number("optimizer.l2", r.log_uniform(1e-3, 4e-3));
            longer(recipe, 1.5);
        }
    }
}

/// More epochs, for what learns more slowly; 400 at most.
fn longer(recipe: &mut Recipe, factor: f64) {
    let epochs = (recipe.value("train.epochs") * factor).round().min(500.0);
    recipe.set("train.epochs", (epochs as usize).to_string());
}

fn squared(recipe: &mut Recipe, r: &mut Random) {
    recipe.pairing("sigmoid", "mse");
    match recipe.get("optimizer.name") {
        Some("\"sgd\"") if recipe.get("optimizer.momentum").is_none() => {
            recipe.number("optimizer.learning_rate", r.log_uniform(0.8, 2.0));
        }
        Some("\"sgd\"") => recipe.number("optimizer.learning_rate", r.log_uniform(0.08, 0.2)),
        _ => {}
    }
    longer(recipe, 1.4);
}

fn other_loss(recipe: &mut Recipe, r: &mut Random) {
    match r.between(0, 8) {
        0 => recipe.pairing("sigmoid", "binary_cross_entropy"),
        1 => recipe.pairing("identity", "hinge"),
        2 => recipe.pairing("identity", "squared_hinge"),
        3 => {
            recipe.pairing("softmax", "focal");
            longer(recipe, 1.5);
        }
        4 => {
            recipe.pairing("softmax", "cross_entropy");
            recipe.set("pairing.loss", "{ name = \"cross_entropy\", label_smoothing = 0.1 }");
        }
        5 => recipe.pairing("log_softmax", "cross_entropy"),
        6 => recipe.pairing("softmax", "probability_cross_entropy"),
        7 => recipe.pairing("softmax", "kl_divergence"),
        _ => recipe.pairing("identity", "mse"),
    }
    let is_steep = matches!(recipe.get("pairing.loss"), Some("\"squared_hinge\"" | "\"hinge\"" | "\"mse\""));
    if is_steep && recipe.get("optimizer.name") == Some("\"sgd\"") {
        recipe.scale_number("optimizer.learning_rate", if recipe.set == Digits { 0.15 } else { 0.3 });
        longer(recipe, 1.5);
    }
}

fn bounded(recipe: &mut Recipe, r: &mut Random) {
    let (name, low, high) = *r.pick(&[&("sigmoid", 0.1, 0.9), &("tanh", -0.8, 0.8)]);
    recipe.word("pairing.activation", name);
    if recipe.set == Signals {
        recipe.word("pairing.activation", "sigmoid");
    } else {
        recipe.set("data.target_scale", format!("{{ name = \"min_max\", low = {low}, high = {high} }}"));
    }
    sets::optimizer(recipe, "adam", r);
    longer(recipe, 1.3);
}

fn line_search(recipe: &mut Recipe, r: &mut Random) {
    sets::optimizer(recipe, r.pick(&["lbfgs", "conjugate_gradient"]), r);
    recipe.word("train.batch", "full");
    recipe.word("model.precision", "f64");
    let smooth =
        if recipe.set.task() == "regression" { "tanh" } else { r.pick(&["tanh", "sigmoid", "gelu"]) };
    sets::activation(recipe, smooth, r);
    recipe.hidden(&[r.between(6, 12)]);
    recipe.number("optimizer.l2", r.log_uniform(1e-4, 5e-4));
    recipe.set("train.epochs", r.between(60, 100).to_string());
}

fn schedule(recipe: &mut Recipe, r: &mut Random) {
    let schedule = match r.between(0, 6) {
        0 => "\"cosine\"".into(),
        1 => "\"one_cycle\"".into(),
        2 => "{ name = \"warmup\", share = 0.1 }".into(),
        3 => "{ name = \"plateau\", patience = 15, factor = 0.5 }".into(),
        4 => {
            let decay = (0.1f64).powf(1.0 / recipe.value("train.epochs"));
            format!("{{ name = \"exponential\", decay = {decay:.4} }}")
        }
        5 => {
            recipe.number("optimizer.clip_norm", r.uniform(1.0, 5.0));
            "\"constant\"".into()
        }
        _ => {
            recipe.set("train.early_stop", "{ metric = \"validation.loss\", patience = 40 }");
            "\"constant\"".to_string()
        }
    };
    recipe.set("optimizer.schedule", schedule);
    longer(recipe, 1.3);
}

fn penalty(recipe: &mut Recipe, r: &mut Random) {
    match r.between(0, 3) {
        0 => {
            recipe.number("model.dropout", r.uniform(0.05, 0.3));
            let wide = r.between(32, 64);
            recipe.hidden(if recipe.set == Spiral { &[64, 64] } else { &[64] });
            if recipe.set != Spiral {
                recipe.hidden(&[wide]);
            }
        }
        1 => recipe.number("optimizer.l2", r.log_uniform(1e-5, 3e-4)),
        2 => recipe.number("optimizer.weight_decay", r.log_uniform(1e-5, 5e-4)),
        _ => recipe.number("optimizer.l1", r.log_uniform(1e-6, 5e-5)),
    }
    longer(recipe, 1.2);
}

fn batches(recipe: &mut Recipe, r: &mut Random) {
    match r.between(0, 3) {
        0 => {
            recipe.set("train.batch", "1");
            sets::optimizer(recipe, "sgd", r);
            recipe.number("optimizer.learning_rate", r.log_uniform(0.01, 0.03));
            sets::steps(recipe, if recipe.set == Spiral { 60_000.0 } else { 6000.0 });
        }
        1 => {
            recipe.word("train.batch", "full");
            recipe.word("train.sampling", r.pick(&["sequential", "shuffle"]));
            sets::optimizer(recipe, "adam", r);
            recipe.number("optimizer.learning_rate", r.log_uniform(0.02, 0.04));
            recipe.set("train.epochs", r.between(300, 400).to_string());
        }
        2 => {
            recipe.set("train.batch", "16");
            recipe.word("pairing.reduction", "sum");
            sets::optimizer(recipe, if recipe.set == Spiral { "momentum" } else { "sgd" }, r);
            recipe.scale_number("optimizer.learning_rate", 1.0 / 16.0);
        }
        _ => {
            recipe.set("train.batch", "16");
            recipe.word("train.sampling", "with_replacement");
        }
    }
}

fn deep(recipe: &mut Recipe, r: &mut Random) {
    let depth = r.between(4, 6);
    let widths: Vec<usize> = (0..depth).map(|_| r.between(14, 24)).collect();
    recipe.hidden(&widths);
    sets::activation(recipe, r.pick(&["relu", "selu", "gelu", "tanh", "elu"]), r);
    sets::optimizer(recipe, r.pick(&["adam", "sgd"]), r);
    recipe.scale_number("optimizer.learning_rate", 0.4);
}

fn starts(recipe: &mut Recipe, r: &mut Random) {
    let init = match r.between(0, 4) {
        0 => "\"orthogonal\"".into(),
        1 => format!("{{ name = \"normal\", std = {} }}", plain(r.uniform(0.2, 0.5))),
        2 => {
            let half = plain(r.uniform(0.3, 0.7));
            format!("{{ name = \"uniform\", low = -{half}, high = {half} }}")
        }
        3 => {
            recipe.set("model.bias_init", "{ name = \"uniform\", low = -0.3, high = 0.3 }");
            "\"lecun_uniform\"".into()
        }
        _ => {
            recipe.set("model.bias_init", "{ name = \"constant\", value = 0.1 }");
            recipe.word("model.output.init", "zeros");
            "\"glorot_normal\"".to_string()
        }
    };
    recipe.set("model.init", init);
    longer(recipe, 1.2);
}
