//! What the results do not show, and what the words for outcomes mean: the honest part of the page.

use std::collections::BTreeSet;
use std::mem::discriminant;

use super::datasets::OverSets;
use super::figures;
use super::page::Page;
use super::selection::Warning;
use super::sentences::{self, percent};
use super::view::{Outcome, View};
use super::write::markdown::plain;
use crate::spec::{Part, Split, Task};
use crate::stats::{Folds, SEEDS_MIN, noether_seeds};
use crate::text;

/// Seeds from which a claim about one data set is more than a first look.
const SEEDS_DEFAULT: usize = 10;

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let mut caveats = warnings(page);
    caveats.extend(seeds(page));
    caveats.extend(multiplicity(page));
    caveats.extend(budgets(page));
    caveats.extend(parts(page));
    caveats.extend(same_seeds(page));
    caveats.extend(units(page));
    caveats.extend(streams(page.view));
    caveats.extend(reach(page));
    let lines: Vec<String> = caveats.iter().map(|c| format!("- {}\n", plain(c))).collect();
    if lines.is_empty() { String::new() } else { format!("## What this does not show\n\n{}", lines.concat()) }
}

/// More arms than this with the same warning share a sentence.
const ALIKE_MAX: usize = 4;

/// What was found of single arms.
fn warnings(page: &Page<'_, '_>) -> Vec<String> {
    let all = || page.selection.arms.iter().flat_map(|arm| arm.warnings.iter().map(move |w| (arm.name(), w)));
    let mut told: Vec<String> = Vec::new();
    let mut kinds = Vec::new();
    for (_, warning) in all() {
        let kind = discriminant(warning);
        if kinds.contains(&kind) {
            continue;
        }
        kinds.push(kind);
        let alike: Vec<(String, &Warning)> =
            all().filter(|(_, other)| discriminant(*other) == kind).collect();
        if alike.len() > ALIKE_MAX {
            let names: Vec<String> = alike.iter().map(|(name, _)| name.clone()).collect();
            let of = if page.view.results.experiment.compare.is_some() { "arm" } else { "configuration" };
            told.push(sentences::shared_warning(&names, of, warning));
        } else {
            told.extend(alike.iter().map(|(name, warning)| sentences::warning(name, warning)));
        }
    }
    told
}

fn seeds(page: &Page<'_, '_>) -> Option<String> {
    let view = page.view;
    let n = view.pairs();
    let (all, smallest) = match view.folds {
        Folds::Independent => (
            text::count(n, "seed"),
            format!(
                " With {} the smallest p of the sign-flip test is {};",
                text::count(n, "pair"),
                text::significant(smallest_p(n), 3)
            ),
        ),
        Folds::Shared { .. } => (text::count(n, "fold"), String::new()),
    };
    let claim = noether_seeds(0.75, 0.05, 0.8);
    if n < SEEDS_MIN {
        Some(format!(
            "{all} only: no interval and no test.{smallest} {SEEDS_MIN} is the least, {SEEDS_DEFAULT} the usual number."
        ))
    } else if n < SEEDS_DEFAULT {
        Some(format!("{all} are a first look: intervals are wide, and small differences cannot be told."))
    } else if n < claim && !page.pairs.is_empty() && view.folds == Folds::Independent {
        Some(format!(
            "{all}: that an arm does better three times in four is found with a probability of 80 % from {claim} seeds on (Noether 1987, \
             one-sided at 0.05)."
        ))
    } else {
        None
    }
}

/// Of a two-sided test that counts signs, with all n alike: 2 / 2ⁿ.
fn smallest_p(n: usize) -> f64 {
    2f64.powi(i32::try_from(n).map_or(i32::MIN, |n| 1 - n)).min(1.0)
}

/// McNemar's test, most of all after Holm's correction, can ask for more pairs than there are.
fn multiplicity(page: &Page<'_, '_>) -> Option<String> {
    let pairs = page.pairs.iter().map(|p| p.trials).max()?;
    let least = smallest_p(pairs) * page.pairs.len() as f64;
    let differ = page.pairs.iter().any(|p| p.learned_a != p.learned_b);
    let tested = page.view.folds == Folds::Independent && pairs >= SEEDS_MIN;
    (tested && differ && least > 1.0 - page.view.confidence).then(|| {
        let comparisons = match page.pairs.len() {
            1 => String::new(),
            n => format!("With {n} comparisons, "),
        };
        format!("{comparisons}{pairs} pairs are too few for any arm to be called better because it learns more often.")
    })
}

/// An arm that had more tries had more luck.
fn budgets(page: &Page<'_, '_>) -> Option<String> {
    let tried = || page.selection.arms.iter().map(|a| a.candidates.len());
    let (fewest, most) = (tried().min()?, tried().max()?);
    (page.selection.tuned && fewest < most).then(|| {
        format!(
            "Arms were tuned over different numbers of configurations, {fewest} to {most}: more tries favour an arm, and part of a \
             difference may be that."
        )
    })
}

fn parts(page: &Page<'_, '_>) -> Option<String> {
    // Without a comparison, the page tells the best of several.
    let view = page.view;
    let best_of = view.results.experiment.compare.is_none() && page.selection.arms.len() > 1;
    let tuned = page.selection.tuned || best_of;
    match (view.judges, view.chooses) {
        (Part::Test, Part::Train) if tuned => {
            Some("There is no validation part: values were chosen on the training part, which favours overfitting.".into())
        }
        (Part::Test, _) => None,
        (Part::Validation, _) if tuned => Some(
            "There is no test part: what was chosen is judged on the part it was chosen on, so the results are optimistic.".into(),
        ),
        (Part::Validation, _) => None,
        (Part::Train, _) => Some(
            "There is neither validation nor test part: the numbers say how well the training rows were fitted, not how well \
             new rows would be."
                .into(),
        ),
    }
}

/// The best of several looks better on the seeds it was chosen on than on others.
fn same_seeds(page: &Page<'_, '_>) -> Option<String> {
    let selection = page.selection;
    let chosen = selection.tuned && selection.arms.iter().any(|arm| arm.candidates.len() > 1);
    (chosen && !page.view.confirmed).then(|| {
        "Values were chosen and compared on the same seeds, which favours the arm that was luckier in the choice. compare.confirm compares \
         what was chosen on fresh seeds."
            .into()
    })
}

/// Losses of different pairings are different quantities.
fn units(page: &Page<'_, '_>) -> Option<String> {
    let what = figures::loss_units(page.view, page.selection)?;
    Some(format!(
        "The arms have different {what}: their loss values are not in the same unit; compare shapes, not heights."
    ))
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

fn reach(page: &Page<'_, '_>) -> Option<String> {
    let view = page.view;
    let facts = view.results.data.first()?;
    let resampled = matches!(
        view.results.experiment.base.data.split,
        Split::Holdout { .. } | Split::KFold { .. } | Split::HoldoutWithReplacement { .. }
    );
    let test = match view.judges {
        Part::Test => facts.parts[2],
        Part::Validation => facts.parts[1],
        Part::Train => facts.parts[0],
    };
    let digests: BTreeSet<&str> = view.results.data.iter().map(|d| d.digest.as_str()).collect();
    if let Some(sets @ 1..) = page.over.map(OverSets::tested) {
        return Some(format!(
            "The tests over {sets} data sets speak for data sets like these, as far as these were not chosen for what they show."
        ));
    }
    if digests.len() > 1 {
        return Some(format!("{} data sets, each on its own: nothing is said about others.", digests.len()));
    }
    let each = if view.folds == Folds::Independent { "seed" } else { "fold" };
    // A row is a step of a share; an error has no steps.
    let shares = facts.task != Task::Regression && view.judges != Part::Train && resampled;
    let size = if shares && test > 0 && test < 100 {
        format!(
            " Its {} part has {} per {each}: one row is {} of it.",
            view.judges.name(),
            text::count(test, "row"),
            percent(1.0 / test as f64)
        )
    } else {
        String::new()
    };
    Some(format!("One data set: nothing is said about others.{size}"))
}

/// For the table of outcomes.
pub(super) fn outcome_meaning(view: &View<'_>, outcome: Outcome) -> String {
    match outcome {
        Outcome::Learned => {
            let (part, metric) = (view.chooses.name(), view.skill_metric());
            format!(
                "{part} {metric} beat the baseline by at least {} of the way to perfect",
                percent(view.margin)
            )
        }
        Outcome::Baseline => "ended without beating it by that much".into(),
        Outcome::Diverged => "loss far above its start".into(),
        Outcome::NonFinite => "NaN or infinity in loss or parameters".into(),
    }
}
