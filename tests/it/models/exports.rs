//! What `runner export` writes gives the answers that `runner predict` gives: run by NumPy, PyTorch, Keras, and onnxruntime.
//!
//! Each library is looked for in the Python of `target/peers` (which `.ci/run` makes) and then in that of the system. One that is
//! nowhere is named on stderr, and what it would have run is not tried. Tolerances are on outputs of order 1: 2e-5 in single
//! precision, where sums of some ten terms in another order and other exponentials differ in the last of 7 digits and a few layers
//! add up; 6e-9 in double precision, since of what is written the ninth digit is rounded.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{FILE, number, table};
use crate::support::{Project, python_with};

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn skipped(target: &str, module: &str) {
    eprintln!("not tested: what is exported to {target}, because no Python here has the module `{module}`");
}

/// Answers by a script of ours: `python SCRIPT ARGUMENTS`.
fn answers(project: &Project, python: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(python);
    command.args(arguments).current_dir(project.path("")).env("KERAS_BACKEND", "torch").stdin(Stdio::null());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}\n{err}");
    out.into_owned()
}

/// Equal columns, equal words, and numbers within the tolerance.
fn agree(expected: &str, found: &str, tolerance: f64, what: &str) {
    assert_eq!(expected.lines().next(), found.lines().next(), "{what}");
    let (expected, found) = (table(expected.as_bytes()), table(found.as_bytes()));
    assert_eq!(expected.len(), found.len(), "{what}");
    for (a, b) in expected.iter().zip(&found) {
        for (column, value) in a {
            if value.parse::<f64>().is_err() {
                assert_eq!(value, &b[column], "{what}, `{column}`");
                continue;
            }
            let (a, b) = (number(a, column), number(b, column));
            assert!((a - b).abs() <= tolerance * a.abs().max(1.0), "{what}, `{column}`: {a} and {b}");
        }
    }
}

const ONNX: &str = include_str!("onnx_answers.py");

/// Exports the one network of an experiment to everything and asks each about its rows; those that are `refused` have no exact form.
pub(super) fn check(project: &Project, precision: &str, refused: &[&str]) {
    let setting = format!("model.precision={precision}");
    project.expect(0, &[FILE, "--quiet", "--set", "record.models=chosen", "--set", &setting]);
    let expected = project.expect(0, &["predict", "results/x", "rows.csv"]).stdout;
    let tolerance = if precision == "f32" { 2e-5 } else { 6e-9 };
    for (target, module, file) in [
        ("numpy", "numpy", "with_numpy.py"),
        ("onnx", "onnxruntime", "network.onnx"),
        ("pytorch", "torch", "with_pytorch.py"),
        ("keras", "keras", "with_keras.py"),
    ] {
        let export = ["export", "results/x", "--to", target, "--output", &format!("out/{file}")];
        if refused.contains(&target) {
            let outcome = project.expect(2, &export);
            assert!(outcome.stderr.contains("error[not-exported]"), "{}", outcome.stderr);
            continue;
        }
        project.expect(0, &export);
        let Some(python) = python_with(module) else {
            skipped(target, module);
            continue;
        };
        let script = format!("out/{file}");
        let found = match target {
            "onnx" => {
                answers(project, &python, &["onnx_answers.py", "out/with_numpy.py", &script, "rows.csv"])
            }
            _ => answers(project, &python, &[&script, "rows.csv"]),
        };
        agree(&expected, &found, tolerance, &format!("{target}, {precision}"));
    }
}

pub(super) fn project(text: &str, data: &str, rows: &str) -> Project {
    let project = Project::new().file(FILE, text).file("datasets/own.csv", data).file("rows.csv", rows);
    project.file("onnx_answers.py", ONNX).file("out/.keep", "")
}

/// Numbers that look drawn, in (-2, 2).
pub(super) fn noise(n: usize) -> f64 {
    ((n * 7919 + 13) % 1009) as f64 / 252.25 - 2.0
}

/// Every activation in a hidden layer, five at a time.
fn activations(names: [&str; 5]) {
    let layers: Vec<String> = (names.iter())
        .map(|name| match *name {
            "gelu_tanh" => {
                "{ units = 6, activation = { name = \"gelu\", approximate = \"tanh\" } }".to_string()
            }
            "softplus_beta" => "{ units = 6, activation = { name = \"softplus\", beta = 2.5 } }".to_string(),
            "slope" => "{ units = 6, activation = { name = \"sigmoid\", slope = 1.7 } }".to_string(),
            name => format!("{{ units = 6, activation = \"{name}\" }}"),
        })
        .collect();
    let text = format!(
        "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"../datasets/own.csv\"\ntarget = \"y\"\nscale = \"standardize\"\n\
         [model]\nhidden = [{}]\ninit = {{ name = \"normal\", std = 0.8 }}\n[train]\nepochs = 3\nseeds = 1\n",
        layers.join(", ")
    );
    let row =
        |i: usize| format!("{:.3},{:.3},{}\n", noise(3 * i), 50.0 * noise(3 * i + 1), ["a", "b", "c"][i % 3]);
    let data: String = (0..60).map(row).collect();
    let data = format!("u,v,y\n{data}");
    let project = project(&text, &data, &data);
    check(&project, "f32", &[]);
    // Keras multiplies in single precision, and onnxruntime has no error function in double precision.
    check(&project, "f64", if names.contains(&"gelu") { &["keras", "onnx"] } else { &["keras"] });
}

#[test]
fn exports_answer_as_the_network_elu_to_leaky_relu() {
    activations(["elu", "gelu", "hard_sigmoid", "identity", "leaky_relu"]);
}

#[test]
fn exports_answer_as_the_network_log_softmax_to_sigmoid() {
    activations(["selu", "mish", "relu", "slope", "log_softmax"]);
}

#[test]
fn exports_answer_as_the_network_silu_to_tanh() {
    activations(["silu", "softplus_beta", "softsign", "tanh", "softmax"]);
}

#[test]
fn exports_answer_as_the_network_without_a_hidden_layer() {
    let text = "pairing = \"log_softmax+cross_entropy\"\n[data]\nsource = { name = \"moons\", samples = 60 }\n\
                [model]\nhidden = [{ units = 4, activation = \"gelu_tanh\", bias = false }]\noutput = { bias = false }\n[train]\nepochs = 3\nseeds = 1\n";
    let text = text.replace("\"gelu_tanh\"", "{ name = \"gelu\", approximate = \"tanh\" }");
    let rows: String = (0..20).map(|i| format!("{:.3},{:.3}\n", noise(i), noise(i + 40))).collect();
    let project = project(&text, "", &format!("x2,x1\n{rows}"));
    check(&project, "f32", &[]);
}

/// Text and declared categories, gaps in both kinds of column, and products of them all.
const CATEGORIES: &str = r#"
pairing = "sigmoid+binary_cross_entropy"

[data]
source = "../datasets/own.csv"
target = ["high", "odd"]
task = "multi_label"
categorical = ["level"]
encoding = "one_hot"
missing = "mean"
polynomial = 2
scale = "min_max"

[model]
hidden = [5]

[train]
epochs = 4
seeds = 1
"#;

fn categories() -> (String, String) {
    let row = |i: usize| {
        let gap = |every: usize, text: String| if i % every == every - 1 { "?".to_string() } else { text };
        let colour = ["red", "green \\\"dark\\\"", "bl,ue"][i / 2 % 3];
        let quoted = format!("\"{}\"", colour.replace("\\\"", "\"\""));
        let level = gap(11, format!("{}.0", i % 4));
        let (x, colour) = (gap(7, format!("{:.2}", noise(i))), gap(13, quoted));
        [x, colour, level, (i % 5 / 3).to_string(), (i % 2).to_string()].join(",") + "\n"
    };
    let rows: String = (0..80).map(row).collect();
    let data = format!("x,\"the, colour\",level,high,odd\n{rows}");
    (data.clone(), data)
}

#[test]
fn exports_answer_as_the_network_on_categories_and_gaps() {
    let (data, rows) = categories();
    let project_of = |text: &str| project(text, &data, &rows);
    check(&project_of(CATEGORIES), "f32", &[]);
    let ordinal = CATEGORIES.replace("one_hot", "ordinal").replace("\"mean\"", "\"median\"");
    check(&project_of(&ordinal), "f64", &["keras"]);
}

/// Several targets in their own units, a polynomial of the third degree, and no header.
#[test]
fn exports_answer_as_the_network_in_the_units_of_the_targets() {
    let text = r#"
pairing = "identity+mse"

[data]
source = "../datasets/own.csv"
target = ["column_3", "column_4"]
header = false
polynomial = 3
scale = "robust"
target_scale = "standardize"

[model]
hidden = [6]
activation = "tanh"

[train]
epochs = 6
seeds = 1
"#;
    let row = |i: usize| {
        let (u, v) = (noise(i), noise(2 * i + 5));
        format!("{u:.3},{v:.3},{:.3},{:.3}\n", 1000.0 + 200.0 * u, 0.01 * v * u)
    };
    let data: String = (0..70).map(row).collect();
    let project = project(text, &data, &data);
    check(&project, "f32", &[]);
    check(&project, "f64", &["keras"]);
}

/// A bias of every form, and pixels of a small image as those of a larger one.
#[test]
fn exports_answer_as_the_network_with_other_biases_on_larger_images() {
    let text = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/own.csv"
target = "y"
enlarge = { from = [2, 2], to = [3, 4] }
scale = "standardize"

[model]
hidden = [{ units = 5, bias = "tied" }, { units = 4, bias = "constant_input" }, { units = 4, bias = "none" }]
bias_init = { name = "constant", value = 0.3 }
output = { bias = "tied" }

[train]
epochs = 4
seeds = 1
"#;
    let row = |i: usize| {
        let pixel = |k: usize| format!("{:.3}", noise(4 * i + k));
        format!("{},{},{},{},{}\n", pixel(0), pixel(1), pixel(2), pixel(3), ["a", "b"][i % 2])
    };
    let data: String = (0..60).map(row).collect();
    let data = format!("p,q,r,s,y\n{data}");
    let project = project(text, &data, &data);
    check(&project, "f32", &[]);
    let output = text.replace("output = { bias = \"tied\" }", "output = { bias = \"constant_input\" }");
    let other = self::project(&output, &data, &data);
    check(&other, "f64", &["keras"]);
}
