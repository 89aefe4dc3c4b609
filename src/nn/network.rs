//! A dense network for a whole population, as a Burn module.
//!
//! This file and `population` are where the axes are laid out: `[P, N, F]` for data (members, samples, features or
//! units), `[P, in, out]` for weights, `[P, 1, out]` for biases, and `[P, 1, D]` for all parameters of a member in a row,
//! layer by layer, weights before bias. It knows neither loss nor optimizer.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Gradients, Tensor};

use super::activation::Activation;
use super::{Columns, Shape};
use crate::spec::{Bias, Model};

/// Layers from input to output; the last gives the pre-activations of the outputs.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Dense>,
}

/// `x · weight + bias`.
///
/// Inputs carry a column of ones, so the bias of the first layer lies below its weight and needs no product of its own.
/// In the others a product with ones `[1, N, 1]` spreads the bias over the samples. Its gradient is then a product too:
/// on ndarray the order in which `sum_dim` adds depends on strides, that of a product does not, and both products are
/// quicker there than broadcasting.
#[derive(Module, Debug)]
struct Dense {
    /// `[P, in, out]`; of the first layer `[P, in + 1, out]` when it has a bias.
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

impl Stage {
    /// With the numbers of these members alone.
    pub(crate) fn of(&self, members: &[usize]) -> Stage {
        Stage { activation: self.activation, parameters: self.parameters.of(members) }
    }
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
        let hidden = model.hidden.iter().map(|l| (l.units, l.bias == Bias::Unit));
        let layers = hidden.chain([(shape.outputs, model.output_bias == Bias::Unit)]);
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
        let parameter = |start: usize, rows: usize, units: usize| {
            let value = parameters.clone().slice([0..members, 0..1, start..start + rows * units]);
            let value = value.reshape([members, rows, units]);
            Param::initialized(ParamId::new(), if trains { value.autodiff().require_grad() } else { value })
        };
        let layer = |slots: &[Slot]| match slots {
            [weight, _] if weight.layer == 0 => {
                Dense { weight: parameter(weight.start, weight.inputs + 1, weight.units), bias: None }
            }
            [weight, bias] => Dense {
                weight: parameter(weight.start, weight.inputs, weight.units),
                bias: Some(parameter(bias.start, 1, bias.units)),
            },
            weight => {
                Dense { weight: parameter(weight[0].start, weight[0].inputs, weight[0].units), bias: None }
            }
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
        let first = self.layers[0].weight.val();
        let (rows, columns, inputs) = (x.dims()[1], x.dims()[2], first.dims()[1]);
        // Without a bias the column of ones is not wanted.
        let x = if inputs == columns { x.clone() } else { x.clone().narrow(2, 0, inputs) };
        let ones = Tensor::ones([1, rows, 1], (&x.device(), x.dtype()));
        let mut z = x.matmul(first);
        for (index, (layer, stage)) in self.layers[1..].iter().zip(hidden).enumerate() {
            see(&z);
            let mut a = stage.activation.forward(z, &stage.parameters);
            if let Some(Some(mask)) = masks.get(index) {
                a = a * mask.clone();
            }
            z = a.matmul(layer.weight.val());
            if let Some(bias) = &layer.bias {
                z = z + ones.clone().matmul(bias.val());
            }
        }
        z
    }

    /// The gradients of all parameters in rows, `[P, 1, D]`.
    pub(crate) fn gradients(&self, mut gradients: Gradients) -> Tensor<3> {
        let parameters =
            self.layers.iter().flat_map(|layer| [Some(&layer.weight), layer.bias.as_ref()]).flatten();
        let rows = parameters.map(|parameter| {
            let gradient =
                parameter.val().grad_remove(&mut gradients).expect("every parameter reaches the loss");
            let [members, inputs, units] = gradient.dims();
            gradient.reshape([members, 1, inputs * units])
        });
        Tensor::cat(rows.collect(), 2)
    }
}
