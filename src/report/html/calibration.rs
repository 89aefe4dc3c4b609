//! How confidence and accuracy agree: a reliability diagram of each arm (DeGroot and Fienberg 1983; Guo et al. 2017).
//!
//! The bins are those of the metric `expected_calibration_error`, rows of all trials of an arm together. It judges nothing.

use serde::Serialize;

use super::{Head, Number, drawn};
use crate::event::Calibration;
use crate::report::page::Page;
use crate::report::selection::Arm;
use crate::report::view::{Done, View};
use crate::text;

/// Those of the metric.
const BINS: usize = 15;
/// More lines are not told apart.
const ARMS_MAX: usize = 24;

#[derive(Serialize)]
pub(super) struct Reliability {
    #[serde(flatten)]
    pub(super) head: Head,
    bins: usize,
    arms: Vec<Pooled>,
}

/// Of one arm.
#[derive(Serialize)]
struct Pooled {
    name: String,
    trials: usize,
    /// The metric, mean over the trials.
    error: Option<Number>,
    /// Bins with rows, ascending; of each its number, rows, rows that are right, and mean confidence.
    bins: Vec<(usize, u64, u64, Option<Number>)>,
}

/// `None` where no trial has any.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Reliability> {
    let view = page.view;
    let all = &page.selection.arms;
    let arms: Vec<Pooled> = all.iter().take(ARMS_MAX).filter_map(|arm| pooled(view, arm)).collect();
    let mut note = format!(
        "Rows of the {} part by confidence, the largest of a row's outputs after all of them were divided by their sum, in {BINS} bins \
         of equal width: mean confidence and share of right predictions of each bin, {}. A point below the line is too sure, one above it \
         not sure enough. Hollow point: fewer than 10 rows.",
        view.judges.name(),
        trials(arms.iter().map(|arm| arm.trials)),
    );
    if all.len() > ARMS_MAX {
        note.push_str(&format!(" The first {ARMS_MAX} of {} arms.", text::grouped(all.len() as u64)));
    }
    let left_out = all.len().min(ARMS_MAX) - arms.len();
    if left_out > 0 && !arms.is_empty() {
        note.push_str(&format!(
            " {} left out: outputs that cannot be read as probabilities, or records of an earlier version.",
            text::count(left_out, "arm")
        ));
    }
    let head = Head { id: "calibration".into(), title: "Calibration".into(), note, file: "summary.csv" };
    (!arms.is_empty()).then_some(Reliability { head, bins: BINS, arms })
}

/// `the 5 trials ... taken together`.
fn trials(counts: impl Iterator<Item = usize> + Clone) -> String {
    let (low, high) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let number = if low == high { text::count(low, "trial") } else { format!("{low} to {high} trials") };
    format!("the {number} of an arm that did not fail taken together")
}

fn pooled(view: &View<'_>, arm: &Arm) -> Option<Pooled> {
    let told: Vec<(&Done<'_>, &Calibration)> =
        view.done(arm.selected).iter().filter_map(|d| Some((d, calibration(view, d)?))).collect();
    let mut bins = [(0_u64, 0_u64, 0.0); BINS];
    for bin in told.iter().flat_map(|(_, c)| &c.bins) {
        if let Some(sum) = bins.get_mut(usize::from(bin.index)) {
            sum.0 += u64::from(bin.rows);
            sum.1 += u64::from(bin.right);
            sum.2 += f64::from(bin.confidence);
        }
    }
    let filled = (0..).zip(bins).filter(|(_, bin)| bin.0 > 0);
    let error = told.iter().map(|(d, _)| d.value(view.judges, "expected_calibration_error")).sum::<f64>();
    (!told.is_empty()).then(|| Pooled {
        name: arm.name(),
        trials: told.len(),
        error: drawn(error / told.len() as f64),
        bins: filled
            .map(|(index, (rows, right, sum))| (index, rows, right, drawn(sum / rows as f64)))
            .collect(),
    })
}

fn calibration<'a>(view: &View<'_>, done: &Done<'a>) -> Option<&'a Calibration> {
    let portrait = done.record.portrait.as_deref().filter(|_| !done.record.end.failed())?;
    portrait.calibration.as_ref().filter(|c| c.part == view.judges)
}
