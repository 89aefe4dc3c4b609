//! From outputs to numbers: losses and metrics of each member on each part, the baseline, and the share of the way covered.

use std::borrow::Cow;
use std::sync::Arc;

use crate::catalog::Facts;
use crate::data::{Prepared, Table};
use crate::event::{Bin, Calibration, End};
use crate::metric::{self, Metric, Reading, Scores, expected_calibration_error};
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
    /// Outputs are `[rows × answers × outputs]` in the units of the targets as read.
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

/// Evaluates `f` on some outputs of a part: a row for every answer that is asked for, padding left out.
fn read<T>(prepared: &Prepared, part: Part, outputs: &[f64], f: impl FnOnce(&Reading<'_>) -> T) -> Option<T> {
    let table = table(prepared, part)?;
    let target = if prepared.target_shift_scale.is_empty() {
        Cow::Borrowed(&table.y)
    } else {
        Cow::Owned(original_units(table.y.clone(), prepared))
    };
    let there = |values, width| asked(prepared, table, values, width);
    Some(f(&Reading::new(Scores {
        rows: answers(prepared, table),
        outputs: prepared.outputs,
        output: &there(outputs, prepared.outputs),
        target: &there(&target, prepared.outputs),
        class: &asked(prepared, table, &table.class, 1),
    })))
}

/// Answers that are asked for: one for each row, or one for each time step that is there.
fn answers(prepared: &Prepared, table: &Table) -> usize {
    match prepared.answers {
        1 => table.rows,
        _ if table.lengths.is_empty() => table.rows * prepared.answers,
        _ => table.lengths.iter().map(|n| *n as usize).sum(),
    }
}

/// Of `[rows × answers × width]`, the answers that are asked for.
fn asked<'a, T: Copy>(prepared: &Prepared, table: &Table, values: &'a [T], width: usize) -> Cow<'a, [T]> {
    if prepared.answers == 1 || table.lengths.is_empty() {
        return Cow::Borrowed(values);
    }
    let rows = values.chunks_exact(prepared.answers * width).zip(&table.lengths);
    let there = rows.flat_map(|(row, length)| &row[(prepared.answers - *length as usize) * width..]);
    Cow::Owned(there.copied().collect())
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

    /// Whether its outputs are known, and so its metrics.
    pub(super) fn is_told(&self, member: usize) -> bool {
        !self.outputs(member).is_empty()
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

    /// The rows of a classification by their confidence; `None` where outputs cannot be read as probabilities.
    pub(super) fn calibration(&self, member: usize, data: &Prepared) -> Option<Calibration> {
        if data.task != Task::Classification || !self.loss(member).is_finite() {
            return None;
        }
        let bins = read(data, self.part, self.outputs(member), expected_calibration_error::bins)??;
        let bin = |(index, bin): (u8, &expected_calibration_error::Bin)| Bin {
            index,
            rows: bin.rows as u32,
            right: bin.right as u32,
            confidence: bin.confidence as f32,
        };
        let bins = (0..).zip(&bins).filter(|(_, bin)| bin.rows > 0).map(bin).collect();
        Some(Calibration { part: self.part, bins })
    }

    /// (metric − baseline) / (perfect − baseline) of the task's main metric, where the baseline always answers with the majority
    /// class (of those that are on) or the mean of the training part. NaN for a trial that failed or where the baseline is perfect already.
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
        let mut constant = original_units(baseline_output(data), data).repeat(table.rows * data.answers);
        if data.task == Task::Classification {
            renormalise(&mut constant, &table.mask, data.outputs);
        }
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
    let rows = answers(data, &data.train).max(1) as f64;
    let mut mean = vec![0.0; data.outputs];
    for row in asked(data, &data.train, &data.train.y, data.outputs).chunks(data.outputs.max(1)) {
        for (sum, y) in mean.iter_mut().zip(row) {
            *sum += y / rows;
        }
    }
    mean
}

/// Shares of classes as shares of those that are on; even where all of their shares are 0. Nothing happens without a mask.
fn renormalise(shares: &mut [f64], mask: &[f64], outputs: usize) {
    for (shares, on) in shares.chunks_mut(outputs).zip(mask.chunks(outputs)) {
        let all: f64 = shares.iter().zip(on).map(|(share, on)| share * on).sum();
        let count: f64 = on.iter().sum();
        for (share, on) in shares.iter_mut().zip(on) {
            *share = if all > 0.0 { *share * on / all } else { on / count };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(lengths: Vec<u32>) -> Prepared {
        // Two sequences of three steps, of which the second has one: targets by hand, 9 in padding.
        let y = vec![1.0, 2.0, 6.0, 9.0, 9.0, 3.0];
        let train = Table {
            rows: 2,
            x: vec![0.0; 6],
            lengths,
            y,
            class: Vec::new(),
            weight: Vec::new(),
            mask: Vec::new(),
            source_row: vec![0, 1],
        };
        let target_shift_scale = Vec::new();
        let (validation, test, task) = (None, None, Task::Regression);
        Prepared {
            train,
            validation,
            test,
            features: 1,
            outputs: 1,
            steps: 3,
            answers: 3,
            task,
            target_shift_scale,
            fitted: crate::data::Fitted { fills: Vec::new(), maps: Vec::new(), targets: Vec::new() },
        }
    }

    #[test]
    fn padding_is_neither_measured_nor_part_of_the_baseline() {
        let data = prepared(vec![3, 1]);
        let outputs = [1.0, 2.0, 6.0, -100.0, f64::NAN, 5.0];
        let mse = metric::find("mse").unwrap();
        // By hand: (0 + 0 + 0 + (5 - 3)²) / 4, and the mean of 1, 2, 6, 3.
        assert_eq!(read(&data, Part::Train, &outputs, |r| mse.read(r)), Some(1.0));
        assert_eq!(baseline_output(&data), [3.0]);
        let whole = prepared(Vec::new());
        // By hand: the mean of 1, 2, 6, 9, 9, 3, and six rows.
        assert_eq!(baseline_output(&whole), [5.0]);
        assert_eq!(read(&whole, Part::Train, &outputs, |r| r.rows), Some(6));
    }

    #[test]
    fn the_baseline_answers_among_the_classes_that_are_on() {
        // By hand: shares 1/2, 1/4, 1/4 without the first class are 0, 1/2, 1/2; classes of no share are even.
        let mut shares = [0.5, 0.25, 0.25, 1.0, 0.0, 0.0];
        renormalise(&mut shares, &[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], 3);
        assert_eq!(shares, [0.0, 0.5, 0.5, 0.0, 0.5, 0.5]);
        renormalise(&mut shares, &[], 3);
        assert_eq!(shares[1], 0.5);
    }
}
