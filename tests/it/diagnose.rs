//! What holds for every rule of diagnosis: it has a code and a text, it names its threshold, it never reads the answer, and it says
//! nothing where nothing was measured.

use std::collections::BTreeSet;
use std::path::Path;

use runner::diagnose::{Evidence, RULES, findings};
use runner::event::Traits;
use runner::spec::{Configuration, Task};
use runner::{cli, config};

fn configuration(text: &str) -> Configuration {
    let named = config::Named { name: "x".into(), file: "experiments/x.toml".into(), overrides: Vec::new() };
    let loaded = config::load_resolved(text, &named, &cli::catalog());
    loaded.experiment.unwrap_or_else(|| panic!("{text}\n{:?}", loaded.diagnostics)).base
}

#[test]
fn codes_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        let is_kebab = rule.code.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(is_kebab, "`{}` is not in kebab case", rule.code);
        assert!(seen.insert(rule.code), "`{}` is the code of two rules", rule.code);
        assert_eq!(runner::diagnose::find(rule.code), Some(*rule));
    }
}

/// Who reads that something is wrong must be able to ask: by how much, and who says so?
#[test]
fn every_rule_says_where_its_threshold_is_from() {
    for rule in RULES {
        assert!(
            !rule.summary.is_empty() && !rule.summary.ends_with('.'),
            "`{}`: {}",
            rule.code,
            rule.summary
        );
        let docs = rule.docs.to_lowercase();
        let names_it = ["threshold", "disagrees where", "should fall below", "must rise by"];
        assert!(names_it.iter().any(|word| docs.contains(word)), "`{}` names no threshold", rule.code);
    }
}

/// The corpus seeds faults by `[fault]`: a rule that reads it would be told the answer. Those of `runner check` name mistakes, which
/// they find by comparing gradients.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn no_rule_reads_the_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose");
    let may = ["gradient.rs", "mistakes.rs", "one_batch.rs"];
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if may.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let is_read = |line: &str| !line.trim_start().starts_with("//") && line.contains(".fault");
        assert!(!text.lines().any(is_read), "{name} reads `[fault]`");
        read += 1;
    }
    // What a network does without its mistakes is the answer too.
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let rules = text.split("#[cfg(test)]").next().unwrap();
        let reads = ["without_fault", "NoFault"].map(|word| rules.matches(word).count());
        // `runner check` tells it, and `what` has a word for it.
        let may_read = if path.ends_with("one_batch.rs") { [1, 1] } else { [0, 0] };
        let is_helper = path.ends_with("trial.rs");
        assert!(is_helper || reads == may_read, "{}: {reads:?}", path.display());
    }
    assert!(read >= RULES.len() - may.len(), "rules lie in {read} files");
}

/// Networks as people write them, of which nothing was measured, and then nothing that means anything.
#[test]
fn rules_are_silent_of_what_was_not_measured() {
    let classes = "pairing = \"softmax+cross_entropy\"\n[data]\nsource = \"blobs\"\n[model]\nhidden = [8, 8]\n[optimizer]\nlearning_rate = 0.1\n";
    let numbers = "pairing = \"identity+mse\"\n[data]\nsource = \"sine\"\n[model]\nhidden = [8]\n[optimizer]\nlearning_rate = 0.1\n";
    let labels = "pairing = \"sigmoid+binary_cross_entropy\"\n[data]\nsource = \"a.csv\"\ntarget = [\"a\", \"b\"]\ntask = \"multi_label\"\n[model]\nhidden = []\n[optimizer]\nlearning_rate = 0.1\n";
    let empty = Traits::default();
    for (task, text) in
        [(Task::Classification, classes), (Task::Regression, numbers), (Task::MultiLabel, labels)]
    {
        let configuration = configuration(text);
        for traits in [None, Some(&empty)] {
            let evidence =
                Evidence { configuration: &configuration, task, traits, preflight: None, run: None };
            let found = findings(&evidence);
            assert!(found.is_empty(), "{task:?}: {found:?}");
        }
    }
}
