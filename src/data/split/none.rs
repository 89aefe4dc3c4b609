//! The split `none`.
//!
//! It holds nothing out.

use super::Assignment;
use crate::catalog::{Entry, Facts, Family};

pub static THIS: Entry = Entry {
    name: "none",
    family: Family::Split,
    summary: "every row trains; nothing is held out",
    docs: "\
Every row trains, and every metric is measured on the rows that were trained on. Right for truth tables and for reproducing a program
that did so; it says nothing about new data.",
    params: &[],
    facts: Facts::Plain,
};

pub(super) fn assign(rows: usize) -> Assignment {
    Assignment { train: (0..rows as u32).collect(), validation: Vec::new(), test: Vec::new(), labels: None }
}
