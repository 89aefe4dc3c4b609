//! Learning curves of the arms as the page draws them: means with bands, single trials, and the epochs at which findings begin to hold.
//!
//! The same means as in `figures/`, of more arms; what is thinned is said in the note.

use serde::Serialize;

use super::{Head, Number, drawn, rounded};
use crate::report::curves as summarised;
use crate::report::figures::{leaves_out, loss_units, shown};
use crate::report::findings::Found;
use crate::report::page::Page;
use crate::report::selection;
use crate::report::tables::open_column;
use crate::report::view::View;
use crate::text;

/// Arms with curves; more are not told apart by any reader.
const ARMS_MAX: usize = 24;
/// Points of a line, at most and at least.
const POINTS: (usize, usize) = (160, 30);
/// Numbers of all means and bands together, about.
const NUMBERS_MAX: usize = 60_000;
/// Single trials: of an arm, of all arms, points of each at least, and numbers of all together, about. More would make up most of the
/// page.
const TRIALS_MAX: usize = 30;
const SINGLES_MAX: usize = 160;
const SINGLE_POINTS_MIN: usize = 25;
const SINGLE_NUMBERS_MAX: usize = 8_000;

#[derive(Serialize)]
pub(super) struct Curves {
    #[serde(flatten)]
    pub(super) head: Head,
    columns: Vec<Column>,
    arms: Vec<Arm>,
}

/// What is measured, where.
#[derive(Serialize)]
struct Column {
    metric: String,
    /// `training part`.
    part: String,
}

#[derive(Serialize)]
struct Arm {
    name: String,
    /// Trials that did not fail.
    trials: usize,
    epochs: Vec<usize>,
    /// Trials at each epoch.
    n: Vec<usize>,
    /// For each column.
    lines: Vec<Line>,
    single: Vec<Single>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<Mark>,
}

/// Where a finding begins to hold.
#[derive(Serialize)]
struct Mark {
    epoch: usize,
    code: &'static str,
}

/// Of one column, a number for each epoch.
#[derive(Default, Serialize)]
struct Line {
    mean: Vec<Option<Number>>,
    q10: Vec<Option<Number>>,
    q90: Vec<Option<Number>>,
    /// The interval of the mean.
    low: Vec<Option<Number>>,
    high: Vec<Option<Number>>,
}

/// One trial.
#[derive(Serialize)]
struct Single {
    /// `seed 3`.
    name: String,
    /// Left out where they are those of the trial before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<Vec<usize>>,
    /// For each column.
    lines: Vec<Vec<Option<Number>>>,
}

/// `None` where nothing has a curve.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Curves> {
    let view = page.view;
    let all: Vec<usize> = page.selection.arms.iter().map(|a| a.selected).collect();
    let told: Vec<usize> = match all.len() {
        0..=ARMS_MAX => (0..all.len()).collect(),
        // The order of the score, back to arms.
        _ => {
            let best = selection::ranked(view, &all);
            let mut told: Vec<usize> =
                (0..all.len()).filter(|a| best[..ARMS_MAX].contains(&all[*a])).collect();
            told.truncate(ARMS_MAX);
            told
        }
    };
    let columns = columns(page, &told);
    let summaries: Vec<summarised::Curves> =
        told.iter().map(|a| summarised::of_configuration(view, all[*a])).collect();
    if columns.is_empty() || summaries.iter().all(|c| c.points.iter().filter(|p| shown(c, p)).count() < 2) {
        return None;
    }
    let points = (NUMBERS_MAX / (5 * columns.len() * told.len()).max(1)).clamp(POINTS.1, POINTS.0);
    let trials = (SINGLES_MAX / told.len().max(1)).clamp(1, TRIALS_MAX);
    let singles = told.iter().map(|a| view.done(all[*a]).len().min(trials)).sum::<usize>();
    let each = (SINGLE_NUMBERS_MAX / (columns.len() * singles).max(1)).clamp(SINGLE_POINTS_MIN, POINTS.0);
    let arms: Vec<Arm> = (told.iter().zip(&summaries))
        .map(|(arm, summary)| {
            let at: Vec<usize> = columns.iter().map(|c| c.0).collect();
            let mut line = mean(summary, &at, points);
            line.name = page.selection.arms[*arm].name();
            line.single = single(view, all[*arm], &at, (trials, each));
            line.marks = marks(page, all[*arm]);
            line
        })
        .collect();
    let mut note = note(page, told.len(), summaries.iter().any(leaves_out), (points, each), trials);
    note.push_str(&marks_told(&arms));
    let columns = columns.into_iter().map(|c| c.1).collect();
    let head = Head { id: "curves".into(), title: "Learning curves".into(), note, file: "curves.csv" };
    Some(Curves { head, columns, arms })
}

/// Places and names of the columns that may be shown for all of these arms, loss first.
fn columns(page: &Page<'_, '_>, arms: &[usize]) -> Vec<(usize, Column)> {
    let open =
        |name: &str| arms.iter().all(|a| open_column(page.selection, page.selection.arms[*a].selected, name));
    let named = |(index, name): (usize, &String)| {
        let (part, metric) = name.split_once('_')?;
        let part = match part {
            "train" => "training part".to_string(),
            other => format!("{other} part"),
        };
        open(name).then(|| (index, Column { metric: metric.to_string(), part }))
    };
    page.view.results.curve_columns.iter().enumerate().filter_map(named).collect()
}

/// Positions of at most about `most` of `n`, the first and the last among them.
fn thinned(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let every = n.div_ceil(most).max(1);
    (0..n).filter(move |i| i % every == 0 || i + 1 == n)
}

fn mean(summary: &summarised::Curves, columns: &[usize], most: usize) -> Arm {
    let points: Vec<_> = summary.points.iter().filter(|p| shown(summary, p)).collect();
    let kept: Vec<_> = thinned(points.len(), most).map(|i| points[i]).collect();
    let line = |column: &usize| {
        let mut line = Line::default();
        for point in &kept {
            let band = point.bands[*column].as_ref();
            line.mean.push(band.and_then(|b| drawn(b.mean)));
            line.q10.push(band.and_then(|b| drawn(b.q10)));
            line.q90.push(band.and_then(|b| drawn(b.q90)));
            line.low.push(band.and_then(|b| drawn(b.interval?.low)));
            line.high.push(band.and_then(|b| drawn(b.interval?.high)));
        }
        line
    };
    Arm {
        name: String::new(),
        trials: summary.trials,
        epochs: kept.iter().map(|p| p.epoch).collect(),
        n: kept.iter().map(|p| p.n).collect(),
        lines: columns.iter().map(line).collect(),
        single: Vec::new(),
        marks: Vec::new(),
    }
}

/// The findings of a configuration that have an epoch, the same as the page tells.
fn marks(page: &Page<'_, '_>, configuration: usize) -> Vec<Mark> {
    let told = page.findings.get(configuration).iter().filter(|found| found.is_told());
    let mark = |found: &Found<'_>| {
        let finding = found.finding();
        finding.at.map(|(epoch, _)| Mark { epoch, code: finding.rule.code })
    };
    told.filter_map(mark).collect()
}

/// Marks that are named in the text.
const MARKS_TOLD: usize = 8;

/// What the marks are, for those who do not see the chart.
fn marks_told(arms: &[Arm]) -> String {
    let of = |arm: &Arm| {
        let (name, several) = (arm.name.clone(), arms.len() > 1);
        let told = move |mark: &Mark| match several {
            true => format!("{} of {name} at epoch {}", mark.code, mark.epoch),
            false => format!("{} at epoch {}", mark.code, mark.epoch),
        };
        arm.marks.iter().map(told).collect::<Vec<_>>()
    };
    let all: Vec<String> = arms.iter().flat_map(of).collect();
    if all.is_empty() {
        return String::new();
    }
    let more =
        if all.len() > MARKS_TOLD { format!("; and {} more", all.len() - MARKS_TOLD) } else { String::new() };
    let shown = all.iter().take(MARKS_TOLD).cloned().collect::<Vec<_>>().join("; ");
    format!(" Upright dashed lines: where a finding begins to hold ({shown}{more}).")
}

/// The first trials of a configuration, failed ones too: a curve that breaks off is worth seeing. `most`: trials, and points of each.
fn single(view: &View<'_>, configuration: usize, columns: &[usize], most: (usize, usize)) -> Vec<Single> {
    let mut before: Vec<usize> = Vec::new();
    let of = |done: &crate::report::view::Done<'_>| {
        let curve = &done.record.curve;
        let kept: Vec<usize> = thinned(curve.len(), most.1).collect();
        let value = |i: &usize, c: usize| curve[*i].values.get(c).and_then(|x| rounded(*x, 4));
        let fold = done.trial.fold.map_or(String::new(), |f| format!(", fold {}.{}", f.repeat, f.index));
        let failed = if done.record.end.failed() { ", failed" } else { "" };
        let epochs: Vec<usize> = kept.iter().map(|i| curve[*i].epoch).collect();
        let is_same = epochs == before;
        before.clone_from(&epochs);
        Single {
            name: format!("seed {}{fold}{failed}", done.trial.seed),
            epochs: (!is_same).then_some(epochs),
            lines: columns.iter().map(|c| kept.iter().map(|i| value(i, *c)).collect()).collect(),
        }
    };
    view.done(configuration).iter().take(most.0).map(of).collect()
}

/// What lines and bands are, and what was left out.
fn note(page: &Page<'_, '_>, told: usize, stopped: bool, most: (usize, usize), trials: usize) -> String {
    let (view, total) = (page.view, page.selection.arms.len());
    let mut note = String::from(if stopped {
        "Line: mean of the trials still training, as long as half of them are."
    } else {
        "Line: mean of the trials that did not fail."
    });
    if let Some(what) = loss_units(view, page.selection) {
        note.push_str(&format!(" Arms differ in {what}: compare shapes of the loss, not heights."));
    }
    if told < total {
        let of = text::grouped(total as u64);
        note.push_str(&format!(
            " The {told} of {of} with the best {} {} are drawn.",
            view.chooses.name(),
            view.metric
        ));
    }
    let longest = view.results.records.iter().map(|r| r.curve.len()).max().unwrap_or(0);
    if longest > most.0 {
        note.push_str(&format!(" A line has at most about {} of {longest} recorded epochs.", most.0));
    }
    let cut = page.selection.arms.iter().map(|a| view.done(a.selected).len()).max().unwrap_or(0);
    if cut > trials {
        note.push_str(&format!(" Single trials are the first {trials} of each arm (of up to {cut})."));
    }
    if longest > most.1 && most.1 < most.0 {
        note.push_str(&format!(" Their lines have at most about {} of {longest} recorded epochs.", most.1));
    }
    note
}
