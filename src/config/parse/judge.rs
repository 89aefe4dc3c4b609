//! `[compare]`, `[expect]`, `[record]`, `[report]`, `[diagnose]`: what is made of the results. Read last, since they speak of axes and arms.

use super::{Parsed, fields, metric_direction, table_of};
use crate::catalog::{Catalog, Facts, Family, Kind, TaskKind, Value, sections};
use crate::config::check::{self, Sound};
use crate::config::read::{Path, Reader, shown};
use crate::config::sweep::axis_named;
use crate::config::tree::{Item, Node, Slot, Table};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::spec::{
    Allowed, Axis, Bound, Compare, Diagnose, Expectation, Models, Part, Record, Report, Statistic, VARIANT,
};
use crate::text;

/// Half-width of practical equivalence for metrics whose best value is 1, and as a share of the control's mean for others.
const ROPE_UNIT: f64 = 0.01;
const ROPE_RELATIVE: f64 = 0.05;

static BOUNDS: Kind = Kind::Table(sections::EXPECT);

/// The metric that tells most about a task, where the catalogue has it.
fn metric_of_task(catalog: &Catalog, task: TaskKind) -> Option<&'static str> {
    let name = match task {
        TaskKind::Classification => "accuracy",
        TaskKind::Regression => "r2",
        TaskKind::Any => return None,
    };
    catalog.find(Family::Metric, name).map(|e| e.name)
}

/// `None` without the section or with faults. `seen`: what differs in data or pairing.
pub(crate) fn compare(
    r: &mut Reader<'_>,
    root: &Table,
    axes: &[Axis],
    seen: &[Sound],
) -> Option<Parsed<Compare>> {
    let slot = root.slot("compare")?;
    let before = r.faults.len();
    let mut fields = fields(r, root, "compare", sections::COMPARE)?;
    let at = |key: &str| root.at(&["compare", key]).map_or(slot.item.span.clone(), |i| i.span.clone());
    let by = by(r, fields.text("by"), axes, &slot.item.span, &at("by"));
    let metric = metric(r, fields.text("metric"), seen, &slot.item.span, &at("metric"));
    let tune = fields.texts("tune");
    if let Some(by) = by {
        tuned(r, &tune, by, axes, root.at(&["compare", "tune"]));
        control(r, fields.text("control"), &axes[by], &at("control"));
    }
    if metric.as_ref().is_some_and(|(name, _)| name == "loss") {
        r.faults.extend(losses_differ(seen, &at("metric")));
    }
    if tune.is_empty() && fields.count("confirm").is_some_and(|n| n > 0) {
        let fault = Diagnostic::error(&diagnostic::MISSING_KEY, "`compare.confirm` needs `compare.tune`")
            .at(&at("confirm"), "nothing is chosen that could be confirmed")
            .help("name the axes whose value is chosen in `tune`, or raise `[train] seeds`");
        r.fault(fault);
    }
    if !tune.is_empty() {
        for c in seen {
            let parts = [(Part::Validation, "compare.tune"), (Part::Test, "compare.tune")];
            let faults: Vec<_> =
                parts.iter().filter_map(|(p, what)| check::part_fault(c, *p, what, &|| at("tune"))).collect();
            r.faults.extend(faults);
        }
    }
    if r.faults.len() > before {
        return None;
    }
    let (metric, higher_is_better) = metric?;
    let (rope, rope_relative) = match fields.get("rope") {
        Some(Value::Real(x)) => (*x, false),
        Some(Value::Table(pairs)) => match pairs.first()? {
            (_, Value::Real(x)) => (*x, true),
            _ => return None,
        },
        _ => rope_default(r.catalog, &metric),
    };
    let by = axes[by?].key.clone();
    fields.set("by", Value::Text(by.clone()));
    fields.set("metric", Value::Text(metric.clone()));
    let width = Value::Real(rope);
    fields.set("rope", if rope_relative { Value::Table(vec![("relative".into(), width)]) } else { width });
    let value = Compare {
        by,
        metric,
        higher_is_better,
        tune,
        rope,
        rope_relative,
        confirm: fields.count("confirm")?,
        control: fields.owned("control"),
        success_margin: fields.number("success_margin")?,
        confidence: fields.number("confidence")?,
    };
    Some(Parsed { value, fields })
}

/// A loss is in units of its own: which of two is lower says nothing where they are not one function.
fn losses_differ(seen: &[Sound], at: &Span) -> Option<Diagnostic> {
    let mut pairings = seen.iter().filter_map(|c| c.pairing.as_ref());
    let first = pairings.next()?;
    let other = pairings.find(|p| p.loss != first.loss || p.reduction != first.reduction)?;
    let name = |p: &crate::spec::Pairing| format!("`{}` by {}", p.loss, p.reduction.name());
    let fault = Diagnostic::error(&diagnostic::LOSS_NOT_COMPARABLE, "arms have different losses, which cannot be compared")
        .at(at, format!("{} and {} are in different units", name(first), name(other)))
        .help("compare by a metric that means the same for all: `accuracy` or `log_loss` for classes, `r2` or `mae` for numbers");
    Some(fault)
}

fn rope_default(catalog: &Catalog, metric: &str) -> (f64, bool) {
    match catalog.find(Family::Metric, metric).map(|e| &e.facts) {
        Some(Facts::Metric { perfect, higher_is_better: true, .. }) if *perfect == 1.0 => (ROPE_UNIT, false),
        _ => (ROPE_RELATIVE, true),
    }
}

/// Index of the axis whose values are the arms.
fn by(
    r: &mut Reader<'_>,
    written: Option<&str>,
    axes: &[Axis],
    section: &Span,
    span: &Span,
) -> Option<usize> {
    if let Some(key) = written {
        return axis_named(r, axes, key, span);
    }
    if let Some(index) = axes.iter().position(|a| a.key == VARIANT) {
        return Some(index);
    }
    if axes.len() == 1 {
        return Some(0);
    }
    let names: Vec<&str> = axes.iter().map(|a| a.key.as_str()).collect();
    let mut fault =
        Diagnostic::error(&diagnostic::MISSING_KEY, "`compare.by` is missing").at(section, "needs `by`");
    fault = match names.as_slice() {
        [] => fault.help("add `[sweep]` or `[variants]`: a comparison needs at least two arms"),
        _ => fault.help(format!("name the axis whose values are the arms: {}", text::one_of(&names))),
    };
    r.fault(fault);
    None
}

fn metric(
    r: &mut Reader<'_>,
    written: Option<&str>,
    seen: &[Sound],
    section: &Span,
    span: &Span,
) -> Option<(String, bool)> {
    if let Some(name) = written {
        let higher = metric_direction(r, name, span, "compare.metric")?;
        let faults: Vec<_> = seen
            .iter()
            .filter_map(|c| check::task_fault(r.catalog, c, name, "compare.metric", &|| span.clone()))
            .collect();
        r.faults.extend(faults);
        return Some((name.to_string(), higher));
    }
    // One arm with a loss for classes is enough: all arms are judged on the same targets.
    let task = seen.iter().find_map(check::known_task);
    if let Some(name) = task.and_then(|t| metric_of_task(r.catalog, t)) {
        let higher = metric_direction(r, name, section, "compare.metric")?;
        return Some((name.to_string(), higher));
    }
    // A broken section may tell the task once it is mended.
    if seen.is_empty() || seen.iter().any(|s| s.data.is_none() || s.pairing.is_none()) {
        return None;
    }
    let fault = Diagnostic::error(&diagnostic::MISSING_KEY, "`compare.metric` is missing")
        .at(section, "needs `metric`, since the file does not tell the task")
        .help("for example `metric = \"accuracy\"` for classes, `metric = \"r2\"` for numbers, or `metric = \"loss\"`")
        .note("with `[data] task` the metric may be left out");
    r.fault(fault);
    None
}

fn tuned(r: &mut Reader<'_>, tune: &[String], by: usize, axes: &[Axis], item: Option<&Item>) {
    let places = item.map(places).unwrap_or_default();
    for (key, span) in tune.iter().zip(&places) {
        if axis_named(r, axes, key, span) == Some(by) {
            let fault =
                Diagnostic::error(&diagnostic::AXIS_CONFLICT, format!("`{key}` is compared and tuned"))
                    .at(span, "its values are the arms")
                    .help("remove it from `tune`");
            r.fault(fault);
        }
    }
}

fn control(r: &mut Reader<'_>, written: Option<&str>, axis: &Axis, span: &Span) {
    if let Some(label) = written
        && !axis.values.iter().any(|v| v.label == label)
    {
        let fault = unknown_arm(label, axis, span);
        r.fault(fault);
    }
}

fn unknown_arm(label: &str, axis: &Axis, span: &Span) -> Diagnostic {
    let labels: Vec<&str> = axis.values.iter().map(|v| v.label.as_str()).collect();
    let mut fault =
        Diagnostic::error(&diagnostic::UNKNOWN_ARM, format!("there is no arm `{}`", shown(label)))
            .at(span, format!("not a value of the axis `{}`", axis.key));
    if let Some(near) = text::did_you_mean(label, labels.iter().copied()) {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    let few: Vec<&str> = labels.into_iter().take(20).collect();
    fault.note(format!("arms: {}", text::one_of(&few)))
}

/// Every line of `[expect]`, and its values for the resolved file. `arms`: the axis whose values may be named.
pub(crate) fn expect(
    r: &mut Reader<'_>,
    root: &Table,
    arms: Option<&Axis>,
    seen: &[Sound],
) -> Vec<(Expectation, Value)> {
    let Some((table, _)) = root.slot("expect").and_then(|_| table_of(r, root, "expect")) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for slot in &table.entries {
        let Some(key) = key_parts(r, slot) else { continue };
        let named = expected(r, slot, key, arms, seen);
        let bounds = r.value(&BOUNDS, &slot.item, Path::root("expect").key(&slot.key));
        let (Some(Value::Table(pairs)), Some((arm, part, metric))) = (bounds, named) else { continue };
        if pairs.is_empty() {
            let fault = Diagnostic::error(
                &diagnostic::MISSING_KEY,
                format!("`{}` expects nothing", shown(&slot.key)),
            )
            .at(&slot.item.span, "needs at least one bound")
            .help("for example `{ mean_min = 0.9 }`");
            r.fault(fault);
            continue;
        }
        let bounds = pairs.iter().filter_map(|(k, v)| bound(k, v)).collect();
        let key = slot.key.clone();
        out.push((
            Expectation { key, arm, part, metric, bounds, span: slot.key_span.clone() },
            Value::Table(pairs),
        ));
    }
    out
}

fn bound(key: &str, value: &Value) -> Option<Bound> {
    let (name, end) = key.rsplit_once('_')?;
    let statistic = match name {
        "mean" => Statistic::Mean,
        "median" => Statistic::Median,
        "lowest" => Statistic::Lowest,
        "highest" => Statistic::Highest,
        _ => Statistic::SuccessRate,
    };
    let Value::Real(limit) = value else { return None };
    Some(Bound { statistic, limit: *limit, at_least: end == "min" })
}

/// Arm, part, and metric as written. Arms may hold dots, so the key is read from its end.
fn key_parts<'s>(r: &mut Reader<'_>, slot: &'s Slot) -> Option<(Option<&'s str>, Part, &'s str)> {
    let (head, metric) = slot.key.rsplit_once('.').unwrap_or(("", &slot.key));
    let (arm, part) = match head.rsplit_once('.') {
        Some((arm, part)) => (Some(arm), part),
        None => (None, head),
    };
    if let Some(part) = check::part_named(part) {
        return Some((arm, part, metric));
    }
    let title = format!("`{}` is not of the form `ARM.PART.METRIC`", shown(&slot.key));
    let mut fault = Diagnostic::error(&diagnostic::EXPECT_KEY, title)
        .at(&slot.key_span, "expected a part: `train`, `validation`, or `test`")
        .help("for example `\"softmax+cross_entropy.test.accuracy\" = { mean_min = 0.9 }`");
    if slot.item.table().is_some_and(|t| t.entries.iter().any(|s| s.item.table().is_some())) {
        fault = fault.help("put the whole key into quotes, since it contains dots");
    }
    r.fault(fault);
    None
}

/// The arm, part, and metric of a line, checked.
fn expected(
    r: &mut Reader<'_>,
    slot: &Slot,
    (arm, part, metric): (Option<&str>, Part, &str),
    arms: Option<&Axis>,
    seen: &[Sound],
) -> Option<(Option<String>, Part, String)> {
    let before = r.faults.len();
    let direction = metric_direction(r, metric, &slot.key_span, "expect");
    for c in seen {
        let span = || slot.key_span.clone();
        let faults = [
            check::part_fault(c, part, &slot.key, &span),
            check::task_fault(r.catalog, c, metric, &slot.key, &span),
        ];
        r.faults.extend(faults.into_iter().flatten());
    }
    let arm = arm_of(r, arm, arms, seen, slot);
    (direction.is_some() && r.faults.len() == before).then_some((arm, part, metric.to_string()))
}

fn arm_of(
    r: &mut Reader<'_>,
    arm: Option<&str>,
    arms: Option<&Axis>,
    seen: &[Sound],
    slot: &Slot,
) -> Option<String> {
    match (arm, arms) {
        (None, None) => None,
        (Some(arm), Some(axis)) if axis.values.iter().any(|v| v.label == arm) => Some(arm.to_string()),
        (Some(arm), Some(axis)) => {
            let fault = unknown_arm(arm, axis, &slot.key_span);
            r.fault(fault);
            None
        }
        (None, Some(axis)) => {
            let labels: Vec<&str> = axis.values.iter().take(20).map(|v| v.label.as_str()).collect();
            let title = format!("`{}` does not say which arm", shown(&slot.key));
            let fault = Diagnostic::error(&diagnostic::UNKNOWN_ARM, title)
                .at(&slot.key_span, "expected `ARM.PART.METRIC`")
                .help(format!("put one of the arms in front: {}", text::one_of(&labels)));
            r.fault(fault);
            None
        }
        // One configuration: its pairing's name is as good as none.
        (Some(arm), None) if seen.is_empty() || seen.iter().any(|s| may_be_named(s, arm)) => None,
        (Some(arm), None) => {
            let title = format!("there is no arm `{}`", shown(arm));
            let fault = Diagnostic::error(&diagnostic::UNKNOWN_ARM, title)
                .at(&slot.key_span, "nothing is compared in this file")
                .help("leave the arm out: `\"PART.METRIC\"`, or name the arms' axis in `[compare] by`");
            r.fault(fault);
            None
        }
    }
}

/// Whether the pairing is called this, or is broken and may be.
fn may_be_named(sound: &Sound, arm: &str) -> bool {
    sound.pairing.as_ref().is_none_or(|p| p.label() == arm)
}

/// The place of each text of a text or a list of texts.
fn places(item: &Item) -> Vec<Span> {
    match &item.node {
        Node::List(items) => items.iter().map(|i| i.span.clone()).collect(),
        _ => vec![item.span.clone()],
    }
}

pub(crate) fn record(r: &mut Reader<'_>, root: &Table, seen: &[Sound]) -> Option<Parsed<Record>> {
    let before = r.faults.len();
    let fields = fields(r, root, "record", sections::RECORD)?;
    let metrics = fields.texts("metrics");
    let places = root.at(&["record", "metrics"]).map(places).unwrap_or_default();
    for (name, place) in metrics.iter().zip(&places) {
        metric_direction(r, name, place, "record.metrics");
        let fault = |c| check::task_fault(r.catalog, c, name, "record.metrics", &|| place.clone());
        let faults: Vec<_> = seen.iter().filter_map(fault).collect();
        r.faults.extend(faults);
    }
    let models = Models::ALL.into_iter().find(|m| fields.text("models") == Some(m.name()));
    let models = models.unwrap_or(Models::None);
    let value = Record { every: fields.count("every"), metrics, models };
    (r.faults.len() == before).then_some(Parsed { value, fields })
}

pub(crate) fn report(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Report>> {
    let before = r.faults.len();
    let fields = fields(r, root, "report", sections::REPORT)?;
    let value = Report { figures: fields.flag("figures")?, notes: fields.owned("notes")? };
    (r.faults.len() == before).then_some(Parsed { value, fields })
}

pub(crate) fn diagnose(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<Diagnose>> {
    let before = r.faults.len();
    let mut fields = fields(r, root, "diagnose", sections::DIAGNOSE)?;
    let written = root.at(&["diagnose", "allow"]).and_then(Item::table);
    let slots = written.map_or(&[][..], |table| &table.entries);
    for slot in slots {
        r.faults.extend(allowed_fault(r.catalog, slot));
    }
    let pair = |slot: &Slot| Some(Allowed { code: slot.key.clone(), reason: slot.item.text()?.to_string() });
    let allow: Vec<Allowed> = slots.iter().filter_map(pair).collect();
    if allow.is_empty() {
        // An empty table says what none says.
        fields.clear("allow");
    }
    (r.faults.len() == before).then_some(Parsed { value: Diagnose { allow }, fields })
}

/// What is wrong with an entry of `allow`: no rule has its code, or its reason is empty.
fn allowed_fault(catalog: &Catalog, slot: &Slot) -> Option<Diagnostic> {
    let codes = catalog.rules();
    if !codes.contains(&slot.key.as_str()) {
        let title = format!("there is no rule `{}`", shown(&slot.key));
        let mut fault =
            Diagnostic::error(&diagnostic::UNKNOWN_NAME, title).at(&slot.key_span, "not the code of a rule");
        if let Some(near) = text::did_you_mean(&slot.key, codes.iter().copied()) {
            fault = fault.help(format!("did you mean `{near}`?"));
        }
        return Some(fault.note("`runner list` shows them all"));
    }
    let is_empty = slot.item.text().is_some_and(|reason| reason.trim().is_empty());
    is_empty.then(|| {
        Diagnostic::error(&diagnostic::OUT_OF_RANGE, format!("`{}` is allowed without a reason", slot.key))
            .at(&slot.item.span, "says nothing")
            .help("say why it is expected: readers of `findings.csv` are told this reason")
    })
}
