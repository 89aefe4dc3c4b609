//! What rules may look at.

use crate::event::{End, Look, Traits, TrialRecord};
use crate::spec::{Configuration, Part, Task};
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

impl<'a> Evidence<'a> {
    /// Whether the run, if there is one, came to little: dynamic rules speak of no other.
    pub fn is_sick(&self) -> bool {
        self.run.is_some_and(|run| run.is_sick())
    }

    /// Whether there is a run, and it came to something.
    pub fn is_well(&self) -> bool {
        self.run.is_some_and(|run| !run.is_sick())
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

    pub fn is_sick(&self) -> bool {
        self.record.end.failed()
            || self.left().is_some_and(|left| left > SICK_LOSS)
            || self.record.skill < SICK_SKILL
    }
}
