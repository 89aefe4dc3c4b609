//! Preparation: fitted on the training part, equal to scikit-learn.

use runner::catalog::{Family, Value};
use runner::data::{self, Assignment, Prepared};
use runner::spec::{Data, Missing, Split, Weights};

use super::{bundled, choice, generated, load, read_text, with};

fn thirds(rows: u32) -> Assignment {
    Assignment {
        train: (0..rows).filter(|r| r % 3 != 0).collect(),
        validation: Vec::new(),
        test: (0..rows).filter(|r| r % 3 == 0).collect(),
        labels: None,
    }
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{found:?} is not {expected:?}");
    }
}

#[test]
fn other_parts_are_scaled_by_the_training_part() {
    let mut spec = bundled("iris.csv", "species");
    spec.scale = choice(Family::Scale, "standardize");
    let prepared = data::prepare(&load(&spec), &spec, &thirds(150), false);
    // scikit-learn 1.9.1: StandardScaler().fit(X[rows % 3 != 0]).transform(X[0:1]); 1e-13 for its multiplications and our divisions.
    let first = [-0.9167290037762732, 1.0503615356426665, -1.3477382175348753, -1.3423310623911988];
    close(&prepared.test.as_ref().unwrap().x[..4], &first, 1e-13);
    assert!(prepared.validation.is_none());
    assert_eq!((prepared.train.rows, prepared.features, prepared.outputs), (100, 4, 3));
    assert_eq!(prepared.train.y[..3], [1.0, 0.0, 0.0]);
    assert_eq!(prepared.train.source_row[..3], [1, 2, 4]);
}

#[test]
fn a_section_that_shares_a_table_is_checked_like_the_one_that_was_loaded() {
    let spec = bundled("digits.csv", "label");
    let dataset = load(&spec);
    let codes = |change: &dyn Fn(&mut Data)| {
        let mut section = spec.clone();
        change(&mut section);
        let faults = data::check(&dataset, &section).err().unwrap_or_default();
        faults.iter().map(|f| f.code.name).collect::<Vec<_>>()
    };
    let misspelt = || Weights::Given(vec![("zzz".into(), 2.0)]);
    assert_eq!(codes(&|_| ()), Vec::<&str>::new());
    assert_eq!(codes(&|s| s.weights = Weights::Given(vec![("3".into(), 2.0)])), Vec::<&str>::new());
    assert_eq!(codes(&|s| s.weights = misspelt()), ["unknown-class"]);
    // C(68, 4) - 1 = 814,384 monomials of 1797 rows are 10.9 GiB.
    assert_eq!(codes(&|s| s.polynomial = 4), ["too-large"]);
    let both = codes(&|s| (s.polynomial, s.weights) = (4, misspelt()));
    assert_eq!(both, ["too-large", "unknown-class"]);
}

#[test]
fn a_changed_test_row_changes_nothing_in_training() {
    let mut spec = bundled("wine.csv", "class");
    spec.polynomial = 2;
    spec.missing = Missing::Mean;
    let dataset = load(&spec);
    let assignment =
        data::split(&dataset, &Split::Holdout { test: 0.2, validation: 0.2, stratified: true }, 4, None)
            .unwrap();
    let mut changed = dataset.clone();
    let row = assignment.test[0] as usize * dataset.features();
    changed.x[row] = 1e6;
    changed.x[row + 1] = f64::NAN;
    for scale in ["none", "min_max", "standardize", "robust", "global_standardize"] {
        spec.scale = choice(Family::Scale, scale);
        let (before, after) = (
            data::prepare(&dataset, &spec, &assignment, false),
            data::prepare(&changed, &spec, &assignment, false),
        );
        assert_eq!(before.train, after.train, "{scale}");
        assert_eq!(before.validation, after.validation, "{scale}");
        assert_ne!(before.test, after.test, "{scale}");
        assert!(after.test.unwrap().x.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn gaps_are_filled_from_the_training_part() {
    let text = b"a,colour,class\n1,red,x\n,blue,y\n4,,x\n10,red,y\n100,blue,x\n";
    let fill = |missing: Missing| -> Prepared {
        let mut kept = None;
        let dataset = read_text(text, |spec| {
            spec.missing = missing;
            kept = Some(spec.clone());
        });
        let assignment =
            Assignment { train: vec![0, 1, 2, 3], validation: Vec::new(), test: vec![4], labels: None };
        data::prepare(&dataset.unwrap(), &kept.unwrap(), &assignment, false)
    };
    // By hand over the training rows 1, 4, 10: mean 5, median 4; the most frequent colour is red. Columns: a, blue, red.
    assert_eq!(fill(Missing::Mean).train.x, [1.0, 0.0, 1.0, 5.0, 1.0, 0.0, 4.0, 0.0, 1.0, 10.0, 0.0, 1.0]);
    assert_eq!(fill(Missing::Median).train.x[3], 4.0);
}

#[test]
fn features_are_expanded_before_they_are_scaled() {
    let mut spec = generated(with(choice(Family::Source, "polynomial"), "samples", Value::Count(5)));
    spec.polynomial = 3;
    spec.scale = choice(Family::Scale, "min_max");
    let prepared = data::prepare(&load(&spec), &spec, &all(5), false);
    // By hand: x, x², x³ at -1, -1/2, 0, 1/2, 1, each column to [0, 1].
    let expected = [0.0, 1.0, 0.0, 0.25, 0.25, 0.4375, 0.5, 0.0, 0.5, 0.75, 0.25, 0.5625, 1.0, 1.0, 1.0];
    close(&prepared.train.x, &expected, 1e-15);
}

#[test]
fn scaled_targets_keep_their_inverse() {
    let mut spec: Data = bundled("diabetes.csv", "target");
    spec.target_scale = choice(Family::Scale, "standardize");
    let dataset = load(&spec);
    let prepared = data::prepare(&dataset, &spec, &thirds(442), false);
    let (shift, scale) = prepared.target_shift_scale[0];
    let back: Vec<f64> = prepared.test.unwrap().y.iter().map(|y| y * scale + shift).collect();
    let runner::data::Targets::Values { values, .. } = &dataset.targets else { panic!("a regression") };
    let original: Vec<f64> = values.iter().step_by(3).copied().collect();
    // Two roundings of values up to 346.
    close(&back, &original, 1e-12);
    let mean = prepared.train.y.iter().sum::<f64>() / prepared.train.rows as f64;
    assert!(mean.abs() < 1e-14);
}

#[test]
fn class_weights_are_those_of_scikit_learn() {
    let text = b"a,class\n1,u\n2,u\n3,u\n4,u\n5,v\n6,v\n7,w\n8,w\n";
    let weights = |weights: Weights, rows: u32| {
        let mut kept = None;
        let dataset = read_text(text, |spec| {
            spec.weights = weights;
            kept = Some(spec.clone());
        });
        data::prepare(&dataset.unwrap(), &kept.unwrap(), &all(rows), false).train.weight
    };
    // scikit-learn 1.9.1: compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 0, 1, 1, 2])
    let (u, v, w) = (0.5833333333333334, 1.1666666666666667, 2.3333333333333335);
    close(&weights(Weights::Balanced, 7), &[u, u, u, u, v, v, w], 1e-15);
    let given = Weights::Given(vec![("v".into(), 3.0)]);
    assert_eq!(weights(given, 8), [1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 1.0, 1.0]);
    assert!(weights(Weights::Equal, 8).is_empty());
}

fn all(rows: u32) -> Assignment {
    Assignment { train: (0..rows).collect(), validation: Vec::new(), test: Vec::new(), labels: None }
}
