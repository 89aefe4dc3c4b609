//! Loss `cross_entropy`: negative log-likelihood of one class per sample.

use super::Loss;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "cross_entropy",
        family: Family::Loss,
        summary: "negative log-likelihood of one class per sample",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss { accepts: Range::UNIT, targets: Range::UNIT, distribution: true, fused_with: &["softmax", "log_softmax"] },
    },
};

const DOCS: &str = r#"### Formula

`-Σ_k y_k ln p_k` for each sample, natural logarithm. With `softmax` or `log_softmax` it is computed from the pre-activation, `Σ_k y_k (ln Σ_j e^(z_j) - z_k)`, so that no probability is ever rounded to 0; the gradient is `p·Σy - y`. `reduction = "mean"` divides by samples (or, with class weights, by the sum of the weights).

### When to use

Classification with one class per sample.

### Source

As PyTorch's `CrossEntropyLoss` and scikit-learn's `log_loss`. PyTorch's takes the pre-activation: giving it probabilities computes softmax twice, which cannot happen here."#;
