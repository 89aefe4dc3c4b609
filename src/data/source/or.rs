//! The generator `or`.
//!
//! It gives rows and targets only; it does not know the task or the split.

use super::{GATE_PARAMS, Generator, truth_table};
use crate::catalog::{Entry, Facts, Family, TaskKind};

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "or",
        family: Family::Source,
        summary: "logical or: two bits, class 1 when either is set",
        docs: "\
The logical or of two bits. A single neuron with a bias solves it; one without a bias cannot.
With the default `samples = 4` and `noise = 0` it is exactly the truth table:

| x1 | x2 | class |
|---|---|---|
| 0 | 0 | 0 |
| 0 | 1 | 1 |
| 1 | 0 | 1 |
| 1 | 1 | 1 |

Features `x1` and `x2`, classes `0` and `1`. With `task = \"regression\"` or `\"multi_label\"` there is one target `y` of 0 or 1,
for a network with one output unit.",
        params: GATE_PARAMS,
        facts: Facts::Source { task: TaskKind::Classification },
    },
    make: |choice| truth_table(choice, |a, b| a || b),
};

#[cfg(test)]
mod tests {

    #[test]
    fn the_defaults_are_the_truth_table() {
        let made = super::super::make(&super::THIS, &[]);
        assert_eq!(made.x, [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        assert_eq!(made.y, [0.0, 1.0, 1.0, 1.0]);
    }
}
