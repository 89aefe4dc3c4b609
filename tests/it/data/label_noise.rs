//! Label noise: how much, by what, and where.

use runner::data::{self, Assignment, Table, Targets};

use super::{bundled, load, read_text, sources};

/// Shares and classes are counted, not assumed: of 10,000 labels of 5 classes a third is replaced, each other class as often as the rest.
/// Binomial bounds of four standard deviations: 189 of 3,333 replaced, and 100 of 833 for each step from class to class.
#[test]
fn label_noise_replaces_a_share_by_every_other_class_alike() {
    let rows = 10_000;
    let mut text = String::from("x,class\n");
    (0..rows).for_each(|row| text.push_str(&format!("{row},c{}\n", row % 5)));
    let dataset = read_text(text.as_bytes(), |_| ()).unwrap();
    let Targets::Classes { index, .. } = &dataset.targets else { panic!("classes") };
    let noisy = data::labels(&dataset, 1.0 / 3.0, 7).unwrap();
    let mut steps = [0_usize; 5];
    noisy.iter().zip(index).for_each(|(noisy, own)| steps[((noisy + 5 - own) % 5) as usize] += 1);
    assert!((rows - steps[0]).abs_diff(3333) < 189, "{steps:?}");
    assert!(steps[1..].iter().all(|n| n.abs_diff(833) < 111), "{steps:?}");
    // More noise keeps what less noise did, and other seeds do other things.
    let more = data::labels(&dataset, 0.5, 7).unwrap();
    assert!((0..rows).all(|row| noisy[row] == index[row] || more[row] == noisy[row]));
    assert_ne!(data::labels(&dataset, 1.0 / 3.0, 8).unwrap(), noisy);
    assert_eq!(data::labels(&dataset, 0.0, 7), None);
}

#[test]
fn label_noise_reaches_training_and_validation_and_leaves_the_test_part() {
    let spec = bundled("iris.csv", "species");
    let dataset = load(&spec);
    let noisy = data::labels(&dataset, 1.0, 3);
    let of = |part: u32| (0..150).filter(|row| row % 3 == part).collect();
    let parts = Assignment { train: of(0), validation: of(1), test: of(2), labels: None };
    let (clean, seen) = (
        data::prepare(&dataset, &spec, &parts, false),
        data::prepare(&dataset, &spec, &parts.clone().with_labels(noisy), false),
    );
    let differ = |a: &Table, b: &Table| a.class.iter().zip(&b.class).filter(|(a, b)| a != b).count();
    assert_eq!(differ(&clean.train, &seen.train), clean.train.rows);
    assert_eq!(differ(clean.validation.as_ref().unwrap(), seen.validation.as_ref().unwrap()), 50);
    assert_eq!(clean.test, seen.test);
    let one_hot = |table: &Table| table.y.chunks(3).all(|row| row.iter().sum::<f64>() == 1.0);
    assert!(one_hot(&seen.train) && seen.train.y != clean.train.y && seen.train.x == clean.train.x);
}

#[test]
fn label_noise_needs_classes() {
    let mut spec = bundled("diabetes.csv", "target");
    spec.label_noise = 0.1;
    let faults = data::load(&spec, &mut sources()).unwrap_err();
    assert_eq!(faults[0].code.name, "wrong-task", "{}", faults[0].title);
}
