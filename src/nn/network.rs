//! The network of a whole population, as a Burn module.
//!
//! This file and `population` are where the axes are laid out: `[P, N, F]` for data (members, samples, features or
//! units), `[P, in, out]` for weights, `[P, 1, out]` for biases, and `[P, 1, D]` for all parameters of a member in a row, as `layout`
//! says. Hidden layers that see time are in `recurrent`. It knows neither loss nor optimizer.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Gradients, Tensor};

use super::Columns;
use super::activation::Activation;
use super::fault;
use super::layout::{Kind, Layout, Slot};
use crate::catalog::Facts;
use crate::spec::{Bias, HiddenDerivative, Recurrent};

/// Layers from input to output; the last gives the pre-activations of the outputs.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Layer>,
}

/// `x · weight + bias`, and in a recurrent network what comes from the layer itself.
#[derive(Module, Debug)]
pub(super) struct Layer {
    /// `[P, in, out]`; of the first layer, where it has a bias for each unit and is dense, `[P, in + 1, out]`; and where the bias is a
    /// constant input too.
    weight: Param<Tensor<3>>,
    /// `[P, units, out]`.
    pub(super) recurrent: Option<Param<Tensor<3>>>,
    /// `[P, 1, out]`, or `[P, 1, 1]` where it is tied.
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

/// How layers are put together: what all members share beside the layout.
#[derive(Clone, Debug)]
pub(crate) struct Wiring {
    /// Of each layer, the outputs last.
    pub(crate) bias: Vec<Bias>,
    pub(crate) recurrent: Option<Recurrent>,
    /// Time steps of a sample.
    pub(crate) steps: usize,
    /// What the backward pass takes for the derivatives of hidden activations.
    pub(crate) hidden_derivative: Option<HiddenDerivative>,
}

impl Wiring {
    /// What the backward pass takes for the derivative of this hidden activation; `None`: its derivative. Only a distribution can be
    /// taken for one whose units are apart.
    pub(super) fn wrong_derivative(&self, stage: &Stage) -> Option<HiddenDerivative> {
        let is_distribution =
            matches!(stage.activation.entry.facts, Facts::Activation { distribution: true, .. });
        self.hidden_derivative
            .filter(|wrong| *wrong != HiddenDerivative::SoftmaxElementwise || is_distribution)
    }

    /// The value of a hidden activation.
    pub(super) fn activate(&self, stage: &Stage, z: Tensor<3>) -> Tensor<3> {
        match self.wrong_derivative(stage) {
            Some(wrong) if z.is_autodiff() => fault::activate(stage, z, wrong),
            _ => stage.activation.forward(z, &stage.parameters),
        }
    }

    /// Whether the first layer has its bias below its weight.
    ///
    /// Inputs carry a column of ones, so that needs no product of its own. In other layers a product with ones `[1, N, 1]` spreads
    /// the bias over the samples. Its gradient is then a product too: on ndarray the order in which `sum_dim` adds depends on
    /// strides, that of a product does not, and both products are quicker there than broadcasting.
    fn joins_first_bias(&self) -> bool {
        self.recurrent.is_none() && self.bias[0] == Bias::Unit
    }
}

impl Layer {
    /// `x · weight + bias`; `x` is `[P, N, in]`, or `[1, N, in]` where all members share it.
    pub(super) fn affine(&self, x: Tensor<3>, form: Bias, ones: &Tensor<3>) -> Tensor<3> {
        let weight = self.weight.val();
        match (form, &self.bias) {
            (Bias::ConstantInput, _) => {
                let inputs = weight.dims()[1] - 1;
                let constant = weight.clone().narrow(1, inputs, 1);
                x.matmul(weight.narrow(1, 0, inputs)) - ones.clone().matmul(constant)
            }
            (Bias::Tied, Some(bias)) => {
                let units = weight.dims()[2];
                let z = x.matmul(weight);
                let across = Tensor::ones([1, 1, units], (&ones.device(), ones.dtype()));
                z + ones.clone().matmul(bias.val()).matmul(across)
            }
            (_, Some(bias)) => x.matmul(weight) + ones.clone().matmul(bias.val()),
            (_, None) => x.matmul(weight),
        }
    }
}

impl Network {
    /// The network whose parameters are the rows of `parameters`, `[P, 1, D]`; recorded for autodiff if `trains`.
    pub(crate) fn new(parameters: &Tensor<3>, layout: &Layout, wiring: &Wiring, trains: bool) -> Network {
        let members = parameters.dims()[0];
        let parameter = |start: usize, rows: usize, units: usize| {
            let value = parameters.clone().slice([0..members, 0..1, start..start + rows * units]);
            let value = value.reshape([members, rows, units]);
            Param::initialized(ParamId::new(), if trains { value.autodiff().require_grad() } else { value })
        };
        let layer = |slots: &[Slot]| {
            let of = |kind: Kind| slots.iter().find(|slot| slot.kind == kind);
            let whole = |slot: &Slot| parameter(slot.start, slot.rows, slot.units);
            let weight = of(Kind::Weight).expect("every layer has a weight");
            let joins = weight.layer == 0 && wiring.joins_first_bias();
            Layer {
                weight: parameter(weight.start, weight.rows + usize::from(joins), weight.units),
                recurrent: of(Kind::Recurrent).map(whole),
                bias: of(Kind::Bias).filter(|_| !joins).map(whole),
            }
        };
        Network { layers: layout.slots.chunk_by(|a, b| a.layer == b.layer).map(layer).collect() }
    }

    /// The hidden layers, and the layer of the outputs.
    pub(super) fn parts(&self) -> (&[Layer], &Layer) {
        let (output, hidden) = self.layers.split_last().expect("a network has a layer of outputs");
        (hidden, output)
    }

    /// Pre-activations of the outputs for inputs with a last column of ones, `[P, N, F + 1]` or, shared by all members,
    /// `[1, N, F + 1]`: `[P, N, K]`. Of sequences the inputs are `[P, T · N, F + 1]`, one time step after another, with 0 in the last
    /// column where a step is padding, and the outputs `[P, A · N, K]`.
    ///
    /// `masks` holds a factor per unit for each hidden layer with dropout. `see` is shown every hidden pre-activation and
    /// the number of its layer.
    pub(crate) fn forward(
        &self,
        x: &Tensor<3>,
        hidden: &[Stage],
        wiring: &Wiring,
        masks: &[Option<Tensor<3>>],
        mut see: impl FnMut(usize, &Tensor<3>),
    ) -> Tensor<3> {
        if let Some(recurrent) = wiring.recurrent {
            return super::recurrent::forward(self, x, hidden, wiring, recurrent, masks, &mut see);
        }
        let (rows, columns) = (x.dims()[1], x.dims()[2]);
        let ones = Tensor::ones([1, rows, 1], (&x.device(), x.dtype()));
        let mut z = if wiring.joins_first_bias() {
            x.clone().matmul(self.layers[0].weight.val())
        } else {
            // The column of ones is not wanted.
            self.layers[0].affine(x.clone().narrow(2, 0, columns - 1), wiring.bias[0], &ones)
        };
        for (index, (layer, stage)) in self.layers[1..].iter().zip(hidden).enumerate() {
            see(index, &z);
            let mut a = wiring.activate(stage, z);
            if let Some(Some(mask)) = masks.get(index) {
                a = a * mask.clone();
            }
            z = layer.affine(a, wiring.bias[index + 1], &ones);
        }
        z
    }

    /// The gradients of all parameters in rows, `[P, 1, D]`. A parameter that does not reach the loss has the gradient 0.
    pub(crate) fn gradients(&self, mut gradients: Gradients) -> Tensor<3> {
        let of_layer =
            |layer: &Layer| [Some(layer.weight.val()), val(&layer.recurrent), val(&layer.bias)].into_iter();
        let rows = self.layers.iter().flat_map(of_layer).flatten().map(|parameter| {
            let gradient = parameter.grad_remove(&mut gradients);
            let gradient = gradient.unwrap_or_else(|| parameter.clone().inner().mul_scalar(0.0));
            let [members, inputs, units] = gradient.dims();
            gradient.reshape([members, 1, inputs * units])
        });
        Tensor::cat(rows.collect(), 2)
    }
}

fn val(parameter: &Option<Param<Tensor<3>>>) -> Option<Tensor<3>> {
    parameter.as_ref().map(Param::val)
}
