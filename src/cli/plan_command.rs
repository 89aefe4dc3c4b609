//! `runner plan FILE`: what would be trained, without training.

use std::fmt::Write as _;

use serde_json::json;

use super::arguments::PlanArguments;
use super::exit::Exit;
use super::experiment::{self, Ready};
use super::output::{Format, Output};
use super::suite;
use super::why::Why;
use crate::nn::{self, Chosen};
use crate::plan::Pack;
use crate::spec::{Budget, Sweep};
use crate::{disk, text, train};

/// Values told one by one that come to the same as others.
const REPETITIONS_SHOWN: usize = 12;

/// Packs listed one by one; the rest are counted.
const PACKS_SHOWN: usize = 12;

pub(super) fn plan(arguments: &PlanArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    match try_plan(arguments, &output) {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

/// Of a suite, each of its experiments.
fn try_plan(arguments: &PlanArguments, output: &Output) -> Result<(), Exit> {
    let job = suite::prepare(&arguments.file, &arguments.experiment, output).transpose()?;
    let (name, all) = match job {
        Some(suite::Job { suite, members }) => (Some(suite.name), members.into_iter().map(|m| m.1).collect()),
        None => (None, vec![experiment::ready(&arguments.file, &arguments.experiment, output)?]),
    };
    let planned = all.iter().map(|ready| one(ready, arguments, output)).collect::<Result<Vec<_>, _>>()?;
    match (arguments.format, name) {
        (Format::Text, _) => planned.iter().for_each(|(text, _)| output.print(text)),
        (Format::Json, None) => planned.iter().for_each(|(_, json)| output.json(json)),
        (Format::Json, Some(suite)) => {
            let experiments: Vec<_> = planned.into_iter().map(|(_, json)| json).collect();
            output.json(&json!({ "suite": suite, "experiments": experiments }));
        }
    }
    Ok(())
}

/// The plan of an experiment as text and as JSON.
fn one(
    ready: &Ready,
    arguments: &PlanArguments,
    output: &Output,
) -> Result<(String, serde_json::Value), Exit> {
    let all: Vec<usize> = (0..ready.plan.trials.len()).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = experiment::memory(&arguments.experiment);
    let (packs, threads) = ready.packs(&all, experiment::members_max(all.len(), threads), threads, memory);
    let folder = arguments.results.join(&ready.experiment.name);
    let why = arguments.why.then(|| Why::of(ready, &folder, arguments.fresh, output)).transpose()?;
    let folder = disk::shown(&folder);
    let mut json = as_json(ready, &packs, threads, &folder);
    if let Some(why) = &why {
        json["why"] = why.as_json(ready);
    }
    let text = as_text(ready, &packs, threads, &folder) + &why.map(|w| w.as_text()).unwrap_or_default();
    Ok((text, json))
}

/// The largest packs that can train at once.
pub(super) fn memory(packs: &[Pack], threads: usize) -> u64 {
    let mut bytes: Vec<u64> = packs.iter().map(|p| p.bytes).collect();
    bytes.sort_unstable_by(|a, b| b.cmp(a));
    bytes.iter().take(threads).sum()
}

fn label(ready: &Ready, pack: &Pack) -> String {
    let trial = &ready.plan.trials[pack.trials[0]];
    let configuration = &ready.plan.configurations[trial.configuration].configuration;
    train::pack_label(configuration, ready.shapes.get(&ready.inputs, &ready.plan, trial))
}

/// Epochs and optimizer steps of the whole plan, at most.
fn work(ready: &Ready) -> (u64, u64) {
    let steps = |t: usize, epochs: u64| {
        let trial = &ready.plan.trials[t];
        match ready.plan.configurations[trial.configuration].configuration.train.budget {
            Budget::Epochs(_) => epochs * ready.steps_per_epoch(trial) as u64,
            Budget::Steps(n) => n as u64,
        }
    };
    let epochs = ready.epochs();
    (epochs.iter().sum(), epochs.iter().enumerate().map(|(t, e)| steps(t, *e)).sum())
}

fn as_text(ready: &Ready, packs: &[Pack], threads: usize, folder: &str) -> String {
    let plan = &ready.plan;
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", ready.experiment.name, text::count(plan.trials.len(), "trial"));
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<15}{value}");
    };
    let axes = axes(&ready.experiment.sweep);
    let product = if axes.is_empty() { String::new() } else { format!(": {}", axes.join(" × ")) };
    row("configurations", format!("{}{product}", text::grouped(plan.configurations.len() as u64)));
    if let Some(later) = later(ready) {
        row("rounds", later);
    }
    row("duplicates", format!("{} removed; {} excluded", plan.duplicates, plan.excluded));
    let (repetitions, all) = plan.repetitions(REPETITIONS_SHOWN, &|value| format!("`{value}`"));
    repetitions.iter().for_each(|sentence| row("", sentence.clone()));
    if all > repetitions.len() {
        row("", format!("and {} more", text::grouped((all - repetitions.len()) as u64)));
    }
    if ready.experiment.compare.is_none() && plan.configurations.len() > 1 {
        row("comparison", "none: `[compare]` says which arms are compared".to_string());
    }
    row("seeds", seeds(&ready.experiment.seeds));
    for line in data_lines(ready) {
        row("data", line);
    }
    for (fault, configurations) in mistakes(ready) {
        row("mistake", format!("on purpose in {}: {fault}", text::count(configurations, "configuration")));
    }
    let (epochs, steps) = work(ready);
    let of = if ready.planner.learns() { "of the first round at most" } else { "at most" };
    let time = text::duration(ready.seconds());
    let (epochs, steps) = (text::grouped(epochs), text::grouped(steps));
    row("work", format!("{of} {epochs} epochs, {steps} steps, about {time} on one core"));
    row("recorded", format!("every {} of a trial", epochs_between(ready.every())));
    for (chosen, trials) in engines(ready) {
        row("engine", format!("{} for {}: {}", chosen.name(), text::count(trials, "trial"), chosen.reason));
    }
    row("packs", format!("{} on {}", packs.len(), text::count(threads, "thread")));
    for pack in packs.iter().take(PACKS_SHOWN) {
        let line = format!(
            "{:>4}  {:<12} {:>8}  {}",
            pack.index + 1,
            text::count(pack.trials.len(), "trial"),
            text::bytes(pack.bytes),
            label(ready, pack),
        );
        row("", line);
    }
    if packs.len() > PACKS_SHOWN {
        row("", format!("      and {} more", packs.len() - PACKS_SHOWN));
    }
    row("memory", format!("about {}", text::bytes(memory(packs, threads))));
    row("results", folder.to_string());
    out
}

/// What is said of each data set. Sections that only prepare one data set in other ways have one line.
fn data_lines(ready: &Ready) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (section, set) in ready.inputs.sets() {
        let Some(shape) = ready.shapes.first_of(&ready.inputs, section) else { continue };
        let line = format!(
            "{}: {}, {}, {}; train {}, validation {}, test {}",
            set.name,
            text::count(set.rows(), "row"),
            text::count(shape.features, "feature"),
            text::count(shape.outputs, "output"),
            shape.train,
            shape.validation,
            shape.test,
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What comes after the round that is planned; `None` where nothing does.
fn later(ready: &Ready) -> Option<String> {
    let mut told = Vec::new();
    let (first, seeds) = (ready.plan.configurations.len(), ready.experiment.seeds.len());
    if let Some(most) = ready.planner.most().filter(|_| ready.planner.samples_by_results()) {
        told.push(format!(
            "this is the first; with what results decide there are at most {} of a configuration, {} trials",
            text::count(most, "training"),
            text::grouped((most * seeds * ready.plan.trials.len() / (first * seeds).max(1)) as u64)
        ));
    }
    let confirm = ready.experiment.compare.as_ref().map_or(0, |c| c.confirm);
    if confirm > 0 {
        let seeds = text::count(confirm, "fresh seed");
        told.push(format!("the last confirms the chosen configuration of each arm on {seeds}"));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// The mistakes made on purpose, and in how many configurations.
fn mistakes(ready: &Ready) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for planned in &ready.plan.configurations {
        let fault = &planned.configuration.fault;
        match counts.iter_mut().find(|(known, _)| *known == fault.to_string()) {
            _ if fault.is_none() => {}
            Some((_, count)) => *count += 1,
            None => counts.push((fault.to_string(), 1)),
        }
    }
    counts
}

/// Every engine that trains, why, and how many trials.
pub(super) fn engines(ready: &Ready) -> Vec<(Chosen, usize)> {
    let of = |p: &crate::plan::Planned| nn::chosen(&p.configuration);
    let chosen: Vec<Chosen> = ready.plan.configurations.iter().map(of).collect();
    let mut counts: Vec<(Chosen, usize)> = Vec::new();
    for trial in &ready.plan.trials {
        let chosen = &chosen[trial.configuration];
        match counts.iter_mut().find(|(known, _)| known == chosen) {
            Some((_, count)) => *count += 1,
            None => counts.push((chosen.clone(), 1)),
        }
    }
    counts
}

/// `7 optimizer.learning_rate` for each axis; zipped ones count once.
fn axes(sweep: &Sweep) -> Vec<String> {
    let zipped = |a: usize| sweep.zip.iter().find(|group| group.contains(&a));
    let mut told = Vec::new();
    for (index, axis) in sweep.axes.iter().enumerate() {
        let members = zipped(index).cloned().unwrap_or(vec![index]);
        if members.iter().min() == Some(&index) {
            let keys: Vec<&str> = members.iter().map(|m| sweep.axes[*m].key.as_str()).collect();
            let values = match axis.domain {
                Some(_) => "a range of".to_string(),
                None => text::grouped(axis.values.len() as u64),
            };
            told.push(format!("{values} {}", keys.join(" with ")));
        }
    }
    told
}

fn epochs_between((low, high): (usize, usize)) -> String {
    match (low, high) {
        (1, 1) => "epoch".into(),
        (low, high) if low == high => format!("{low} epochs"),
        (low, high) => format!("{low} to {high} epochs"),
    }
}

fn seeds(seeds: &[u64]) -> String {
    let first = seeds.first().copied().unwrap_or(0);
    let run = seeds.iter().enumerate().all(|(i, s)| *s == first + i as u64);
    match seeds {
        [one] => format!("1 ({one})"),
        [_, .., last] if run => format!("{} ({first} to {last})", seeds.len()),
        _ => {
            let all: Vec<String> = seeds.iter().map(u64::to_string).collect();
            format!("{} ({})", seeds.len(), all.join(", "))
        }
    }
}

fn as_json(ready: &Ready, packs: &[Pack], threads: usize, folder: &str) -> serde_json::Value {
    let plan = &ready.plan;
    let (epochs, steps) = work(ready);
    let axis = |a: &crate::spec::Axis| {
        let values: Vec<&str> = a.values.iter().map(|v| v.label.as_str()).collect();
        json!({ "key": a.key, "values": values })
    };
    json!({
        "experiment": ready.experiment.name,
        "trials": plan.trials.len(),
        "configurations": plan.configurations.len(),
        "duplicates": plan.duplicates,
        "repetitions": plan.repetitions(usize::MAX, &str::to_string).0,
        "excluded": plan.excluded,
        "axes": ready.experiment.sweep.axes.iter().map(axis).collect::<Vec<_>>(),
        "seeds": ready.experiment.seeds,
        "epochs": epochs,
        "steps": steps,
        "seconds_on_one_core": ready.seconds(),
        "recorded_every": [ready.every().0, ready.every().1],
        "engines": engines(ready).iter().map(|(chosen, trials)| json!({
            "engine": chosen.name(), "trials": trials, "reason": chosen.reason,
        })).collect::<Vec<_>>(),
        "mistakes": mistakes(ready).iter().map(|(fault, configurations)| json!({
            "fault": fault, "configurations": configurations,
        })).collect::<Vec<_>>(),
        "threads": threads,
        "packs": packs.iter().map(|p| json!({
            "trials": p.trials.len(), "bytes": p.bytes, "label": label(ready, p),
        })).collect::<Vec<_>>(),
        "memory_bytes": memory(packs, threads),
        "results": folder,
    })
}
