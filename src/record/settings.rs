//! What shapes a trial's record and is not part of its id.
//!
//! A record serves again only under the settings it was made under. They are those of the trial itself, never of the whole plan,
//! so that what else is planned cannot make a record useless; [`Recording`] fits both together.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::event::CurvePoint;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Version of the numerics, and on what it computes.
    pub numerics: String,
    /// Names of the values of each point of its curve.
    pub curve_columns: Vec<String>,
    /// Names of its final metrics.
    pub metrics: Vec<String>,
    /// Every n-th epoch is in the curve; `None`: as the length of a trial has it.
    pub recorded_every: Option<usize>,
    /// Version of what is measured inside networks; 0: nothing was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Settings {
    /// Stands for them in each line of a trial: the first 12 hex digits of the SHA-256 of their JSON.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).expect("plain fields with text keys always serialize");
        disk::sha256(text.as_bytes())[..12].to_string()
    }

    /// What differs in `new`, for people.
    pub(super) fn differences(&self, new: &Settings) -> Vec<String> {
        let every = |every: Option<usize>| every.map_or("as long as a trial asks".into(), |n| n.to_string());
        let mut told = Vec::new();
        if self.numerics != new.numerics {
            told.push(format!("numerics {} -> {}", self.numerics, new.numerics));
        }
        if self.curve_columns != new.curve_columns {
            let (old, new) = (self.curve_columns.join(", "), new.curve_columns.join(", "));
            told.push(format!("columns of the curves {old} -> {new}"));
        }
        if self.metrics != new.metrics {
            told.push(format!("metrics {} -> {}", self.metrics.join(", "), new.metrics.join(", ")));
        }
        if self.recorded_every != new.recorded_every {
            let (old, new) = (every(self.recorded_every), every(new.recorded_every));
            told.push(format!("`record.every` {old} -> {new}"));
        }
        if self.looks != new.looks {
            told.push(format!("what is measured inside networks: version {} -> {}", self.looks, new.looks));
        }
        told
    }
}

/// The settings of some trials of a run, and where their columns stand among those of the run.
#[derive(Clone, Debug)]
pub struct Recording {
    pub(super) settings: Settings,
    pub(super) hash: String,
    /// By column of the settings: its place among the columns of the run.
    places: Vec<usize>,
    /// Columns of the run.
    width: usize,
}

impl Recording {
    /// `columns` are those of the run; every column of the settings must be among them.
    pub fn new(settings: Settings, columns: &[String]) -> Recording {
        let place = |name: &String| columns.iter().position(|c| c == name);
        let places: Option<Vec<usize>> = settings.curve_columns.iter().map(place).collect();
        let places = places.expect("the columns of a run are those of all its trials");
        Recording { hash: settings.hash(), settings, places, width: columns.len() }
    }

    /// [`Settings::hash`] of the settings.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    fn is_whole(&self) -> bool {
        self.places.iter().copied().eq(0..self.width)
    }

    /// The values of the trial's own columns.
    pub(super) fn narrow<'a>(&self, point: &'a CurvePoint) -> Cow<'a, [f64]> {
        if self.is_whole() {
            return point.values.as_slice().into();
        }
        self.places.iter().map(|p| point.values[*p]).collect::<Vec<f64>>().into()
    }

    /// A curve of the trial's own columns as one of the run: what it does not have is NaN, as in a curve just recorded.
    pub(super) fn widen(&self, curve: &mut [CurvePoint]) {
        if self.is_whole() {
            return;
        }
        for point in curve {
            let mut values = vec![f64::NAN; self.width];
            for (place, value) in self.places.iter().zip(&point.values) {
                values[*place] = *value;
            }
            point.values = values;
        }
    }

    /// Whether curves in a line have the columns that these settings promise.
    pub(super) fn fits(&self, curve: &[CurvePoint]) -> bool {
        curve.iter().all(|p| p.values.len() == self.places.len())
    }
}
