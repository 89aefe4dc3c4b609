//! Arms and their selected configuration: what is compared, chosen on validation.
//!
//! It never looks at the test part; `comparison` opens it for what was selected here.

use super::findings;
use super::view::{Done, View};
use crate::catalog::Value;
use crate::plan;
use crate::spec::{Domain, Part};

/// One value of `compare.by` (or, without `[compare]`, one configuration) and the configurations tried for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arm {
    /// Label on the axis `compare.by`.
    pub(super) label: String,
    /// Labels on the axes that are neither compared nor tuned, `axis = label`: arms are compared within these.
    pub(super) context: Vec<String>,
    pub(super) candidates: Vec<usize>,
    pub(super) selected: usize,
    pub(super) warnings: Vec<Warning>,
}

impl Arm {
    /// The label, with its context where there is one.
    pub(super) fn name(&self) -> String {
        if self.context.is_empty() {
            self.label.clone()
        } else {
            format!("{} ({})", self.label, self.context.join(", "))
        }
    }
}

/// Why a selected configuration may not be the best one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Warning {
    /// Its value is the first or last of a numeric axis.
    Edge { axis: String, label: String, largest: bool },
    /// Most trials were best at their last recorded epoch.
    StillImproving { column: String, trials: usize, of: usize },
    /// No trial learned; so many of them failed. `has_rate`: there is a learning rate to change.
    NothingLearned { failed: usize, of: usize, has_rate: bool, cause: Option<Cause> },
    /// The same where `[fault]` makes a mistake on purpose, told as `output_delta = wrong_sign`: nothing is to be mended.
    NothingLearnedOnPurpose { failed: usize, of: usize, mistake: String },
}

/// What rules found first in an arm that did not learn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cause {
    pub(super) code: &'static str,
    pub(super) says: String,
    /// As TOML.
    pub(super) change: Option<String>,
}

impl Arm {
    /// Why nothing learned, where nothing did and a rule says why.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.warnings.iter().find_map(|warning| match warning {
            Warning::NothingLearned { cause, .. } => cause.as_ref(),
            _ => None,
        })
    }

    fn find_cause(&mut self, view: &View<'_>) {
        for warning in &mut self.warnings {
            let Warning::NothingLearned { cause, .. } = warning else { continue };
            let found = findings::of_configuration(view, self.selected);
            *cause = findings::first_cause(&found).map(|finding| Cause {
                code: finding.rule.code,
                says: finding.says.clone(),
                change: Some(findings::change(&finding.changes)).filter(|change| !change.is_empty()),
            });
        }
    }
}

pub(super) struct Selection {
    pub(super) arms: Vec<Arm>,
    /// Whether anything was chosen: then the test part is opened for the selected configurations only.
    pub(super) tuned: bool,
    /// Keys of the tuned axes.
    pub(super) tune: Vec<String>,
    /// As in the view.
    is_searching: bool,
    /// The arm that selected each configuration.
    arm_of: Vec<Option<usize>>,
}

impl Selection {
    fn new(view: &View<'_>, mut arms: Vec<Arm>, tuned: bool, tune: Vec<String>) -> Selection {
        arms.iter_mut().take(findings::JUDGED_MAX).for_each(|arm| arm.find_cause(view));
        let mut arm_of = vec![None; view.configurations()];
        for (index, arm) in arms.iter().enumerate() {
            arm_of[arm.selected].get_or_insert(index);
        }
        Selection { arms, tuned, tune, is_searching: view.is_searching, arm_of }
    }

    /// Whether results on this part of this configuration may be shown.
    pub(super) fn open(&self, configuration: usize, part: Part) -> bool {
        let is_chosen = || !self.tuned || self.arm_of(configuration).is_some();
        part != Part::Test || (!self.is_searching && is_chosen())
    }

    /// The same for one trial: where what was selected is confirmed, the test part is opened on fresh seeds only.
    pub(super) fn open_trial(&self, view: &View<'_>, done: &Done<'_>, part: Part) -> bool {
        let is_closed = part == Part::Test && view.confirmed && !done.trial.confirms;
        !is_closed && self.open(done.trial.configuration, part)
    }

    /// The arm that selected this configuration.
    pub(super) fn arm_of(&self, configuration: usize) -> Option<usize> {
        self.arm_of[configuration]
    }
}

/// The arms in the order of the plan.
pub(super) fn select(view: &View<'_>) -> Selection {
    let sweep = &view.results.experiment.sweep;
    if view.results.experiment.compare.is_none() && sweep.is_drawn() && view.configurations() > 0 {
        return searched(view);
    }
    let Some(compare) = &view.results.experiment.compare else {
        let arms = (0..view.configurations()).map(|c| single(view, c)).collect();
        return Selection::new(view, arms, false, Vec::new());
    };
    let experiment = view.results.experiment;
    let tune = plan::companions(&experiment.sweep, &compare.tune);
    let found = plan::arms(&experiment.sweep, compare, view.results.plan);
    let arm = |plan::Arm { label, context, candidates }| Arm {
        label,
        context,
        selected: candidates[0],
        candidates,
        warnings: Vec::new(),
    };
    let mut arms: Vec<Arm> = found.into_iter().map(arm).collect();
    for arm in &mut arms {
        arm.selected = best(view, &arm.candidates);
        arm.warnings = warnings(view, arm, &tune);
    }
    Selection::new(view, arms, !compare.tune.is_empty(), tune)
}

/// A search without a comparison is one arm: of all that was tried, one is chosen and judged.
fn searched(view: &View<'_>) -> Selection {
    let sweep = &view.results.experiment.sweep;
    let candidates: Vec<usize> = (0..view.configurations()).collect();
    let tune: Vec<String> = sweep.drawn.iter().map(|a| sweep.axes[*a].key.clone()).collect();
    let selected = best(view, &candidates);
    let label = view.results.plan.configurations[selected].configuration.pairing.label();
    let mut arm = Arm { label, context: Vec::new(), candidates, selected, warnings: Vec::new() };
    arm.warnings = warnings(view, &arm, &tune);
    Selection::new(view, vec![arm], true, tune)
}

fn single(view: &View<'_>, configuration: usize) -> Arm {
    let mut arm = Arm {
        label: view.label(configuration),
        context: Vec::new(),
        candidates: vec![configuration],
        selected: configuration,
        warnings: Vec::new(),
    };
    arm.warnings = warnings(view, &arm, &[]);
    arm
}

/// Candidates by score, the best first; equals in the order of the plan.
pub(super) fn ranked(view: &View<'_>, candidates: &[usize]) -> Vec<usize> {
    let mut scored: Vec<_> = candidates.iter().map(|c| (*c, view.score(*c))).collect();
    scored.sort_by(|a, b| b.1.order(&a.1));
    scored.into_iter().map(|s| s.0).collect()
}

/// The candidate with the best score; of equals the earliest.
pub(super) fn best(view: &View<'_>, candidates: &[usize]) -> usize {
    plan::best(candidates, |c| view.score(c))
}

/// The trial that stands for a configuration: of those that it is chosen by the median on the part that chooses, so that it is
/// neither the luckiest nor the unluckiest; of two middle ones the worse, of equals the first. `None` where every trial failed.
pub(super) fn typical(view: &View<'_>, configuration: usize) -> Option<usize> {
    let sign = if view.higher_is_better { 1.0 } else { -1.0 };
    let value = |d: &Done<'_>| sign * d.ranked(view.chooses, &view.metric, view.higher_is_better);
    let finished = view.choosing(configuration).iter().filter(|d| !d.record.end.failed());
    let mut scored: Vec<(f64, usize)> = finished.map(|d| (value(d), d.trial.index)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let median = scored.get(scored.len().checked_sub(1)? / 2)?.0;
    scored.iter().find(|(value, _)| *value == median).map(|(_, trial)| *trial)
}

fn warnings(view: &View<'_>, arm: &Arm, tune: &[String]) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = tune.iter().filter_map(|key| edge(view, arm, key)).collect();
    warnings.extend(still_improving(view, arm.selected));
    let tally = view.tally(arm.selected);
    if tally.done > 0 && tally.learned == 0 {
        let configuration = &view.results.plan.configurations[arm.selected].configuration;
        let has_rate = configuration.optimizer.method.entry.params.iter().any(|p| p.key == "learning_rate");
        let mistakes = configuration.fault.all();
        let mistakes: Vec<String> = mistakes.iter().map(|(key, word)| format!("{key} = {word}")).collect();
        let (failed, of) = (tally.failed, tally.done);
        let nothing = match mistakes.is_empty() {
            true => Warning::NothingLearned { failed, of, has_rate, cause: None },
            false => Warning::NothingLearnedOnPurpose { failed, of, mistake: mistakes.join(", ") },
        };
        warnings.insert(0, nothing);
    }
    warnings
}

/// The values of a numeric axis that the candidates of an arm take, ascending, each once.
pub(super) fn numeric_values(view: &View<'_>, arm: &Arm, key: &str) -> Vec<f64> {
    let is_numeric = view.results.experiment.sweep.axes.iter().any(|a| a.key == key && a.numeric);
    let mut values: Vec<f64> =
        arm.candidates.iter().filter(|_| is_numeric).filter_map(|&c| number(view, c, key)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// A configuration's value on an axis.
pub(super) fn value<'a>(view: &View<'a>, configuration: usize, key: &str) -> Option<&'a Value> {
    let plan = view.results.plan;
    let axis = plan.axes.iter().position(|a| a == key)?;
    plan.configurations[configuration].values.get(axis)?.as_ref()
}

/// The same where it is a number.
pub(super) fn number(view: &View<'_>, configuration: usize, key: &str) -> Option<f64> {
    match value(view, configuration, key)? {
        Value::Real(x) => Some(*x),
        Value::Count(n) => Some(*n as f64),
        _ => None,
    }
}

/// Ranges that are drawn from end where the file says: within the outer twentieth there is an edge, whatever was drawn.
const EDGE: f64 = 0.05;

/// Of a value on an axis that is drawn from a range: which end it lies at, `Some(None)` where it lies well inside; `None` for other axes.
fn outer_share(view: &View<'_>, key: &str, x: f64) -> Option<Option<bool>> {
    let axis = view.results.experiment.sweep.axes.iter().find(|a| a.key == key);
    let share = match axis?.domain? {
        Domain::LogUniform { low, high } => (x / low).ln() / (high / low).ln(),
        domain => (x - domain.ends().0) / (domain.ends().1 - domain.ends().0),
    };
    Some(if share < EDGE { Some(false) } else { (share > 1.0 - EDGE).then_some(true) })
}

/// Warns unless another value scored the same: then the axis says nothing about a direction.
fn edge(view: &View<'_>, arm: &Arm, key: &str) -> Option<Warning> {
    let values = numeric_values(view, arm, key);
    let chosen = number(view, arm.selected, key)?;
    let (first, last) = (*values.first()?, *values.last()?);
    let side = match outer_share(view, key, chosen) {
        Some(side) => side?,
        None if chosen == first || chosen == last => chosen == last,
        None => return None,
    };
    if values.len() < 2 {
        return None;
    }
    let other = |c: &&usize| number(view, **c, key).is_some_and(|x| x != chosen);
    let selected = view.score(arm.selected);
    if arm.candidates.iter().filter(other).any(|c| view.score(*c).order(&selected).is_eq()) {
        return None;
    }
    let axis = view.results.plan.axes.iter().position(|a| a == key)?;
    let label = view.results.plan.configurations[arm.selected].labels[axis].clone();
    Some(Warning::Edge { axis: key.to_string(), label, largest: side })
}

/// The start and three points after it: of fewer, the last is the best by chance alone too often.
const POINTS_MIN: usize = 4;

/// Warns when most trials that used their whole budget had their best validation metric or loss at the last recorded epoch.
/// A share of few rows seldom rises strictly, so the loss is asked too.
fn still_improving(view: &View<'_>, configuration: usize) -> Option<Warning> {
    let wanted = [format!("validation_{}", view.metric), "validation_loss".to_string()];
    wanted.iter().find_map(|column| improving(view, configuration, column))
}

fn improving(view: &View<'_>, configuration: usize, column: &str) -> Option<Warning> {
    let index = view.results.curve_columns.iter().position(|c| c == column)?;
    let metric = column.trim_start_matches("validation_").to_string();
    let higher = view.higher_is_better(&metric);
    let whole: Vec<_> = (view.done(configuration).iter())
        .filter(|d| d.record.end == crate::event::End::Finished && d.record.curve.len() >= POINTS_MIN)
        .collect();
    let rises = |curve: &[crate::event::CurvePoint]| -> bool {
        let at = |p: &crate::event::CurvePoint| p.values.get(index).copied().unwrap_or(f64::NAN);
        let (last, before) = curve.split_last().expect("several points");
        let beats = |p: &crate::event::CurvePoint| if higher { at(last) > at(p) } else { at(last) < at(p) };
        before.iter().all(beats)
    };
    let trials = whole.iter().filter(|d| rises(&d.record.curve)).count();
    (2 * trials > whole.len()).then(|| Warning::StillImproving {
        column: column.to_string(),
        trials,
        of: whole.len(),
    })
}
