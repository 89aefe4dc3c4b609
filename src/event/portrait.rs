//! What is kept of a trained network for people to look at: how sure it is and how right, what it answers over the plane of two
//! features, and how its weights and activations lie.
//!
//! Records hold it and `report.html` draws it; no table, verdict, or selection reads it. Real numbers are of single precision: a
//! picture needs no more, and their shortest decimals come back to the same bits.

use serde::{Deserialize, Serialize};

use crate::spec::Part;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Portrait {
    /// Of every classification with one class per row whose outputs can be read as probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Of few trials: it is large beside a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inside: Option<Box<Inside>>,
}

/// The rows of a part by their confidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    #[serde(with = "by_name")]
    pub part: Part,
    /// Those with rows, ascending.
    pub bins: Vec<Bin>,
}

/// One bin of the metric `expected_calibration_error`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u8, u32, u32, f32)", into = "(u8, u32, u32, f32)")]
pub struct Bin {
    /// From 0.
    pub index: u8,
    pub rows: u32,
    /// Rows whose class was predicted.
    pub right: u32,
    /// The sum of the confidences.
    pub confidence: f32,
}

impl From<(u8, u32, u32, f32)> for Bin {
    fn from((index, rows, right, confidence): (u8, u32, u32, f32)) -> Bin {
        Bin { index, rows, right, confidence }
    }
}

impl From<Bin> for (u8, u32, u32, f32) {
    fn from(bin: Bin) -> (u8, u32, u32, f32) {
        (bin.index, bin.rows, bin.right, bin.confidence)
    }
}

/// What one network is like, apart from how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inside {
    /// Every parameter of the network, in its order.
    pub weights: Vec<Weights>,
    /// Layers that see no time, in their order, that of the outputs last.
    pub activations: Vec<Activations>,
    /// Rows of the training part that the activations are of.
    pub probe: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Regions>,
}

/// A parameter before the first step and at the end, over the same bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// `layer_0.weight`, as in saved networks.
    pub name: String,
    /// The smallest and the largest of both.
    pub range: [f32; 2],
    pub start: Vec<u32>,
    pub end: Vec<u32>,
}

/// What the units of a layer give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activations {
    pub layer: usize,
    pub units: usize,
    pub range: [f32; 2],
    pub counts: Vec<u32>,
    /// Units that give exactly 0 on every row; `None` for outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<usize>,
    /// The share of values at an end of what the activation can give; `None` where it has no two ends, and for outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturated: Option<f32>,
}

/// What a network of two numeric features answers over a grid, in the units of the features' columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regions {
    /// The columns of the features.
    pub names: [String; 2],
    /// From edge to edge, of the first feature and of the second.
    pub x: [f32; 2],
    pub y: [f32; 2],
    /// Cells along each axis. Answers are those at the middles of cells.
    pub side: usize,
    /// What a cell holds and how many in a row do so, cell after cell, the first feature rising fastest, from the lowest of the second:
    /// twice the predicted class, and 1 more where its share of the outputs is below [`SURE`].
    pub runs: Vec<(u16, u16)>,
    #[serde(with = "by_name")]
    pub part: Part,
    /// Rows of that part: their place from edge to edge in [`PLACES`]ths, and their class.
    pub points: Vec<(u16, u16, u16)>,
    /// Rows of that part, of which the points are some.
    pub rows: usize,
}

/// Share of the outputs from which a predicted class counts as sure.
pub const SURE: f64 = 0.75;
/// Steps in which the places of points are told.
pub const PLACES: u16 = 1000;

impl Regions {
    /// What each cell holds, see [`Regions::runs`].
    pub fn cells(&self) -> Vec<u16> {
        self.runs.iter().flat_map(|(held, count)| std::iter::repeat_n(*held, *count as usize)).collect()
    }

    /// The middles of the cells, `[side × side × 2]`, in the order of the cells.
    pub fn middles(&self) -> Vec<f64> {
        let at = |[low, high]: [f32; 2], i: usize| {
            let (low, high) = (f64::from(low), f64::from(high));
            low + (high - low) * (i as f64 + 0.5) / self.side as f64
        };
        let row = |j: usize| (0..self.side).flat_map(move |i| [at(self.x, i), at(self.y, j)]);
        (0..self.side).flat_map(row).collect()
    }
}

/// Parts by the names that they have in files.
mod by_name {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::spec::Part;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(part: &Part, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(part.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Part, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Part::ALL.into_iter().find(|part| part.name() == name);
        found.ok_or_else(|| D::Error::custom("no part has this name"))
    }
}
