//! `runner fix`: what keeps small networks from learning is found, changed, and proved by training again; no file is replaced.

use serde_json::Value;

use crate::support::Project;

/// A network that learns iris, and comments that a fix must not lose.
const SOUND: &str = r#"#:schema schema.json
# Three kinds of flowers.
title = "Iris"                    # as on the cover
pairing = "softmax+cross_entropy"

[data]
source = "../datasets/iris.csv"
target = "species"
scale = "standardize"             # fitted on the training part
split = { test = 0.2, validation = 0.2, stratified = true }

[model]
hidden = [8]
activation = "tanh"

# How it learns.
[optimizer]
name = "sgd"
learning_rate = 0.1               # found by hand
  # No momentum.

[train]
epochs = 30
batch = 16
seeds = 2
"#;

/// `SOUND` with another text in one place, as `experiments/mine.toml`.
#[track_caller]
fn faulty(from: &str, to: &str) -> Project {
    assert!(SOUND.contains(from), "{from}");
    Project::new().file("experiments/mine.toml", &SOUND.replacen(from, to, 1))
}

const FILE: &str = "experiments/mine.toml";
const NEW: &str = "experiments/mine.fixed.toml";

#[expect(clippy::disallowed_methods, reason = "tests read files directly")]
fn read(project: &Project, relative: &str) -> String {
    std::fs::read_to_string(project.path(relative)).unwrap()
}

#[track_caller]
fn document(project: &Project, code: i32, arguments: &[&str]) -> Value {
    let outcome = project.expect(code, &[&["fix", FILE, "--format", "json"], arguments].concat());
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// The changes that were kept, as `KEY = VALUE`, by the code of the finding.
fn kept(document: &Value) -> Vec<(String, String)> {
    let attempts = document["attempts"].as_array().unwrap().iter().filter(|a| a["outcome"] == "kept");
    let changes = |attempt: &Value| {
        let all = attempt["finding"]["changes"].as_array().unwrap().iter();
        let one =
            |c: &Value| format!("{} = {}", c["key"].as_str().unwrap(), c["value"].as_str().unwrap_or("-"));
        (
            attempt["finding"]["code"].as_str().unwrap().to_string(),
            all.map(one).collect::<Vec<_>>().join("; "),
        )
    };
    attempts.map(changes).collect()
}

/// A wrong sign: the mistake goes, with its section, and every other byte stays. The new file trains, and its networks learn.
#[test]
fn a_wrong_gradient_is_healed_and_comments_stay() {
    let mistake = "\n[fault]\noutput_delta = \"wrong_sign\" # on purpose\n";
    let project = faulty("\n# How it learns.", &format!("{mistake}\n# How it learns."));
    let before = read(&project, FILE);
    let outcome = project.expect(0, &["fix", FILE]);
    assert_eq!(read(&project, NEW), SOUND);
    assert_eq!(read(&project, FILE), before, "the file itself is left alone");
    let told = &outcome.stdout;
    for part in [
        "It diverges",
        "-output_delta = \"wrong_sign\" # on purpose\n",
        "  learned            0 of 5  5 of 5",
        "gradient          no fault.output_delta",
        "now: It learns",
        "wrote experiments/mine.fixed.toml; train it with `runner experiments/mine.fixed.toml`",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    project.expect(0, &["run", NEW]);
    assert!(read(&project, "results/mine.fixed/README.md").contains("2 of 2"));
}

#[test]
fn a_healthy_file_is_left_as_it_is() {
    let project = Project::new().file(FILE, SOUND);
    let outcome = project.expect(0, &["fix", FILE]);
    assert!(outcome.stdout.contains("nothing to fix; nothing was written"), "{}", outcome.stdout);
    assert!(!project.path(NEW).exists());
}

/// What is proposed for one setting is tried, and what it brought is told for each seed.
#[test]
fn settings_are_healed_by_what_the_rules_propose() {
    let cases = [
        ("learning_rate = 0.1  ", "learning_rate = 1e-6 ", "optimizer.learning_rate = "),
        ("# No momentum.\n", "# No momentum.\nclip_norm = 1e-6\n", "optimizer.clip_norm = -"),
    ];
    for (from, to, change) in cases {
        let project = faulty(from, to);
        let document = document(&project, 0, &[]);
        let kept = kept(&document);
        assert!(kept.iter().any(|(_, made)| made.starts_with(change)), "{to}: {kept:?}");
        let gain = &document["gain"];
        assert_eq!((&gain["part"], &gain["metric"]), (&"validation".into(), &"accuracy".into()));
        assert_eq!(gain["seeds"].as_array().unwrap().len(), 5, "fewer seeds have no interval");
        assert!(gain["low"].as_f64().unwrap() > 0.0, "{gain}");
        assert_eq!(document["written"], NEW);
        assert_eq!(document["text"].as_str().unwrap(), read(&project, NEW));
        assert!(
            read(&project, NEW).contains("# Three kinds of flowers.\n")
                && read(&project, NEW).contains("  # No momentum.\n")
        );
        project.expect(0, &["check", NEW]);
    }
}

#[test]
fn unscaled_inputs_are_healed() {
    // Wine's proline is in the thousands, its hue about 1.
    let project = Project::new().file(
        FILE,
        &SOUND
            .replace("iris.csv", "wine.csv")
            .replace("\"species\"", "\"class\"")
            .replace("scale = \"standardize\"             # fitted on the training part\n", ""),
    );
    let document = document(&project, 0, &[]);
    let kept = kept(&document);
    assert!(kept.contains(&("scale".into(), "data.scale = \"standardize\"".into())), "{kept:?}");
    assert!(read(&project, NEW).contains("stratified = true }\nscale = \"standardize\"\n"));
}

#[test]
fn nothing_is_replaced_and_a_dry_run_writes_nothing() {
    let project = faulty("\n[train]", "\n[fault]\noutput_delta = \"wrong_sign\"\n\n[train]");
    let dry = project.expect(0, &["fix", FILE, "--dry-run"]);
    assert!(
        dry.stdout.contains("nothing was written (--dry-run)")
            && dry.stdout.contains("+++ experiments/mine.fixed.toml")
    );
    assert!(!project.path(NEW).exists() && !project.path("results").exists());
    let project = project.file(NEW, "mine");
    let refused = project.expect(2, &["fix", FILE]);
    assert!(
        refused.stderr.contains("exists already") && refused.stderr.contains("--output"),
        "{}",
        refused.stderr
    );
    assert_eq!(read(&project, NEW), "mine");
    let elsewhere = project.expect(2, &["fix", FILE, "--output", "mine.toml"]);
    assert!(elsewhere.stderr.contains("`--output experiments/mine.toml`"), "{}", elsewhere.stderr);
    let name = project.expect(2, &["fix", FILE, "--output", "experiments/mine.txt"]);
    assert!(name.stderr.contains("does not end in .toml"), "{}", name.stderr);
    let other = document(&project, 0, &["--output", "experiments/other.toml", "--seeds", "3"]);
    assert_eq!(other["written"], "experiments/other.toml");
    assert_eq!(other["gain"]["seeds"].as_array().unwrap().len(), 3);
    // The same bytes every time.
    let again = document(&project, 0, &["--output", "experiments/again.toml", "--seeds", "3"]);
    assert_eq!(other["text"], again["text"]);
    assert_eq!(other["attempts"], again["attempts"]);
}

/// A mistake in a variant is taken out of that variant; a key that comes from another file, or from the command line, cannot be.
#[test]
fn changes_are_made_where_the_key_stands() {
    let project = faulty(
        "\n[train]",
        "\n[variants.small]\nmodel.hidden = [4]\n\n[variants.wrong]\nfault = { output_delta = \"wrong_sign\" }\n\n[train]",
    );
    let document_of = document(&project, 0, &[]);
    assert_eq!(document_of["attempts"][0]["configuration"], "wrong");
    assert!(
        read(&project, NEW).contains("\nmodel.hidden = [4]\n\n[variants.wrong]\n\n[train]"),
        "{}",
        read(&project, NEW)
    );
    let project = project
        .file("experiments/base.toml", &format!("{SOUND}\n[fault]\noutput_delta = \"wrong_sign\"\n"))
        .file(FILE, "extends = \"base.toml\"\ntitle = \"Extended\"\n");
    let inherited = document(&project, 1, &["--dry-run"]);
    let told = inherited["attempts"][0]["told"].as_str().unwrap();
    assert!(told.contains("is not in the file itself"), "{told}");
    let project = project.file(FILE, SOUND);
    let set = document(&project, 1, &["--dry-run", "--set", "fault.output_delta=wrong_sign"]);
    let told = set["attempts"][0]["told"].as_str().unwrap();
    assert!(told.contains("is set on the command line"), "{told}");
}

#[test]
fn an_experiment_of_many_configurations_names_one() {
    let project = faulty(
        "\n[train]",
        "\n[sweep]\n\"model.hidden\" = [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12], [13]]\n\n[train]",
    );
    let refused = project.expect(2, &["fix", FILE]);
    assert!(
        refused.stderr.contains("13 configurations") && refused.stderr.contains("--trial"),
        "{}",
        refused.stderr
    );
    let one = document(&project, 0, &["--trial", "25", "--dry-run"]);
    assert_eq!((&one["was_healthy"], one["before"].as_array().unwrap().len()), (&true.into(), 1));
}
