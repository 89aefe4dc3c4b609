//! The split `predefined`.
//!
//! It draws nothing: the file says where each row belongs.

use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Role};

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
