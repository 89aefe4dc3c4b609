//! The values of an axis: a list, an evenly spaced range, or a domain that a sampler draws from.

use super::{FORMS, VALUES_MAX, Written};
use crate::catalog::{Kind, Param, Value, sections};
use crate::config::read::{Fields, Path, Reader, shown};
use crate::config::tree::{Item, Node, Table};
use crate::diagnostic::{self, Diagnostic};
use crate::spec::Domain;
use crate::text;

/// The forms of a domain, and their keys.
const DOMAINS: [(&str, &[Param]); 3] = [
    ("uniform", sections::AXIS_UNIFORM),
    ("log_uniform", sections::AXIS_LOG_UNIFORM),
    ("int", sections::AXIS_INT),
];

/// The domain of an axis that is written as one, with its ends as they would stand in the file; a fault where it is not sound.
pub(super) fn domain(r: &mut Reader<'_>, written: &Written<'_>) -> Option<Result<(Domain, [Item; 2]), ()>> {
    let table = written.item.table()?;
    let (form, keys) = DOMAINS.into_iter().find(|(form, _)| table.get(form).is_some())?;
    Some(ends(r, written, table, form, keys).ok_or(()))
}

fn ends(
    r: &mut Reader<'_>,
    written: &Written<'_>,
    table: &Table,
    form: &str,
    keys: &'static [Param],
) -> Option<(Domain, [Item; 2])> {
    let before = r.faults.len();
    let fields = r.fields(keys, table, &written.item.span, Path::root(&written.key));
    if r.faults.len() > before {
        return None;
    }
    let item = table.get(form)?;
    let (low, high) = two(r, &fields, &written.key, form, item)?;
    let is_whole = low.fract() == 0.0 && high.fract() == 0.0;
    let fault = |title: String, label: &str| {
        Diagnostic::error(&diagnostic::OUT_OF_RANGE, title).at(&item.span, label)
    };
    if low >= high {
        let title = format!("`{}.{form}` must rise from its first number to its second", written.key);
        r.fault(fault(title, "nothing lies between"));
        return None;
    }
    if form == "int" && !is_whole {
        r.fault(fault(format!("`{}.int` must hold whole numbers", written.key), "not whole"));
        return None;
    }
    let domain = match form {
        "uniform" => Domain::Uniform { low, high },
        "log_uniform" => Domain::LogUniform { low, high },
        _ => Domain::Int { low: low as i64, high: high as i64 },
    };
    let node = |x: f64| if form == "int" { Node::Int(x as i64) } else { Node::Real(x) };
    Some((domain, [low, high].map(|x| Item { node: node(x), span: item.span.clone() })))
}

/// The two numbers of `log = [a, b]` and the like.
fn two(r: &mut Reader<'_>, fields: &Fields, key: &str, form: &str, item: &Item) -> Option<(f64, f64)> {
    let Some(Value::List(ends)) = fields.get(form) else { return None };
    if let [Value::Real(a), Value::Real(b)] = ends.as_slice() {
        return Some((*a, *b));
    }
    let title = format!("`{key}.{form}` must hold two numbers, not {}", ends.len());
    r.fault(Diagnostic::error(&diagnostic::WRONG_TYPE, title).at(&item.span, "expected `[first, last]`"));
    None
}

/// The values of an axis as they would stand in the file.
pub(super) fn items(
    r: &mut Reader<'_>,
    written: &Written<'_>,
    params: &[&'static Param],
) -> Option<Vec<Item>> {
    let key = &written.key;
    match &written.item.node {
        Node::List(items) if items.is_empty() => {
            let fault = Diagnostic::error(&diagnostic::EMPTY_AXIS, format!("the axis `{key}` has no values"))
                .at(&written.item.span, "expected at least one value");
            r.fault(fault);
            None
        }
        Node::List(items) if items.len() > VALUES_MAX => {
            let title = format!("the axis `{key}` has more than {} values", text::grouped(VALUES_MAX as u64));
            r.fault(Diagnostic::error(&diagnostic::SWEEP_TOO_LARGE, title).at(written.key_span, "too many"));
            None
        }
        Node::List(items) => Some(items.clone()),
        Node::Table(table) => spaced(r, written, table, params),
        _ => {
            let title = format!("the axis `{key}` must be a list or a range, not {}", written.item.what());
            let fault = Diagnostic::error(&diagnostic::WRONG_TYPE, title)
                .at(
                    &written.item.span,
                    "expected `[...]`, `{ from, to, points }`, `{ log = [a, b], points }`, or a range to draw from",
                )
                .help("for one value, set the key itself; an axis has a list");
            r.fault(fault);
            None
        }
    }
}

fn spaced(
    r: &mut Reader<'_>,
    written: &Written<'_>,
    table: &Table,
    params: &[&'static Param],
) -> Option<Vec<Item>> {
    if let Some(slot) =
        table.entries.first().filter(|_| !table.entries.iter().any(|s| FORMS.contains(&s.key.as_str())))
    {
        let title = format!("`{}` is no form of an axis", shown(&slot.key));
        let mut fault =
            Diagnostic::error(&diagnostic::UNKNOWN_KEY, title).at(&slot.key_span, "not known here");
        if let Some(near) = text::did_you_mean(&slot.key, FORMS) {
            fault = fault.help(format!("did you mean `{near}`?"));
        }
        r.fault(fault.note(
            "forms: `[...]`, `{ from, to, points }`, `{ log = [a, b], points }`, and for samplers `{ uniform = [a, b] }`, \
             `{ log_uniform = [a, b] }`, `{ int = [a, b] }`",
        ));
        return None;
    }
    let before = r.faults.len();
    let logarithmic = table.get("log").is_some();
    let form = if logarithmic { sections::AXIS_LOG } else { sections::AXIS_LINEAR };
    let fields = r.fields(form, table, &written.item.span, Path::root(&written.key));
    if r.faults.len() > before {
        return None;
    }
    let (from, to) = match table.get("log") {
        Some(item) => two(r, &fields, &written.key, "log", item)?,
        None => (fields.number("from")?, fields.number("to")?),
    };
    let whole = params.iter().all(|p| only_counts(&p.kind));
    let span = written.item.span.clone();
    let points = spread(from, to, fields.count("points")?, logarithmic);
    let item = |x: f64| {
        let node = if whole && (logarithmic || x.fract() == 0.0) {
            Node::Int(x.round() as i64)
        } else {
            Node::Real(x)
        };
        Item { node, span: span.clone() }
    };
    Some(points.into_iter().map(item).collect())
}

fn only_counts(kind: &Kind) -> bool {
    match kind {
        Kind::Count { .. } => true,
        Kind::OneOf(kinds) => {
            kinds.iter().any(|k| matches!(k, Kind::Count { .. }))
                && !kinds.iter().any(|k| matches!(k, Kind::Real(_)))
        }
        _ => false,
    }
}

/// `n` values from `a` to `b`, both included. Rounded to 6 significant digits (logarithmic) or 12 (linear), so that a value
/// is what its label says.
fn spread(a: f64, b: f64, n: usize, logarithmic: bool) -> Vec<f64> {
    let at = |i: usize| {
        let share = i as f64 / (n - 1) as f64;
        let (x, digits) = if logarithmic {
            (libm::exp(libm::log(a) + share * (libm::log(b) - libm::log(a))), 6)
        } else {
            (a + share * (b - a), 12)
        };
        match i {
            0 => a,
            _ if i + 1 == n => b,
            _ => text::significant(x, digits).parse().unwrap_or(x),
        }
    };
    (0..n).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaced_values_are_what_their_labels_say() {
        // Powers of ten are exact at 6 digits; a tenth of 3 is written without its binary tail.
        assert_eq!(spread(1e-3, 1e3, 7, true), [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3]);
        assert_eq!(spread(0.0, 0.3, 4, false), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(spread(2.0, 1.0, 2, false), [2.0, 1.0]);
    }
}
