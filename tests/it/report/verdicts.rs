//! What is said of two arms and of many: which test decides, on which pairs, and in which words.
//!
//! Expected numbers are SciPy's (1.17.1) or computed by hand, as each says.

use runner::plan::Fold;
use runner::spec::{Part, Task};

use super::fixture::{Fixture, axis, learned};
use super::{A, B, RATE, iris, near, number, row};

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
    assert!(fixture.file("README.md").contains(
        "often learned in 10 of 10 trials, seldom in 8, but the other was better: test accuracy higher by 10 points \
         (95 % interval 10 to 10) where both learned (8 of 10 paired seeds); P(better) = 0.8 over all 10."
    ));
}

#[test]
fn folds_are_paired_and_their_intervals_corrected() {
    let mut fixture = folds();
    let pair = fixture.file("comparison.csv");
    let pair = row(&pair, |_| true);
    // By the formula of Nadeau and Bengio with NumPy and scipy.stats.t.
    near(&pair("high"), 0.03700016461888266);
    near(&pair("p"), 0.0866643925120942);
    // Tests and intervals of independent trials do not apply.
    assert_eq!((pair("p_sign_flip"), pair("mcnemar_p")), (String::new(), String::new()));
    let summary = fixture.file("summary.csv");
    let first = row(&summary, |_| true);
    assert_eq!((first("success_rate"), first("success_low")), ("1".into(), String::new()));
    let trials = fixture.file("trials.csv");
    assert!(trials.starts_with("trial,configuration,variant,seed,repeat,fold,outcome"));
    insta::assert_snapshot!("folds_readme", fixture.file("README.md"));
    // Rows held out for validation are missing in training: 30 / 60 for 30 / 120.
    fixture.data.parts = [60, 60, 30];
    let pair = fixture.file("comparison.csv");
    // NumPy: 0.017 + t.ppf(0.975, 9) * sd * sqrt(1 / 10 + 1 / 2).
    near(&row(&pair, |_| true)("high"), 0.04318636236503069);
}

fn folds() -> Fixture {
    let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 1);
    fixture.data.parts = [120, 0, 30];
    for planned in &mut fixture.plan.configurations {
        let mut data = (*planned.configuration.data).clone();
        data.split = runner::spec::Split::KFold { folds: 5, repeats: 2, validation: 0.0, stratified: true };
        planned.configuration.data = data.into();
    }
    let folds: Vec<_> = (0..10).map(|i| Some(Fold { repeat: i / 5, index: i % 5 })).collect();
    fixture.trials(&folds);
    fixture.compare("variant", &[]);
    fixture.run(|_, _| learned(0.9, 0.9));
    let differences = [0.02, 0.01, 0.03, -0.01, 0.02, 0.04, 0.0, 0.01, 0.03, 0.02];
    for (i, d) in differences.iter().enumerate() {
        let metrics = &mut fixture.records[i].metrics;
        let moved = metrics.iter().map(|m| {
            let value = if m.part == Part::Test { 0.9 + d } else { m.value };
            (m.part, m.name.to_string().into(), value)
        });
        *metrics = moved.collect();
    }
    fixture
}

#[test]
fn seeds_on_which_one_arm_did_not_learn_are_told_apart() {
    let mut fixture = Fixture::new(vec![axis("variant", &["first", "second"], &[])], 10);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| match (point[0], seed) {
        (Some(0), 0 | 1) | (Some(1), 2 | 3) => learned(0.34, 0.34),
        (Some(0), _) => learned(0.9, A[seed]),
        _ => learned(0.9, B[seed]),
    });
    insta::assert_snapshot!("partly_learned_readme", fixture.file("README.md"));
    // A wide region: then the two are equivalent, and that too is of six pairs.
    fixture.compare("variant", &[]).rope = 0.2;
    assert!(
        fixture
            .file("README.md")
            .contains("inside ±20 points, where both learned (6 of 10 paired seeds); each learned in 8.")
    );
}

#[test]
fn how_often_arms_learn_is_corrected_for_the_number_of_comparisons() {
    let mut fixture = Fixture::new(vec![axis("variant", &["a", "b", "c"], &[])], 10);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| match point[0] {
        Some(0) => learned(0.9, 0.9),
        Some(1) if seed < 3 => learned(0.9, 0.9),
        Some(2) if seed < 4 => learned(0.9, 0.9),
        _ => learned(0.34, 0.34),
    });
    let comparison = fixture.file("comparison.csv");
    let of = |b: &'static str| row(&comparison, move |cell| cell("a") == "a" && cell("b") == b);
    // By hand: 3 * 2 / 2^7 for the smallest; 2 * 2 / 2^6 for the next, which alone would have decided.
    near(&of("b")("mcnemar_p_holm"), 6.0 / 128.0);
    near(&of("c")("mcnemar_p"), 2.0 / 64.0);
    near(&of("c")("mcnemar_p_holm"), 4.0 / 64.0);
    assert_eq!((of("b")("verdict"), of("c")("verdict")), ("a_better".into(), "undecided".into()));
    insta::assert_snapshot!("three_arms_readme", fixture.file("README.md"));
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
    // SciPy's p twice and 1: Holm gives three times the first, and no less for the second.
    let corrected = 3.0 * 0.013765464490432394;
    near(&pair("a", "b")("p_holm"), corrected);
    near(&pair("b", "c")("p_holm"), corrected);
    assert_eq!(pair("a", "b")("verdict"), "a_better");
    assert_eq!(pair("a", "c")("verdict"), "practically_equivalent");
    // 0.0138 is enough for one comparison at 98 %, 0.041 is not.
    fixture.compare("variant", &[]).confidence = 0.98;
    let comparison = fixture.file("comparison.csv");
    let of_b = row(&comparison, |cell| cell("b") == "b");
    assert!(number(&of_b("low")) > 0.0);
    assert_eq!(of_b("verdict"), "undecided");
    assert!(
        fixture
            .file("README.md")
            .contains("not clearly enough for one of several comparisons (Holm's p = 0.041)")
    );
    // Advice asks for the level that one of three comparisons needs. statsmodels 0.15.0: TTestPower().solve_power(0.9648839704473624,
    // power=0.8, alpha=0.02 / 3) = 17.3, ten of which are there.
    fixture.compare("variant", &[]).confidence = 0.98;
    fixture.experiment.compare.as_mut().unwrap().rope = 0.0;
    assert!(fixture.file("README.md").contains(
        "(Holm's p = 0.041). About 8 more seeds would decide, if the difference seen is the true one."
    ));
    // Against a control there are two comparisons, b as the first arm.
    fixture.compare("variant", &[]).control = Some("a".into());
    let comparison = fixture.file("comparison.csv");
    let of_b = row(&comparison, |cell| cell("a") == "b");
    assert_eq!((of_b("b"), comparison.lines().count()), ("a".into(), 3));
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
