//! A state in words for a pipe, and as JSON for programs. The view for a terminal is elsewhere; both say the same.

use serde_json::{Value, json};

use super::state::{PartState, State};
use super::table;
use crate::event::End;
use crate::report::FailedTrial;
use crate::text;

/// Arms and failures that are shown one by one.
const ROWS: usize = 20;

/// What went wrong with a trial.
pub(super) fn reason(end: End) -> &'static str {
    match end {
        End::NonFinite => "a loss or parameter became NaN or infinite",
        _ => "the last training loss is more than ten times the first",
    }
}

/// `trial 7d7fdca33e16 (sigmoid+mse, learning_rate 3, seed 4) ended non_finite after 12 epochs: ...`.
pub(super) fn failure(failed: &FailedTrial) -> String {
    format!(
        "trial {} ({}, seed {}) ended {} after {}: {}",
        failed.id,
        failed.label,
        failed.seed,
        failed.end.name(),
        text::count(failed.epoch, "epoch"),
        reason(failed.end)
    )
}

/// `shard 0 of 3: 4 of 12 trials, running, 3 trials a minute, ...`.
fn part(part: &PartState) -> String {
    let mut told =
        format!("{}: {} of {}, {}", part.name, part.done, text::count(part.planned, "trial"), part.word());
    told.extend(part.pace.told().filter(|_| part.word() == "running").map(|pace| format!(", {pace}")));
    told
}

/// `best validation accuracy of a configuration so far: 0.97, after 40 trials`.
pub(super) fn best(state: &State) -> Option<String> {
    let (after, value) = state.glance.best.last()?;
    Some(format!(
        "best {} {} of a configuration so far: {}, after {}",
        state.glance.part,
        state.glance.metric,
        text::significant(*value, 4),
        text::count(*after, "trial")
    ))
}

/// Control characters would move the cursor or change colours.
pub(super) fn visible(t: &str) -> String {
    t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Plain text, at most `width` columns wide where names allow it.
pub(super) fn text(state: &State, width: usize) -> String {
    let mut out = String::new();
    let mut line = |t: String| {
        out.push_str(&visible(&t));
        out.push('\n');
    };
    if state.name.is_empty() {
        line(format!("{}: {}", state.folder, state.phase.told()));
        return out;
    }
    line(format!("{}: {}", state.name, state.title));
    line(format!("{} ({})", state.phase.told(), state.counts()));
    [state.speed(), state.last_record()].into_iter().flatten().for_each(&mut line);
    state.parts.iter().map(part).for_each(&mut line);
    if state.damaged > 0 {
        let lines = text::count(state.damaged, "line");
        line(format!("{lines} of the records cannot be read; the next run trains again what they held"));
    }
    let glance = &state.glance;
    if !glance.arms.is_empty() {
        line(String::new());
        let shown = glance.arms.len().min(ROWS);
        table::lines(glance, shown, width).into_iter().for_each(&mut line);
        if glance.total > shown {
            line(format!("and {} more", text::grouped((glance.total - shown) as u64)));
        }
        line(String::new());
        best(state).into_iter().for_each(&mut line);
    }
    glance.failures.iter().take(ROWS).map(failure).for_each(&mut line);
    if state.failed() > ROWS {
        line(format!("and {} more failed trials", text::grouped((state.failed() - ROWS) as u64)));
    }
    if !glance.verdict.is_empty() {
        line(String::new());
        text::wrapped(&glance.verdict, width).into_iter().for_each(&mut line);
    }
    out
}

/// Nine significant digits, as in the CSV files.
fn number(x: f64) -> Value {
    text::significant(x, 9).parse::<f64>().ok().filter(|x| x.is_finite()).map_or(Value::Null, Value::from)
}

fn maybe(x: Option<f64>) -> Value {
    x.map_or(Value::Null, number)
}

/// The same for programs; what is not known is `null`. Times are seconds.
pub(super) fn json(state: &State) -> Value {
    let glance = &state.glance;
    let arms: Vec<Value> = (glance.arms.iter())
        .map(|arm| {
            json!({
                "arm": arm.name, "configuration": arm.id, "planned": arm.planned, "done": arm.done, "failed": arm.failed,
                "learned": arm.learned, "mean": maybe(arm.mean), "low": maybe(arm.interval.map(|i| i.0)), "high": maybe(arm.interval.map(|i| i.1)),
            })
        })
        .collect();
    let failures: Vec<Value> = (glance.failures.iter())
        .map(|f| {
            json!({
                "trial": f.id, "configuration": f.label, "seed": f.seed, "end": f.end.name(), "epoch": f.epoch,
                "reason": reason(f.end),
            })
        })
        .collect();
    let parts: Vec<Value> = (state.parts.iter())
        .map(|p| {
            json!({
                "part": p.name, "state": p.word(), "planned": p.planned, "done": p.done,
                "trials_per_minute": maybe(p.pace.trials_per_minute), "remaining_seconds": maybe(p.pace.remaining_s),
                "seconds_since_record": maybe(p.quiet_s),
            })
        })
        .collect();
    let outcomes: serde_json::Map<String, Value> =
        glance.outcomes.iter().map(|(name, n)| ((*name).to_string(), json!(n))).collect();
    let best: Vec<Value> = glance.best.iter().map(|(after, value)| json!([after, number(*value)])).collect();
    json!({
        "results": state.folder,
        "experiment": (!state.name.is_empty()).then_some(&state.name),
        "title": (!state.title.is_empty()).then_some(&state.title),
        "state": state.phase.word(),
        "told": state.phase.told(),
        "trials": { "planned": state.planned, "done": state.done, "failed": state.failed(), "rounds_may_follow": state.grows },
        "outcomes": outcomes,
        "seconds_since_record": maybe(state.quiet_s),
        "trials_per_minute": maybe(state.pace.trials_per_minute),
        "remaining_seconds": maybe(state.pace.remaining_s),
        "thread_seconds_left": maybe(state.thread_s),
        "parts": parts,
        "metric": glance.metric,
        "part": glance.part,
        "arms": arms,
        "arms_in_all": glance.total,
        "best": best,
        "failures": failures,
        "damaged_lines": state.damaged,
        "verdict": (!glance.verdict.is_empty()).then_some(&glance.verdict),
    })
}
