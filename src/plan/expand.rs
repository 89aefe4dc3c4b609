//! Axes to points, points to configurations, configurations to trials.

use std::collections::BTreeMap;

use super::identity::{meaning, short_hash, source_text};
use super::{Fold, Plan, Planned, Trial, trial_id};
use crate::diagnostic::{Diagnostic, SWEEP_TOO_LARGE};
use crate::spec::{Experiment, Resolve, Split, Sweep};
use crate::text;

/// The whole plan, or what is wrong with some of its points.
///
/// Points come in the order of the axes, the last axis fastest; a zipped group advances as one axis at the place of its first member.
pub fn expand(experiment: &Experiment, resolver: &dyn Resolve) -> Result<Plan, Vec<Diagnostic>> {
    let sweep = &experiment.sweep;
    within_limit(experiment)?;
    let mut plan = Plan {
        axes: sweep.axes.iter().map(|a| a.key.clone()).collect(),
        configurations: Vec::new(),
        trials: Vec::new(),
        duplicates: 0,
        excluded: 0,
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for point in points(sweep) {
        if is_excluded(sweep, &point) {
            plan.excluded += 1;
            continue;
        }
        let configuration = match resolver.configuration(&point) {
            Ok(configuration) => configuration,
            Err(diagnostics) => {
                faults.extend(diagnostics);
                continue;
            }
        };
        let text = meaning(&configuration, &source_text(&configuration.data));
        let index = plan.configurations.len();
        if *seen.entry(text.clone()).or_insert(index) != index {
            plan.duplicates += 1;
            continue;
        }
        let labels = labels(sweep, &point);
        plan.configurations.push(Planned { id: short_hash(&text), labels, point, configuration });
        add_trials(&mut plan, experiment, index, &text);
    }
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

fn labels(sweep: &Sweep, point: &[Option<usize>]) -> Vec<String> {
    let label = |(axis, value): (&crate::spec::Axis, &Option<usize>)| {
        value.map_or_else(|| "-".to_string(), |v| axis.values[v].label.clone())
    };
    sweep.axes.iter().zip(point).map(label).collect()
}

fn add_trials(plan: &mut Plan, experiment: &Experiment, configuration: usize, meaning: &str) {
    let spec = &plan.configurations[configuration].configuration;
    let (folds, varied) = (folds(&spec.data.split), spec.train.vary.len());
    let first = experiment.seeds.first().copied().unwrap_or(0);
    for fold in folds {
        for (replicate, &seed) in experiment.seeds.iter().enumerate() {
            plan.trials.push(Trial {
                index: plan.trials.len(),
                id: trial_id(meaning, seed, fold, varied, first),
                configuration,
                seed,
                replicate,
                fold,
            });
        }
    }
}

fn folds(split: &Split) -> Vec<Option<Fold>> {
    match *split {
        Split::KFold { folds, repeats, .. } => (0..repeats)
            .flat_map(|repeat| (0..folds).map(move |index| Some(Fold { repeat, index })))
            .collect(),
        _ => vec![None],
    }
}

/// Groups of axes that advance together: the zipped ones, and every other axis alone, at the place of the first member.
fn groups(sweep: &Sweep) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = sweep.zip.clone();
    let zipped: Vec<usize> = groups.iter().flatten().copied().collect();
    groups.extend((0..sweep.axes.len()).filter(|a| !zipped.contains(a)).map(|a| vec![a]));
    groups.sort_by_key(|g| g.iter().min().copied());
    groups
}

/// All points of the grid as value indices per axis.
fn points(sweep: &Sweep) -> impl Iterator<Item = Vec<Option<usize>>> {
    let groups = groups(sweep);
    let sizes: Vec<usize> = groups.iter().map(|g| sweep.axes[g[0]].values.len()).collect();
    let total: usize = sizes.iter().product();
    let axes = sweep.axes.len();
    (0..total).map(move |number| {
        let mut point = vec![None; axes];
        let mut rest = number;
        for (group, size) in groups.iter().zip(&sizes).rev() {
            for &axis in group {
                point[axis] = Some(rest % size);
            }
            rest /= size;
        }
        point
    })
}

fn is_excluded(sweep: &Sweep, point: &[Option<usize>]) -> bool {
    sweep.exclude.iter().any(|conditions| {
        !conditions.is_empty()
            && conditions.iter().all(|(axis, value)| {
                point[*axis].is_some_and(|v| sweep.axes[*axis].values[v].value == *value)
            })
    })
}

/// Refuses before anything is expanded: the product of a few long axes can exceed any memory.
fn within_limit(experiment: &Experiment) -> Result<(), Vec<Diagnostic>> {
    let sweep = &experiment.sweep;
    let seeds = experiment.seeds.len().max(1) as u128 * folds(&experiment.base.data.split).len() as u128;
    let points: u128 = groups(sweep).iter().map(|g| sweep.axes[g[0]].values.len() as u128).product();
    let trials = points.saturating_mul(seeds);
    if trials <= sweep.limit as u128 {
        return Ok(());
    }
    let sizes: Vec<String> = sweep
        .axes
        .iter()
        .map(|a| format!("`{}` has {}", a.key, text::count(a.values.len(), "value")))
        .collect();
    let mut fault = Diagnostic::error(
        &SWEEP_TOO_LARGE,
        format!(
            "the sweep has {trials} trials, more than its limit of {}",
            text::grouped(sweep.limit as u64)
        ),
    )
    .help("shorten an axis, use fewer seeds, or raise `limit` in `[sweep]`")
    .note(format!("{}; {} each", sizes.join(", "), text::count(seeds as usize, "seed and fold")));
    if let Some(axis) = sweep.axes.first() {
        fault = fault.at(&axis.span, "");
    }
    Err(vec![fault])
}
