//! `runner predict RESULTS DATA`: what a trained network says about the rows of a table.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::arguments::PredictArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use super::saved::{self, Saved};
use crate::data::{self, Rows};
use crate::diagnostic::{Sources, Span};
use crate::export::{Answers, Network};
use crate::metric::{self, Reading, Scores};
use crate::spec::{Format as FileFormat, Source, Task, Weights};
use crate::{disk, text};

/// Digits of a number, as in all files of results.
const DIGITS: usize = 9;

pub(super) fn predict(arguments: &PredictArguments) -> Exit {
    let output = Output { format: Format::Text, quiet: false };
    match try_predict(arguments, &output) {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

fn try_predict(arguments: &PredictArguments, output: &Output) -> Result<(), Exit> {
    let Saved { network, .. } = saved::find(&arguments.saved, output)?;
    let rows = rows(&arguments.data, &network, output)?;
    let answers = network.answers(rows).map_err(|fault| {
        output.diagnostics(&[*fault], &Sources::default());
        Exit::Disk
    })?;
    let count = answers.outputs.len() / network.preparation.outputs.len().max(1);
    let metrics = metrics(&network, &answers, count);
    let bytes = match arguments.format {
        Answer::Csv => as_csv(&network, &answers),
        Answer::Json => format!("{}\n", as_json(&network, &answers, &metrics)).into_bytes(),
    };
    let told = told(&network, &metrics, count);
    match &arguments.output {
        None => {
            output.print(&String::from_utf8_lossy(&bytes));
            output.note(&told);
        }
        Some(path) => {
            disk::deliver(path, &bytes).map_err(|error| {
                output.complain(&format!("error: {error}"));
                Exit::Disk
            })?;
            output.print(&told);
        }
    }
    Ok(())
}

/// What the answers are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Answer {
    /// A row for each row of the data, or for each sequence.
    Csv,
    /// One document, with metrics where the targets are there.
    Json,
}

/// Faults point at the command line, where the file is named, and into the file.
fn rows(path: &Path, network: &Network, output: &Output) -> Result<Rows, Exit> {
    let shown = disk::shown(path);
    let mut sources = Sources::default();
    let line = format!("runner predict ... {shown}");
    let range = line.len() - shown.len()..line.len();
    let at = Span { source: sources.add("command line", line), range };
    let form = match &network.configuration.data.source {
        Source::File { format: FileFormat::Csv { delimiter, header, .. }, .. } => (*delimiter, *header),
        _ => (None, true),
    };
    data::read_rows(&shown, path, form, &network.preparation, &at, &mut sources).map_err(|faults| {
        output.diagnostics(&faults, &sources);
        Exit::Disk
    })
}

/// Metrics of the answers whose targets are there, and how many these are.
struct Metrics {
    rows: usize,
    values: Vec<(&'static str, f64)>,
}

fn metrics(network: &Network, answers: &Answers, count: usize) -> Option<Metrics> {
    let targets = answers.targets.as_ref()?;
    let (task, outputs) = (network.preparation.task, network.preparation.outputs.len());
    let is_known = |row: &&usize| targets[**row * outputs..][..outputs].iter().all(|v| !v.is_nan());
    let all: Vec<usize> = (0..count).collect();
    let known: Vec<usize> = all.iter().filter(is_known).copied().collect();
    if known.is_empty() {
        return None;
    }
    let of = |values: &[f64]| -> Vec<f64> {
        known.iter().flat_map(|row| &values[row * outputs..][..outputs]).copied().collect()
    };
    let (output, target) = (of(&answers.outputs), of(targets));
    let class = match task {
        Task::Classification => {
            let class = |row: &[f64]| row.iter().position(|v| *v == 1.0).unwrap_or(0) as u32;
            target.chunks(outputs).map(class).collect()
        }
        _ => Vec::new(),
    };
    let scores = Scores { rows: known.len(), outputs, output: &output, target: &target, class: &class };
    let reading = Reading::new(scores);
    let values = metric::for_task(task).into_iter().map(|m| (m.name(), m.read(&reading)));
    // That of training weighs classes, by weights that may have been fitted to the training part and are not kept.
    let is_weighted = network.configuration.data.weights != Weights::Equal;
    let loss = answers.loss.filter(|_| !is_weighted).map(|loss| ("loss", loss));
    Some(Metrics { rows: known.len(), values: loss.into_iter().chain(values).collect() })
}

fn told(network: &Network, metrics: &Option<Metrics>, count: usize) -> String {
    let counted = text::count(count, first_column(network));
    let mistake = match &network.configuration.fault {
        fault if fault.is_none() => String::new(),
        fault => format!("\nthis network was trained with a mistake made on purpose: {fault}"),
    };
    let Some(Metrics { rows: known, values }) = metrics else {
        let unknown = "without their targets nothing can be said of how good the answers are";
        return format!("{counted}; {unknown}{mistake}");
    };
    let values: Vec<String> = values
        .iter()
        .filter(|(_, value)| !value.is_nan())
        .map(|(name, value)| format!("{name} {}", text::significant(*value, DIGITS)))
        .collect();
    let of = if *known == count { String::new() } else { format!(", {known} of them with targets") };
    format!("{counted}{of}: {}{mistake}", values.join(", "))
}

/// What an answer is about.
fn first_column(network: &Network) -> &'static str {
    if network.answers_sequences() { "sequence" } else { "row" }
}

/// The names of the columns: `row` or `sequence`, what is predicted, and each output of a network that gives one for each class or label.
fn header(network: &Network) -> Vec<String> {
    let names = &network.preparation.outputs;
    let each = |word: &str| names.iter().map(|name| format!("{word}_{name}")).collect::<Vec<_>>();
    let kind = if network.gives_distribution() { "probability" } else { "output" };
    let (first, rest) = match network.preparation.task {
        Task::Classification => (vec!["predicted".to_string()], each(kind)),
        Task::MultiLabel => (each("predicted"), each("output")),
        Task::Regression if names.len() == 1 => (vec!["predicted".to_string()], Vec::new()),
        Task::Regression => (each("predicted"), Vec::new()),
    };
    [vec![first_column(network).to_string()], first, rest].concat()
}

/// What is predicted from the outputs of an answer: a class, labels, or values.
fn predicted(network: &Network, row: &[f64]) -> Vec<Value> {
    let names = &network.preparation.outputs;
    match network.preparation.task {
        Task::Classification => {
            let class = metric::predicted_class(row).map(|class| names[class].clone());
            vec![Value::from(class.unwrap_or_default())]
        }
        Task::MultiLabel => row.iter().map(|v| Value::from(u8::from(*v > 0.5))).collect(),
        Task::Regression => row.iter().map(|v| number(*v)).collect(),
    }
}

/// JSON has no NaN.
fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { Value::Null }
}

/// What each answer is about, what is predicted, and its outputs.
fn each<'a>(
    network: &'a Network,
    answers: &'a Answers,
) -> impl Iterator<Item = (Value, Vec<Value>, &'a [f64])> {
    let all = answers.outputs.chunks(network.preparation.outputs.len().max(1));
    let about = |index: usize| match answers.sequences.get(index) {
        Some(name) => Value::from(name.as_str()),
        None => Value::from(index + 1),
    };
    all.enumerate().map(move |(index, row)| (about(index), predicted(network, row), row))
}

fn as_csv(network: &Network, answers: &Answers) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let has_outputs = network.preparation.task != Task::Regression;
    let mut write = |cells: &[String]| writer.write_record(cells).expect("a vector takes every byte");
    write(&header(network));
    for (about, predicted, row) in each(network, answers) {
        let shown = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Number(n) if n.is_f64() => text::significant(n.as_f64().unwrap_or(f64::NAN), DIGITS),
            Value::Null => "NaN".to_string(),
            other => other.to_string(),
        };
        let mut cells: Vec<String> = [about].iter().chain(&predicted).map(shown).collect();
        cells.extend(row.iter().filter(|_| has_outputs).map(|v| text::significant(*v, DIGITS)));
        write(&cells);
    }
    writer.into_inner().expect("a vector takes every byte")
}

fn as_json(network: &Network, answers: &Answers, metrics: &Option<Metrics>) -> Value {
    let names = header(network);
    let has_outputs = network.preparation.task != Task::Regression;
    let rows: Vec<Value> = each(network, answers)
        .map(|(about, predicted, row)| {
            let outputs = row.iter().filter(|_| has_outputs).map(|v| number(*v));
            let values = [about].into_iter().chain(predicted).chain(outputs);
            Value::Object(names.iter().cloned().zip(values).collect())
        })
        .collect();
    let metrics = metrics.as_ref().map(|metrics| {
        let values = metrics.values.iter().map(|(name, value)| (name.to_string(), number(*value)));
        json!({ "rows": metrics.rows, "values": values.collect::<Map<String, Value>>() })
    });
    json!({
        "experiment": network.experiment,
        "network": network.name,
        "trial": network.trial,
        "fault": network.configuration.fault.to_string(),
        "rows": rows,
        "metrics": metrics,
    })
}
