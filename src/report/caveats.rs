//! What the results do not show, and what the words for outcomes mean: the honest part of the page.

use super::page::Page;
use super::sentences::{self, percent};
use super::view::{Outcome, View};
use super::write::markdown::plain;
use crate::spec::{Part, Split};
use crate::stats::{Folds, SEEDS_MIN};
use crate::text;

/// Seeds from which a claim about one data set is more than a first look.
const SEEDS_DEFAULT: usize = 10;

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let mut caveats: Vec<String> = Vec::new();
    for arm in &page.selection.arms {
        caveats.extend(arm.warnings.iter().map(|w| sentences::warning(&arm.name(), w)));
    }
    caveats.truncate(20);
    caveats.extend(seeds(page.view));
    caveats.extend(multiplicity(page));
    caveats.extend(parts(page));
    caveats.extend(units(page));
    caveats.extend(streams(page.view));
    caveats.extend(reach(page.view));
    let lines: Vec<String> = caveats.iter().map(|c| format!("- {}\n", plain(c))).collect();
    if lines.is_empty() { String::new() } else { format!("## What this does not show\n\n{}", lines.concat()) }
}

fn seeds(view: &View<'_>) -> Option<String> {
    let n = view.results.experiment.seeds.len();
    if n < SEEDS_MIN {
        Some(format!(
            "{} only: no interval and no test. With {n} pairs the smallest p of the sign-flip test is {}; {SEEDS_MIN} is the least, \
             {SEEDS_DEFAULT} the usual number.",
            text::count(n, "seed"),
            text::significant(2f64.powi(1 - n as i32).min(1.0), 3)
        ))
    } else if n < SEEDS_DEFAULT {
        Some(format!("{n} seeds are a first look: intervals are wide, and small differences cannot be told."))
    } else {
        None
    }
}

/// Holm's correction can ask for a p that so few pairs cannot give.
fn multiplicity(page: &Page<'_, '_>) -> Option<String> {
    let comparisons = page.pairs.len();
    let pairs = page.pairs.iter().filter_map(|p| p.paired.as_ref().map(|x| x.n)).max()?;
    let least = 2f64.powi(1 - i32::try_from(pairs).ok()?) * comparisons as f64;
    let reachable = least <= 1.0 - page.view.confidence || page.view.folds != Folds::Independent;
    (comparisons > 1 && pairs >= SEEDS_MIN && !reachable).then(|| {
        format!("With {comparisons} comparisons, {pairs} pairs are too few for any arm to be called better by the metric.")
    })
}

fn parts(page: &Page<'_, '_>) -> Option<String> {
    let (view, tuned) = (page.view, page.selection.tuned);
    match (view.judges, view.chooses) {
        (Part::Test, Part::Train) if tuned => {
            Some("There is no validation part: values were chosen on the training part, which favours overfitting.".into())
        }
        (Part::Test, _) => None,
        (Part::Validation, _) if tuned => Some(
            "There is no test part: arms are judged on the part their values were chosen on, so their results are optimistic.".into(),
        ),
        (Part::Validation, _) => None,
        (Part::Train, _) => Some(
            "There is neither validation nor test part: the numbers say how well the training rows were fitted, not how well \
             new rows would be."
                .into(),
        ),
    }
}

/// Losses of different pairings are different quantities.
fn units(page: &Page<'_, '_>) -> Option<String> {
    let of = |arm: &super::selection::Arm| {
        page.view.results.plan.configurations[arm.selected].configuration.pairing.loss.name()
    };
    let first = page.selection.arms.first().map(of)?;
    let differ = page.selection.arms.iter().any(|a| of(a) != first);
    differ.then(|| "The arms have different losses, whose values are not in the same unit: compare shapes, not heights.".into())
}

fn streams(view: &View<'_>) -> Option<String> {
    let varied = &view.results.experiment.base.train.vary;
    let held: Vec<&str> = (["split", "init", "order", "noise"].into_iter())
        .filter(|name| varied.iter().all(|purpose| purpose.name() != *name))
        .collect();
    (!held.is_empty()).then(|| {
        format!("Seeds share one {}: the intervals leave out what these would add.", held.join(", one "))
    })
}

fn reach(view: &View<'_>) -> Option<String> {
    let facts = view.results.data.first()?;
    let resampled =
        matches!(view.results.experiment.base.data.split, Split::Holdout { .. } | Split::KFold { .. });
    let test = match view.judges {
        Part::Test => facts.parts[2],
        Part::Validation => facts.parts[1],
        Part::Train => facts.parts[0],
    };
    let size = if view.judges != Part::Train && test > 0 && test < 100 && resampled {
        format!(
            " Its {} part has {} per seed: one row is {} of it.",
            view.judges.name(),
            text::count(test, "row"),
            percent(1.0 / test as f64)
        )
    } else {
        String::new()
    };
    let sets = if view.results.data.len() == 1 {
        "One data set: nothing is said about others.".to_string()
    } else {
        format!("{} data sets, each on its own: nothing is said about others.", view.results.data.len())
    };
    Some(sets + &size)
}

/// For the table of outcomes.
pub(super) fn outcome_meaning(view: &View<'_>, outcome: Outcome) -> String {
    match outcome {
        Outcome::Learned => {
            format!("beat the baseline by at least {} of the way to perfect", percent(view.margin))
        }
        Outcome::Baseline => "ended without beating it by that much".into(),
        Outcome::Diverged => "loss far above its start".into(),
        Outcome::NonFinite => "NaN or infinity in loss or parameters".into(),
    }
}
