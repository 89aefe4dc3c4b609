//! `[model]`: layers with the section's defaults filled in.

use super::{Parsed, fields};
use crate::catalog::{Choice, Value, sections};
use crate::config::read::{Fields, Reader, default_value};
use crate::config::tree::Table;
use crate::spec::{Layer, Model, Precision};

/// Units of all hidden layers together, so that a slip of the finger cannot fill the memory.
pub(crate) const LAYERS_MAX: usize = 1000;

pub(crate) fn model(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Model>> {
    let before = r.faults.len();
    let mut fields = fields(r, root, "model", sections::MODEL)?;
    if let (Some(Value::List(layers)), Some(item)) = (fields.get("hidden"), root.at(&["model", "hidden"]))
        && layers.len() > LAYERS_MAX
    {
        let title = format!("{} hidden layers are more than the {LAYERS_MAX} that are allowed", layers.len());
        r.fault(
            crate::diagnostic::Diagnostic::error(&crate::diagnostic::OUT_OF_RANGE, title).at(&item.span, ""),
        );
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
        precision: if fields.text("precision")? == "f64" { Precision::F64 } else { Precision::F32 },
        hidden,
    };
    Some(Parsed { value, fields })
}

fn layer(value: &Value, section: &Fields) -> Option<Layer> {
    let own = |key: &str| of(value, key).or_else(|| section.get(key));
    let units = match value {
        Value::Count(n) => *n,
        table => match of(table, "units")? {
            Value::Count(n) => *n,
            _ => return None,
        },
    };
    Some(Layer {
        units: units as usize,
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
