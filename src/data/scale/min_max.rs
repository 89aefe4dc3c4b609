//! The scaling `min_max`.
//!
//! It does not clip: rows outside the training range land outside `[low, high]`.

use super::{Affine, Scaler};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

const fn end(key: &'static str, default: f64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Real(Range::REAL),
        role: Role::Structural,
        default: Default::Real(default),
        docs,
    }
}

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "min_max",
        family: Family::Scale,
        summary: "each column's training range to [low, high]",
        docs: "\
    scaled = low + (high - low) · (x - min) / (max - min)

with the minimum and maximum of each column over the training part. A constant column becomes `low`. Values of other parts
that lie outside the training range land outside `[low, high]`; nothing is clipped.

Good for bounded measurements; one outlier squeezes all other values together (then use `robust`).
Equals scikit-learn's `MinMaxScaler(feature_range=(low, high))`.",
        params: &[
            end("low", 0.0, "Where the smallest training value goes."),
            end("high", 1.0, "Where the largest training value goes; must differ from `low`."),
        ],
        facts: Facts::Plain,
    },
    fit: |choice, columns| {
        let (low, high) = (choice.number("low"), choice.number("high"));
        columns.each(|c| {
            let min = columns.column(c).fold(f64::INFINITY, f64::min);
            let max = columns.column(c).fold(f64::NEG_INFINITY, f64::max);
            let scale = Affine::new(0.0, max - min).scale / Affine::new(0.0, high - low).scale;
            Affine { shift: min - low * scale, scale }
        })
    },
};

#[cfg(test)]
mod tests {
    #[test]
    fn equals_scikit_learn() {
        // scikit-learn 1.9.1: MinMaxScaler().fit_transform(TABLE)
        super::super::check(
            &super::THIS,
            &[],
            [
                [0.0, 0.11764705882352941, 0.3529411764705882, 0.8235294117647058, 1.0],
                [0.13461538461538464, 0.0, 0.04326923076923077, 0.06730769230769232, 1.0],
                [0.0; 5],
            ],
        );
        // scikit-learn 1.9.1: MinMaxScaler((-1, 1)).fit_transform(TABLE)
        super::super::check(
            &super::THIS,
            &[("low", -1.0)],
            [
                [-1.0, -0.7647058823529412, -0.2941176470588236, 0.6470588235294117, 1.0],
                [-0.7307692307692308, -1.0, -0.9134615384615385, -0.8653846153846154, 1.0],
                [-1.0; 5],
            ],
        );
    }
}
