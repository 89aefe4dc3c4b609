//! A trained network as it is kept: parameters, preparation, and what a reader must know of both.
//!
//! It decides neither which are kept nor where.

use serde_json::{Value as Json, json};

use super::Setting;
use super::member::Runner;
use crate::catalog::{Choice, Value};
use crate::data::{NUMBERS, Preparation};
use crate::event::{Model, Tensor};
use crate::nn::Parameter;
use crate::spec::{Configuration, Precision};

/// The network of a trial with these parameters.
pub(super) fn model(setting: &Setting<'_>, runner: &Runner<'_>, parameters: Vec<Parameter>) -> Model {
    let (trial, configuration) = (runner.trial, runner.configuration);
    let planned = &setting.plan.configurations[trial.configuration];
    let dataset = setting.inputs.dataset(&configuration.data);
    let preparation = Preparation::new(dataset, &configuration.data, runner.data.fitted.clone());
    let is_single = configuration.model.precision == Precision::F32;
    let parameter = |p: Parameter| Tensor { name: p.name, shape: p.shape, values: p.values, is_single };
    let mut tensors: Vec<Tensor> = parameters.into_iter().map(parameter).collect();
    for (name, values) in NUMBERS.into_iter().zip(preparation.numbers()) {
        if !values.is_empty() {
            let shape = vec![values.len()];
            tensors.push(Tensor { name: name.to_string(), shape, values, is_single: false });
        }
    }
    let axes: Vec<Json> =
        setting.plan.axes.iter().zip(&planned.labels).map(|(axis, label)| json!([axis, label])).collect();
    let mut notes = vec![
        ("configuration", planned.id.clone()),
        ("axes", Json::from(axes).to_string()),
        ("seed", trial.seed.to_string()),
        ("precision", configuration.model.precision.name().to_string()),
        ("layers", layers(configuration, preparation.inputs(), preparation.outputs.len()).to_string()),
        ("loss", member(&configuration.pairing.loss).to_string()),
        ("features", json!(dataset.feature_names).to_string()),
        ("outputs", json!(preparation.outputs).to_string()),
        ("preparation", preparation.words()),
    ];
    if let Some(fold) = trial.fold {
        notes.push(("fold", format!("{} of repeat {}", fold.index, fold.repeat)));
    }
    // A network of a trial with a mistake made on purpose says so, wherever it goes.
    let faults = configuration.fault.all();
    let faults: Vec<String> = faults.into_iter().map(|(key, word)| format!("{key} = {word}")).collect();
    if !faults.is_empty() {
        notes.push(("fault", faults.join(", ")));
    }
    if let Some(epochs) = trial.until {
        notes.push(("until", epochs.to_string()));
    }
    let notes = notes.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    Model { trial: trial.id.clone(), tensors, notes }
}

/// One object for each layer, that of the outputs last.
fn layers(configuration: &Configuration, inputs: usize, outputs: usize) -> Json {
    let hidden = configuration.model.hidden.iter().map(|l| (l.units, &l.activation));
    let all = hidden.chain([(outputs, &configuration.pairing.activation)]);
    let mut inputs = inputs;
    let layer = |(index, (units, activation)): (usize, (usize, &Choice))| {
        let layer = json!({
            "name": format!("layer_{index}"),
            "inputs": inputs,
            "units": units,
            "activation": member(activation),
        });
        inputs = units;
        layer
    };
    all.enumerate().map(layer).collect::<Vec<Json>>().into()
}

/// A member with its parameters: `{"name": "elu", "alpha": 1.0}`.
fn member(choice: &Choice) -> Json {
    let mut object = serde_json::Map::new();
    object.insert("name".to_string(), choice.name().into());
    for (param, value) in choice.entry.params.iter().zip(&choice.values) {
        let value = match value {
            Some(Value::Real(x)) => json!(x),
            Some(Value::Count(n)) => json!(n),
            Some(Value::Flag(flag)) => json!(flag),
            Some(Value::Text(text)) => json!(text),
            Some(other) => json!(other.to_string()),
            None => continue,
        };
        object.insert(param.key.to_string(), value);
    }
    object.into()
}
