//! `[sweep] stop_hopeless` through the program: what will not learn ends early, what learns is not touched, and nothing that surrounds a
//! trial shows in it.
//!
//! Which trials the rule should end, and how often it is right, is measured elsewhere (`diagnose/hopeless.rs`, `benches/README.md`).

use std::collections::BTreeMap;

use crate::support::Project;

/// A rate that learns (0.01), and rates that are far too large for Adam: they kill hidden units at once, so that an answer no longer
/// depends on what is asked. Some of these trials still fall in loss, as the biases of the outputs settle: these are not ended.
const TEXT: &str = r#"
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [6, 6]
activation = "relu"

[optimizer]
name = "adam"

[train]
epochs = 40
batch = 16
seeds = 4

[sweep]
"optimizer.learning_rate" = [0.01, 3, 10, 30]

[compare]
by = "optimizer.learning_rate"
"#;

const ENDING: &str = "sweep.stop_hopeless=true";

/// `trials.csv` by rate and seed: the cells by column.
fn trials(project: &Project, folder: &str) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let text = String::from_utf8(project.files(folder).remove("trials.csv").unwrap()).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(String::from).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let row = |cells: Vec<String>| head.iter().cloned().zip(cells).collect::<BTreeMap<_, _>>();
    let key =
        |row: BTreeMap<String, String>| ((row["optimizer.learning_rate"].clone(), row["seed"].clone()), row);
    lines.map(row).map(key).collect()
}

fn run(project: &Project, results: &str, more: &[&str]) {
    project.expect(0, &[&["experiments/x.toml", "--results", results], more].concat());
}

#[test]
fn what_will_not_learn_ends_early_and_all_else_is_as_without() {
    let project = Project::new().file("experiments/x.toml", TEXT);
    run(&project, "without", &[]);
    run(&project, "with", &["--set", ENDING]);
    let (without, with) = (trials(&project, "without/x"), trials(&project, "with/x"));
    assert_eq!(without.len(), 16);
    let mut ended = 0;
    for (trial, whole) in &without {
        let early = &with[trial];
        assert_ne!(early["trial"], whole["trial"], "another training has another id");
        if early["end"] == "hopeless" {
            ended += 1;
            assert_eq!(early["outcome"], "baseline");
            assert!(["20", "24"].contains(&early["epochs"].as_str()), "50 or 60 % of 40: {early:?}");
            assert_ne!(early["train_loss"], "");
            // The rule was right here.
            assert_ne!(whole["outcome"], "learned", "{whole:?}");
            continue;
        }
        let same = |(name, value): (&String, &String)| {
            ["trial", "configuration"].contains(&name.as_str()) || early[name] == *value
        };
        assert!(whole.iter().all(same), "{whole:?} and {early:?}");
    }
    assert!(ended >= 4, "{ended} of 16 ended");
    let healthy = with.iter().filter(|((rate, _), _)| rate == "0.01");
    assert!(healthy.clone().all(|(_, row)| row["end"] == "finished") && healthy.count() == 4);
    // The report says how many, and of which arms.
    let page = String::from_utf8(project.files("with/x").remove("README.md").unwrap()).unwrap();
    let line = page.lines().find(|line| line.contains("`stop_hopeless`")).unwrap();
    assert!(line.starts_with(&format!("- {ended} of 16 trials were ended early, after ")), "{line}");
    assert!(line.contains(" of `30`") && !line.contains(" of `0.01`"), "{line}");
    assert!(!String::from_utf8_lossy(&project.files("without/x")["README.md"]).contains("stop_hopeless"));
}

/// 600 epochs are long enough to be looked into. Asked from the fifth time on: after 300 or 360 of them.
#[test]
fn a_long_trial_that_will_hardly_learn_is_told_of_before_it_ends() {
    let project = Project::new().file("experiments/x.toml", TEXT);
    let long = ["--set", "train.epochs=600", "--set", "sweep.\"optimizer.learning_rate\"=[0.01, 30]"];
    let run = |results: &str, more: &[&str]| {
        let head = ["experiments/x.toml", "--results", results, "--threads", "1"];
        project.expect(0, &[&head, &long[..], more].concat()).stderr
    };
    let told = run("told", &[]);
    let lines: Vec<&str> =
        told.lines().filter(|line| line.contains("no better than a constant answer")).collect();
    let [line] = lines[..] else { panic!("once for a configuration, and of no other:\n{told}") };
    let epochs = ["after 300 epochs", "after 360 epochs"];
    assert!(
        line.starts_with("warning: learning_rate 30, seed ")
            && epochs.iter().any(|after| line.contains(after)),
        "{line}"
    );
    // Before it ends, with what is known of it.
    let place = |what: &str| told.find(what).unwrap_or_else(|| panic!("no `{what}`:\n{told}"));
    assert!(place(line) < place("wrong: rate-scale, learning_rate 30:"), "{told}");
    assert!(place("wrong: rate-scale, learning_rate 30:") < place("pack 1 done"), "{told}");
    assert_eq!(told.matches("wrong: rate-scale, learning_rate 30:").count(), 1, "{told}");
    assert!(!run("quiet", &["--quiet"]).contains("constant answer"));
    assert!(project.files("told/x") == project.files("quiet/x"), "being told changes nothing");
    // What ends there needs no such line, and short trials are not asked.
    assert!(!run("ended", &["--set", ENDING]).contains("constant answer"));
    assert!(!run("short", &["--set", "train.epochs=40"]).contains("constant answer"));
}

#[test]
fn threads_packs_records_and_engines_do_not_show() {
    let project = Project::new().file("experiments/x.toml", TEXT);
    run(&project, "one", &["--set", ENDING, "--threads", "1"]);
    let one = project.files("one/x");
    run(&project, "three", &["--set", ENDING, "--threads", "3"]);
    assert!(project.files("three/x") == one);
    // Which epochs are recorded changes tables of epochs, and no trial.
    run(&project, "seldom", &["--set", ENDING, "--set", "record.every=7"]);
    assert_eq!(project.files("seldom/x")["trials.csv"], one["trials.csv"]);
    // A trial alone in its plan is what it is among others.
    let alone =
        ["--set", ENDING, "--set", "sweep.\"optimizer.learning_rate\"=[30]", "--set", "train.seeds=[2]"];
    run(&project, "alone", &alone);
    let key = ("30".to_string(), "2".to_string());
    assert_eq!(trials(&project, "alone/x")[&key], trials(&project, "one/x")[&key]);
    // What was trained is known again, and the results can be verified from themselves.
    let again = project.expect(0, &["experiments/x.toml", "--results", "one", "--set", ENDING]);
    assert!(again.stderr.contains("nothing to train"), "{}", again.stderr);
    assert!(project.files("one/x") == one);
    project.expect(0, &["verify", "one/x"]);
}

#[test]
fn a_sampler_that_stops_trials_ends_them_too() {
    let sweep = "method = { name = \"halving\", min_epochs = 10, reduction = 2 }\nconfigurations = 4\nstop_hopeless = true\n";
    let text = TEXT.replace("[sweep]", &format!("[sweep]\n{sweep}"));
    let text = text.replace("[0.01, 3, 10, 30]", "{ log_uniform = [0.01, 30] }").replace("[compare]", "");
    let text = text.replace("by = \"optimizer.learning_rate\"", "");
    let project = Project::new().file("experiments/x.toml", &text);
    run(&project, "one", &["--threads", "1"]);
    run(&project, "three", &["--threads", "3", "--set", "train.checkpoint=2"]);
    let (one, three) = (project.files("one/x"), project.files("three/x"));
    assert_eq!(one["trials.csv"], three["trials.csv"], "a checkpoint changes no trial");
}
