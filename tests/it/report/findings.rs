//! What rules found, in files, page, and terminal. The rules here are made by hand: they say what a test needs, and real ones may change.

use runner::diagnose::{Change, Evidence, Finding, Rule, Severity, Stage};
use runner::report;
use runner::spec::{Allowed, Part};

use super::fixture::{Fixture, axis, failed, learned};
use super::{A, RATE, RATES, row};

static BLOWN: Rule = Rule {
    code: "blown",
    summary: "the loss left every bound",
    docs: "",
    stage: Stage::Online,
    judge: |_, _| None,
};
static FLAT: Rule = Rule { code: "flat", summary: "nothing moves", stage: Stage::After, ..BLOWN };

/// A cause of what failed, and a symptom of what did not learn.
pub(super) fn by_hand(evidence: &Evidence<'_>) -> Vec<Finding> {
    let run = evidence.run.expect("only trials are judged here");
    let rate = evidence.configuration.optimizer.method.number("learning_rate");
    let blown = Finding::new(&BLOWN, "the loss is `inf` after 1.1")
        .layer("layer_1")
        .at(20, 120)
        .measured(f64::INFINITY, 2.0)
        .because("steps of this size climb the other side")
        .change(Change::set("optimizer.learning_rate", (rate / 10.0).to_string()))
        .change(Change::remove("optimizer.momentum"));
    let flat = Finding::new(&FLAT, "the skill is 0").measured(0.0, 0.1).symptom();
    let note = Finding::new(&FLAT, "the skill is not 1").severity(Severity::Note);
    match (run.record.end.failed(), run.record.skill < 0.1) {
        (true, _) => vec![blown],
        (_, true) => vec![flat],
        _ => vec![note],
    }
}

/// Two variants with four learning rates each, tuned; with the largest rate `out_of_ten` of ten trials fail, and the best is 1.
pub(super) fn swept(out_of_ten: usize) -> Fixture {
    let axes = vec![axis("variant", &["a", "b"], &[]), axis(RATE, &["0.01", "0.1", "1", "10"], &RATES)];
    let mut fixture = Fixture::new(axes, 10);
    fixture.compare("variant", &[RATE]);
    fixture.run(|point, seed| match point[1] {
        Some(3) if seed < out_of_ten => failed(),
        Some(rate) => learned([0.8, 0.85, 0.95, 0.9][rate], A[seed]),
        None => panic!("the plan has no such point"),
    });
    fixture.judge = by_hand;
    fixture
}

/// Two arms, of which one has trials that fail, and three that go on.
pub(super) fn marked() -> Fixture {
    let mut fixture = Fixture::new(vec![axis("variant", &["good", "bad"], &[])], 10);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| if point[0] == Some(0) || seed > 6 { learned(0.9, A[seed]) } else { failed() });
    fixture.judge = by_hand;
    fixture
}

#[track_caller]
fn cells(csv: &str, rate: &'static str, code: &'static str, names: &[&str]) -> Vec<String> {
    let row = row(csv, move |cell| cell(RATE) == rate && cell("code") == code);
    names.iter().map(|name| row(name)).collect()
}

#[test]
fn a_finding_of_half_of_the_trials_is_a_row() {
    let csv = swept(5).file("findings.csv");
    let header = "configuration,variant,optimizer.learning_rate,code,severity,role,stage,layer,epoch,step,value,threshold,trials,of,says,why,change";
    assert_eq!(csv.lines().next().unwrap(), header);
    let names = ["severity", "role", "stage", "layer", "epoch", "step", "trials", "of", "says", "why"];
    assert_eq!(
        cells(&csv, "10", "blown", &names),
        [
            "warning",
            "cause",
            "online",
            "layer_1",
            "20",
            "120",
            "5",
            "10",
            "the loss is `inf` after 1.1",
            "steps of this size climb the other side"
        ]
    );
    // What is not finite is no number of a table. The rate of the fixture's configurations is 0.1, whatever the axis says.
    assert_eq!(
        cells(&csv, "10", "blown", &["value", "threshold", "change"]),
        ["", "2", "optimizer.learning_rate = 0.01; no optimizer.momentum"]
    );
    assert_eq!(cells(&csv, "0.1", "flat", &["severity", "trials", "layer", "epoch"]), ["note", "10", "", ""]);
    assert!(!swept(4).file("findings.csv").contains("blown"));
}

#[test]
fn the_page_tells_a_shared_finding_once_with_what_its_configurations_have_in_common() {
    let fixture = swept(10);
    let page = fixture.file("README.md");
    assert_eq!(page.matches("`blown`").count(), 1, "{page}");
    let told = "- `blown` in 2 of 8 configurations, exactly those with learning_rate `10`, none of them selected. \
                Of `a, learning_rate 10`: the loss is `inf` after 1.1 (layer_1, from epoch 20, step 120 on). Steps of this size climb the \
                other side. Try `optimizer.learning_rate = 0.01; no optimizer.momentum`.\n";
    assert!(page.contains(told), "{page}");
    // A note is in the table only.
    assert!(!page.contains("`flat`"));
    // The verdict stands above it, the arms below.
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("*") < at("## Findings") && at("## Findings") < at("## Arms"));
    // Where nothing is worth telling there is no section.
    assert!(!swept(0).file("README.md").contains("## Findings"));
}

#[test]
fn values_that_do_not_tell_configurations_apart_are_not_named() {
    let mut fixture = swept(0);
    // Of `a` with 10 and of `b` with 0.01: on no axis, and on both together, are they alone.
    fixture.run(|point, seed| match (point[0], point[1]) {
        (Some(0), Some(3)) | (Some(1), Some(0)) => failed(),
        _ => learned(0.9, A[seed]),
    });
    let page = fixture.file("README.md");
    let told = "`blown` in 2 of 8 configurations (`a, learning_rate 10`; `b, learning_rate 0.01`), none of them selected.";
    assert!(page.contains(told), "{page}");
    // One alone has values of its own on both axes.
    fixture.run(|point, seed| match (point[0], point[1]) {
        (Some(0), Some(3)) => failed(),
        _ => learned(0.9, A[seed]),
    });
    let told = "`blown` in 1 of 8 configurations, exactly that with variant `a` and learning_rate `10`, which was not selected. The loss is";
    let page = fixture.file("README.md");
    assert!(page.contains(told), "{page}");
}

#[test]
fn what_did_not_learn_is_told_with_its_first_cause() {
    let mut fixture = Fixture::new(vec![axis("variant", &["good", "bad"], &[])], 10);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| if point[0] == Some(0) { learned(0.9, A[seed]) } else { failed() });
    fixture.judge = by_hand;
    let page = fixture.file("README.md");
    let verdict = page.lines().find(|line| line.starts_with("**")).unwrap();
    assert!(verdict.ends_with("bad did not learn: the loss is \\`inf\\` after 1.1 (blown).**"), "{verdict}");
    let remedy =
        "What rules found first: blown. Try \\`optimizer.learning\\_rate = 0.01; no optimizer.momentum\\`.";
    let remedy = remedy.replace("learning\\_rate", "learning_rate");
    assert!(page.contains(&remedy), "{page}");
    let terminal = report::terminal(&fixture.results(), 1000);
    assert!(terminal.contains("bad did not learn: the loss is `inf` after 1.1 (blown)."), "{terminal}");
    assert!(!terminal.contains("good did not learn"));
    // Without a comparison, where nothing learned.
    fixture.experiment.compare = None;
    fixture.run(|_, _| learned(1.0 / 3.0, 1.0 / 3.0));
    let page = fixture.file("README.md");
    let told = "**No trial learned: none beat the baseline by the margin. What rules found first in all of them is flat; of good: the \
                skill is 0.**";
    assert!(page.contains(told), "{page}");
    assert!(page.contains("No rule found a cause. What there is to see:\n\n- `flat` in both configurations. Of `good`: the skill is 0.\n"));
}

#[test]
fn what_the_file_allows_is_in_the_table_with_its_reason_and_nowhere_else() {
    let mut fixture = Fixture::new(vec![axis("variant", &["good", "bad"], &[])], 10);
    fixture.compare("variant", &[]);
    fixture.run(|point, seed| if point[0] == Some(0) { learned(0.9, A[seed]) } else { failed() });
    fixture.judge = by_hand;
    fixture.experiment.diagnose.allow =
        vec![Allowed { code: "blown".into(), reason: "that is the question".into() }];
    let csv = fixture.file("findings.csv");
    let blown = row(&csv, |cell| cell("code") == "blown");
    assert_eq!((blown("severity"), blown("why")), ("allowed".into(), "that is the question".into()));
    assert!(!fixture.file("README.md").contains("blown"));
    assert!(!report::terminal(&fixture.results(), 100).contains("blown"));
}

/// The best is 1 of 0.01, 0.1, 1, 10.
#[test]
fn a_learning_rate_just_below_one_that_fails_is_noted() {
    let csv = swept(6).file("findings.csv");
    let cliff = |variant: &'static str| {
        row(&csv, move |cell| cell("code") == "rate-cliff" && cell("variant") == variant)
    };
    for variant in ["a", "b"] {
        let cliff = cliff(variant);
        assert_eq!(
            (cliff(RATE), cliff("severity"), cliff("value")),
            ("1".into(), "note".into(), "0.6".into())
        );
        assert_eq!(
            cliff("says"),
            "with the next larger learning rate that was tried, 10 after 1, 6 of 10 trials failed"
        );
    }
    assert_eq!(csv.matches("rate-cliff").count(), 2);
    assert!(!swept(6).file("README.md").contains("rate-cliff"));
    for few in [0, 4] {
        assert!(!swept(few).file("findings.csv").contains("rate-cliff"), "{few}");
    }
    // Without a comparison it is said of the best alone.
    let mut fixture = swept(6);
    fixture.experiment.compare = None;
    assert_eq!(fixture.file("findings.csv").matches("rate-cliff").count(), 1);
}

/// 2 × 130 configurations: more than 256.
#[test]
fn of_a_large_plan_the_selected_configurations_are_judged() {
    let rates: Vec<f64> = (1..=130).map(|i| f64::from(i) / 100.0).collect();
    let labels: Vec<String> = rates.iter().map(f64::to_string).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let axes = vec![axis("variant", &["a", "b"], &[]), axis(RATE, &labels, &rates)];
    let mut fixture = Fixture::new(axes, 1);
    fixture.compare("variant", &[RATE]);
    fixture.run(|_, _| learned(1.0 / 3.0, 1.0 / 3.0));
    fixture.judge = by_hand;
    assert_eq!(fixture.file("findings.csv").lines().count(), 1 + 2);
    let page = fixture.file("README.md");
    assert!(page.contains("(of this many, the selected one of each arm, of 256 arms at most)"), "{page}");
    assert!(page.contains("- `flat` in both configurations."), "{page}");
}

#[test]
fn the_curves_are_marked_where_a_finding_begins_to_hold() {
    let fixture = marked();
    let page = fixture.file("report.html");
    let data = super::html::data(&page);
    let curves = data["sections"].as_array().unwrap().iter().find(|s| s["kind"] == "curves").unwrap();
    assert_eq!(curves["arms"][0].get("marks"), None);
    assert_eq!(curves["arms"][1]["marks"], serde_json::json!([{ "epoch": 20, "code": "blown" }]));
    assert!(
        page.contains("Upright dashed lines: where a finding begins to hold (blown of bad at epoch 20).")
    );
    assert!(page.contains(">Findings</h2>") && page.contains("<code>blown</code> in 1 of 2 configurations"));
}

#[test]
fn programs_are_told_the_table() {
    let fixture = swept(10);
    let found = report::json(&fixture.results());
    let found = found["findings"].as_array().unwrap();
    let blown: Vec<_> = found.iter().filter(|f| f["code"] == "blown").collect();
    assert_eq!(blown.len(), 2);
    assert_eq!((&blown[0]["trials"], &blown[0]["value"]), (&10.into(), &serde_json::Value::Null));
}

/// What is known of the test part reaches no rule that could give it away where it is closed.
#[test]
fn no_rule_looks_at_the_test_part() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose");
    for file in runner::disk::list(&folder).unwrap() {
        let text = String::from_utf8(runner::disk::read(&file).unwrap()).unwrap();
        for word in ["Part::Test", "\"test_", "\"test."] {
            assert!(!text.contains(word), "{} names {word}", file.display());
        }
    }
    assert_eq!(Part::Test.name(), "test");
}
