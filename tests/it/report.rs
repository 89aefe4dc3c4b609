//! The report as a whole: from records built by hand to the bytes of every file.
//!
//! Statistics of the accuracies `A` and `B` are SciPy's (1.17.1); everything else in the expectations was computed by hand.

mod fixture;

use fixture::{Fixture, axis, failed, learned};
use runner::event::End;
use runner::plan::Fold;
use runner::report::{self, Facts};
use runner::spec::{Bound, Expectation, Part, Statistic, Task};

/// Test accuracies of the selected configurations on ten seeds: softmax+cross_entropy, sigmoid+mse.
const A: [f64; 10] = [0.93, 0.97, 0.90, 1.0, 0.93, 0.97, 0.87, 0.93, 0.97, 0.90];
const B: [f64; 10] = [0.90, 0.93, 0.90, 0.93, 0.97, 0.93, 0.83, 0.90, 0.90, 0.87];
/// What a test result of a configuration that was not selected would show as.
const CLOSED: f64 = 0.123456;
const RATES: [f64; 4] = [0.01, 0.1, 1.0, 10.0];
const RATE: &str = "optimizer.learning_rate";

/// Two pairings with four learning rates each, tuned on validation. By hand: sigmoid+mse must choose 1 (10 has the best mean, but
/// a trial failed there), softmax+cross_entropy must choose 0.1 (1 ties, and comes later).
fn iris() -> Fixture {
    let pairings = ["sigmoid+mse", "softmax+cross_entropy"];
    let axes = vec![axis("pairing", &pairings, &[]), axis(RATE, &["0.01", "0.1", "1", "10"], &RATES)];
    let mut fixture = Fixture::new(axes, 10);
    for planned in &mut fixture.plan.configurations {
        let pairing = if planned.point[0] == Some(0) { fixture::sigmoid() } else { fixture::softmax() };
        planned.configuration.pairing = pairing.into();
    }
    fixture.compare("pairing", &[RATE]);
    fixture.run(|point, seed| {
        let wobble = 0.01 * (seed % 3) as f64;
        match (point[0], point[1]) {
            (Some(0), Some(3)) if seed == 3 => failed(),
            (Some(0), Some(2)) => learned(0.90 + wobble, B[seed]),
            (Some(0), Some(rate)) => learned([0.80, 0.86, 0.0, 0.97][rate] - wobble, CLOSED),
            (Some(1), Some(1)) => learned(0.95 + wobble, A[seed]),
            (_, Some(rate)) => learned([0.90, 0.0, 0.95, 0.85][rate] + wobble, CLOSED),
            point => panic!("the plan has no point {point:?}"),
        }
    });
    fixture
}

/// The cells of one row of a CSV file, by column name.
#[track_caller]
fn row(csv: &str, matches: impl Fn(&dyn Fn(&str) -> String) -> bool) -> impl Fn(&str) -> String {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    for record in reader.records() {
        let record = record.unwrap();
        let header = header.clone();
        let cell = move |name: &str| {
            let column = header.iter().position(|h| h == name);
            record[column.unwrap_or_else(|| panic!("no column `{name}`"))].to_string()
        };
        if matches(&cell) {
            return cell;
        }
    }
    panic!("no such row");
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

#[track_caller]
fn near(found: &str, expected: f64) {
    // The files hold nine significant digits.
    assert!((number(found) - expected).abs() <= 1e-8 * expected.abs(), "{found} against {expected}");
}

#[test]
fn pages_and_tables_read_like_this() {
    let fixture = iris();
    insta::assert_snapshot!("iris_readme", fixture.file("README.md"));
    insta::assert_snapshot!("iris_summary", fixture.file("summary.csv"));
    insta::assert_snapshot!("iris_comparison", fixture.file("comparison.csv"));
    insta::assert_snapshot!("iris_terminal", report::terminal(&fixture.results(), 100));
    let head = |name: &str| fixture.file(name).lines().take(6).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("iris_trials_head", head("trials.csv"));
    insta::assert_snapshot!("iris_curves_head", head("curves.csv"));
    insta::assert_snapshot!("iris_metrics_head", head("metrics.csv"));
}

#[test]
fn the_same_results_give_the_same_bytes_in_any_order() {
    let mut fixture = iris();
    let first = report::build(&fixture.results());
    assert_eq!(first, report::build(&fixture.results()));
    fixture.records.reverse();
    fixture.records.swap(3, 50);
    assert_eq!(first, report::build(&fixture.results()));
    for file in &first {
        assert!(!file.bytes.contains(&b'\r') && file.bytes.ends_with(b"\n"), "{}", file.name);
        let small = !file.name.starts_with("figures/") || file.bytes.len() < 100_000;
        assert!(small, "{} has {} bytes", file.name, file.bytes.len());
    }
}

#[test]
fn a_value_is_chosen_on_validation_and_the_test_part_opened_for_it_alone() {
    let fixture = iris();
    let summary = fixture.file("summary.csv");
    let of = |pairing: &'static str, rate: &'static str| {
        row(&summary, move |cell| cell("pairing") == pairing && cell(RATE) == rate)
    };
    for (pairing, rate, selected) in [
        ("sigmoid+mse", "1", "yes"),
        ("sigmoid+mse", "10", "no"),
        ("softmax+cross_entropy", "0.1", "yes"),
        ("softmax+cross_entropy", "1", "no"),
    ] {
        assert_eq!(of(pairing, rate)("selected"), selected, "{pairing} {rate}");
        assert_eq!(of(pairing, rate)("test_accuracy_mean").is_empty(), selected == "no");
    }
    for name in ["trials.csv", "summary.csv", "README.md", "curves.csv", "metrics.csv"] {
        assert!(
            !fixture.file(name).contains("0.123456"),
            "{name} shows a test result of a configuration not selected"
        );
    }
    // Without tuning there was no choice, and everything is shown.
    let mut open = iris();
    open.compare(RATE, &[]);
    assert!(open.file("trials.csv").contains("0.123456"));
}

#[test]
fn a_comparison_has_the_numbers_of_scipy() {
    let comparison = iris().file("comparison.csv");
    let pair = row(&comparison, |_| true);
    // SciPy 1.17.1 on A - B (see stats::paired); the first arm is sigmoid+mse, so signs turn.
    near(&pair("delta"), -0.031);
    near(&pair("low"), -0.05398314073432975);
    near(&pair("high"), -0.008016859265670237);
    near(&pair("p"), 0.03125);
    near(&pair("d_z"), -0.9648839704473624);
    // Eight seeds for softmax, one tie, one for sigmoid.
    near(&pair("p_a_better"), 0.15);
    near(&pair("mcnemar_p"), 1.0);
    // The interval excludes 0 and the difference exceeds the region of 0.01.
    assert_eq!((pair("n"), pair("verdict")), ("10".into(), "b_better".into()));
    assert_eq!(pair("more_seeds"), "");
}

#[test]
fn a_narrower_region_of_equivalence_decides() {
    let mut fixture = iris();
    fixture.compare("pairing", &[RATE]).rope = 0.005;
    let page = fixture.file("README.md");
    assert!(page.contains(
        "**softmax+cross_entropy is better than sigmoid+mse: test accuracy higher by 3.1 points \
         (95 % interval 0.8 to 5.4), P(better) = 0.85, 10 paired seeds.**"
    ));
    fixture.compare("pairing", &[RATE]).rope = 0.06;
    assert!(
        fixture
            .file("README.md")
            .contains("sigmoid+mse and softmax+cross_entropy are practically equivalent")
    );
}

#[test]
fn intervals_of_an_arm_are_those_of_scipy() {
    let summary = iris().file("summary.csv");
    let arm = row(&summary, |cell| cell("pairing") == "softmax+cross_entropy" && cell(RATE) == "0.1");
    // SciPy 1.17.1: t.interval(0.95, 9, A.mean(), sem(A)); statsmodels 0.15.0: proportion_confint(10, 10, 0.05, "wilson").
    near(&arm("test_accuracy_mean"), 0.937);
    near(&arm("test_accuracy_sd"), 0.04029061098237817);
    near(&arm("test_accuracy_low"), 0.9081778331879783);
    near(&arm("test_accuracy_high"), 0.9658221668120218);
    near(&arm("success_low"), 0.7224672001371106);
    near(&arm("test_accuracy_median"), 0.93);
    near(&arm("test_accuracy_best"), 1.0);
}

#[test]
fn a_failed_trial_keeps_its_row_and_counts_as_the_worst() {
    let fixture = iris();
    let trials = fixture.file("trials.csv");
    let trial =
        row(&trials, |cell| cell("pairing") == "sigmoid+mse" && cell(RATE) == "10" && cell("seed") == "3");
    assert_eq!(trial("outcome"), "non_finite");
    assert_eq!(trial("skill"), "");
    let summary = fixture.file("summary.csv");
    let of = row(&summary, |cell| cell("pairing") == "sigmoid+mse" && cell(RATE) == "10");
    assert_eq!((of("n"), of("n_failed"), of("n_learned")), ("10".into(), "1".into(), "9".into()));
    // The nine others: 0.97, 0.96, 0.95, 0.96, 0.95, 0.97, 0.96, 0.95, 0.97.
    near(&of("validation_accuracy_mean"), 8.64 / 9.0);
    // With the failed one lowest, the middle two of ten are both 0.96.
    near(&of("validation_accuracy_median"), 0.96);
    let curves = fixture.file("curves.csv");
    let last = row(&curves, |cell| cell("configuration") == "000000000003" && cell("epoch") == "300");
    assert_eq!((last("n"), last("n_failed")), ("9".into(), "1".into()));
}

#[test]
fn an_arm_that_learns_less_often_is_not_called_better() {
    let mut fixture = Fixture::new(vec![axis("variant", &["often", "seldom"], &[])], 10);
    fixture.compare("variant", &[]);
    let baseline = || learned(0.34, 0.34);
    // 10 against 3 of 10: seven discordant pairs, p = 2 / 2^7.
    fixture.run(|point, seed| match point[0] {
        Some(0) => learned(0.9, 0.9),
        _ if seed < 3 => learned(0.95, 0.95),
        _ => baseline(),
    });
    let pair = fixture.file("comparison.csv");
    let pair = row(&pair, |_| true);
    near(&pair("mcnemar_p"), 2.0 / 128.0);
    assert_eq!((pair("n"), pair("verdict")), ("3".into(), "a_better".into()));
    assert!(fixture.file("README.md").contains("often is better than seldom, because it learns more often"));
    // 10 against 8: too few to tell, and where both learned the other is better.
    fixture.run(|point, seed| match point[0] {
        Some(0) => learned(0.9, 0.8),
        _ if seed < 8 => learned(0.95, 0.9),
        _ => baseline(),
    });
    assert!(fixture.file("comparison.csv").contains("undecided"));
    assert!(fixture.file("README.md").contains("where both learned the other was better"));
}

#[test]
fn the_edge_of_an_axis_and_a_run_too_short_are_named() {
    let mut fixture = iris();
    fixture.run(|point, seed| {
        let rate = point[1].unwrap_or(0);
        let mut reach = learned(0.8 + 0.04 * rate as f64, A[seed]);
        for (epoch, values) in reach.curve.iter_mut().enumerate() {
            values[3] = 0.5 + 0.01 * epoch as f64;
        }
        reach
    });
    let page = fixture.file("README.md");
    assert!(page.contains("The best optimizer.learning_rate of sigmoid+mse, 10, is the largest value tried"));
    assert!(
        page.contains("In 10 of 10 trials of sigmoid+mse, validation_accuracy was best at the last epoch")
    );
    // The healthy run has neither.
    let page = iris().file("README.md");
    assert!(!page.contains("value tried") && !page.contains("at the last epoch"));
}

#[test]
fn confusions_are_summed_over_the_trials_that_did_not_fail() {
    let mut fixture = iris();
    // Every sigmoid+mse configuration now has one failed trial of ten (one has it already), so nine have the same counts.
    for index in [0, 10, 20] {
        fixture.records[index].end = End::Diverged;
    }
    let page = fixture.file("README.md");
    let of = page.split("`sigmoid+mse`\n\n| true").nth(1).unwrap_or_default();
    assert!(
        of.contains("| setosa | 90 | 0 | 0 |\n| versicolor | 0 | 81 | 9 |\n| virginica | 0 | 18 | 72 |"),
        "{of}"
    );
}

#[test]
fn few_seeds_get_values_and_no_verdict() {
    let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 3);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| learned(0.9, if point[0] == Some(0) { A[seed] } else { B[seed] }));
    let mut train = (*fixture.experiment.base.train).clone();
    train.vary.retain(|purpose| purpose.name() == "init");
    fixture.experiment.base.train = train.into();
    let page = fixture.file("README.md");
    assert!(page.contains(
        "- 3 seeds only: no interval and no test. With 3 pairs the smallest p of the sign-flip test is 0.25;"
    ));
    assert!(page.contains("- Seeds share one split, one order, one noise:"));
    assert!(page.contains("No verdict: 3 paired seeds, and a comparison needs 5 at least"));
    assert!(page.contains("- `first`: 0.93, 0.97, 0.9\n"));
    let pair = fixture.file("comparison.csv");
    let pair = row(&pair, |_| true);
    assert_eq!((pair("p"), pair("low"), pair("verdict")), (String::new(), String::new(), "undecided".into()));
}

#[test]
fn an_interrupted_run_says_so_first() {
    let mut fixture = iris();
    fixture.records.truncate(55);
    let page = fixture.file("README.md");
    let line = page.lines().nth(2).unwrap();
    assert!(line.starts_with("> **Incomplete: 55 of 80 trials are done."), "{line}");
    assert!(report::terminal(&fixture.results(), 80).contains("Incomplete"));
    fixture.records.clear();
    assert!(fixture.file("README.md").contains("0 of 80"));
    report::terminal(&fixture.results(), 80);
    report::json(&fixture.results());
}

#[test]
fn folds_are_paired_and_their_intervals_corrected() {
    let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 2);
    for planned in &mut fixture.plan.configurations {
        let mut data = (*planned.configuration.data).clone();
        data.split = runner::spec::Split::KFold { folds: 5, repeats: 1, validation: 0.0, stratified: true };
        planned.configuration.data = data.into();
    }
    let folds: Vec<_> = (0..5).map(|index| Some(Fold { repeat: 0, index })).collect();
    fixture.trials(&folds);
    fixture.compare("variant", &[]);
    fixture.run(|_, _| learned(0.9, 0.9));
    // Differences of stats::paired's reference, by fold and seed.
    let differences = [0.02, 0.01, 0.03, -0.01, 0.02, 0.04, 0.0, 0.01, 0.03, 0.02];
    for (i, d) in differences.iter().enumerate() {
        fixture.records[i]
            .metrics
            .iter_mut()
            .filter(|m| m.part == Part::Test)
            .for_each(|m| m.value = 0.9 + d);
    }
    let pair = fixture.file("comparison.csv");
    let pair = row(&pair, |_| true);
    // By the formula of Nadeau and Bengio with NumPy and scipy.stats.t.
    near(&pair("high"), 0.03700016461888266);
    near(&pair("p"), 0.0866643925120942);
    let trials = fixture.file("trials.csv");
    assert!(trials.starts_with("trial,configuration,variant,seed,fold,outcome"));
}

#[test]
fn regression_without_a_comparison_tells_its_error() {
    let mut fixture = Fixture::new(Vec::new(), 6);
    fixture.data.task = Task::Regression;
    fixture.data.outputs = vec!["progression".into()];
    fixture.run(|_, seed| {
        let mut reach = learned(0.9, 0.9);
        let r2 = 0.4 + 0.02 * seed as f64;
        reach.skill = r2;
        reach.metrics = vec![
            (Part::Validation, "loss", 0.5),
            (Part::Validation, "rmse", 54.0),
            (Part::Validation, "r2", r2),
            (Part::Test, "loss", 0.5),
            (Part::Test, "rmse", 50.0 + seed as f64),
            (Part::Test, "r2", r2),
        ];
        reach
    });
    insta::assert_snapshot!("regression_readme", fixture.file("README.md"));
    let summary = fixture.file("summary.csv");
    let only = row(&summary, |_| true);
    // Six equal steps: mean 52.5; the best of an error is the lowest.
    near(&only("test_rmse_mean"), 52.5);
    near(&only("test_rmse_best"), 50.0);
    assert!(!report::build(&fixture.results()).iter().any(|f| f.name == "comparison.csv"));
}

#[test]
fn expectations_are_of_all_trials_of_the_selected_configuration() {
    let mut fixture = iris();
    let bound = |statistic, limit, at_least| Bound { statistic, limit, at_least };
    fixture.experiment.expect = vec![Expectation {
        key: "softmax+cross_entropy.test.accuracy".into(),
        arm: Some("softmax+cross_entropy".into()),
        part: Part::Test,
        metric: "accuracy".into(),
        bounds: vec![
            bound(Statistic::Mean, 0.93, true),
            bound(Statistic::Mean, 0.94, true),
            bound(Statistic::Lowest, 0.87, true),
            bound(Statistic::Median, 0.92, false),
            bound(Statistic::SuccessRate, 1.0, true),
        ],
        span: fixture.experiment.sweep.axes[0].span.clone(),
    }];
    let held = |f: &Fixture| report::expectations(&f.results()).iter().map(|e| e.held).collect::<Vec<_>>();
    assert_eq!(held(&fixture), [true, false, true, false, true]);
    assert!(report::terminal(&fixture.results(), 100).contains("MISSED"));
    // One failed trial of the selected configuration: its mean and its lowest value are no longer what was promised.
    for index in [50, 60, 40, 70] {
        fixture.records[index].end = End::Diverged;
        fixture.records[index].skill = f64::NAN;
    }
    assert_eq!(held(&fixture), [false, false, false, false, false]);
}

#[test]
fn foreign_text_becomes_neither_markup_nor_formula() {
    let labels = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a|b\n# c `d`"];
    let mut fixture = Fixture::new(vec![axis("variant", &labels, &[])], 5);
    fixture.compare("variant", &[]);
    fixture.experiment.title = "T <img src=x onerror=alert(1)>\n# second".into();
    fixture.experiment.question = "*really* | <b>?".into();
    fixture.experiment.notes = "**kept** <iframe src=x> [x](javascript:alert(1))".into();
    fixture.experiment.overrides = vec!["title=a'; rm -rf $HOME #\n```".into()];
    fixture.data.name = "x`|<y>.csv".into();
    fixture.run(|_, seed| learned(A[seed], A[seed]));
    insta::assert_snapshot!("hostile_readme", fixture.file("README.md"));
    for name in ["trials.csv", "summary.csv", "comparison.csv"] {
        let text = fixture.file(name);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for cell in reader.records().flat_map(|r| r.unwrap().iter().map(String::from).collect::<Vec<_>>()) {
            assert!(!cell.starts_with(['=', '@', '+']) && !cell.contains('\n'), "{name}: {cell}");
        }
    }
    for name in ["figures/loss.svg", "figures/metric.svg"] {
        let svg = fixture.file(name);
        assert!(svg.starts_with("<svg ") && !svg.contains("<script") && svg.contains("&lt;script"), "{name}");
    }
    assert!(!report::terminal(&fixture.results(), 80).contains("# c `d`\n#"));
}

#[test]
fn several_comparisons_are_corrected_for_their_number() {
    let mut fixture = Fixture::new(vec![axis("variant", &["a", "b", "c"], &[])], 10);
    fixture.compare("variant", &[]).rope = 0.005;
    // c is a's twin with one change, so that only a and c against b differ.
    fixture.run(|point, seed| learned(0.9, if point[0] == Some(1) { B[seed] } else { A[seed] }));
    let comparison = fixture.file("comparison.csv");
    let pair =
        |a: &'static str, b: &'static str| row(&comparison, move |cell| cell("a") == a && cell("b") == b);
    // p = 0.03125 twice and 1: Holm gives 3 * 0.03125 for the first and no less for the second.
    near(&pair("a", "b")("p_holm"), 0.09375);
    near(&pair("b", "c")("p_holm"), 0.09375);
    assert_eq!(pair("a", "b")("verdict"), "undecided");
    assert_eq!(pair("a", "c")("verdict"), "practically_equivalent");
    // Against a control there are two comparisons, b as the first arm.
    fixture.compare("variant", &[]).control = Some("a".into());
    let comparison = fixture.file("comparison.csv");
    let of_b = row(&comparison, |cell| cell("a") == "b");
    assert_eq!((of_b("b"), comparison.lines().count()), ("a".into(), 3));
}

#[test]
fn json_says_what_the_tables_say() {
    let json = report::json(&iris().results());
    assert_eq!(json["complete"], true);
    assert_eq!(json["comparison"][0]["verdict"], "b_better");
    assert_eq!(json["comparison"][0]["delta"], -0.031);
    assert_eq!(json["summary"].as_array().map(Vec::len), Some(8));
    assert_eq!(json["summary"][3]["test_accuracy_mean"], serde_json::Value::Null);
}

#[test]
fn the_manifest_names_every_file_with_its_digest() {
    let mut fixture = iris();
    fixture.data.name = "a \"b\" \\ \u{7f}é\n.csv".into();
    let files = report::build(&fixture.results());
    let facts = Facts {
        runner_version: "0.1.0".into(),
        numerics_version: 1,
        device: "ndarray".into(),
        engine: "burn 0.22.1".into(),
    };
    let manifest = report::manifest(&fixture.results(), &files, &facts);
    let text = String::from_utf8(manifest.bytes).unwrap();
    let table: toml::Table = text.parse().unwrap();
    assert_eq!(table["files"].as_array().map(Vec::len), Some(files.len()));
    // sha256sum of the line `title = "Iris"`.
    assert_eq!(
        table["experiment"]["sha256"].as_str(),
        Some("ce4734efe33fcc58d4abab83bc59b2782214058811835bb21b0a7fd00062ba3a")
    );
    assert_eq!(table["data"][0]["name"].as_str(), Some(fixture.data.name.as_str()));
    assert_eq!(table["data"][0]["files"][0]["name"].as_str(), Some("../datasets/iris.csv"));
    let timings = report::timings(&fixture.results());
    assert!(String::from_utf8(timings.bytes).unwrap().starts_with("trial,configuration,seed,seconds\n"));
}

#[test]
fn a_lower_error_is_better_and_a_relative_region_is_of_the_control() {
    let mut fixture = Fixture::new(vec![axis("variant", &["linear", "quadratic"], &[])], 6);
    fixture.data.task = Task::Regression;
    let compare = fixture.compare("variant", &[]);
    (compare.metric, compare.higher_is_better) = ("rmse".into(), false);
    (compare.rope, compare.rope_relative, compare.control) = (0.05, true, Some("linear".into()));
    fixture.run(|point, seed| {
        let mut reach = learned(0.9, 0.9);
        // Errors of 60 to 65 against errors lower by 10 and 12 in turn.
        let error = 60.0 + seed as f64;
        let less = if point[0] == Some(0) { 0.0 } else { 10.0 + 2.0 * (seed % 2) as f64 };
        reach.metrics =
            vec![(Part::Test, "loss", 0.5), (Part::Test, "rmse", error - less), (Part::Test, "r2", 0.5)];
        reach
    });
    let comparison = fixture.file("comparison.csv");
    let pair = row(&comparison, |_| true);
    assert_eq!(
        (pair("a"), pair("b"), pair("verdict")),
        ("quadratic".into(), "linear".into(), "a_better".into())
    );
    near(&pair("delta"), -11.0);
    // 5 % of the control's mean of 62.5; better on every seed.
    near(&pair("rope"), 3.125);
    near(&pair("p_a_better"), 1.0);
    // Differences 10, 12, 10, 12, 10, 12: sd 1.0954, t(5) = 2.5706, half-width 1.1496.
    assert!(fixture.file("README.md").contains(
        "**quadratic is better than linear: test rmse lower by 11.0 (95 % interval 9.9 to 12.1), P(better) = 1, 6 paired seeds.**"
    ));
    // With a region of 20 % the difference is of no importance: 11 + 1.15 < 12.5.
    fixture.experiment.compare.as_mut().unwrap().rope = 0.2;
    assert!(fixture.file("README.md").contains("quadratic and linear are practically equivalent"));
}

#[test]
fn axes_neither_compared_nor_tuned_keep_their_arms_apart() {
    let sets = axis("data.source", &["iris.csv", "wine.csv"], &[]);
    let mut fixture = Fixture::new(vec![axis("pairing", &["first", "second"], &[]), sets], 5);
    fixture.compare("pairing", &[]);
    fixture.run(|_, seed| learned(0.9, A[seed]));
    let comparison = fixture.file("comparison.csv");
    let names: Vec<&str> = comparison.lines().skip(1).filter_map(|l| l.split('"').nth(1)).collect();
    assert!(names.is_empty(), "names need no quotes: {names:?}");
    let arms: Vec<String> =
        comparison.lines().skip(1).map(|l| l.split(',').take(2).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(
        arms,
        [
            "first (data.source = iris.csv) | second (data.source = iris.csv)",
            "first (data.source = wine.csv) | second (data.source = wine.csv)",
        ]
    );
    // An axis that advances with the compared one is part of the arm.
    fixture.experiment.sweep.zip = vec![vec![0, 1]];
    assert!(!fixture.file("comparison.csv").contains("data.source ="));
}
