//! Plans that grow in rounds, through the program: samplers that learn, rungs, fresh seeds, and suites give the same bytes however
//! they are trained.

use std::collections::BTreeMap;

use crate::support::Project;

const BASE: &str = r#"
[data]
source = "../datasets/iris.csv"
target = "species"
scale = "min_max"
split = { test = 0.2, validation = 0.2, stratified = true }
[model]
hidden = [4]
[train]
epochs = 9
batch = 16
seeds = 3
[report]
figures = false
"#;

/// Two arms, a range and a whole number, everything confirmed.
fn sweep(method: &str) -> String {
    format!(
        "{BASE}[sweep]\nmethod = {method}\nconfigurations = 9\npairing = [\"sigmoid+mse\", \"softmax+cross_entropy\"]\n\
         \"optimizer.learning_rate\" = {{ log_uniform = [0.01, 1.0] }}\n\"optimizer.momentum\" = {{ uniform = [0.0, 0.9] }}\n\
         [compare]\nby = \"pairing\"\ntune = [\"optimizer.learning_rate\", \"optimizer.momentum\"]\nconfirm = 5\n"
    )
}

pub(crate) const HALVING: &str = "\"halving\"";
pub(crate) const TPE: &str = "{ name = \"tpe\", startup = 4, round = 2 }";
pub(crate) const FILE: &str = "experiments/search.toml";

pub(crate) fn project(method: &str) -> Project {
    Project::in_memory().file(FILE, &sweep(method))
}

pub(crate) fn trained(project: &Project, results: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    project.expect(0, &[&[FILE, "--quiet", "--results", results], more].concat());
    project.files(&format!("{results}/search"))
}

fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

#[test]
fn rounds_give_the_same_bytes_at_any_thread_count_and_after_any_interruption() {
    for method in [HALVING, TPE] {
        let project = project(method);
        let expected = trained(&project, "one", &["--threads", "1"]);
        assert!(trained(&project, "three", &["--threads", "3", "--pack", "5"]) == expected, "{method}");
        // Killed at changes of the disk all over the run, then gone on with.
        for at in [3, 9, 15, 22, 30] {
            let results = format!("killed_{at}");
            let fault = format!("kill:{at}");
            project.run(&[FILE, "--quiet", "--results", &results, "--disk-fault", &fault]);
            assert!(trained(&project, &results, &[]) == expected, "{method}, killed at {at}");
        }
        let again = project.expect(0, &[FILE, "--results", "one"]).stderr;
        assert!(again.contains("nothing to train"), "{again}");
    }
}

#[test]
fn shards_go_through_the_rounds_together() {
    for method in [HALVING, TPE] {
        let project = project(method);
        let expected = trained(&project, "whole", &[]);
        let merge = ["merge", "shared/search", "--quiet", "--results", "merged"];
        let mut rounds = 0;
        while project.run(&merge).code != 0 {
            rounds += 1;
            assert!(rounds < 10, "{method}: the rounds do not end");
            for shard in ["0/2", "1/2"] {
                project.expect(0, &[FILE, "--quiet", "--results", "shared", "--shard", shard]);
            }
        }
        assert!(rounds > 2, "{method}: {rounds}");
        assert!(project.files("merged/search") == expected, "{method}");
    }
}

/// What the test part says of configurations that were not chosen, of rungs, and of the seeds of the search stays closed.
#[test]
fn the_test_part_is_opened_on_fresh_seeds_only() {
    let project = project(HALVING);
    let files = trained(&project, "results", &[]);
    let trials = text(&files, "trials.csv");
    let mut lines = trials.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column =
        |name: &str| header.iter().position(|h| *h == name).unwrap_or_else(|| panic!("{name}: {trials}"));
    let (confirms, until, end, test) =
        (column("confirms"), column("until"), column("end"), column("test_accuracy"));
    let (mut fresh, mut halted) = (0, 0);
    for line in lines {
        assert_eq!(!line[test].is_empty(), line[confirms] == "yes", "{line:?}");
        assert_eq!(line[end] == "halted", !line[until].is_empty(), "{line:?}");
        fresh += usize::from(line[confirms] == "yes");
        halted += usize::from(line[end] == "halted");
    }
    // Two arms on five fresh seeds; of nine configurations nine and three were stopped, on three seeds in two arms.
    assert_eq!((fresh, halted), (10, 72));
    assert!(text(&files, "README.md").contains("trained on 5 fresh seeds, which took no part in the choice"));
    let comparison = text(&files, "comparison.csv");
    let row = |n: usize| comparison.lines().nth(n).unwrap().split(',').collect::<Vec<_>>();
    let at = row(0).iter().position(|h| *h == "n_trials").unwrap();
    assert_eq!(row(1)[at], "5", "{comparison}");
}

#[test]
fn a_search_without_a_comparison_opens_the_test_part_for_what_it_chose() {
    let file = format!(
        "pairing = \"softmax+cross_entropy\"\n{BASE}[sweep]\nmethod = \"sobol\"\nconfigurations = 4\n\
         \"optimizer.learning_rate\" = {{ log_uniform = [0.01, 1.0] }}\n"
    );
    let project = Project::in_memory().file(FILE, &file);
    let files = trained(&project, "results", &[]);
    let summary = text(&files, "summary.csv");
    let chosen: Vec<&str> = summary.lines().filter(|l| l.contains(",yes,")).collect();
    assert_eq!(chosen.len(), 1, "{summary}");
    let header: Vec<&str> = summary.lines().next().unwrap().split(',').collect();
    let at = header.iter().position(|h| *h == "test_accuracy_best").unwrap();
    let opened = summary.lines().skip(1).filter(|l| !l.split(',').nth(at).unwrap().is_empty()).count();
    assert_eq!(opened, 1, "{summary}");
}

// ---- suites ----------------------------------------------------------------------------------------------------------

fn member(data: &str, target: &str) -> String {
    let base = BASE.replace("../datasets/iris.csv", data).replace("\"species\"", target);
    format!(
        "{base}[sweep]\npairing = [\"sigmoid+mse\", \"softmax+cross_entropy\"]\n[compare]\nby = \"pairing\"\nmetric = \"accuracy\"\n"
    )
}

fn suite() -> Project {
    let search = |method: &str| {
        format!(
            "pairing = \"softmax+cross_entropy\"\n{BASE}[sweep]\nmethod = \"{method}\"\nconfigurations = 4\n\
             \"optimizer.learning_rate\" = {{ log_uniform = [0.01, 1.0] }}\n"
        )
    };
    Project::in_memory()
        .file("experiments/a.toml", &member("../datasets/iris.csv", "\"species\""))
        .file("experiments/b.toml", &member("../datasets/wine.csv", "\"class\""))
        .file("experiments/c.toml", &search("random"))
        .file("experiments/d.toml", &search("sobol"))
        .file(
            "experiments/all.toml",
            "[suite]\nexperiments = [\"a.toml\", \"b.toml\", \"c.toml\", \"d.toml\"]\nsearches = 2\n",
        )
}

#[test]
fn a_suite_compares_arms_over_data_sets_and_samplers_over_budget() {
    let project = suite();
    let told = project.expect(0, &["experiments/all.toml"]).stdout;
    assert!(told.contains("Not tested over 2 data sets"), "{told}");
    let files = project.files("results/all");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "README.md",
        "dataset_pairs.csv",
        "datasets.csv",
        "figures/search.svg",
        "manifest.toml",
        "over_datasets.csv",
        "search.csv",
    ];
    assert_eq!(names, expected);
    let page = text(&files, "README.md");
    assert!(page.contains("## Samplers at equal budget") && page.contains("| `c` | `random` |"), "{page}");
    // Two searches of four configurations each, for each of two samplers.
    assert_eq!(text(&files, "search.csv").lines().count(), 1 + 2 * 2 * 4);
    assert!(!project.files("results/a").is_empty(), "each experiment has a report of its own");
    let again = project.expect(0, &["experiments/all.toml"]).stderr;
    assert!(!again.contains("training"), "{again}");
    assert!(project.files("results/all") == files);
}

#[test]
fn a_suite_refuses_what_it_cannot_keep_apart_or_read() {
    let project = suite()
        .file("experiments/more/a.toml", &member("../../datasets/iris.csv", "\"species\""))
        .file("experiments/twice.toml", "[suite]\nexperiments = [\"a.toml\", \"more/a.toml\"]\n")
        .file(
            "experiments/gone.toml",
            "[suite]\nexperiments = [\"nothing.toml\"]\nserches = 3\n[data]\nsource = \"xor\"\n",
        );
    let twice = project.expect(2, &["experiments/twice.toml"]).stderr;
    assert!(twice.contains("would share one results folder"), "{twice}");
    let gone = project.expect(2, &["experiments/gone.toml"]).stderr;
    for wanted in
        ["there is no file `nothing.toml`", "did you mean `searches`?", "`data` does not belong in a suite"]
    {
        assert!(gone.contains(wanted), "{wanted}:\n{gone}");
    }
    assert!(project.files("results").is_empty(), "nothing was trained");
}
