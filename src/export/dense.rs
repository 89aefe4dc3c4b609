//! A network as layers that every target can write: `activation(x · weight + bias)`, one after another.
//!
//! What is no such chain, or has an activation that a target has no form of, is refused here and nowhere else.

use super::{Network, Target};
use crate::catalog::{Choice, Facts, Value};
use crate::diagnostic::{Diagnostic, NOT_EXPORTED};
use crate::nn::Parameter;

/// A layer. `weight` is `[in, out]`, row-major; `bias` is `[out]`.
pub(super) struct Dense<'a> {
    pub(super) weight: &'a Parameter,
    pub(super) bias: Option<&'a Parameter>,
    pub(super) activation: Form<'a>,
}

impl Dense<'_> {
    pub(super) fn inputs(&self) -> usize {
        self.weight.shape[0]
    }

    pub(super) fn units(&self) -> usize {
        self.weight.shape[1]
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
pub(super) fn layers(network: &Network, target: Target) -> Result<Vec<Dense<'_>>, Diagnostic> {
    let (model, pairing) = (&network.configuration.model, &network.configuration.pairing);
    let refused = |what: String| {
        let target = target.name();
        Diagnostic::error(&NOT_EXPORTED, format!("{what} cannot be exported to {target}"))
            .help("`runner predict` asks any network that can be trained")
    };
    let choices: Vec<&Choice> =
        model.hidden.iter().map(|l| &l.activation).chain([&pairing.activation]).collect();
    let named = |name: String| network.parameters.iter().find(|p| p.name == name);
    let mut layers = Vec::with_capacity(choices.len());
    for (index, &choice) in choices.iter().enumerate() {
        let name = FORMS.into_iter().find(|name| *name == choice.name());
        let name = name.ok_or_else(|| refused(format!("the activation `{}`", choice.name())))?;
        let is_last = index + 1 == choices.len();
        let is_logarithm = matches!(choice.entry.facts, Facts::Activation { log_distribution: true, .. });
        let name = if is_last && is_logarithm { "softmax" } else { name };
        let weight = named(format!("layer_{index}.weight")).filter(|w| w.shape.len() == 2);
        let weight = weight.ok_or_else(|| refused(format!("layer {index}, which is not dense,")))?;
        let bias = named(format!("layer_{index}.bias"));
        layers.push(Dense { weight, bias, activation: Form { name, choice } });
    }
    let written: usize = layers.iter().map(|l| 1 + usize::from(l.bias.is_some())).sum();
    if written < network.parameters.len() {
        return Err(refused("a network with other layers than dense ones".to_string()));
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
