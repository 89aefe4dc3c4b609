//! Scripts: the numbers of a network as Python, and the functions that use them.
//!
//! The functions stand in the files of the folder `python`, which can be read and checked as Python; what is written here is data.

use std::fmt::Write as _;

use super::layers::Layer;
use super::{Network, Target};
use crate::catalog::Value;
use crate::data::NUMBERS;
use crate::spec::{Cell, Encoding, Format, Source};

const TABLE: &str = include_str!("python/table.py");
const ROWS: &str = include_str!("python/rows.py");
const SEQUENCES: &str = include_str!("python/sequences.py");
const ANSWER: &str = include_str!("python/answer.py");
/// Activations, dense layers, and recurrent layers.
const NUMPY: [&str; 3] = [
    include_str!("python/numpy_activations.py"),
    include_str!("python/numpy_dense.py"),
    include_str!("python/numpy_recurrent.py"),
];
const PYTORCH: [&str; 3] = [
    include_str!("python/pytorch_activations.py"),
    include_str!("python/pytorch_dense.py"),
    include_str!("python/pytorch_recurrent.py"),
];
const KERAS: [&str; 3] = [
    include_str!("python/keras_activations.py"),
    include_str!("python/keras_dense.py"),
    include_str!("python/keras_recurrent.py"),
];

/// Numbers in one line of a script.
const PER_LINE: usize = 4;

pub(super) fn script(network: &Network, layers: &[Layer<'_>], target: Target) -> Vec<u8> {
    let [activations, dense, recurrent] = match target {
        Target::Pytorch => PYTORCH,
        Target::Keras => KERAS,
        _ => NUMPY,
    };
    let body = if network.configuration.model.recurrent.is_some() { recurrent } else { dense };
    let asked = if network.preparation.times.is_some() { SEQUENCES } else { ROWS };
    let parts = [TABLE, activations, body, asked, ANSWER].map(without_docstring);
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
    let mistake = match &network.configuration.fault {
        fault if fault.is_none() => String::new(),
        fault => format!(" It was trained with a mistake made on purpose: {fault}."),
    };
    format!(
        "\"\"\"The network `{name}` of the experiment `{experiment}`, trial {}, written by `runner export`. Needs {needs}.{mistake}\n\n\
         `python THIS_FILE DATA.csv` prints the answers that `runner predict` gives. From Python: `predict(**read_table(PATH))`, or\n\
         {}\
         {gives}: `prepare(x)` makes them of rows.\n\"\"\"\n",
        network.trial,
        arguments(network)
    )
}

/// What `predict` takes and gives, with shapes and the order of axes.
fn arguments(network: &Network) -> String {
    let is_masked = !network.preparation.mask.is_empty();
    let (each, has_times) = (!network.answers_sequences(), network.preparation.times.is_some());
    let given = match (has_times, is_masked) {
        (false, false) => "x",
        (false, true) => "x, mask",
        (true, false) => "x, lengths",
        (true, true) => "x, lengths, mask",
    };
    let rows = if has_times { "[sequences, steps, columns]" } else { "[rows, columns]" };
    let outputs = match (has_times, each) {
        (false, _) => "[rows, outputs]",
        (true, true) => "[sequences, steps, outputs]",
        (true, false) => "[sequences, outputs]",
    };
    let mut text = format!(
        "`predict({given})` with an array x `{rows}`, its columns in the order of `COLUMNS`, where a category is the number of its\n\
         name in the list there and a gap is NaN.\n"
    );
    if has_times {
        text.push_str(
            "Steps are in the order of time, and sequences end at the last of them: before the first step of a shorter one stands\n\
             padding, whatever it holds. lengths `[sequences]` counts the steps of each that are there; None: all.\n",
        );
        if network.configuration.model.recurrent.is_none() {
            text.push_str("There are always STEPS steps.\n");
        }
    }
    if is_masked {
        let _ = writeln!(
            text,
            "mask `{outputs}`, in the order of `OUTPUTS`, is 0 where an output is off; None: all are on."
        );
    }
    let padding = if has_times && each { ", NaN in padding" } else { "" };
    let _ = writeln!(text, "Outputs are `{outputs}` in the units of the targets{padding}.");
    text
}

/// A name as text within a docstring.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || c == '\\' || c == '"' { '_' } else { c }).collect()
}

fn constants(network: &Network, layers: &[Layer<'_>]) -> String {
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
    out.push_str(&sequences(network));
    // The columns that switch outputs off, in their order, and where that is done.
    let _ = writeln!(out, "MASKS = {}", texts(&preparation.mask));
    let _ = writeln!(out, "MASKING = {}", quoted(network.configuration.pairing.masking.name()));
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
    out.push_str(&layers_of(layers));
    if let Some(recurrent) = network.configuration.model.recurrent {
        out.push_str(&recurrent_of(recurrent.cell, layers));
    }
    out
}

/// What rows are, where they are time steps.
fn sequences(network: &Network) -> String {
    let (preparation, model) = (&network.preparation, &network.configuration.model);
    let about = if network.answers_sequences() { "sequence" } else { "row" };
    let mut out = format!("# What an answer is about.\nABOUT = {}\n", quoted(about));
    let Some(times) = &preparation.times else { return out };
    let time = times.time.as_deref().map_or_else(|| "None".to_string(), quoted);
    let steps = if model.recurrent.is_some() { "None".to_string() } else { times.steps.to_string() };
    let _ = writeln!(
        out,
        "# The column that names the sequence of a row, and the one that orders its rows; None: as in the file."
    );
    let _ = writeln!(out, "SEQUENCE = {}\nTIME = {time}", quoted(&times.sequence));
    let _ = writeln!(
        out,
        "# Time steps that sequences are padded to; None: to those of the longest.\nSTEPS = {steps}"
    );
    let cell = model.recurrent.map_or_else(|| "None".to_string(), |r| quoted(r.cell.name()));
    let _ = writeln!(out, "CELL = {cell}\n# Whether there is an answer for every time step.");
    let _ = writeln!(out, "EACH_STEP = {}", flag(model.answers_each_step()));
    out
}

/// The weights from recurrent layers to themselves.
fn recurrent_of(cell: Cell, layers: &[Layer<'_>]) -> String {
    let gates = match cell {
        Cell::Elman => "",
        Cell::Gru => "; side by side those of update, reset, and candidate",
        Cell::Lstm => "; side by side those of input, forget, candidate, and output",
    };
    let mut out = format!(
        "# From each hidden layer to itself, a time step before: `[units][columns]`{gates}, as in LAYERS.\nRECURRENT = [\n"
    );
    for layer in layers {
        let Some(weight) = layer.recurrent else { continue };
        let _ = writeln!(out, "    [\n{}    ],", matrix(weight, layer.columns, "        "));
    }
    out.push_str("]\n");
    out
}

/// Its rows as lists, each in a line of its own.
fn matrix(values: &[f64], columns: usize, indent: &str) -> String {
    values.chunks(columns.max(1)).map(|row| format!("{indent}{},\n", numbers(row, indent))).collect()
}

fn layers_of(layers: &[Layer<'_>]) -> String {
    let mut out = "# Weight `[in][out]`, bias `[out]` or None, activation with its parameters.\nLAYERS = [\n"
        .to_string();
    for layer in layers {
        let bias = layer.bias.as_ref().map_or("None".to_string(), |b| numbers(b, "        "));
        let parameters: Vec<String> = layer.activation.parameters().map(parameter).collect();
        let _ = writeln!(
            out,
            "    (\n        [\n{}        ],\n        {bias},\n        (\"{}\", {{{}}}),\n    ),",
            matrix(layer.weight, layer.columns, "            "),
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
