//! How far a search had come after how much training: the best score on the part that chooses, against budget.
//!
//! For comparing samplers over one budget. Budget is counted in whole trainings, so that what was stopped early costs its share. It
//! looks at validation only; what was chosen is judged elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::figures::{Figure, Panel, SERIES_MAX, Series};
use super::sentences::plus_minus;
use super::tables::{Cell, Table, maybe, names};
use super::view::View;
use super::write::markdown::{code, table};
use super::{File, Results, file, svg, write};
use crate::plan::{self, Score};
use crate::spec::Budget;
use crate::stats::{self, SEEDS_MIN};

/// How one search of one arm went.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The arm searched; empty where nothing is compared.
    pub arm: String,
    /// After each configuration: whole trainings so far, and the best score until then.
    pub points: Vec<(f64, f64)>,
}

/// The searches of one experiment with several seeds of its sampler.
#[derive(Clone, Debug, PartialEq)]
pub struct Searches {
    /// Name of the experiment, with its arm where there are several.
    pub name: String,
    /// Its sampler.
    pub method: String,
    pub progress: Vec<Progress>,
}

/// The progress of every arm of a sweep that draws; none of a grid, which has no order.
pub fn progress(results: &Results<'_>) -> Vec<Progress> {
    let experiment = results.experiment;
    if !experiment.sweep.is_drawn() {
        return Vec::new();
    }
    let view = View::new(results);
    let arms: Vec<(String, Vec<usize>)> = match &experiment.compare {
        None => vec![(String::new(), (0..view.configurations()).collect())],
        Some(compare) => {
            let arms = plan::arms(&experiment.sweep, compare, results.plan);
            let name = |a: &plan::Arm| [vec![a.label.clone()], a.context.clone()].concat().join(", ");
            arms.into_iter().map(|a| (name(&a), a.candidates)).collect()
        }
    };
    arms.into_iter().map(|(arm, own)| Progress { arm, points: points(&view, &own) }).collect()
}

fn points(view: &View<'_>, own: &[usize]) -> Vec<(f64, f64)> {
    let plan = view.results.plan;
    // Rungs in the order in which they were asked for, and how far each configuration had come before.
    let mut come: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut spent, mut best, mut highest) = (0.0, Score::WORST, 0);
    let mut points = Vec::new();
    let own: BTreeSet<usize> = own.iter().copied().collect();
    let asked = plan.trials.iter().filter(|t| !t.confirms && own.contains(&t.configuration));
    let mut last = None;
    for trial in asked {
        let this = (trial.configuration, trial.until);
        if last.replace(this) == Some(this) {
            continue;
        }
        let budget = match plan.configurations[trial.configuration].configuration.train.budget {
            Budget::Epochs(n) => n,
            Budget::Steps(_) => 1,
        };
        let until = trial.until.unwrap_or(budget);
        let before = come.insert(trial.configuration, until).unwrap_or(0);
        spent += (until - before.min(until)) as f64 / budget as f64;
        let score = view.score_on(trial.configuration, trial.until);
        // A sampler returns what trained longest: a score on a higher rung takes the place of any on a lower one.
        let rung = trial.until.unwrap_or(usize::MAX);
        if rung > highest || (rung == highest && score.order(&best).is_gt()) {
            best = score;
        }
        highest = highest.max(rung);
        if best.mean.is_finite() {
            let value = if view.higher_is_better { best.mean } else { -best.mean };
            points.push((spent, value));
        }
    }
    points
}

/// The best score when this budget was spent; `None` before the first.
fn at(progress: &Progress, budget: f64) -> Option<f64> {
    // Shares of trainings add up to whole ones but for rounding.
    progress.points.iter().take_while(|(spent, _)| *spent <= budget + 1e-9).last().map(|p| p.1)
}

/// The budget that the shortest search of an experiment spent.
fn spent(searches: &Searches) -> f64 {
    let ends = searches.progress.iter().map(|p| p.points.last().map_or(0.0, |p| p.0));
    ends.fold(f64::INFINITY, f64::min)
}

/// Budgets at which searches are compared: 1, 2, 3, 4, 6, 8, 12, ... as far as any experiment went.
fn budgets(all: &[Searches]) -> Vec<f64> {
    let end = all.iter().map(spent).filter(|s| s.is_finite()).fold(0.0, f64::max);
    let steps = (0..40).flat_map(|i| [f64::from(1u32 << (i / 2).min(31)), 3.0 * 2f64.powi(i / 2 - 1)]);
    let mut budgets: Vec<f64> = steps.filter(|b| b.fract() == 0.0 && *b < end - 0.5).collect();
    budgets.push((end + 1e-9).floor().max(1.0));
    budgets.sort_by(f64::total_cmp);
    budgets.dedup();
    budgets
}

/// Which sampler was ahead at the end, in one sentence; `None` with fewer than two experiments that search.
pub(super) fn statement(all: &[Searches], part: &str, metric: &str) -> Option<String> {
    let end = *budgets(all).last().filter(|_| all.len() > 1)?;
    let reached = |s: &Searches| -> Vec<f64> { s.progress.iter().filter_map(|p| at(p, end)).collect() };
    let means: Vec<(f64, &Searches)> =
        all.iter().filter_map(|s| Some((stats::mean(&reached(s))?, s))).collect();
    let mut methods: Vec<&str> = all.iter().map(|s| s.method.as_str()).collect();
    methods.sort_unstable();
    methods.dedup();
    if methods.len() < 2 {
        return None;
    }
    // Where two experiments use one sampler, or arms are searched, its name says too little.
    let name = |s: &Searches| {
        if methods.len() == all.len() { s.method.clone() } else { format!("{} ({})", s.name, s.method) }
    };
    let told: Vec<String> = means
        .iter()
        .map(|(mean, s)| {
            let values = reached(s);
            let ended = if spent(s) < 0.9 * end {
                format!(" (ended after {})", spent(s).round())
            } else {
                String::new()
            };
            format!("{} {}{ended}", name(s), plus_minus(*mean, interval(&values)))
        })
        .collect();
    Some(format!("Best {part} {metric} after {end} whole trainings: {}.", told.join(", ")))
}

/// The section of a suite's page; empty with fewer than two experiments that search.
pub(super) fn section(all: &[Searches], part: &str, metric: &str) -> String {
    if all.len() < 2 {
        return String::new();
    }
    let budgets = budgets(all);
    let header: Vec<String> = ["experiment".to_string(), "sampler".to_string()]
        .into_iter()
        .chain(budgets.iter().map(|b| format!("{b}")))
        .collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let right: Vec<bool> = (0..header.len()).map(|i| i > 1).collect();
    let row = |s: &Searches| {
        let cells = budgets.iter().map(|b| {
            let values: Vec<f64> = s.progress.iter().filter_map(|p| at(p, *b)).collect();
            match stats::mean(&values).filter(|_| values.len() == s.progress.len()) {
                Some(mean) => plus_minus(mean, interval(&values)),
                None => "-".into(),
            }
        });
        [code(&s.name), code(&s.method)].into_iter().chain(cells).collect::<Vec<String>>()
    };
    let searches = all.iter().map(|s| s.progress.len()).min().unwrap_or(0);
    let spread = match searches {
        n if n >= SEEDS_MIN => format!(
            "Mean over {n} searches, each with another seed of its sampler, ± half of the 95 % interval"
        ),
        1 => "One search each: another seed of the sampler may give another order".to_string(),
        n => format!("Mean over {n} searches, too few for an interval"),
    };
    format!(
        "## Samplers at equal budget\n\nBest {part} {metric} so far, against whole trainings of a configuration (over all its seeds); \
         a configuration that was stopped early costs its share, only the longest trained of its time can be the best so far, and a search that has ended keeps its best. {spread}; `-`: nothing had a score yet.\n\n{}\n\
         ![Best {part} {metric} against budget](figures/search.svg)\n",
        table(&header, &right, &all.iter().map(row).collect::<Vec<_>>())
    )
}

fn interval(values: &[f64]) -> Option<stats::Interval> {
    if values.len() < SEEDS_MIN { None } else { stats::mean_interval(values, 0.95) }
}

/// `search.csv` and its figure; none with fewer than two experiments that search.
pub(super) fn files(all: &[Searches], part: &str, metric: &str) -> Vec<File> {
    if all.len() < 2 {
        return Vec::new();
    }
    vec![
        file("search.csv", write::csv::write(rows(all, part, metric))),
        file("figures/search.svg", svg::draw(&figure(all, part, metric))),
    ]
}

fn rows<'a>(all: &'a [Searches], part: &'a str, metric: &'a str) -> Table<'a> {
    let columns = names(["experiment", "sampler", "search", "budget", "best", "part", "metric"]);
    let of = move |s: &'a Searches| {
        let (name, method) = (s.name.clone(), s.method.clone());
        let points: Vec<(usize, f64, f64)> = s
            .progress
            .iter()
            .enumerate()
            .flat_map(|(i, p)| p.points.iter().map(move |x| (i, x.0, x.1)))
            .collect();
        points.into_iter().map(move |(search, budget, best)| {
            vec![
                Cell::Text(name.clone().into()),
                Cell::Text(method.clone().into()),
                Cell::Count(search as u64),
                Cell::Number(budget),
                maybe(Some(best)),
                Cell::Text(part.into()),
                Cell::Text(metric.into()),
            ]
        })
    };
    Table { columns, rows: Box::new(all.iter().flat_map(of)) }
}

fn figure(all: &[Searches], part: &str, metric: &str) -> Figure {
    let budgets = budgets(all);
    let series = |s: &Searches| {
        let point = |b: &f64| {
            let values: Vec<f64> = s.progress.iter().filter_map(|p| at(p, *b)).collect();
            let mean = stats::mean(&values).filter(|_| values.len() == s.progress.len())?;
            Some([*b, mean, mean, mean])
        };
        Series { points: budgets.iter().filter_map(point).collect(), marks: true, ..Series::default() }
    };
    Figure {
        name: "search",
        title: format!("Best {part} {metric} against budget"),
        panels: vec![Panel {
            title: String::new(),
            series: all.iter().take(SERIES_MAX).map(series).collect(),
        }],
        x_label: "whole trainings (log scale)".into(),
        y_label: metric.into(),
        log_x: true,
        log_y: false,
        legend: all.iter().take(SERIES_MAX).map(|s| format!("{} ({})", s.name, s.method)).collect(),
        caption: "Line: mean over searches.".into(),
    }
}
