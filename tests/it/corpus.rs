//! The corpus that rules of diagnosis are judged by: every case is an experiment that runner takes.
//!
//! The bench asks the doctor about all of it; here is a sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use runner::config::{Request, load};

use crate::diagnosed::doctor;

#[path = "../../benches/diagnosis/cases/mod.rs"]
mod cases;
#[path = "../../benches/diagnosis/judge.rs"]
#[allow(dead_code, reason = "the bench asks for more")]
mod judge;

use cases::{Case, Half, faulty, healthy};
use judge::{Figures, Judged, Share};

/// A fault that runner refuses could not be diagnosed, and a healthy run that it refuses is none.
#[test]
fn every_case_is_a_sound_experiment() {
    let catalog = runner::cli::catalog();
    let mut checked = 0;
    for case in faulty("../../datasets", "").into_iter().chain(healthy("../../datasets", "")) {
        for text in [Some(&case.toml), case.twin.as_ref()].into_iter().flatten() {
            // Any folder that is there, and two below the data.
            let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/zoo");
            let path = zoo.join(format!("{}.toml", case.name));
            let request =
                Request { path, text: Some((case.name.clone(), text.clone())), ..Request::default() };
            let loaded = load(&request, &catalog);
            assert!(loaded.experiment.is_some(), "{}: {:?}", case.name, loaded.diagnostics);
            checked += 1;
        }
    }
    assert!(checked > 1000, "{checked}");
}

fn all() -> Vec<Case> {
    faulty("data", "").into_iter().chain(healthy("data", "")).collect()
}

#[test]
fn names_are_unique_and_every_kind_is_in_both_halves() {
    let all = all();
    let names: BTreeSet<&str> = all.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), all.len());
    let mut halves: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for case in &all {
        halves.entry(case.kind).or_default()[usize::from(case.half == Half::Report)] += 1;
    }
    for (kind, [calibrate, report]) in halves {
        assert!(calibrate.abs_diff(report) <= 1, "{kind}: {calibrate} and {report}");
    }
}

#[test]
fn a_fault_changes_its_twin_and_names_its_cause() {
    let settings = |toml: &str| toml.split_once('\n').map(|(_, rest)| rest.to_string());
    for case in all() {
        assert!(!case.why.is_empty() && !case.shown_by.is_empty(), "{}", case.name);
        assert!(["classification", "multi_label", "regression"].contains(&case.task), "{}", case.task);
        assert_eq!(case.is_faulty, case.twin.is_some(), "{}", case.name);
        let twin = case.twin.as_deref().and_then(settings);
        assert_ne!(settings(&case.toml), twin, "{}", case.name);
        let is_named = case.root_cause.is_some_and(|root| case.expected.contains(&root));
        assert_eq!(case.is_faulty, is_named, "{}", case.name);
    }
}

/// What is asked of a corpus: 200 faults of 15 kinds over 6 data sets, and 200 healthy runs.
#[test]
fn the_corpus_is_large_enough() {
    let faults = faulty("data", "");
    let of = |what: fn(&Case) -> &'static str| faults.iter().map(what).collect::<BTreeSet<_>>().len();
    assert!(faults.len() >= 200 && of(|case| case.kind) >= 15 && of(|case| case.data_set) >= 6);
    assert!(healthy("data", "").len() >= 200);
}

/// A case as the doctor sees it, from a file in `folder`.
fn asked<'a>(folder: &Path, case: &'a Case) -> Judged<'a> {
    let file = folder.join(format!("{}.toml", case.name));
    runner::disk::replace(&file, case.toml.as_bytes()).unwrap();
    Judged::new(case, &doctor::doctor(&file, &[]).unwrap()[0])
}

/// The first case of every third kind of fault and of every second family of healthy runs: at most one fault of them may go without its
/// name, and nothing is told of a healthy run. The whole corpus is in `benches/diagnosis/RESULTS.md`.
#[test]
fn the_doctor_is_right_about_a_sample() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let data = data.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let judged = |case| asked(folder.path(), case);
    let firsts = |cases: Vec<Case>, every: usize| {
        let mut seen = BTreeSet::new();
        let first = cases.into_iter().filter(|case| seen.insert(case.kind)).collect::<Vec<Case>>();
        first.into_iter().step_by(every)
    };
    let faults: Vec<Case> = firsts(faulty(data, ""), 3).collect();
    let faults: Vec<Judged<'_>> = faults.iter().map(judged).collect();
    let unnamed: Vec<_> =
        faults.iter().filter(|j| !j.is_recalled()).map(|j| (&j.case.name, j.codes())).collect();
    assert!(faults.len() >= 12 && unnamed.len() <= 1, "{unnamed:?}");
    let sound: Vec<Case> = firsts(healthy(data, ""), 2).collect();
    let sound: Vec<Judged<'_>> = sound.iter().map(judged).collect();
    let alarms: Vec<_> = sound.iter().filter(|j| j.is_told()).map(|j| (&j.case.name, j.codes())).collect();
    assert!(sound.len() >= 12 && alarms.is_empty(), "{alarms:?}");
}

/// By hand: of two faults one is named first, and beside it something else; the other is seen by a symptom that is expected of it, which is
/// recall and no cause. One of two healthy cases has a warning that is told, the other one that is not.
#[test]
fn figures_are_counted_as_the_page_says() {
    let fault = |root, expected| Case {
        name: String::new(),
        kind: "",
        half: Half::Report,
        data_set: "",
        task: "",
        toml: String::new(),
        is_faulty: true,
        root_cause: root,
        expected,
        shown_by: "",
        why: String::new(),
        twin: None,
    };
    let finding = |code: &str, role: &str, told: bool| {
        serde_json::json!({
            "code": code, "severity": "warning", "role": role, "stage": "lint", "value": null, "threshold": null,
            "says": "", "changes": [], "told": told
        })
    };
    let said = |findings: Vec<serde_json::Value>| -> doctor::Examined {
        let value = serde_json::json!({ "name": "", "verdict": "", "findings": findings });
        serde_json::from_value(value).unwrap()
    };
    let first = fault(Some("scale"), &["scale"]);
    let second = fault(Some("rate-scale"), &["rate-scale", "slow"]);
    let healthy = Case { is_faulty: false, ..fault(None, &[]) };
    let judged = [
        Judged::new(&first, &said(vec![finding("scale", "cause", true), finding("order", "cause", true)])),
        Judged::new(&second, &said(vec![finding("slow", "symptom", true)])),
        Judged::new(&healthy, &said(vec![finding("dead", "cause", true)])),
        Judged::new(&healthy, &said(vec![finding("dead", "cause", false)])),
    ];
    let figures = Figures::of(&judged.iter().collect::<Vec<_>>());
    let share = |hits, of| Share { hits, of };
    assert_eq!(figures.recall, share(2, 2));
    assert_eq!(figures.root, share(1, 2));
    assert_eq!(figures.alarms, share(1, 2));
    assert_eq!(figures.precision_of_runs, share(2, 3));
    assert_eq!(figures.precision_of_findings, share(1, 3));
    let without = judged[0].without(|finding| finding.code == "scale");
    assert!(!without.is_recalled() && without.first() == "order");
}
