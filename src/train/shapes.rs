//! The sizes of every split of a plan: known before training, small enough to keep for all trials.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Inputs;
use crate::data::Prepared;
use crate::diagnostic::Diagnostic;
use crate::nn::Shape;
use crate::plan::{Fold, Plan, Trial};
use crate::spec::{self, Task};

/// Rows of the parts of one split, and widths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartShape {
    pub train: usize,
    /// 0 where there is no such part.
    pub validation: usize,
    pub test: usize,
    /// Of one time step.
    pub features: usize,
    pub outputs: usize,
    /// Time steps of a row; 1 where rows are no sequences.
    pub steps: usize,
    /// Targets of a row: 1, or one for every time step.
    pub answers: usize,
    pub task: Task,
    /// Rows have weights in the loss.
    pub weighted: bool,
    /// Rows say which outputs are on.
    pub masked: bool,
}

/// Targets of the first seed's training part (unless said otherwise), scaled as the network sees them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetFacts {
    /// Smallest and largest.
    pub range: (f64, f64),
    /// Smallest and largest sum of a row.
    pub sums: (f64, f64),
    /// Some row has equal neighbours.
    pub has_steps: bool,
}

/// A data set, a fold, and whether every time step has a target.
type Split = (usize, Option<Fold>, bool);

fn split_of(inputs: &Inputs, plan: &Plan, trial: &Trial) -> Split {
    let model = &plan.configurations[trial.configuration].configuration.model;
    (inputs.index_of(plan, trial), trial.fold, model.answers_each_step())
}

/// The shape of every split of a plan.
#[derive(Debug, Default)]
pub struct Shapes {
    /// By data set and fold: seeds change which rows a part has, never how many.
    by_split: BTreeMap<Split, (PartShape, TargetFacts)>,
}

impl Shapes {
    /// Makes every split of the plan once, so that none can fail later. All faults together.
    pub fn of(inputs: &Inputs, plan: &Plan) -> Result<Shapes, Vec<Diagnostic>> {
        let mut by_split = BTreeMap::new();
        let mut faults = Vec::new();
        for trial in &plan.trials {
            let key = split_of(inputs, plan, trial);
            if by_split.contains_key(&key) {
                continue;
            }
            match inputs.prepared(plan, trial) {
                Ok(prepared) => {
                    by_split.insert(key, (PartShape::of(&prepared), TargetFacts::of(&prepared)));
                }
                Err(diagnostics) => {
                    faults.extend(diagnostics);
                    break;
                }
            }
        }
        if faults.is_empty() { Ok(Shapes { by_split }) } else { Err(faults) }
    }

    pub fn get(&self, inputs: &Inputs, plan: &Plan, trial: &Trial) -> &PartShape {
        let found = self.by_split.get(&split_of(inputs, plan, trial));
        &found.expect("every split of the plan has a shape").0
    }

    pub fn targets(&self, inputs: &Inputs, plan: &Plan, trial: &Trial) -> &TargetFacts {
        let found = self.by_split.get(&split_of(inputs, plan, trial));
        &found.expect("every split of the plan has a shape").1
    }

    /// The shape of the first split of a data section; `None` where no trial uses it, because another section has the same content.
    pub fn first_of(&self, inputs: &Inputs, section: &Arc<spec::Data>) -> Option<&PartShape> {
        let index = inputs.index(section);
        let found = self.by_split.iter().find(|((data, ..), _)| *data == index);
        found.map(|(_, (shape, _))| shape)
    }

    pub fn all(&self) -> impl Iterator<Item = &PartShape> {
        self.by_split.values().map(|(shape, _)| shape)
    }
}

impl TargetFacts {
    fn of(prepared: &Prepared) -> TargetFacts {
        fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
            let widen = |(low, high): (f64, f64), v: f64| (low.min(v), high.max(v));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), widen)
        }
        let y = &prepared.train.y;
        let rows = || y.chunks(prepared.outputs.max(1));
        TargetFacts {
            range: range(y.iter().copied()),
            sums: range(rows().map(|row| row.iter().sum())),
            has_steps: rows().any(|row| row.windows(2).any(|pair| pair[0] == pair[1])),
        }
    }
}

/// What a network must take and give for this data.
pub(super) fn widths(prepared: &Prepared) -> Shape {
    let Prepared { features, outputs, steps, answers, .. } = *prepared;
    Shape { features, outputs, steps, answers }
}

impl PartShape {
    /// What a network must take and give.
    pub fn widths(&self) -> Shape {
        let PartShape { features, outputs, steps, answers, .. } = *self;
        Shape { features, outputs, steps, answers }
    }

    fn of(prepared: &Prepared) -> PartShape {
        let rows = |table: &Option<crate::data::Table>| table.as_ref().map_or(0, |t| t.rows);
        PartShape {
            train: prepared.train.rows,
            validation: rows(&prepared.validation),
            test: rows(&prepared.test),
            features: prepared.features,
            outputs: prepared.outputs,
            steps: prepared.steps,
            answers: prepared.answers,
            task: prepared.task,
            weighted: !prepared.train.weight.is_empty(),
            masked: !prepared.train.mask.is_empty(),
        }
    }
}
