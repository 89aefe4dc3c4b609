//! What a single cell of a text file is: a number, a gap, or text.
//!
//! It does not know columns; `typed` decides what a column may hold.

use std::borrow::Cow;

use crate::text;

/// Words that stand for a missing value, in any case; so does an empty cell.
pub(crate) const MISSING: [&str; 4] = ["na", "nan", "null", "?"];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Number(f64),
    /// `inf`, or a number beyond double precision.
    Infinite,
    Text(&'a str),
}

/// Reads a trimmed cell. Numbers are decimal with a point and an optional exponent, as Rust and Python read them.
pub(crate) fn read(cell: &str) -> Cell<'_> {
    if cell.is_empty() || MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Cell::Missing;
    }
    match cell.parse::<f64>() {
        Ok(value) if value.is_nan() => Cell::Missing,
        Ok(value) if value.is_infinite() => Cell::Infinite,
        Ok(value) => Cell::Number(value),
        Err(_) => Cell::Text(cell),
    }
}

/// The name of a category: a number is written shortest, so that `1`, `1.0`, and `+1` are one category.
pub(crate) fn category(cell: &str) -> Cow<'_, str> {
    match read(cell) {
        Cell::Number(value) => Cow::Owned(text::exact(value)),
        _ => Cow::Borrowed(cell),
    }
}

/// Category names in order: by value when all are numbers, else by Unicode code points.
pub(crate) fn sort_categories(names: &mut [String]) {
    let values: Option<Vec<f64>> = names.iter().map(|n| n.parse().ok()).collect();
    match values {
        Some(_) => names.sort_by(|a, b| {
            let value = |n: &String| n.parse::<f64>().unwrap_or_default();
            value(a).total_cmp(&value(b))
        }),
        None => names.sort(),
    }
}

/// What a person probably meant by text among numbers.
pub(crate) fn hint(cell: &str) -> Option<String> {
    let number = |text: String| matches!(read(&text), Cell::Number(_)).then_some(text);
    if cell.matches(',').count() == 1 {
        return number(cell.replace(',', ".")).map(|n| format!("with a decimal point: `{n}`"));
    }
    let digits: String = cell.chars().filter(|c| !matches!(c, ' ' | '_' | '\'' | '%' | '$' | '€')).collect();
    if digits != cell {
        return number(digits).map(|n| format!("without separators and units: `{n}`"));
    }
    None
}
