//! Splits: disjoint, complete, even, and from the seed alone.

use runner::catalog::{Family, Value};
use runner::data::{self, Assignment, Dataset, Targets};
use runner::spec::Split;

use super::{bundled, choice, generated, load, with};

fn holdout(test: f64, validation: f64, stratified: bool) -> Split {
    Split::Holdout { test, validation, stratified }
}

#[track_caller]
fn divide(dataset: &Dataset, split: &Split, seed: u64, fold: Option<(usize, usize)>) -> Assignment {
    let assignment = data::split(dataset, split, seed, fold).unwrap();
    let mut all: Vec<u32> = [&assignment.train, &assignment.validation, &assignment.test]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    for part in [&assignment.train, &assignment.validation, &assignment.test] {
        assert!(part.is_sorted());
    }
    all.sort_unstable();
    assert!(all.into_iter().eq(0..dataset.rows() as u32), "the parts are disjoint and cover every row");
    assignment
}

/// Rows of each class in a part.
fn classes(dataset: &Dataset, part: &[u32]) -> Vec<usize> {
    let Targets::Classes { index, names } = &dataset.targets else { panic!("no classes") };
    let mut counts = vec![0; names.len()];
    part.iter().for_each(|&row| counts[index[row as usize] as usize] += 1);
    counts
}

#[test]
fn holdout_parts_are_even_and_of_fixed_size() {
    let iris = load(&bundled("iris.csv", "species"));
    let wine = load(&bundled("wine.csv", "class"));
    for seed in 0..20 {
        let parts = divide(&iris, &holdout(0.2, 0.2, true), seed, None);
        assert_eq!(classes(&iris, &parts.test), [10, 10, 10]);
        assert_eq!(classes(&iris, &parts.validation), [10, 10, 10]);
        // wine: 59, 71, 48 rows. Test: 36 of 178, quotas 11.93, 14.36, 9.71 by hand: 12, 14, 10.
        // Validation: 36 of the 142 left (47, 57, 38), quotas 11.92, 14.45, 9.63: 12, 14, 10.
        let parts = divide(&wine, &holdout(0.2, 0.2, true), seed, None);
        assert_eq!(classes(&wine, &parts.test), [12, 14, 10]);
        assert_eq!(classes(&wine, &parts.validation), [12, 14, 10]);
        let parts = divide(&wine, &holdout(0.25, 0.0, false), seed, None);
        assert_eq!((parts.test.len(), parts.validation.len()), (45, 0), "44.5 rounds away from zero");
    }
}

#[test]
fn the_seed_alone_decides() {
    let iris = load(&bundled("iris.csv", "species"));
    for split in [
        holdout(0.2, 0.2, true),
        holdout(0.2, 0.2, false),
        Split::KFold { folds: 5, repeats: 2, validation: 0.1, stratified: true },
    ] {
        let first = divide(&iris, &split, 1, Some((0, 0)));
        assert_eq!(first, divide(&iris, &split, 1, Some((0, 0))));
        assert_ne!(first, divide(&iris, &split, 2, Some((0, 0))));
    }
    let folds = Split::KFold { folds: 5, repeats: 2, validation: 0.0, stratified: true };
    assert_ne!(divide(&iris, &folds, 1, Some((0, 0))), divide(&iris, &folds, 1, Some((1, 0))));
}

#[test]
fn folds_test_every_row_once() {
    let wine = load(&bundled("wine.csv", "class"));
    for (folds, validation, stratified) in [(2, 0.0, true), (5, 0.2, true), (7, 0.1, false), (48, 0.0, true)]
    {
        let split = Split::KFold { folds, repeats: 1, validation, stratified };
        let mut tested = Vec::new();
        for fold in 0..folds {
            let parts = divide(&wine, &split, 3, Some((0, fold)));
            let rows = parts.test.len();
            assert!(rows == 178 / folds || rows == 178 / folds + 1);
            if stratified {
                for (class, all) in classes(&wine, &parts.test).into_iter().zip([59, 71, 48]) {
                    assert!(class == all / folds || class == all / folds + 1);
                }
            }
            assert_eq!(parts.validation.is_empty(), validation == 0.0);
            tested.extend(parts.test);
        }
        tested.sort_unstable();
        assert!(tested.into_iter().eq(0..178));
    }
}

#[test]
fn regressions_ignore_stratification() {
    let sine = load(&generated(with(choice(Family::Source, "sine"), "samples", Value::Count(10))));
    let parts = divide(&sine, &holdout(0.3, 0.2, true), 5, None);
    assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (5, 2, 3));
    assert_eq!(divide(&sine, &Split::None, 5, None).train.len(), 10);
}

#[test]
fn test_rows_drawn_with_replacement_repeat_and_never_train() {
    let iris = load(&bundled("iris.csv", "species"));
    let split = Split::HoldoutWithReplacement { test: 0.2 };
    let mut repeats = 0;
    for seed in 0..400 {
        let parts = data::split(&iris, &split, seed, None).unwrap();
        assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (120, 0, 30));
        assert!(parts.train.is_sorted_by(|a, b| a < b) && parts.test.is_sorted());
        assert!(parts.test.iter().all(|row| parts.train.binary_search(row).is_err()));
        repeats += parts.test.windows(2).filter(|pair| pair[0] == pair[1]).count();
    }
    // 30 draws of 150 hit 150 (1 - (149/150)^30) = 27.27 rows on average, so 2.73 repeat; the standard deviation over seeds is 1.5.
    let mean = repeats as f64 / 400.0;
    assert!((mean - 2.73).abs() < 5.0 * 1.5 / 20.0, "{mean}");
}

#[test]
fn whether_a_split_can_be_made_depends_on_neither_seed_nor_fold() {
    // Two classes of 3 and 9 rows: every outcome is reached by some of these splits.
    let blobs =
        |rows: u64| load(&generated(with(choice(Family::Source, "blobs"), "samples", Value::Count(rows))));
    let dataset = blobs(13);
    let (mut made, mut refused) = (0, 0);
    for folds in 2..8 {
        for validation in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9] {
            let split = Split::KFold { folds, repeats: 1, validation, stratified: true };
            let outcomes: Vec<bool> = (0..5)
                .flat_map(|seed| (0..folds).map(move |fold| (seed, fold)))
                .map(|(seed, fold)| data::split(&dataset, &split, seed, Some((0, fold))).is_ok())
                .collect();
            assert!(outcomes.iter().all(|ok| *ok == outcomes[0]));
            let counts = if outcomes[0] { &mut made } else { &mut refused };
            *counts += 1;
        }
    }
    assert!(made > 5 && refused > 5, "{made} {refused}");
}
