//! Do data and network fit? What can be said only when the data is known, and must be said before training.

use std::collections::{BTreeMap, BTreeSet};

use super::shapes::TargetFacts;
use super::{Inputs, PartShape, Shapes};
use crate::catalog::explain::describe_range;
use crate::catalog::{Facts, TargetRow, TaskKind};
use crate::data::Dataset;
use crate::diagnostic::{
    Diagnostic, KEY_NOT_USED, MISSING_VALUE, NO_SEQUENCES, NO_SUCH_PART, NOT_FOR_LINE_SEARCH,
    ONE_UNIT_SOFTMAX, Span, TARGET_MISMATCH, TARGET_RANGE, WRONG_TASK,
};
use crate::metric;
use crate::plan::{self, Plan};
use crate::spec::{Configuration, Experiment, Part, Source, Task, Truncate};
use crate::text;

/// Misfits of one kind that are told one by one.
const ALIKE_MAX: usize = 5;

/// Every misfit of the plan, each pairing, kind of network, and data set once; and what the data itself remarks.
pub fn unfit(experiment: &Experiment, plan: &Plan, inputs: &Inputs, shapes: &Shapes) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> =
        inputs.sets().iter().flat_map(|(_, set)| set.remarks.iter().cloned()).collect();
    let mut seen: BTreeSet<(usize, Option<plan::Fold>, String)> = BTreeSet::new();
    let mut last = None;
    for trial in &plan.trials {
        // Trials that differ in their seed follow one another.
        if last.replace((trial.configuration, trial.fold)) == Some((trial.configuration, trial.fold)) {
            continue;
        }
        let configuration = &plan.configurations[trial.configuration].configuration;
        let set = inputs.dataset(&configuration.data);
        let name = set.name.clone();
        if !seen.insert((inputs.index_of(plan, trial), trial.fold, looked_at(configuration))) {
            continue;
        }
        let shape = shapes.get(inputs, plan, trial);
        let targets = shapes.targets(inputs, plan, trial);
        faults.extend(pairing(configuration, shape, targets, &name));
        faults.extend(metrics(experiment, shape, &name));
        faults.extend(absent_parts(experiment, configuration, shape, &name));
        faults.extend(no_sequences(configuration, shape, &name));
        faults.extend(unanswered(configuration, set));
        faults.extend(never_truncates(configuration, shape, &name));
        faults.extend(kinks(configuration));
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    faults.retain(|fault| told.insert(fault.title.clone()));
    few(faults)
}

/// Everything of a configuration, beside its data, that the checks here look at.
fn looked_at(configuration: &Configuration) -> String {
    let Configuration { model, pairing, optimizer, .. } = configuration;
    format!(
        "{} {} {:?} {:?}",
        pairing.activation, pairing.loss, model.recurrent, optimizer.method.entry.facts
    )
}

/// A sweep may have one misfit at a thousand values.
fn few(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in faults {
        let code = fault.code.name;
        if kept.iter().filter(|f| f.code.name == code).count() < ALIKE_MAX {
            kept.push(fault);
        } else {
            *more.entry(code).or_default() += 1;
        }
    }
    for (code, count) in more {
        let last = kept.iter().rposition(|f| f.code.name == code).expect("as many were kept");
        let fault = kept.remove(last);
        kept.insert(last, fault.note(format!("and {count} more like this, at other values")));
    }
    kept
}

fn span(configuration: &Configuration) -> &Span {
    match &configuration.data.source {
        Source::File { span, .. } | Source::Generator { span, .. } => span,
    }
}

fn pairing(
    configuration: &Configuration,
    shape: &PartShape,
    targets: &TargetFacts,
    data: &str,
) -> Option<Diagnostic> {
    let one = |check: fn(&Configuration, &PartShape, &TargetFacts, &str) -> Option<Diagnostic>| {
        check(configuration, shape, targets, data)
    };
    // A warning is of interest where nothing worse is.
    one(target_row).or_else(|| one(target_values)).or_else(|| one(output_units)).or_else(|| one(out_of_reach))
}

/// Targets that are not together what the loss wants of a row.
fn target_row(
    configuration: &Configuration,
    shape: &PartShape,
    targets: &TargetFacts,
    data: &str,
) -> Option<Diagnostic> {
    let loss = &configuration.pairing.loss;
    let Facts::Loss { row, .. } = loss.entry.facts else { return None };
    let (name, task) = (loss.name(), task_name(shape.task));
    let wrong =
        |title: String| Diagnostic::error(&TARGET_MISMATCH, title).at(span(configuration), "this data");
    match row {
        TargetRow::Class if shape.task != Task::Classification => Some(
            wrong(format!("`{name}` needs one class per row, but `{data}` is a {task} task"))
                .help("use a loss for plain values: `identity+mse`, or `sigmoid+binary_cross_entropy` for 0/1 labels")
                .help("or set `task = \"classification\"` in `[data]` if the target column holds classes"),
        ),
        // Shares are often written with a few decimals.
        TargetRow::Shares if (targets.sums.0 - 1.0).abs().max((targets.sums.1 - 1.0).abs()) > 1e-3 => Some(
            wrong(format!(
                "`{name}` needs targets that sum to 1 in each row, but in `{data}` they sum to {} up to {}",
                text::significant(targets.sums.0, 4),
                text::significant(targets.sums.1, 4)
            ))
            .help("give every share a column of its own, and set no `target_scale`")
            .help("for numbers that are no shares: `identity+mse`; for 0/1 labels: `sigmoid+binary_cross_entropy`"),
        ),
        TargetRow::Signal if shape.task != Task::Regression => Some(
            wrong(format!("`{name}` needs values along an axis, but `{data}` is a {task} task"))
                .help("use a loss for classes or labels: `softmax+cross_entropy`, or `sigmoid+binary_cross_entropy`"),
        ),
        TargetRow::Signal if shape.outputs > 1 && !targets.has_steps => Some(
            Diagnostic::warning(
                &TARGET_MISMATCH,
                format!("no neighbouring targets of `{data}` are equal, so every value is a range of its own for `{name}`"),
            )
            .at(span(configuration), "this data")
            .help("round noisy targets first; a scale for each column makes equal neighbours differ: use `target_scale = \"none\"`, `\"divide\"`, or `\"global_standardize\"`"),
        ),
        _ => None,
    }
}

/// Targets on which the loss is not defined.
fn target_values(
    configuration: &Configuration,
    _: &PartShape,
    found: &TargetFacts,
    data: &str,
) -> Option<Diagnostic> {
    let loss = &configuration.pairing.loss;
    let Facts::Loss { targets, .. } = &loss.entry.facts else { return None };
    let (low, high) = found.range;
    (!targets.contains(low) || !targets.contains(high)).then(|| {
        let title = format!("`{}` accepts targets in {targets}, but {}", loss.name(), range(found, data));
        Diagnostic::error(&TARGET_MISMATCH, title)
            .at(span(configuration), "this data")
            .help("scale the targets with `target_scale`, or choose another loss")
    })
}

/// A distribution over a single output.
fn output_units(
    configuration: &Configuration,
    shape: &PartShape,
    _: &TargetFacts,
    _: &str,
) -> Option<Diagnostic> {
    let pairing = &configuration.pairing;
    let Facts::Activation { distribution: true, .. } = pairing.activation.entry.facts else { return None };
    (shape.outputs == 1).then(|| {
        let label = pairing.label();
        let title = format!("`{label}` with one output unit always gives 1 and never learns");
        Diagnostic::error(&ONE_UNIT_SOFTMAX, title)
            .at(span(configuration), "this data has one output")
            .help("use `sigmoid` or `identity` as the output activation")
    })
}

/// What the output activation can never give.
fn out_of_reach(
    configuration: &Configuration,
    _: &PartShape,
    targets: &TargetFacts,
    data: &str,
) -> Option<Diagnostic> {
    let pairing = &configuration.pairing;
    let Facts::Activation { gives, .. } = &pairing.activation.entry.facts else { return None };
    let Facts::Loss { row, .. } = pairing.loss.entry.facts else { return None };
    let (activation, (low, high)) = (pairing.activation.name(), targets.range);
    // A class is told by the order of the outputs, not by their values.
    if row == TargetRow::Class {
        pairing.loss.entry.params.iter().find(|p| p.key == "margin")?;
        let margin = pairing.loss.number("margin");
        return (gives.high - gives.low <= margin).then(|| {
            let title = format!(
                "`{activation}` gives {}, so no score can exceed another by the margin of {}: part of `{}` can \
                 never be learned away",
                describe_range(gives),
                text::exact(margin),
                pairing.loss.name()
            );
            Diagnostic::warning(&TARGET_RANGE, title)
                .at(span(configuration), "this data")
                .help("use `identity` as the output activation, or a smaller `margin`")
        });
    }
    (low < gives.low || high > gives.high).then(|| {
        let title = format!(
            "`{activation}` gives {}, but {}: it can never reach them all",
            describe_range(gives),
            range(targets, data)
        );
        Diagnostic::warning(&TARGET_RANGE, title)
            .at(span(configuration), "this data")
            .help("use `identity` as the output activation, or scale the targets with `target_scale`")
    })
}

fn range(targets: &TargetFacts, data: &str) -> String {
    let (low, high) = targets.range;
    let (low, high) = (text::significant(low, 4), text::significant(high, 4));
    format!("targets of `{data}` go from {low} to {high}")
}

fn no_sequences(configuration: &Configuration, shape: &PartShape, data: &str) -> Option<Diagnostic> {
    let is_recurrent = configuration.model.recurrent.is_some();
    (is_recurrent && shape.steps == 1).then(|| {
        Diagnostic::error(
            &NO_SEQUENCES,
            format!("a recurrent network needs sequences, but the rows of `{data}` stand alone"),
        )
        .at(span(configuration), "one time step per row")
        .help("name the column that tells sequences apart: `sequence = \"NAME\"` in `[data]`")
        .help("or write `kind = \"dense\"` in `[model]`")
    })
}

/// Time steps without a target, where the network answers at every step.
fn unanswered(configuration: &Configuration, set: &Dataset) -> Option<Diagnostic> {
    if set.unanswered.is_empty() || !configuration.model.answers_each_step() {
        return None;
    }
    let steps = match set.lengths.is_empty() {
        true => set.rows() * set.steps,
        false => set.lengths.iter().map(|n| *n as usize).sum(),
    };
    let title = format!(
        "`{}` has no target at {} of {} time steps, and this network answers at every one",
        set.name,
        text::grouped(set.unanswered.len() as u64),
        text::grouped(steps as u64)
    );
    // Padding stands in front.
    let (sequence, place) = (set.unanswered[0] as usize / set.steps, set.unanswered[0] as usize % set.steps);
    let padding = set.lengths.get(sequence).map_or(0, |length| set.steps - *length as usize);
    let fault = Diagnostic::error(&MISSING_VALUE, title)
        .at(span(configuration), "this data")
        .help("leave `return_sequences` out: then the network answers at the last step of each sequence")
        .help("or fill the targets")
        .note(format!("the first is step {} of sequence {}", place - padding + 1, sequence + 1));
    Some(fault)
}

/// A truncation that reaches further than every sequence.
fn never_truncates(configuration: &Configuration, shape: &PartShape, data: &str) -> Option<Diagnostic> {
    let (written, is_idle) = match configuration.model.recurrent?.truncate {
        Truncate::Never => return None,
        Truncate::Window(window) => (format!("window = {window}"), window + 1 >= shape.steps),
        Truncate::Chunk(chunk) => (format!("chunk = {chunk}"), chunk >= shape.steps),
    };
    (is_idle && shape.steps > 1).then(|| {
        let longest = text::count(shape.steps, "step");
        let title = format!(
            "`model.truncate` with `{written}` cuts nothing: the longest sequence of `{data}` has {longest}"
        );
        Diagnostic::warning(&KEY_NOT_USED, title)
            .at(span(configuration), "this data")
            .help("remove the key, or give a smaller number")
    })
}

/// A loss that a line search may come to rest on too early.
fn kinks(configuration: &Configuration) -> Option<Diagnostic> {
    let Facts::LineSearch = configuration.optimizer.method.entry.facts else { return None };
    let Facts::Loss { has_kinks: true, .. } = configuration.pairing.loss.entry.facts else { return None };
    let (name, loss) = (configuration.optimizer.method.name(), configuration.pairing.loss.name());
    let title = format!("the line search of `{name}` may stop early at a kink of `{loss}`");
    let fault = Diagnostic::warning(&NOT_FOR_LINE_SEARCH, title)
        .help("take a loss without kinks, such as `huber` for `mae` or `squared_hinge` for `hinge`")
        .help("or an optimizer that steps: `runner list optimizer`");
    Some(fault.note(
        "where the derivative jumps, no step along a line lowers the loss and flattens it too: such a trial ends as `stalled`",
    ))
}

fn metrics(experiment: &Experiment, shape: &PartShape, data: &str) -> Vec<Diagnostic> {
    let compared = experiment.compare.iter().map(|c| c.metric.as_str());
    let expected = experiment.expect.iter().map(|e| e.metric.as_str());
    let recorded = experiment.record.metrics.iter().map(String::as_str);
    let mut names: Vec<&str> = compared.chain(expected).chain(recorded).collect();
    names.sort_unstable();
    names.dedup();
    let wrong = |name: &&str| {
        let Facts::Metric { task, .. } = metric::find(name)?.entry.facts else { return None };
        let fits = match task {
            TaskKind::Any => true,
            TaskKind::Classification => shape.task != Task::Regression,
            TaskKind::Regression => shape.task == Task::Regression,
        };
        let known: Vec<&str> = metric::for_task(shape.task).iter().map(|m| m.entry.name).collect();
        (!fits).then(|| {
            let title =
                format!("metric `{name}` has no meaning for `{data}`, a {} task", task_name(shape.task));
            Diagnostic::error(&WRONG_TASK, title)
                .help(format!("use `loss` or one of its metrics: {}", text::one_of(&known)))
        })
    };
    names.iter().filter_map(wrong).collect()
}

/// Parts that the experiment looks at and the split does not make. For shares this is known from the file; a split column tells only now.
fn absent_parts(
    experiment: &Experiment,
    configuration: &Configuration,
    shape: &PartShape,
    data: &str,
) -> Vec<Diagnostic> {
    let train = &configuration.train;
    let tunes = experiment.compare.as_ref().is_some_and(|c| !c.tune.is_empty());
    let mut wanted: Vec<(String, Part)> = Vec::new();
    wanted.extend(train.early_stop.iter().map(|s| ("`early_stop`".into(), s.metric.part)));
    wanted.extend(train.stop_when.iter().map(|s| ("`stop_when`".into(), s.metric.part)));
    wanted.extend(experiment.expect.iter().map(|e| (format!("`[expect] {}`", e.key), e.part)));
    if tunes {
        wanted.extend([Part::Validation, Part::Test].map(|part| ("`[compare] tune`".into(), part)));
    }
    let is_absent = |part: &Part| match part {
        Part::Train => false,
        Part::Validation => shape.validation == 0,
        Part::Test => shape.test == 0,
    };
    let fault = |(what, part): (String, Part)| {
        let part = part.name();
        Diagnostic::error(
            &NO_SUCH_PART,
            format!("{what} looks at the {part} part, but the split of `{data}` has none"),
        )
        .at(span(configuration), "this data")
        .help(format!("give `{part}` a share in `split`, or mark rows as `{part}` in its column"))
    };
    wanted.into_iter().filter(|(_, part)| is_absent(part)).map(fault).collect()
}

fn task_name(task: Task) -> &'static str {
    match task {
        Task::Classification => "classification",
        Task::MultiLabel => "multi-label",
        Task::Regression => "regression",
    }
}
