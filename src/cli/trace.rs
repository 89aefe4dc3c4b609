//! `runner trace FILE`: one trial, step by step, as JSON.
//!
//! Rows are those of the training part, as training sees them. `x` is `[row][feature]`, of sequences `[row][step][feature]`; `y` and
//! `mask` are `[row][output]`, and `weight` `[row]`, each with an axis `[step]` behind the rows where every step has a target. Shorter
//! sequences are padded with zeros at the front: `lengths` says how many last steps are theirs. `lengths`, `mask`, and `weight` are
//! `null` where all rows are as long, all outputs on, all weights 1.

use serde_json::{Value, json};

use super::arguments::TraceArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use crate::catalog::Choice;
use crate::nn::Parameter;
use crate::plan::Trial;
use crate::{text, train};

pub(super) fn trace(arguments: &TraceArguments) -> Exit {
    let output = Output { format: Format::Json, quiet: false };
    let ready = match experiment::ready(&arguments.file, &arguments.experiment, &output) {
        Ok(ready) => ready,
        Err(exit) => return exit,
    };
    let trial = match find(&ready, &arguments.trial, &output) {
        Ok(trial) => trial,
        Err(exit) => return exit,
    };
    match train::trace(&ready.inputs, &ready.plan, trial, arguments.steps) {
        Ok(trace) => {
            output.json(&as_json(&ready, trial, &trace));
            Exit::Done
        }
        Err(faults) => {
            output.diagnostics(&faults, &crate::diagnostic::Sources::default());
            Exit::Invalid
        }
    }
}

/// The trial of a position in the plan, or of an id.
pub(super) fn find<'a>(ready: &'a Ready, which: &str, output: &Output) -> Result<&'a Trial, Exit> {
    let by_id = ready.plan.trials.iter().find(|t| t.id == which);
    let found = by_id.or_else(|| ready.plan.trials.get(which.parse::<usize>().ok()?));
    found.ok_or_else(|| {
        let count = text::count(ready.plan.trials.len(), "trial");
        output.complain(&format!(
            "error: there is no trial `{which}`; the plan has {count}\n\
             help: give a position from 0 to {}, or an id as it stands in trials.csv",
            ready.plan.trials.len().saturating_sub(1),
        ));
        Exit::Invalid
    })
}

fn as_json(ready: &Ready, trial: &Trial, trace: &train::Trace) -> Value {
    let configuration = &ready.plan.configurations[trial.configuration].configuration;
    let hidden = configuration.model.hidden.iter().map(|l| l.activation.name());
    let activations: Vec<&str> = hidden.chain([configuration.pairing.activation.name()]).collect();
    json!({
        "experiment": ready.experiment.name,
        "trial": trial.id,
        "seed": trial.seed,
        "pairing": configuration.pairing.label(),
        "reduction": configuration.pairing.reduction.name(),
        "precision": configuration.model.precision.name(),
        "fault": configuration.fault.to_string(),
        "activations": activations,
        "optimizer": configuration.optimizer.method.to_string(),
        "learning_rate": learning_rate(&configuration.optimizer.method),
        "steps": trace.steps,
        "lengths": present(!trace.lengths.is_empty(), || Value::from(trace.lengths.clone())),
        "x": nested(&trace.x, trace.steps, trace.features),
        "y": nested(&trace.y, trace.answers, trace.outputs),
        "mask": present(!trace.mask.is_empty(), || nested(&trace.mask, trace.answers, trace.outputs)),
        "weight": present(!trace.weight.is_empty(), || match trace.answers {
            1 => numbers(&trace.weight),
            answers => Value::from(rows(&trace.weight, answers)),
        }),
        "layers": layers(&trace.initial),
        "layers_after": layers(&trace.last),
        "steps_per_epoch": trace.steps_per_epoch,
        "batches": trace.batches,
        "loss_per_step": trace.batch_loss.iter().map(|x| number(*x)).collect::<Vec<_>>(),
        "loss_per_epoch": trace.epoch_loss.iter().map(|x| number(*x)).collect::<Vec<_>>(),
    })
}

/// `null` for an optimizer that has none.
fn learning_rate(method: &Choice) -> Option<f64> {
    let has = |p: &crate::catalog::Param| p.key == "learning_rate";
    method.entry.params.iter().any(has).then(|| method.number("learning_rate"))
}

/// JSON has no NaN: such values are strings.
pub(super) fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { json!(text::exact(x)) }
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|x| number(*x)).collect()
}

pub(super) fn rows(values: &[f64], width: usize) -> Vec<Value> {
    values.chunks(width.max(1)).map(numbers).collect()
}

/// `[row][width]`, or with several of these in a row `[row][count][width]`.
fn nested(values: &[f64], count: usize, width: usize) -> Value {
    match count {
        1 => Value::from(rows(values, width)),
        count => values.chunks((count * width).max(1)).map(|row| Value::from(rows(row, width))).collect(),
    }
}

fn present(is_there: bool, value: impl FnOnce() -> Value) -> Value {
    if is_there { value() } else { Value::Null }
}

/// One object per layer: `w` as `[in][out]`, and where the layer has them `w_recurrent` as `[units][out]` and `b` as `[out]`.
fn layers(parameters: &[Parameter]) -> Vec<Value> {
    let mut layers: Vec<Value> = Vec::new();
    for parameter in parameters {
        let (layer, kind) = parameter.name.split_once('.').unwrap_or((&parameter.name, "weight"));
        let width = parameter.shape.last().copied().unwrap_or(1);
        let known = layers.iter_mut().find(|l| l["name"] == layer);
        let entry = match known {
            Some(entry) => entry,
            None => {
                layers.push(json!({ "name": layer }));
                layers.last_mut().expect("an entry was just added")
            }
        };
        match kind {
            "weight" => entry["w"] = Value::from(rows(&parameter.values, width)),
            "recurrent_weight" => entry["w_recurrent"] = Value::from(rows(&parameter.values, width)),
            _ => entry["b"] = numbers(&parameter.values),
        }
    }
    layers
}
