//! Rules across sections: does the loss suit the activation and the targets, is there a part to choose on.
//!
//! They hold for every configuration, and for what is sound of one with a broken section. Everything is compared through the facts of the entries; no name is listed here.

use std::sync::Arc;

use crate::catalog::explain::{describe_range, describe_words};
use crate::catalog::{Catalog, Entry, Facts, Family, TargetRow, TaskKind};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{
    Data, Fault, MetricOf, Model, Optimizer, Pairing, Part, Reduction, Source, Split, Task, Train, Weights,
};

mod line_search;
mod masking;
mod misplaced;
mod unused;

/// The sections that rules speak of, as far as they are sound: one broken section does not hide what is wrong between the others.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) data: Option<Arc<Data>>,
    pub(crate) model: Option<Arc<Model>>,
    pub(crate) fault: Option<Arc<Fault>>,
    pub(crate) pairing: Option<Arc<Pairing>>,
    pub(crate) optimizer: Option<Arc<Optimizer>>,
    pub(crate) train: Option<Arc<Train>>,
}

/// Gives the place of a dotted path, split into keys.
pub(crate) type Place<'a> = &'a dyn Fn(&[&str]) -> Span;

pub(crate) fn configuration(catalog: &Catalog, c: &Sound, place: Place<'_>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if let Some(pairing) = &c.pairing {
        faults.extend(range_fault(catalog, pairing, place));
        faults.extend(reduction_fault(pairing, place));
    }
    faults.extend(target_fault(c, place));
    faults.extend(weights_fault(c, place));
    faults.extend(line_search::faults(c, place));
    faults.extend(misplaced::faults(c, place));
    faults.extend(masking::fault(c, place));
    faults.extend(unused::faults(c, place));
    let Some(train) = &c.train else { return faults };
    let stops = [
        ("early_stop", train.early_stop.as_ref().map(|s| &s.metric)),
        ("stop_when", train.stop_when.as_ref().map(|s| &s.metric)),
    ];
    for (key, metric) in stops {
        let Some(metric) = metric else { continue };
        let path = ["train", key, "metric"];
        faults.extend(part_fault(c, metric.part, &path.join("."), &|| place(&path)));
        faults.extend(metric_fault(catalog, c, metric, &path, place));
    }
    faults
}

/// What the targets are, as far as the file tells.
pub(crate) fn stated_task(data: &Data) -> Option<TaskKind> {
    match (data.task, &data.source) {
        (Some(Task::Regression), _) => Some(TaskKind::Regression),
        (Some(Task::Classification | Task::MultiLabel), _) => Some(TaskKind::Classification),
        (None, Source::Generator { choice, .. }) => match choice.entry.facts {
            Facts::Source { task: TaskKind::Any } => None,
            Facts::Source { task } => Some(task),
            _ => None,
        },
        (None, Source::File { .. }) => None,
    }
}

/// What the targets must be: stated, or because the loss is for classes only.
pub(crate) fn known_task(c: &Sound) -> Option<TaskKind> {
    let stated = c.data.as_ref().and_then(|data| stated_task(data));
    stated.or(match c.pairing.as_ref()?.loss.entry.facts {
        Facts::Loss { row: TargetRow::Class, .. } => Some(TaskKind::Classification),
        Facts::Loss { row: TargetRow::Signal, .. } => Some(TaskKind::Regression),
        Facts::Loss { row: TargetRow::Separate, targets, .. }
            if targets.low == 0.0 && targets.high == 1.0 =>
        {
            Some(TaskKind::Classification)
        }
        _ => None,
    })
}

/// Whether the facts of an activation and of a loss agree.
fn suits(activation: &Entry, loss: &Entry) -> bool {
    let Facts::Activation { gives, distribution, .. } = activation.facts else { return true };
    match loss.facts {
        Facts::Loss { fused_with, .. } if fused_with.contains(&activation.name) => true,
        Facts::Loss { distribution: true, .. } => distribution,
        Facts::Loss { accepts, .. } => gives.within(&accepts),
        _ => true,
    }
}

fn range_fault(catalog: &Catalog, pairing: &Pairing, place: Place<'_>) -> Option<Diagnostic> {
    let (activation, loss) = (pairing.activation.entry, pairing.loss.entry);
    if suits(activation, loss) {
        return None;
    }
    let Facts::Activation { gives, log_distribution, .. } = activation.facts else { return None };
    let Facts::Loss { accepts, distribution, .. } = loss.facts else { return None };
    let needs =
        if distribution { "a distribution over the classes".to_string() } else { describe_range(&accepts) };
    let found = if log_distribution { "logarithms of a distribution".into() } else { describe_range(&gives) };
    let title = format!("`{}` needs {needs}, but `{}` gives {found}", loss.name, activation.name);
    let (a, b) = (place(&["pairing", "activation"]), place(&["pairing", "loss"]));
    let accepted = if distribution {
        "needs outputs that sum to 1".into()
    } else {
        format!("accepts {}", describe_range(&accepts))
    };
    let mut fault = Diagnostic::error(&diagnostic::PAIRING_MISMATCH, title).at(&b, accepted);
    if a != b {
        fault = fault.also(&a, "the output activation is chosen here");
    }
    let activations: Vec<&str> =
        catalog.family(Family::Activation).filter(|e| suits(e, loss)).map(|e| e.name).collect();
    // Of those that would do, the ones for the same targets, and for numbers, which all targets are.
    let row_of = |e: &Entry| match e.facts {
        Facts::Loss { row, .. } => row,
        _ => TargetRow::Separate,
    };
    let is_near = |e: &Entry| [TargetRow::Separate, row_of(loss)].contains(&row_of(e));
    let losses = catalog.family(Family::Loss).filter(|e| suits(activation, e) && is_near(e));
    let losses: Vec<&str> = losses.map(|e| e.name).collect();
    if !activations.is_empty() {
        fault = fault.help(format!(
            "keep `{}` with an activation that suits it: {}",
            loss.name,
            describe_words(&activations)
        ));
    }
    if !losses.is_empty() {
        fault = fault.help(format!(
            "or keep `{}` with another loss: {}",
            activation.name,
            describe_words(&losses)
        ));
    }
    Some(fault)
}

fn reduction_fault(pairing: &Pairing, place: Place<'_>) -> Option<Diagnostic> {
    if let Facts::Loss { row: TargetRow::Separate, .. } = pairing.loss.entry.facts {
        return None;
    }
    if pairing.reduction != Reduction::SumOverOutputs {
        return None;
    }
    let name = pairing.loss.name();
    let title = format!("`{name}` has one value per sample, so there is no sum over outputs");
    let fault = Diagnostic::error(&diagnostic::REDUCTION_MISMATCH, title)
        .at(&place(&["pairing", "reduction"]), "expected \"mean\" or \"sum\"")
        .help("write `reduction = \"mean\"`: the mean over samples, which is the same number");
    Some(fault)
}

fn target_fault(c: &Sound, place: Place<'_>) -> Option<Diagnostic> {
    let (data, loss) = (c.data.as_ref()?, c.pairing.as_ref()?.loss.entry);
    let Facts::Loss { targets, row, .. } = loss.facts else { return None };
    let needs = match row {
        TargetRow::Class => "one class per row".to_string(),
        TargetRow::Signal => "values along an axis".to_string(),
        TargetRow::Separate if targets.low.is_finite() || targets.high.is_finite() => {
            format!("targets: {}", describe_range(&targets))
        }
        // Columns of numbers may be shares, which only the data tells.
        TargetRow::Shares | TargetRow::Separate => return None,
    };
    let labels = data.task == Some(Task::MultiLabel);
    let found = match (row, stated_task(data)) {
        (TargetRow::Signal, Some(TaskKind::Classification)) if !labels => {
            "one class per row (classification)"
        }
        (TargetRow::Signal | TargetRow::Class, _) if labels => "several labels per row (multi_label)",
        (TargetRow::Class | TargetRow::Separate, Some(TaskKind::Regression)) => "plain numbers (regression)",
        _ => return None,
    };
    let title = format!("`{}` needs {needs}, but the data has {found}", loss.name);
    let path: &[&str] = if data.task.is_some() { &["data", "task"] } else { &["data", "source"] };
    let fault = Diagnostic::error(&diagnostic::TARGET_MISMATCH, title)
        .at(&place(&["pairing", "loss"]), format!("needs {needs}"))
        .also(&place(path), "the task is settled here")
        .help(match (stated_task(data), labels) {
            (Some(TaskKind::Regression), _) => "for plain numbers: `\"identity+mse\"`",
            (_, true) => "for several labels: `\"sigmoid+binary_cross_entropy\"`",
            _ => "for one class per row: `\"softmax+cross_entropy\"`",
        });
    Some(fault)
}

fn weights_fault(c: &Sound, place: Place<'_>) -> Option<Diagnostic> {
    let data = c.data.as_ref()?;
    if data.weights == Weights::Equal || stated_task(data) != Some(TaskKind::Regression) {
        return None;
    }
    let fault =
        Diagnostic::error(&diagnostic::WRONG_TASK, "`data.weights` weighs classes, but regression has none")
            .at(&place(&["data", "weights"]), "only for classification")
            .help("remove the key");
    Some(fault)
}

/// Whether the split makes this part; `None`: only the data tells.
pub(crate) fn has_part(split: &Split, part: Part) -> Option<bool> {
    match (split, part) {
        (_, Part::Train) => Some(true),
        (Split::Predefined { .. }, _) => None,
        (Split::None, _) => Some(false),
        (Split::Holdout { validation, .. } | Split::KFold { validation, .. }, Part::Validation) => {
            Some(*validation > 0.0)
        }
        (Split::Holdout { test, .. }, Part::Test) => Some(*test > 0.0),
        (Split::KFold { .. } | Split::HoldoutWithReplacement { .. }, Part::Test) => Some(true),
        (Split::HoldoutWithReplacement { .. }, Part::Validation) => Some(false),
    }
}

/// A fault where `what` needs a part that the split does not make.
pub(crate) fn part_fault(c: &Sound, part: Part, what: &str, span: &dyn Fn() -> Span) -> Option<Diagnostic> {
    if has_part(&c.data.as_ref()?.split, part) != Some(false) {
        return None;
    }
    let name = part.name();
    let title = format!("`{what}` needs a {name} part, but the split makes none");
    let fault = Diagnostic::error(&diagnostic::NO_SUCH_PART, title)
        .at(&span(), format!("looks at the {name} part"))
        .help(format!("add `{name} = 0.2` to `[data] split`"));
    let other = if part == Part::Validation { "train" } else { "train` or `validation" };
    Some(fault.note(format!("without it, use a metric of the part `{other}`")))
}

fn metric_fault(
    catalog: &Catalog,
    c: &Sound,
    metric: &MetricOf,
    path: &[&str],
    place: Place<'_>,
) -> Option<Diagnostic> {
    task_fault(catalog, c, &metric.metric, &path.join("."), &|| place(path))
}

/// A fault where a metric is for another task than the data's.
pub(crate) fn task_fault(
    catalog: &Catalog,
    c: &Sound,
    metric: &str,
    what: &str,
    span: &dyn Fn() -> Span,
) -> Option<Diagnostic> {
    let Facts::Metric { task, .. } = catalog.find(Family::Metric, metric)?.facts else { return None };
    let known = known_task(c)?;
    if task == TaskKind::Any || task == known {
        return None;
    }
    let words = |t: TaskKind| if t == TaskKind::Regression { "regression" } else { "classification" };
    let suited = catalog
        .family(Family::Metric)
        .filter(|e| matches!(e.facts, Facts::Metric { task, .. } if task == known || task == TaskKind::Any));
    let names: Vec<&str> = suited.map(|e| e.name).collect();
    let title = format!("`{metric}` is a metric for {}, but this is {}", words(task), words(known));
    let fault = Diagnostic::error(&diagnostic::METRIC_TASK, title)
        .at(&span(), format!("`{what}` cannot use it"))
        .note(format!("metrics for {}: `loss`, {}", words(known), names.join(", ")));
    Some(fault)
}

pub(crate) fn part_named(word: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|p| p.name() == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Range;

    const fn activation(name: &'static str, gives: Range, distribution: bool) -> Entry {
        let facts = Facts::Activation { gives, distribution, log_distribution: false };
        Entry { name, family: Family::Activation, summary: "", docs: "", params: &[], facts }
    }

    const fn loss(accepts: Range, distribution: bool, fused_with: &'static [&'static str]) -> Entry {
        let row = TargetRow::Separate;
        let facts =
            Facts::Loss { accepts, targets: Range::REAL, row, distribution, fused_with, has_kinks: false };
        Entry { name: "loss", family: Family::Loss, summary: "", docs: "", params: &[], facts }
    }

    /// The facts alone decide: no name of the real catalogue is involved.
    #[test]
    fn a_pairing_is_judged_by_its_facts() {
        let any = activation("any", Range::REAL, false);
        let unit = activation("unit", Range::open(0.0, 1.0), false);
        let shares = activation("shares", Range::open(0.0, 1.0), true);
        let cases = [
            (&any, loss(Range::REAL, false, &[]), true),
            (&any, loss(Range::UNIT, false, &[]), false),
            (&any, loss(Range::UNIT, false, &["any"]), true),
            (&unit, loss(Range::UNIT, false, &[]), true),
            (&unit, loss(Range::UNIT, true, &[]), false),
            (&shares, loss(Range::UNIT, true, &[]), true),
        ];
        for (activation, loss, suited) in &cases {
            assert_eq!(suits(activation, loss), *suited, "{} with {:?}", activation.name, loss.facts);
        }
    }

    #[test]
    fn parts_follow_from_the_split() {
        let holdout = Split::Holdout { test: 0.2, validation: 0.0, stratified: true };
        assert_eq!(has_part(&holdout, Part::Test), Some(true));
        assert_eq!(has_part(&holdout, Part::Validation), Some(false));
        assert_eq!(has_part(&Split::None, Part::Test), Some(false));
        assert_eq!(has_part(&Split::Predefined { column: "part".into() }, Part::Test), None);
    }
}
