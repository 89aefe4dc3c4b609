//! `[model]`: layers with the section's defaults filled in.

use super::{Parsed, fields};
use crate::catalog::{Choice, Family, Value, sections};
use crate::config::read::{Fields, Reader, default_value};
use crate::config::tree::Table;
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{Bias, Cell, Layer, Model, Precision, Recurrent, Truncate};
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
    let recurrent = recurrent(r, root, &mut fields)?;
    let orthogonal = Choice::defaults(r.catalog.find(Family::Initializer, "orthogonal")?);
    let Some(Value::List(layers)) = fields.get("hidden") else { return None };
    let hidden: Vec<Layer> = layers.iter().map(|l| layer(l, &fields, &orthogonal)).collect::<Option<_>>()?;
    let output = fields.get("output")?;
    let value = Model {
        output_init: member(of(output, "init")?)?,
        output_bias_init: member(of(output, "bias_init")?)?,
        output_bias: bias(of(output, "bias")?)?,
        recurrent,
        precision: precision(fields.text("precision")?),
        hidden,
    };
    Some(Parsed { value, fields })
}

/// Keys whose default depends on `kind`.
pub(crate) const KIND_DEFAULTS: [&str; 4] = ["activation", "cell", "return_sequences", "recurrent_init"];

/// Keys that only a recurrent network uses.
const RECURRENT_KEYS: [&str; 4] = ["cell", "return_sequences", "truncate", "recurrent_init"];

/// How the hidden layers see time; `Some(None)` for dense ones, `None` after a fault. What a recurrent network has by default is
/// written into `fields`.
fn recurrent(r: &mut Reader<'_>, root: &Table, fields: &mut Fields) -> Option<Option<Recurrent>> {
    let written = |keys: &[&str]| root.at(&[&["model"], keys].concat());
    if fields.text("kind")? != "rnn" {
        let faults = RECURRENT_KEYS.iter().filter_map(|key| {
            let item = written(&[key])?;
            let title = format!("`model.{key}` has no meaning for a dense network");
            let fault =
                Diagnostic::error(&diagnostic::KEY_NOT_USED, title).at(&item.span, "changes nothing here");
            Some(fault.help("write `kind = \"rnn\"` for a recurrent network, or remove the key"))
        });
        let before = r.faults.len();
        r.faults.extend(faults);
        return (r.faults.len() == before).then_some(None);
    }
    if let Some(Value::List(layers)) = fields.get("hidden")
        && layers.is_empty()
        && let Some(item) = written(&["hidden"])
    {
        let fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, "a recurrent network needs a hidden layer")
            .at(&item.span, "expected at least one layer")
            .help("for example `hidden = [12]`");
        r.fault(fault);
        return None;
    }
    if written(&["activation"]).is_none() {
        let tanh = Choice::defaults(r.catalog.find(Family::Activation, "tanh")?);
        fields.set("activation", Value::Member(Box::new(tanh)));
    }
    if fields.get("cell").is_none() {
        fields.set("cell", Value::Text("elman".into()));
    }
    if fields.get("return_sequences").is_none() {
        fields.set("return_sequences", Value::Flag(false));
    }
    if fields.get("recurrent_init").is_none() {
        let orthogonal = Choice::defaults(r.catalog.find(Family::Initializer, "orthogonal")?);
        fields.set("recurrent_init", Value::Member(Box::new(orthogonal)));
    }
    let word = fields.text("cell")?;
    Some(Some(Recurrent {
        cell: Cell::ALL.into_iter().find(|cell| cell.name() == word)?,
        return_sequences: fields.flag("return_sequences")?,
        truncate: truncate(r, fields.get("truncate"), written(&["truncate"]).map(|item| &item.span))?,
    }))
}

fn truncate(r: &mut Reader<'_>, value: Option<&Value>, span: Option<&Span>) -> Option<Truncate> {
    let count = |value: &Value| if let Value::Count(n) = value { Some(*n as usize) } else { None };
    let Some(value) = value else { return Some(Truncate::Never) };
    if let Some(window) = count(value) {
        return Some(Truncate::Window(window));
    }
    match (of(value, "window").and_then(count), of(value, "chunk").and_then(count)) {
        (Some(window), None) => Some(Truncate::Window(window)),
        (None, Some(chunk)) => Some(Truncate::Chunk(chunk)),
        _ => {
            let title = "`model.truncate` needs one of `window` and `chunk`";
            let mut fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, title);
            if let Some(span) = span {
                fault = fault.at(span, "expected exactly one of both");
            }
            r.fault(fault.help("for example `truncate = { window = 3 }`"));
            None
        }
    }
}

/// `true` and `false` are the two usual forms.
fn bias(value: &Value) -> Option<Bias> {
    match value {
        Value::Flag(true) => Some(Bias::Unit),
        Value::Flag(false) => Some(Bias::None),
        Value::Text(word) => Bias::ALL.into_iter().find(|bias| bias.name() == word),
        _ => None,
    }
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

fn layer(value: &Value, section: &Fields, orthogonal: &Choice) -> Option<Layer> {
    let own = |key: &str| of(value, key).or_else(|| section.get(key));
    Some(Layer {
        units: units(value)? as usize,
        activation: member(own("activation")?)?,
        init: member(own("init")?)?,
        bias_init: member(own("bias_init")?)?,
        recurrent_init: own("recurrent_init").map_or_else(|| Some(orthogonal.clone()), member)?,
        bias: bias(own("bias")?)?,
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
