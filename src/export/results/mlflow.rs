//! Runs for MLflow: `runs.jsonl`, and `import_runs.py`, which gives them to any tracking server.
//!
//! A script rather than a folder of MLflow's own: its file store is deprecated since MLflow 3, and a server takes runs through its
//! client only. Every trial is there. Times are those of the import; nothing here has a clock.

use std::collections::BTreeMap;

use serde::Serialize;

use super::runs::{Run, Runs, label};
use super::source::{Field, Folder};
use super::{Fault, Put};
use crate::text;

const SCRIPT: &str = include_str!("import_runs.py");

/// The first line: what the runs are of.
#[derive(Serialize)]
struct Experiment<'a> {
    experiment: &'a str,
    /// For the page of the experiment, as Markdown.
    note: String,
    runs: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    trial: &'a str,
    name: String,
    status: &'static str,
    params: BTreeMap<&'a str, String>,
    tags: BTreeMap<&'static str, &'a str>,
    /// Key, value, step.
    metrics: Vec<(&'a str, Value, i64)>,
}

/// What JSON has no number for is written as text, which Python's `float` reads.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Text(String),
}

pub(super) fn write(folder: &Folder, put: &mut Put<'_>) -> Result<String, Fault> {
    let mut count = 0;
    let mut trials = Runs::of(folder)?;
    while trials.next()?.is_some() {
        count += 1;
    }
    put("import_runs.py", &mut |out| Ok(out.write_all(SCRIPT.as_bytes())?))?;
    put("runs.jsonl", &mut |out| {
        let mut line = |json: Result<String, serde_json::Error>| -> Result<(), Fault> {
            let json = json.map_err(std::io::Error::from)?;
            out.write_all(json.as_bytes())?;
            Ok(out.write_all(b"\n")?)
        };
        line(serde_json::to_string(&experiment(folder, count)))?;
        let mut runs = Runs::of(folder)?;
        while let Some(run) = runs.next()? {
            line(serde_json::to_string(&of_run(&run, &runs)))?;
        }
        Ok(())
    })?;
    Ok(text::count(count, "run"))
}

fn experiment(folder: &Folder, runs: usize) -> Experiment<'_> {
    let told = &folder.published.told;
    let lines = [&told.title, &told.question].into_iter().chain(&told.statements);
    let note: Vec<&str> = lines.map(String::as_str).filter(|line| !line.is_empty()).collect();
    Experiment { experiment: folder.published.name(), note: note.join("\n\n"), runs }
}

fn of_run<'a>(run: &'a Run, runs: &'a Runs) -> Line<'a> {
    let axes = runs.axes.iter().zip(&run.axes).filter(|(_, field)| **field != Field::Empty);
    let mut params: BTreeMap<&str, String> = axes.clone().map(|(c, f)| (c.name.as_str(), label(f))).collect();
    params.extend(run.place.iter().map(|(name, n)| (name.as_str(), n.to_string())));
    let labels: Vec<String> = axes.map(|(_, field)| label(field)).collect();
    let name = format!("{} {}", labels.join(" "), run.place_name());
    let tags = [
        ("runner.trial", run.trial.as_str()),
        ("runner.configuration", run.configuration.as_str()),
        ("runner.outcome", run.outcome.as_str()),
        ("runner.end", run.end.as_str()),
    ];
    let value = |x: f64| if x.is_finite() { Value::Number(x) } else { Value::Text(text::exact(x)) };
    let mut metrics = Vec::new();
    for point in &run.curve {
        let values = runs.curves.iter().zip(&point.values);
        metrics.extend(values.filter_map(|(tag, x)| Some((tag.as_str(), value((*x)?), point.epoch))));
    }
    let finals = runs.finals.iter().zip(&run.finals);
    metrics.extend(finals.filter_map(|(tag, x)| Some((tag.as_str(), value((*x)?), run.best_epoch))));
    Line {
        trial: &run.trial,
        name: name.trim().to_string(),
        status: if ["diverged", "non_finite"].contains(&run.outcome.as_str()) {
            "FAILED"
        } else {
            "FINISHED"
        },
        params,
        tags: tags.into_iter().collect(),
        metrics,
    }
}
