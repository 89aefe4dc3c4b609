//! Results looked up: which trials a configuration has, what they reached, how they ended.
//!
//! Also the one place that says which trials count in which number. It decides nothing: see `selection` and `comparison`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{DataFacts, Results};
use crate::catalog::{Facts, sections};
use crate::event::{End, MetricNames, TrialRecord};
use crate::plan::{Plan, Score, Trial};
use crate::spec::{Fault, Part, Split, Task, VARIANT};
use crate::stats::{self, Folds, Interval, SEEDS_MIN, Summary};

/// What a trial came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Beat the baseline by the margin.
    Learned,
    /// Ended without beating it.
    Baseline,
    Diverged,
    NonFinite,
}

impl Outcome {
    pub(super) const ALL: [Outcome; 4] =
        [Outcome::Learned, Outcome::Baseline, Outcome::Diverged, Outcome::NonFinite];

    /// The word in `trials.csv`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Learned => "learned",
            Outcome::Baseline => "baseline",
            Outcome::Diverged => "diverged",
            Outcome::NonFinite => "non_finite",
        }
    }
}

/// A trial of the plan with its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done<'a> {
    pub(super) trial: &'a Trial,
    pub(super) record: &'a TrialRecord,
    pub(super) outcome: Outcome,
}

impl Done<'_> {
    /// NaN where it was not measured.
    pub(super) fn value(&self, part: Part, metric: &str) -> f64 {
        let same = |m: &crate::event::FinalMetric<'_>| m.part == part && m.name == metric;
        self.record.metrics.iter().find(same).map_or(f64::NAN, |m| m.value)
    }

    /// Like [`Done::value`], but a trial that failed is worse than any number, whatever it had reached.
    pub(super) fn ranked(&self, part: Part, metric: &str, higher_is_better: bool) -> f64 {
        let value = if self.record.end.failed() { f64::NAN } else { self.value(part, metric) };
        match (value.is_nan(), higher_is_better) {
            // Negative zero is zero.
            (false, _) => value + 0.0,
            (true, true) => f64::NEG_INFINITY,
            (true, false) => f64::INFINITY,
        }
    }
}

/// One metric of one configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reached {
    /// Of the trials that learned.
    pub(super) learned: Option<Summary>,
    /// Of their mean; `None` below `SEEDS_MIN` of them.
    pub(super) interval: Option<Interval>,
    /// Of all trials, a failed one counted as worse than any number; `None` when it falls on one.
    pub(super) median: Option<f64>,
    /// Of the trials that did not fail.
    pub(super) best: Option<f64>,
}

/// Rows of `metrics.csv`, about: more are thinned.
const METRICS_ROWS: usize = 6_000;
/// Points that each trial keeps of its curve, however many trials there are.
const POINTS_MIN: usize = 4;

/// How the trials of one configuration ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    pub(super) planned: usize,
    pub(super) done: usize,
    pub(super) failed: usize,
    pub(super) learned: usize,
    /// `None` for folds.
    pub(super) success: Option<Interval>,
}

impl Tally {
    pub(super) fn rate(&self) -> Option<f64> {
        (self.done > 0).then(|| self.learned as f64 / self.done as f64)
    }
}

pub(super) struct View<'a> {
    pub(super) results: &'a Results<'a>,
    /// By configuration, in the order of the plan: every trial that is done.
    all: Vec<Vec<Done<'a>>>,
    /// Those that its results are of: on fresh seeds where there are any, else those of its last rung.
    done: Vec<Vec<Done<'a>>>,
    /// Those that it is chosen by: of its last rung, on the seeds of the search.
    choosing: Vec<Vec<Done<'a>>>,
    planned: Vec<usize>,
    planned_choosing: Vec<usize>,
    /// Where the trials of its last rung are stopped.
    rungs: Vec<Option<usize>>,
    /// Whether anything is confirmed on fresh seeds.
    pub(super) confirmed: bool,
    /// Names of the final metrics, each once, in the order of the catalogue (loss first).
    pub(super) metric_names: Vec<String>,
    /// Parts in which something was measured.
    pub(super) parts: Vec<Part>,
    /// The metric that decides.
    pub(super) metric: String,
    pub(super) higher_is_better: bool,
    /// Which part chooses, and which part judges.
    pub(super) chooses: Part,
    pub(super) judges: Part,
    /// Trials are missing of a search: what is chosen may change, and the test part stays closed.
    pub(super) is_searching: bool,
    pub(super) confidence: f64,
    pub(super) margin: f64,
    pub(super) folds: Folds,
}

impl<'a> View<'a> {
    pub(super) fn new(results: &'a Results<'a>) -> View<'a> {
        let plan = results.plan;
        let compare = results.experiment.compare.as_ref();
        let margin = compare.map_or(sections::SUCCESS_MARGIN, |c| c.success_margin);
        let mut records: Vec<Option<&TrialRecord>> = vec![None; plan.trials.len()];
        for record in results.records {
            if let Some(slot) = records.get_mut(record.trial) {
                *slot = Some(record);
            }
        }
        let count = plan.configurations.len();
        let (rungs, confirmed) = last_rungs(plan);
        let is_told = |t: &Trial| match confirmed[t.configuration] {
            true => t.confirms,
            false => t.until == rungs[t.configuration],
        };
        let is_choosing = |t: &Trial| !t.confirms && t.until == rungs[t.configuration];
        let (mut planned, mut planned_choosing) = (vec![0; count], vec![0; count]);
        let (mut all, mut done, mut choosing) =
            (vec![Vec::new(); count], vec![Vec::new(); count], vec![Vec::new(); count]);
        for trial in &plan.trials {
            let at = trial.configuration;
            planned[at] += usize::from(is_told(trial));
            planned_choosing[at] += usize::from(is_choosing(trial));
            let Some(record) = records[trial.index] else { continue };
            let one = Done { trial, record, outcome: outcome(record, margin) };
            all[at].push(one);
            if is_told(trial) {
                done[at].push(one);
            }
            if is_choosing(trial) {
                choosing[at].push(one);
            }
        }
        let lists = name_lists(results.records);
        let metric_names = metric_names(results, &lists);
        let metric = compare.map_or_else(|| main_metric(results, &metric_names), |c| c.metric.clone());
        let measured = |part: &Part| lists.iter().any(|list| list.iter().any(|(p, _)| p == part));
        let parts: Vec<Part> = Part::ALL.into_iter().filter(measured).collect();
        let chooses = if parts.contains(&Part::Validation) { Part::Validation } else { Part::Train };
        let searches = results.experiment.sweep.is_drawn() || compare.is_some_and(|c| !c.tune.is_empty());
        let is_searching = searches && results.records.len() < results.plan.trials.len();
        View {
            results,
            all,
            done,
            choosing,
            planned,
            planned_choosing,
            rungs,
            confirmed: confirmed.contains(&true),
            higher_is_better: higher_is_better(results, &metric),
            metric,
            chooses,
            judges: if parts.contains(&Part::Test) && !is_searching { Part::Test } else { chooses },
            is_searching,
            parts,
            metric_names,
            confidence: compare.map_or(sections::CONFIDENCE, |c| c.confidence),
            margin,
            folds: folds(results),
        }
    }

    /// The mistakes that a configuration makes on purpose.
    pub(super) fn fault(&self, configuration: usize) -> &'a Fault {
        &self.results.plan.configurations[configuration].configuration.fault
    }

    /// Whether any configuration makes one.
    pub(super) fn has_faults(&self) -> bool {
        (0..self.configurations()).any(|c| !self.fault(c).is_none())
    }

    pub(super) fn configurations(&self) -> usize {
        self.done.len()
    }

    /// The trials of a configuration that are done, in the order of the plan.
    pub(super) fn done(&self, configuration: usize) -> &[Done<'a>] {
        &self.done[configuration]
    }

    /// Every trial of a configuration that is done: of all rungs, on all seeds.
    pub(super) fn all(&self, configuration: usize) -> &[Done<'a>] {
        &self.all[configuration]
    }

    /// The trials that a configuration is chosen by.
    pub(super) fn choosing(&self, configuration: usize) -> &[Done<'a>] {
        &self.choosing[configuration]
    }

    /// Epochs after which its sampler stopped a configuration for good; `None` where it trained for its whole budget.
    pub(super) fn rung(&self, configuration: usize) -> Option<usize> {
        self.rungs[configuration]
    }

    pub(super) fn higher_is_better(&self, metric: &str) -> bool {
        higher_is_better(self.results, metric)
    }

    /// The data sets, each once: configurations may prepare the same one differently.
    pub(super) fn sets(&self) -> Vec<&'a DataFacts> {
        let mut sets: Vec<&DataFacts> = Vec::new();
        for facts in &self.results.data {
            if !sets.contains(&facts) {
                sets.push(facts);
            }
        }
        sets
    }

    /// What selection goes by: the metric on the part that chooses, over the seeds of the search. A configuration that was stopped
    /// before its budget is worse than any that was not.
    pub(super) fn score(&self, configuration: usize) -> Score {
        let done = self.choosing[configuration].iter();
        let value = |d: &Done<'_>| d.ranked(self.chooses, &self.metric, self.higher_is_better);
        let values: Vec<f64> =
            done.map(|d| if self.higher_is_better { value(d) } else { -value(d) }).collect();
        let mut score = Score::of(&values);
        score.failed += self.planned_choosing[configuration] - values.len();
        match self.rungs[configuration] {
            None => score,
            Some(_) => Score { failed: usize::MAX, ..score },
        }
    }

    /// The same of the trials that are stopped after these epochs, whatever came later.
    pub(super) fn score_on(&self, configuration: usize, until: Option<usize>) -> Score {
        let on = self.all[configuration].iter().filter(|d| !d.trial.confirms && d.trial.until == until);
        let value = |d: &Done<'_>| d.ranked(self.chooses, &self.metric, self.higher_is_better);
        Score::of(&on.map(|d| if self.higher_is_better { value(d) } else { -value(d) }).collect::<Vec<_>>())
    }

    /// Whether there is a trial to select a configuration by.
    pub(super) fn is_tried(&self, configuration: usize) -> bool {
        !self.choosing[configuration].is_empty()
    }

    /// Whether trials that it is to be selected by are missing.
    pub(super) fn is_waiting(&self, configuration: usize) -> bool {
        self.choosing[configuration].len() < self.planned_choosing[configuration]
    }

    /// The mean of the metric in [`View::score`]; `None` where all failed.
    pub(super) fn mean_score(&self, configuration: usize) -> Option<f64> {
        let mean = self.score(configuration).mean;
        let mean = if self.higher_is_better { mean } else { -mean };
        mean.is_finite().then_some(mean)
    }

    /// Pairs (seeds, times folds where there are any) that each configuration was planned with.
    pub(super) fn pairs(&self) -> usize {
        let told = |c: &usize| !self.confirmed || self.done[*c].iter().any(|d| d.trial.confirms);
        (0..self.configurations()).filter(told).map(|c| self.planned[c]).max().unwrap_or(0)
    }

    /// Which metric says whether a trial learned: see [`TrialRecord::skill`].
    pub(super) fn skill_metric(&self) -> &'static str {
        if self.results.data.first().is_some_and(|d| d.task == Task::Regression) { "R²" } else { "accuracy" }
    }

    pub(super) fn missing(&self) -> usize {
        self.results.plan.trials.len() - self.all.iter().map(Vec::len).sum::<usize>()
    }

    pub(super) fn failed(&self, configuration: usize) -> usize {
        self.done[configuration].iter().filter(|d| d.record.end.failed()).count()
    }

    /// Which epochs the curves hold: every n-th one, least and most. What a trial says of it is where its second point lies.
    pub(super) fn recorded_every(&self) -> (usize, usize) {
        let stated = self.results.experiment.record.every;
        let seen = || {
            let longer = self.results.records.iter().filter(|r| r.curve.len() > 2);
            longer.map(|r| r.curve[1].epoch - r.curve[0].epoch)
        };
        let least = stated.or_else(|| seen().min()).unwrap_or(1);
        (least, stated.or_else(|| seen().max()).unwrap_or(1))
    }

    /// `metrics.csv` holds every n-th recorded epoch of each trial (and its last), so that a folder can be committed. What the file
    /// asks for by `[record] every` is never thinned.
    pub(super) fn metrics_every(&self) -> usize {
        if self.results.experiment.record.every.is_some() {
            return 1;
        }
        let longest = self.results.records.iter().map(|r| r.curve.len()).max().unwrap_or(0);
        let points = (METRICS_ROWS / self.results.records.len().max(1)).max(POINTS_MIN);
        longest.saturating_sub(1).div_ceil(points).max(1)
    }

    pub(super) fn tally(&self, configuration: usize) -> Tally {
        let done = &self.done[configuration];
        let learned = done.iter().filter(|d| d.outcome == Outcome::Learned).count();
        Tally {
            planned: self.planned[configuration],
            done: done.len(),
            failed: self.failed(configuration),
            learned,
            // The Wilson interval is of independent trials, which folds are not.
            success: stats::wilson(learned as f64, done.len(), self.confidence)
                .filter(|_| self.folds == Folds::Independent),
        }
    }

    pub(super) fn reached(&self, configuration: usize, part: Part, metric: &str) -> Reached {
        let higher = self.higher_is_better(metric);
        let done = &self.done[configuration];
        let learned: Vec<f64> = (done.iter())
            .filter(|d| d.outcome == Outcome::Learned)
            .map(|d| d.value(part, metric))
            .filter(|x| x.is_finite())
            .collect();
        let mut all: Vec<f64> = done.iter().map(|d| d.ranked(part, metric, higher)).collect();
        all.sort_by(f64::total_cmp);
        let best = if higher { all.last() } else { all.first() };
        Reached {
            learned: stats::summary(&learned),
            interval: self.interval(&learned),
            median: median_of_sorted(&all),
            best: best.copied().filter(|x| x.is_finite()),
        }
    }

    /// Of the mean of values of one configuration, corrected for folds; `None` for fewer than `SEEDS_MIN`.
    pub(super) fn interval(&self, values: &[f64]) -> Option<Interval> {
        if values.len() < SEEDS_MIN {
            return None;
        }
        match self.folds {
            Folds::Independent => stats::mean_interval(values, self.confidence),
            Folds::Shared { ratio } => stats::corrected_interval(values, ratio, self.confidence),
        }
    }

    /// Metrics of tables: loss, the one that decides, and the usual one of the task.
    pub(super) fn main_metrics(&self) -> Vec<String> {
        let wanted = ["loss", self.metric.as_str(), "accuracy", "r2", "rmse"];
        self.metric_names.iter().filter(|n| wanted.contains(&n.as_str())).cloned().collect()
    }

    /// See [`label`].
    pub(super) fn label(&self, configuration: usize) -> String {
        label(self.results.plan, configuration)
    }
}

/// `softmax+cross_entropy, learning_rate 0.1`: the labels of a configuration on its axes, or its pairing where there are none.
pub fn label(plan: &Plan, configuration: usize) -> String {
    let planned = &plan.configurations[configuration];
    let labels: Vec<String> = (plan.axes.iter().zip(&planned.labels))
        .filter(|(_, label)| *label != "-")
        .map(|(axis, label)| match axis.as_str() {
            "pairing" | VARIANT => label.clone(),
            key => format!("{} {label}", key.rsplit('.').next().unwrap_or(key)),
        })
        .collect();
    if labels.is_empty() { planned.configuration.pairing.label() } else { labels.join(", ") }
}

/// Of each configuration, where the trials of its last rung are stopped and whether it has trials on fresh seeds.
fn last_rungs(plan: &Plan) -> (Vec<Option<usize>>, Vec<bool>) {
    let mut rungs: Vec<Option<usize>> = vec![Some(0); plan.configurations.len()];
    let mut confirmed = vec![false; plan.configurations.len()];
    for trial in &plan.trials {
        let at = trial.configuration;
        confirmed[at] |= trial.confirms;
        rungs[at] = match (rungs[at], trial.until) {
            (Some(last), Some(until)) => Some(last.max(until)),
            _ => None,
        };
    }
    (rungs, confirmed)
}

/// Quantile definition 7 at one half, for values that may be infinite; `None` where it is not finite.
fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    let middle = sorted.get(n / 2)?;
    let median = if n % 2 == 1 { *middle } else { (sorted[n / 2 - 1] + middle) / 2.0 };
    median.is_finite().then_some(median)
}

fn outcome(record: &TrialRecord, margin: f64) -> Outcome {
    match record.end {
        End::Diverged => Outcome::Diverged,
        End::NonFinite => Outcome::NonFinite,
        // What it had of luck when it was ended is no learning.
        End::Hopeless => Outcome::Baseline,
        _ if record.skill.partial_cmp(&margin).is_some_and(Ordering::is_ge) => Outcome::Learned,
        _ => Outcome::Baseline,
    }
}

/// The lists of final metrics that records have, each once.
fn name_lists(records: &[TrialRecord]) -> Vec<&MetricNames> {
    let mut lists: Vec<&MetricNames> = Vec::new();
    for names in records.iter().map(|r| r.metrics.names()) {
        if !lists.iter().any(|known| Arc::ptr_eq(known, names) || *known == names) {
            lists.push(names);
        }
    }
    lists
}

fn metric_names(results: &Results<'_>, lists: &[&MetricNames]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in lists.iter().flat_map(|list| list.iter()) {
        if !names.contains(&name.as_ref()) {
            names.push(name);
        }
    }
    // The catalogue's order whatever record came first; what it does not know is the loss.
    names.sort_by_key(|n| (results.metrics.iter().position(|e| e.name == *n).map_or(0, |i| i + 1), *n));
    names.into_iter().map(String::from).collect()
}

/// What a task is judged by when the experiment does not say; loss where the task's metric was not measured.
fn main_metric(results: &Results<'_>, measured: &[String]) -> String {
    let regression = results.data.first().is_some_and(|d| d.task == Task::Regression);
    let usual = if regression { "r2" } else { "accuracy" };
    if measured.iter().any(|name| name == usual) { usual.into() } else { "loss".into() }
}

/// A loss is better low; a metric is as its entry says.
fn higher_is_better(results: &Results<'_>, metric: &str) -> bool {
    let entry = results.metrics.iter().find(|e| e.name == metric);
    match (entry.map(|e| &e.facts), &results.experiment.compare) {
        (Some(Facts::Metric { higher_is_better, .. }), _) => *higher_is_better,
        (_, Some(compare)) if compare.metric == metric => compare.higher_is_better,
        _ => false,
    }
}

/// Folds of the plan, with the largest ratio of test to training rows: more correction is more caution.
fn folds(results: &Results<'_>) -> Folds {
    let of = |c: &crate::plan::Planned| match c.configuration.data.split {
        Split::KFold { folds, .. } => Some(folds),
        _ => None,
    };
    let Some(fewest) = results.plan.configurations.iter().filter_map(of).min() else {
        return Folds::Independent;
    };
    // At least what the folds say by themselves; a validation part takes further rows from training.
    let whole = 1.0 / fewest.max(2).saturating_sub(1) as f64;
    let counted =
        results.data.iter().filter(|d| d.parts[0] > 0).map(|d| d.parts[2] as f64 / d.parts[0] as f64);
    Folds::Shared { ratio: counted.fold(whole, f64::max) }
}
