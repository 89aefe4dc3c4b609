//! What `runner check` shows of a network: a table and findings for people, a document for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::check_command::Checked;
use super::doctor::finding_json;
use super::trace::{number, rows};
use crate::diagnose::{Finding, Severity};
use crate::nn::Parameter;
use crate::nn::gradcheck::Agreement;
use crate::text;
use crate::train::Preflight;

/// Columns of a line; findings are broken into lines of it.
const WIDTH: usize = 116;

pub(super) fn as_text(checked: &Checked) -> String {
    let Checked { name, preflight, seed, findings, .. } = checked;
    let configuration = &preflight.configuration;
    let fault = match &configuration.fault {
        fault if fault.is_none() => String::new(),
        fault => format!(", with the mistake {fault}"),
    };
    let mut out = format!(
        "{name}: {}, {}{fault}\ninitial parameters of seed {seed}, {} of {} training samples, loss {}\n",
        widths(preflight),
        configuration.pairing.label(),
        preflight.samples.rows,
        text::grouped(preflight.rows as u64),
        significant(preflight.point.loss()),
    );
    table(&mut out, preflight);
    for finding in findings {
        told(&mut out, finding);
    }
    out.push('\n');
    out
}

fn widths(preflight: &Preflight) -> String {
    let model = &preflight.configuration.model;
    let shape = preflight.samples.shape;
    let hidden = model.hidden.iter().map(|l| l.units);
    let all: Vec<String> =
        [shape.features].into_iter().chain(hidden).chain([shape.outputs]).map(|w| w.to_string()).collect();
    let cell = model.recurrent.map_or(String::new(), |r| format!("{} ", r.cell.name()));
    format!("{cell}{}", all.join("-"))
}

fn significant(x: f64) -> String {
    text::significant(x, 4)
}

/// Tensor by tensor.
fn table(out: &mut String, preflight: &Preflight) {
    let trained = preflight.trained.as_ref();
    let last =
        trained.map_or(String::new(), |(engine, precision, _)| format!("{engine} {}", precision.name()));
    let mut lines = vec![
        [
            "",
            "tensor",
            "shape",
            "checked",
            "kinks",
            "error",
            "cosine",
            "length",
            "at",
            "gradient",
            "differences",
            &last,
        ]
        .map(str::to_string),
    ];
    for (index, tensor) in preflight.gradient.iter().enumerate() {
        let error = trained.map_or(String::new(), |(_, _, all)| short(all[index].error));
        // What is wrong by design is so told.
        let verdict = match &preflight.untruncated {
            _ if tensor.agrees => "",
            Some(whole) if whole[index].agrees => "cut",
            _ => "wrong",
        };
        lines.push(line(verdict, tensor, error));
    }
    let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    for line in &lines {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Words to the left, numbers to the right.
            let is_word = matches!(column, 0..=2);
            let _ = if is_word { write!(text, "{cell:<width$}  ") } else { write!(text, "{cell:>width$}  ") };
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

fn line(verdict: &str, tensor: &Agreement, trained: String) -> [String; 12] {
    let worst = tensor.worst.as_ref();
    let of: usize = tensor.shape.iter().product();
    let place =
        worst.map_or("-".into(), |w| w.index.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
    [
        verdict.into(),
        tensor.name.clone(),
        tensor.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
        format!("{}/{of}", tensor.checked),
        tensor.kinks.to_string(),
        short(tensor.error),
        fixed(tensor.cosine),
        fixed(tensor.ratio),
        place,
        worst.map_or("-".into(), |w| significant(w.gradient)),
        worst.map_or("-".into(), |w| significant(w.slope)),
        trained,
    ]
}

fn short(x: f64) -> String {
    if x.is_nan() { "-".into() } else { text::significant(x, 2) }
}

fn fixed(x: f64) -> String {
    if x.is_nan() { "-".into() } else { text::significant(x, 6) }
}

/// A finding, its reasons and advice below it.
fn told(out: &mut String, finding: &Finding) {
    let head = format!("{:<8}", finding.severity.name());
    let says = format!("{}: {}", finding.rule.code.replace('-', " "), finding.says);
    out.push_str(&text::hanging(&head, &says, WIDTH));
    finding.because.iter().for_each(|because| out.push_str(&text::hanging("          ", because, WIDTH)));
    finding.help.iter().for_each(|help| out.push_str(&text::hanging("          help: ", help, WIDTH)));
}

/// How many networks, and how many of their gradients are wrong.
pub(super) fn summary(checked: &[Checked]) -> String {
    let is_wrong = |c: &&Checked| c.findings.iter().any(|f| f.severity == Severity::Wrong);
    let is_warned = |c: &&Checked| c.findings.iter().any(|f| f.severity == Severity::Warning);
    let wrong: Vec<&str> = checked.iter().filter(is_wrong).map(|c| c.name.as_str()).collect();
    let warned = checked.iter().filter(is_warned).count();
    let mut out = format!("{} checked: ", text::count(checked.len(), "network"));
    match wrong.as_slice() {
        [] => out.push_str("every gradient is right"),
        some => {
            let _ = write!(out, "the gradient of {} is wrong ({})", some.len(), some.join("; "));
        }
    }
    if warned > 0 {
        let _ = write!(out, "; {} with warnings", warned);
    }
    out
}

pub(super) fn as_json(experiment: &str, checked: &[Checked]) -> Value {
    json!({ "experiment": experiment, "networks": checked.iter().map(network).collect::<Vec<_>>() })
}

fn network(checked: &Checked) -> Value {
    let Checked { name, trial, seed, preflight, findings } = checked;
    let configuration = &preflight.configuration;
    let fault: Map<String, Value> =
        configuration.fault.all().into_iter().map(|(k, w)| (k.to_string(), Value::from(w))).collect();
    let tensors = |all: &[Agreement]| all.iter().map(tensor).collect::<Vec<_>>();
    let suspect = |s: &crate::nn::gradcheck::Suspect| {
        let words: Map<String, Value> =
            s.fault.all().into_iter().map(|(k, w)| (k.to_string(), Value::from(w))).collect();
        json!({ "fault": words, "factor": number(s.factor), "distance": number(s.distance) })
    };
    json!({
        "name": name,
        "trial": trial,
        "seed": seed,
        "pairing": configuration.pairing.label(),
        "reduction": configuration.pairing.reduction.name(),
        "fault": fault,
        "loss": number(preflight.point.loss()),
        "gradient": tensors(&preflight.gradient),
        "untruncated": preflight.untruncated.as_ref().map(|all| tensors(all)),
        "trained": preflight.trained.as_ref().map(|(engine, precision, all)| {
            json!({ "engine": engine, "precision": precision.name(), "gradient": tensors(all) })
        }),
        "suspects": preflight.suspects.iter().map(suspect).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
        "parameters": named(preflight.point.parameters()),
        "samples": samples(preflight),
    })
}

fn tensor(tensor: &Agreement) -> Value {
    json!({
        "name": tensor.name,
        "shape": tensor.shape,
        "checked": tensor.checked,
        "kinks": tensor.kinks,
        "agrees": tensor.agrees,
        "flat": tensor.is_flat,
        "error": number(tensor.error),
        "cosine": number(tensor.cosine),
        "length": number(tensor.ratio),
        "worst": tensor.worst.as_ref().map(|w| json!({
            "index": w.index, "gradient": number(w.gradient), "differences": number(w.slope),
        })),
    })
}

/// Tensors by name: weights as `[in][out]`, biases as `[out]`.
fn named(parameters: &[Parameter]) -> Value {
    let value = |p: &Parameter| match p.shape.as_slice() {
        [_, columns] => Value::from(rows(&p.values, *columns)),
        _ => p.values.iter().map(|v| number(*v)).collect(),
    };
    Value::Object(parameters.iter().map(|p| (p.name.clone(), value(p))).collect())
}

/// `x` as `[sample][feature]`, of sequences `[sample][step][feature]`; `y` as `[sample][output]`, of an answer at every step
/// `[sample][step][output]`; and what else the loss reads.
fn samples(preflight: &Preflight) -> Value {
    let samples = &preflight.samples;
    let shape = samples.shape;
    let nested = |values: &[f64], count: usize, width: usize| {
        let flat = rows(values, width);
        if count == 1 { flat } else { flat.chunks(count).map(|c| Value::from(c.to_vec())).collect() }
    };
    let mut all = json!({
        "x": nested(&samples.x, shape.steps, shape.features),
        "y": nested(&samples.y, shape.answers, shape.outputs),
    });
    if !samples.weight.is_empty() {
        all["weight"] = nested(&samples.weight, 1, shape.answers).into();
    }
    if !samples.lengths.is_empty() {
        all["lengths"] = samples.lengths.clone().into();
    }
    if !samples.mask.is_empty() {
        all["mask"] = nested(&samples.mask, shape.answers, shape.outputs).into();
    }
    all
}
