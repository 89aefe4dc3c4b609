//! Sequences in long form, masks, generators of sequences, and inline rows: what is loaded, split, and prepared.

use runner::catalog::{Choice, Family, Value};
use runner::data::{self, Assignment, Dataset, Prepared, Targets};
use runner::spec::{self, Enlarge, Interpolation, Split, Task, Weights};

use super::{bundled, choice, generated, load, read_text, with};

/// Three sequences of 3, 1, and 2 steps, not adjacent and out of order; the last step of each has class v, u, v.
const LONG: &[u8] =
    b"id,t,x,z,class\nb,2,3,30,v\na,5,9,90,u\nb,0,1,10,u\nc,1,5,50,v\nb,1,2,20,u\nc,0,4,40,u\n";

fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

fn sequences(text: &[u8], change: impl FnOnce(&mut spec::Data)) -> (Dataset, spec::Data) {
    let mut kept = None;
    let dataset = read_text(text, |spec| {
        spec.sequence = Some("id".into());
        spec.time = Some("t".into());
        change(spec);
        kept = Some(spec.clone());
    });
    (dataset.unwrap(), kept.unwrap())
}

fn classes(dataset: &Dataset) -> &[u32] {
    match &dataset.targets {
        Targets::Classes { index, .. } => index,
        Targets::Values { .. } => panic!("no classes"),
    }
}

#[test]
fn rows_of_a_name_are_ordered_by_time_and_padded_in_front() {
    let (dataset, _) = sequences(LONG, |_| {});
    assert_eq!((dataset.rows(), dataset.steps, dataset.features()), (3, 3, 2));
    assert_eq!(dataset.feature_names, ["x", "z"]);
    assert_eq!(dataset.lengths, [3, 1, 2]);
    // By hand: b at times 0, 1, 2; a; c at times 0, 1.
    let x = [1., 10., 2., 20., 3., 30., 0., 0., 0., 0., 9., 90., 0., 0., 4., 40., 5., 50.];
    assert_eq!(dataset.x, x);
    assert_eq!(classes(&dataset), [0, 0, 1, 0, 0, 0, 0, 0, 1]);
    assert_eq!(dataset.task, Task::Classification);
    // Without times, the order of the file.
    let (dataset, _) = sequences(LONG, |spec| {
        spec.time = None;
        spec.ignore = words(&["t", "z"]);
    });
    assert_eq!(dataset.x, [3.0, 1.0, 2.0, 0.0, 0.0, 9.0, 0.0, 5.0, 4.0]);
}

#[test]
fn time_steps_without_a_target_are_known() {
    // The first of b's three steps and the first of c's two, by time.
    let gaps = String::from_utf8(LONG.to_vec())
        .unwrap()
        .replace("b,0,1,10,u", "b,0,1,10,")
        .replace("c,0,4,40,u", "c,0,4,40,");
    let (dataset, spec) = sequences(gaps.as_bytes(), |_| {});
    assert_eq!(dataset.unanswered, [0, 7]);
    assert_eq!((dataset.rows(), &dataset.x), (3, &sequences(LONG, |_| {}).0.x), "no step is lost");
    let all = Assignment { train: vec![0, 1, 2], validation: Vec::new(), test: Vec::new(), labels: None };
    assert_eq!(data::prepare(&dataset, &spec, &all, false).train.class, [1, 0, 1]);
    let (full, _) = sequences(LONG, |_| {});
    assert_ne!(dataset.digest, full.digest);
    assert!(full.unanswered.is_empty());
}

#[test]
fn sequences_that_hold_the_same_have_one_digest() {
    let digest = |text: &[u8]| sequences(text, |_| {}).0.digest;
    let expected = digest(LONG);
    // In the order of time, with other names for sequences and other numbers for times.
    let told = b"id,t,x,z,class\n1,0,1,10,u\n1,1,2,20,u\n1,2,3,30,v\n2,0,9,90,u\n3,-1,4,40,u\n3,7.5,5,50,v\n";
    assert_eq!(digest(told), expected);
    // One step more at the front, of zeros as in padding, is another sequence.
    let more = [LONG, b"c,-1,0,0,u\n"].concat();
    assert_ne!(digest(&more), expected);
    // So is the same table without its sequences.
    let rows = read_text(LONG, |spec| spec.ignore = words(&["id", "t"])).unwrap();
    assert_ne!(rows.digest, expected);
}

#[test]
fn a_limit_counts_whole_sequences() {
    let (dataset, _) = sequences(LONG, |spec| spec.limit = Some(2));
    assert_eq!((dataset.rows(), &dataset.lengths[..]), (2, &[3, 1][..]));
    assert_eq!(
        dataset.x[..6],
        [1.0, 10.0, 2.0, 20.0, 3.0, 30.0],
        "later rows of a taken sequence belong to it"
    );
    let adding = with(choice(Family::Source, "adding_problem"), "steps", Value::Count(4));
    let mut spec = generated(adding);
    spec.limit = Some(3);
    let dataset = load(&spec);
    assert_eq!((dataset.rows(), dataset.steps, dataset.x.len()), (3, 4, 24));
}

#[test]
fn splits_take_sequences_and_stratify_by_their_last_class() {
    let (dataset, _) = sequences(LONG, |_| {});
    // One sequence ends in u, two in v: every fold of two would need one of each.
    let faults = data::split(
        &dataset,
        &Split::KFold { folds: 2, repeats: 1, validation: 0.0, stratified: true },
        0,
        None,
    );
    let faults = faults.unwrap_err();
    assert_eq!((faults.len(), faults[0].code.name), (1, "class-too-small"));
    assert!(faults[0].title.contains("`u` has 1 row"), "{}", faults[0].title);
    // Copying ends in a symbol, never in the blank: that class is in no group.
    let copy = load(&generated(with(choice(Family::Source, "copy_memory"), "samples", Value::Count(200))));
    assert_eq!((copy.rows(), copy.steps, copy.outputs()), (200, 30, 9));
    let parts = data::split(&copy, &Split::Holdout { test: 0.5, validation: 0.0, stratified: true }, 0, None)
        .unwrap();
    let last = |part: &[u32]| {
        let mut counts = [0_usize; 9];
        part.iter().for_each(|row| counts[classes(&copy)[*row as usize * 30 + 29] as usize] += 1);
        counts
    };
    let (train, test) = (last(&parts.train), last(&parts.test));
    assert!(train.iter().zip(test).all(|(a, b)| a.abs_diff(b) <= 1), "{train:?} {test:?}");
    // A column of parts belongs to whole sequences.
    let text = b"id,t,x,part,class\na,0,1,train,u\nb,0,2,test,v\na,1,3,train,v\nb,1,4,test,u\n";
    let split = Split::Predefined { column: "part".into() };
    let (dataset, _) = sequences(text, |spec| spec.split = split.clone());
    let parts = data::split(&dataset, &split, 0, None).unwrap();
    assert_eq!((parts.train, parts.test), (vec![0], vec![1]));
}

fn all(rows: u32) -> Assignment {
    Assignment { train: (0..rows).collect(), validation: Vec::new(), test: Vec::new(), labels: None }
}

/// The two longer sequences of `LONG` train, the short one tests.
fn prepared(each_step: bool, change: impl FnOnce(&mut spec::Data)) -> Prepared {
    let (dataset, spec) = sequences(LONG, change);
    let parts = Assignment { train: vec![0, 2], validation: Vec::new(), test: vec![1], labels: None };
    data::prepare(&dataset, &spec, &parts, each_step)
}

#[test]
fn nothing_is_fitted_on_padding() {
    let prepared = prepared(false, |spec| {
        spec.scale = choice(Family::Scale, "min_max");
        spec.ignore = words(&["z"]);
        spec.polynomial = 2;
    });
    // By hand: x and x² of 1, 2, 3 and 4, 5, from [1, 5] and [1, 25] to [0, 1]; padding stays 0.
    let x = [0.0, 0.0, 0.25, 3.0 / 24.0, 0.5, 8.0 / 24.0, 0.0, 0.0, 0.75, 15.0 / 24.0, 1.0, 1.0];
    for (found, expected) in prepared.train.x.iter().zip(x) {
        assert!((found - expected).abs() < 1e-15, "{:?}", prepared.train.x);
    }
    // 9 → (9 - 1) / 4, 81 → (81 - 1) / 24.
    assert_eq!(prepared.test.as_ref().unwrap().x, [0.0, 0.0, 0.0, 0.0, 2.0, 80.0 / 24.0]);
    assert_eq!((prepared.features, prepared.steps, prepared.answers), (2, 3, 1));
    assert_eq!((&prepared.train.lengths[..], &prepared.test.unwrap().lengths[..]), (&[3, 2][..], &[1][..]));
}

#[test]
fn a_gap_is_filled_from_the_steps_that_are_there() {
    let text = b"id,t,x,class\na,0,1,u\na,1,,v\na,2,5,u\nb,0,6,v\n";
    let (dataset, spec) = sequences(text, |spec| spec.missing = spec::Missing::Mean);
    // By hand: the mean of 1, 5, 6, without the two zeros of padding.
    assert_eq!(data::prepare(&dataset, &spec, &all(2), false).train.x, [1.0, 4.0, 5.0, 0.0, 0.0, 6.0]);
}

#[test]
fn many_to_one_answers_at_the_last_step_and_many_to_many_at_all_that_are_there() {
    let weighted = |each_step| {
        prepared(each_step, |spec| {
            spec.ignore = words(&["z"]);
            spec.weights = Weights::Balanced;
        })
    };
    let one = weighted(false);
    assert_eq!((one.train.rows, one.answers, &one.train.class[..]), (2, 1, &[1, 1][..]));
    assert_eq!(one.train.y, [0.0, 1.0, 0.0, 1.0]);
    // By hand: two answers of v, none of u, two classes: 2 / (2 · 2).
    assert_eq!(one.train.weight, [0.5, 0.5]);
    let many = weighted(true);
    assert_eq!((many.train.rows, many.answers), (2, 3));
    // u u v, and u v after a step of padding, which repeats the first target.
    assert_eq!(many.train.class, [0, 0, 1, 0, 0, 1]);
    // By hand: three answers of u and two of v are there: 5 / (2 · 3) and 5 / (2 · 2).
    let (u, v) = (5.0 / 6.0, 1.25);
    assert_eq!(many.train.weight, [u, u, v, 0.0, u, v]);
    let test = many.test.unwrap();
    assert_eq!((&test.class[..], &test.weight[..]), (&[0, 0, 0][..], &[0.0, 0.0, 1.0][..]));
    // Whether there are weights must not depend on which sequences are drawn: one without padding has them too.
    let (dataset, spec) = sequences(LONG, |_| {});
    let longest = Assignment { train: vec![0], validation: Vec::new(), test: vec![1, 2], labels: None };
    assert_eq!(data::prepare(&dataset, &spec, &longest, true).train.weight, [1.0, 1.0, 1.0]);
}

#[test]
fn targets_are_scaled_by_the_answers_that_are_asked_for() {
    let text = b"id,t,x,class\na,0,1,100\na,1,2,0.5\nb,0,3,300\nb,1,4,1.5\nb,2,5,2.5\n";
    let fit = |each_step| {
        let (dataset, spec) = sequences(text, |spec| {
            spec.task = Some(Task::Regression);
            spec.target_scale = choice(Family::Scale, "min_max");
        });
        data::prepare(&dataset, &spec, &all(2), each_step)
    };
    // By hand: the last targets are 0.5 and 2.5; all of them lie between 0.5 and 300.
    let one = fit(false);
    assert_eq!((&one.target_shift_scale[..], &one.train.y[..]), (&[(0.5, 2.0)][..], &[0.0, 1.0][..]));
    let many = fit(true);
    assert_eq!(many.target_shift_scale, [(0.5, 299.5)]);
    assert_eq!(many.train.y[4..], [1.0 / 299.5, 2.0 / 299.5]);
    assert_eq!(many.train.y[0], many.train.y[1], "padding repeats the first target");
}

// ---- masks -----------------------------------------------------------------------------------------------------------

const MASKED: &[u8] = b"x,m0,m1,m2,class\n1,1,1,0,a\n2,0,1,1,b\n3,1,1.0,1,c\n4,1,0,0,a\n";

#[test]
fn masks_are_no_features_and_stand_in_the_order_of_the_outputs() {
    let mut kept = None;
    let dataset = read_text(MASKED, |spec| {
        spec.mask = words(&["m0", "m1", "m2"]);
        kept = Some(spec.clone());
    });
    let dataset = dataset.unwrap();
    assert_eq!((dataset.feature_names.len(), dataset.outputs()), (1, 3));
    assert_eq!(dataset.mask, [1., 1., 0., 0., 1., 1., 1., 1., 1., 1., 0., 0.]);
    let parts = Assignment { train: vec![1, 3], validation: Vec::new(), test: vec![0], labels: None };
    let prepared = data::prepare(&dataset, &kept.unwrap(), &parts, false);
    assert_eq!(prepared.train.mask, [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(prepared.test.unwrap().mask, [1.0, 1.0, 0.0]);
    let without = read_text(MASKED, |spec| spec.ignore = words(&["m0", "m1", "m2"])).unwrap();
    assert_ne!(without.digest, dataset.digest);
}

#[test]
fn masks_of_padding_are_those_of_the_first_step() {
    let text = b"id,t,x,m0,m1,class\na,0,1,1,0,u\na,1,2,1,1,v\nb,0,3,0,1,v\n";
    let (dataset, spec) = sequences(text, |spec| spec.mask = words(&["m0", "m1"]));
    let many = data::prepare(&dataset, &spec, &all(2), true);
    assert_eq!(many.train.mask, [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(data::prepare(&dataset, &spec, &all(2), false).train.mask, [1.0, 1.0, 0.0, 1.0]);
}

// ---- generators ------------------------------------------------------------------------------------------------------

fn rows(x: &[&[f64]], y: Vec<Value>) -> Choice {
    let entry = data::entries().into_iter().find(|e| e.name == "rows").unwrap();
    let list = |row: &&[f64]| Value::List(row.iter().map(|v| Value::Real(*v)).collect());
    Choice { entry, values: vec![Some(Value::List(x.iter().map(list).collect())), Some(Value::List(y))] }
}

#[test]
fn rows_written_in_the_experiment_are_loaded_like_any_others() {
    let table: [&[f64]; 4] = [&[0.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], &[1.0, 1.0]];
    let y = [0.0, 1.0, 1.0, 0.0].map(Value::Real);
    let written = load(&generated(rows(&table, y.to_vec())));
    // The truth table of xor, whatever it is called.
    assert_eq!(written.digest, load(&generated(choice(Family::Source, "xor"))).digest);
    let named =
        load(&generated(rows(&table, ["no", "yes", "yes", "no"].map(|w| Value::Text(w.into())).to_vec())));
    assert_eq!((named.output_names(), classes(&named)), (&words(&["no", "yes"]), &[0, 1, 1, 0][..]));
    let labels = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    let labels = labels.map(|pair| Value::List(pair.map(Value::Real).to_vec())).to_vec();
    let labels = load(&generated(rows(&table, labels)));
    assert_eq!((labels.task, labels.output_names()), (Task::MultiLabel, &words(&["y1", "y2"])));
    // Of the classes, those that occur.
    let mut first = generated(rows(&table, ["c", "a", "b", "a"].map(|w| Value::Text(w.into())).to_vec()));
    first.limit = Some(2);
    assert_eq!(load(&first).output_names(), &words(&["a", "c"]));
    first.task = Some(Task::Regression);
    let faults = data::load(&first, &mut super::sources()).unwrap_err();
    assert_eq!(faults[0].code.name, "wrong-task");
}

#[test]
fn rows_that_repeat_are_counted() {
    // The rows a user took for exclusive or: the second repeats the first, and (1, 1) is missing.
    let table: [&[f64]; 4] = [&[0.0, 0.0], &[0.0, 0.0], &[1.0, 0.0], &[0.0, 1.0]];
    let written = load(&generated(rows(&table, [0.0, 0.0, 1.0, 1.0].map(Value::Real).to_vec())));
    let description = data::describe_dataset(&written);
    assert_eq!((description.duplicates.count, &description.duplicates.examples[..]), (1, &[(2, 1)][..]));
}

#[test]
fn generators_of_sequences_make_data_sets_of_them() {
    for (name, features, steps, task) in [
        ("adding_problem", 2, 50, Task::Regression),
        ("copy_memory", 10, 30, Task::Classification),
        ("echo", 1, 20, Task::Regression),
        ("sign_of_sum", 1, 10, Task::Classification),
    ] {
        let spec = generated(with(choice(Family::Source, name), "samples", Value::Count(20)));
        let dataset = load(&spec);
        let found = (dataset.rows(), dataset.features(), dataset.steps, dataset.task);
        assert_eq!(found, (20, features, steps, task), "{name}");
        assert!(dataset.lengths.is_empty() && dataset.x.len() == 20 * steps * features, "{name}");
        assert_eq!(dataset.digest, load(&spec).digest, "{name}");
        let mut other = spec.clone();
        if let spec::Source::Generator { choice, .. } = &mut other.source {
            *choice = with(choice.clone(), "seed", Value::Count(1));
        }
        assert_ne!(dataset.digest, load(&other).digest, "{name}: its seed");
        let description = data::describe_dataset(&dataset);
        let facts = description.sequences.as_ref().unwrap();
        assert_eq!(
            (facts.count, facts.shortest, facts.longest, description.rows),
            (20, steps, steps, 20 * steps)
        );
        let parts = all(20);
        let (one, many) =
            (data::prepare(&dataset, &spec, &parts, false), data::prepare(&dataset, &spec, &parts, true));
        assert_eq!(
            (one.train.y.len(), many.train.y.len()),
            (20 * one.outputs, 20 * steps * one.outputs),
            "{name}"
        );
        assert!(many.train.weight.is_empty() && many.train.lengths.is_empty(), "{name}: no padding");
    }
}

// ---- images ----------------------------------------------------------------------------------------------------------

#[test]
fn images_are_enlarged_before_they_are_scaled() {
    let mut spec = bundled("digits.csv", "label");
    spec.limit = Some(20);
    let dataset = load(&spec);
    spec.enlarge = Some(Enlarge { from: [8, 8], to: [16, 24], method: Interpolation::Nearest });
    spec.scale = with(choice_of("divide"), "by", Value::Real(16.0));
    let prepared = data::prepare(&dataset, &spec, &all(20), false);
    assert_eq!((prepared.features, prepared.train.x.len()), (16 * 24, 20 * 16 * 24));
    for (large, small) in prepared.train.x.chunks(16 * 24).zip(dataset.x.chunks(64)) {
        // By hand: every pixel becomes 2 × 3.
        let expected = |place: usize| small[place / 24 / 2 * 8 + place % 24 / 3] / 16.0;
        assert!(large.iter().enumerate().all(|(place, v)| *v == expected(place)));
    }
    spec.enlarge = Some(Enlarge { from: [7, 9], to: [28, 28], method: Interpolation::Bilinear });
    assert_eq!(data::check(&dataset, &spec).unwrap_err()[0].code.name, "shape-mismatch");
}

/// A scaling whose parameters are all given later.
fn choice_of(name: &str) -> Choice {
    let entry = data::entries().into_iter().find(|e| e.family == Family::Scale && e.name == name).unwrap();
    Choice { entry, values: entry.params.iter().map(|_| None).collect() }
}
