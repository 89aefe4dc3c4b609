//! Loss `mae`: mean absolute error.

use super::Loss;
use crate::catalog::{Entry, Facts, Family, Range};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "mae",
        family: Family::Loss,
        summary: "mean absolute error",
        docs: DOCS,
        params: &[],
        facts: Facts::Loss { accepts: Range::REAL, targets: Range::REAL, distribution: false, fused_with: &[] },
    },
};

const DOCS: &str = r#"### Formula

`|a - y|` for each sample and output; the derivative is 0 where `a = y`. `reduction = "mean"` divides by samples × outputs.

### When to use

Regression with outliers; it aims at the median.

### Source

As PyTorch's `L1Loss` and scikit-learn's `mean_absolute_error`."#;
