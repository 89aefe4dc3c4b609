//! A fault at every k-th change of the disk: it fails, the disk is full or read-only from there on, or the process is killed.

use std::time::Instant;

use super::{
    DIVERGING, MODELLED, STOPPED, SUSPENDED, Subject, TUNED, everything, is_hidden, plant, tell, tree,
};
use crate::support::Outcome;

/// One thread and small packs: the changes of a run come in the same order every time, and there are many of them.
const ORDERED: &[&str] = &["--threads", "1", "--pack", "2"];

const FAULTS: [&str; 4] = ["fail", "full", "readonly", "kill"];

/// The faults of `fault:1`, `fault:2`, ... that are tried: every one of the first kind, a part of the others unless all are wanted.
fn stride(fault: &str) -> usize {
    if everything() || matches!(fault, "fail" | "kill") { 1 } else { 4 }
}

/// Changes that `fault` at `change` touches, of which one at least must be noticed: that a file cannot be removed costs nothing.
fn must_be_told(fault: &str, change: &[String]) -> bool {
    let touched = if fault == "fail" { &change[..1] } else { change };
    let fails = |kind: &str| match fault {
        "full" => matches!(kind, "make" | "create" | "write"),
        _ => kind != "remove",
    };
    touched.iter().any(|change| fails(change.split(' ').next().unwrap()))
}

/// A run that could not write says what, where, and how to go on, and ends with its exit code.
fn is_told(outcome: &Outcome, results: &str, what: &str) {
    assert_eq!(outcome.code, 3, "{what}: {}", outcome.stderr);
    let told = outcome.stderr.lines().find(|line| line.starts_with("error: cannot "));
    let told = told.unwrap_or_else(|| panic!("{what}: {}", outcome.stderr));
    // Of a folder that is new, the one it is in is synced.
    assert!(told.contains(&format!("`{results}")) || told.contains("folder `.`"), "{what}: {told}");
}

fn strike(subject: &Subject, fault: &str) -> (usize, usize) {
    let changes = subject.changes(&format!("counted_{fault}"), &[]);
    let training = subject.before_publication(&changes);
    let (mut struck, mut most) = (0, 0);
    for at in (0..changes.len()).step_by(stride(fault)) {
        let what = format!("{fault} at change {}, {}", at + 1, changes[at]);
        let results = format!("{fault}_{at}");
        let outcome = subject.run(&results, &["--disk-fault", &format!("{fault}:{}", at + 1)]);
        if fault == "kill" {
            assert_eq!(outcome.code, -1, "{what}: {}", outcome.stderr);
            let finished = subject.finished(&results);
            if at < training {
                assert!(finished >= most, "{what}: fewer trials are kept than before");
                most = finished;
            }
            if at >= training {
                assert_eq!(finished, subject.trials(), "{what}: every trial is kept from publication on");
            }
        } else if outcome.code == 0 {
            // A checkpoint that cannot be kept ends no run.
            let is_warned = outcome.stderr.contains("warning: a checkpoint was not kept: cannot ");
            assert!(is_warned || !must_be_told(fault, &changes[at..]), "{what}: not told");
        } else {
            is_told(&outcome, &results, &what);
            let parts = tree(&subject.project.path(&results)).into_keys().filter(|n| n.ends_with(".part"));
            assert!(fault == "readonly" || parts.count() == 0, "{what}: a part is left");
        }
        subject.nothing_is_half_written(&results, &what);
        subject.recovers(&results, &what);
        subject.forget(&results);
        struck += 1;
    }
    (changes.len(), struck)
}

fn strikes(name: &'static str, text: &str) {
    let subject = Subject::new(name, text, ORDERED);
    let started = Instant::now();
    for fault in FAULTS {
        let (changes, struck) = strike(&subject, fault);
        tell(&format!("{name}: {changes} changes, {struck} faults ({fault}), {struck} recoveries"));
    }
    tell(&format!("{name}: {:.1} s", started.elapsed().as_secs_f64()));
}

#[test]
fn a_fault_at_any_change_costs_nothing_tuned() {
    strikes("tuned", TUNED);
}

#[test]
fn a_fault_at_any_change_costs_nothing_stopped() {
    strikes("stopped", STOPPED);
}

#[test]
fn a_fault_at_any_change_costs_nothing_diverging() {
    strikes("diverging", DIVERGING);
}

#[test]
fn a_fault_at_any_change_costs_nothing_suspended() {
    strikes("suspended", SUSPENDED);
}

#[test]
fn a_fault_at_any_change_costs_nothing_modelled() {
    strikes("modelled", MODELLED);
}

/// Over results of an earlier form of the experiment, with files that the new one has not: each file is the old one or the new one,
/// whole, at every moment.
#[test]
fn a_fault_while_results_are_replaced_leaves_old_or_new_files() {
    let subject = Subject::new("tuned", TUNED, ORDERED);
    let earlier = subject.run("earlier", &["--set", "train.seeds=2", "--set", "compare.tune=[]"]);
    assert_eq!(earlier.code, 0, "{}", earlier.stderr);
    let old = tree(&subject.project.path("earlier"));
    assert!(
        old.iter()
            .any(|(name, _)| !is_hidden(name) && !subject.expected.contains_key(&name["tuned/".len()..]))
    );
    plant(&subject.project.path("counted"), &old);
    let changes = subject.changes("counted", &[]);
    let training = subject.before_publication(&changes);
    for fault in ["fail", "kill"] {
        for (at, change) in changes.iter().enumerate().skip(training) {
            let what = format!("{fault} at change {}, {change}", at + 1);
            let results = format!("over_{fault}_{at}");
            plant(&subject.project.path(&results), &old);
            subject.run(&results, &["--disk-fault", &format!("{fault}:{}", at + 1)]);
            for (name, bytes) in subject.files(&results) {
                let before = old.get(&format!("tuned/{name}"));
                let is_new = subject.expected.get(&name) == Some(&bytes);
                assert!(
                    is_hidden(&name) || name == "timings.csv" || is_new || before == Some(&bytes),
                    "{what}: {name} is neither the old file nor the new one"
                );
            }
            subject.recovers(&results, &what);
            subject.forget(&results);
        }
    }
}

/// What a killed run had begun to write is cleared away by a run that has no such file.
#[test]
fn parts_of_files_that_are_no_longer_wanted_are_removed() {
    let subject = Subject::new("plain", &format!("{TUNED}\n[report]\nfigures = false\n"), ORDERED);
    let drawn = ["--set", "report.figures=true", "--disk-fault"];
    let counted = subject.run("counted", &[&drawn[..], &["count", "--quiet"]].concat());
    let at =
        counted.stderr.lines().position(|change| change.starts_with("rename") && change.contains("/README"));
    let fault = format!("kill:{}", at.unwrap() + 1);
    assert_eq!(subject.run("begun", &[&drawn[..], &[fault.as_str()]].concat()).code, -1);
    let parts = tree(&subject.project.path("begun")).into_keys().filter(|name| name.ends_with(".svg.part"));
    assert!(parts.count() > 0);
    subject.recovers("begun", "without figures");
}

#[test]
fn a_run_goes_on_with_another_number_of_threads() {
    let subject = Subject::new("tuned", TUNED, &["--pack", "2"]);
    for (before, after) in [("1", "8"), ("8", "2"), ("2", "1")] {
        let results = format!("from_{before}_to_{after}");
        subject.cut(&results, &["--threads", before]);
        let outcome = subject.run(&results, &["--threads", after]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        subject.is_whole(&results, &results);
    }
}

#[test]
fn a_fault_that_is_none_is_refused() {
    let project = crate::support::Project::new();
    for word in ["fail", "fail:x", "often:3", ""] {
        let outcome = project.expect(2, &["experiments/none.toml", "--disk-fault", word]);
        assert!(outcome.stderr.contains("kill:K"), "{}", outcome.stderr);
    }
}
