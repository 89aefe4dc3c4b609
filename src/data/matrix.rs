//! Tables of numbers without text: what generators make and what IDX and NPY files hold, chosen by column name.
//!
//! Typed text files go through `typed`. It does not read files.

use crate::data::fault::{self, Faults, Faulty, one};
use crate::data::finish::{Raw, check_size};
use crate::diagnostic::{
    Diagnostic, EMPTY_COLUMN, INFINITE_VALUE, MISSING_VALUE, NO_TARGET, SHAPE_MISMATCH, Span, UNKNOWN_PART,
    UNSUPPORTED_TYPE,
};
use crate::spec::{self, Missing, Split, Task};
use crate::text;

/// Columns side by side.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    pub(crate) names: Vec<String>,
    /// `[rows × names]`, row-major.
    pub(crate) x: Vec<f64>,
    pub(crate) target_names: Vec<String>,
    /// `[rows × target_names]`, row-major.
    pub(crate) y: Vec<f64>,
    /// The task when the experiment names none; `None`: suggested by the values.
    pub(crate) task: Option<Task>,
}

impl Matrix {
    fn rows(&self) -> usize {
        match self.names.len() {
            0 => self.y.len() / self.target_names.len().max(1),
            width => self.x.len() / width,
        }
    }

    fn value(&self, row: usize, column: usize) -> f64 {
        match column.checked_sub(self.names.len()) {
            None => self.x[row * self.names.len() + column],
            Some(target) => self.y[row * self.target_names.len() + target],
        }
    }
}

/// The chosen columns of a matrix, its gaps treated as the experiment says.
pub(crate) fn raw(matrix: Matrix, spec: &spec::Data, at: &Span) -> Faulty<Raw> {
    if !matrix.y.is_empty() && matrix.y.len() / matrix.target_names.len() != matrix.rows() {
        let title = format!(
            "{} of features, but {} of labels",
            text::count(matrix.rows(), "row"),
            text::count(matrix.y.len() / matrix.target_names.len(), "row")
        );
        return one(&SHAPE_MISMATCH, title, at, "features and labels need the same number of rows");
    }
    let (features, targets) = choose(&matrix, spec, at)?;
    check_size(matrix.rows(), features.len(), spec, at)?;
    let all: Vec<usize> = features.iter().chain(&targets).copied().collect();
    let dropped = check_values(&matrix, &all, features.len(), spec, at)?;
    let name = |&c: &usize| match c.checked_sub(matrix.names.len()) {
        None => matrix.names[c].clone(),
        Some(target) => matrix.target_names[target].clone(),
    };
    let (feature_names, target_names) =
        (features.iter().map(name).collect(), targets.iter().map(name).collect());
    let pick = |columns: &[usize]| -> Vec<f64> {
        let rows = (0..matrix.rows()).filter(|row| dropped.binary_search(row).is_err());
        rows.flat_map(|row| columns.iter().map(move |&c| (row, c)))
            .map(|(row, c)| matrix.value(row, c))
            .collect()
    };
    let whole = dropped.is_empty() && features.iter().copied().eq(0..matrix.names.len());
    let y = pick(&targets);
    let x = if whole { Vec::new() } else { pick(&features) };
    let task = spec.task.or(matrix.task);
    let x = if whole { matrix.x } else { x };
    Ok(Raw { feature_names, x, target_names, y, task, dropped: dropped.len(), ..Raw::default() })
}

/// Feature and target columns; targets follow the features in numbering.
fn choose(matrix: &Matrix, spec: &spec::Data, at: &Span) -> Faulty<(Vec<usize>, Vec<usize>)> {
    let all: Vec<String> = matrix.names.iter().chain(&matrix.target_names).cloned().collect();
    let mut faults = Faults::default();
    let mut find = |name: &String, key: &str, role: &str| {
        let found = all.iter().position(|n| n == name);
        if found.is_none() {
            let place = spec.places.of(key, name).unwrap_or(at);
            faults.push(|| fault::unknown_column(name, role, &all).at(place, "not a column of this data"));
        }
        found
    };
    let named: Vec<usize> = spec.target.iter().filter_map(|n| find(n, "target", "target")).collect();
    let wanted: Vec<usize> = spec.features.iter().filter_map(|n| find(n, "features", "feature")).collect();
    let ignored: Vec<usize> =
        spec.ignore.iter().filter_map(|n| find(n, "ignore", "ignored column")).collect();
    let categorical: Vec<usize> =
        spec.categorical.iter().filter_map(|n| find(n, "categorical", "categorical column")).collect();
    faults.finish()?;
    if let Some(&column) = categorical.first() {
        let title = format!("`{}` cannot be categorical: this data holds numbers only", all[column]);
        return one(&UNSUPPORTED_TYPE, title, at, "categories need a CSV file");
    }
    if let Split::Predefined { column } = &spec.split {
        let title = format!("the split column `{column}` needs text, and this data holds numbers only");
        return one(&UNKNOWN_PART, title, at, "a predefined split needs a CSV file");
    }
    let targets = if named.is_empty() { (matrix.names.len()..all.len()).collect() } else { named };
    if targets.is_empty() {
        return one(
            &NO_TARGET,
            "there are no labels and no target column is named",
            at,
            "give `labels` or `target`",
        );
    }
    let chosen =
        |c: &usize| !targets.contains(c) && !ignored.contains(c) && (wanted.is_empty() || wanted.contains(c));
    Ok(((0..matrix.names.len()).filter(chosen).collect(), targets))
}

/// Faults of single values; the rows to leave out, ascending.
fn check_values(
    matrix: &Matrix,
    columns: &[usize],
    features: usize,
    spec: &spec::Data,
    at: &Span,
) -> Faulty<Vec<usize>> {
    let (mut faults, mut dropped) = (Faults::default(), Vec::new());
    let mut filled = vec![false; features];
    let all: Vec<&String> = matrix.names.iter().chain(&matrix.target_names).collect();
    for row in 0..matrix.rows() {
        let mut drop = false;
        for (index, &column) in columns.iter().enumerate() {
            let value = matrix.value(row, column);
            let place = || format!("row {}, column `{}`", row + 1, all[column]);
            if value.is_infinite() {
                let title = || format!("{}: the value is infinite", place());
                faults.push_cell(&INFINITE_VALUE, column, row + 1, || {
                    Diagnostic::error(&INFINITE_VALUE, title()).at(at, "finite numbers are needed")
                });
            } else if value.is_nan() && spec.missing == Missing::DropRow {
                drop = true;
            } else if value.is_nan() && (index >= features || spec.missing == Missing::Error) {
                let title = || format!("{}: the value is missing (NaN)", place());
                let help = "leave such rows out: `missing = \"drop_row\"`";
                faults.push_cell(&MISSING_VALUE, column, row + 1, || {
                    Diagnostic::error(&MISSING_VALUE, title()).at(at, "in this data").help(help)
                });
            } else if index < features {
                filled[index] |= !value.is_nan();
            }
        }
        if drop {
            dropped.push(row);
        }
    }
    if spec.missing != Missing::DropRow && matrix.rows() > 0 {
        for index in (0..features).filter(|&i| !filled[i]) {
            let title = || format!("column `{}` has no value in any row", all[columns[index]]);
            faults.push(|| Diagnostic::error(&EMPTY_COLUMN, title()).at(at, "leave it out with `ignore`"));
        }
    }
    faults.finish().map(|()| dropped)
}
