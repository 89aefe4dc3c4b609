//! The scaling `divide`.
//!
//! It learns nothing from the data.

use super::{Affine, Scaler};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Scaler = Scaler {
    entry: Entry {
        name: "divide",
        family: Family::Scale,
        summary: "every value divided by one number",
        docs: "\
    scaled = x / by

For values with a known top: `by = 255` for 8-bit images, `by = 16` for the digits data. It learns nothing from the data, so every part
and every seed is scaled alike.",
        params: &[Param {
            key: "by",
            kind: Kind::Real(Range::POSITIVE),
            role: Role::Structural,
            default: Default::Required,
            docs: "The divisor.",
        }],
        facts: Facts::Plain,
    },
    fit: |choice, columns| vec![Affine { shift: 0.0, scale: choice.number("by") }; columns.width],
};

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_divided() {
        // By definition.
        super::super::check(
            &super::THIS,
            &[("by", 2.0)],
            [[0.5, 1.0, 2.0, 4.0, 4.75], [5.0, -2.0, 0.25, 1.5, 50.0], [3.5; 5]],
        );
    }
}
