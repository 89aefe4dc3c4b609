//! What a manifest says that can be looked up without training: digests of files and data, the plan, the engine.

use std::path::Path;

use super::super::experiment::Ready;
use super::super::publication;
use super::difference::Difference;
use crate::report::{DataFacts, Published, PublishedData, PublishedExperiment, PublishedFile};
use crate::{disk, record, text};

/// A file, or what else differs, with its difference.
pub(super) type Named = (String, Difference);

fn named(name: &str, place: String) -> Named {
    (name.to_string(), Difference { place, largest: f64::INFINITY })
}

/// Files that are not what the manifest says.
pub(super) fn changed(folder: &Path, published: &Published) -> Vec<Named> {
    let fault = |file: &PublishedFile| {
        let path = folder.join(&file.name);
        let place = if !record::is_published(&file.name) {
            "the manifest names a file that runner does not write"
        } else if !disk::is_file(&path) {
            "it is not there"
        } else {
            match disk::read(&path) {
                Err(_) => "it cannot be read",
                Ok(bytes) if disk::sha256(&bytes) == file.sha256 => return None,
                Ok(_) => "it was changed after it was written",
            }
        };
        Some(named(&file.name, place.to_string()))
    };
    published.files.iter().filter_map(fault).collect()
}

/// Data that is not what the results were made from.
pub(super) fn data(published: &Published, ready: &Ready) -> Vec<Named> {
    let now = ready.facts();
    let other = |(was, is): (&PublishedData, &DataFacts)| {
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        (was.sha256 != is.digest).then(|| {
            named(
                &is.name,
                format!(
                    "this data is not what the results were made from: its content had the digest {}..., and has {}...",
                    short(&was.sha256),
                    short(&is.digest)
                ),
            )
        })
    };
    // A later round may name more.
    published.data.iter().zip(&now).filter_map(other).collect()
}

/// What else the manifest says of the plan, where this is the whole plan.
pub(super) fn plan(published: &Published, experiment: &PublishedExperiment, ready: &Ready) -> Vec<Named> {
    let planned = ready.plan.trials.len();
    let mut found = Vec::new();
    let is_whole = !ready.planner.learns();
    if is_whole && experiment.trials != planned {
        let (said, are) = (text::grouped(experiment.trials as u64), text::count(planned, "trial"));
        found.push(named(record::MANIFEST, format!("it says {said} trials, and the experiment has {are}")));
    }
    let engine = publication::engine(&ready.plan);
    if is_whole && published.engine != engine {
        found.push(named(
            record::MANIFEST,
            format!("it says that `{}` trained, and `{engine}` does", published.engine),
        ));
    }
    found
}
