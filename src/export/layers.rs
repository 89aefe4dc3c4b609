//! A network as layers that every target can write: `activation(x · weight + bias)`, or a recurrent cell, one after another.
//!
//! What a target has no form of is refused here and nowhere else.

use super::{Network, Target};
use crate::catalog::{Choice, Facts, Value};
use crate::diagnostic::{Diagnostic, NOT_EXPORTED};
use crate::nn::Parameter;
use crate::spec::{Bias, Precision};

/// A layer.
pub(super) struct Layer<'a> {
    pub(super) inputs: usize,
    /// Columns of its weights: units, times the gates of a recurrent cell.
    pub(super) columns: usize,
    /// `[inputs, columns]`, row-major.
    pub(super) weight: &'a [f64],
    /// `[units, columns]`, from a recurrent layer to itself; gates side by side, of a GRU update, reset, and candidate, of an LSTM input,
    /// forget, candidate, and output.
    pub(super) recurrent: Option<&'a [f64]>,
    /// `[columns]`, whatever form it was trained in.
    pub(super) bias: Option<Vec<f64>>,
    pub(super) activation: Form<'a>,
}

/// The parameters of one gate of a recurrent layer, each as those of the layer.
pub(super) struct Gate {
    pub(super) weight: Vec<f64>,
    pub(super) recurrent: Vec<f64>,
    pub(super) bias: Option<Vec<f64>>,
}

impl Layer<'_> {
    pub(super) fn units(&self) -> usize {
        self.recurrent.map_or(self.columns, |weight| weight.len() / self.columns.max(1))
    }

    /// Those of one gate of a recurrent layer.
    pub(super) fn gate(&self, index: usize) -> Gate {
        let units = self.units();
        let of = |matrix: &[f64]| -> Vec<f64> {
            matrix
                .chunks(self.columns.max(1))
                .flat_map(|row| &row[index * units..][..units])
                .copied()
                .collect()
        };
        Gate {
            weight: of(self.weight),
            recurrent: of(self.recurrent.unwrap_or_default()),
            bias: self.bias.as_deref().map(of),
        }
    }
}

/// An activation by its name, with its numbers.
pub(super) struct Form<'a> {
    pub(super) name: &'static str,
    choice: &'a Choice,
}

impl Form<'_> {
    pub(super) fn number(&self, key: &str) -> f64 {
        self.choice.number(key)
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.choice.text(key).unwrap_or_default()
    }

    /// Its parameters.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let params = self.choice.entry.params.iter().zip(&self.choice.values);
        params.filter_map(|(param, value)| Some((param.key, value.as_ref()?)))
    }
}

/// Activations that every target has a form of.
pub(super) const FORMS: [&str; 15] = [
    "elu",
    "gelu",
    "hard_sigmoid",
    "identity",
    "leaky_relu",
    "log_softmax",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
];

/// The layers of a network, that of the outputs last. Its `log_softmax` is a `softmax` here: answers are probabilities.
pub(super) fn layers(network: &Network, target: Target) -> Result<Vec<Layer<'_>>, Box<Diagnostic>> {
    let (model, pairing) = (&network.configuration.model, &network.configuration.pairing);
    let refused = |what: String| {
        let target = target.name();
        Diagnostic::error(&NOT_EXPORTED, format!("{what} cannot be exported to {target}"))
            .help("`runner predict` asks any network that can be trained")
    };
    let is_double = model.precision == Precision::F64;
    if target == Target::Keras && is_double {
        return Err(refused("a network in double precision".to_string())
            .note("Keras multiplies matrices in single precision, whatever type they have")
            .into());
    }
    let choices: Vec<&Choice> =
        model.hidden.iter().map(|l| &l.activation).chain([&pairing.activation]).collect();
    let named = |name: String| network.parameters.iter().find(|p| p.name == name);
    let biases = model.hidden.iter().map(|l| l.bias).chain([model.output_bias]);
    let mut layers = Vec::with_capacity(choices.len());
    for (index, (&choice, bias)) in choices.iter().zip(biases).enumerate() {
        let name = FORMS.into_iter().find(|name| *name == choice.name());
        let name = name.ok_or_else(|| refused(format!("the activation `{}`", choice.name())))?;
        if target == Target::Onnx && is_double && name == "gelu" && choice.text("approximate") != Some("tanh")
        {
            return Err(refused("the exact `gelu` in double precision".to_string())
                .note("runtimes have no error function in double precision; with `approximate = \"tanh\"` none is needed")
                .into());
        }
        let is_last = index + 1 == choices.len();
        let is_logarithm = matches!(choice.entry.facts, Facts::Activation { log_distribution: true, .. });
        let name = if is_last && is_logarithm { "softmax" } else { name };
        let weight = named(format!("layer_{index}.weight"));
        let Some(Parameter { shape, values: weight, .. }) = weight else {
            return Err(refused(format!("layer {index}, which has no weights of its own,")).into());
        };
        let columns = shape[1];
        let recurrent = named(format!("layer_{index}.recurrent_weight")).map(|p| p.values.as_slice());
        let given = named(format!("layer_{index}.bias")).map_or(&[][..], |bias| bias.values.as_slice());
        let (weight, bias) = match bias {
            Bias::None => (weight.as_slice(), None),
            Bias::Unit => (weight.as_slice(), Some(given.to_vec())),
            Bias::Tied => (weight.as_slice(), Some(given.repeat(columns))),
            // The last row belongs to an input that is always -1.
            Bias::ConstantInput => {
                let (weight, last) = weight.split_at(weight.len() - columns);
                (weight, Some(last.iter().map(|w| -w).collect()))
            }
        };
        let inputs = weight.len() / columns.max(1);
        layers.push(Layer { inputs, columns, weight, recurrent, bias, activation: Form { name, choice } });
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_has_a_form() {
        let all: Vec<&str> = crate::nn::activation::ALL.iter().map(|a| a.entry.name).collect();
        assert_eq!(all, FORMS);
    }
}
