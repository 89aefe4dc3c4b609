//! `[model]`: layers with the section's defaults filled in.

use super::{Parsed, fields};
use crate::catalog::{Choice, Value, sections};
use crate::config::read::{Fields, Reader, default_value};
use crate::config::tree::Table;
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Layer, Model, Precision};
use crate::text;

/// Hidden layers. The catalogue bounds the units of one; both with [`PARAMETERS_MAX`], so that a slip of the finger cannot fill
/// the memory.
const LAYERS_MAX: usize = 1000;

/// Weights and biases of the hidden layers of one network: 400 MB in single precision, with gradients and the state of an optimizer
/// about four times as much. What stands between the features and the first layer depends on the data and is not counted.
const PARAMETERS_MAX: u64 = 100_000_000;

pub(crate) fn model(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Model>> {
    let before = r.faults.len();
    let mut fields = fields(r, root, "model", sections::MODEL)?;
    if let (Some(Value::List(layers)), Some(item)) = (fields.get("hidden"), root.at(&["model", "hidden"])) {
        let fault = size_fault(layers, &item.span);
        r.faults.extend(fault);
    }
    if fields.get("output").is_none() {
        let all =
            sections::OUTPUT.iter().filter_map(|p| Some((p.key.to_string(), default_value(r.catalog, p)?)));
        fields.set("output", Value::Table(all.collect()));
    }
    if r.faults.len() > before {
        return None;
    }
    let Some(Value::List(layers)) = fields.get("hidden") else { return None };
    let hidden: Vec<Layer> = layers.iter().map(|l| layer(l, &fields)).collect::<Option<_>>()?;
    let output = fields.get("output")?;
    let value = Model {
        output_init: member(of(output, "init")?)?,
        output_bias_init: member(of(output, "bias_init")?)?,
        output_bias: matches!(of(output, "bias")?, Value::Flag(true)),
        precision: precision(fields.text("precision")?),
        hidden,
    };
    Some(Parsed { value, fields })
}

/// A network that is too deep or too large.
fn size_fault(layers: &[Value], span: &Span) -> Option<Diagnostic> {
    let fault = |title: String, label: String| {
        Some(Diagnostic::error(&diagnostic::OUT_OF_RANGE, title).at(span, label))
    };
    if layers.len() > LAYERS_MAX {
        let count = text::grouped(layers.len() as u64);
        let label = format!("at most {} layers are allowed", text::grouped(LAYERS_MAX as u64));
        return fault(format!("`model.hidden` has {count} layers"), label);
    }
    let units: Vec<u64> = layers.iter().filter_map(units).collect();
    let inputs = std::iter::once(0).chain(units.iter().copied());
    let parameters = inputs
        .zip(&units)
        .fold(0u64, |n, (inputs, own)| n.saturating_add(inputs.saturating_add(1).saturating_mul(*own)));
    if parameters <= PARAMETERS_MAX {
        return None;
    }
    let title = format!("`model.hidden` has {} weights and biases", text::grouped(parameters));
    fault(title, format!("at most {} are allowed", text::grouped(PARAMETERS_MAX)))
}

fn units(layer: &Value) -> Option<u64> {
    match layer {
        Value::Count(n) => Some(*n),
        table => match of(table, "units")? {
            Value::Count(n) => Some(*n),
            _ => None,
        },
    }
}

fn layer(value: &Value, section: &Fields) -> Option<Layer> {
    let own = |key: &str| of(value, key).or_else(|| section.get(key));
    Some(Layer {
        units: units(value)? as usize,
        activation: member(own("activation")?)?,
        init: member(own("init")?)?,
        bias_init: member(own("bias_init")?)?,
        bias: matches!(own("bias")?, Value::Flag(true)),
        dropout: match own("dropout")? {
            Value::Real(x) => *x,
            _ => return None,
        },
    })
}

fn precision(word: &str) -> Precision {
    Precision::ALL.into_iter().find(|p| p.name() == word).unwrap_or(Precision::F32)
}

fn of<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Table(pairs) => pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v),
        _ => None,
    }
}

fn member(value: &Value) -> Option<Choice> {
    match value {
        Value::Member(m) => Some((**m).clone()),
        _ => None,
    }
}
