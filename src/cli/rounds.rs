//! What a sampler is told after a round: how good each configuration it asked for looks.

use std::collections::BTreeMap;

use crate::event::TrialRecord;
use crate::metric;
use crate::plan::{Plan, Score, Scores};
use crate::spec::{Experiment, Part, Task};

/// What selects, and which way is better: the metric compared, or the usual one of the task.
pub(super) fn objective(experiment: &Experiment, task: Task) -> (String, bool) {
    if let Some(compare) = &experiment.compare {
        return (compare.metric.clone(), compare.higher_is_better);
    }
    let main = metric::main_metric(task);
    (main.entry.name.to_string(), main.higher_is_better())
}

/// The score of every configuration and rung of the plan, over all seeds and folds; fresh seeds choose nothing. A trial that failed or is not done has no value.
/// `task` is that of the first data set.
pub(super) fn scores(experiment: &Experiment, task: Task, plan: &Plan, records: &[TrialRecord]) -> Scores {
    let (name, higher_is_better) = objective(experiment, task);
    let mut by_trial: Vec<Option<&TrialRecord>> = vec![None; plan.trials.len()];
    for record in records {
        if let Some(place) = by_trial.get_mut(record.trial) {
            *place = Some(record);
        }
    }
    let mut values: BTreeMap<(usize, Option<usize>), Vec<f64>> = BTreeMap::new();
    let choosing = plan.trials.iter().zip(by_trial).filter(|(trial, _)| !trial.confirms);
    for (trial, record) in choosing {
        let value = record.filter(|r| !r.end.failed()).map_or(f64::NAN, |r| value(r, &name));
        let value = if higher_is_better { value } else { -value };
        values.entry((trial.configuration, trial.until)).or_default().push(value);
    }
    values.into_iter().map(|(key, values)| (key, Score::of(&values))).collect()
}

/// The metric on the part that chooses: the validation part, or the training part where there is none.
fn value(record: &TrialRecord, name: &str) -> f64 {
    let on = |part: Part| record.metrics.iter().find(|m| m.part == part && m.name == name).map(|m| m.value);
    on(Part::Validation).or_else(|| on(Part::Train)).unwrap_or(f64::NAN)
}
