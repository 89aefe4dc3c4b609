//! A dense network for a whole population, as a Burn module.
//!
//! This file and `population` are where the axes are laid out: `[P, N, F]` for data (members, samples, features or
//! units), `[P, in, out]` for weights, `[P, 1, out]` for biases, and `[P, 1, D]` for all parameters of a member in a row,
//! layer by layer, weights before bias. It knows neither loss nor optimizer.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Gradients, Tensor};

use super::activation::Activation;
use super::{Columns, Shape};
use crate::spec::Model;

/// Layers from input to output; the last gives the pre-activations of the outputs.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Dense>,
}

/// `x · weight + bias`.
#[derive(Module, Debug)]
struct Dense {
    /// `[P, in, out]`.
    weight: Param<Tensor<3>>,
    /// `[P, 1, out]`.
    bias: Option<Param<Tensor<3>>>,
}

/// What follows a layer's product.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) activation: &'static Activation,
    pub(crate) parameters: Columns,
}

/// Where each parameter of a member lies in its row of `D` numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) slots: Vec<Slot>,
    /// `D`.
    pub(crate) size: usize,
}

/// One parameter of a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) layer: usize,
    pub(crate) is_weight: bool,
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    pub(crate) start: usize,
}

impl Slot {
    pub(crate) fn len(&self) -> usize {
        self.rows() * self.units
    }

    pub(crate) fn rows(&self) -> usize {
        if self.is_weight { self.inputs } else { 1 }
    }

    pub(crate) fn name(&self) -> String {
        format!("layer_{}.{}", self.layer, if self.is_weight { "weight" } else { "bias" })
    }

    /// `[in, out]` or `[out]`.
    pub(crate) fn shape(&self) -> Vec<usize> {
        if self.is_weight { vec![self.inputs, self.units] } else { vec![self.units] }
    }
}

impl Layout {
    pub(crate) fn new(model: &Model, shape: Shape) -> Layout {
        let hidden = model.hidden.iter().map(|l| (l.units, l.bias));
        let layers = hidden.chain([(shape.outputs, model.output_bias)]);
        let mut layout = Layout { slots: Vec::new(), size: 0 };
        let mut inputs = shape.features;
        for (layer, (units, has_bias)) in layers.enumerate() {
            for is_weight in [true, false] {
                if is_weight || has_bias {
                    let slot = Slot { layer, is_weight, inputs, units, start: layout.size };
                    layout.size += slot.len();
                    layout.slots.push(slot);
                }
            }
            inputs = units;
        }
        layout
    }
}

impl Network {
    /// The network whose parameters are the rows of `parameters`, `[P, 1, D]`; recorded for autodiff if `trains`.
    pub(crate) fn new(parameters: &Tensor<3>, layout: &Layout, trains: bool) -> Network {
        let members = parameters.dims()[0];
        let mut layers: Vec<Dense> = Vec::new();
        for slot in &layout.slots {
            let range = slot.start..slot.start + slot.len();
            let value = parameters.clone().slice([0..members, 0..1, range]);
            let value = value.reshape([members, slot.rows(), slot.units]);
            let value = if trains { value.autodiff().require_grad() } else { value };
            let parameter = Param::initialized(ParamId::new(), value);
            match layers.last_mut() {
                Some(layer) if !slot.is_weight => layer.bias = Some(parameter),
                _ => layers.push(Dense { weight: parameter, bias: None }),
            }
        }
        Network { layers }
    }

    /// Pre-activations of the outputs, `[P, N, K]`, for inputs `[P, N, F]` or, shared by all members, `[1, N, F]`.
    ///
    /// `masks` holds a factor per unit for each hidden layer with dropout. `see` is shown every hidden pre-activation.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        hidden: &[Stage],
        masks: &[Option<Tensor<3>>],
        mut see: impl FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        let options = (&x.device(), x.dtype());
        let ones = Tensor::ones([1, x.dims()[1], 1], options);
        let mut a = x;
        for (index, (layer, stage)) in self.layers.iter().zip(hidden).enumerate() {
            let z = layer.forward(a, &ones);
            see(&z);
            a = stage.activation.forward(z, &stage.parameters);
            if let Some(Some(mask)) = masks.get(index) {
                a = a * mask.clone();
            }
        }
        let output = self.layers.last().expect("a network has an output layer");
        output.forward(a, &ones)
    }

    /// The gradients of all parameters in rows, `[P, 1, D]`.
    pub(crate) fn gradients(&self, mut gradients: Gradients) -> Tensor<3> {
        let mut rows = Vec::new();
        let mut take = |parameter: &Param<Tensor<3>>| {
            let gradient =
                parameter.val().grad_remove(&mut gradients).expect("every parameter reaches the loss");
            let [members, inputs, units] = gradient.dims();
            rows.push(gradient.reshape([members, 1, inputs * units]));
        };
        for layer in &self.layers {
            take(&layer.weight);
            layer.bias.iter().for_each(&mut take);
        }
        Tensor::cat(rows, 2)
    }
}

impl Dense {
    /// The bias is spread over the samples by a product with ones `[1, N, 1]`, so that its gradient is a product too: on
    /// ndarray the order of a product's sums does not depend on the number of members, and it is quicker than
    /// broadcasting.
    fn forward(&self, x: Tensor<3>, ones: &Tensor<3>) -> Tensor<3> {
        let z = x.matmul(self.weight.val());
        match &self.bias {
            Some(bias) => z + ones.clone().matmul(bias.val()),
            None => z,
        }
    }
}
