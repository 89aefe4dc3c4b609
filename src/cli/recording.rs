//! What is recorded of each trial: the columns of the run, and the settings of the trials, which depend on nothing but themselves.

use super::experiment::Ready;
use crate::event::TrialRecord;
use crate::plan::{Planned, Trial};
use crate::record::{self, Recording};
use crate::report::{DataFacts, Results};
use crate::spec::{Data, Experiment};
use crate::train::{self, Column, PartShape};
use crate::{metric, nn, plan};

pub(super) struct Recordings {
    /// Of the run: those of all its trials together.
    pub(super) columns: Vec<Column>,
    /// By data section of the plan.
    of_section: Vec<Recording>,
    /// By configuration: its data section.
    pub(super) section_of: Vec<usize>,
}

impl Recordings {
    pub(super) fn of(ready: &Ready) -> Recordings {
        let sections: Vec<&Data> = ready.inputs.sets().iter().map(|(section, _)| &**section).collect();
        Recordings::new(&ready.experiment, &ready.plan, &sections, &ready.facts())
    }

    /// Those that results were recorded by.
    pub(super) fn of_results(results: &Results<'_>) -> Recordings {
        let mut sections: Vec<Option<&Data>> = vec![None; results.data.len()];
        for (planned, section) in results.plan.configurations.iter().zip(&results.data_of) {
            sections[*section].get_or_insert(&planned.configuration.data);
        }
        let sections: Vec<&Data> = sections.into_iter().flatten().collect();
        Recordings::new(results.experiment, results.plan, &sections, &results.data)
    }

    /// `facts` are those of the data that each of the `sections` reads.
    pub(super) fn new(
        experiment: &Experiment,
        plan: &plan::Plan,
        sections: &[&Data],
        facts: &[DataFacts],
    ) -> Recordings {
        let shapes: Vec<PartShape> = facts.iter().map(shape).collect();
        let columns = train::columns(experiment, &shapes);
        let names: Vec<String> = columns.iter().map(Column::name).collect();
        let of_section =
            shapes.iter().map(|shape| Recording::new(settings(experiment, shape), &names)).collect();
        let section = |p: &Planned| {
            let found = sections.iter().position(|s| **s == *p.configuration.data);
            found.expect("every data section of the plan was read")
        };
        Recordings { columns, of_section, section_of: plan.configurations.iter().map(section).collect() }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(Column::name).collect()
    }

    pub(super) fn get(&self, trial: &Trial) -> &Recording {
        &self.of_section[self.section_of[trial.configuration]]
    }
}

fn settings(experiment: &Experiment, shape: &PartShape) -> record::Settings {
    let mut metrics = vec!["loss".to_string()];
    metrics.extend(metric::for_task(shape.task).into_iter().map(|m| m.entry.name.to_string()));
    record::Settings {
        numerics: format!("{} on {}", plan::NUMERICS_VERSION, nn::DEVICE),
        curve_columns: train::columns(experiment, [shape]).iter().map(Column::name).collect(),
        metrics,
        recorded_every: experiment.record.every,
        looks: train::LOOKS_VERSION,
    }
}

/// Gives the curves of a run the columns that it has after another round: a later round may bring data of another task. What a trial
/// does not have is NaN, as in a curve just recorded.
pub(super) fn rename_columns(records: &mut [TrialRecord], columns: &mut Vec<String>, new: Vec<String>) {
    if *columns != new {
        let places: Vec<Option<usize>> = new.iter().map(|n| columns.iter().position(|c| c == n)).collect();
        for point in records.iter_mut().flat_map(|r| &mut r.curve) {
            let value = |place: &Option<usize>| place.map_or(f64::NAN, |p| point.values[p]);
            point.values = places.iter().map(value).collect();
        }
        *columns = new;
    }
}

/// As far as it decides what is recorded.
pub(super) fn shape(facts: &DataFacts) -> PartShape {
    let [train, validation, test] = facts.parts;
    PartShape {
        train,
        validation,
        test,
        features: facts.features,
        outputs: facts.outputs.len(),
        steps: 1,
        answers: 1,
        task: facts.task,
        weighted: false,
        masked: false,
    }
}
