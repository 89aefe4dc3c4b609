//! Axes to points, points to configurations, configurations to trials.

use std::collections::BTreeMap;

use super::identity::{TrialIds, meaning, short_hash, source_text};
use super::{Fold, Plan, Planned, Trial};
use crate::diagnostic::Diagnostic;
use crate::spec::{Experiment, Resolve, Split, Sweep};

/// The whole plan, or what is wrong with some of its points.
///
/// Points come in the order of [`Sweep::points`]. That they are no more than `limit` allows was checked with the experiment.
pub fn expand(experiment: &Experiment, resolver: &dyn Resolve) -> Result<Plan, Vec<Diagnostic>> {
    let sweep = &experiment.sweep;
    let mut plan = Plan {
        axes: sweep.axes.iter().map(|a| a.key.clone()).collect(),
        configurations: Vec::new(),
        trials: Vec::new(),
        duplicates: 0,
        excluded: 0,
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for point in sweep.points() {
        if sweep.is_excluded(&point) {
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
    let folds = folds(&spec.data.split);
    let ids = TrialIds::new(meaning, spec, experiment.seeds.first().copied().unwrap_or(0));
    for fold in folds {
        for (replicate, &seed) in experiment.seeds.iter().enumerate() {
            let lineage = ids.of(seed, fold);
            plan.trials.push(Trial {
                index: plan.trials.len(),
                id: lineage.clone(),
                lineage,
                configuration,
                seed,
                replicate,
                fold,
                until: None,
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
