//! The report as a whole: from records built by hand to the bytes of every file.
//!
//! Statistics of the accuracies `A` and `B` are SciPy's (1.17.1); everything else in the expectations was computed by hand.

mod browser;
mod budget;
mod datasets;
mod findings;
pub(crate) mod fixture;
mod html;
mod verdicts;

use fixture::{Fixture, axis, failed, learned};
use runner::event::End;
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
    for (planned, point) in fixture.plan.configurations.iter_mut().zip(&fixture.points) {
        let pairing = if point[0] == Some(0) { fixture::sigmoid() } else { fixture::softmax() };
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
    near(&pair("p"), 0.013765464490432394);
    near(&pair("p_sign_flip"), 0.03125);
    near(&pair("d_z"), -0.9648839704473624);
    // Eight seeds for softmax, one tie, one for sigmoid.
    near(&pair("p_a_better"), 0.15);
    near(&pair("mcnemar_p"), 1.0);
    // The interval excludes 0 and the difference exceeds the region of 0.01.
    assert_eq!((pair("n"), pair("verdict")), ("10".into(), "b_better".into()));
    assert_eq!(pair("more_seeds"), "");
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
    assert!(page.contains(
        "In 10 of 10 trials of sigmoid+mse, validation_accuracy was best at the last recorded epoch"
    ));
    // The healthy run has neither.
    let page = iris().file("README.md");
    assert!(!page.contains("value tried") && !page.contains("at the last recorded epoch"));
    // Accuracy that no longer rises, and a loss that still falls.
    fixture.run(|point, seed| {
        let mut reach = learned(0.8 + 0.04 * point[1].unwrap_or(0) as f64, A[seed]);
        for (epoch, values) in reach.curve.iter_mut().enumerate() {
            (values[2], values[3]) = (1.0 - 0.01 * epoch as f64, 0.9);
        }
        reach
    });
    let page = fixture.file("README.md");
    assert!(
        page.contains(
            "In 10 of 10 trials of sigmoid+mse, validation_loss was best at the last recorded epoch"
        )
    );
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
    assert!(
        page.contains("No verdict on first and second: 3 paired seeds, and a comparison needs 5 at least")
    );
    assert!(page.contains("- `first`: 0.93, 0.97, 0.9\n"));
    let pair = fixture.file("comparison.csv");
    let pair = row(&pair, |_| true);
    assert_eq!((pair("p"), pair("low"), pair("verdict")), (String::new(), String::new(), "undecided".into()));
}

/// A value that mostly explodes is not the best so far, however well one trial of it did: it would not be chosen.
#[test]
fn the_best_so_far_is_what_would_be_chosen() {
    let mut fixture = Fixture::new(vec![axis("variant", &["steady", "wild"], &[])], 3);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| match (point[0], seed) {
        (Some(0), _) => learned(0.6, 0.6),
        (_, 0) => learned(0.95, 0.95),
        _ => failed(),
    });
    let best = |order: [usize; 6]| report::glance(&fixture.results(), &order, 5, true).best;
    let rounded = |best: Vec<(usize, f64)>| -> Vec<String> {
        best.into_iter().map(|(after, mean)| format!("{after}: {mean:.3}")).collect()
    };
    assert_eq!(rounded(best([0, 1, 2, 3, 4, 5])), ["3: 0.600"]);
    assert_eq!(rounded(best([3, 4, 5, 0, 1, 2])), ["3: 0.950", "6: 0.600"]);
}

#[test]
fn an_interrupted_run_says_so_first() {
    let mut fixture = iris();
    fixture.records.truncate(55);
    let page = fixture.file("README.md");
    let line = page.lines().nth(2).unwrap();
    assert!(line.starts_with("> **Incomplete: 55 of 80 trials are done."), "{line}");
    // Who sees the test part of a search that goes on may stop it where that looks best.
    assert!(line.ends_with("so the test part is not opened yet.**"), "{line}");
    assert!(!page.contains("| test accuracy |") && page.contains("validation accuracy"), "{page}");
    let trials = fixture.file("trials.csv");
    let tests = trials.lines().next().unwrap().split(',').position(|name| name == "test_accuracy").unwrap();
    assert!(trials.lines().skip(1).all(|line| line.split(',').nth(tests) == Some("")), "{trials}");
    assert!(report::terminal(&fixture.results(), 80).contains("Incomplete"));
    fixture.records.clear();
    assert!(fixture.file("README.md").contains("0 of 80"));
    report::terminal(&fixture.results(), 80);
    report::json(&fixture.results());
}

/// Five folds, drawn twice, of one seed; the differences are those of the reference in `stats::paired`.
/// Both arms learned in 8 of 10 trials, in 6 of them both.
/// p of McNemar's test: 2 / 2^7 twice, and 1. One of three comparisons must do better than its own p.
/// Trials in two camps: bands from one end of the axis to the other would hide the lines.
#[test]
fn figures_draw_bands_only_where_they_hide_nothing_and_say_what_lines_are() {
    let camps = |narrow: bool| {
        let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 10);
        fixture.compare("variant", &[]);
        fixture.run(|point, seed| {
            let mut reach = learned(0.9, 0.9);
            for values in &mut reach.curve {
                let shift = if narrow { 0.01 * seed as f64 } else { (seed % 2) as f64 };
                values[0] = shift + 0.5 * point[0].unwrap_or(0) as f64;
            }
            reach
        });
        fixture
    };
    let svg = camps(true).file("figures/loss.svg");
    assert!(svg.contains("<polygon") && svg.contains("Band: 10 to 90 % of them."));
    // The second band follows the first at once: no line may lie below a band.
    assert!(svg.split("<polygon").nth(1).is_some_and(|after| !after.contains("<polyline")));
    let mut fixture = camps(false);
    let svg = fixture.file("figures/loss.svg");
    assert!(!svg.contains("<polygon") && svg.contains("Their spread is in the CSV files."));
    assert!(!svg.contains("compare shapes") && !svg.contains("still training"));
    // A summed loss beside a mean, and trials that stop early.
    let mut pairing = fixture::softmax();
    pairing.reduction = runner::spec::Reduction::Sum;
    fixture.plan.configurations[1].configuration.pairing = pairing.into();
    fixture.records[0].curve.truncate(20);
    let svg = fixture.file("figures/loss.svg");
    assert!(svg.contains("Arms differ in reductions of the loss: compare shapes, not heights."));
    assert!(svg.contains("mean of the trials still training, as long as half of them are"));
    assert!(!fixture.file("figures/metric.svg").contains("compare shapes"));
}

/// Quantiles of 40 values, 0.50 to 0.89 in steps of 0.01, are NumPy 2's; of the second arm four trials failed, so that the 5th
/// percentile falls on one of them.
#[test]
fn many_trials_of_an_arm_are_shown_one_by_one() {
    let with = |seeds: usize| {
        let mut fixture = Fixture::new(vec![axis("variant", &["sound", "<b>fragile"], &[])], seeds);
        fixture.compare("variant", &[]);
        fixture.run(|point, seed| match point[0] {
            Some(1) if seed % 10 == 0 => fixture::failed(),
            _ => learned(0.9, 0.5 + 0.01 * seed as f64),
        });
        fixture
    };
    let mut fixture = with(40);
    let readme = fixture.file("README.md");
    assert!(readme.contains("![Distribution: test accuracy](figures/distribution.svg)"), "{readme}");
    let row = |arm: &str| {
        let rows =
            readme.lines().skip_while(|line| !line.starts_with("## Distribution: accuracy on the test part"));
        rows.clone().find(|line| line.starts_with(&format!("| {arm} |"))).unwrap().to_string()
    };
    assert_eq!(
        row("`sound`"),
        "| `sound` | 40 | 0 | 0.5 | 0.5195 | 0.5975 | 0.695 | 0.7925 | 0.8705 | 0.89 |"
    );
    assert!(row("`<b>fragile`").starts_with("| `<b>fragile` | 40 | 4 | failed | failed | "), "{readme}");
    assert!(readme.contains("a failed one is lower than any number"));
    let svg = fixture.file("figures/distribution.svg");
    assert!(svg.starts_with("<svg ") && svg.contains("<title>Distribution: test accuracy</title>"));
    assert!(svg.contains("4 failed") && svg.contains("&lt;b&gt;fragile") && !svg.contains("<b>"));
    assert!(svg.matches("<rect").count() > 2 * 36, "a bar for each value");
    fixture.experiment.report.figures = false;
    assert!(report::build(&fixture.results()).iter().all(|file| file.name != "figures/distribution.svg"));
    assert!(
        fixture.file("README.md").contains("## Distribution") && !fixture.file("README.md").contains(".svg")
    );
    // Few trials are told one by one in other ways.
    let few = with(19);
    assert!(!few.file("README.md").contains("## Distribution"));
    assert!(report::build(&few.results()).iter().all(|file| file.name != "figures/distribution.svg"));
}

/// Without a comparison the page tells the best of several: by validation, whatever the test part says.
#[test]
fn the_best_of_several_configurations_is_that_on_the_part_that_chooses() {
    let mut fixture = Fixture::new(vec![axis(RATE, &["0.1", "1"], &[0.1, 1.0])], 10);
    fixture
        .run(|point, seed| if point[0] == Some(0) { learned(0.95, B[seed]) } else { learned(0.9, A[seed]) });
    let page = fixture.file("README.md");
    let line = page.lines().nth(2).unwrap();
    assert!(
        line.contains("with learning_rate 0.1, the best of 2 configurations on the validation part"),
        "{line}"
    );
}

/// The data of two arms differs in how the target is scaled, not in what it is.
#[test]
fn one_data_set_prepared_twice_is_one_data_set() {
    let mut fixture = iris();
    let once = fixture.file("README.md");
    fixture.more_data = vec![fixture.data.clone()];
    assert_eq!(once, fixture.file("README.md"));
    fixture.more_data[0].digest = "f".repeat(64);
    assert!(fixture.file("README.md").contains("2 data sets, each on its own"));
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
    let digested: Vec<_> = files.iter().map(report::File::digested).collect();
    let manifest = report::manifest(&fixture.results(), &digested, &facts);
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
    let mut timings = Vec::new();
    report::timings(&fixture.results(), &mut timings).unwrap();
    assert!(String::from_utf8(timings).unwrap().starts_with("trial,configuration,seed,seconds\n"));
}
