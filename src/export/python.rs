//! Scripts: the numbers of a network as Python, and the functions that use them.
//!
//! The functions stand in the files of the folder `python`, which can be read and checked as Python; what is written here is data.

use std::fmt::Write as _;

use super::dense::Dense;
use super::{Network, Target};
use crate::catalog::Value;
use crate::data::NUMBERS;
use crate::spec::{Encoding, Format, Source};

const TABLE: &str = include_str!("python/table.py");
const ANSWER: &str = include_str!("python/answer.py");
const NUMPY: &str = include_str!("python/numpy_network.py");
const PYTORCH: &str = include_str!("python/pytorch_network.py");
const KERAS: &str = include_str!("python/keras_network.py");

/// Numbers in one line of a script.
const PER_LINE: usize = 4;

pub(super) fn script(network: &Network, layers: &[Dense<'_>], target: Target) -> Vec<u8> {
    let body = match target {
        Target::Pytorch => PYTORCH,
        Target::Keras => KERAS,
        _ => NUMPY,
    };
    let parts = [TABLE, body, ANSWER].map(without_docstring);
    let mut imports: Vec<&str> =
        parts.iter().flat_map(|part| part.lines()).filter(|l| l.starts_with("import ")).collect();
    imports.sort_unstable();
    imports.dedup();
    let mut out = docstring(network, target);
    // The standard library first.
    let (other, own): (Vec<&str>, Vec<&str>) = imports.into_iter().partition(|l| is_other(l));
    let _ = writeln!(out, "\n{}\n\n{}\n", own.join("\n"), other.join("\n"));
    out.push_str(&constants(network, layers));
    for part in parts {
        let code: Vec<&str> = part.lines().filter(|l| !l.starts_with("import ")).collect();
        let _ = write!(out, "\n\n{}\n", code.join("\n").trim());
    }
    out.into_bytes()
}

fn is_other(import: &str) -> bool {
    ["numpy", "torch", "keras"].iter().any(|name| import[7..].starts_with(name))
}

/// A file without the text it opens with, which is for those who read the folder.
fn without_docstring(file: &'static str) -> &'static str {
    file.split_once("\"\"\"\n\n").map_or(file, |(_, rest)| rest)
}

fn docstring(network: &Network, target: Target) -> String {
    let (needs, gives) = match target {
        Target::Pytorch => {
            ("NumPy and PyTorch", "`Network` is the network alone, a `torch.nn.Module` on prepared inputs")
        }
        Target::Keras => {
            ("NumPy and Keras 3", "`MODEL` is the network alone, a `keras.Model` on prepared inputs")
        }
        _ => ("NumPy", "`network` is the network alone, on prepared inputs"),
    };
    let (experiment, name) = (plain(&network.experiment), plain(&network.name));
    format!(
        "\"\"\"The network `{name}` of the experiment `{experiment}`, trial {}, written by `runner export`. Needs {needs}.\n\n\
         `python THIS_FILE DATA.csv` prints the answers that `runner predict` gives. From Python: `predict(read_table(PATH))`, or\n\
         `predict(x)` with an array `[rows, columns]` in the order of `COLUMNS`, where a category is the number of its name in the\n\
         list there and a gap is NaN. Outputs are `[rows, outputs]` in the units of the targets.\n\
         {gives}: `prepare(x)` makes them.\n\"\"\"\n",
        network.trial
    )
}

/// A name as text within a docstring.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || c == '\\' || c == '"' { '_' } else { c }).collect()
}

fn constants(network: &Network, layers: &[Dense<'_>]) -> String {
    let preparation = &network.preparation;
    let (delimiter, header) = match &network.configuration.data.source {
        Source::File { format: Format::Csv { delimiter, header, .. }, .. } => (*delimiter, *header),
        _ => (None, true),
    };
    let delimiter = delimiter.map_or("None".to_string(), |d| quoted(&char::from(d).to_string()));
    let columns: Vec<String> = (preparation.columns.iter())
        .map(|c| {
            format!(
                "    ({}, {}),",
                quoted(&c.name),
                c.categories.as_ref().map_or("None".into(), |n| texts(n))
            )
        })
        .collect();
    let mut out = format!(
        "TASK = {}\n# Name, and the categories of a column that has any.\nCOLUMNS = [\n{}\n]\nONE_HOT = {}\nDEGREE = {}\n",
        quoted(preparation.task_name()),
        columns.join("\n"),
        flag(preparation.encoding == Encoding::OneHot),
        preparation.polynomial,
    );
    let _ = writeln!(out, "OUTPUTS = {}", texts(&preparation.outputs));
    let _ = writeln!(out, "IS_DISTRIBUTION = {}", flag(network.gives_distribution()));
    // A gap is filled with FILL; inputs and targets are (original - SHIFT) / SCALE. None: not so.
    let names = ["FILL", "INPUT_SHIFT", "INPUT_SCALE", "TARGET_SHIFT", "TARGET_SCALE"];
    assert_eq!(names.len(), NUMBERS.len(), "a name for each list of numbers");
    for (name, values) in names.into_iter().zip(preparation.numbers()) {
        let list = if values.is_empty() { "None".to_string() } else { numbers(&values, "") };
        let _ = writeln!(out, "{name} = {list}");
    }
    // Pixels of a small image as those of a large one: x @ ENLARGE.
    let rows = preparation.enlarging().map(|matrix| {
        let rows = matrix
            .chunks(preparation.enlarged().max(1))
            .map(|row| format!("    {},\n", numbers(row, "    ")));
        format!("[\n{}]", rows.collect::<String>())
    });
    let _ = writeln!(out, "ENLARGE = {}", rows.unwrap_or_else(|| "None".to_string()));
    let _ = writeln!(out, "DELIMITER = {delimiter}\nHAS_HEADER = {}", flag(header));
    let _ = writeln!(out, "PRECISION = {}", quoted(network.precision_name()));
    out.push_str("# Weight `[in][out]`, bias `[out]` or None, activation with its parameters.\nLAYERS = [\n");
    for layer in layers {
        let rows: Vec<String> = (layer.weight.chunks(layer.units.max(1)))
            .map(|row| format!("            {},\n", numbers(row, "            ")))
            .collect();
        let bias = layer.bias.as_ref().map_or("None".to_string(), |b| numbers(b, "        "));
        let parameters: Vec<String> = layer.activation.parameters().map(parameter).collect();
        let _ = writeln!(
            out,
            "    (\n        [\n{}        ],\n        {bias},\n        (\"{}\", {{{}}}),\n    ),",
            rows.concat(),
            layer.activation.name,
            parameters.join(", ")
        );
    }
    out.push_str("]\n");
    out
}

/// An item of a dictionary.
fn parameter((key, value): (&'static str, &Value)) -> String {
    match value {
        Value::Text(text) => format!("\"{key}\": {}", quoted(text)),
        Value::Real(x) => format!("\"{key}\": {x:?}"),
        other => format!("\"{key}\": {other}"),
    }
}

fn flag(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// A text as a literal of Python: those of JSON are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn texts(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "))
}

/// The shortest digits that give every bit back, a few numbers a line.
fn numbers(values: &[f64], indent: &str) -> String {
    let shown: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
    if shown.len() <= PER_LINE {
        return format!("[{}]", shown.join(", "));
    }
    let lines: Vec<String> =
        shown.chunks(PER_LINE).map(|line| format!("{indent}    {},\n", line.join(", "))).collect();
    format!("[\n{}{indent}]", lines.concat())
}
