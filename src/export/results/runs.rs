//! Trials as runs: what TensorBoard and MLflow both call a training with its hyperparameters, curves, and final metrics.
//!
//! `trials.csv` and `metrics.csv` have the trials in one order, so both are read side by side and only one run is in memory.

use super::Fault;
use super::source::{Column, Field, Folder, Rows};
use crate::report;

/// A trial with its curve.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) trial: String,
    pub(super) configuration: String,
    /// One for each axis; empty where it does not apply.
    pub(super) axes: Vec<Field>,
    /// Seed and, where there are any, repeat, fold, and the epoch at which its sampler looked at it.
    pub(super) place: Vec<(String, i64)>,
    pub(super) outcome: String,
    pub(super) end: String,
    pub(super) epochs: i64,
    pub(super) best_epoch: i64,
    /// One for each of [`Runs::finals`].
    pub(super) finals: Vec<Option<f64>>,
    pub(super) curve: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) epoch: i64,
    /// One for each of [`Runs::curves`].
    pub(super) values: Vec<Option<f64>>,
}

/// The runs of a folder, one after another.
pub(super) struct Runs {
    pub(super) axes: Vec<Column>,
    /// Tags of final metrics, `final/test_accuracy`.
    pub(super) finals: Vec<String>,
    /// Tags of curves, `accuracy/validation`.
    pub(super) curves: Vec<String>,
    trials: Rows,
    points: Rows,
    /// The row of `metrics.csv` that was read and belongs to a later trial.
    waiting: Option<Vec<Field>>,
}

/// Columns that say which trial of its configuration a row is of.
const PLACE: [&str; 4] = ["seed", "repeat", "fold", "until"];

impl Runs {
    pub(super) fn of(folder: &Folder) -> Result<Runs, Fault> {
        let (trials, mut points) = (folder.rows("trials.csv")?, folder.rows("metrics.csv")?);
        let is_final = |column: &&Column| final_tag(&column.name).is_some();
        let finals = trials.columns.iter().filter(is_final).filter_map(|c| final_tag(&c.name)).collect();
        let curves = points.columns.iter().filter_map(|c| curve_tag(&c.name)).collect();
        let axes = trials.columns.iter().filter(|c| c.is_axis).cloned().collect();
        let waiting = points.next()?;
        Ok(Runs { axes, finals, curves, trials, points, waiting })
    }

    pub(super) fn next(&mut self) -> Result<Option<Run>, Fault> {
        let Some(row) = self.trials.next()? else { return Ok(None) };
        let mut run = self.run(&row);
        while let Some(point) = self.waiting.take() {
            if text(&point, &self.points, "trial") != run.trial {
                self.waiting = Some(point);
                break;
            }
            run.curve.push(self.point(&point));
            self.waiting = self.points.next()?;
        }
        Ok(Some(run))
    }

    fn run(&self, row: &[Field]) -> Run {
        let rows = &self.trials;
        let all = || rows.columns.iter().zip(row);
        let place = PLACE.iter().filter_map(|name| Some(((*name).to_string(), count(row, rows, name)?)));
        Run {
            trial: text(row, rows, "trial"),
            configuration: text(row, rows, "configuration"),
            axes: all().filter(|(column, _)| column.is_axis).map(|(_, field)| field.clone()).collect(),
            place: place.collect(),
            outcome: text(row, rows, "outcome"),
            end: text(row, rows, "end"),
            epochs: count(row, rows, "epochs").unwrap_or_default(),
            best_epoch: count(row, rows, "best_epoch").unwrap_or_default(),
            finals: all()
                .filter(|(c, _)| final_tag(&c.name).is_some())
                .map(|(_, field)| number(field))
                .collect(),
            curve: Vec::new(),
        }
    }

    fn point(&self, row: &[Field]) -> Point {
        let all = self.points.columns.iter().zip(row);
        let values = all.filter(|(column, _)| curve_tag(&column.name).is_some());
        Point {
            epoch: count(row, &self.points, "epoch").unwrap_or_default(),
            values: values.map(|(_, field)| number(field)).collect(),
        }
    }
}

impl Run {
    /// `seed_3`, `seed_0_repeat_1_fold_2`.
    pub(super) fn place_name(&self) -> String {
        let named = self.place.iter().map(|(name, n)| format!("{name}_{n}"));
        named.collect::<Vec<_>>().join("_")
    }
}

/// `test_accuracy` → `final/test_accuracy`; `skill` too.
fn final_tag(column: &str) -> Option<String> {
    let is_final = column == "skill" || report::part_and_metric(column).is_some();
    is_final.then(|| format!("final/{column}"))
}

/// `validation_accuracy` → `accuracy/validation`, so that the parts of a metric stand together.
fn curve_tag(column: &str) -> Option<String> {
    let (part, metric) = report::part_and_metric(column)?;
    Some(format!("{metric}/{}", part.name()))
}

/// Tags of the final metrics that `summary.csv` has: those that matter most.
pub(super) fn main_finals(folder: &Folder) -> Result<Vec<String>, Fault> {
    let summary = folder.rows("summary.csv")?;
    let means = summary.columns.iter().filter_map(|column| report::mean_of(&column.name));
    Ok(means.map(|(part, metric)| format!("final/{}_{metric}", part.name())).collect())
}

/// A label as it is written in the tables.
pub(super) fn label(field: &Field) -> String {
    match field {
        Field::Empty => String::new(),
        Field::Count(n) => n.to_string(),
        Field::Number(x) => crate::text::exact(*x),
        Field::Flag(is_set) => if *is_set { "yes" } else { "no" }.to_string(),
        Field::Text(text) => text.clone(),
    }
}

fn number(field: &Field) -> Option<f64> {
    match field {
        Field::Number(x) => Some(*x),
        _ => None,
    }
}

fn count(row: &[Field], rows: &Rows, column: &str) -> Option<i64> {
    match row.get(rows.place(column)?)? {
        Field::Count(n) => Some(*n),
        _ => None,
    }
}

fn text(row: &[Field], rows: &Rows, column: &str) -> String {
    rows.place(column).and_then(|at| row.get(at)).map(label).unwrap_or_default()
}
