//! Targets: which task they suggest, and numbers made into classes, labels, or values.
//!
//! It does not read files; text targets reach it as class indices.

use crate::data::Targets;
use crate::data::fault::{Faulty, one};
use crate::data::typed::CLASSES_MAX;
use crate::diagnostic::{CONSTANT_TARGET, ONE_CLASS, Span, TOO_MANY_CATEGORIES, WRONG_TASK};
use crate::spec::Task;
use crate::text;

/// Most distinct whole numbers that are taken for classes when no task is given.
pub(crate) const FEW: usize = 20;

/// Whether numeric targets look like classes: whole numbers, at most [`FEW`] distinct ones, at least two rows to each on average.
pub(crate) fn few(distinct: usize, whole: bool, rows: usize) -> bool {
    whole && distinct <= FEW && distinct * 2 <= rows
}

/// The task that numeric targets `[rows × width]` suggest: one column of few whole numbers is a classification,
/// several columns of zeros and ones are labels, all else is a regression.
pub(crate) fn suggested(y: &[f64], width: usize) -> Task {
    if width > 1 {
        let bits = y.iter().all(|&v| v == 0.0 || v == 1.0);
        return if bits { Task::MultiLabel } else { Task::Regression };
    }
    let whole = y.iter().all(|v| v.fract() == 0.0);
    let distinct = distinct(y, FEW + 1).len();
    if few(distinct, whole, y.len()) { Task::Classification } else { Task::Regression }
}

/// Targets of a task from numbers `y`, `[rows × names]`; NaN at time steps where nothing is asked. `classes` says that `y` holds class
/// indices already.
pub(crate) fn build(
    task: Task,
    y: Vec<f64>,
    names: Vec<String>,
    classes: Option<Vec<String>>,
    at: &Span,
) -> Faulty<Targets> {
    if task == Task::Classification && names.len() > 1 {
        let title = format!("a classification takes one target, not {}", names.len());
        return one(&WRONG_TASK, title, at, "for one-hot or several labels use `task = \"multi_label\"`");
    }
    match (task, classes) {
        (Task::Classification, Some(classes)) => {
            named(y.iter().map(|&v| v as u32).collect(), classes, &names[0], at)
        }
        (Task::Classification, None) => {
            let values = distinct(&y, CLASSES_MAX + 1);
            if values.len() > CLASSES_MAX {
                let title =
                    format!("target `{}` has more than {}", names[0], text::count(CLASSES_MAX, "class"));
                return one(
                    &TOO_MANY_CATEGORIES,
                    title,
                    at,
                    "for numbers to be estimated use `task = \"regression\"`",
                );
            }
            let place = |v: &f64| values.partition_point(|known| known < v) as u32;
            let index = y.iter().map(place).collect();
            named(index, values.iter().map(|&v| text::exact(v)).collect(), &names[0], at)
        }
        (Task::MultiLabel, _) => labels(y, names, at),
        (Task::Regression, _) => values(y, names, at),
    }
}

/// Distinct values in ascending order, at most `limit` of them. Negative zero is zero.
fn distinct(y: &[f64], limit: usize) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::new();
    for &value in y {
        let at = values.partition_point(|known| *known < value);
        if values.get(at) != Some(&value) {
            values.insert(at, if value == 0.0 { 0.0 } else { value });
            if values.len() >= limit {
                break;
            }
        }
    }
    values
}

fn named(index: Vec<u32>, names: Vec<String>, target: &str, at: &Span) -> Faulty<Targets> {
    if names.len() < 2 {
        let found = names.first().map_or("nothing", String::as_str);
        let title = format!("target `{target}` has a single class, `{}`", crate::data::fault::cut(found));
        return one(&ONE_CLASS, title, at, "two classes or more are needed");
    }
    Ok(Targets::Classes { index, names })
}

fn labels(y: Vec<f64>, names: Vec<String>, at: &Span) -> Faulty<Targets> {
    if let Some(bad) = y.iter().position(|&v| v != 0.0 && v != 1.0 && !v.is_nan()) {
        let (row, column) = (bad / names.len() + 1, &names[bad % names.len()]);
        let title = format!("row {row}, target `{column}`: a label is 0 or 1, not `{}`", text::exact(y[bad]));
        return one(&WRONG_TASK, title, at, "`task = \"multi_label\"` takes columns of 0 and 1");
    }
    Ok(Targets::Values { values: without_gaps(y), names })
}

/// What stands where nothing is asked.
fn without_gaps(mut y: Vec<f64>) -> Vec<f64> {
    y.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
    y
}

fn values(y: Vec<f64>, names: Vec<String>, at: &Span) -> Faulty<Targets> {
    for (column, name) in names.iter().enumerate() {
        let mut all = y.iter().skip(column).step_by(names.len()).filter(|v| !v.is_nan());
        let first = all.next();
        if all.all(|v| Some(v) == first) {
            let found = first.map_or_else(String::new, |v| text::exact(*v));
            let title = format!("target `{name}` is {found} in every row");
            return one(&CONSTANT_TARGET, title, at, "nothing can be learned about it");
        }
    }
    Ok(Targets::Values { values: without_gaps(y), names })
}
