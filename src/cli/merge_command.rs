//! `runner merge FOLDER... --results DIR`: results of one experiment made in different places become one folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::arguments::MergeArguments;
use super::exit::Exit;
use super::frozen::{self, Thawed};
use super::output::Output;
use super::results_export::ResultsExport;
use super::run::{self, lost};
use super::{publication, recording, shard};
use crate::diagnostic::Sources;
use crate::event::TrialRecord;
use crate::launch::ranges;
use crate::plan::Plan;
use crate::record::{self, Frozen, Known, Store};
use crate::report::Results;
use crate::{diagnose, disk, metric, report, text};

pub(super) fn merge(arguments: &MergeArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: arguments.quiet };
    match try_merge(arguments, &output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_merge(arguments: &MergeArguments, output: &Output) -> Result<Exit, Exit> {
    let sources = sources(arguments, output)?;
    let frozen = one_experiment(&sources, output)?;
    let unplanned = |why: String| unplanned(&frozen, &why, output);
    let mut thawed = frozen::thaw(&frozen).map_err(unplanned)?;
    let folder = arguments.results.join(&frozen.name);
    let mut store = run::opened(Store::open(&folder), output)?;
    for source in &sources {
        let absorbed = store.absorb(&source.known).map_err(|error| lost(output, &error.to_string()))?;
        store.absorb_models(&source.folder).map_err(|error| lost(output, &error.to_string()))?;
        shard::tell_conflicts(&absorbed.1, &source.folder, output)?;
    }
    store.freeze(frozen.clone()).map_err(|error| lost(output, &error.to_string()))?;
    drop(sources);
    let Gathered { records, columns, missing } = gather(&mut thawed, &mut store).map_err(unplanned)?;
    if !missing.is_empty() {
        tell_missing(&missing, &thawed, arguments, output);
        if !arguments.partial || records.is_empty() {
            store.finish().map_err(|error| lost(output, &error.to_string()))?;
            return Err(Exit::Incomplete);
        }
    }
    let exit = publication::publish(&results(&thawed, &records, columns), store, &folder, output)?;
    ResultsExport::default().of(&folder, exit, output)
}

/// What a folder holds of an experiment's trials, in the order of the plan.
pub(super) struct Gathered {
    pub(super) records: Vec<TrialRecord>,
    pub(super) columns: Vec<String>,
    /// Trials of the rounds so far that are not there, ascending; no round follows one that is not whole.
    pub(super) missing: Vec<usize>,
}

/// Takes every trial of the plan from a folder's records, round by round.
pub(super) fn gather(thawed: &mut Thawed, store: &mut Store) -> Result<Gathered, String> {
    let mut records: Vec<TrialRecord> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    loop {
        let recordings = thawed.recordings();
        recording::rename_columns(&mut records, &mut columns, recordings.names());
        run::take_known(&thawed.plan, &recordings, store, &mut records);
        records.sort_by_key(|r| r.trial);
        let there: BTreeSet<usize> = records.iter().map(|r| r.trial).collect();
        let missing: Vec<usize> = (0..thawed.plan.trials.len()).filter(|t| !there.contains(t)).collect();
        if !missing.is_empty() {
            return Ok(Gathered { records, columns, missing });
        }
        thawed.tell(&records);
        if !thawed.grow()? {
            return Ok(Gathered { records, columns, missing });
        }
    }
}

/// The experiment that records are of.
pub(super) fn experiment_of(known: &Known, folder: &Path, output: &Output) -> Result<Frozen, Exit> {
    known.experiment().cloned().ok_or_else(|| {
        output.complain(&format!(
            "error: `{}` does not say which experiment it is of\nhelp: run the experiment there again; what is known is kept",
            disk::shown(folder)
        ));
        Exit::Invalid
    })
}

/// Says that this version of runner cannot have the experiment of some records.
pub(super) fn unplanned(frozen: &Frozen, why: &str, output: &Output) -> Exit {
    output.complain(&format!("error: the experiment `{}` cannot be planned again: {why}", frozen.name));
    Exit::Invalid
}

/// What a report is made of where nothing but records is there.
pub(super) fn results<'a>(
    thawed: &'a Thawed,
    records: &'a [TrialRecord],
    curve_columns: Vec<String>,
) -> Results<'a> {
    Results {
        experiment: &thawed.experiment,
        plan: &thawed.plan,
        records,
        data: thawed.facts().to_vec(),
        data_of: thawed.recordings().section_of,
        curve_columns,
        metrics: metric::entries(),
        judge: diagnose::findings,
    }
}

/// A folder with records, read.
struct Source {
    folder: PathBuf,
    known: Known,
    frozen: Frozen,
}

/// Every folder named, with its shards.
fn sources(arguments: &MergeArguments, output: &Output) -> Result<Vec<Source>, Exit> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for named in &arguments.folders {
        let shards = record::shard_folders(named).map_err(|error| lost(output, &error.to_string()))?;
        if disk::is_file(&named.join(record::RECORDS)) {
            folders.push(named.clone());
        } else if shards.is_empty() {
            output.complain(&format!(
                "error: `{}` holds no records\nhelp: name results folders of an experiment, such as `results/digits`",
                disk::shown(named)
            ));
            return Err(Exit::Invalid);
        }
        folders.extend(shards);
    }
    let mut sources = Vec::new();
    for folder in folders {
        let (known, warnings) =
            Known::read_with_warnings(&folder).map_err(|error| lost(output, &error.to_string()))?;
        output.diagnostics(&warnings, &Sources::default());
        // A shard that was ended in its first moments holds nothing: that is missing, and no fault of the others.
        if known.experiment().is_none() && record::shard_of(&folder).is_some() {
            output.note(&format!("`{}` holds nothing yet", disk::shown(&folder)));
            continue;
        }
        let frozen = experiment_of(&known, &folder, output)?;
        sources.push(Source { folder, known, frozen });
    }
    if sources.is_empty() {
        output.complain("error: no shard has recorded anything yet\nhelp: run the shards, then merge");
        return Err(Exit::Incomplete);
    }
    Ok(sources)
}

/// The experiment of all sources, or how they differ.
fn one_experiment(sources: &[Source], output: &Output) -> Result<Frozen, Exit> {
    let first = &sources[0];
    for other in &sources[1..] {
        let differences = first.frozen.differences(&other.frozen);
        if !differences.is_empty() {
            let (a, b) = (disk::shown(&first.folder), disk::shown(&other.folder));
            output.complain(&format!(
                "error: `{a}` and `{b}` are not of one experiment; they differ in\n  {}\n\
                 help: merge folders of the same experiment file and data",
                differences.join("\n  ")
            ));
            return Err(Exit::Invalid);
        }
    }
    // Where file and `--set` say the same in different ways, the order of the folders must not choose; who went through more rounds
    // may have read more data.
    let key = |f: &&Frozen| (std::cmp::Reverse(f.data.len()), f.file.clone(), f.overrides.clone());
    sources.iter().map(|s| &s.frozen).min_by_key(key).cloned().ok_or(Exit::Invalid)
}

/// Configurations told one by one; the rest are counted.
const MISSING_SHOWN: usize = 12;

/// The configurations and seeds of some trials, a line for each configuration.
pub(super) fn which(plan: &Plan, missing: &[usize]) -> String {
    let configuration = |t: &usize| plan.trials[*t].configuration;
    let groups: Vec<&[usize]> = missing.chunk_by(|a, b| configuration(a) == configuration(b)).collect();
    let named = |group: &&[usize]| {
        let seeds: Vec<usize> = group.iter().map(|t| plan.trials[*t].seed as usize).collect();
        let label = report::label(plan, configuration(&group[0]));
        format!("\n  {label}: {} (seeds {})", text::count(group.len(), "trial"), ranges(&seeds))
    };
    let mut which: String = groups.iter().take(MISSING_SHOWN).map(named).collect();
    if groups.len() > MISSING_SHOWN {
        which += &format!("\n  and of {} more", text::count(groups.len() - MISSING_SHOWN, "configuration"));
    }
    which
}

fn tell_missing(missing: &[usize], thawed: &Thawed, arguments: &MergeArguments, output: &Output) {
    let plan = &thawed.plan;
    let total = text::count(plan.trials.len(), "trial");
    let sets: Vec<String> =
        thawed.experiment.overrides.iter().map(|o| format!(" --set {}", text::shell(o))).collect();
    let which = which(plan, missing);
    // A grid has one round.
    let rounds = if thawed.is_whole() { "" } else { ", or each shard again its part of the next round" };
    output.complain(&format!(
        "{} of {total}{} are missing:{which}\nhelp: `runner {}{} --results {}` trains them{rounds}; what was merged is kept there",
        text::grouped(missing.len() as u64),
        if thawed.is_whole() { "" } else { " of the rounds so far" },
        thawed.experiment.file,
        sets.concat(),
        disk::shown(&arguments.results),
    ));
}
