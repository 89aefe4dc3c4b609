//! What is measured inside a network while it trains, on a fixed probe batch of its training part.
//!
//! Numbers only; what they mean is said in `diagnose`. They are kept in records with three significant digits: enough to tell causes
//! apart, and small.

use serde::{Deserialize, Serialize};

/// A network between two epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    pub epoch: usize,
    /// Optimizer steps made.
    pub step: usize,
    /// In the order of the network, that of the outputs last.
    pub layers: Vec<LayerLook>,
}

/// A layer on the probe batch. `None` is a number that is not finite, or that the layer does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[Option<f32>; 10]", into = "[Option<f32>; 10]")]
pub struct LayerLook {
    /// Standard deviation of a unit's pre-activation over rows (divided by n), mean over units.
    pub spread: Option<f32>,
    /// Of the activations over rows and units; of a recurrent layer over time steps too.
    pub mean: Option<f32>,
    /// The same, divided by n.
    pub sd: Option<f32>,
    /// The share of units that give exactly 0 on every row; of hidden layers.
    pub dead: Option<f32>,
    /// The share of values within 0.25 % of the range of what the activation can give from one of its ends; of activations that have two
    /// ends. Of a softmax: the share of values whose slope is below a hundredth of the largest.
    pub saturated: Option<f32>,
    /// Euclidean norm of the gradient of the data loss on the probe batch by all parameters of the layer.
    pub gradient: Option<f32>,
    /// Euclidean norm of the parameters of the layer.
    pub weight: Option<f32>,
    /// Euclidean norm of the change of the parameters since before the first step.
    pub moved: Option<f32>,
    /// Before the first step: the share of units whose incoming parameters are those of another unit; of layers of two units or more.
    pub twins: Option<f32>,
    /// Before the first step: the largest singular value of the weights from the layer to itself; of a layer with gates, of any one.
    pub recurrent: Option<f32>,
}

impl From<[Option<f32>; 10]> for LayerLook {
    fn from(numbers: [Option<f32>; 10]) -> LayerLook {
        let [spread, mean, sd, dead, saturated, gradient, weight, moved, twins, recurrent] = numbers;
        LayerLook { spread, mean, sd, dead, saturated, gradient, weight, moved, twins, recurrent }
    }
}

impl From<LayerLook> for [Option<f32>; 10] {
    fn from(look: LayerLook) -> [Option<f32>; 10] {
        let LayerLook { spread, mean, sd, dead, saturated, gradient, weight, moved, twins, recurrent } = look;
        [spread, mean, sd, dead, saturated, gradient, weight, moved, twins, recurrent]
    }
}

/// Where numbers stopped being finite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Optimizer steps made before.
    pub step: usize,
    /// The first tensor in the order of the forward pass that is not finite: `layer_1.weight`, `activation of layer_1`, `loss`.
    pub tensor: String,
}
