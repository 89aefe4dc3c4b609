//! A dense network for a whole population, as a Burn module.
//!
//! This file and `population` are where the axes are laid out: `[P, N, F]` for data (members, samples, features or
//! units), `[P, in + 1, out]` for weights with the bias below them, and `[P, 1, D]` for all parameters of a member in a
//! row, layer by layer, weights before bias. It knows neither loss nor optimizer.

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

/// `x · weight + bias`, computed as one product: `x` with a column of ones times the weight with the bias below it.
///
/// On ndarray a product is one small routine per member, so one product costs half of two; and the gradient of the bias
/// is a product too, whose order of summation, unlike that of `sum_dim`, does not depend on the number of members.
#[derive(Module, Debug)]
struct Dense {
    /// `[P, in + 1, out]`, the bias in the last row; `[P, in, out]` without bias.
    weight: Param<Tensor<3>>,
    has_bias: bool,
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
        let layer = |slots: &[Slot]| {
            let (weight, has_bias) = (&slots[0], slots.len() == 2);
            let rows = weight.inputs + usize::from(has_bias);
            let range = weight.start..weight.start + rows * weight.units;
            let value = parameters.clone().slice([0..members, 0..1, range]);
            let value = value.reshape([members, rows, weight.units]);
            let value = if trains { value.autodiff().require_grad() } else { value };
            Dense { weight: Param::initialized(ParamId::new(), value), has_bias }
        };
        Network { layers: layout.slots.chunk_by(|a, b| a.layer == b.layer).map(layer).collect() }
    }

    /// Pre-activations of the outputs, `[P, N, K]`, for inputs with a last column of ones, `[P, N, F + 1]` or, shared by
    /// all members, `[1, N, F + 1]`.
    ///
    /// `masks` holds a factor per unit for each hidden layer with dropout. `see` is shown every hidden pre-activation.
    pub(crate) fn forward(
        &self,
        x: &Tensor<3>,
        hidden: &[Stage],
        masks: &[Option<Tensor<3>>],
        mut see: impl FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        let [_, rows, columns] = x.dims();
        let first = &self.layers[0];
        let input = if first.has_bias { x.clone() } else { x.clone().narrow(2, 0, columns - 1) };
        let mut z = input.matmul(first.weight.val());
        for (index, (layer, stage)) in self.layers[1..].iter().zip(hidden).enumerate() {
            see(&z);
            let mut a = stage.activation.forward(z, &stage.parameters);
            if let Some(Some(mask)) = masks.get(index) {
                a = a * mask.clone();
            }
            if layer.has_bias {
                let ones = Tensor::ones([a.dims()[0], rows, 1], (&a.device(), a.dtype()));
                a = Tensor::cat(vec![a, ones], 2);
            }
            z = a.matmul(layer.weight.val());
        }
        z
    }

    /// The gradients of all parameters in rows, `[P, 1, D]`.
    pub(crate) fn gradients(&self, mut gradients: Gradients) -> Tensor<3> {
        let rows = self.layers.iter().map(|layer| {
            let gradient = layer.weight.val().grad_remove(&mut gradients);
            let gradient = gradient.expect("every parameter reaches the loss");
            let [members, inputs, units] = gradient.dims();
            gradient.reshape([members, 1, inputs * units])
        });
        Tensor::cat(rows.collect(), 2)
    }
}
