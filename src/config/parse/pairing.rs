//! `pairing`: the output activation and the loss that goes with it.

use super::{Parsed, beginning};
use crate::catalog::{Choice, Facts, Value, sections};
use crate::config::read::{Fields, Path, Reader};
use crate::config::tree::Table;
use crate::spec::{Masking, Pairing, Reduction};

pub(crate) fn pairing(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Pairing>> {
    let param = sections::TOP.iter().find(|p| p.key == "pairing")?;
    let Some(item) = root.get("pairing") else {
        r.missing(param, &beginning(), Path::root(""));
        return None;
    };
    let value = r.value(&param.kind, item, Path::root("pairing"))?;
    let value = of_value(&value)?;
    let member = |c: &Choice| Some(Value::Member(Box::new(c.clone())));
    // Written out wherever it was written: at another point of a sweep the activation, and with it the default, may be another.
    let is_written = item.table().is_some_and(|table| table.get("masking").is_some());
    let masking = (is_written || value.masking != of_activation(&value.activation))
        .then(|| Value::Text(value.masking.name().into()));
    let values = [
        member(&value.activation),
        member(&value.loss),
        Some(Value::Text(value.reduction.name().into())),
        masking,
    ];
    let fields = Fields { all: sections::PAIRING.iter().zip(values).collect() };
    Some(Parsed { value, fields })
}

fn of_value(value: &Value) -> Option<Pairing> {
    let (activation, loss, reduction, masking) = match value {
        Value::List(both) => (both.first()?, both.get(1)?, None, None),
        Value::Table(pairs) => {
            let get = |key: &str| pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v);
            (get("activation")?, get("loss")?, get("reduction"), get("masking"))
        }
        _ => return None,
    };
    let member = |v: &Value| if let Value::Member(m) = v { Some((**m).clone()) } else { None };
    let activation = member(activation)?;
    Some(Pairing {
        masking: match masking {
            Some(Value::Text(t)) => Masking::ALL.into_iter().find(|m| m.name() == t)?,
            _ => of_activation(&activation),
        },
        activation,
        loss: member(loss)?,
        reduction: match reduction {
            Some(Value::Text(t)) => Reduction::ALL.into_iter().find(|r| r.name() == t)?,
            _ => Reduction::Mean,
        },
    })
}

/// What `data.mask` does where nothing is written.
fn of_activation(activation: &Choice) -> Masking {
    match activation.entry.facts {
        Facts::Activation { distribution: true, .. } | Facts::Activation { log_distribution: true, .. } => {
            Masking::Logits
        }
        _ => Masking::Outputs,
    }
}

/// `softmax+cross_entropy`, with what differs from the defaults behind it: `sigmoid+mse, reduction = sum`.
pub(crate) fn label(value: &Value) -> Option<String> {
    let pairing = of_value(value)?;
    let mut text = format!("{}+{}", pairing.activation, pairing.loss);
    if pairing.reduction != Reduction::Mean {
        text.push_str(&format!(", reduction = {}", pairing.reduction.name()));
    }
    if pairing.masking != of_activation(&pairing.activation) {
        text.push_str(&format!(", masking = {}", pairing.masking.name()));
    }
    Some(text)
}
