//! `[train]`: the budget, the batches, the seeds, and when a trial stops early.

use super::{Parsed, fields, metric_of};
use crate::catalog::{Value, sections};
use crate::config::read::{Reader, as_text};
use crate::config::tree::Table;
use crate::diagnostic::{self, Diagnostic};
use crate::rng::Purpose;
use crate::spec::{Batch, Budget, EarlyStop, Engine, Part, Sampling, StopWhen, Train};

/// The streams that `vary` may name, in the order of the reference.
const STREAMS: [Purpose; 4] = [Purpose::Split, Purpose::Init, Purpose::Order, Purpose::Noise];

/// `[train]` and its seeds.
pub(crate) fn train(r: &mut Reader<'_>, root: &Table) -> Option<Parsed<(Train, Vec<u64>)>> {
    let before = r.faults.len();
    let mut fields = fields(r, root, "train", sections::TRAIN)?;
    if fields.get("epochs").is_some() && fields.get("steps").is_some() {
        budget_twice(r, root);
    }
    if root.at(&["train", "epochs"]).is_none() && root.at(&["train", "steps"]).is_none() {
        fields.set("epochs", Value::Count(sections::EPOCHS_DEFAULT));
    }
    let seeds = fields.get("seeds").cloned().and_then(|s| seeds(r, root, &s));
    if let (Some(Value::List(streams)), Some(item)) = (fields.get("vary"), root.at(&["train", "vary"]))
        && streams.is_empty()
    {
        // All seeds would give the same trial, and statistics would take copies for evidence.
        let fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, "`train.vary` is an empty list")
            .at(&item.span, "every seed would give the same trial")
            .help("leave the key out to vary all streams; for a single trial write `seeds = 1`");
        r.fault(fault);
    }
    if fields.get("vary").is_none() && root.at(&["train", "vary"]).is_none() {
        let all = STREAMS.iter().map(|p| Value::Text(p.name().into())).collect();
        fields.set("vary", Value::List(all));
    }
    let early_stop = fields.get("early_stop").cloned().and_then(|v| early_stop(r, root, &v));
    let stop_when = fields.get("stop_when").cloned().and_then(|v| stop_when(r, root, &v));
    if r.faults.len() > before {
        return None;
    }
    let value = Train {
        budget: match fields.count("steps") {
            Some(n) => Budget::Steps(n),
            None => Budget::Epochs(fields.count("epochs")?),
        },
        batch: fields.count("batch").map_or(Batch::Full, Batch::Size),
        sampling: match fields.text("sampling")? {
            "with_replacement" => Sampling::WithReplacement,
            "sequential" => Sampling::Sequential,
            _ => Sampling::Shuffle,
        },
        engine: match fields.text("engine")? {
            "fused" => Engine::Fused,
            "burn" => Engine::Burn,
            _ => Engine::Auto,
        },
        vary: STREAMS.into_iter().filter(|p| fields.texts("vary").iter().any(|v| v == p.name())).collect(),
        early_stop,
        stop_when,
        checkpoint: fields.count("checkpoint"),
        // A key of the sweep, which is read apart.
        stop_hopeless: false,
    };
    Some(Parsed { value: (value, seeds?), fields })
}

fn budget_twice(r: &mut Reader<'_>, root: &Table) {
    let (Some(epochs), Some(steps)) = (root.at(&["train", "epochs"]), root.at(&["train", "steps"])) else {
        return;
    };
    let fault =
        Diagnostic::error(&diagnostic::BUDGET_TWICE, "`train.epochs` and `train.steps` are both written")
            .at(&steps.span, "a second budget")
            .also(&epochs.span, "the first")
            .help("keep one of the two");
    r.fault(fault);
}

fn seeds(r: &mut Reader<'_>, root: &Table, value: &Value) -> Option<Vec<u64>> {
    let items = match value {
        Value::Count(n) => return Some((0..*n).collect()),
        Value::List(items) => items,
        _ => return None,
    };
    let seeds: Vec<u64> =
        items.iter().filter_map(|v| if let Value::Count(n) = v { Some(*n) } else { None }).collect();
    let span = &root.at(&["train", "seeds"])?.span;
    if seeds.is_empty() {
        let fault = Diagnostic::error(&diagnostic::OUT_OF_RANGE, "`train.seeds` is an empty list")
            .at(span, "expected at least one seed")
            .help("write a count such as `seeds = 10`");
        r.fault(fault);
        return None;
    }
    let mut seen = std::collections::BTreeSet::new();
    if let Some(seed) = seeds.iter().find(|s| !seen.insert(**s)) {
        let fault =
            Diagnostic::error(&diagnostic::REPEATED_VALUE, format!("the seed {seed} is listed twice"))
                .at(span, "each seed once")
                .help("the same seed gives the same trial; remove one");
        r.fault(fault);
        return None;
    }
    Some(seeds)
}

fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Table(pairs) => pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v),
        _ => None,
    }
}

fn real(value: &Value, key: &str) -> Option<f64> {
    match get(value, key)? {
        Value::Real(x) => Some(*x),
        Value::Count(n) => Some(*n as f64),
        _ => None,
    }
}

fn early_stop(r: &mut Reader<'_>, root: &Table, value: &Value) -> Option<EarlyStop> {
    Some(EarlyStop {
        metric: watched(r, root, "early_stop", value)?,
        patience: real(value, "patience")? as usize,
        min_delta: real(value, "min_delta")?,
        restore_best: matches!(get(value, "restore_best"), Some(Value::Flag(true))),
    })
}

fn stop_when(r: &mut Reader<'_>, root: &Table, value: &Value) -> Option<StopWhen> {
    let (at_least, at_most) = (real(value, "at_least"), real(value, "at_most"));
    if at_least.is_some() == at_most.is_some() {
        let title = if at_least.is_some() {
            "`train.stop_when` has both `at_least` and `at_most`"
        } else {
            "`train.stop_when` has neither `at_least` nor `at_most`"
        };
        let fault = Diagnostic::error(&diagnostic::STOP_BOUNDS, title)
            .at(&root.at(&["train", "stop_when"])?.span, "expected exactly one of the two")
            .help("for example `stop_when = { metric = \"train.accuracy\", at_least = 0.99 }`");
        r.fault(fault);
    }
    Some(StopWhen { metric: watched(r, root, "stop_when", value)?, at_least, at_most })
}

/// The metric a stop looks at: never one of the test part.
fn watched(
    r: &mut Reader<'_>,
    root: &Table,
    key: &'static str,
    value: &Value,
) -> Option<crate::spec::MetricOf> {
    let path = ["train", key, "metric"];
    let span = root.at(&path).or_else(|| root.at(&path[..2])).map(|i| i.span.clone())?;
    let name = path.join(".");
    let text = get(value, "metric").and_then(as_text)?;
    let metric = metric_of(r, &text, &span, &name)?;
    if metric.part == Part::Test {
        let fault =
            Diagnostic::error(&diagnostic::TEST_PART_USED, format!("`{name}` looks at the test part"))
                .at(&span, "the test part is opened once, at the end")
                .help(format!("use `\"validation.{}\"`", metric.metric));
        r.fault(fault);
        return None;
    }
    Some(metric)
}
