//! Where each parameter of a member lies in its row of `D` numbers, and what it is called.
//!
//! Layer by layer; in a layer the weights, the weights from the layer to itself, the bias. Names and shapes are those of saved models.

use super::Shape;
use crate::spec::{Bias, Model};

/// Where each parameter of a member lies in its row of `D` numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) slots: Vec<Slot>,
    /// `D`.
    pub(crate) size: usize,
}

/// What a parameter of a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From the inputs of the layer; where its bias is a constant input, the last row is that input's.
    Weight,
    /// From the layer to itself, a time step before.
    Recurrent,
    Bias,
}

/// One parameter of a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) layer: usize,
    pub(crate) kind: Kind,
    /// Inputs of the layer, what initial values are scaled by.
    pub(crate) inputs: usize,
    pub(crate) rows: usize,
    /// Columns: units, times the gates of the cell.
    pub(crate) units: usize,
    pub(crate) start: usize,
}

impl Slot {
    pub(crate) fn len(&self) -> usize {
        self.rows * self.units
    }

    /// Whether it is a weight, which penalties apply to.
    pub(crate) fn is_weight(&self) -> bool {
        self.kind != Kind::Bias
    }

    pub(crate) fn name(&self) -> String {
        let what = match self.kind {
            Kind::Weight => "weight",
            Kind::Recurrent => "recurrent_weight",
            Kind::Bias => "bias",
        };
        format!("layer_{}.{what}", self.layer)
    }

    /// `[in, out]` or `[out]`.
    pub(crate) fn shape(&self) -> Vec<usize> {
        if self.is_weight() { vec![self.rows, self.units] } else { vec![self.units] }
    }
}

impl Layout {
    pub(crate) fn new(model: &Model, shape: Shape) -> Layout {
        let gates = model.recurrent.map(|recurrent| recurrent.cell.gates());
        let hidden = model.hidden.iter().map(|l| (l.units, l.bias, gates));
        let layers = hidden.chain([(shape.outputs, model.output_bias, None)]);
        let mut layout = Layout { slots: Vec::new(), size: 0 };
        let mut inputs = shape.features;
        for (layer, (units, bias, gates)) in layers.enumerate() {
            let wide = units * gates.unwrap_or(1);
            layout.push(layer, Kind::Weight, inputs, inputs + usize::from(bias == Bias::ConstantInput), wide);
            if gates.is_some() {
                layout.push(layer, Kind::Recurrent, units, units, wide);
            }
            match bias {
                Bias::Unit => layout.push(layer, Kind::Bias, inputs, 1, wide),
                Bias::Tied => layout.push(layer, Kind::Bias, inputs, 1, 1),
                Bias::None | Bias::ConstantInput => {}
            }
            inputs = units;
        }
        layout
    }

    fn push(&mut self, layer: usize, kind: Kind, inputs: usize, rows: usize, units: usize) {
        let slot = Slot { layer, kind, inputs, rows, units, start: self.size };
        self.size += slot.len();
        self.slots.push(slot);
    }
}
