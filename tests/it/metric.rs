//! Metrics against scikit-learn, and on outputs no library accepts.

use std::path::Path;

use runner::catalog::{Facts, Family};
use runner::metric::{self, Reading, Scores};
use runner::spec::Task;
use serde_json::Value;

/// A case of `tests/peers/metric_reference.json`, which scikit-learn 1.9.1 and torchmetrics 1.9.0 wrote.
struct Case {
    name: String,
    task: Task,
    outputs: usize,
    output: Vec<f64>,
    target: Vec<f64>,
    class: Vec<u32>,
    json: Value,
}

impl Case {
    fn scores(&self) -> Scores<'_> {
        Scores {
            rows: self.output.len() / self.outputs,
            outputs: self.outputs,
            output: &self.output,
            target: &self.target,
            class: &self.class,
        }
    }
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/metric_reference.json");
    let document: Value = serde_json::from_slice(&runner::disk::read(&path).unwrap()).unwrap();
    let flat = |matrix: &Value| -> Vec<f64> {
        let rows = matrix.as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap()).map(number).collect()
    };
    let read = |json: &Value| Case {
        name: json["name"].as_str().unwrap().into(),
        task: match json["task"].as_str().unwrap() {
            "classification" => Task::Classification,
            "multi_label" => Task::MultiLabel,
            _ => Task::Regression,
        },
        outputs: json["output"][0].as_array().unwrap().len(),
        output: flat(&json["output"]),
        target: flat(&json["target"]),
        class: json["class"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap() as u32).collect(),
        json: json.clone(),
    };
    document["cases"].as_array().unwrap().iter().map(read).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[test]
fn every_metric_is_scikit_learns() {
    let mut covered = Vec::new();
    for case in cases() {
        for (name, expected) in case.json["expected"].as_object().unwrap() {
            let metric = metric::find(name).unwrap();
            let (found, expected) = (metric.compute(&case.scores()), number(expected));
            // Sums run in another order than NumPy's: a few of 52 bits. torchmetrics adds up in single precision.
            let tolerance = if name == "expected_calibration_error" { 1e-6 } else { 1e-12 };
            let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
            assert!(
                near || (found.is_nan() && expected.is_nan()),
                "{name} of `{}`: {found}, expected {expected}",
                case.name
            );
            covered.push(metric.name());
        }
    }
    for metric in metric::ALL {
        assert!(covered.contains(&metric.name()), "no reference value for `{}`", metric.name());
    }
}

#[test]
fn tasks_have_the_metrics_scikit_learn_defines_for_them() {
    for case in cases() {
        let defined: Vec<&str> = metric::for_task(case.task).iter().map(|m| m.name()).collect();
        for name in case.json["expected"].as_object().unwrap().keys() {
            assert!(defined.contains(&name.as_str()), "{name} is missing for {:?}", case.task);
        }
        assert!(defined.contains(&metric::main_metric(case.task).name()));
    }
}

#[test]
fn counts_and_values_of_single_classes_are_scikit_learns() {
    for case in cases().iter().filter(|c| c.task != Task::Regression) {
        let confusion = serde_json::to_value(metric::confusion(&Reading::new(case.scores()))).unwrap();
        assert_eq!(confusion, case.json["confusion"], "{}", case.name);
        for (k, scores) in metric::per_class(&Reading::new(case.scores())).iter().enumerate() {
            for (name, found) in
                [("precision", scores.precision), ("recall", scores.recall), ("f1", scores.f1)]
            {
                let expected = number(&case.json["per_class"][name][k]);
                // One division or two: at most the last bits differ.
                assert!((found - expected).abs() < 1e-15, "{name} of class {k} of `{}`", case.name);
            }
        }
    }
}

fn compute(name: &str, output: &[f64], class: &[u32]) -> f64 {
    let outputs = output.len() / class.len();
    let mut target = vec![0.0; output.len()];
    for (row, k) in class.iter().enumerate() {
        target[row * outputs + *k as usize] = 1.0;
    }
    let scores = Scores { rows: class.len(), outputs, output, target: &target, class };
    metric::find(name).unwrap().compute(&scores)
}

#[test]
fn outputs_that_are_not_finite_never_panic_and_count_as_wrong() {
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0];
    for case in cases() {
        for (at, value) in (0..case.output.len()).flat_map(|at| bad.map(|v| (at, v))) {
            let mut output = case.output.clone();
            output[at] = value;
            let scores = Scores { output: &output, ..case.scores() };
            metric::ALL.iter().for_each(|m| _ = m.compute(&scores));
            metric::confusion(&Reading::new(scores));
            metric::per_class(&Reading::new(scores));
        }
    }
    // Rows: NaN beside a largest output that is right; right.
    let output = [f64::NAN, 0.9, 0.1, 0.9];
    assert_eq!(compute("accuracy", &output, &[1, 1]), 0.5);
    assert_eq!(compute("balanced_accuracy", &output, &[1, 1]), 0.5);
    assert_eq!(compute("top_2_accuracy", &output, &[1, 1]), 0.5);
    for name in ["log_loss", "brier", "expected_calibration_error", "auroc"] {
        assert!(compute(name, &output, &[1, 1]).is_nan(), "{name}");
    }
}

#[test]
fn without_rows_every_metric_is_nan() {
    let none = Scores { rows: 0, outputs: 3, output: &[], target: &[], class: &[] };
    for metric in metric::ALL {
        assert!(metric.compute(&none).is_nan(), "{}", metric.name());
    }
}

#[test]
fn a_prediction_without_a_finite_value_explains_nothing() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let scores = Scores { rows: 2, outputs: 1, output: &[value, value], target: &[1.0, 2.0], class: &[] };
        for name in ["r2", "explained_variance"] {
            let found = metric::find(name).unwrap().compute(&scores);
            assert!(!found.is_finite(), "{name} of {value} is {found}");
        }
    }
}

#[test]
fn rows_are_normalised_before_they_are_judged() {
    // Rows (2, 6) and (1, 3) are both (1/4, 3/4).
    let expected = -(0.75f64.ln() + 0.25f64.ln()) / 2.0;
    assert!((compute("log_loss", &[2.0, 6.0, 1.0, 3.0], &[1, 0]) - expected).abs() < 1e-15);
    for output in [[0.0, 0.0], [-1.0, 3.0]] {
        assert!(compute("log_loss", &output, &[1]).is_nan());
    }
}

#[test]
fn bins_of_confidence_are_closed_on_the_right() {
    // Guo et al. 2017: 9/15 belongs to the ninth bin, so right at 0.6 and wrong just below it share a bin;
    // |1 - 0.6 + 0 - 0.58| / 2.
    let found = compute("expected_calibration_error", &[0.6, 0.4, 0.58, 0.42], &[0, 1]);
    assert!((found - 0.09).abs() < 1e-15, "{found}");
    // Just above it is the next bin: (|1 - 0.62| + |0 - 0.58|) / 2.
    let found = compute("expected_calibration_error", &[0.62, 0.38, 0.58, 0.42], &[0, 1]);
    assert!((found - 0.48).abs() < 1e-15, "{found}");
}

#[test]
fn entries_are_complete() {
    for entry in metric::entries() {
        assert_eq!(entry.family, Family::Metric);
        assert!(matches!(entry.facts, Facts::Metric { .. }), "{}", entry.name);
        for heading in ["### Formula", "### When to use", "### Source"] {
            assert!(entry.docs.contains(heading), "`{}` has no {heading}", entry.name);
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metric");
        let files = runner::disk::list(&root).unwrap();
        let stems = files.iter().map(|f| f.file_stem().unwrap().to_string_lossy());
        assert!(stems.into_iter().any(|stem| entry.name.starts_with(&*stem)), "{}", entry.name);
    }
}

#[test]
fn a_perfect_prediction_has_the_perfect_value() {
    for case in cases() {
        // Undefined where a class or a second row is missing, and a softmax never is this certain: eps instead of 0.
        let perfect = Scores { output: &case.target, ..case.scores() };
        for metric in metric::for_task(case.task) {
            let Facts::Metric { perfect: expected, .. } = metric.entry.facts else { unreachable!() };
            let found = metric.compute(&perfect);
            let absent_label = case.task == Task::MultiLabel && case.name.contains("nowhere");
            assert!(
                found.is_nan() || (found - expected).abs() < 1e-15 || absent_label,
                "{} of `{}`: {found}",
                metric.name(),
                case.name
            );
        }
    }
}
