//! Event files for TensorBoard: a run for each trial, with its curves, final metrics, and hyperparameters.
//!
//! TensorBoard is for some hundred runs. Of more trials those of the selected configurations are written, of each the first seeds;
//! Parquet and MLflow have all. The time of an event is its epoch in seconds from 1970 on, so that it is the same every time and
//! the axis "relative" shows epochs.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{Events, Status, Value};
use super::runs::{self, Run, Runs, label};
use super::source::{Field, Folder};
use super::{Fault, Put};
use crate::record;
use crate::report::Kind;
use crate::text;

/// More runs make TensorBoard slow and its list of runs unreadable.
const RUNS_MAX: usize = 200;

/// TensorBoard takes files whose names hold `tfevents`.
const FILE: &str = "events.out.tfevents.0.runner";

pub(super) fn write(folder: &Folder, put: &mut Put<'_>) -> Result<String, Fault> {
    let Choice { names, told } = choose(folder)?;
    let main = runs::main_finals(folder)?;
    let mut all = Runs::of(folder)?;
    let finals: Vec<usize> = (0..all.finals.len()).filter(|at| main.contains(&all.finals[*at])).collect();
    if !all.axes.is_empty() {
        let hyperparameters: Vec<(&str, bool)> =
            all.axes.iter().map(|axis| (axis.name.as_str(), axis.kind != Kind::Text)).collect();
        let metrics: Vec<&str> = finals.iter().map(|at| all.finals[*at].as_str()).collect();
        let mut events = Events::new();
        events.experiment(folder.published.name(), &hyperparameters, &metrics);
        put_bytes(put, FILE, &events.into_bytes())?;
    }
    while let Some(run) = all.next()? {
        if let Some(name) = names.get(&run.trial) {
            put_bytes(put, &format!("{name}/{FILE}"), &of_run(&run, name, &all, &finals))?;
        }
    }
    Ok(told)
}

fn put_bytes(put: &mut Put<'_>, name: &str, bytes: &[u8]) -> Result<(), Fault> {
    put(name, &mut |out| Ok(out.write_all(bytes)?))
}

/// Its event file.
fn of_run(run: &Run, name: &str, all: &Runs, finals: &[usize]) -> Vec<u8> {
    let mut events = Events::new();
    let hyperparameter = |field: &Field| match field {
        Field::Empty => None,
        Field::Count(n) => Some(Value::Number(*n as f64)),
        Field::Number(x) => Some(Value::Number(*x)),
        other => Some(Value::Text(label(other))),
    };
    let axes = all.axes.iter().zip(&run.axes);
    let hyperparameters: Vec<(&str, Value)> =
        axes.filter_map(|(axis, field)| Some((axis.name.as_str(), hyperparameter(field)?))).collect();
    if !all.axes.is_empty() {
        // Seeds of one configuration are one group, whose metrics the tab averages.
        let group = name.rsplit_once('/').map_or(name, |(group, _)| group);
        events.session_start(group, &hyperparameters);
    }
    for point in &run.curve {
        let values = all.curves.iter().zip(&point.values);
        let there: Vec<(&str, f64)> = values.filter_map(|(tag, x)| Some((tag.as_str(), (*x)?))).collect();
        if !there.is_empty() {
            events.scalars(point.epoch as f64, point.epoch, there);
        }
    }
    // Those of the parameters that were kept.
    let reached = finals.iter().filter_map(|at| Some((all.finals[*at].as_str(), run.finals[*at]?)));
    let reached: Vec<(&str, f64)> = reached.collect();
    if !reached.is_empty() {
        events.scalars(run.best_epoch as f64, run.best_epoch, reached);
    }
    if !all.axes.is_empty() {
        let failed = ["diverged", "non_finite"].contains(&run.outcome.as_str());
        events.session_end(run.epochs as f64, if failed { Status::Failure } else { Status::Success });
    }
    events.into_bytes()
}

/// Which trials are written, each with the folder of its run.
struct Choice {
    names: BTreeMap<String, String>,
    /// What there is, and what of it is left out, in words.
    told: String,
}

fn choose(folder: &Folder) -> Result<Choice, Fault> {
    let mut all = Runs::of(folder)?;
    let mut runs = Vec::new();
    while let Some(run) = all.next()? {
        // What names it is enough to choose by.
        runs.push(Run { curve: Vec::new(), finals: Vec::new(), ..run });
    }
    let mut runs = last_rungs(runs);
    let total = text::count(runs.len(), "run");
    let mut whose = Vec::new();
    if runs.len() > RUNS_MAX {
        let selected = selected(folder)?;
        if !selected.is_empty() {
            runs.retain(|run| selected.contains(&run.configuration));
            whose.push("of the selected configurations");
        }
    }
    if runs.len() > RUNS_MAX {
        runs = first_seeds(runs);
        whose.push("the first seeds of each");
    }
    let compared = folder.compared_by()?;
    let axes: Vec<&str> = all.axes.iter().map(|axis| axis.name.as_str()).collect();
    let names = named(&runs, &axes, compared.as_deref(), folder.published.name());
    let told = match whose[..] {
        [] => total,
        _ => format!("{} of {total}: {}", runs.len(), whose.join(", ")),
    };
    Ok(Choice { names, told })
}

/// The configurations that arms selected; none where nothing was tuned.
fn selected(folder: &Folder) -> Result<BTreeSet<String>, Fault> {
    let mut summary = folder.rows("summary.csv")?;
    let (id, flag) = (summary.place("configuration"), summary.place("selected"));
    let mut selected = BTreeSet::new();
    while let Some(row) = summary.next()? {
        if flag.is_some_and(|at| row[at] == Field::Flag(true)) {
            selected.extend(id.map(|at| label(&row[at])));
        }
    }
    Ok(selected)
}

/// At most [`RUNS_MAX`]: round by round the next trial of each configuration, in their order.
fn first_seeds(runs: Vec<Run>) -> Vec<Run> {
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let mut dealt: Vec<(usize, usize, Run)> = Vec::new();
    for (at, run) in runs.into_iter().enumerate() {
        let turn = turns.entry(run.configuration.clone()).or_default();
        dealt.push((*turn, at, run));
        *turn += 1;
    }
    dealt.sort_by_key(|(turn, at, _)| (*turn, *at));
    dealt.truncate(RUNS_MAX);
    dealt.sort_by_key(|(_, at, _)| *at);
    dealt.into_iter().map(|(_, _, run)| run).collect()
}

/// Of a training that its sampler looked at several times, the last look: it holds the curve of the others.
fn last_rungs(runs: Vec<Run>) -> Vec<Run> {
    let key = |run: &Run| {
        let place = run.place.iter().filter(|(name, _)| name != "until").cloned();
        (run.configuration.clone(), place.collect::<Vec<_>>())
    };
    let last: BTreeMap<_, usize> = runs.iter().enumerate().map(|(at, run)| (key(run), at)).collect();
    let kept: BTreeSet<usize> = last.into_values().collect();
    runs.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, run)| run).collect()
}

/// A folder for each run, `ARM/seed_0`: the value that is compared, with other axes only where it does not tell configurations apart.
fn named(runs: &[Run], axes: &[&str], compared: Option<&str>, experiment: &str) -> BTreeMap<String, String> {
    let compared = compared.and_then(|by| axes.iter().position(|axis| *axis == by));
    let value = |run: &Run, at: usize| format!("{}={}", axes[at], label(&run.axes[at]));
    let varies = |at: &usize| runs.iter().any(|run| run.axes[*at] != runs[0].axes[*at]);
    let others: Vec<usize> = (0..axes.len()).filter(|at| Some(*at) != compared).filter(varies).collect();
    let short = |run: &Run| compared.map(|at| label(&run.axes[at])).unwrap_or_default();
    let long = |run: &Run| {
        let values = others.iter().filter(|at| run.axes[**at] != Field::Empty).map(|at| value(run, *at));
        std::iter::once(short(run)).filter(|s| !s.is_empty()).chain(values).collect::<Vec<_>>().join(" ")
    };
    // Configurations by their short names.
    let mut sharing: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    runs.iter().for_each(|run| {
        sharing.entry(short(run)).or_default().insert(&run.configuration);
    });
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for run in runs {
        folders.entry(&run.configuration).or_insert_with(|| {
            let name = if sharing[&short(run)].len() == 1 { short(run) } else { long(run) };
            let name = record::plain_name(if name.is_empty() { experiment } else { &name }, "run");
            // Capitals make no difference everywhere.
            let is_free = taken.insert(name.to_lowercase());
            let id = record::plain_name(&run.configuration, "configuration");
            if is_free { name } else { format!("{name}_{id}") }
        });
    }
    let folder = |run: &Run| format!("{}/{}", folders[run.configuration.as_str()], run.place_name());
    runs.iter().map(|run| (run.trial.clone(), folder(run))).collect()
}
