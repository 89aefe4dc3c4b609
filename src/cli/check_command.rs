//! `runner check FILE`: what can be said of networks before they are trained. It writes nothing.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::arguments::CheckArguments;
use super::check_page;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::trace;
use crate::diagnose::{self, Finding, Severity};
use crate::diagnostic::{Diagnostic, GRADIENT_FILE, Sources};
use crate::nn::{Parameter, gradcheck::Point};
use crate::plan::Trial;
use crate::spec::Configuration;
use crate::train::{self, Given, Looks, Preflight};
use crate::{disk, text};

/// Networks looked at, unless one is named; the rest are counted.
const NETWORKS_MAX: usize = 24;

/// Trainings of one network whose optimizers are tried.
const OPTIMIZERS_MAX: usize = 12;

/// A gradient file is a network's parameters, written out.
const GRADIENT_BYTES_MAX: u64 = 1 << 30;

/// One network and what was found.
pub(super) struct Checked {
    /// What the file calls it.
    pub(super) name: String,
    pub(super) trial: String,
    pub(super) seed: u64,
    pub(super) preflight: Preflight,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn check(arguments: &CheckArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_check(arguments, &output) {
        Ok(is_right) if is_right => Exit::Done,
        Ok(_) => Exit::Missed,
        Err(exit) => exit,
    }
}

/// Whether every gradient is right.
fn try_check(arguments: &CheckArguments, output: &Output) -> Result<bool, Exit> {
    let ready = experiment::ready(&arguments.file, &arguments.experiment, output)?;
    let networks = networks(&ready, arguments, output)?;
    let looks = Looks { samples: arguments.samples as usize, parameters: arguments.parameters as usize };
    let given = arguments.gradient.as_deref().map(|path| read(path, output)).transpose()?;
    let mut checked = Vec::new();
    for trials in networks.iter().take(NETWORKS_MAX) {
        let parse =
            given.as_ref().map(|(shown, document)| |point: &Point| parameters(shown, document, point));
        let parse = parse.as_ref().map(|parse| parse as &Given<'_>);
        let preflight = train::preflight(&ready.inputs, &ready.plan, trials, looks, parse);
        let preflight = preflight.map_err(|faults| {
            output.diagnostics(&faults, &Sources::default());
            Exit::Invalid
        })?;
        let one = Checked {
            name: name(&ready, trials[0], networks.len() > 1),
            trial: trials[0].id.clone(),
            seed: trials[0].seed,
            findings: diagnose::before_training(&preflight),
            preflight,
        };
        if arguments.format == Format::Text {
            output.print(&check_page::as_text(&one));
        }
        checked.push(one);
    }
    let left = networks.len() - checked.len();
    if left > 0 {
        output.note(&format!("and {}; `--trial` names one", text::count(left, "further network")));
    }
    match arguments.format {
        Format::Text => output.print(&check_page::summary(&checked)),
        Format::Json => output.json(&check_page::as_json(&ready.experiment.name, &checked)),
    }
    Ok(checked.iter().all(|c| c.findings.iter().all(|f| f.severity < Severity::Wrong)))
}

/// Trials of the first seed and fold, those of one network together: what differs between them is how it is trained.
fn networks<'a>(
    ready: &'a Ready,
    arguments: &CheckArguments,
    output: &Output,
) -> Result<Vec<Vec<&'a Trial>>, Exit> {
    if let Some(which) = &arguments.trial {
        return Ok(vec![vec![trace::find(ready, which, output)?]]);
    }
    let configuration = |trial: &Trial| &ready.plan.configurations[trial.configuration].configuration;
    let first = ready.plan.trials.first().map(|t| (t.seed, t.fold));
    let mut networks: Vec<Vec<&Trial>> = Vec::new();
    for trial in ready.plan.trials.iter().filter(|t| Some((t.seed, t.fold)) == first) {
        let known = networks.iter_mut().find(|n| is_same_network(configuration(n[0]), configuration(trial)));
        match known {
            Some(network) if network.len() < OPTIMIZERS_MAX => network.push(trial),
            Some(_) => {}
            None => networks.push(vec![trial]),
        }
    }
    if arguments.gradient.is_some() && networks.len() > 1 {
        output.complain(&format!(
            "error: `--gradient` is that of one network, and this experiment has {}\nhelp: name one with `--trial`",
            networks.len()
        ));
        return Err(Exit::Invalid);
    }
    Ok(networks)
}

fn is_same_network(a: &Configuration, b: &Configuration) -> bool {
    fn same<T: PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
        Arc::ptr_eq(a, b) || a == b
    }
    same(&a.data, &b.data)
        && same(&a.model, &b.model)
        && same(&a.pairing, &b.pairing)
        && same(&a.fault, &b.fault)
        && a.train.engine == b.train.engine
}

/// The labels that tell networks apart.
fn name(ready: &Ready, trial: &Trial, is_one_of_several: bool) -> String {
    if !is_one_of_several {
        return ready.experiment.name.clone();
    }
    let labels = &ready.plan.configurations[trial.configuration].labels;
    let trains_only = |key: &str| key.starts_with("optimizer") || key.starts_with("train.");
    let told = ready.plan.axes.iter().zip(labels).filter(|(key, label)| !trains_only(key) && *label != "-");
    let told: Vec<&str> = told.map(|(_, label)| label.as_str()).collect();
    if told.is_empty() { ready.experiment.name.clone() } else { told.join(", ") }
}

fn fault(title: impl Into<String>) -> Diagnostic {
    Diagnostic::error(&GRADIENT_FILE, title.into())
        .help("names and shapes are those of `parameters` in `runner check FILE --format json`; without `--gradient` runner's own is checked")
}

/// The file as JSON, with its name for messages.
fn read(path: &Path, output: &Output) -> Result<(String, Value), Exit> {
    let shown = disk::shown(path);
    let bytes = disk::read_at_most(path, GRADIENT_BYTES_MAX).map_err(|error| {
        output.complain(&format!("error: {error}"));
        Exit::Disk
    })?;
    let document = serde_json::from_slice(&bytes).map_err(|error| {
        output.diagnostics(&[fault(format!("`{shown}` is not JSON: {error}"))], &Sources::default());
        Exit::Invalid
    })?;
    Ok((shown, document))
}

/// The tensors of a document, in the order and the shapes of the network's.
fn parameters(shown: &str, document: &Value, point: &Point) -> Result<Vec<Parameter>, Vec<Diagnostic>> {
    let known: Vec<&str> = point.parameters().iter().map(|p| p.name.as_str()).collect();
    let Some(tensors) = document.as_object() else {
        return Err(vec![fault(format!("`{shown}` is not an object of tensors: {{\"{}\": ...}}", known[0]))]);
    };
    let strangers = tensors.keys().filter(|name| !known.contains(&name.as_str()));
    let mut faults: Vec<Diagnostic> = strangers
        .map(|name| fault(format!("`{shown}` has `{name}`, and the network has {}", text::one_of(&known))))
        .collect();
    let mut gradient = Vec::new();
    for parameter in point.parameters() {
        match tensors.get(&parameter.name) {
            None => faults.push(fault(format!("`{shown}` has no `{}`", parameter.name))),
            Some(value) => match values(value, &parameter.shape) {
                Ok(values) => gradient.push(Parameter { values, ..parameter.clone() }),
                Err(found) => faults.push(fault(format!(
                    "`{}` in `{shown}` is {found}, and should have the shape {:?}",
                    parameter.name, parameter.shape
                ))),
            },
        }
    }
    if faults.is_empty() { Ok(gradient) } else { Err(faults) }
}

/// The numbers of a tensor of this shape, or what it is instead.
fn values(value: &Value, shape: &[usize]) -> Result<Vec<f64>, String> {
    let found = self::shape(value);
    if found.as_deref() != Some(shape) {
        let is_turned = found.as_ref().is_some_and(|f| f.iter().rev().eq(shape.iter()));
        let turned = if is_turned { ", transposed" } else { "" };
        return Err(
            found.map_or("no tensor of numbers".into(), |found| format!("of the shape {found:?}{turned}"))
        );
    }
    let mut values = Vec::new();
    flatten(value, &mut values);
    Ok(values)
}

/// Lengths of the lists within one another; `None` where they are uneven or hold anything but numbers. NaN and infinities are strings.
fn shape(value: &Value) -> Option<Vec<usize>> {
    let Value::Array(items) = value else { return number(value).map(|_| Vec::new()) };
    let mut shapes = items.iter().map(shape);
    let first = shapes.next()??;
    let is_even = shapes.all(|s| s.as_ref() == Some(&first));
    is_even.then(|| [vec![items.len()], first].concat())
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(word) => word.parse().ok(),
        other => other.as_f64(),
    }
}

fn flatten(value: &Value, to: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, to)),
        other => to.extend(number(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tensors_have_the_shape_of_their_lists() {
        assert_eq!(values(&json!([[1, 2.5], [3, "NaN"]]), &[2, 2]).unwrap()[..3], [1.0, 2.5, 3.0]);
        assert_eq!(values(&json!([1, 2]), &[2]), Ok(vec![1.0, 2.0]));
        assert_eq!(
            values(&json!([[1, 2, 3], [4, 5, 6]]), &[3, 2]),
            Err("of the shape [2, 3], transposed".into())
        );
        assert_eq!(values(&json!([[1], [2, 3]]), &[2, 1]), Err("no tensor of numbers".into()));
        assert_eq!(values(&json!(["a"]), &[1]), Err("no tensor of numbers".into()));
        assert_eq!(values(&json!([]), &[0]), Err("no tensor of numbers".into()));
    }
}
