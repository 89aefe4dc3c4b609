//! What is measured of a data set as networks see it: of the training part of the first seed, scaled.
//!
//! Numbers only; what they mean is said in `diagnose`.

use serde::{Deserialize, Serialize};

/// See the module. `None` is what the data does not have, or what is not finite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traits {
    /// Features with one value in every row, and of how many.
    pub constant_features: usize,
    pub features: usize,
    /// Largest standard deviation of a feature divided by the smallest, of those that vary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    /// Largest absolute mean of a feature in its own standard deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    /// Largest standard deviation of a feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<f64>,
    /// Smallest and largest target as the network sees it, and the mean over outputs of their variance (divided by n).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// Rows (answers, of sequences) of each class; empty unless classification.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<usize>,
    /// Share of the rows of all parts together that are equal, target included, to a row of another part; and how many these are.
    pub shared: f64,
    pub shared_rows: usize,
    /// Rows that stand in a part once more because the split drew them again, over all parts.
    #[serde(skip_serializing_if = "is_zero")]
    pub redrawn_rows: usize,
    /// Of few rows whose features have two values each (all parts together, as they are read): which combinations there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combinations: Option<Combinations>,
    /// The feature whose values tell the target most: its name, the largest absolute correlation with a target (of classes, with the
    /// indicator of one), and that of the next feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teller: Option<(String, f64, f64)>,
    /// How alike neighbouring rows of the file's order are in their targets: share of equal classes, or the autocorrelation at lag 1;
    /// and what of that chance gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<(f64, f64)>,
    /// How well the nearest other row tells the target, on a sample of the training part: the share of the way from the baseline
    /// (majority class, mean) to perfect, of accuracy or of R² with five neighbours; 0 or less where features say nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<f64>,
    /// The same of a straight line (ridge regression) by the other rows of that sample: a network covers as much, or the target bends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linear: Option<f64>,
    /// Rows of all parts for each different row of features, and the share of them whose features are also those of a row with another
    /// target; none where all rows differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alike: Option<(f64, f64)>,
    /// Rows of the training part, and time steps of a row.
    pub rows: usize,
    pub steps: usize,
}

/// Which combinations of features with two values each a data set has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combinations {
    /// Rows, how many combinations they have, and how many there can be.
    pub rows: usize,
    pub there: usize,
    pub possible: usize,
    /// Those that are not there, and those that are there more than once: `(1, 1)`, in the order of their values.
    pub missing: Vec<String>,
    pub repeated: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
