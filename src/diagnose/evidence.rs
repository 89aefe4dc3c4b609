//! What rules may look at.

use super::course;
use crate::catalog::sections;
use crate::event::{End, Look, Traits, TrialRecord};
use crate::spec::{Configuration, Part, Task, Weights};
use crate::train::Preflight;

/// Of one trial, or of a network that is not trained yet: what is known of it. Rules are silent about what they would need and is not
/// there.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    pub configuration: &'a Configuration,
    pub task: Task,
    pub traits: Option<&'a Traits>,
    pub preflight: Option<&'a Preflight>,
    pub run: Option<Run<'a>>,
}

/// A trial that was trained.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    pub record: &'a TrialRecord,
    /// Names of the values of each point of its curve.
    pub columns: &'a [String],
}

/// A run is sick where its last training loss is above this share of the first, or its skill below that. Of 814 healthy runs of the
/// corpus (`benches/diagnosis`) none is, of faulty ones three in four.
const SICK_LOSS: f64 = 0.5;
const SICK_SKILL: f64 = 0.2;
/// A loss that changed by less than this share has not moved.
const STAYED: f64 = 0.01;

impl<'a> Evidence<'a> {
    /// Whether the run, if there is one, came to little: dynamic rules speak of no other.
    pub fn is_sick(&self) -> bool {
        self.run.is_some_and(|run| {
            run.record.end.failed()
                || run.left().is_some_and(|left| left > SICK_LOSS)
                || self.skill() < SICK_SKILL
        })
    }

    /// Whether there is a run, and it came to something.
    pub fn is_well(&self) -> bool {
        self.run.is_some() && !self.is_sick()
    }

    /// The share of the way from a constant answer to perfect that the run covers: its recorded skill, which is of accuracy (or R²). Where
    /// classes are weighted the network was asked for something else: there it is of the mean recall over classes, on the validation
    /// part, or without one on the training part. NaN where it is not known.
    pub fn skill(&self) -> f64 {
        let Some(run) = self.run else { return f64::NAN };
        if self.configuration.data.weights == Weights::Equal {
            return run.record.skill;
        }
        self.mean_recall(Part::Validation).or_else(|| self.mean_recall(Part::Train)).unwrap_or(f64::NAN)
    }

    /// Of weighted classes: how far their mean recall on a part is from chance, where perfect is 1.
    pub fn mean_recall(&self, part: Part) -> Option<f64> {
        let run = self.run.filter(|run| !run.record.end.failed())?;
        let is_weighted = self.configuration.data.weights != Weights::Equal;
        mean_recall(run.record, part).filter(|_| is_weighted)
    }

    /// Whether the run came to no more than a constant answer would.
    pub fn came_to_nothing(&self) -> bool {
        self.run.is_some_and(|run| run.record.end.failed() || self.skill() < SICK_SKILL)
    }

    /// Whether the run learned: it is better than a constant answer by the usual margin, and something moved. What a start is worth by
    /// chance was not learned.
    pub fn has_learned(&self) -> bool {
        let Some(run) = self.run.filter(|run| !run.record.end.failed()) else { return false };
        let stayed = run.left().is_some_and(|left| (left - 1.0).abs() < STAYED) || course::is_still(self);
        self.skill() >= sections::SUCCESS_MARGIN && !stayed
    }

    /// The looks inside, none where there was no run.
    pub fn looks(&self) -> &'a [Look] {
        self.run.map_or(&[], |run| &run.record.looks)
    }

    /// The network before its first step.
    pub fn start(&self) -> Option<&'a Look> {
        self.looks().first().filter(|look| look.step == 0)
    }
}

/// `(mean recall - 1 / K) / (1 - 1 / K)` over the K classes that occur.
fn mean_recall(record: &TrialRecord, part: Part) -> Option<f64> {
    let counts = record.confusion.iter().find(|(p, _)| *p == part).map(|(_, counts)| counts)?;
    let recall = |(class, row): (usize, &Vec<u64>)| {
        let all: u64 = row.iter().sum();
        (all > 0).then(|| row.get(class).copied().unwrap_or(0) as f64 / all as f64)
    };
    let recalls: Vec<f64> = counts.iter().enumerate().filter_map(recall).collect();
    // The mean times K, less 1, over K less 1.
    (recalls.len() > 1).then(|| (recalls.iter().sum::<f64>() - 1.0) / (recalls.len() - 1) as f64)
}

impl<'a> Run<'a> {
    /// The values of a column (`train_loss`) that were recorded and are numbers, with epoch and step.
    pub fn curve(&self, column: &str) -> Vec<(usize, usize, f64)> {
        let Some(at) = self.columns.iter().position(|name| name == column) else { return Vec::new() };
        let points = self.record.curve.iter().map(|point| (point.epoch, point.step, point.values[at]));
        points.filter(|(.., value)| !value.is_nan()).collect()
    }

    /// The training loss before the first step.
    pub fn first_loss(&self) -> Option<f64> {
        self.curve("train_loss").first().filter(|(epoch, ..)| *epoch == 0).map(|(.., loss)| *loss)
    }

    /// The last training loss that was recorded.
    pub fn last_loss(&self) -> Option<f64> {
        self.curve("train_loss").last().map(|(.., loss)| *loss)
    }

    /// A final metric.
    pub fn metric(&self, part: Part, name: &str) -> Option<f64> {
        let found = self.record.metrics.iter().find(|m| m.part == part && m.name == name);
        found.map(|m| m.value).filter(|value| !value.is_nan())
    }

    /// The last training loss over the first; infinite for a trial that failed.
    pub fn left(&self) -> Option<f64> {
        if self.record.end == End::NonFinite {
            return Some(f64::INFINITY);
        }
        let (first, last) = (self.first_loss()?, self.last_loss()?);
        (first > 0.0).then(|| last / first)
    }
}
