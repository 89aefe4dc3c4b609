//! Verdicts, warnings, and numbers in words. Plain text without markup, the same in the page and on the terminal.
//!
//! A difference is always told with its uncertainty, and the word "significant" is never used.

use super::comparison::{Basis, Pair};
use std::collections::BTreeSet;

use super::selection::{Arm, Cause, Selection, Warning};
use super::view::View;
use crate::stats::{Folds, Interval, Paired, SEEDS_LIMIT, SEEDS_MIN, Verdict};
use crate::text;

/// Four significant digits: enough to tell configurations apart in a table; the files hold nine.
pub(super) fn short(x: f64) -> String {
    text::significant(x, 4)
}

/// Decimals that show two significant digits of `spread`.
fn decimals(spread: f64) -> usize {
    if spread > 0.0 && spread.is_finite() {
        (1.0 - spread.log10().floor()).clamp(0.0, 12.0) as usize
    } else {
        4
    }
}

/// `0.953 ± 0.022`, rounded to the uncertainty; very small and large numbers keep their exponent.
pub(super) fn plus_minus(mean: f64, interval: Option<Interval>) -> String {
    let Some(interval) = interval else {
        return short(mean);
    };
    let half = (interval.high - interval.low) / 2.0;
    if half == 0.0 || !(1e-4..1e6).contains(&mean.abs().max(half)) {
        return format!("{} ± {}", short(mean), text::significant(half, 2));
    }
    let decimals = decimals(half).min(6);
    format!("{mean:.decimals$} ± {half:.decimals$}")
}

/// `95 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", text::significant(100.0 * share, 3))
}

/// Differences of accuracies are told in points (hundredths).
pub(super) fn in_points(metric: &str) -> bool {
    metric.contains("accuracy")
}

/// A number in the unit of a difference, without the unit: rounded to its uncertainty where that is known.
fn scaled(metric: &str, x: f64, interval: Option<Interval>) -> String {
    let factor = if in_points(metric) { 100.0 } else { 1.0 };
    let half = interval.map_or(0.0, |i| factor * (i.high - i.low) / 2.0);
    if !(1e-4..1e6).contains(&half) {
        return text::significant(factor * x, 3);
    }
    let decimals = decimals(half).min(6);
    let number = format!("{:.decimals$}", factor * x);
    // What rounds to zero has no sign.
    if number.chars().all(|c| "-0.".contains(c)) { number.trim_start_matches('-').into() } else { number }
}

/// An amount with its unit, which nobody measured: `1 point`, `0.05`.
pub(super) fn amount(metric: &str, x: f64) -> String {
    let number = scaled(metric, x, None);
    match (in_points(metric), number.as_str()) {
        (false, _) => number,
        (true, "1") => "1 point".into(),
        (true, _) => format!("{number} points"),
    }
}

fn unit(metric: &str) -> &'static str {
    if in_points(metric) { " points" } else { "" }
}

/// `+2.1 points`, `-0.034`.
pub(super) fn difference(metric: &str, x: f64, interval: Option<Interval>) -> String {
    let number = scaled(metric, x, interval);
    let signed = number.starts_with('-') || number.chars().all(|c| "0.".contains(c));
    format!("{}{number}{}", if signed { "" } else { "+" }, unit(metric))
}

/// `0.8 to 3.4`, in the unit of [`difference`].
pub(super) fn range(metric: &str, interval: Interval) -> String {
    let of = |x| scaled(metric, x, Some(interval));
    format!("{} to {}", of(interval.low), of(interval.high))
}

/// The Wilson interval of P(A > B), which supposes independent pairs; `None` for folds.
pub(super) fn superiority_interval(view: &View<'_>, pair: &Pair) -> Option<Interval> {
    pair.superiority
        .map(|s| s.interval)
        .filter(|_| view.folds == Folds::Independent && pair.trials >= SEEDS_MIN)
}

fn pairs_of(view: &View<'_>, n: usize) -> String {
    match view.folds {
        Folds::Independent => text::count(n, "paired seed"),
        Folds::Shared { .. } => text::count(n, "paired fold"),
    }
}

/// Whether some pairs are left out of the metric's difference because an arm did not learn there.
fn partial(pair: &Pair) -> Option<&Paired> {
    pair.paired.as_ref().filter(|p| p.n < pair.trials)
}

/// `8 of 10 paired seeds`.
fn share_of_pairs(view: &View<'_>, pair: &Pair, paired: &Paired) -> String {
    format!("{} of {}", paired.n, pairs_of(view, pair.trials))
}

/// Two digits, and no 1 or 0 for what is only near it: `0.85`, `>0.99`.
pub(super) fn probability(p: f64) -> String {
    match p {
        p if p > 0.99 && p < 1.0 => ">0.99".into(),
        p if p > 0.0 && p < 0.01 => "<0.01".into(),
        p => text::significant(p, 2),
    }
}

/// Verdict in one to three words.
pub(super) fn verdict_short(selection: &Selection, pair: &Pair) -> String {
    match pair.verdict {
        Verdict::ABetter => format!("{} better", selection.arms[pair.a].name()),
        Verdict::BBetter => format!("{} better", selection.arms[pair.b].name()),
        Verdict::Equivalent => "practically equivalent".into(),
        Verdict::Undecided { more_seeds: Some(n) } => format!("undecided: about {n} more seeds would decide"),
        Verdict::Undecided { more_seeds: None } => "undecided".into(),
    }
}

/// The verdicts of these pairs. What kept an arm from learning is said where it is named first.
pub(super) fn verdicts<'p>(
    view: &View<'_>,
    selection: &Selection,
    pairs: impl Iterator<Item = &'p Pair>,
) -> Vec<String> {
    let mut told = BTreeSet::new();
    let with_causes = |pair: &Pair| {
        let mut verdict = verdict(view, selection, pair);
        for arm in [pair.a, pair.b].into_iter().filter(|arm| told.insert(*arm)) {
            let arm = &selection.arms[arm];
            if let Some(Cause { code, says, .. }) = arm.cause() {
                verdict.push_str(&format!(" {} did not learn: {says} ({code}).", arm.name()));
            }
        }
        verdict
    };
    pairs.map(with_causes).collect()
}

/// Why nothing learned at all, as far as one cause is that of every arm.
pub(super) fn causes(selection: &Selection) -> String {
    let causes: Vec<&Cause> = selection.arms.iter().filter_map(Arm::cause).collect();
    let is_one = causes.len() == selection.arms.len() && causes.windows(2).all(|w| w[0].code == w[1].code);
    match causes.as_slice() {
        [Cause { code, says, .. }] if is_one => format!(" What rules found first: {says} ({code})."),
        [first, ..] if is_one => {
            let name = selection.arms[0].name();
            format!(" What rules found first in all of them is {}; of {name}: {}.", first.code, first.says)
        }
        _ => String::new(),
    }
}

/// The verdict of a pair in one or two sentences, with its uncertainty.
fn verdict(view: &View<'_>, selection: &Selection, pair: &Pair) -> String {
    let (a, b) = (selection.arms[pair.a].name(), selection.arms[pair.b].name());
    let learned = format!(
        "{a} learned in {} of {}, {b} in {}",
        pair.learned_a,
        text::count(pair.trials, "trial"),
        pair.learned_b
    );
    match (pair.verdict, pair.basis) {
        (Verdict::ABetter, Basis::Success) => success(&a, &b, &learned, view, pair, false),
        (Verdict::BBetter, Basis::Success) => success(&b, &a, &learned, view, pair, true),
        (Verdict::ABetter, _) => format!("{a} is better than {b}: {}.", advantage(view, pair, false)),
        (Verdict::BBetter, _) => format!("{b} is better than {a}: {}.", advantage(view, pair, true)),
        (Verdict::Equivalent, _) => equivalent(view, pair, &a, &b),
        (Verdict::Undecided { .. }, Basis::TooFew) => too_few(view, pair, (&a, &b), &learned),
        (Verdict::Undecided { .. }, Basis::Conflict) => format!(
            "Undecided between {a} and {b}: {learned}, but the other was better: {}.",
            advantage(view, pair, pair.learned_a > pair.learned_b)
        ),
        (Verdict::Undecided { .. }, Basis::SuccessOpen) => format!(
            "Undecided between {a} and {b}: {learned}, too small a difference to tell{}.{}",
            mcnemar(pair),
            where_both_learned(view, pair, pair.learned_b > pair.learned_a)
        ),
        (Verdict::Undecided { more_seeds }, Basis::Multiplicity) => format!(
            "Undecided: {}, but not clearly enough for one of several comparisons (Holm's p = {}).{}",
            lean(view, pair, &a, &b),
            text::significant(pair.p_holm.unwrap_or(1.0), 2),
            advice(view, pair, more_seeds)
        ),
        (Verdict::Undecided { more_seeds }, _) => {
            format!(
                "Undecided between {a} and {b}: {}.{}",
                lean(view, pair, &a, &b),
                advice(view, pair, more_seeds)
            )
        }
    }
}

fn success(winner: &str, loser: &str, learned: &str, view: &View<'_>, pair: &Pair, flip: bool) -> String {
    let rest = where_both_learned(view, pair, flip);
    format!(
        "{winner} is better than {loser}, because it learns more often: {learned}{}.{rest}",
        mcnemar(pair)
    )
}

/// ` (McNemar's exact p = 0.016, Holm's p = 0.031)`; nothing for folds, which the test is not for.
fn mcnemar(pair: &Pair) -> String {
    let Some(p) = pair.mcnemar else {
        return String::new();
    };
    let holm = match pair.mcnemar_holm {
        Some(holm) if holm > p => format!(", Holm's p = {}", text::significant(holm, 2)),
        _ => String::new(),
    };
    format!(" (McNemar's exact p = {}{holm})", text::significant(p, 2))
}

/// The metric beside a difference in how often the arms learned; nothing where too few pairs learned.
fn where_both_learned(view: &View<'_>, pair: &Pair, flip: bool) -> String {
    let Some(paired) = pair.paired.as_ref().filter(|p| p.interval.is_some()) else {
        return String::new();
    };
    if paired.delta == 0.0 && paired.interval.is_some_and(|i| i.low == 0.0 && i.high == 0.0) {
        return format!(" Where both learned, {} is the same.", view.metric);
    }
    let alpha = 1.0 - view.confidence;
    let several = pair.p_holm.filter(|p| *p > alpha && paired.p.is_some_and(|p| p <= alpha)).map_or(
        String::new(),
        |p| {
            format!(
                " (not clear enough for one of several comparisons: Holm's p = {})",
                text::significant(p, 2)
            )
        },
    );
    let scope = match partial(pair) {
        Some(p) => format!(" ({})", share_of_pairs(view, pair, p)),
        None => String::new(),
    };
    format!(
        " Where both learned{scope}: {}{several}; {} over all {}.",
        measured(view, paired, flip),
        better(pair, flip),
        pair.trials
    )
}

fn too_few(view: &View<'_>, pair: &Pair, (a, b): (&str, &str), learned: &str) -> String {
    let n = pair.paired.as_ref().map_or(0, |p| p.n);
    if pair.trials < SEEDS_MIN {
        let seeds = pairs_of(view, pair.trials);
        return format!(
            "No verdict on {a} and {b}: {seeds}, and a comparison needs {SEEDS_MIN} at least; the values are in the table."
        );
    }
    if pair.learned_a == 0 && pair.learned_b == 0 {
        return format!("No verdict on {a} and {b}: no trial of either learned.");
    }
    format!(
        "No verdict on {} of {a} and {b}: both learned in {n} of the pairs, and {SEEDS_MIN} are needed; {learned}.",
        view.metric
    )
}

/// `test accuracy higher by 2.1 points (95 % interval 0.8 to 3.4), P(better) = 0.87, 10 paired seeds`,
/// as seen from a, or from b when `flip`. Where an arm did not always learn, the two numbers are of different pairs.
fn advantage(view: &View<'_>, pair: &Pair, flip: bool) -> String {
    let Some(paired) = &pair.paired else {
        return "not measured".into();
    };
    let (difference, share) = (measured(view, paired, flip), better(pair, flip));
    match partial(pair) {
        None => format!("{difference}, {share}, {}", pairs_of(view, paired.n)),
        Some(_) => format!(
            "{difference} where both learned ({}); {share} over all {}",
            share_of_pairs(view, pair, paired),
            pair.trials
        ),
    }
}

/// `P(better) = 0.87`, over all pairs.
fn better(pair: &Pair, flip: bool) -> String {
    let share = pair.superiority.map_or(f64::NAN, |s| if flip { 1.0 - s.share } else { s.share });
    let share = probability(share);
    match share.split_at_checked(1) {
        Some((sign @ ("<" | ">"), limit)) => format!("P(better) {sign} {limit}"),
        _ => format!("P(better) = {share}"),
    }
}

/// `test accuracy higher by 2.1 points (95 % interval 0.8 to 3.4)`, as seen from a, or from b when `flip`.
fn measured(view: &View<'_>, paired: &Paired, flip: bool) -> String {
    let sign = if flip { -1.0 } else { 1.0 };
    let delta = sign * paired.delta;
    let up = delta >= 0.0;
    let size = scaled(&view.metric, delta.abs(), paired.interval);
    let interval = paired.interval.map(|i| oriented(i, flip == up)).map_or(String::new(), |i| {
        format!(" ({} interval {})", percent(view.confidence), range(&view.metric, i))
    });
    format!(
        "{} {} {} by {size}{}{interval}",
        view.judges.name(),
        view.metric,
        if up { "higher" } else { "lower" },
        unit(&view.metric)
    )
}

/// The interval of the difference, or of its opposite.
fn oriented(i: Interval, negate: bool) -> Interval {
    if negate { Interval { low: -i.high, high: -i.low } } else { i }
}

fn equivalent(view: &View<'_>, pair: &Pair, a: &str, b: &str) -> String {
    let Some((paired, interval)) = pair.paired.as_ref().and_then(|p| Some((p, p.interval?))) else {
        return format!("{a} and {b} are practically equivalent.");
    };
    // Arms that differ in how often they learned are never called equivalent, so one number is of both.
    let pairs = match partial(pair) {
        None => pairs_of(view, paired.n),
        Some(_) => format!(
            "where both learned ({}); each learned in {}",
            share_of_pairs(view, pair, paired),
            pair.learned_a
        ),
    };
    format!(
        "{a} and {b} are practically equivalent: {} {} differs by {} ({} interval {}), inside ±{}, {pairs}.",
        view.judges.name(),
        view.metric,
        difference(&view.metric, paired.delta, Some(interval)),
        percent(view.confidence),
        range(&view.metric, interval),
        amount(&view.metric, pair.rope)
    )
}

/// Where a difference is none, or none at the precision that its interval leaves, nobody is ahead.
fn same_mean(view: &View<'_>, pair: &Pair) -> Option<&'static str> {
    let (delta, interval) = pair.paired.as_ref().map_or((0.0, None), |p| (p.delta, p.interval));
    let shows_nothing = scaled(&view.metric, delta, interval).chars().all(|c| "0.".contains(c));
    match delta {
        0.0 => Some("the same"),
        _ if shows_nothing => Some("almost the same"),
        _ => None,
    }
}

/// What an undecided pair shows, seen from the arm with the better mean.
fn lean(view: &View<'_>, pair: &Pair, a: &str, b: &str) -> String {
    let delta = pair.paired.as_ref().map_or(0.0, |p| p.delta);
    let region = match pair.rope {
        rope if rope > 0.0 => format!("; differences up to {} count as none", amount(&view.metric, rope)),
        _ => String::new(),
    };
    if let Some(same) = same_mean(view, pair) {
        let interval = pair.paired.as_ref().and_then(|p| p.interval);
        let interval = interval.map_or(String::new(), |i| {
            format!(" (difference with {} interval {})", percent(view.confidence), range(&view.metric, i))
        });
        let pairs = match partial(pair) {
            Some(paired) => format!("where both learned ({})", share_of_pairs(view, pair, paired)),
            None => pairs_of(view, pair.paired.as_ref().map_or(0, |p| p.n)),
        };
        return format!(
            "{a} and {b} have {same} mean {} {}{interval}, {pairs}{region}",
            view.judges.name(),
            view.metric
        );
    }
    let flip = (delta < 0.0) == view.higher_is_better;
    let (first, second) = if flip { (b, a) } else { (a, b) };
    format!("{first} is ahead of {second}, {}{region}", advantage(view, pair, flip))
}

/// What more seeds are for: a difference inside the region can only be shown not to matter.
fn advice(view: &View<'_>, pair: &Pair, more_seeds: Option<usize>) -> String {
    let inside = pair.paired.as_ref().is_some_and(|p| p.delta.abs() < pair.rope);
    match (more_seeds, view.folds) {
        (Some(n), _) => format!(
            " About {} would {}, if the difference seen is the true one.",
            text::count(n, "more seed"),
            if inside { "show practical equivalence" } else { "decide" }
        ),
        (None, Folds::Independent) => {
            format!(" Not even {} more seeds would be likely to decide.", text::grouped(SEEDS_LIMIT as u64))
        }
        (None, Folds::Shared { .. }) => String::new(),
    }
}

/// Names told of many that a sentence is about.
const NAMES_MAX: usize = 3;

/// The same warning of many arms in one sentence; `of`: what they are called.
pub(super) fn shared_warning(arms: &[String], of: &str, warning: &Warning) -> String {
    let some = arms.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join("; ");
    let rest = if arms.len() > NAMES_MAX { "; ..." } else { "" };
    let named = format!("{} ({some}{rest})", text::count(arms.len(), of));
    match warning {
        Warning::Edge { .. } => format!(
            "For {named} the best value of an axis is the largest or the smallest tried: a better one may lie beyond. Extend the axes."
        ),
        Warning::StillImproving { .. } => format!(
            "In most trials of {named}, validation was best at the last recorded epoch: training longer may change the result."
        ),
        Warning::NothingLearnedOnPurpose { .. } => {
            format!("No trial of {named} beat the baseline: they make mistakes on purpose.")
        }
        Warning::NothingLearned { cause: Some(_), .. } => {
            format!("No trial of {named} beat the baseline: what rules found is under Findings.")
        }
        Warning::NothingLearned { .. } => format!(
            "No trial of {named} beat the baseline. A loss that stays flat asks for a larger learning rate, one that jumps for a smaller; \
             inputs may need to be scaled, or other initial weights."
        ),
    }
}

/// A warning in one sentence.
pub(super) fn warning(arm: &str, warning: &Warning) -> String {
    match warning {
        Warning::Edge { axis, label, largest } => format!(
            "The best {axis} of {arm}, {label}, is the {} value tried: a better one may lie beyond. Extend the axis.",
            if *largest { "largest" } else { "smallest" }
        ),
        Warning::StillImproving { column, trials, of } => format!(
            "In {trials} of {} of {arm}, {column} was best at the last recorded epoch: training longer may change the result.",
            text::count(*of, "trial")
        ),
        Warning::NothingLearnedOnPurpose { failed, of, mistake } => format!(
            "No trial of {arm} beat the baseline ({failed} of {of} failed): it makes a mistake on purpose ({mistake})."
        ),
        Warning::NothingLearned { failed, of, cause: Some(cause), .. } => {
            let change = cause.change.as_ref().map_or(String::new(), |change| format!(" Try `{change}`."));
            let code = cause.code;
            format!(
                "No trial of {arm} beat the baseline ({failed} of {of} failed). What rules found first: {code}.{change}"
            )
        }
        Warning::NothingLearned { failed, of, has_rate: false, .. } => format!(
            "No trial of {arm} beat the baseline ({failed} of {of} failed). Try other initial weights, or scale the inputs (`scale` in \
             `[data]`)."
        ),
        Warning::NothingLearned { failed, of, .. } if failed == of => format!(
            "Every trial of {arm} failed: its loss overflowed or ended far above its start. Usually the learning rate is too large or \
             the inputs are not scaled: try a learning rate ten times smaller, `scale` in `[data]`, or `clip_norm` in `[optimizer]`."
        ),
        Warning::NothingLearned { failed, of, .. } => format!(
            "No trial of {arm} beat the baseline ({failed} of {of} failed). Sweep `optimizer.learning_rate` over several powers of ten; \
             a loss that stays flat asks for a larger one, a loss that jumps for a smaller one."
        ),
    }
}
