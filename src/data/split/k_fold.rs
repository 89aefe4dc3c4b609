//! The split `k_fold`.
//!
//! It makes one training per fold; `holdout` makes one per seed.

use super::{Assignment, Groups, STRATIFIED, apportion, check_parts, class_too_small, rounded, share};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Role};
use crate::data::Dataset;
use crate::data::fault::Faulty;
use crate::rng::{self, Purpose};
use crate::text;

const fn number(key: &'static str, min: u64, max: u64, default: u64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Count { min, max },
        role: Role::Structural,
        default: Default::Count(default),
        docs,
    }
}

pub static THIS: Entry = Entry {
    name: "k_fold",
    family: Family::Split,
    summary: "every row is tested once: folds take turns as the test part",
    docs: "\
Rows are shuffled by seed and repeat and dealt to `folds` folds; each fold is the test part once, so every row is tested once per repeat.
`validation` is a share of the rows that are not tested, drawn as in `holdout`.

**Sizes.** Folds differ by at most one row, and never depend on the seed.
**Stratified.** Rows are dealt class by class, going on round the folds where the last class ended: each class's rows in two folds differ
by at most one. A class with fewer rows than folds is a fault.

Folds share training rows, so their results are not independent; see the report's note on intervals.",
    params: &[
        number("folds", 2, 1000, 5, "Number of folds."),
        number("repeats", 1, 1000, 1, "How often the whole division is drawn anew."),
        share("validation", 0.0, "Share of the remaining rows that chooses; 0 for no validation part."),
        STRATIFIED,
    ],
    facts: Facts::Plain,
};

/// The rows of fold `index` in repeat `repeat` are the test part.
pub(super) fn assign(
    dataset: &Dataset,
    folds: usize,
    validation: f64,
    stratified: bool,
    seed: u64,
    (repeat, index): (usize, usize),
) -> Faulty<Assignment> {
    let mut groups = Groups::of(dataset, stratified);
    check(dataset.rows(), &groups, folds, validation)?;
    // One stream for the folds of a repeat, and one for the validation part of each of them.
    let first = (repeat * (folds + 1)) as u64;
    groups.shuffle(&mut rng::stream(seed, Purpose::Split, first));
    let (mut test, mut dealt) = (Vec::new(), 0);
    for rows in &mut groups.rows {
        let (mine, others) =
            rows.iter().zip(dealt..).partition::<Vec<_>, _>(|(_, turn)| turn % folds == index);
        dealt += rows.len();
        test.extend(mine.into_iter().map(|(row, _)| *row));
        // Back to file order, so that the draw below depends on which rows are left and not on how they were left.
        let mut left: Vec<u32> = others.into_iter().map(|(row, _)| *row).collect();
        left.sort_unstable();
        *rows = left;
    }
    test.sort_unstable();
    groups.shuffle(&mut rng::stream(seed, Purpose::Split, first + 1 + index as u64));
    let chosen = groups.take(rounded(validation, groups.sizes().iter().sum()));
    Ok(Assignment { train: groups.rest(), validation: chosen, test, labels: None })
}

/// Whether every fold of every repeat can be made; sizes do not depend on the draw.
fn check(rows: usize, groups: &Groups, folds: usize, validation: f64) -> Faulty<()> {
    if rows < folds {
        check_parts(rows, &[("test", Some(0))])?;
    }
    let small = groups.rows.iter().zip(&groups.names).filter(|(rows, _)| rows.len() < folds);
    let faults: Vec<_> = small
        .map(|(rows, name)| {
            let what = format!("has {}, fewer than the {folds} folds", text::count(rows.len(), "row"));
            class_too_small(name, what)
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    (0..folds).try_for_each(|index| check_fold(rows, groups, folds, validation, index))
}

/// The sizes of one fold's parts, without drawing it.
fn check_fold(rows: usize, groups: &Groups, folds: usize, validation: f64, index: usize) -> Faulty<()> {
    // How many of the first `turns` rows dealt go to this fold.
    let dealt = |turns: usize| (turns + folds - 1 - index) / folds;
    let mut before = 0;
    let mut left = Vec::new();
    for size in groups.sizes() {
        left.push(size - (dealt(before + size) - dealt(before)));
        before += size;
    }
    let all: usize = left.iter().sum();
    let chosen = rounded(validation, all);
    let asked = (validation > 0.0).then_some(chosen);
    check_parts(rows, &[("train", Some(all - chosen)), ("validation", asked)])?;
    let taken = apportion(chosen, &left);
    match (0..left.len()).find(|&class| left[class] == taken[class]) {
        Some(class) => {
            let what = format!("would have no row in the training part of fold {}", index + 1);
            Err(vec![class_too_small(&groups.names[class], what)])
        }
        None => Ok(()),
    }
}
