//! Pairs of arms and what can be said of them, as data. Words for it are in `sentences`.

use std::collections::BTreeMap;

use super::selection::{Arm, Selection};
use super::view::{Done, Outcome, View};
use crate::plan::Fold;
use crate::stats::{self, Folds, Paired, Superiority, Verdict};

/// What the verdict of a pair rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The interval of the metric's difference.
    Metric,
    /// One arm learned on more seeds (McNemar's exact test, Holm's correction).
    Success,
    /// One arm learned on more seeds, the other was better where both learned.
    Conflict,
    /// One arm learned on more seeds, but by too few to tell, and the metric does not speak for it.
    SuccessOpen,
    /// The interval decides, but not after Holm's correction of its t test for the number of comparisons.
    Multiplicity,
    /// Fewer pairs than `SEEDS_MIN` in which both learned.
    TooFew,
}

/// Two arms compared on the same seeds (and folds).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair {
    /// Indices of arms.
    pub(super) a: usize,
    pub(super) b: usize,
    /// Pairs of trials, and in how many of them a, b, or both learned.
    pub(super) trials: usize,
    pub(super) learned_a: usize,
    pub(super) learned_b: usize,
    /// Trials where both learned, a - b.
    pub(super) paired: Option<Paired>,
    /// How often a did better, all pairs; a failed trial is worse than any other.
    pub(super) superiority: Option<Superiority>,
    /// Of how often they learned; `None` for folds, which are not independent.
    pub(super) mcnemar: Option<f64>,
    /// Holm's corrections over all pairs, of `paired.p` and of `mcnemar`.
    pub(super) p_holm: Option<f64>,
    pub(super) mcnemar_holm: Option<f64>,
    /// Half-width of the region of practical equivalence, in units of the metric.
    pub(super) rope: f64,
    pub(super) verdict: Verdict,
    pub(super) basis: Basis,
}

/// Every pair that `[compare]` asks for: each arm with the control, or each two arms, within their context.
pub(super) fn compare(view: &View<'_>, selection: &Selection) -> Vec<Pair> {
    let Some(settings) = &view.results.experiment.compare else {
        return Vec::new();
    };
    let arms = &selection.arms;
    let mut pairs = Vec::new();
    for i in 0..arms.len() {
        for j in i + 1..arms.len() {
            let wanted = match &settings.control {
                None => Some((i, j)),
                Some(c) if arms[j].label == *c => Some((i, j)),
                Some(c) if arms[i].label == *c => Some((j, i)),
                Some(_) => None,
            };
            if let Some((a, b)) = wanted.filter(|_| arms[i].context == arms[j].context) {
                pairs.push(pair(view, arms, a, b));
            }
        }
    }
    let p: Vec<Option<f64>> = pairs.iter().map(|p| p.paired.as_ref().and_then(|x| x.p)).collect();
    let mcnemar: Vec<Option<f64>> = pairs.iter().map(|p| p.mcnemar).collect();
    let comparisons = p.iter().flatten().count();
    for ((pair, p_holm), mcnemar_holm) in pairs.iter_mut().zip(stats::holm(&p)).zip(stats::holm(&mcnemar)) {
        (pair.p_holm, pair.mcnemar_holm) = (p_holm, mcnemar_holm);
        settle(view, pair, comparisons);
    }
    pairs
}

fn pair(view: &View<'_>, arms: &[Arm], a: usize, b: usize) -> Pair {
    let both = matched(view, arms[a].selected, arms[b].selected);
    let learned = |d: &Done<'_>| d.outcome == Outcome::Learned;
    let value = |d: &Done<'_>| d.value(view.judges, &view.metric);
    let rank = |d: &Done<'_>| d.ranked(view.judges, &view.metric, view.higher_is_better);
    let (x, y): (Vec<f64>, Vec<f64>) =
        both.iter().filter(|(x, y)| learned(x) && learned(y)).map(|(x, y)| (value(x), value(y))).unzip();
    let order = |(x, y): &(Done<'_>, Done<'_>)| {
        let order = rank(x).total_cmp(&rank(y));
        if view.higher_is_better { order } else { order.reverse() }
    };
    let orders: Vec<_> = both.iter().map(order).collect();
    let paired = stats::compare(&x, &y, view.confidence, view.folds);
    let only = |f: fn(bool, bool) -> bool| both.iter().filter(|(x, y)| f(learned(x), learned(y))).count();
    let mcnemar = stats::mcnemar(only(|x, y| x && !y), only(|x, y| y && !x));
    Pair {
        a,
        b,
        trials: both.len(),
        learned_a: only(|x, _| x),
        learned_b: only(|_, y| y),
        superiority: stats::superiority(&orders, view.confidence),
        mcnemar: (view.folds == Folds::Independent).then_some(mcnemar),
        p_holm: None,
        mcnemar_holm: None,
        rope: rope(view, paired.as_ref()),
        paired,
        verdict: Verdict::Undecided { more_seeds: None },
        basis: Basis::TooFew,
    }
}

/// Trials of two configurations with the same replicate and fold.
fn matched<'a>(view: &View<'a>, a: usize, b: usize) -> Vec<(Done<'a>, Done<'a>)> {
    let key = |d: &Done<'_>| -> (usize, Option<Fold>) { (d.trial.replicate, d.trial.fold) };
    let of_b: BTreeMap<_, _> = view.done(b).iter().map(|d| (key(d), *d)).collect();
    view.done(a).iter().filter_map(|d| of_b.get(&key(d)).map(|other| (*d, *other))).collect()
}

/// In units of the metric. A relative region is a share of the control's mean, which is b; without a control, of the smaller mean.
fn rope(view: &View<'_>, paired: Option<&Paired>) -> f64 {
    let Some(settings) = view.results.experiment.compare.as_ref() else {
        return 0.0;
    };
    match paired {
        Some(p) if settings.rope_relative && settings.control.is_some() => settings.rope * p.mean_b.abs(),
        Some(p) if settings.rope_relative => settings.rope * p.mean_a.abs().min(p.mean_b.abs()),
        _ => settings.rope,
    }
}

/// The verdict of the metric, unless the number of seeds that learned says otherwise.
fn settle(view: &View<'_>, pair: &mut Pair, comparisons: usize) {
    let alpha = 1.0 - view.confidence;
    let (by_metric, basis) = by_metric(view, pair, comparisons, alpha);
    let leader = match pair.learned_a.cmp(&pair.learned_b) {
        std::cmp::Ordering::Greater => Verdict::ABetter,
        std::cmp::Ordering::Less => Verdict::BBetter,
        std::cmp::Ordering::Equal => {
            (pair.verdict, pair.basis) = (by_metric, basis);
            return;
        }
    };
    let against = matches!(by_metric, Verdict::ABetter | Verdict::BBetter) && by_metric != leader;
    let clear = pair.trials >= stats::SEEDS_MIN && pair.mcnemar_holm.is_some_and(|p| p <= alpha);
    let undecided = Verdict::Undecided { more_seeds: None };
    (pair.verdict, pair.basis) = match (clear, against) {
        (_, true) => (undecided, Basis::Conflict),
        (true, false) => (leader, Basis::Success),
        (false, false) if by_metric == leader => (leader, basis),
        (false, false) => {
            (undecided, if pair.trials < stats::SEEDS_MIN { Basis::TooFew } else { Basis::SuccessOpen })
        }
    };
}

fn by_metric(view: &View<'_>, pair: &Pair, comparisons: usize, alpha: f64) -> (Verdict, Basis) {
    let undecided = |more_seeds| Verdict::Undecided { more_seeds };
    let Some(paired) = pair.paired.as_ref().filter(|p| p.interval.is_some()) else {
        return (undecided(None), Basis::TooFew);
    };
    let verdict = stats::verdict(paired.interval, pair.rope, view.higher_is_better, None);
    let more = || paired.more_seeds(pair.rope, view.confidence, view.folds, comparisons);
    match verdict {
        Verdict::Undecided { .. } => (undecided(more()), Basis::Metric),
        // The p of one comparison says what the interval says.
        Verdict::ABetter | Verdict::BBetter if comparisons > 1 && pair.p_holm.is_none_or(|p| p > alpha) => {
            (undecided(more()), Basis::Multiplicity)
        }
        decided => (decided, Basis::Metric),
    }
}
