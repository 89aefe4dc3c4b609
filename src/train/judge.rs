//! From outputs to numbers: losses and metrics of each member on each part, the baseline, and the share of the way covered.

use std::borrow::Cow;
use std::sync::Arc;

use crate::catalog::Facts;
use crate::data::{Prepared, Table};
use crate::event::End;
use crate::metric::{self, Metric, Reading, Scores};
use crate::nn::{Feed, Trainer};
use crate::spec::{Part, Task};

/// One part of every member of a pack.
pub(super) struct PartFeed {
    pub(super) part: Part,
    pub(super) feed: Feed,
}

pub(super) fn table(prepared: &Prepared, part: Part) -> Option<&Table> {
    match part {
        Part::Train => Some(&prepared.train),
        Part::Validation => prepared.validation.as_ref(),
        Part::Test => prepared.test.as_ref(),
    }
}

/// What members of a population give on one part.
pub(super) struct Judged {
    pub(super) part: Part,
    members: Vec<Answer>,
}

/// What one member gives.
#[derive(Clone)]
enum Answer {
    Unasked,
    Loss(f64),
    /// Outputs are `[rows × outputs]` in the units of the targets as read.
    Outputs(f64, Vec<f64>),
}

/// Undoes the scaling of the targets, so that an RMSE is in the units of the file.
fn original_units(mut values: Vec<f64>, prepared: &Prepared) -> Vec<f64> {
    let scaling = &prepared.target_shift_scale;
    if !scaling.is_empty() {
        for row in values.chunks_mut(scaling.len()) {
            for (value, (shift, scale)) in row.iter_mut().zip(scaling) {
                *value = *value * scale + shift;
            }
        }
    }
    values
}

/// Evaluates `f` on some outputs of a part.
fn read<T>(prepared: &Prepared, part: Part, outputs: &[f64], f: impl FnOnce(&Reading<'_>) -> T) -> Option<T> {
    let table = table(prepared, part)?;
    let target = if prepared.target_shift_scale.is_empty() {
        Cow::Borrowed(&table.y)
    } else {
        Cow::Owned(original_units(table.y.clone(), prepared))
    };
    Some(f(&Reading::new(Scores {
        rows: table.rows,
        outputs: prepared.outputs,
        output: outputs,
        target: &target,
        class: &table.class,
    })))
}

/// Counts `[true class][predicted class]`.
pub(super) type Confusion = Vec<Vec<u64>>;

impl Judged {
    /// Of a population of so many members, none of which was asked yet.
    pub(super) fn new(part: Part, members: usize) -> Judged {
        Judged { part, members: vec![Answer::Unasked; members] }
    }

    /// Those of `members` that were not asked yet, or not for as much.
    pub(super) fn unasked(&self, members: &[usize], wants_outputs: bool) -> Vec<usize> {
        let is_due = |member: &usize| match self.members[*member] {
            Answer::Unasked => true,
            Answer::Loss(_) => wants_outputs,
            Answer::Outputs(..) => false,
        };
        members.iter().copied().filter(is_due).collect()
    }

    /// Evaluates the part for these members, whose samples `feed` and whose data `data` hold; without outputs there are losses and no
    /// metrics.
    pub(super) fn ask(
        &mut self,
        trainer: &Trainer,
        members: &[usize],
        data: &[Arc<Prepared>],
        feed: &Feed,
        wants_outputs: bool,
    ) {
        let evaluation = trainer.evaluate_some(members, feed, wants_outputs);
        let each = evaluation.outputs.len() / members.len();
        for (at, (member, loss)) in members.iter().zip(evaluation.loss).enumerate() {
            let outputs = || original_units(evaluation.outputs[at * each..][..each].to_vec(), &data[at]);
            self.members[*member] =
                if each > 0 { Answer::Outputs(loss, outputs()) } else { Answer::Loss(loss) };
        }
    }

    /// The loss of one member.
    pub(super) fn loss(&self, member: usize) -> f64 {
        match &self.members[member] {
            Answer::Unasked => f64::NAN,
            Answer::Loss(loss) | Answer::Outputs(loss, _) => *loss,
        }
    }

    fn outputs(&self, member: usize) -> &[f64] {
        match &self.members[member] {
            Answer::Outputs(_, outputs) => outputs,
            Answer::Unasked | Answer::Loss(_) => &[],
        }
    }

    /// The metric of one member; NaN where its loss is not finite or the metric does not fit the task.
    pub(super) fn metric(&self, member: usize, data: &Prepared, metric: Option<&Metric>) -> f64 {
        let Some(metric) = metric else {
            return self.loss(member);
        };
        if !metric.fits(data.task) || !self.loss(member).is_finite() {
            return f64::NAN;
        }
        read(data, self.part, self.outputs(member), |r| metric.read(r)).unwrap_or(f64::NAN)
    }

    /// Adds the loss and every metric of the task to `values`, NaN where the loss is not finite; for a classification whose loss is
    /// finite the confusion is returned.
    pub(super) fn all_metrics(
        &self,
        member: usize,
        data: &Prepared,
        values: &mut Vec<f64>,
    ) -> Option<Confusion> {
        values.push(self.loss(member));
        let metrics = metric::for_task(data.task);
        if !self.loss(member).is_finite() {
            values.extend(metrics.iter().map(|_| f64::NAN));
            return None;
        }
        let all = |r: &Reading<'_>| {
            values.extend(metrics.iter().map(|m| m.read(r)));
            (data.task == Task::Classification).then(|| metric::confusion(r))
        };
        read(data, self.part, self.outputs(member), all).flatten()
    }

    /// (metric − baseline) / (perfect − baseline) of the task's main metric, where the baseline always answers with the majority
    /// class or the mean of the training part. NaN for a trial that failed or where the baseline is perfect already.
    pub(super) fn skill(&self, member: usize, data: &Prepared, end: End) -> f64 {
        if end.failed() {
            return f64::NAN;
        }
        let main = metric::main_metric(data.task);
        let Facts::Metric { perfect, .. } = main.entry.facts else {
            return f64::NAN;
        };
        let Some(table) = table(data, self.part) else {
            return f64::NAN;
        };
        let constant = original_units(baseline_output(data), data).repeat(table.rows);
        let baseline = read(data, self.part, &constant, |r| main.read(r)).unwrap_or(f64::NAN);
        (self.metric(member, data, Some(main)) - baseline) / (perfect - baseline)
    }
}

/// The names of what [`Judged::all_metrics`] gives.
pub(super) fn metric_names(task: Task) -> impl Iterator<Item = &'static str> {
    std::iter::once("loss").chain(metric::for_task(task).into_iter().map(Metric::name))
}

/// The constant answer that fits the training part best: shares of the classes (whose largest is the majority),
/// majority of each label, mean of each target.
fn baseline_output(data: &Prepared) -> Vec<f64> {
    let rows = data.train.rows.max(1) as f64;
    let mut mean = vec![0.0; data.outputs];
    for row in data.train.y.chunks(data.outputs.max(1)) {
        for (sum, y) in mean.iter_mut().zip(row) {
            *sum += y / rows;
        }
    }
    mean
}
