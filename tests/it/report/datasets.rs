//! Arms over several data sets: the rule by their number, the files, and what is said where an arm did not learn.
//!
//! The numbers of the large table are those of Demšar (2006, table 6), told by a sweep over 14 made-up data sets; what the tests of
//! them give is SciPy's (1.17.1) and statsmodels' (0.15.0), as in `stats::friedman` and `stats::over_data_sets`.

use runner::report::{self, ArmOnSet, DataFacts, Judgement, OverSets};
use runner::spec::Part;

use super::fixture::{Fixture, axis, failed, learned};
use super::{near, number, row};

/// AUC of C4.5 with and without two parameters; .9751 stands for a .975 that the paper ranks before another.
fn table() -> Vec<Vec<f64>> {
    let table = include_str!("../../golden/demsar_2006.csv");
    table.lines().skip(1).map(|row| row.split(',').map(|x| x.parse().unwrap()).collect()).collect()
}
const ARMS: [&str; 4] = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"];
const SOURCE: &str = "data.source";

/// Arms on data sets, five seeds each, reaching `value(data set, arm, seed)` on the test part; a seed moves all alike.
fn sweep(sets: usize, arms: usize, value: impl Fn(usize, usize, usize) -> f64) -> Fixture {
    swept(["variant", SOURCE], sets, arms, value)
}

/// The same with other axes: the one compared, and the one that tells data sets apart.
fn swept(
    [by, over]: [&str; 2],
    sets: usize,
    arms: usize,
    value: impl Fn(usize, usize, usize) -> f64,
) -> Fixture {
    let names: Vec<String> = (0..sets).map(|i| format!("set_{i:02}.csv")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut fixture = Fixture::new(vec![axis(by, &ARMS[..arms], &[]), axis(over, &names, &[])], 5);
    fixture.compare(by, &[]);
    fixture.data_of = fixture.points.iter().map(|p| p[1].unwrap_or(0)).collect();
    let facts = |i: usize| DataFacts {
        name: names[i].into(),
        digest: format!("{i:064x}"),
        files: vec![(names[i].into(), format!("{i:064x}"))],
        ..fixture.data.clone()
    };
    (fixture.more_data, fixture.data) = ((1..sets).map(facts).collect(), facts(0));
    fixture.run(|point, seed| {
        let (arm, set) = (point[0].unwrap_or(0), point[1].unwrap_or(0));
        learned(0.9, value(set, arm, seed))
    });
    fixture
}

/// The mean over the seeds is the number of the paper.
fn demsar(sets: usize, arms: usize) -> Fixture {
    let table = table();
    sweep(sets, arms, |set, arm, seed| table[set][arm] + 0.001 * (seed as f64 - 2.0))
}

#[test]
fn several_arms_over_many_data_sets_are_told_with_ranks_and_tests() {
    let fixture = demsar(14, 4);
    let page = fixture.file("README.md");
    let start = page.find("## Over the data sets").unwrap();
    let section = &page[start..start + page[start..].find("\n## Arms").unwrap()];
    insta::assert_snapshot!("demsar_section", section);
    insta::assert_snapshot!("demsar_head", &page[..page.find("*Question:*").unwrap()]);
    insta::assert_snapshot!("demsar_over_datasets", fixture.file("over_datasets.csv"));
    insta::assert_snapshot!(
        "demsar_datasets_head",
        fixture.file("datasets.csv").lines().take(6).collect::<Vec<_>>().join("\n")
    );
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |cell| cell("a") == "C4.5" && cell("b") == "C4.5+m");
    // Demšar 2006: mean ranks 3.143 and 2.000, critical difference 1.25; SciPy and statsmodels: the tests, corrected for ties.
    assert!((number(&pair("mean_rank_a")) - 3.143).abs() < 0.0005 && pair("mean_rank_b") == "2");
    assert!((number(&pair("critical_difference")) - 1.25).abs() < 0.005);
    near(&pair("friedman_p"), 0.016721580328441323);
    near(&pair("iman_davenport_f"), 4.185130111524164);
    near(&pair("p"), 0.0078125);
    near(&pair("p_holm"), 0.046875);
    assert_eq!(
        (pair("w"), pair("n"), pair("wins"), pair("ties"), pair("losses")),
        ("12".into(), "14".into(), "2".into(), "2".into(), "10".into())
    );
    // Half a data set's difference of 0.8 points counts as none at a region of 1 point.
    assert_eq!((pair("verdict"), pair("reason")), ("undecided".into(), "within_region".into()));
    near(&pair("median_difference"), -0.008);
    // The diagram joins what lies closer than 1.25: at 0.05 all four.
    let svg = fixture.file("figures/ranks.svg");
    assert!(
        svg.starts_with("<svg ") && svg.contains("C4.5+m+cf  1.96") && svg.contains("critical difference")
    );
}

#[test]
fn a_difference_that_matters_decides_and_leads_the_page() {
    let mut fixture = demsar(14, 4);
    fixture.compare("variant", &[]).rope = 0.005;
    let verdict = "C4.5+m is better than C4.5 over 14 data sets: test accuracy of C4.5+m better on 10, worse on 2, the same on 2, median \
                   difference +0.8 points (95 % interval 0.3 to 2.8, signed-rank p = 0.0078, Holm's p = 0.047).";
    let page = fixture.file("README.md");
    assert!(page.lines().nth(2).unwrap().contains(verdict), "{}", page.lines().nth(2).unwrap());
    assert!(report::terminal(&fixture.results(), 2000).contains(verdict));
    let json = report::json(&fixture.results());
    assert_eq!(json["over_data_sets"]["verdicts"][0], verdict);
    assert_eq!(json["over_data_sets"]["pairs"][0]["verdict"], "b_better");
    assert_eq!(json["over_data_sets"]["data_sets"].as_array().map(Vec::len), Some(56));
    assert!(page.contains("- The tests over 14 data sets speak for data sets like these"));
    // Against a control there are three comparisons: 3 · 0.0078.
    fixture.compare("variant", &[]).control = Some("C4.5".into());
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |cell| cell("a") == "C4.5+m");
    near(&pair("p_holm"), 0.0234375);
    assert_eq!(csv.lines().count(), 4);
}

#[test]
fn the_number_of_data_sets_says_what_is_tested() {
    let tested = |fixture: &Fixture| {
        let csv = fixture.file("over_datasets.csv");
        let pair = row(&csv, |_| true);
        let figure = report::build(&fixture.results()).iter().any(|f| f.name == "figures/ranks.svg");
        (pair("p").is_empty(), pair("friedman_p").is_empty(), figure)
    };
    assert_eq!(tested(&demsar(5, 2)), (true, true, false));
    assert_eq!(tested(&demsar(6, 2)), (false, true, false));
    assert_eq!(tested(&demsar(14, 2)), (false, true, false));
    assert_eq!(tested(&demsar(9, 3)), (true, true, false));
    assert_eq!(tested(&demsar(14, 4)), (false, false, true));
    let page = demsar(5, 2).file("README.md");
    assert!(page.contains(
        "Not tested over 5 data sets: two arms take 6 at least; the values and ranks are in the table."
    ));
    assert!(page.contains("with 5 data sets the smallest two-sided p of the signed-rank test is 0.0625"));
    assert!(demsar(9, 3).file("README.md").contains("9 data sets are too few for Friedman's test of 3 arms"));
    // Alike in rank, so that nothing is found: no critical difference either.
    let alike = sweep(12, 3, |set, arm, _| 0.7 + 0.01 * ((set + arm) % 3) as f64);
    assert!(
        alike
            .file("README.md")
            .contains("Undecided over 12 data sets: no difference is found among the 3 arms")
    );
    assert_eq!(tested(&alike), (false, false, false));
}

#[test]
fn an_arm_that_never_learned_on_a_data_set_ranks_last_there() {
    let mut fixture = sweep(6, 2, |set, arm, _| 0.7 + 0.01 * set as f64 + if arm == 0 { 0.05 } else { 0.0 });
    for record in &mut fixture.records {
        // The second arm on the third set.
        if record.trial / 5 == 6 + 2 {
            record.end = failed().end;
            record.skill = f64::NAN;
        }
    }
    let csv = fixture.file("datasets.csv");
    let cell = row(&csv, |cell| cell("arm") == ARMS[1] && cell("data_set") == "set_02.csv");
    assert_eq!(
        (cell("value"), cell("rank"), cell("n_learned"), cell("n_trials")),
        (String::new(), "2".into(), "0".into(), "5".into())
    );
    let page = fixture.file("README.md");
    assert!(page.contains("| `set_02.csv` | 0.77 (1) | none learned (2) |"));
    assert!(page.contains("An arm of which no trial learned on a data set ranks last there."));
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |_| true);
    // Six signs alike.
    near(&pair("p"), 0.03125);
    assert_eq!(pair("verdict"), "a_better");
    // A data set on which an arm was not trained at all is left out, and five are too few.
    fixture.records.retain(|r| r.trial / 5 != 6 + 2);
    let csv = fixture.file("over_datasets.csv");
    assert_eq!(row(&csv, |_| true)("n"), "5");
    let page = fixture.file("README.md");
    assert!(
        page.contains("| `set_02.csv` | 0.77 | - |")
            && page.contains("1 data set without a result of every arm left out.")
    );
}

#[test]
fn an_arm_that_learns_less_often_is_not_called_better_over_data_sets() {
    let mut fixture = sweep(8, 2, |set, arm, _| 0.7 + 0.01 * set as f64 + if arm == 0 { 0.05 } else { 0.0 });
    // One of the first arm's five trials on each of `n` data sets ends at the baseline.
    let fail = |fixture: &mut Fixture, n: usize| {
        fixture.records.iter_mut().take(5 * n).step_by(5).for_each(|record| record.skill = 0.0);
    };
    // One of 40 is chance.
    fail(&mut fixture, 1);
    assert_eq!(row(&fixture.file("over_datasets.csv"), |_| true)("verdict"), "a_better");
    // Newcombe's interval of 34 of 40 against 40 of 40 ends below 0 (statsmodels 0.15.0: -0.291 to -0.032).
    fail(&mut fixture, 6);
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |_| true);
    near(&pair("p"), 0.0078125);
    assert_eq!((pair("verdict"), pair("reason")), ("undecided".into(), "learned_less_often".into()));
    assert!(
        fixture.file("README.md").contains("but learned less often, in 34 of 40 trials against 40 of 40.")
    );
}

/// On data set i the first arm is ahead by i - 3 tenths of a point, and in each pair of seeds by up to a tenth more or less.
#[test]
fn arms_may_be_practically_equivalent_over_data_sets() {
    let ahead = |set: usize, seed: usize| 0.001 * (set as f64 - 3.0) + 0.0005 * (seed as f64 - 2.0);
    let fixture =
        sweep(8, 2, |set, arm, seed| 0.7 + 0.01 * set as f64 + if arm == 0 { ahead(set, seed) } else { 0.0 });
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |_| true);
    assert_eq!((pair("verdict"), pair("reason")), ("practically_equivalent".into(), String::new()));
    // NumPy 2.3: the Walsh averages of -3 to 4 tenths of a point, their median, and the fourth from either end (5 % critical value of
    // the signed-rank test for 8: 3).
    near(&pair("hodges_lehmann"), 0.0005);
    near(&pair("low"), -0.002);
    near(&pair("high"), 0.003);
    let csv = fixture.file("dataset_pairs.csv");
    let first = row(&csv, |cell| cell("data_set") == "set_00.csv");
    // SciPy 1.17.1: t.interval(0.95, 4, mean, sem).
    near(&first("delta"), -0.003);
    near(&first("low"), -0.00398162158);
    near(&first("high"), -0.00201837842);
    assert_eq!((first("n"), first("verdict")), ("5".into(), "practically_equivalent".into()));
    let page = fixture.file("README.md");
    assert!(page.contains("C4.5 and C4.5+m are practically equivalent over 8 data sets"), "{page}");
    assert!(page.contains("![Differences on each data set](figures/forest.svg)"));
    let svg = fixture.file("figures/forest.svg");
    for words in
        ["Differences in test accuracy on each data set", "set_07.csv", "less C4.5+m", "points", "all"]
    {
        assert!(svg.contains(words), "{words}");
    }
    // A narrower region holds no such interval.
    let mut fixture = fixture;
    fixture.compare("variant", &[]).rope = 0.0025;
    assert_eq!(row(&fixture.file("over_datasets.csv"), |_| true)("verdict"), "undecided");
}

/// A variant may set `[data]`: then variants are data sets, and no context within which arms are compared.
#[test]
fn variants_may_be_data_sets() {
    let fixture = swept(["pairing", "variant"], 8, 2, |set, arm, seed| {
        0.6 + 0.01 * set as f64 + 0.001 * (seed as f64 - 2.0) + if arm == 0 { 0.05 } else { 0.0 }
    });
    let csv = fixture.file("over_datasets.csv");
    let pair = row(&csv, |_| true);
    assert_eq!((pair("context"), pair("n"), pair("verdict")), (String::new(), "8".into(), "a_better".into()));
}

/// Two preparations of each data set: arms are compared within each, over two data sets.
#[test]
fn what_prepares_a_data_set_makes_no_other_one() {
    let axes = vec![
        axis("variant", &ARMS[..2], &[]),
        axis(SOURCE, &["a.csv", "b.csv"], &[]),
        axis("data.scale", &["min_max", "standardize"], &[]),
    ];
    let mut fixture = Fixture::new(axes, 5);
    fixture.compare("variant", &[]);
    fixture.data_of = fixture.points.iter().map(|p| p[1].unwrap_or(0)).collect();
    fixture.more_data =
        vec![DataFacts { name: "b.csv".into(), digest: "f".repeat(64), ..fixture.data.clone() }];
    fixture.run(|point, _| learned(0.9, 0.8 + 0.05 * point[0].unwrap_or(0) as f64));
    let csv = fixture.file("over_datasets.csv");
    let contexts: Vec<String> =
        csv.lines().skip(1).map(|l| l.split(',').take(3).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(contexts, ["data.scale = min_max C4.5 C4.5+m", "data.scale = standardize C4.5 C4.5+m"]);
    assert!(fixture.file("README.md").contains("### data.scale = min_max"));
    // One content under two values of an axis is one data set: nothing to compare over.
    fixture.data_of = vec![0; 8];
    assert!(!report::build(&fixture.results()).iter().any(|f| f.name == "datasets.csv"));
}

/// Two data sets of one name, as a generator makes them, are told apart by what they were made with.
#[test]
fn data_sets_of_one_name_are_told_apart() {
    let mut fixture = sweep(2, 2, |_, _, _| 0.9);
    fixture.plan.axes[1] = "data.noise".into();
    fixture.data.name = "moons".into();
    fixture.more_data[0].name = "moons".into();
    let csv = fixture.file("datasets.csv");
    assert!(
        csv.contains("moons (data.noise = set_00.csv)") && csv.contains("moons (data.noise = set_01.csv)")
    );
}

fn on(arm: &str, set: usize, value: f64) -> ArmOnSet {
    ArmOnSet {
        arm: arm.into(),
        data_set: format!("set {set}"),
        digest: format!("{set}"),
        source: format!("set_{set}.csv"),
        context: String::new(),
        value: Some(value),
        learned: 10,
        trials: 10,
        against: Vec::new(),
    }
}

/// Subsets of one file, or draws of one generator, are no independent data sets, however many there are.
#[test]
fn data_sets_of_one_source_are_not_tested() {
    let measured: Vec<ArmOnSet> = (0..8)
        .flat_map(|set| [on("a", set, 0.9 + 0.001 * set as f64), on("b", set, 0.8)])
        .map(|one| ArmOnSet { source: "rows.csv".into(), ..one })
        .collect();
    let over = OverSets::new(&measured, judgement());
    assert_eq!(over.tested(), 0);
    assert!(
        over.verdicts()[0].starts_with("Not tested over 8 data sets: several of them come from one source")
    );
    let csv = over.files(false).into_iter().find(|f| f.name == "over_datasets.csv").unwrap();
    assert!(String::from_utf8(csv.bytes).unwrap().contains("not_tested,one_source"));
}

fn judgement() -> Judgement {
    Judgement {
        part: Part::Test.name().into(),
        metric: "rmse".into(),
        higher_is_better: false,
        confidence: 0.95,
        rope: 0.05,
        rope_relative: true,
        control: None,
    }
}

/// Results of several experiments, each in the unit of its own target.
#[test]
fn errors_in_different_units_are_compared_as_ratios() {
    // b is 10 % lower on five data sets and 1 % higher on the one with the largest numbers, which would decide a sum.
    let units = [0.1, 1.0, 5.0, 20.0, 300.0, 4e5, 2.0, 7.0];
    let ratios = [0.9, 0.89, 0.88, 0.91, 0.92, 1.01, 0.87, 0.86];
    let measured: Vec<ArmOnSet> =
        (0..8).flat_map(|i| [on("a", i, units[i]), on("b", i, units[i] * ratios[i])]).collect();
    let over = OverSets::new(&measured, judgement());
    assert_eq!(
        over.verdicts(),
        // SciPy 1.17.1: wilcoxon(log(ratios)).pvalue = 0.015625; NumPy 2.3: median(ratios) = 0.895, as a share of a; the fourth of the
        // 36 sorted Walsh averages of log(ratios) from either end, -0.1393 and -0.0477, as shares.
        [
            "b is better than a over 8 data sets: test rmse of b better on 7, worse on 1, median difference -10.5 % \
          (95 % interval -13 % to -4.66 %, signed-rank p = 0.016)."
        ]
    );
    let json = over.json();
    // a as a share of b: 1 / 0.895 - 1, the median in the middle of two logarithms.
    let share = json["pairs"][0]["median_difference"].as_f64().unwrap();
    assert!((share - ((0.89f64 * 0.9).sqrt().recip() - 1.0)).abs() < 1e-8, "{share}");
    assert_eq!(json["pairs"][0]["relative"], "yes");
    assert!(over.section(true).contains("so ratios are compared"));
    // A region of 14 % holds the median, one of 15 % the whole interval (0.1393 < log(1.15) = 0.1398).
    let wide = OverSets::new(&measured, Judgement { rope: 0.14, ..judgement() });
    assert!(wide.verdicts()[0].contains("one that counts as none (up to 14 %)"), "{:?}", wide.verdicts());
    let wider = OverSets::new(&measured, Judgement { rope: 0.15, ..judgement() });
    assert!(wider.verdicts()[0].starts_with("a and b are practically equivalent"), "{:?}", wider.verdicts());
    assert_eq!(
        over.files(true).iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        ["datasets.csv", "dataset_pairs.csv", "over_datasets.csv"]
    );
}

#[test]
fn nothing_to_compare_is_no_section() {
    let alone = OverSets::new(&[on("a", 0, 1.0), on("a", 1, 1.0)], judgement());
    assert!(alone.is_empty() && alone.section(true).is_empty() && alone.files(true).is_empty());
    let one_set = OverSets::new(&[on("a", 0, 1.0), on("b", 0, 1.0)], judgement());
    assert!(one_set.is_empty());
    // A control that is none of the arms, and arms that tie everywhere: said, not broken.
    let same: Vec<ArmOnSet> = (0..12).flat_map(|i| ["a", "b", "c"].map(|arm| on(arm, i, 1.0))).collect();
    let tied = OverSets::new(&same, Judgement { control: Some("d".into()), ..judgement() });
    assert!(
        tied.verdicts()[0].starts_with("a and b are practically equivalent over 12 data sets"),
        "{:?}",
        tied.verdicts()
    );
    let strict = OverSets::new(&same, Judgement { rope: 0.0, ..judgement() });
    assert!(strict.verdicts()[0].starts_with("Undecided over 12 data sets: no difference is found"));
    assert!(
        tied.section(true).contains("Friedman's test cannot tell arms apart that tie on every data set.")
    );
}

#[test]
fn foreign_names_stay_text_over_data_sets() {
    let hostile = "<script>|`x`\n# \u{7f}";
    let measured: Vec<ArmOnSet> = (0..12)
        .flat_map(|i| {
            [(hostile, 0.0), ("b", 1.0), ("=c", 2.0)].map(|(arm, by)| {
                let mut one = on(arm, i, 1.0 + i as f64 + by);
                one.data_set = format!("=1|{hostile}{i}");
                one
            })
        })
        .collect();
    let over = OverSets::new(&measured, Judgement { rope_relative: false, ..judgement() });
    let section = over.section(true);
    assert!(!section.contains("<script>|") && section.contains("&lt;script&gt;"));
    assert!(section.lines().filter(|l| l.starts_with("| ")).all(|l| l.ends_with(" |")));
    for file in over.files(true) {
        let text = String::from_utf8(file.bytes).unwrap();
        let formula = file.name.ends_with(".csv") && (text.contains("\n=") || text.contains(",="));
        assert!(!formula && !text.contains('\u{7f}'), "{}: {text}", file.name);
        assert!(!file.name.ends_with(".svg") || text.contains("&lt;script&gt;"), "{}", file.name);
    }
}

/// Sources of one kind that differ in a number: the label of the axis says which is which.
#[test]
fn a_swept_source_is_named_as_it_was_swept() {
    let mut fixture = sweep(2, 2, |_, _, _| 0.9);
    (fixture.data.name, fixture.more_data[0].name) = ("moons".into(), "moons".into());
    let csv = fixture.file("datasets.csv");
    assert!(csv.contains(",set_00.csv,") && csv.contains(",set_01.csv,"), "{csv}");
}
