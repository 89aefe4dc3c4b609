//! From records to the results folder and the printed verdict: the same for a run and for a merge.

use std::collections::BTreeSet;
use std::path::Path;

use super::exit::Exit;
use super::output::{Format, Output};
use super::recording::Recordings;
use super::run::lost;
use crate::event::End;
use crate::record::{self, Publication, RecordError, Store};
use crate::report::{self, Results};
use crate::spec::Models;
use crate::{disk, nn, plan, text};

/// Writes every file of the results folder (the manifest covers the canonical ones), prints the verdict, and says how it went.
pub(super) fn publish(
    results: &Results<'_>,
    store: Store,
    folder: &Path,
    output: &Output,
) -> Result<Exit, Exit> {
    let lost = |error: RecordError| lost(output, &error.to_string());
    let mut publication = store.publication();
    report::each_file(results, |name, writing| publication.put(name, |out| writing.to(out))).map_err(lost)?;
    let digested = |(name, bytes, sha256): (&str, u64, &str)| report::Digested {
        name: name.into(),
        bytes,
        sha256: sha256.into(),
    };
    let kept = publication.files().filter(|(name, ..)| *name != report::HTML);
    let files: Vec<report::Digested> = kept.map(digested).collect();
    let facts = report::Facts {
        runner_version: env!("CARGO_PKG_VERSION").to_string(),
        numerics_version: plan::NUMERICS_VERSION,
        device: nn::DEVICE.to_string(),
        engine: engine(results.plan),
    };
    let manifest = report::manifest(results, &files, &facts);
    publication.put("timings.csv", |out| report::timings(results, out)).map_err(lost)?;
    models(results, &store, &mut publication, output).map_err(lost)?;
    publication.put(&manifest.name, |out| out.write_all(&manifest.bytes)).map_err(lost)?;
    store.place(publication).map_err(lost)?;
    Ok(tell(results, folder, output))
}

/// Puts the trained networks that `record.models` asks for: of every arm under its name, and of every trial under its id. They are no
/// part of the manifest and not committed, as the records from which they come.
fn models(
    results: &Results<'_>,
    store: &Store,
    publication: &mut Publication,
    output: &Output,
) -> Result<(), RecordError> {
    let wanted = results.experiment.record.models;
    if wanted == Models::None {
        return Ok(());
    }
    let recordings = Recordings::of_results(results);
    let model = |trial: usize| {
        let trial = &results.plan.trials[trial];
        store.model(trial, recordings.get(trial))
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut lacking = 0;
    for report::Chosen { arm, trial } in report::chosen(results) {
        let Some(trial) = trial else {
            output.note(&format!("no network of {arm} is kept: every trial failed"));
            continue;
        };
        let Some(mut model) = model(trial) else {
            lacking += 1;
            continue;
        };
        model.notes.insert("arm".to_string(), arm.clone());
        publication.put_model(&unused(record::model_name(&arm), &mut names), &model)?;
    }
    if wanted == Models::All {
        for done in results.records.iter().filter(|r| r.end != End::NonFinite) {
            match model(done.trial) {
                Some(model) => publication.put_model(&unused(done.id.clone(), &mut names), &model)?,
                None => lacking += 1,
            }
        }
    }
    if lacking > 0 {
        let networks = text::count(lacking, "network");
        output.note(&format!(
            "{networks} that `record.models` asks for did not come with the records; `runner {}` trains them again",
            results.experiment.file
        ));
    }
    Ok(())
}

/// A name that no other file has, also where capitals make no difference.
fn unused(name: String, names: &mut BTreeSet<String>) -> String {
    let numbered = |n: usize| if n == 1 { name.clone() } else { format!("{name}-{n}") };
    let free = (1..).map(numbered).find(|name| names.insert(name.to_lowercase()));
    free.expect("numbers do not end")
}

/// What trained: the fused engine, Burn, or both.
pub(super) fn engine(plan: &plan::Plan) -> String {
    let chosen = plan.configurations.iter().map(|p| nn::chosen(&p.configuration));
    let names: BTreeSet<&str> = chosen.map(|c| if c.is_fused { "fused" } else { nn::ENGINE }).collect();
    names.into_iter().rev().collect::<Vec<_>>().join(" and ")
}

/// Prints the verdict and says how it went.
fn tell(results: &Results<'_>, folder: &Path, output: &Output) -> Exit {
    let missed = report::expectations(results).iter().any(|e| !e.held);
    match output.format {
        Format::Json => output.json(&report::json(results)),
        Format::Text if !output.quiet => {
            output.print(&report::terminal(results, output.width()));
            output.print(&format!("report: {}", disk::shown(&folder.join("README.md"))));
            if !results.experiment.overrides.is_empty() {
                let folder = disk::shown(folder);
                output.note(&format!(
                    "`{folder}` now holds the results with --set; a run without it brings the file's own back"
                ));
            }
        }
        Format::Text => {}
    }
    if missed { Exit::Missed } else { Exit::Done }
}
