//! Scaling: the family `scale`. Every member is an affine map per column, fitted on the training part.
//!
//! It sees one matrix and knows neither parts nor tasks; `prepare` decides which rows it is fitted on.

use crate::catalog::{Choice, Entry};

pub mod divide;
pub mod global_standardize;
pub mod min_max;
pub mod none;
pub mod robust;
pub mod sample_standardize;
pub mod standardize;

/// All members, in the order of the reference.
pub static ALL: &[&Scaler] = &[
    &none::THIS,
    &min_max::THIS,
    &standardize::THIS,
    &sample_standardize::THIS,
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

/// Scales this table of three columns with a member and compares column by column.
///
/// Tolerance 1e-14 absolute on values of order 1 to 10: a few roundings, since scikit-learn multiplies where we divide.
#[cfg(test)]
fn check(scaler: &'static Scaler, set: &[(&str, f64)], expected: [[f64; 5]; 3]) {
    const TABLE: [f64; 15] = [1.0, 10.0, 7.0, 2.0, -4.0, 7.0, 4.0, 0.5, 7.0, 8.0, 3.0, 7.0, 9.5, 100.0, 7.0];
    let mut choice = Choice {
        entry: &scaler.entry,
        values: scaler
            .entry
            .params
            .iter()
            .map(|p| match p.default {
                crate::catalog::Default::Real(x) => Some(crate::catalog::Value::Real(x)),
                _ => None,
            })
            .collect(),
    };
    for (key, value) in set {
        let index = scaler.entry.params.iter().position(|p| p.key == *key).unwrap();
        choice.values[index] = Some(crate::catalog::Value::Real(*value));
    }
    let columns = Columns { values: &TABLE, width: 3 };
    for (index, map) in fit(&choice, &columns).into_iter().enumerate() {
        for (value, wanted) in columns.column(index).zip(expected[index]) {
            let scaled = map.apply(value);
            assert!((scaled - wanted).abs() <= 1e-14, "{}: {scaled} is not {wanted}", scaler.entry.name);
            let back = scaled * map.scale + map.shift;
            assert!((back - value).abs() <= 1e-13, "{}: {back} is not {value}", scaler.entry.name);
        }
    }
}
