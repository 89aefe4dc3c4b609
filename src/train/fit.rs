//! Do data and network fit? What can be said only when the data is known, and must be said before training.

use super::{Inputs, PartShape, Shapes};
use crate::catalog::{Facts, TaskKind};
use crate::diagnostic::{
    Diagnostic, NO_SUCH_PART, ONE_UNIT_SOFTMAX, Span, TARGET_MISMATCH, TARGET_RANGE, WRONG_TASK,
};
use crate::metric;
use crate::plan::{self, Plan};
use crate::spec::{Configuration, Experiment, Part, Source, Task};
use crate::text;

/// Every misfit of the plan, each pairing and data set once.
pub fn unfit(experiment: &Experiment, plan: &Plan, inputs: &Inputs, shapes: &Shapes) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut seen: Vec<(usize, Option<plan::Fold>, String)> = Vec::new();
    for trial in &plan.trials {
        let configuration = &plan.configurations[trial.configuration].configuration;
        let name = inputs.dataset(&configuration.data).name.clone();
        let combination = (inputs.index_of(plan, trial), trial.fold, configuration.pairing.label());
        if seen.contains(&combination) {
            continue;
        }
        seen.push(combination);
        let shape = shapes.get(inputs, plan, trial);
        let range = shapes.targets(inputs, plan, trial);
        faults.extend(pairing(configuration, shape, range, &name));
        faults.extend(metrics(experiment, shape, &name));
        faults.extend(absent_parts(experiment, configuration, shape, &name));
    }
    let mut told: Vec<String> = Vec::new();
    faults.retain(|fault| {
        let new = !told.contains(&fault.title);
        told.push(fault.title.clone());
        new
    });
    faults
}

fn span(configuration: &Configuration) -> &Span {
    match &configuration.data.source {
        Source::File { span, .. } | Source::Generator { span, .. } => span,
    }
}

fn pairing(
    configuration: &Configuration,
    shape: &PartShape,
    (low, high): (f64, f64),
    data: &str,
) -> Option<Diagnostic> {
    let pairing = &configuration.pairing;
    let label = pairing.label();
    let range = format!(
        "targets of `{data}` go from {} to {}",
        text::significant(low, 4),
        text::significant(high, 4)
    );
    if let Facts::Loss { targets, distribution, .. } = &pairing.loss.entry.facts {
        let loss = pairing.loss.name();
        if *distribution && shape.task != Task::Classification {
            return Some(
                Diagnostic::error(
                    &TARGET_MISMATCH,
                    format!("`{loss}` needs one class per row, but `{data}` is a {} task", task_name(shape.task)),
                )
                .at(span(configuration), "this data")
                .help("use a loss for plain values: `identity+mse`, or `sigmoid+binary_cross_entropy` for 0/1 labels")
                .help("or set `task = \"classification\"` in `[data]` if the target column holds classes"),
            );
        }
        if !targets.contains(low) || !targets.contains(high) {
            return Some(
                Diagnostic::error(
                    &TARGET_MISMATCH,
                    format!("`{loss}` accepts targets in {targets}, but {range}"),
                )
                .at(span(configuration), "this data")
                .help("scale the targets with `target_scale`, or choose another loss"),
            );
        }
    }
    if let Facts::Activation { gives, distribution, .. } = &pairing.activation.entry.facts {
        let activation = pairing.activation.name();
        if *distribution && shape.outputs == 1 {
            return Some(
                Diagnostic::error(
                    &ONE_UNIT_SOFTMAX,
                    format!("`{label}` with one output unit always gives 1 and never learns"),
                )
                .at(span(configuration), "this data has one output")
                .help("use `sigmoid` or `identity` as the output activation"),
            );
        }
        if low < gives.low || high > gives.high {
            return Some(
                Diagnostic::warning(
                    &TARGET_RANGE,
                    format!(
                        "`{activation}` gives values in {gives}, but {range}: it can never reach them all"
                    ),
                )
                .at(span(configuration), "this data")
                .help("use `identity` as the output activation, or scale the targets with `target_scale`"),
            );
        }
    }
    None
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
