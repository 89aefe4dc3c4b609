//! Scaling: the family `scale`. Every member is an affine map per column, fitted on the training part.
//!
//! It sees one matrix and knows neither parts nor tasks; `prepare` decides which rows it is fitted on.

use crate::catalog::{Choice, Entry};

pub mod divide;
pub mod global_standardize;
pub mod min_max;
pub mod none;
pub mod robust;
pub mod standardize;

/// All members, in the order of the reference.
pub static ALL: &[&Scaler] = &[
    &none::THIS,
    &min_max::THIS,
    &standardize::THIS,
    &robust::THIS,
    &global_standardize::THIS,
    &divide::THIS,
];

/// A member of the family.
#[derive(Debug)]
pub struct Scaler {
    pub entry: Entry,
    pub fit: fn(&Choice, &Columns<'_>) -> Vec<Affine>,
}

/// `scaled = (original - shift) / scale`; `original = scaled · scale + shift`. `scale` is never 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub shift: f64,
    pub scale: f64,
}

impl Affine {
    pub const IDENTITY: Affine = Affine { shift: 0.0, scale: 1.0 };

    pub fn apply(self, original: f64) -> f64 {
        (original - self.shift) / self.scale
    }

    /// A column without spread is only shifted.
    fn new(shift: f64, scale: f64) -> Affine {
        Affine { shift, scale: if scale == 0.0 { 1.0 } else { scale } }
    }
}

/// A matrix `[rows × width]`, row-major, seen by column. It has at least one row.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    pub values: &'a [f64],
    pub width: usize,
}

impl<'a> Columns<'a> {
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    pub fn column(self, index: usize) -> impl Iterator<Item = f64> + Clone + 'a {
        self.values.iter().skip(index).step_by(self.width.max(1)).copied()
    }

    fn each(self, fit: impl Fn(usize) -> Affine) -> Vec<Affine> {
        (0..self.width).map(fit).collect()
    }
}

/// Fits the chosen member: one map per column.
pub fn fit(choice: &Choice, columns: &Columns<'_>) -> Vec<Affine> {
    let scaler = ALL.iter().find(|s| s.entry.name == choice.name());
    let scaler = scaler.unwrap_or_else(|| panic!("`{}` is not a scaling", choice.name()));
    (scaler.fit)(choice, columns)
}

/// Mean and standard deviation (divided by n) of `values`, in two passes.
///
/// A standard deviation that is rounding noise beside the mean counts as 0 (scikit-learn's `_is_constant_feature`).
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    let noise = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    (mean, if variance <= noise { 0.0 } else { variance.sqrt() })
}
