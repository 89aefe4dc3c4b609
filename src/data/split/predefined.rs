//! The split `predefined`.
//!
//! It draws nothing: the file says where each row belongs.

use super::{Assignment, check_parts};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Role};
use crate::data::Dataset;
use crate::data::fault::Faulty;
use crate::diagnostic::{Diagnostic, UNKNOWN_COLUMN};
use crate::spec::Part;

pub static THIS: Entry = Entry {
    name: "predefined",
    family: Family::Split,
    summary: "a column of the file says train, validation, or test",
    docs: "\
The named column holds `train`, `validation`, or `test` in every row; it is neither feature nor target. For data that comes with its own
division, so that results can be compared with published ones. Every seed gets the same parts. At least one row must be `train`.",
    params: &[Param {
        key: "column",
        kind: Kind::Text,
        role: Role::Structural,
        default: Default::Required,
        docs: "Name of the column.",
    }],
    facts: Facts::Plain,
};

pub(super) fn assign(dataset: &Dataset, column: &str) -> Faulty<Assignment> {
    let Some(parts) = &dataset.parts else {
        let title = format!("the data has no split column `{column}`");
        return Err(vec![Diagnostic::error(&UNKNOWN_COLUMN, title)]);
    };
    let rows = |part: Part| -> Vec<u32> {
        (0..).zip(parts).filter(|(_, p)| **p == part).map(|(row, _)| row).collect()
    };
    let assignment = Assignment {
        train: rows(Part::Train),
        validation: rows(Part::Validation),
        test: rows(Part::Test),
        labels: None,
    };
    check_parts(parts.len(), &[("train", Some(assignment.train.len()))])?;
    Ok(assignment)
}
