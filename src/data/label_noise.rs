//! Label noise: some rows get the label of another class, to ask what learns in spite of it.
//!
//! Each label of the training and the validation part is replaced with probability `share`, each other class being as likely; the test part
//! keeps its labels. So networks are trained and chosen by what a careless annotator left, and judged by the truth. Splits are drawn, and
//! stratified, before. It knows classes only.

use super::{Assignment, Dataset, Targets};
use crate::rng::{self, Purpose};

/// Sub-stream of the split's stream of a seed that nothing else uses.
const STREAM: u64 = 1 << 62;

/// The class that each time step of each row has in training and validation, `[rows × steps]`; `None` where nothing is replaced.
///
/// What becomes of a label depends on the seed and its place in the data alone: not on the split, and a label that a smaller share
/// replaces a larger one replaces too, by the same class.
pub fn labels(dataset: &Dataset, share: f64, seed: u64) -> Option<Vec<u32>> {
    let Targets::Classes { index, names } = &dataset.targets else { return None };
    if share == 0.0 {
        return None;
    }
    let mut draws = rng::stream(seed, Purpose::Split, STREAM);
    let others = names.len().saturating_sub(1).max(1) as u64;
    let label = |class: &u32| {
        let (is_replaced, step) = (draws.unit() < share, 1 + draws.below(others) as u32);
        if is_replaced { (class + step) % names.len() as u32 } else { *class }
    };
    Some(index.iter().map(label).collect())
}

impl Assignment {
    /// With labels in the places of their own for training and validation.
    pub fn with_labels(self, labels: Option<Vec<u32>>) -> Assignment {
        Assignment { labels, ..self }
    }
}
