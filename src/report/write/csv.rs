//! Tables as CSV: RFC 4180 quoting, LF, UTF-8, numbers with nine significant digits.

use std::borrow::Cow;
use std::io;

use crate::report::tables::{Cell, Table};
use crate::text;

/// In memory.
pub(in crate::report) fn write(table: Table<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_to(table, &mut bytes).expect("a vector takes every byte");
    bytes
}

/// Row by row; rows have one cell per column.
pub(in crate::report) fn write_to(table: Table<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(table.columns.iter().map(|c| harmless(c).into_owned()))?;
    let mut number = String::new();
    for row in table.rows {
        for cell in &row {
            write_cell(&mut writer, cell, &mut number)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn write_cell(
    writer: &mut csv::Writer<impl io::Write>,
    cell: &Cell<'_>,
    number: &mut String,
) -> io::Result<()> {
    number.clear();
    match cell {
        Cell::Text(t) => return Ok(writer.write_field(harmless(t).as_bytes())?),
        Cell::Number(x) => text::push_significant(number, *x, 9),
        Cell::Count(n) => number.push_str(&n.to_string()),
        Cell::Empty => {}
    }
    Ok(writer.write_field(number.as_bytes())?)
}

/// Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"); numbers stay numbers,
/// and a line break becomes a space so that a row stays a line.
fn harmless(t: &str) -> Cow<'_, str> {
    let line: Cow<'_, str> = if t.contains(char::is_control) {
        t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    } else {
        t.into()
    };
    let is_risky = line.trim_start().starts_with(['=', '+', '-', '@']) && line.parse::<f64>().is_err();
    if is_risky { format!("'{line}").into() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        let cases = [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("-0.5", "-0.5"),
            ("+1e-3", "+1e-3"),
            ("sigmoid+mse", "sigmoid+mse"),
            ("two\nlines", "two lines"),
        ];
        for (given, expected) in cases {
            assert_eq!(harmless(given), expected);
        }
    }
}
