//! Tables as CSV: RFC 4180 quoting, LF, UTF-8, numbers with nine significant digits.

use crate::report::tables::{Cell, Table};
use crate::text;

pub(in crate::report) fn write(table: &Table) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let header: Vec<String> = table.columns.iter().map(|c| harmless(c)).collect();
    writer.write_record(&header).expect("a vector takes every byte");
    for row in &table.rows {
        writer.write_record(row.iter().map(field)).expect("every row has one cell per column");
    }
    writer.into_inner().expect("a vector takes every byte")
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(t) => harmless(t),
        Cell::Number(x) => text::significant(*x, 9),
        Cell::Count(n) => n.to_string(),
        Cell::Empty => String::new(),
    }
}

/// Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"); numbers stay numbers,
/// and a line break becomes a space so that a row stays a line.
fn harmless(t: &str) -> String {
    let line: String = t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let risky = line.trim_start().starts_with(['=', '+', '-', '@']) && line.parse::<f64>().is_err();
    if risky { format!("'{line}") } else { line }
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
