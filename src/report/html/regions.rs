//! What one network of each arm answers over the plane of two features.
//!
//! Only where records hold it: networks of two numeric features and classes. It judges nothing.

use serde::Serialize;

use super::inside::{self, Seen};
use super::{Head, Number, rounded};
use crate::event::{PLACES, Regions};
use crate::report::page::Page;
use crate::text;

/// Pictures; each is as large as the curves of an arm.
const ARMS_MAX: usize = 9;

#[derive(Serialize)]
pub(super) struct Planes {
    #[serde(flatten)]
    pub(super) head: Head,
    /// Steps of the places of points.
    places: u16,
    arms: Vec<Plane>,
}

#[derive(Serialize)]
struct Plane {
    name: String,
    /// `seed 0`.
    trial: String,
    names: [String; 2],
    classes: Vec<String>,
    x: [Option<Number>; 2],
    y: [Option<Number>; 2],
    side: usize,
    /// What cells hold and how many do so, one after the other; see [`Regions::runs`].
    runs: Vec<u16>,
    /// Place on both axes and class, one after the other; left out where they are those of the arm before.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<u16>>,
}

/// `None` where no record has any.
pub(super) fn of(page: &Page<'_, '_>) -> Option<Planes> {
    let all = &page.selection.arms;
    let found: Vec<(Seen<'_>, &Regions)> = (all.iter())
        .filter_map(|arm| inside::of_arm(page.view, arm))
        .filter_map(|seen| seen.inside.regions.as_ref().map(|regions| (seen, regions)))
        .filter(|(seen, regions)| page.selection.open(seen.configuration, regions.part))
        .collect();
    let (_, first) = found.first()?;
    let mut note = format!(
        "What the network of one trial of each arm predicts, at {side} by {side} places over the range of the data; pale where the \
         predicted class has less than three quarters of the outputs of a row. Points: ",
        side = first.side
    );
    note.push_str(&match first.points.len() {
        shown if shown < first.rows => format!("{shown} of {} rows", text::grouped(first.rows as u64)),
        shown => text::count(shown, "row"),
    });
    note.push_str(&format!(
        " of the {} part, by their true class. Other seeds give other borders.",
        first.part.name()
    ));
    if found.len() > ARMS_MAX {
        note.push_str(&format!(" The first {ARMS_MAX} of {} arms.", found.len()));
    }
    let head = Head { id: "regions".into(), title: "Decision regions".into(), note, file: "summary.csv" };
    let mut before: &[(u16, u16, u16)] = &[];
    let arms = found.iter().take(ARMS_MAX).map(|(seen, regions)| {
        let is_same = *before == regions.points[..];
        before = &regions.points;
        let edges = |edges: [f32; 2]| edges.map(|v| rounded(f64::from(v), 6));
        Plane {
            name: seen.name.clone(),
            trial: seen.trial.clone(),
            names: regions.names.clone(),
            classes: page.view.results.data[page.view.results.data_of[seen.configuration]].outputs.clone(),
            x: edges(regions.x),
            y: edges(regions.y),
            side: regions.side,
            runs: regions.runs.iter().flat_map(|(held, count)| [*held, *count]).collect(),
            points: (!is_same).then(|| regions.points.iter().flat_map(|p| [p.0, p.1, p.2]).collect()),
        }
    });
    let arms = arms.collect();
    Some(Planes { head, places: PLACES, arms })
}
