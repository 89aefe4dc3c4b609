//! Rows written in the experiment: whether they make a table.
//!
//! That they hold numbers has been read before.

use crate::config::read::Reader;
use crate::config::tree::{Item, Node};
use crate::diagnostic::{self, Diagnostic};
use crate::text;

/// Faults of this kind that are shown.
const SHOWN: usize = 20;

/// Checks `x` and `y` of `source = { name = "rows", ... }`.
pub(super) fn check(r: &mut Reader<'_>, source: &Item) {
    let list =
        |key: &str| source.table().and_then(|t| t.get(key)).and_then(|item| Some((item, items(item)?)));
    let (Some((x_item, x)), Some((y_item, y))) = (list("x"), list("y")) else { return };
    let Some(first) = x.first() else {
        let fault = Diagnostic::error(&diagnostic::NO_ROWS, "`data.source.x` has no rows");
        return r.fault(fault.at(&x_item.span, "expected a list of numbers for each row"));
    };
    if items(first).is_some_and(<[Item]>::is_empty) {
        let fault = Diagnostic::error(&diagnostic::NO_FEATURES, "row 1 of `data.source.x` has no number");
        return r.fault(fault.at(&first.span, "expected the features of the row"));
    }
    let mut faults = ragged("x", x);
    if x.len() != y.len() {
        let title =
            format!("`data.source` has {} in `x`, but {} in `y`", text::count(x.len(), "row"), y.len());
        let fault = Diagnostic::error(&diagnostic::SHAPE_MISMATCH, title)
            .at(&y_item.span, "expected one target for each row")
            .also(&x_item.span, text::count(x.len(), "row"));
        faults.push(fault);
    }
    faults.extend(mixed(y));
    faults.extend(ragged("y", y));
    faults.into_iter().take(SHOWN).for_each(|fault| r.fault(fault));
}

fn items(item: &Item) -> Option<&[Item]> {
    match &item.node {
        Node::List(items) => Some(items),
        _ => None,
    }
}

/// Rows of another length than the first.
fn ragged(key: &str, rows: &[Item]) -> Vec<Diagnostic> {
    let Some(width) = rows.first().and_then(items).map(<[Item]>::len) else { return Vec::new() };
    let wrong = rows.iter().enumerate().filter_map(|(row, item)| Some((row, item, items(item)?.len())));
    let fault = |(row, item, found): (usize, &Item, usize)| {
        let title = format!(
            "row {} of `data.source.{key}` has {}, but row 1 has {width}",
            row + 1,
            text::count(found, "number")
        );
        Diagnostic::error(&diagnostic::RAGGED_ROW, title)
            .at(&item.span, format!("expected {}", text::count(width, "number")))
    };
    wrong.filter(|(_, _, found)| *found != width).map(fault).collect()
}

/// Targets of another kind than the first, and empty ones.
fn mixed(targets: &[Item]) -> Vec<Diagnostic> {
    let kind = |item: &Item| match &item.node {
        Node::Text(_) => "a class name",
        Node::List(_) => "a list of numbers",
        _ => "a number",
    };
    let Some(first) = targets.first() else { return Vec::new() };
    if items(first).is_some_and(<[Item]>::is_empty) {
        let fault = Diagnostic::error(&diagnostic::NO_TARGET, "row 1 of `data.source.y` has no number");
        return vec![fault.at(&first.span, "expected the targets of the row")];
    }
    let wrong = targets.iter().enumerate().filter(|(_, item)| kind(item) != kind(first));
    let fault = |(row, item): (usize, &Item)| {
        let title =
            format!("row {} of `data.source.y` is {}, but row 1 is {}", row + 1, kind(item), kind(first));
        Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&item.span, format!("expected {}", kind(first)))
    };
    wrong.map(fault).collect()
}
